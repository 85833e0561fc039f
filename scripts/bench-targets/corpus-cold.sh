#!/bin/bash
# corpus in final mode, no agent: every push starts its runner
. "$(dirname "$0")/_corpus.sh"
t_main "$@"
