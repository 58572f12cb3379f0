#!/bin/bash
# up.sh [PORT] [memstore|bluestore]: a single-node Ceph with its S3 gateway on loopback, with the keys
# test / testing. Prints the endpoint on stdout (everything else goes to stderr), so that one can say
#
#   S3_TEST_ENDPOINT=$(test/support/radosgw/up.sh 7480) npx vitest run test/source
#   test/support/radosgw/down.sh 7480
#
# Takes the ports PORT (gateway), PORT+1 and PORT+2 (monitor); the store daemon picks one from 6800 on.
# Everything it writes is below /tmp/radosgw-PORT (RADOSGW_DIR to change that).
set -euo pipefail
PORT=${1:-7480}
STORE=${2:-memstore}
DIR=${RADOSGW_DIR:-/tmp/radosgw-$PORT}
HERE=$(cd "$(dirname "$0")" && pwd)
exec 3>&1 1>&2 # 3 is for the endpoint alone

if [ -e "$DIR" ]; then
  echo "$DIR exists: a gateway on port $PORT is running or was not taken down. Run $HERE/down.sh $PORT first."
  exit 1
fi
if curl -s -o /dev/null "http://127.0.0.1:$PORT/" 2>/dev/null; then
  echo "Something else already answers on port $PORT. Choose another port."
  exit 1
fi

PACKAGES='radosgw ceph-mon ceph-osd ceph-common curl'
for package in $PACKAGES; do
  if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'; then
    root=$([ "$(id -u)" = 0 ] || echo sudo)
    $root apt-get -q update
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $root apt-get -q install -y --no-install-recommends $PACKAGES
    break
  fi
done

mkdir -p "$DIR"/{mon,osd,run,rgw,log}
finish() {
  status=$?
  if [ $status != 0 ]; then
    echo "The gateway did not come up (status $status). The last lines of its logs:"
    tail -n 15 "$DIR"/log/* || true
    RADOSGW_DIR=$DIR "$HERE/down.sh" "$PORT" || true
  fi
}
trap finish EXIT

FSID=$(cat /proc/sys/kernel/random/uuid)
MONITOR="[v2:127.0.0.1:$((PORT + 2)),v1:127.0.0.1:$((PORT + 1))]"
# One replica, no authentication between the daemons, no manager; tcp_nodelay or every small answer takes 40 ms.
cat > "$DIR/ceph.conf" <<CONF
[global]
fsid = $FSID
mon_host = $MONITOR
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_allow_insecure_global_id_reclaim = true
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_max_pg_per_osd = 1000
mon_warn_on_pool_no_redundancy = false
mon_data_avail_crit = 1
mon_data_avail_warn = 2
run_dir = $DIR/run
admin_socket = $DIR/run/\$name.\$pid.asok
crash_dir = $DIR/run
log_file = $DIR/log/\$name.log
pid_file = $DIR/run/\$name.pid
public_network = 127.0.0.0/8
ms_bind_ipv4 = true
ms_mon_client_mode = crc
ms_mon_service_mode = crc
ms_mon_cluster_mode = crc
[client.admin]
log_file = /dev/null
[mon]
mon_data = $DIR/mon
[osd]
osd_data = $DIR/osd
osd_objectstore = $STORE
memstore_device_bytes = 6442450944
bluestore_block_size = 10737418240
osd_memory_target = 1073741824
osd_max_object_size = 268435456
[client.rgw.ci]
rgw_data = $DIR/rgw
rgw_frontends = beast endpoint=127.0.0.1:$PORT tcp_nodelay=1
rgw_enable_usage_log = false
rgw_thread_pool_size = 64
CONF

CONFIG=(-c "$DIR/ceph.conf")
ask() { timeout 60 ceph "${CONFIG[@]}" "$@"; }
spawn() {
  nohup "$@" < /dev/null > "$DIR/log/$1.out" 2>&1 &
  echo "$! $1" >> "$DIR/pids"
}

monmaptool --create --fsid "$FSID" --addv a "$MONITOR" "$DIR/monmap" > /dev/null
ceph-mon "${CONFIG[@]}" --mkfs -i a --monmap "$DIR/monmap" --mon-data "$DIR/mon"
spawn ceph-mon "${CONFIG[@]}" -i a -f
ask -s > /dev/null
OSD=$(cat /proc/sys/kernel/random/uuid)
ask osd new "$OSD" > /dev/null
ceph-osd "${CONFIG[@]}" -i 0 --mkfs --osd-uuid "$OSD" > "$DIR/log/mkfs.out" 2>&1
spawn ceph-osd "${CONFIG[@]}" -i 0 -f
for _ in $(seq 100); do
  if ask osd stat 2> /dev/null | grep -q '1 up'; then break; fi
  sleep 0.3
done
ask osd stat | grep '1 up'

spawn radosgw "${CONFIG[@]}" -n client.rgw.ci -f
for _ in $(seq 300); do
  if curl -s -o /dev/null "http://127.0.0.1:$PORT/"; then break; fi
  sleep 0.2
done
curl -s -o /dev/null "http://127.0.0.1:$PORT/"
timeout 60 radosgw-admin "${CONFIG[@]}" user create --uid=ci --display-name=ci \
  --access-key=test --secret-key=testing > /dev/null
echo "http://127.0.0.1:$PORT" >&3
