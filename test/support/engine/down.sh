#!/bin/bash
# down.sh [NAME]: ends the engine that up.sh has started under that name, by its process id, and removes what it made.
set -euo pipefail
DIR=/tmp/engine-${1:-tests}
if [ ! -d "$DIR" ]; then
  echo "Nothing of up.sh is in $DIR." >&2
  exit 0
fi
if [ -S "$DIR/docker.sock" ]; then
  export DOCKER_HOST=unix://$DIR/docker.sock DOCKER_CONFIG=$DIR
  # shellcheck disable=SC2046
  docker rm -f $(docker ps -aq 2> /dev/null) > /dev/null 2>&1 || true
fi
if pid=$(cat "$DIR/pid" 2> /dev/null) && [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = dockerd ]; then
  kill -TERM "$pid"
  for _ in $(seq 100); do
    [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = dockerd ] || break
    sleep 0.1
  done
  kill -KILL "$pid" 2> /dev/null || true
fi
# What containers were given is mounted below it.
awk -v dir="$DIR/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r | while read -r path; do
  umount -l "$path" || true
done
rm -rf -- "$DIR"
