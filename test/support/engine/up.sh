#!/bin/bash
# up.sh [NAME]: a container engine of its own (Debian's docker.io, as root) with images made of this machine's own files,
# because none can be pulled everywhere. Prints its address on stdout (everything else goes to stderr), so that one can say
#
#   ENGINE_TEST_HOST=$(test/support/engine/up.sh) npx vitest run test/runner/container
#   test/support/engine/down.sh
#
# Images: `pipe-mode/tools` with busybox, Python and Node and no entrypoint; `pipe-mode/user`, the same for the user 1234;
# `pipe-mode/flask`, the same with nginx, gunicorn and flask.
# Everything it writes is below /tmp/engine-NAME (NAME is `tests` if it is left out).
set -euo pipefail
DIR=/tmp/engine-${1:-tests}
HERE=$(cd "$(dirname "$0")" && pwd)
exec 3>&1 1>&2 # 3 is for the address alone

if [ -e "$DIR" ]; then
  echo "$DIR exists: an engine is running there or was not taken down. Run $HERE/down.sh ${1:-tests} first."
  exit 1
fi
missing=()
for entry in dockerd:docker.io docker:docker.io iptables:iptables busybox:busybox-static /usr/bin/python3:python3 \
  nginx:nginx gunicorn:gunicorn; do
  command -v "${entry%%:*}" > /dev/null || missing+=("${entry#*:}")
done
/usr/bin/python3 -c 'import flask' 2> /dev/null || missing+=(python3-flask)
if [ ${#missing[@]} -gt 0 ]; then
  apt-get -q update
  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}"
fi

mkdir -p "$DIR"
export DOCKER_HOST=unix://$DIR/docker.sock DOCKER_CONFIG=$DIR
finish() {
  status=$?
  if [ $status != 0 ]; then
    echo "The engine did not come up (status $status). The last lines of its log:"
    tail -n 15 "$DIR/log" || true
    "$HERE/down.sh" "$(basename "$DIR" | sed 's/^engine-//')" || true
  fi
}
trap finish EXIT
# Its mounts are not to be seen by tests that look at those of the machine.
setsid nohup unshare -m --propagation slave dockerd --data-root "$DIR/data" --exec-root "$DIR/exec" --pidfile "$DIR/pid" -H "$DOCKER_HOST" \
  < /dev/null > "$DIR/log" 2>&1 3>&- &
# `which docker` would prove nothing: the client may be there without an engine.
for _ in $(seq 150); do
  if curl -sf --unix-socket "$DIR/docker.sock" http://engine/_ping > /dev/null 2>&1; then break; fi
  sleep 0.2
done
curl -sf --unix-socket "$DIR/docker.sock" http://engine/_ping > /dev/null

# A file system of this machine's programs and the libraries that they name.
ROOT=$DIR/root
mkdir -p "$ROOT"/{bin,dev,etc,proc,sys,tmp,usr/bin,usr/lib}
chmod 1777 "$ROOT/tmp"
cp "$(readlink -f "$(command -v busybox)")" "$ROOT/bin/busybox"
for name in $("$ROOT/bin/busybox" --list); do [ -e "$ROOT/bin/$name" ] || ln -s busybox "$ROOT/bin/$name"; done
cp "$(readlink -f "$(command -v node)")" "$ROOT/usr/bin/node"
cp "$(readlink -f /usr/bin/python3)" "$ROOT/usr/bin/python3"
LIBRARY=$(/usr/bin/python3 -c 'import os; print(os.path.dirname(os.__file__))')
tar -C / --exclude=test --exclude=__pycache__ --exclude='config-*' --exclude=dist-packages --exclude=idlelib --exclude=lib2to3 \
  -c "${LIBRARY#/}" | tar -C "$ROOT" -x
{ ldd "$ROOT/usr/bin/node" "$ROOT/usr/bin/python3" "$LIBRARY"/lib-dynload/*.so 2> /dev/null || true; } |
  grep -o '/[^ )]*' | grep -v ':$' | sort -u |
  while read -r file; do
    mkdir -p "$ROOT$(dirname "$file")"
    [ -e "$ROOT$file" ] || cp -L "$file" "$ROOT$file"
  done
printf 'root:x:0:0:root:/root:/bin/sh\nsomebody:x:1234:1234::/tmp:/bin/sh\n' > "$ROOT/etc/passwd"
printf 'root:x:0:\nsomebody:x:1234:\n' > "$ROOT/etc/group"
tar -C "$ROOT" -c . | docker import - pipe-mode/tools > /dev/null
rm -rf "$ROOT"
printf 'FROM pipe-mode/tools\nUSER 1234\n' | docker build -q -t pipe-mode/user - > /dev/null

# What bring-your-own containers mostly serve with: the packages' modules, and those that they need.
MORE=$DIR/more
mkdir -p "$MORE"/{etc,usr/sbin}
cp "$(command -v nginx)" "$MORE/usr/sbin/nginx"
ldd "$MORE/usr/sbin/nginx" | grep -o '/[^ )]*' |
  while read -r file; do
    mkdir -p "$MORE$(dirname "$file")"
    cp -L "$file" "$MORE$file"
  done
apt-cache depends --recurse --installed --no-{recommends,suggests,conflicts,breaks,replaces,enhances} gunicorn python3-flask |
  grep '^python3-[^:]*$' | sort -u | xargs dpkg-query --listfiles | grep '^/usr/lib/python3/dist-packages/' | sed 's:^/::' |
  tar -C / --no-recursion -T - -c | tar -C "$MORE" -x
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/tmp:/bin/sh\n' > "$MORE/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' > "$MORE/etc/group"
printf 'FROM pipe-mode/tools\nCOPY . /\n' | docker build -q -t pipe-mode/flask -f - "$MORE" > /dev/null
rm -rf "$MORE"
docker images
echo "$DOCKER_HOST" >&3
