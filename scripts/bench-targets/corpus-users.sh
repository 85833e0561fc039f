#!/bin/bash
# corpus in final mode over a fresh ssh connection a push, as a user with a key: past `corpus serve`, with a warm agent
. "$(dirname "$0")/_corpus.sh"
h="$BENCH_STATE/home/bench-corpus"
as() { setpriv --reuid=bench-corpus --regid=bench-corpus --init-groups env HOME="$h" "$CORPUS" "$@" > /dev/null; }
t_up() {
  bench_sshd_up
  bench_user bench-corpus
  chown -R bench-corpus: "$R"
  chown -R bench-corpus: "$h"
  as user add bench
  as grant bench deployer '*'
  as keys add bench - < "$BENCH_STATE/id.pub"
  for what in agent 'serve --listen 127.0.0.1:0'; do
    setpriv --reuid=bench-corpus --regid=bench-corpus --init-groups env HOME="$h" "$CORPUS" $what > /dev/null 2>&1 < /dev/null &
  done
  for _ in $(seq 100); do [ -S "$CORPUS_ROOT/corpus/ssh.sock" ] && break; sleep 0.05; done
  sleep 1.5
}
t_create() { as init "$1" --mode final --installer generic; }
t_destroy() { as destroy "$1" --confirm "$1"; }
t_url() { echo "ssh://bench-corpus@127.0.0.1/$1"; }
t_ssh() { bench_ssh_cmd; }
t_main "$@"
