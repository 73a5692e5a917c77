# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The launcher tables: what is the same for every row. A row is a function row_NAME that starts "$probe" "$out"
# through one launcher, as uid 65534 or as it says in `uid`, with "${with[@]}" in front of the launcher and nothing else
# of capkeep's; and the tests of it, which name the half that they prove:
#   bare NAME           without capkeep, and with a rule for somebody else: no capability (C5)
#   kept NAME           with one capability and with three: exactly those, and a clean environment (C1, C2, C4); first by
#                       LD_PRELOAD, then by `capkeep run --method=ptrace`
#   kept_by METHOD NAME  the same by `capkeep run --method=METHOD` alone
#   guarded NAME         the same for a server that sets its own capabilities, which a rule guards K against: its own,
#                        and K (C1)
#   unchanged NAME WHY   what a preloaded library cannot keep, or may not: the same with it and without it
# In each of them `capkeep explain` predicts the state of the program, and is held to what then happens. A row that is
# out of reach names its launcher in `launcher`; where only the session itself can see that, it leaves the prediction
# in $dir/explained. What is not predicted is marked by the row: not_predicted WHY.

inner_variables+=(made probe out uid with probe_command explain method)

# How the rule gets to the launcher: by LD_PRELOAD, or by `capkeep run` with this method.
method=''

one=cap_net_bind_service
three=(cap_net_bind_service cap_net_raw cap_sys_time)

setup_launchers() {
  find_what_is_tested
  hide_suite_environment
  ((EUID == 0)) || skip_because "$BATS_TEST_DESCRIPTION" "needs root"
  made=$build/tests/launchers
  probe=$made/launcher-probe
  [[ -x $probe ]]
}

# prepare_launch MODE DIRECTORY SECONDS: where the row works, and the words that stand in front of its launcher. The
# environment is that of an init script, whoever runs the tests.
prepare_launch() {
  make_shared_dir "$2"
  out=$dir/state uid=65534 own='' launcher='' probe_command="$probe $dir/state"
  local -a environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8)
  with=(timeout --foreground --kill-after=2 "$3" env -i "${environment[@]}")
  explain=(env -i "${environment[@]}" "$bin" explain --format json)
  case $1 in
    bare)
      # Whatever is installed here.
      : >"$BATS_TEST_TMPDIR/no-policy.conf"
      explain+=(--policy "$BATS_TEST_TMPDIR/no-policy.conf")
      ;;
    one) add_rule "$one" ;;
    three) add_rule "${three[*]}" ;;
    other)
      with+=(LD_PRELOAD="$lib" CAPKEEP_AMBIENT="$one" CAPKEEP_USER=4242424)
      explain=(env -i "${environment[@]}" CAPKEEP_AMBIENT="$one" CAPKEEP_USER=4242424 "$bin" explain --format json)
      ;;
  esac
}

add_rule() {
  explain+=(-a "$1")
  if [[ $method ]]; then
    with+=("$bin" run --log none --method="$method" -a "$1" --)
  else
    with+=(LD_PRELOAD="$lib" CAPKEEP_AMBIENT="$1")
  fi
}

# By a row whose server sets its own capabilities.
with_guard() {
  if [[ $method ]]; then
    with=("${with[@]:0:${#with[@]}-1}" --guard --)
  else
    with+=(CAPKEEP_GUARD=yes)
  fi
}

# Starts the row's launcher and waits for the state of its program in $out. Output is kept for who has to find out why.
launch() {
  local row=$1 mode=$2 status=0
  prepare_launch "$mode" "$BATS_TEST_TMPDIR/$mode${method:+-$method}" 600
  "row_$row" >"$dir/output" 2>&1 </dev/null || status=$?
  if ! wait_until 10 test -s "$out"; then
    printf '%s, %s%s: the program did not run; the launcher ended with %s and said:\n' "$row" "$mode" \
      "${method:+ by $method}" "$status"
    cat "$dir/output"
    return 1
  fi
}

assert_clean_environment() {
  if grep -E $'^Env:\t(LD_PRELOAD|CAPKEEP_)' "$out"; then
    echo "the program sees capkeep's environment"
    return 1
  fi
}

# What the program has without capkeep: nothing, unless it is a server that keeps something for itself.
assert_own() {
  assert_caps "$out" "prm=$own" "eff=$own" amb= "uid=$uid"
}

assert_nothing() {
  assert_own
  assert_clean_environment
  assert_predicted
}

assert_exactly() {
  assert_caps "$out" "prm=$*" "eff=$*" "inh+=$*" "amb=$*" "uid=$uid"
  assert_clean_environment
  assert_predicted
}

# not_predicted WHY: by a row. There is no program to predict, or what decides stands in no file.
not_predicted() {
  echo "$*" >"$dir/not-predicted"
}

# What `capkeep explain` says of this user, policy and program is what has happened.
assert_predicted() {
  [[ ! -e $dir/not-predicted ]] || return 0
  if [[ ! -e $dir/explained ]]; then
    explain+=(-u "$uid")
    # What --method=securebits keeps is what a library would keep, were the launcher in its reach.
    [[ ! $launcher || $method ]] || explain+=(--launcher "$launcher")
    # Its status is 1 where something that is wanted does not arrive.
    "${explain[@]}" "$probe" >"$dir/explained" || (($? == 1))
  fi
  assert_state_is "$out" "$dir/explained"
}

bare() {
  launch "$1" bare
  assert_nothing
  launch "$1" other
  assert_nothing
}

