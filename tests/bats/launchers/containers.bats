#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The two recipes for containers as images, by podman with crun: rootful, rootless, and as its options have them. What the
# recipes themselves promise is tested in recipes.bats, in a stand-in for a container.

load ../lib/common
load ../lib/recipes

bats_require_minimum_version 1.5.0

setup_file() {
  recipes_setup_file
}

setup() {
  recipes_setup
  need podman crun catatonit newuidmap jq setpriv
  need_first_namespace "another root's subordinate ids are not to be had"
}

# --- a machine for podman

# With a /dev of its own: rootless crun changes the owner of the /dev/null that it finds. With control groups of the one
# version that crun knows; and with a runtime that raises no limits, which would take CAP_SYS_RESOURCE.
podman_session() {
  local node
  mount -t tmpfs -o mode=755 tmpfs /dev
  for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0'; do
    # shellcheck disable=SC2086 # a name and two numbers
    mknod -m 666 "/dev/${node%% *}" c ${node#* }
  done
  mkdir /dev/pts /dev/shm /dev/mqueue
  mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts
  ln -s pts/ptmx /dev/ptmx
  ln -s /proc/self/fd /dev/fd
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  umount /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null || mount -t tmpfs tmpfs /sys/fs/cgroup
  write_runtime
  make_podman_user
  "$@"
}

write_runtime() {
  install -d /run/runtime
  cat >/run/runtime/crun <<'RUNTIME'
#!/bin/bash
for ((i = 1; i < $#; i++)); do
  [[ ${!i} == --bundle ]] || continue
  next=$((i + 1)) config=${!next}/config.json
  limited=$(jq 'del(.process.rlimits)' "$config")
  printf '%s\n' "$limited" >"$config"
done
exec crun "$@"
RUNTIME
  chmod 755 /run/runtime/crun
}

make_podman_user() {
  useradd -m -d /run/rootless -u 2500 rootless
  printf 'rootless:300000:65536\n' | tee /etc/subuid >/etc/subgid
  install -d -o rootless -g rootless /run/user/2500
}

# in_podman rootful|rootless WORD…: podman, as this one.
in_podman() {
  local who=$1
  local -a become=()
  shift
  [[ $who == rootful ]] || become=(setpriv --reuid 2500 --regid 2500 --init-groups env HOME=/run/rootless
    XDG_RUNTIME_DIR=/run/user/2500 USER=rootless)
  (cd / && "${become[@]}" podman --storage-driver vfs --cgroup-manager cgroupfs --events-backend none \
    --runtime /run/runtime/crun "$@")
}

# --- the images

# put FILE…: into the root of the image, with what it is linked with, by the names by which it is found.
put() {
  local file
  for file in "$@" $(ldd "$@" 2>/dev/null | grep -oE '/[^ ]+[^ :]'); do
    install -D -m 755 "$file" "/run/image$(realpath -- "${file%/*}")/${file##*/}"
  done
}

# library NAME: of this machine's own word size.
library() {
  ldconfig -p | sed -n "s/^\t$1 (libc6,[^i].*) => //p" | head -n 1
}

# make_image RECIPE WHO COMMAND…: of what its Dockerfile copies, and of the commands that are in such an image.
make_image() {
  local recipe=$1 who=$2 directory from to keyword file=$recipes/$1/Dockerfile
  local -a changes=()
  shift 2
  rm -rf /run/image
  mkdir -p /run/image/{usr/bin,usr/sbin,usr/lib,usr/lib64,etc,run,tmp,var,proc,sys,dev}
  for directory in bin sbin lib lib64; do
    ln -s "usr/$directory" "/run/image/$directory"
  done
  grep -E '^(root|haproxy|memcache|nobody):' /etc/passwd >/run/image/etc/passwd
  grep -E '^(root|haproxy|memcache|nogroup):' /etc/group >/run/image/etc/group
  put /bin/dash "$(command -v install)" "$(command -v id)" "$(command -v cat)" "$(command -v setpriv)" "$@"
  ln -s dash /run/image/usr/bin/sh
  # What the command loads when it needs it: libelf comes by the Dockerfile, libseccomp is there for apt.
  grep -q '^RUN .* libelf1 ' "$file"
  put "$(library libelf.so.1)" "$(library libseccomp.so.2)"
  cp -a /usr/local /run/image/usr
  while read -r from to; do
    cp -R "$recipes/$recipe/$from." "/run/image$to"
  done < <(sed -n 's/^COPY \([^- ][^ ]*\) \([^ ]*\)$/\1 \2/p' "$file")
  for keyword in ENTRYPOINT CMD STOPSIGNAL; do
    changes+=(--change "$(grep "^$keyword " "$file" || echo "LABEL none=$keyword")")
  done
  tar -C /run/image -cf /run/image.tar .
  in_podman "$who" import "${changes[@]}" /run/image.tar "$recipe" >/run/output 2>&1
}

# assert_in_container WHO COMM CAPS OPTION…: started with these options, the program of the image is there, with exactly
# that; and it ends.
assert_in_container() {
  local who=$1 comm=$2 caps=$3 pid
  shift 3
  in_podman "$who" run --rm --network none --cgroups disabled "$@" >/run/output 2>&1 &
  wait_until 60 is_there "$comm" || { cat /run/output; ps -ef; return 1; }
  pid=$(pgrep -x "$comm")
  wait_until 30 take_status "$pid" /run/container-status
  assert_caps /run/container-status "prm=$caps" "eff=$caps" "inh=$caps" "amb=$caps" "bnd=$caps"
  grep -qx $'NoNewPrivs:\t1' /run/container-status
  (! grep -zE '^(LD_PRELOAD|CAPKEEP_)' "/proc/$pid/environ")
  "after_$comm" "$who" "$pid"
  kill -KILL "$pid"
  wait "$!" || :
}
# Past its execution, and alone of that name.
is_there() {
  [[ $(pgrep -x "$1" | wc -l) == 1 && $(readlink "/proc/$(pgrep -x "$1")/exe") == */"$1" ]]
}

after_haproxy() {
  wait_until 30 has_port_80 "$2"
}
has_port_80() {
  grep -qE ' [0-9A-F]+:0050 [0-9A-F:]+ 0A ' "/proc/$1/net/tcp"
}

# CAP_IPC_LOCK lifts no limit in a user namespace.
after_memcached() {
  [[ $1 != rootful ]] || wait_until 30 locks_memory "$2"
}
locks_memory() {
  ! grep -qx $'VmLck:[ \t]*0 kB' "/proc/$1/status"
}

# --- what each of both shows

# can_run WHO: or says why not, in a file that the test looks for.
can_run() {
  in_podman "$1" run --rm --network none --cgroups disabled --entrypoint /usr/bin/id "$2" >/run/output 2>&1 ||
    { tail -n 1 /run/output >"$dir/cannot"; return 1; }
}

haproxy_session() {
  local who=$1
  make_image container-setpriv "$who" "$(command -v haproxy)"
  can_run "$who" container-setpriv || return 0
  # What is added for another user than root podman itself makes ambient: docs/recipes/README.md.
  in_podman "$who" run --rm --network none --cgroups disabled --user 1000 --cap-add=net_bind_service --entrypoint /usr/bin/cat \
    container-setpriv /proc/self/status >/run/output 2>/run/said || { cat /run/said; return 1; }
  grep -qx $'CapAmb:\t0000000000000400' /run/output
  assert_in_container "$who" haproxy cap_net_bind_service container-setpriv
  assert_in_container "$who" haproxy cap_net_bind_service --init container-setpriv
  assert_in_container "$who" haproxy cap_net_bind_service --read-only container-setpriv
  assert_in_container "$who" haproxy cap_net_bind_service --security-opt no-new-privileges container-setpriv
  if [[ $who == rootful ]]; then
    assert_in_container "$who" haproxy cap_net_bind_service --uidmap 0:400000:65536 container-setpriv
  fi
  # With no more than its README names; and without CAP_SETPCAP, which is told.
  local -a least
  read -ra least < <(sed -n 's/^    docker run \(--cap-drop=all.*\) [^ ]*$/\1/p' "$recipes/container-setpriv/README.md")
  ((${#least[@]}))
  assert_in_container "$who" haproxy cap_net_bind_service "${least[@]}" container-setpriv
  ends_with 126 in_podman "$who" run --rm --network none --cgroups disabled "${least[@]/SETPCAP,/}" \
    container-setpriv >/run/output 2>&1
  grep -q ' needs=cap_setpcap' /run/output
  : >"$dir/passed"
}

memcached_session() {
  local who=$1
  local -a given=(--cap-add=IPC_LOCK --cap-add=SYS_PTRACE) least
  make_image container-gosu "$who" "$(command -v memcached)" "$(command -v gosu)"
  can_run "$who" container-gosu || return 0
  assert_in_container "$who" memcached cap_ipc_lock "${given[@]}" --init container-gosu
  assert_in_container "$who" memcached cap_ipc_lock "${given[@]}" container-gosu
  assert_in_container "$who" memcached cap_ipc_lock "${given[@]}" --init --read-only container-gosu
  assert_in_container "$who" memcached cap_ipc_lock "${given[@]}" --security-opt no-new-privileges container-gosu
  read -ra least < <(sed -n 's/^    docker run \(--cap-drop=all.*\) [^ ]*$/\1/p' "$recipes/container-gosu/README.md")
  ((${#least[@]}))
  assert_in_container "$who" memcached cap_ipc_lock "${least[@]}" container-gosu
  # Without what supervision needs it is refused, with the remedy.
  ends_with 125 in_podman "$who" run --rm --network none --cgroups disabled --cap-add=IPC_LOCK container-gosu \
    >/run/output 2>&1
  grep -q 'that needs CAP_SYS_PTRACE' /run/output
  : >"$dir/passed"
}

# shows SESSION WHO
shows() {
  machine podman_session "$@"
  [[ ! -s $dir/cannot ]] || skip_because "$BATS_TEST_DESCRIPTION" "podman cannot run here: $(<"$dir/cannot")"
  [[ -e $dir/passed ]]
}

@test "C1 container-setpriv as an image: rootful" {
  need haproxy
  shows haproxy_session rootful
}
@test "C1 container-setpriv as an image: rootless" {
  need haproxy
  shows haproxy_session rootless
}
@test "C1 container-gosu as an image: rootful" {
  need memcached gosu
  shows memcached_session rootful
}
@test "C1 container-gosu as an image: rootless" {
  need memcached gosu
  shows memcached_session rootless
}
