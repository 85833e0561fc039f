#!/bin/bash
# a post-receive hook in sh that only reads its input and prints one line
. "$(dirname "$0")/_lib.sh"; t_live() { :; }
t_hook() { printf '#!/bin/sh\nread -r o n r; echo "got $r"\n' | hook "$1"; }
t_main "$@"