kept() {
  kept_by '' "$1"
  kept_by ptrace "$1"
}

kept_by() {
  method=$1
  launch "$2" one
  assert_exactly "$one"
  launch "$2" three
  assert_exactly "${three[@]}"
}

assert_own_and() {
  assert_caps "$out" "prm=$own $*" "eff=$own $*" "inh+=$*" "amb=$*" "uid=$uid"
}

guarded() {
  for method in '' ptrace; do
    launch "$1" one
    assert_own_and "$one"
    launch "$1" three
    assert_own_and "${three[@]}"
  done
}

unchanged() {
  echo "not to be kept: $1 $2"
  launch "$1" bare
  assert_own
  assert_predicted
  launch "$1" one
  assert_own
  assert_predicted
}

# need COMMAND|FILE… : the row is skipped by name where one is missing.
need() {
  local what
  for what in "$@"; do
    command -v "$what" >/dev/null || skip_because "${FUNCNAME[1]#row_}" "$what is not installed"
  done
}

# In front of sudo, `named` gives the machine a name that is known everywhere. Where its name cannot be resolved, sudo mails
# the administrator: that lies in the machine's queue then, or keeps a postfix that is not set up waiting for ever.
known_name() {
  named=()
  ! can_unshare --uts || named=(unshare --uts sh -c 'hostname localhost && exec "$@"' sh)
}

# need_own FILE…: in a user namespace the machine's files belong to somebody else, so that what only root may read cannot
# be copied, its set-user-ID programs are plain ones, and sudo trusts no configuration.
need_own() {
  local file
  for file in "$@"; do
    [[ $(stat -c %u -- "$file") != "$(cat /proc/sys/kernel/overflowuid)" ]] ||
      skip_because "${FUNCNAME[1]#row_}" "$file belongs to nobody in this user namespace"
  done
}

# Rows with a daemon run in a sandbox of their own.
need_sandbox() {
  unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private true 2>/dev/null ||
    skip_because "${FUNCNAME[1]#row_}" "no private mount, network and process id namespaces to be had"
}

# A private /etc that can be written to: only in a mount namespace of our own.
private_etc() {
  mkdir -p "$dir/etc"
  copy_etc "$dir/etc"
  mount --bind "$dir/etc" /etc
  adapt_etc
}

# What a file of tests has to change in it.
adapt_etc() {
  :
}

# An empty private directory over one of the machine's; in a mount namespace of our own.
private_directory() {
  mount -t tmpfs -o mode=755 tmpfs "$1"
}

# In a sandbox. login wants a terminal, that of its session (util-linux's stops itself otherwise), and starts the shell that
# the account has.
login_session() {
  private_etc
  printf '#!/bin/sh\nexec %s\n' "$probe_command" >"$dir/shell"
  chmod 755 "$dir/shell"
  echo "$dir/shell" >>/etc/shells
  sed -i "s|^nobody:.*|nobody:x:65534:65534:nobody:/:$dir/shell|" /etc/passwd
  script -qec "${with[*]@Q} setsid --ctty login -f nobody" /dev/null
}

# In a sandbox, until it is killed: a job of nobody's for each minute. What it says is not to be mailed: the queue would
# be the machine's own.
cron_session() {
  private_etc
  private_directory /var/spool/cron
  install -d -m 1730 -g crontab /var/spool/cron/crontabs
  rm -rf /etc/cron.d/* /etc/cron.hourly/*
  : >/etc/crontab
  echo "* * * * * $probe_command >$dir/job-output 2>&1" | crontab -u nobody -
  "${with[@]}" cron -f
}

port_answers() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Takes the state of a process that only drops and executes nothing: the first with this name and the row's uid.
find_worker() {
  local process
  not_predicted "it executes nothing"
  for process in /proc/[0-9]*; do
    if take_status "${process#/proc/}" "$dir/worker" && grep -qx "Name:[[:space:]]$1" "$dir/worker" &&
      grep -qE "^Uid:[[:space:]]${uid}[[:space:]]" "$dir/worker"; then
      mv -- "$dir/worker" "$out"
      return
    fi
  done
  return 1
}

# every_row_is_tested FILE: a row without its two tests, or without the one that says that it is out of reach, is a hole.
every_row_is_tested() {
  local row holes=0
  while read -r row; do
    if ! { grep -qE "[{|] bare $row; \}$" "$1" && grep -qE "[{|] kept $row; \}$" "$1"; } &&
      ! grep -qE "\{ (unchanged|guarded) $row( .*)?; \}$" "$1"; then
      echo "row_$row is not tested"
      holes=$((holes + 1))
    fi
  done < <(sed -nE 's/^row_([a-z0-9_]+)\(\).*/\1/p' "$1")
  ((holes == 0))
}

# build_go NAME CGO: compiles tests/launchers/NAME.go, once for a file of tests, to NAME-0 or NAME-1; the second with
# NAME_cgo.go, where there is one.
build_go() {
  local binary=$BATS_FILE_TMPDIR/$1-$2
  local source=$BATS_TEST_DIRNAME/../../launchers/$1
  local dir
  local -a sources=("$source.go")
  [[ $2 == 0 || ! -e ${source}_cgo.go ]] || sources+=("${source}_cgo.go")
  make_shared_dir "$BATS_FILE_TMPDIR"
  [[ -x $binary ]] || env CGO_ENABLED="$2" GOCACHE="$BATS_FILE_TMPDIR/go-cache" GO111MODULE=off \
    go build -o "$binary" "${sources[@]}"
}
