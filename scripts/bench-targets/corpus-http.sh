#!/bin/bash
# corpus in final mode over HTTP, with a warm agent: a connection and a token a push
. "$(dirname "$0")/_corpus.sh"
t_up() {
  t_agent_up
  "$CORPUS" user add bench --admin > /dev/null
  "$CORPUS" token create bench --json | sed 's/.*"token": *"\([^"]*\)".*/\1/' > "$R/token"
  "$CORPUS" serve --listen 127.0.0.1:0 > "$R/serve.log" 2>&1 < /dev/null &
  echo $! > "$R/serve.pid"
  for _ in $(seq 100); do grep -q listening "$R/serve.log" && break; sleep 0.05; done
}
t_url() { echo "http://bench:$(cat "$R/token")@127.0.0.1:$(sed -n 's/^listening.*:\([0-9]*\)$/\1/p' "$R/serve.log")/git/$1/project.git"; }
eval "$(declare -f t_down | sed 's/^t_down/agent_down/')"
t_down() { kill "$(cat "$R/serve.pid")" 2> /dev/null; sleep 0.5; agent_down; }
t_main "$@"
