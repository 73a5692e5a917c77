# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# For the tests of docs/recipes: a machine of our own on which capkeep is installed, the recipes are copied as their
# READMEs say, and their programs are judged by the kernel's account of them. Load it after lib/common.
#   machine FUNCTION…     runs it in a sandbox with that machine's /usr, /etc and /var; what it leaves running ends with it

examples=$BATS_TEST_DIRNAME/../../../docs/recipes
unpacked=/var/cache/capkeep-tests
# Where they are installed on the machine.
recipes=/usr/local/share/doc/capkeep/examples
inner_variables+=(installed unpacked recipes capability_number capability_names status_key)

# For setup_file: capkeep as it is installed; OpenRC and fping, which are not on the machine itself; and a sendmail that
# keeps what it is given.
recipes_setup_file() {
  find_what_is_tested
  can_install || return 0 # each test is skipped by name
  meson install --no-rebuild -C "$build" --destdir "$BATS_FILE_TMPDIR/installed" >"$BATS_FILE_TMPDIR/output" 2>&1 </dev/null ||
    { cat "$BATS_FILE_TMPDIR/output"; return 1; }
  mv "$BATS_FILE_TMPDIR/installed/usr/local" "$BATS_FILE_TMPDIR/installed/local"
  mkdir "$BATS_FILE_TMPDIR/installed/usr/sbin"
  printf '#!/bin/sh\nexec cat >>/run/mail\n' >"$BATS_FILE_TMPDIR/installed/usr/sbin/sendmail"
  chmod 755 "$BATS_FILE_TMPDIR/installed/usr/sbin/sendmail"
  local tree
  [[ ! -d $unpacked/openrc ]] || cp "$unpacked/openrc/etc/rc.conf" "$BATS_FILE_TMPDIR/installed/etc/"
  for tree in "$unpacked"/{openrc,librc1,libeinfo1,fping}; do
    [[ ! -d $tree ]] || add_to_usr "$tree"/{bin,sbin,lib} "$tree"/usr/{bin,sbin,lib}
  done
}

# add_to_usr DIRECTORY…: where /bin, /sbin and /lib are links into /usr; in newer packages as well, which have them there.
add_to_usr() {
  local directory
  for directory; do
    [[ ! -d $directory || -L $directory ]] || cp -a "$directory" "$BATS_FILE_TMPDIR/installed/usr/"
  done
}

recipes_find() {
  find_what_is_tested
  hide_suite_environment
  installed=$BATS_FILE_TMPDIR/installed
  make_shared_dir "$BATS_TEST_TMPDIR"
}

recipes_setup() {
  recipes_find
  ((EUID == 0)) || skip_because "$BATS_TEST_DESCRIPTION" "needs root"
  can_install || skip_because "$BATS_TEST_DESCRIPTION" "no meson, another prefix than /usr/local, or a read-only build"
  can_have_machine || skip_because "$BATS_TEST_DESCRIPTION" "no private namespaces, or no overlay file system, to be had"
}

can_install() {
  command -v meson >/dev/null && [[ -w $build/meson-logs ]] && grep -qF '"prefix": "/usr/local"' <(meson introspect "$build" \
    --buildoptions | tr '}' '\n' | sed -n 's/.*"name": "prefix", "value": \("[^"]*"\).*/"prefix": \1/p')
}

can_have_machine() {
  sandbox mount_usr 2>/dev/null
}

# need COMMAND|FILE…: the test is skipped by name where one is missing.
need() {
  local what
  for what; do
    [[ -e $what ]] || command -v "$what" >/dev/null || skip_because "$BATS_TEST_DESCRIPTION" "$what is not installed"
  done
}

# need_first_namespace: for capabilities that count there alone.
need_first_namespace() {
  [[ $(tr -s ' ' </proc/self/uid_map) == ' 0 0 4294967295' ]] ||
    skip_because "$BATS_TEST_DESCRIPTION" "in a user namespace $1"
}

# --- the machine

machine() {
  sandbox machine_session "$@"
}

machine_session() {
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
  cd /
  mount_usr
  mkdir "$dir/etc" "$dir/var"
  copy_etc "$dir/etc"
  rm -rf "$dir/etc/capkeep"
  cp -a "$installed/etc/capkeep" "$dir/etc"
  mount --bind "$dir/etc" /etc
  mount_var
  # OpenRC keeps account of its services in the machine's control groups.
  [[ ! -d /sys/fs/cgroup ]] || mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  # For who has to find out why.
  trap 'cat /run/output 2>/dev/null || :' EXIT
  set -o errtrace
  trap 'tell_failure "$?" "$LINENO" "$BASH_COMMAND" >&2' ERR
  "$@"
}

