#!/bin/bash
# down.sh [PORT]: stops what up.sh started on PORT, by process id, and removes what it made.
set -euo pipefail
PORT=${1:-7480}
DIR=${RADOSGW_DIR:-/tmp/radosgw-$PORT}
if [ ! -f "$DIR/ceph.conf" ]; then
  echo "Nothing of up.sh is in $DIR." >&2
  exit 0
fi

# The gateway first, then its store, then the monitor. SIGKILL, because the store heeds nothing else without a
# manager, and nothing of it is to be kept.
if [ -f "$DIR/pids" ]; then
  tac "$DIR/pids" | while read -r pid name; do
    # A process id may have been given to somebody else since.
    while [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = "$name" ]; do
      kill -KILL "$pid" 2> /dev/null || true
      # A zombie whose parent has not collected it is as good as gone.
      if grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2> /dev/null; then break; fi
      sleep 0.1
    done
  done
fi
rm -rf -- "$DIR"
