#!/bin/bash
# corpus in final mode, with a warm agent
. "$(dirname "$0")/_corpus.sh"
t_up() { t_agent_up; }
t_main "$@"