# tell_failure STATUS LINE COMMAND: what failed, with the lines that led to it in each function on the way: many an
# assertion says nothing itself, and a session has the same line more than once. A subshell's failure is its caller's.
tell_failure() {
  local frame line=$2
  ((BASH_SUBSHELL == 0)) || return 0
  echo "$3: ended with $1, in"
  for ((frame = 1; frame < ${#FUNCNAME[@]}; frame++)); do
    [[ ${FUNCNAME[frame]} != machine_session ]] || return 0
    echo "${FUNCNAME[frame]}:"
    sed -n "$((line > 2 ? line - 2 : 1)),${line}p" "${BASH_SOURCE[frame]}"
    line=${BASH_LINENO[frame]}
  done
}

# The machine's /usr, with what is added for the tests on top, and a /usr/local with capkeep alone. What is written to
# them is lost in memory.
mount_usr() {
  mkdir -p "$dir/usr"
  mount -t tmpfs -o mode=755 tmpfs "$dir/usr"
  mkdir "$dir/usr/upper" "$dir/usr/work"
  mount -t overlay -o "lowerdir=$installed/usr:/usr,upperdir=$dir/usr/upper,workdir=$dir/usr/work" overlay /usr
  mount -t tmpfs -o mode=755 tmpfs /usr/local
  cp -a "$installed/local/." /usr/local
  mkdir -p /usr/local/sbin
}

# An empty /var, and in it what the packages of the recipes' programs make. The machine's /var/tmp stays: the tests may
# have their files there.
mount_var() {
  local var=$dir/var
  mount -t tmpfs -o mode=755 tmpfs "$var"
  mkdir -p "$var"/{tmp,www/html,log/supervisor,spool/cron,lib,cache}
  ln -s /run "$var/run"
  echo 'it works' >"$var/www/html/index.html"
  mount --bind /var/tmp "$var/tmp"
  mount --rbind "$var" /var
}

# install_recipe NAME: by the very lines of its README, in the folder where it is installed.
install_recipe() {
  local folder=$recipes/$1
  [[ $(install_lines "$folder/README.md") == *"capkeep check --strict"* ]]
  (cd "$folder" && bash -eu -c "$(install_lines README.md)")
}

# The indented lines of the section "Install".
install_lines() {
  sed -n '/^## Install$/,/^## /s/^    //p' "$1"
}

# as_init COMMAND…: with nothing but what init has in its environment.
as_init() {
  env -i PATH=/sbin:/usr/sbin:/bin:/usr/bin "$@"
}

# A rule for somebody else is a rule that does not count for the recipe's program.
rule_for_another_user() {
  sed -i 's/^User=.*/User=games/' /etc/capkeep/capkeep.conf.d/*.conf
}

# One with a mistake in it: the launcher is not started.
break_policy() {
  echo Frob=1 | tee -a /etc/capkeep/capkeep.conf.d/*.conf >/dev/null
}

# Where ports below 1024 are free for all, what may not have the capability runs without, and can be looked at.
free_all_ports() {
  echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
}

# A program in the place of another, for one that ends at once where it is refused what it needs: it leaves its status.
stand_in() {
  printf '#!/bin/sh\nexec cat /proc/self/status >/run/stand-in/status\n' >/run/program
  chmod 755 /run/program
  install -d -m 1777 /run/stand-in
  mount --bind /run/program "$1"
}

# assert_stand_in USER CAPS: what the one in its place had.
assert_stand_in() {
  wait_until 30 test -s /run/stand-in/status
  assert_program_state /run/stand-in/status "$@"
  rm /run/stand-in/status
}

# exec_line KEY FILE…: the last command that the files of a unit have for this key, as words in `exec_words`. A variable
# that nobody has set is nothing.
exec_line() {
  local key=$1 line word
  shift
  line=$(cat -- "$@" | sed -e ':a' -e '/\\$/N' -e 's/\\\n//' -e 'ta' | sed -n "s/^$key=//p" | tail -n 1)
  exec_words=()
  for word in $line; do
    [[ $word == '$'* ]] || exec_words+=("$word")
  done
  ((${#exec_words[@]}))
}

# --- what the kernel says

# pids_of EXECUTABLE [USER]: that run, one a line.
pids_of() {
  local directory uid=''
  [[ ! ${2-} ]] || uid=$(id -u "$2")
  for directory in /proc/[0-9]*; do
    [[ $(readlink "$directory/exe") == "$1" ]] || continue
    if [[ ! $uid ]] || grep -qsE "^Uid:"$'\t'"[0-9]+"$'\t'"$uid"$'\t' "$directory/status"; then
      echo "${directory#/proc/}"
    fi
  done
}

runs() {
  [[ $(pids_of "$@") ]]
}

# assert_program EXECUTABLE USER CAPS: there are processes that run it as this user, and each has exactly these, and the
# hardening of the policy; or, with no CAPS, nothing.
assert_program() {
  local executable=$1 user=$2 pid pids looked_at=0
  shift 2
  wait_until 30 runs "$executable" "$user" || { echo "$executable does not run as $user"; ps -ef; return 1; }
  pids=$(pids_of "$executable" "$user")
  for pid in $pids; do
    wait_until 30 take_status_or_end "$pid" "$BATS_TEST_TMPDIR/status"
    [[ -e /proc/$pid ]] || continue
    assert_program_state "$BATS_TEST_TMPDIR/status" "$user" "$@"
    (! grep -zE '^(LD_PRELOAD|CAPKEEP_)' "/proc/$pid/environ")
    looked_at=$((looked_at + 1))
  done
  ((looked_at > 0))
}

# One of several may end meanwhile.
take_status_or_end() {
  take_status "$@" || [[ ! -e /proc/$1 ]]
}

# assert_program_state FILE USER CAPS
assert_program_state() {
  local uid gid
  uid=$(id -u "$2") gid=$(id -g "$2")
  if [[ $3 ]]; then
    assert_caps "$1" "prm=$3" "eff=$3" "inh=$3" "amb=$3" "bnd=$3" "uid=$uid" "gid=$gid"
    grep -qx $'NoNewPrivs:\t1' "$1"
  else
    assert_caps "$1" prm= eff= inh= amb= "uid=$uid" "gid=$gid"
  fi
}

# asks_three NAME: the three commands of docs/recipes/README.md with which somebody sees that this recipe works, as they stand:
# each ends well and prints something. In a container they are the container's.
asks_three() {
  local lines line count=0
  lines=$(awk -v title="**$1**" '/^(\*\*|#)/ { inside = index($0, title) == 1 } inside && /^    / { print substr($0, 5) }' "$recipes/README.md")
  while IFS= read -r line; do
    count=$((count + 1))
    if ! { bash -euc "$line" >/run/asked 2>&1 </dev/null && [[ -s /run/asked ]]; }; then
      echo "$line: not well, or silent"
      cat /run/asked
      return 1
    fi
  done <<<"$lines"
  ((count == 3))
}

# Docker's, for what asks in the one container that runs: docker exec NAME COMMAND…
docker() {
  [[ $1 == exec ]]
  shift 2
  nsenter --target "$(first_in_container)" --mount --pid --root "$@"
}

# assert_shown NAME: `capkeep status` has each row that its README shows, but for the process ID.
assert_shown() {
  local row rows
  capkeep status >/run/shown
  rows=$(sed -n '/^    [0-9]/s/^ *[0-9]* *//p' "$recipes/$1/README.md")
  while read -r row; do
    sed -E 's/^[0-9]+ *//; s/ +/ /g' /run/shown | grep -qxF "$(sed -E 's/ +/ /g' <<<"$row")" || {
      printf 'the README of %s shows\n%s\nand not\n' "$1" "$row"
      cat /run/shown
      return 1
    }
  done <<<"$rows"
}

# Whatever runs here, but for the first process, which is this shell, and itself.
others() {
  local directory
  for directory in /proc/[0-9]*; do
    [[ $directory == /proc/1 || $directory == "/proc/$BASHPID" ]] ||
      grep -qs $'^State:\tZ' "$directory/status" || echo "${directory#/proc/}"
  done
}

nothing_runs() {
  local pid
  for pid in $(others); do
    # Gone meanwhile: what listed them.
    [[ ! -d /proc/$pid ]] || return 1
  done
}

assert_nothing_runs() {
  wait_until 30 nothing_runs || { echo "still running:"; ps -ef; return 1; }
}

port_answers() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# port_listens PORT: asked of the kernel, for a server to which each connection is one of few.
port_listens() {
  [[ $(ss -Hltn "sport = :$1") ]]
}

http_get() {
  exec 4<>"/dev/tcp/127.0.0.1/$1"
  printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&4
  timeout 600 cat <&4
  exec 4>&-
}

# ends_with STATUS COMMAND|FUNCTION…: a command that does not end at all ends with 124.
ends_with() {
  local want=$1 status=0
  shift
  [[ $(type -t "$1") == function ]] || set -- timeout --kill-after=5 600 "$@"
  "$@" || status=$?
  ((status == want)) || { echo "$* ended with $status, not with $want"; return 1; }
}
