#!/bin/bash
# corpus in final mode over a fresh ssh connection a push, with a warm agent
. "$(dirname "$0")/_corpus.sh"
t_up() {
  bench_sshd_up
  bench_user bench-corpus
  h="$BENCH_STATE/home/bench-corpus"
  chown -R bench-corpus: "$R"
  HOME="$h" "$CORPUS" keys add bench "$BENCH_STATE/id.pub" --project '*' > /dev/null
  chown -R bench-corpus: "$h"
  setpriv --reuid=bench-corpus --regid=bench-corpus --init-groups env HOME="$h" "$CORPUS" agent > /dev/null 2>&1 < /dev/null &
  sleep 1.5
}
as() { setpriv --reuid=bench-corpus --regid=bench-corpus --init-groups env HOME="$BENCH_STATE/home/bench-corpus" "$CORPUS" "$@" > /dev/null; }
t_create() { as init "$1" --mode final --installer generic; }
t_destroy() { as destroy "$1" --confirm "$1"; }
t_url() { echo "ssh://bench-corpus@127.0.0.1/$1"; }
t_ssh() { bench_ssh_cmd; }
t_main "$@"
