#!/bin/bash
# corpus in cooking mode, with a warm agent: every push also bundles and digests the release
. "$(dirname "$0")/_corpus.sh"
MODE=cooking
t_up() { t_agent_up; }
t_main "$@"
