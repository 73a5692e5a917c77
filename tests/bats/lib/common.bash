# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Helpers of all bats files: what a program's capabilities should be, skipping, namespaces, waiting, scratch space.
# Load it with: load ../lib/common

# The capabilities in the order of their numbers (capability.h). The only place where the tests spell them out; on
# purpose not by libcap or the shim, which are what is tested.
capability_names=(
  cap_chown cap_dac_override cap_dac_read_search cap_fowner cap_fsetid cap_kill cap_setgid cap_setuid cap_setpcap
  cap_linux_immutable cap_net_bind_service cap_net_broadcast cap_net_admin cap_net_raw cap_ipc_lock cap_ipc_owner
  cap_sys_module cap_sys_rawio cap_sys_chroot cap_sys_ptrace cap_sys_pacct cap_sys_admin cap_sys_boot cap_sys_nice
  cap_sys_resource cap_sys_time cap_sys_tty_config cap_mknod cap_lease cap_audit_write cap_audit_control cap_setfcap
  cap_mac_override cap_mac_admin cap_syslog cap_wake_alarm cap_block_suspend cap_audit_read cap_perfmon cap_bpf
  cap_checkpoint_restore
)
declare -gA capability_number=()
for ((number = 0; number < ${#capability_names[@]}; number++)); do
  capability_number[${capability_names[number]}]=$number
done
declare -gA status_key=([prm]=CapPrm [eff]=CapEff [inh]=CapInh [amb]=CapAmb [bnd]=CapBnd)

# --- scratch space

# The library and the command under test; without the suite's environment, those of build/.
find_what_is_tested() {
  local root
  root=$(cd -- "$BATS_TEST_DIRNAME/../../.." && pwd -P)
  build=${CAPKEEP_TEST_BUILD:-$root/build}
  lib=${CAPKEEP_TEST_LIB:-$build/shim/libcapkeep.so}
  bin=${CAPKEEP_TEST_BIN:-$build/cli/capkeep}
  [[ -r $lib ]] || { echo "$lib is not readable: build first" >&2; return 1; }
}

# The suite's own variables bear capkeep's prefix too, and a program that is no longer root must see none of them.
# CAPKEEP_MUST_WORK and CAPKEEP_TEST_LONG stay, in variables that are not exported.
hide_suite_environment() {
  must_work=${CAPKEEP_MUST_WORK:-${must_work-}}
  long=${CAPKEEP_TEST_LONG:-${long-0}}
  unset LD_PRELOAD "${!CAPKEEP_@}"
}

# Makes a directory in which any user can write, and the way to it passable; prints nothing, sets `dir`.
make_shared_dir() {
  local parent
  dir=$1
  mkdir -p -- "$dir"
  chmod 1777 -- "$dir"
  parent=$(dirname -- "$dir")
  while [[ $parent != / && -O $parent ]]; do
    chmod a+x -- "$parent"
    parent=$(dirname -- "$parent")
  done
}

# --- skipping

# skip_because NAME REASON: the only caller of skip. CAPKEEP_MUST_WORK=1 makes it a failure.
skip_because() {
  if [[ ${must_work:-${CAPKEEP_MUST_WORK-}} == 1 ]]; then
    echo "$1 cannot run ($2), and CAPKEEP_MUST_WORK=1" >&2
    return 1
  fi
  printf '%s: %s\n' "$1" "$2" >>"$BATS_RUN_TMPDIR/skipped"
  skip "$1: $2"
}

# --- capability sets

# Names, in any order and separated by spaces or commas, to the kernel's 16 hexadecimal digits in `hex`.
caps_to_hex() {
  local mask=0 name
  for name in ${1//,/ }; do
    [[ ${capability_number[$name]+known} ]] || { echo "caps_to_hex: no capability is called $name" >&2; return 1; }
    mask=$((mask | 1 << capability_number[$name]))
  done
  printf -v hex '%016x' "$mask"
}

# The kernel's hexadecimal digits to names, by number; "none" for the empty set.
hex_to_caps() {
  local mask=$((16#$1)) index names=()
  for ((index = 0; index < 63; index++)); do
    ((mask >> index & 1)) && names+=("${capability_names[index]:-$index}")
  done
  ((${#names[@]})) || names=(none)
  echo "${names[*]}"
}

# read_status FILE: the fields of a copy of /proc/PID/status, in the array `status_of`.
read_status() {
  local key value
  [[ -s $1 ]] || { echo "no state: $1 was not written, so the program did not run" >&2; return 1; }
  while IFS=$':\t' read -r key value; do
    [[ $key != Env ]] || break
    status_of[$key]=$value
  done <"$1"
}

# assert_caps FILE prm=… eff=… inh=… amb=… [bnd=…] [uid=N] [gid=N]
# The whole expected state of a copy of /proc/PID/status in one diff. inh+=… asks for at least those; a set that is
# not named is not looked at. uid and gid stand for all four of each.
assert_caps() {
  local file=$1 item set want got hex same=yes report=()
  local -A status_of=()
  shift
  read_status "$file"
  for item in "$@"; do
    set=${item%%=*} want=${item#*=}
    case $set in
      prm | eff | inh | amb | bnd | inh+)
        caps_to_hex "$want"
        want=$hex got=${status_of[${status_key[${set%+}]}]}
        [[ $set != *+ ]] || printf -v got '%016x' $((16#$got & 16#$want))
        ;;
      uid | gid)
        got=${status_of[${set^}]}
        printf -v want '%s\t%s\t%s\t%s' "$want" "$want" "$want" "$want"
        ;;
      *) echo "assert_caps: what is $item?" >&2; return 2 ;;
    esac
    [[ $want == "$got" ]] || same=no
    report+=("$set" "$want" "$got")
  done
  [[ $same == yes ]] || diff_states "$file" "${report[@]}"
}

# diff_states FILE (NAME WANT GOT)…: in names, for people.
diff_states() {
  local file=$1 expected='' actual=''
  shift
  while (($#)); do
    if [[ $1 == [ug]id ]]; then
      expected+="$1: $2"$'\n' actual+="$1: $3"$'\n'
    else
      expected+="$1: $(hex_to_caps "$2")"$'\n' actual+="$1: $(hex_to_caps "$3")"$'\n'
    fi
    shift 3
  done
  diff -u --label expected --label "$file" <(printf '%s' "$expected") <(printf '%s' "$actual")
}

# assert_state_is FILE PREDICTION [all]: a copy of /proc/PID/status, with AT_SECURE as "Secure:", is what `capkeep explain
# --format json` has predicted; with "all" its gids, no_new_privs and securebits ("Securebits:") as well.
assert_state_is() {
  local file=$1 prediction=$2
  shift 2
  "$BATS_TEST_DIRNAME/../lib/same-state" "$file" "$prediction" "${capability_names[*]}" "$@"
}

# --- waiting

# wait_until SECONDS COMMAND…: polls until the command succeeds. It may take so long on an idle machine; the end comes at
# twenty times that, as no test is to fail because a machine is slow or busy. Told by the time since boot: bash's SECONDS
# goes with the machine's clock, and where that is set forward all waiting would be over at once.
wait_until() {
  local deadline now
  read -r now _ </proc/uptime
  deadline=$((${now%.*} + 20 * $1))
  shift
  until "$@"; do
    read -r now _ </proc/uptime
    ((${now%.*} < deadline)) || return 1
    sleep 0.05
  done
}

# take_status PID FILE: what /proc says of a process that stands still. In the middle of an exec it has the new name and not
# yet the new capabilities (begin_new_exec), and in the middle of a change of user the new user and not yet the sets; and one
# that runs may be there. The kernel writes the file down in pieces: one that has not run since has stood still meanwhile. (By
# nothing that would change a caller's $!.)
take_status() {
  cp -- "/proc/$1/status" "$2" 2>/dev/null && grep -q $'^State:\tS' "$2" &&
    [[ $(grep -E '^State:|ctxt_switches:' "$2") == "$(grep -sE '^State:|ctxt_switches:' "/proc/$1/status")" ]]
}

# --- namespaces

# can_unshare OPTION…: whether namespaces of these kinds are to be had here.
can_unshare() {
  unshare "$@" true 2>/dev/null
}

# In a user namespace /etc/shadow is somebody else's, and of some releases su cannot do without it.
need_su() {
  [[ -O /etc/shadow ]] || su -s /bin/sh nobody -c true </dev/null 2>/dev/null ||
    skip_because "$BATS_TEST_DESCRIPTION" "su becomes nobody only where it can read /etc/shadow"
}

# copy_etc DIRECTORY: an /etc that can be written to, in memory, where copying takes a moment; only in a mount namespace of
# our own. Where the machine's is somebody else's, in a user namespace, some of it cannot be read: that is left out.
copy_etc() {
  mount -t tmpfs -o mode=755 tmpfs "$1"
  cp -a /etc/. "$1" 2>/dev/null || [[ ! -O /etc ]]
  chown root:root "$1"
}

# What a function sees of this shell when it runs in other namespaces: all functions, and the variables named here.
inner_variables=(PATH dir lib bin build BATS_TEST_DIRNAME BATS_TEST_TMPDIR)

write_inner_shell() {
  {
    declare -p "${inner_variables[@]}"
    declare -f
    # shellcheck disable=SC2016 # expanded by the inner shell
    echo 'set -e; "$@"'
  } >"$1"
}

# private_mounts COMMAND|FUNCTION…: mounts made by it are seen by nobody else and end with it.
private_mounts() {
  local inner
  inner=$(mktemp "$BATS_TEST_TMPDIR/inner.XXXXXX")
  write_inner_shell "$inner"
  unshare --mount --propagation private bash "$inner" "$@"
}

# sandbox COMMAND|FUNCTION…: as private_mounts, with its own loopback network, process ids and /run. No port is busy
# there, no pid file is left behind, and whatever it left running ends with it, however it ends.
sandbox() {
  (become_sandbox "$@")
}

# For one in the background: it takes this shell's place, so that $! is what to kill.
become_sandbox() {
  local inner
  inner=$(mktemp "$BATS_TEST_TMPDIR/inner.XXXXXX")
  write_inner_shell "$inner"
  exec unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private \
    bash -c 'ip link set lo up && mount -t tmpfs -o mode=755 tmpfs /run && exec bash "$@"' sandbox "$inner" "$@"
}

# At the end of a file that has started crons in the background, each with its pid in a cron-NAME/pid.
kill_crons() {
  local pid
  for pid in "$BATS_FILE_TMPDIR"/cron-*/pid; do
    [[ ! -e $pid ]] || kill -KILL "$(<"$pid")" 2>/dev/null || true
  done
}

# The documents that are installed, by their names in the source. A new one has to be named in docs/meson.build.
installed_documents() {
  (cd "$(dirname -- "${BASH_SOURCE[0]}")/../../.." && printf '%s\n' *.md docs/{*.md,*.svg,*.png,launch.txt})
}
