#!/usr/bin/env bats
# bats file_tags=slow
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep learn --once`: what a call is denied it is given, and only that call. As games, in namespaces of their own; what
# was done is looked at, and what the kernel says of the program between its calls.
# shellcheck disable=SC2016,SC2054,SC2086,SC2154 # expanded by the commands under test; two options in one word; the variables that find_what_is_tested sets

load ../lib/common
load ../lib/learn
bats_require_minimum_version 1.5.0

setup() {
  learn_setup
  # Without folders that only root can search: a shell looks for its commands there.
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  inner_variables+=(work F options capability_names capability_number status_key)
  options=()
  if ! "$bin" learn --once -u games -- true >"$work/said" 2>&1 && grep -q 'Linux 6.14' "$work/said"; then
    skip_because "$BATS_TEST_DESCRIPTION" "the kernel does not tell what it is asked for"
  fi
}

# once COMMAND…: its text in $work/text; the command's output in $work/out if it sends it there.
once() {
  local status=0
  timeout 600 "$bin" learn --once -u games "${options[@]}" -- "$@" >"$work/text" 2>"$work/said" || status=$?
  cat "$work/text" "$work/said"
  ((status == 1))
}

# python SCRIPT: what it prints is in $work/out. `status()` is /proc of the calling thread.
python() {
  : >"$work/out"
  chmod 666 "$work/out"
  {
    printf '%s\n' 'import ctypes, errno, os, resource, signal, socket, struct, sys, threading, time' \
      'work, out = sys.argv[1], open(sys.argv[1] + "/out", "a", buffering=1)' \
      'libc = ctypes.CDLL(None, use_errno=True)' \
      'def effective():' \
      ' for line in open("/proc/thread-self/status"):' \
      '  if line.startswith("CapEff"): return int(line.split()[1], 16)' \
      'def say(*words): print(*words, file=out)' "$1"
  } >"$work/script.py"
  once /usr/bin/python3 -I "$work/script.py" "$work"
}

# members: the capabilities of the rule that was printed.
members() {
  sed -n 's/^AmbientCapabilities=//p' "$work/text"
}

of_another() {
  rm -f "$F"
  : >"$F"
  chmod 600 "$F"
  chown 1 "$F"
}

@test "learn --once: a denied call is made again, and is done" {
  of_another
  once chmod 640 "$F"
  [[ $(stat -c %u:%a "$F") == 1:640 ]]
  [[ $(members) == cap_fowner ]]
  grep -qE "^#   cap_fowner  fchmodat2? $F  chmod \(EPERM without\)\$" "$work/text"
  grep -q '^# or: capkeep run -u games -a cap_fowner -- chmod' "$work/text"
  [[ $(head -n 1 "$work/text") == '# not proven: one run, and what it names is what each call would have needed, not what the work needs' ]]
  [[ $(<"$work/said") == *'is run once as games'*'nothing is proven by that' ]]
}

@test "learn --once: between its calls nothing is effective, and the rest is as run -a gives it" {
  of_another
  options=(--from chown,fowner)
  python 'os.system("cat /proc/self/status >" + work + "/child")
before = effective()
os.chmod(sys.argv[1] + "/F", 0o640)
say(before, effective())
os.system("cp /proc/self/status " + work + "/copy")'
  [[ $(<"$work/out") == '0 0' && $(stat -c %a "$F") == 640 ]]
  assert_caps "$work/child" prm=cap_chown,cap_fowner eff= inh=cap_chown,cap_fowner amb=cap_chown,cap_fowner uid=5
  assert_caps "$work/copy" prm=cap_chown,cap_fowner eff= amb=cap_chown,cap_fowner uid=5
}

@test "learn --once: the weaker of two, and one after the other" {
  mkdir -m 700 "$work/closed"
  echo secret >"$work/closed/file"
  chmod 600 "$work/closed/file"
  options=(--check '[ "$(cat "$CAPKEEP_OUTPUT")" = secret ]')
  once cat "$work/closed/file"
  [[ $(members) == cap_dac_read_search ]]
  # Two that the same call wants, one behind the other.
  options=()
  once chown 1 "$work/closed/file"
  [[ $(members) == 'cap_chown cap_dac_read_search' && $(stat -c %u "$work/closed/file") == 1 ]]
}

@test "learn --once: what --from has not is not given" {
  of_another
  options=(--from chown)
  once chmod 640 "$F"
  [[ $(stat -c %a "$F") == 600 && -z $(members) ]]
  grep -qE "^#   cap_fowner.*fchmodat2? $F  chmod -> EPERM" "$work/text"
  grep -q "Operation not permitted" "$work/said"
}

not_repeated() {
  "$bin" learn --once -u games -f json --from setuid,sys_admin -- python3 -c 'import os
try: os.setuid(0)
except OSError: pass' >"$work/json" || [[ $? == 1 ]]
  jq -e '.members == [] and (.not_repeated | map(select(.why == "made-sure"))) == [{"caps": ["cap_setuid"], "why": "made-sure", "call": "setuid", "error": "EPERM",
    "object": null, "comm": "python3", "program": .program, "count": 1}]' "$work/json"
}

@test "learn --once: JSON" {
  not_repeated
  of_another
  "$bin" learn --once -u games -f json -- chmod 640 "$F" >"$work/json" || [[ $? == 1 ]]
  jq -e '.version == 1 and .set == null and .verdict == "not-proven" and .user == "games" and .program == "/usr/bin/chmod" and .exact
    and (.runs | length) == 1 and .runs[0].passed and (.members | map(.cap)) == ["cap_fowner"] and .members[0].calls[0].error == "EPERM" and .members[0].calls[0].error_with == null
    and (.members[0].instead | length) == 2 and .denied == [] and .left == 0 and (.kept_effective or .traces_itself or .looks_at_capabilities | not) and (.lost | not) and (.full | not)' "$work/json"
  jq -e '.named == ["cap_fowner"]' "$work/json"
  # It proves nothing, and makes nothing proven; what it names is united.
  run -1 "$bin" learn --merge "$work/json"
  [[ $output == *'not proven'*$'\nAmbientCapabilities=cap_fowner\n'* ]]
  jq '.named = ["cap_nonsense"]' "$work/json" >"$work/bad"
  run -125 "$bin" learn --merge "$work/bad"
}

@test "learn --once: --before, --check and --after are asked as ever; what fails shows its output" {
  of_another
  options=(--before "echo before >>$work/order" --after "echo after >>$work/order" --check 'exit 3')
  once sh -c 'echo words of its own; chmod 640 "$F"'
  [[ $(<"$work/order") == before$'\n'after && $(stat -c %a "$F") == 640 ]]
  grep -q '^# one run as games; it failed its check (it ended with 0)$' "$work/text"
  grep -q '^words of its own$' "$work/said"
  # What has failed is no rule.
  [[ -z $(members) ]]
  grep -qE '^#   cap_fowner  fchmodat' "$work/text"
}

# --- the commands of learn's oracle

# gives CAPS COMMAND…: names these, "none" for none.
gives() {
  local caps=$1
  shift
  once "$@"
  [[ $(members) == "$caps" || ($caps == none && -z $(members)) ]]
}

as_the_oracle() {
  options=(--until 'grep -q :0058 /proc/net/tcp')
  [[ ! $(command -v busybox) ]] || gives cap_net_bind_service busybox httpd -f -p 127.0.0.1:88
  options=()
  start_of_another
  gives cap_sys_nice taskset -p 1 "$another"
  kill "$another"
  gives 'cap_chown cap_fowner' install -o 1 -m 4755 /bin/true "$F"
  [[ $(stat -c %u:%a "$F") == 1:4755 ]]
  rm "$F"
  : >"$F"
  chown games "$F"
  gives 'cap_chown cap_sys_nice' sh -c 'chgrp 1 "$0" && renice -n -5 -p $$' "$F"
  [[ $(stat -c %g "$F") == 1 ]]
  # One run cannot see that this is tolerated.
  gives cap_sys_nice sh -c 'renice -n -5 -p $$; exit 0'
  gives none sh -c '[ "$(id -u)" = 0 ]'
}

@test "learn --once: the commands of learn's oracle, with what one run can see" {
  sandbox as_the_oracle
}

a_daemon() {
  options=(--until 'grep -q :0035 /proc/net/udp' --from net_bind_service,net_admin,chown)
  gives cap_net_bind_service dnsmasq -k -C /dev/null -p 53 --listen-address=127.0.0.1 --bind-interfaces
}

@test "learn --once: a daemon, until it serves" {
  [[ $(command -v dnsmasq) ]] || skip_because "$BATS_TEST_DESCRIPTION" "needs dnsmasq"
  sandbox a_daemon
}

# --- calls that are not made again

@test "learn --once: set*uid with a 0 only makes sure, and is not made again" {
  options=(--from setuid,setgid)
  python 'import itertools
root = []
for call in (lambda: os.setuid(0), lambda: os.setreuid(-1, 0), lambda: os.setresuid(-1, -1, 0), lambda: os.seteuid(0)):
  try:
    call()
    root.append(os.getresuid())
  except PermissionError: pass
say(root, os.getresuid())
os.setgid(7)
say(os.getgid(), effective())'
  [[ $(<"$work/out") == "[] (5, 5, 5)"$'\n''7 0' ]]
  [[ $(members) == cap_setgid ]]
  grep -qF '# not made again, as it only made sure:' "$work/text"
  grep -qE '^#   cap_setuid  setuid  python3 -> EPERM$' "$work/text"
  grep -qE '^#   cap_setuid  setresuid  python3 -> EPERM' "$work/text"
}

@test "learn --once: another uid is taken, and keeps nothing effective" {
  options=(--from setuid)
  python 'os.setresuid(1, 1, 1)
say(os.getresuid(), effective())'
  [[ $(<"$work/out") == '(1, 1, 1) 0' && $(members) == cap_setuid ]]
}

@test "learn --once: a prctl that drops is made again" {
  options=(--from setpcap,chown)
  python 'drop = libc.prctl(24, 0, 0, 0, 0)
say(drop, libc.prctl(23, 0, 0, 0, 0), effective())'
  [[ $(<"$work/out") == '0 0 0' && $(members) == cap_setpcap ]]
}

killing_all() {
  start_of_another
  # With nobody left whom it may kill, the kernel takes this for done.
  python 'os.kill(-1, signal.SIGKILL)
say(libc.syscall(169, 0, 0, 0, 0), libc.syscall(168, work.encode()))'
  [[ $(<"$work/out") == '-1 -1' ]]
  kill -0 "$another"
  kill "$another"
  [[ -z $(members) ]]
  grep -qF '# asked for, and went on without:' "$work/text"
  grep -qF '# not made again, as it would be done to the whole machine:' "$work/text"
  grep -qE '^#   cap_kill  kill pid -1  python3$' "$work/text"
  grep -qE '^#   cap_sys_boot  reboot  python3 -> EPERM$' "$work/text"
  grep -qE '^#   cap_sys_admin  swapoff .*  python3 -> EPERM$' "$work/text"
}

@test "learn --once: reboot, swapoff and a kill of all are not made again" {
  [[ $(uname -m) == x86_64 ]] || skip_because "$BATS_TEST_DESCRIPTION" "its numbers of calls are those of x86-64"
  sandbox killing_all
}

# --- programs that change their sets

# Python's own capset: permitted and effective as masks; inheritable stays.
capset='def capset(permitted, effective):
 header = struct.pack("II", 0x20080522, 0)
 for line in open("/proc/thread-self/status"):
  if line.startswith("CapInh"): inheritable = int(line.split()[1], 16)
 data = b"".join(struct.pack("III", e & 0xffffffff, p & 0xffffffff, i & 0xffffffff)
  for e, p, i in ((effective, permitted, inheritable), (effective >> 32, permitted >> 32, inheritable >> 32)))
 return libc.capset(header, data)'

@test "learn --once: what a program raises itself stays its own, and counts" {
  of_another
  options=(--from chown,fowner)
  python "$capset
"'capset(9, 8)
os.chmod(work + "/F", 0o640)
say(effective())
os.chown(work + "/F", 2, -1)
say(effective())
capset(9, 0)
say(effective())'
  [[ $(<"$work/out") == $'8\n8\n0' && $(stat -c %u:%a "$F") == 2:640 ]]
  [[ $(members) == 'cap_chown cap_fowner' ]]
  grep -qE "^#   cap_fowner  (fchmodat2?|chmod) $F  python3\$" "$work/text"
  grep -qE "^#   cap_chown  (fchownat|chown) $F  python3 \(EPERM without\)\$" "$work/text"
}

@test "learn --once: what a program has lowered is not raised" {
  of_another
  options=(--from chown,fowner)
  python "$capset
"'capset(1, 0)
try: os.chmod(work + "/F", 0o640)
except PermissionError: say("denied")
os.chown(work + "/F", 2, -1)
os.system("cat /proc/self/status >" + work + "/child")'
  [[ $(<"$work/out") == denied && $(stat -c %u:%a "$F") == 2:600 && $(members) == cap_chown ]]
  assert_caps "$work/child" prm=cap_chown eff= amb=cap_chown
  grep -qF '# not made again, as it is not permitted to it' "$work/text"
}

@test "learn --once: set-user-ID programs and file capabilities are left as they are, and do not count" {
  of_another
  cp /bin/chmod "$work/chmod"
  chmod 4755 "$work/chmod"
  once "$work/chmod" 640 "$F"
  [[ $(stat -c %a "$F") == 640 && -z $(members) ]]
  grep -qE '^# not counted: .*cap_fowner' "$work/text"
  [[ $(command -v setcap) ]] || skip_because "$BATS_TEST_DESCRIPTION" "needs setcap"
  cp /bin/chmod "$work/chmod.cap"
  setcap cap_fowner+ep "$work/chmod.cap"
  once "$work/chmod.cap" 604 "$F"
  [[ $(stat -c %a "$F") == 604 && -z $(members) ]]
  grep -qE '^# not counted: .*cap_fowner' "$work/text"
  # It has no more than its file gives; what comes after it is treated as ever.
  chown 0 "$F"
  once sh -c "'$work/chmod.cap' 640 '$F'; chown 2 '$F'"
  [[ $(stat -c %u:%a "$F") == 2:640 && $(members) == cap_chown ]]
}

@test "learn --once: a user namespace of its own is left as it is, and does not count" {
  setpriv --reuid games --regid games --clear-groups unshare --user true 2>/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "games can have no user namespace"
  of_another
  options=(--from fowner,sys_admin)
  python 'libc.unshare(0x10000000)
say(effective() != 0)
try: os.chmod(work + "/F", 0o640)
except PermissionError: say("denied")
say(effective() != 0)'
  [[ $(<"$work/out") == $'True\ndenied\nTrue' && $(stat -c %a "$F") == 600 && -z $(members) ]]
  options=()
  # Also where it is not root there, and what it executes has its capabilities as ambient ones.
  for map in map-root-user 'map-current-user --keep-caps'; do
    rm "$work/out"
    once unshare --user --$map --mount sh -c "mount -t tmpfs tmpfs '$work/outputs' && grep CapEff /proc/self/status >'$work/out'"
    [[ $(cut -f 2 "$work/out") == 000001ffffffffff ]]
  done
}

# --- refusals that come as a message

a_route() {
  once ip route add 10.3.0.0/16 dev lo
  ip route | grep -q ^10.3
  [[ $(members) == cap_net_admin ]]
  grep -qE '^#   cap_net_admin  sendmsg  ip' "$work/text"
  # And by a plain write; in between nothing is effective, though the socket was made with everything.
  options=(--from net_admin,chown)
  python 'link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
message = struct.pack("IHHIIBBBBBBBBI", 28 + 16, 24, 0x605, 1, 0, 2, 16, 0, 0, 254, 3, 0, 1, 0)
message += struct.pack("HH4s", 8, 1, socket.inet_aton("10.4.0.0")) + struct.pack("HHi", 8, 4, 1)
say(effective(), os.write(link.fileno(), message))
say(struct.unpack("i", link.recv(4096)[16:20])[0], effective())
os.write(out.fileno(), b"to a file\n")'
  ip route
  [[ $(<"$work/out") == $'0 44\n0 0\nto a file' && $(members) == cap_net_admin ]]
  ip route | grep -q ^10.4
}

@test "learn --once: netlink refuses in a message: a route" {
  sandbox a_route
}

a_route_by_socketcall() {
  options=(--from net_admin,chown)
  # As a program of 32 bits does it, by int $0x80: what it points to has to be in the lowest 4 GiB.
  python 'import mmap
page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40, prot=7)
base = ctypes.addressof(ctypes.c_char.from_buffer(page))
page[:11] = bytes.fromhex("5389f889f389d1cd805bc3")
call = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint, ctypes.c_uint, ctypes.c_uint)(base)
def socketcall(which, *words):
  page[1024:1024 + 4 * len(words)] = struct.pack("%dI" % len(words), *words)
  return call(102, which, base + 1024)
message = struct.pack("IHHIIBBBBBBBBI", 28 + 16, 24, 0x605, 1, 0, 2, 16, 0, 0, 254, 3, 0, 1, 0)
message += struct.pack("HH4s", 8, 1, socket.inet_aton("10.4.0.0")) + struct.pack("HHi", 8, 4, 1)
page[2048:2048 + len(message)] = message
link = socketcall(1, socket.AF_NETLINK, socket.SOCK_RAW, 0)
say(socketcall(9, link, base + 2048, len(message), 0))
say(struct.unpack("i", os.read(link, 4096)[16:20])[0], effective())'
  [[ $(<"$work/out") == $'44\n0 0' && $(members) == cap_net_admin ]]
  ip route | grep -q ^10.4
}

@test "learn --once: netlink by socketcall of i386" {
  needs_x86_64
  # getpid by int $0x80; where there is no such thing that is the program's end.
  /usr/bin/python3 -c 'import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=7)
page[:8] = bytes.fromhex("b814000000cd80c3")
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()' 2>/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "this kernel runs no i386 programs"
  sandbox a_route_by_socketcall
}

@test "learn --once: io_uring's workers ask for themselves" {
  [[ $(uname -m) == x86_64 && $(</proc/sys/kernel/io_uring_disabled) == 0 ]] || skip_because "$BATS_TEST_DESCRIPTION" "needs io_uring, on x86-64"
  mkdir -m 700 "$work/closed"
  options=(--from dac_read_search,chown)
  echo secret >"$work/closed/file"
  python 'import mmap
parameters = ctypes.create_string_buffer(120)
ring = libc.syscall(425, 1, parameters)
field = struct.unpack("30I", parameters.raw)
queue = mmap.mmap(ring, 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=0)
entries = mmap.mmap(ring, 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=0x10000000)
path = ctypes.create_string_buffer((work + "/closed/file").encode())
# IORING_OP_OPENAT, by a worker (IOSQE_ASYNC).
entries[:64] = struct.pack("BBHiQQIIQ24x", 18, 16, 0, -100, 0, ctypes.addressof(path), 0, os.O_RDONLY, 7)
queue[field[10 + 6]:field[10 + 6] + 4] = struct.pack("I", 0)
queue[field[10 + 1]:field[10 + 1] + 4] = struct.pack("I", 1)
say(libc.syscall(426, ring, 1, 1, 1, None, 8), effective())
result = struct.unpack("i", queue[field[20 + 5] + 8:field[20 + 5] + 12])[0]
say(result > 0 and os.read(result, 100) or result)'
  [[ $(<"$work/out") == $'1 0\nb\'secret\\n\'' ]]
  [[ $(members) == cap_dac_read_search ]]
}

# --- seccomp filters

# filter(ACTION): for capset, by the number of x86-64; else everything is allowed.
filters='def filter(action):
 code = b"".join(struct.pack("HBBI", *line) for line in ((0x20, 0, 0, 0), (0x15, 0, 1, 126), (6, 0, 0, action), (6, 0, 0, 0x7fff0000)))
 lines = ctypes.create_string_buffer(code)
 program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 4, ctypes.addressof(lines)))
 return libc.prctl(22, 2, program, 0, 0)'

needs_x86_64() {
  [[ $(uname -m) == x86_64 ]] || skip_because "$BATS_TEST_DESCRIPTION" "its numbers of calls are those of x86-64"
}

@test "learn --once: a filter that kills at capset does not see ours" {
  needs_x86_64
  of_another
  options=(--from fowner,chown)
  python "$filters
"'libc.prctl(38, 1, 0, 0, 0)
say(filter(0x80000000))
os.chmod(work + "/F", 0o640)
say(effective())
os.system("cat /proc/self/status >" + work + "/child")
pid = os.fork()
if pid == 0: libc.capset(None, None)
say(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))'
  # The program's own capset is filtered as ever.
  [[ $(<"$work/out") == $'0\n0\n-31' && $(stat -c %a "$F") == 640 && $(members) == cap_fowner ]]
  assert_caps "$work/child" prm=cap_chown,cap_fowner eff= amb=cap_chown,cap_fowner
}

@test "learn --once: a filter that is installed by a call that is made again" {
  needs_x86_64
  options=(--from sys_admin,chown)
  python "$filters
"'say(filter(0x80000000), effective())'
  [[ $(<"$work/out") == '0 0' && $(members) == cap_sys_admin ]]
}

@test "learn --once: where filters cannot be suspended nothing is emptied or made again, and that is told" {
  needs_x86_64
  of_another
  options=(--from fowner)
  printf '%s\n' 'import ctypes, os, struct, sys' 'libc = ctypes.CDLL(None)' "$filters" 'if filter(0x7fff0000) != 0: sys.exit("no filter")' \
    'os.execv(sys.argv[1], sys.argv[1:])' >"$work/filtered.py"
  real=$bin
  printf '#!/bin/sh\nexec /usr/bin/python3 -I "%s" "%s" "$@"\n' "$work/filtered.py" "$real" >"$work/capkeep"
  chmod 755 "$work/capkeep"
  bin=$work/capkeep
  python 'say(effective())
os.chmod(work + "/F", 0o640)'
  [[ $(<"$work/out") == 8 && $(stat -c %a "$F") == 640 && $(members) == cap_fowner ]]
  "$bin" learn --once -u games -f json -- true >"$work/json" || [[ $? == 1 ]]
  jq -e .kept_effective "$work/json"
  grep -q '^# warning: a program kept all of --from effective: it has a seccomp filter that capkeep may not suspend' "$work/text"
}

# --- threads, signals, and calls that block

@test "learn --once: threads and children, each by itself" {
  of_another
  options=(--from fowner,chown)
  python 'seen = []
def work_on(number):
  for i in range(20):
    os.chmod(work + "/F", 0o600 + number)
    seen.append(effective())
threads = [threading.Thread(target=work_on, args=(i,)) for i in range(4)]
for thread in threads: thread.start()
for i in range(20): seen.append(effective())
for thread in threads: thread.join()
children = [os.fork() for i in range(1)]
if children[0] == 0:
  os.chown(work + "/F", 2, -1)
  os._exit(effective())
say(max(seen), len(seen), os.waitpid(children[0], 0)[1])'
  [[ $(<"$work/out") == '0 100 0' && $(stat -c %u "$F") == 2 && $(members) == 'cap_chown cap_fowner' ]]
}

@test "learn --once: a call that is made again may wait for another thread" {
  mkdir -m 700 "$work/closed"
  mkfifo -m 600 "$work/closed/fifo"
  chown games "$work/closed/fifo"
  options=(--from dac_read_search,chown)
  # Two that wait for each other: each is in the middle of a call that is made again.
  python 'seen = []
def read():
  with open(work + "/closed/fifo") as fifo: seen.append(fifo.read())
thread = threading.Thread(target=read)
thread.start()
with open(work + "/closed/fifo", "w") as fifo: fifo.write("through")
thread.join()
say(seen, effective())'
  [[ $(<"$work/out") == "['through'] 0" && $(members) == cap_dac_read_search ]]
}

@test "learn --once: a signal finds nothing effective, also in a call that is made again" {
  mkdir -m 700 "$work/closed"
  mkfifo -m 600 "$work/closed/fifo"
  chown games "$work/closed/fifo"
  options=(--from dac_read_search,chown)
  python 'seen = []
class Enough(Exception): pass
def handle(number, frame):
  seen.append(effective())
  if len(seen) == 3: raise Enough
signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, .2, .2)
try: open(work + "/closed/fifo")
except Enough: say(seen)
signal.setitimer(signal.ITIMER_REAL, 0)
say(effective(), sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())))'
  [[ $(<"$work/out") == $'[0, 0, 0]\n0 []' && $(members) == cap_dac_read_search ]]
}

@test "learn --once: an exec that is made again starts with nothing effective, and the mask of its signals" {
  mkdir -m 700 "$work/closed"
  cp /bin/cat "$work/closed/cat"
  options=(--from dac_read_search,chown)
  python 'signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGUSR1,))
os.dup2(os.open(work + "/child", os.O_CREAT | os.O_WRONLY), 1)
os.execv(work + "/closed/cat", ["cat", "/proc/self/status"])'
  [[ $(members) == cap_dac_read_search ]]
  grep -qE "^#   cap_dac_read_search  execve $work/closed/cat  cat \(EACCES without\)\$" "$work/text"
  assert_caps "$work/child" prm=cap_chown,cap_dac_read_search eff= inh=cap_chown,cap_dac_read_search amb=cap_chown,cap_dac_read_search uid=5
  [[ $(sed -n 's/^SigBlk:[[:space:]]*//p' "$work/child") == 0000000000000200 ]]
}

@test "learn --once: a clone that is made again: the child has nothing effective" {
  needs_x86_64
  options=(--from sys_admin,chown)
  # With a mount namespace of its own, by the bare call.
  python 'pid = libc.syscall(56, 0x20000 | signal.SIGCHLD, 0, 0, 0, 0)
if pid == 0:
  say(effective())
  os._exit(0)
os.waitpid(pid, 0)
say(pid > 0, effective())'
  [[ $(<"$work/out") == $'0\nTrue 0' && $(members) == cap_sys_admin ]]
  grep -qE '^#   cap_sys_admin  clone  python3 \(EPERM without\)$' "$work/text"
}

@test "learn --once: a child that is not to be traced does not get away with more" {
  needs_x86_64
  options=(--from sys_admin,chown)
  # CLONE_UNTRACED, by clone and by clone3.
  python 'def report(pid):
  if pid == 0:
    say(effective())
    os._exit(0)
  os.waitpid(pid, 0x40000000)
report(libc.syscall(56, 0x00820000 | signal.SIGCHLD, 0, 0, 0, 0))
arguments = ctypes.create_string_buffer(struct.pack("11Q", 0x00820000, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, 0))
report(libc.syscall(435, arguments, 88))
say(hex(struct.unpack("Q", arguments.raw[:8])[0]))'
  [[ $(<"$work/out") == $'0\n0\n0x820000' && $(members) == cap_sys_admin ]]
}

# --- other errors

@test "learn --once: ENOMEM of mlock is a refusal as well" {
  options=(--from ipc_lock,chown)
  python 'resource.setrlimit(resource.RLIMIT_MEMLOCK, (4096, 4096))
memory = ctypes.create_string_buffer(65536)
first = libc.mlock(memory, 65536)
say(first, effective())
read, write = os.pipe2(os.O_NONBLOCK)
try: os.read(read, 1)
except BlockingIOError: say("again")'
  [[ $(<"$work/out") == $'0 0\nagain' && $(members) == cap_ipc_lock ]]
}

in_vain() {
  # Another's, in a directory with the sticky bit; and then it is immutable.
  mount -t tmpfs -o mode=1777 tmpfs /run
  : >/run/file
  # FS_IOC_SETFLAGS with FS_IMMUTABLE_FL: chattr(1) is not everywhere.
  /usr/bin/python3 -c 'import fcntl, os, struct; fcntl.ioctl(os.open("/run/file", os.O_RDONLY), 0x40086602, struct.pack("i", 16))' || return 77
  once unlink /run/file
  [[ -z $(members) ]]
  grep -qF '# made again with what they asked for, and the same:' "$work/text"
  grep -qE '^#   cap_fowner  unlink(at)? /run/file  unlink -> EPERM$' "$work/text"
}

@test "learn --once: what would have changed nothing is listed" {
  sandbox in_vain || { (($? == 77)) && skip_because "$BATS_TEST_DESCRIPTION" "a tmpfs has no immutable files before Linux 6.6"; }
}

@test "learn --once: what only failed with another error is warned of" {
  mkdir -m 700 "$work/closed"
  options=(--check 'grep -q "No such file" "$CAPKEEP_OUTPUT"')
  once cat "$work/closed/nosuchfile"
  [[ $(members) == cap_dac_read_search ]]
  grep -qF "$work/closed/nosuchfile  cat (EACCES without) -> ENOENT" "$work/text"
  grep -qx '# warning: only for calls that failed all the same, with another error: cap_dac_read_search' "$work/text"
  echo words >"$work/closed/file"
  options=()
  once sh -c "cat '$work/closed/nosuchfile'; cat '$work/closed/file'"
  run ! grep -q 'failed all the same' "$work/text"
}

@test "learn --once: what goes on with less is listed" {
  of_another
  chown games "$F"
  chgrp 1 "$F"
  chmod 600 "$F"
  options=(--from fsetid,chown)
  once chmod 2755 "$F"
  # Not in the group: the bit is dropped in silence.
  [[ $(stat -c %a "$F") == 755 && -z $(members) ]]
  grep -qF '# asked for, and went on without:' "$work/text"
  grep -qE "^#   cap_fsetid  fchmodat2? $F  chmod\$" "$work/text"
}

# --- the terminal

asked() {
  "$BATS_TEST_DIRNAME/../lib/terminal" "send=$bin learn --once -u games -- sh -c 'read word; echo \$word >$work/word'\n" 'wait=is run once as games' \
    'send=hello\n' 'wait=it passed its check' 'send=echo status $?\n' 'wait=status 1'
  [[ $(<"$work/word") == hello ]]
  # The terminal is the shell's again, and Ctrl-C the command's.
  "$BATS_TEST_DIRNAME/../lib/terminal" "send=$bin learn --once -u games --after 'touch $work/after' -- sh -c 'echo it begins >/dev/tty; exec sleep 1000'\n" \
    'wait=is run once as games' 'wait=it begins' "send=^C" 'wait=it failed its check .it ended with 130' 'send=echo status $?\n' 'wait=status 1'
  [[ -e $work/after ]]
  # Nobody would have it go on after Ctrl-Z.
  "$BATS_TEST_DIRNAME/../lib/terminal" "send=$bin learn --once -u games -- sh -c 'echo it begins >/dev/tty; read word; echo \$word >$work/word'\n" \
    'wait=is run once as games' 'wait=it begins' 'send=^Z' 'send=goodbye\n' 'wait=it passed its check' 'send=echo status $?\n' 'wait=status 1'
  [[ $(<"$work/word") == goodbye ]]
}

@test "learn --once: on a terminal the command can ask something" {
  sandbox asked
}

@test "learn --once: without a terminal the command has /dev/null" {
  once sh -c "readlink /proc/self/fd/0 >'$work/in'" <<<words
  [[ $(<"$work/in") == /dev/null ]]
}

# --- what cannot be served

@test "learn --once: a program that looks at what is effective, and refuses" {
  for look in 'grep -q "CapEff:.*[1-9a-f]" /proc/self/status' '/usr/bin/python3 -I "$0" "$1"'; do
    printf '%s\n' 'import ctypes, sys' 'data = ctypes.create_string_buffer(24)' \
      'ctypes.CDLL(None).capget(bytes(ctypes.c_uint(0x20080522)) + bytes(4), data)' 'sys.exit(data.raw[0] == 0)' >"$work/look.py"
    once sh -c "$look" "$work/look.py"
    grep -q '^# it has looked at its capabilities, of which none is effective here: try without --once$' "$work/text"
  done
  once false
  run ! grep -q 'try without --once' "$work/text"
}

@test "learn --once: a program that traces by itself" {
  options=(--from chown)
  python 'say(libc.ptrace(0, 0, 0, 0))'
  [[ $(<"$work/out") == -1 ]]
  "$bin" learn --once -u games -f json -- python3 -c 'import ctypes, os
ctypes.CDLL(None).ptrace(0, 0, 0, 0)
if os.fork() == 0: os.execvp("sleep", ["sleep", "1000"])' >"$work/json" || [[ $? == 1 ]]
  jq -e '.traces_itself and .left == 1' "$work/json"
  grep -q '^# warning: it traces by itself, which it cannot while it is traced$' "$work/text"
}

# --- its end

is_gone() {
  ! kill -0 "$1" 2>/dev/null
}

left_behind() {
  mkdir -m 700 "$work/closed"
  mkfifo -m 600 "$work/closed/fifo"
  chown games "$work/closed/fifo"
  # One sleeps; another is in a call that is made again: it does not go on with more than its own.
  python 'read, write = os.pipe()
if os.fork() == 0: time.sleep(1000)
pid = os.fork()
if pid == 0:
  os.write(write, b"x")
  os.open(work + "/closed/fifo", os.O_RDONLY)
  say("it went on", effective())
  os._exit(0)
os.read(read, 1)
# From then on it stops for its tracer until it waits in there.
while open("/proc/%d/stat" % pid).read().rsplit(")")[1].split()[0] != "S": time.sleep(.01)'
  [[ ! -s $work/out ]]
  grep -q '^# warning: the command left processes behind (2), which were ended$' "$work/text"
  run ! pgrep -f "$work/script.py"
}

@test "learn --once: what it leaves behind is ended, and told" {
  sandbox left_behind
}

begin_waiting() {
  mkdir -m 700 "$work/closed"
  mkfifo -m 600 "$work/closed/fifo"
  chown games "$work/closed/fifo"
  printf '%s\n' 'import os, sys' 'print(os.getpid(), file=open(sys.argv[1] + "/pid", "w"), flush=True)' \
    'os.open(sys.argv[1] + "/closed/fifo", os.O_RDONLY)' 'open(sys.argv[1] + "/went-on", "w")' >"$work/wait.py"
  env --default-signal=INT,TERM "$bin" learn --once -u games --after "touch $work/after" -- /usr/bin/python3 -I "$work/wait.py" "$work" >"$work/text" 2>"$work/said" &
  learner=$!
  wait_until 10 test -s "$work/pid"
  wait_until 10 grep -q '^State:[[:space:]]*S' "/proc/$(<"$work/pid")/status"
}

ended_by_signal() {
  local status=0
  begin_waiting
  kill -"$1" "$learner"
  wait "$learner" || status=$?
  echo "status $status"
  cat "$work/text" "$work/said"
  [[ $status == $((128 + $2)) && -e $work/after && ! -e $work/went-on ]]
  wait_until 10 is_gone "$(<"$work/pid")"
  grep -q "^# ended by signal $2; nothing is proven\$" "$work/text"
}

@test "learn --once: a signal ends it, in the middle of a call, and --after is run" {
  sandbox ended_by_signal TERM 15
}

killed() {
  local runner
  begin_waiting
  # By whatever means: capkeep itself, or the process that traces.
  runner=$(sed -n 's/^TracerPid:[[:space:]]*//p' "/proc/$(<"$work/pid")/status")
  [[ $1 == tracer ]] || runner=$learner
  kill -KILL "$runner"
  wait "$learner" || true
  wait_until 10 is_gone "$(<"$work/pid")"
  [[ ! -e $work/went-on ]]
}

@test "learn --once: killed, it leaves nothing that runs behind" {
  sandbox killed capkeep
}

@test "learn --once: its tracer killed, it leaves nothing that runs behind" {
  sandbox killed tracer
}

# refuses STATUS TEXT OPTION…: nothing is run.
refuses() {
  local status=0 expected=$1 text=$2
  shift 2
  "$bin" learn --once --before "touch $work/ran" "$@" >"$work/out" 2>"$work/said" || status=$?
  [[ $status == "$expected" && $(<"$work/said") == *"$text"* && ! -s $work/out && ! -e $work/ran ]] || { echo "$*: $status"; cat "$work/said"; return 1; }
}

@test "learn --once: bad input is refused, and nothing is run" {
  refuses 125 '--all and --once do not go together' --all -u games -- true
  refuses 125 '--confirm and --once do not go together' --confirm 2 -u games -- true
  refuses 125 'do not go together' --merge a
  refuses 125 'do not go together' -p 1
  refuses 125 'COMMAND is missing' -u games
  refuses 125 '-u USER is missing' -- true
  refuses 125 'root has its capabilities anyway' -u root -- true
  refuses 127 'nosuchcommand' -u games -- "$work/nosuchcommand"
  run -0 --separate-stderr "$bin" learn --once --runs -u games --from chown -- touch "$work/ran"
  [[ $output == "as games, once, with what it is denied of cap_chown: touch $work/ran" && ! -e $work/ran ]]
}

without() {
  local status=0
  CAPKEEP_LEARN_WITHOUT=$1 "$bin" learn --once -u games -- touch "$work/ran" >"$work/out" 2>"$work/said" || status=$?
  cat "$work/said"
  [[ $status == 125 && ! -s $work/out && ! -e $work/ran ]]
  grep -qF -- "$2" "$work/said"
}

@test "learn --once: without the tracepoint, or without ptrace, it is refused" {
  without tracepoint '--once: the kernel does not tell what it is asked for'
  without ptrace '--once: tracing is not allowed here'
}
