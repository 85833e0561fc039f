# What the targets of corpus share: a root of their own below the bench's state, the real command, the real hooks.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
export CORPUS_ROOT="$R/root"
CORPUS="$CORPUS_HOME/scripts/corpus"
MODE=final
mkdir -p "$CORPUS_ROOT"
t_agent_up() {
  "$CORPUS" agent > /dev/null 2>&1 < /dev/null &
  for _ in $(seq 100); do [ -S "$CORPUS_ROOT/corpus/agent.sock" ] && break; sleep 0.05; done
  sleep 1
}
t_down() {
  pkill -f "corpus/dist/main.cjs agent" 2> /dev/null
  for p in "$CORPUS_ROOT"/projects/*; do [ -d "$p" ] && "$CORPUS" destroy "$(basename "$p")" --confirm "$(basename "$p")" > /dev/null; done
  for pid in $(pgrep -f -- "--root=$CORPUS_ROOT"); do kill "$pid" 2> /dev/null; done
  rm -rf "$R"
}
t_create() { [ -d "$CORPUS_ROOT/projects/$1" ] && "$CORPUS" destroy "$1" --confirm "$1" > /dev/null; "$CORPUS" init "$1" --mode "$MODE" --installer generic > /dev/null; }
t_destroy() { "$CORPUS" destroy "$1" --confirm "$1" > /dev/null; }
t_url() { echo "$CORPUS_ROOT/projects/$1/git/project.git"; }
t_live() { echo "$CORPUS_ROOT/projects/$1/project"; }
