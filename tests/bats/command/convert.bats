#!/usr/bin/env bats
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# `capkeep convert`: other programs' configurations to a policy, and rules to what the system's own means would be. What
# comes out is held against the kernel's account of a program that was started by it, or read again.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load ../lib/common
load ../lib/probes

setup() {
  probes_setup
  policy=$work/policy.conf
}

convert() {
  "$bin" convert "$@"
}

# becomes EXPECTED-FILE KIND FILE: the very text, and one that `capkeep check` finds no mistake in.
becomes() {
  convert --from "$2" "$3" >"$work/converted.conf"
  diff -u "$1" "$work/converted.conf"
  "$bin" check --policy "$work/converted.conf"
}

# refused KIND LINE WORD: standard input is a configuration that is refused, at this line (0: as a whole), for a reason
# with that word, and of which nothing is printed.
refused() {
  local kind=$1 at=:$2
  [[ $2 != 0 ]] || at=
  cat >"$work/refused"
  run -1 --separate-stderr convert --from "$kind" "$work/refused"
  [[ ! $output ]] || { echo "printed: $output"; return 1; }
  grep -qF -- "$work/refused$at: error: " <<<"$stderr" || { echo "$stderr"; return 1; }
  grep -F -- "$work/refused$at: error: " <<<"$stderr" | grep -qF -- "$3" || { echo "$stderr"; return 1; }
}

# unit_with LINE…: a unit that would do, and these lines behind it.
unit_with() {
  printf '%s\n' '[Service]' User=nobody ExecStart=/usr/bin/true AmbientCapabilities=CAP_KILL "$@"
}

# rule_of KIND: of the configuration on standard input; without comments.
rule_of() {
  cat >"$work/configuration"
  convert --from "$1" "$work/configuration" >"$work/rule" && "$bin" check --policy "$work/rule" >&2
  grep -v '^#' "$work/rule"
}

# is_rule LINE…: standard input is a rule with these lines.
is_rule() {
  diff -u <(printf '%s\n' "$@") <(grep -v '^\[')
}

@test "convert --from systemd: user, program, sets that add up, are inverted and emptied, continued lines" {
  cat >"$work/web.service" <<'UNIT'
[Unit]
Description=User=root is no key here
[Service]
; AmbientCapabilities=CAP_SYS_ADMIN
ExecStart=-@/usr/bin/env web --port 80
ExecStart=/usr/bin/true
ExecStartPre=/bin/false
User=nobody
AmbientCapabilities=CAP_SYS_ADMIN
AmbientCapabilities=
AmbientCapabilities=CAP_NET_BIND_SERVICE \
  CAP_SYS_TIME CAP_KILL
AmbientCapabilities=~CAP_KILL
CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SYS_TIME CAP_CHOWN
CapabilityBoundingSet=~CAP_CHOWN
NoNewPrivileges=true
[Install]
WantedBy=multi-user.target
UNIT
  cat >"$work/expected" <<'CONF'
# Line 7: ExecStartPre= has the capabilities as well in systemd, and not by this rule.
[Keep web]
User=nobody
Program=/usr/bin/env
Program=/usr/bin/true
AmbientCapabilities=cap_net_bind_service,cap_sys_time
CapabilityBoundingSet=cap_net_bind_service,cap_sys_time
NoNewPrivileges=yes
CONF
  becomes "$work/expected" systemd "$work/web.service"
}

@test "C9 convert --from systemd: sets merge as systemd merges them" {
  # One that is empty again is as it was in the beginning, so what is inverted then stands for all others.
  unit_with AmbientCapabilities=CAP_KILL 'AmbientCapabilities=~CAP_KILL' 'AmbientCapabilities=~CAP_CHOWN' | rule_of systemd >"$work/all"
  run ! grep -qw cap_chown "$work/all"
  grep -qw cap_kill "$work/all"
  grep -qw cap_bpf "$work/all"
  unit_with CapabilityBoundingSet= 'CapabilityBoundingSet=~' | rule_of systemd |
    is_rule User=nobody Program=/usr/bin/true AmbientCapabilities=cap_kill
  unit_with 'CapabilityBoundingSet=~CAP_CHOWN' CapabilityBoundingSet=5 | rule_of systemd >"$work/most"
  run ! grep -qw cap_chown "$work/most"
  unit_with CapabilityBoundingSet=5 'CapabilityBoundingSet=cap_chown	CAP_FOWNER' | rule_of systemd |
    is_rule User=nobody Program=/usr/bin/true AmbientCapabilities=cap_kill \
      CapabilityBoundingSet=cap_chown,cap_fowner,cap_kill
  # What systemd does not know it leaves out; to it these are no capabilities.
  unit_with AmbientCapabilities=CAP_CHOWN,CAP_KILL | refused systemd 5 'unknown capability'
  unit_with AmbientCapabilities=net_raw | refused systemd 5 'did you mean cap_net_raw?'
  unit_with 'AmbientCapabilities="CAP_CHOWN CAP_KILL"' | refused systemd 5 'unknown capability'
  unit_with AmbientCapabilities=010 | refused systemd 5 'unknown capability'
  unit_with CapabilityBoundingSet=CAP_CHOWN | refused systemd 4 'leaves out cap_kill'
  unit_with CapabilityBoundingSet= | refused systemd 4 'leaves out cap_kill'
}

@test "C9 convert --from systemd: a rule is for a program and for a user, or there is none" {
  printf '[Service]\nExecStart=/bin/true\nAmbientCapabilities=CAP_KILL\n' | refused systemd 0 'starts it as root'
  unit_with User=root | refused systemd 5 'is root'
  unit_with User=0 | refused systemd 5 'is root'
  unit_with User= | refused systemd 0 'starts it as root'
  unit_with User=%i | refused systemd 5 'has a specifier'
  unit_with 'User=nobody daemon' | refused systemd 5 'not one user'
  unit_with User=4294967295 | refused systemd 5 'no user ID'
  unit_with User=010 | refused systemd 5 'no user ID'
  unit_with 'User=nobody # it is' | refused systemd 5 'not one user'
  unit_with DynamicUser=yes | refused systemd 5 DynamicUser=
  unit_with DynamicUser=yes DynamicUser=no User=daemon | rule_of systemd |
    is_rule User=daemon Program=/usr/bin/true AmbientCapabilities=cap_kill
  unit_with ExecStart= | refused systemd 0 'no program'
  unit_with ExecStart= ExecStart=+/usr/bin/true | refused systemd 6 'no ExecStart= that is started as User='
  unit_with ExecStart= 'ExecStart=-!/usr/bin/true a' | refused systemd 6 'no ExecStart= that is started as User='
  printf '[Service]\nUser=nobody\nAmbientCapabilities=CAP_KILL\n' | refused systemd 0 'no program'
  printf '[Service]\nUser=nobody\nExecStart=/bin/true\n' | refused systemd 0 'nothing to keep'
  unit_with AmbientCapabilities= | refused systemd 5 'nothing to keep'
  unit_with AmbientCapabilities=CAP_KILLL | refused systemd 5 'did you mean cap_kill?'
}

# starts PROGRAM LINE…: of a unit with these lines, of which the first one takes back the ExecStart= that stands before.
starts() {
  local program=$1
  shift
  unit_with ExecStart= "$@" | rule_of systemd | is_rule User=nobody "Program=$program" AmbientCapabilities=cap_kill
}

@test "C9 convert --from systemd: what a command line starts" {
  local word
  starts /usr/bin/env ExecStart=/usr/bin/env
  starts /usr/bin/env 'ExecStart=!!/usr/bin/env x'
  starts /usr/bin/env 'ExecStart=:-@/usr/bin/env x'
  starts /usr/bin/env 'ExecStart=+/bin/false' 'ExecStart=/usr/bin/env'
  starts /usr/bin/env 'ExecStart=/bin/false' ExecStart= 'ExecStart=/usr/bin/env'
  starts '/opt/a b/c' 'ExecStart="/opt/a b/c" d'
  starts '/opt/a b/c' "ExecStart=-'/opt/a b'/c d"
  starts '/opt/a b/c' 'ExecStart=/opt/a\sb/c d'
  starts /opt/100% 'ExecStart=/opt/100%% %i'
  starts '/opt/$x' 'ExecStart=:/opt/$x'
  starts '/opt/a;b' 'ExecStart=/opt/a;b ";" \; '"';'"' x\;'
  starts /usr/bin/env 'ExecStart=/usr//bin/./env'
  unit_with 'ExecStart=/usr/bin/env a ; -/bin/false ; !/bin/sync' | rule_of systemd |
    is_rule User=nobody Program=/usr/bin/true Program=/usr/bin/env Program=/bin/false AmbientCapabilities=cap_kill
  # shellcheck disable=SC2016 # systemd's
  for word in true '${BIN}' '/opt/$BIN' '/usr/bin/%i' '/opt/*' '/opt/' '|/bin/true' '!!!/bin/true' '+!/bin/true' - '"/bin/true' \
    "'/bin/true" '/opt/\x41' '"/a'"'"'b"' '/a\\b' '"/bin/true "' './true' '; /bin/true' '/bin/true "x'; do
    unit_with "ExecStart=$word" | refused systemd 5 ExecStart= || { echo "of: $word"; return 1; }
  done
}

@test "C9 convert --from systemd: what the unit implies, and what a rule cannot say" {
  local key
  unit_with ProtectClock=yes ProtectKernelModules=on PrivateDevices=1 ProtectKernelLogs=y \
    CapabilityBoundingSet='CAP_KILL CAP_SYS_TIME CAP_SYS_MODULE CAP_MKNOD CAP_SYSLOG CAP_CHOWN' | rule_of systemd |
    is_rule User=nobody Program=/usr/bin/true AmbientCapabilities=cap_kill CapabilityBoundingSet=cap_chown,cap_kill \
      NoNewPrivileges=yes
  grep -q '^# Line 5: ProtectClock= takes cap_sys_time' "$work/rule"
  unit_with ProtectClock=yes | rule_of systemd >"$work/all"
  run ! grep -qw 'cap_sys_time\|cap_wake_alarm' "$work/all"
  grep -qw cap_bpf "$work/all"
  unit_with ProtectClock=yes ProtectClock=no | rule_of systemd |
    is_rule User=nobody Program=/usr/bin/true AmbientCapabilities=cap_kill
  for key in RestrictSUIDSGID=yes SystemCallFilter=@system-service LockPersonality=yes RestrictNamespaces=user ProtectHostname=yes; do
    unit_with NoNewPrivileges=no "$key" | rule_of systemd |
      is_rule User=nobody Program=/usr/bin/true AmbientCapabilities=cap_kill NoNewPrivileges=yes
    grep -q "^# Line 6: ${key%%=*}= implies NoNewPrivileges=" "$work/rule"
  done
  unit_with SystemCallFilter=x SystemCallFilter= RestrictNamespaces=no NoNewPrivileges=yes NoNewPrivileges=no |
    rule_of systemd | is_rule User=nobody Program=/usr/bin/true AmbientCapabilities=cap_kill
  unit_with AmbientCapabilities=CAP_SYS_TIME ProtectClock=yes | refused systemd 5 'leaves out cap_sys_time'
  for key in PrivateUsers=yes PrivateUsers=self RootDirectory=/srv RootImage=/x SecureBits=noroot ExtensionImages=/x \
    BindPaths=/srv/bin:/usr/bin NoNewPrivileges=maybe ProtectClock= ProtectClocks=yes user=nobody Capabilities=x; do
    unit_with "$key" | refused systemd 5 "${key%%=*}=: "
  done
  unit_with PrivateUsers=no RootDirectory=/ SecureBits= BindPaths=/srv X-Note=x ReadWritePaths=/srv PrivateTmp=no |
    rule_of systemd | is_rule User=nobody Program=/usr/bin/true AmbientCapabilities=cap_kill
  grep -qx '# For the launcher to do, not for a rule: ReadWritePaths=' "$work/rule"
}

@test "C9 convert --from systemd: the syntax of units" {
  printf '[Service]\nUser=nobody\nExecStart=/bin/true \\\n# a comment\n ; User=daemon\n  x\\\\\nAmbientCapabilities=CAP_KILL' |
    rule_of systemd | is_rule User=nobody Program=/bin/true AmbientCapabilities=cap_kill
  printf ' [Service] \n  User = nobody\t\nExecStart=\\\n\n[Unit]\nX=y\n[X-Mine]\nUser=root\n[Service]\n%s\n%s' \
    ExecStart=/bin/true AmbientCapabilities=CAP_KILL | rule_of systemd |
    is_rule User=nobody Program=/bin/true AmbientCapabilities=cap_kill
  # An empty line ends what is continued.
  printf '[Service]\nUser=nobody\nExecStart=/bin/true \\\n\nUser=daemon\nAmbientCapabilities=CAP_KILL\n' | rule_of systemd |
    is_rule User=daemon Program=/bin/true AmbientCapabilities=cap_kill
  unit_with 'Environment=a \ ' 'User=daemon' | refused systemd 5 'blanks behind a backslash'
  unit_with 'User' | refused systemd 5 neither
  unit_with '[Socket]' | refused systemd 5 'no section [Socket]'
  unit_with '[service]' | refused systemd 5 'no section [service]'
  unit_with '[Install' | refused systemd 5 ']'
  printf 'User=nobody\n' | refused systemd 1 'in front of the first section'
  unit_with $'User=nobody\r' | refused systemd 5 'control character'
  printf '[Service]\nUser=no\0body\n' | refused systemd 2 'control character'
  # A letter that is not UTF-8 costs the whole unit, but in a comment; a byte order mark in front is none of it.
  unit_with $'Environment=NAME=caf\xe9' | refused systemd 5 'not UTF-8'
  printf '[Unit]\nDescription=caf\xe9\n[Service]\n' | refused systemd 2 'not UTF-8'
  { printf '\xef\xbb\xbf' && unit_with $'# caf\xe9' $'Environment=NAME=caf\xc3\xa9'; } | rule_of systemd |
    is_rule User=nobody Program=/usr/bin/true AmbientCapabilities=cap_kill
  # The path of a file is one only in what systemctl cat prints.
  unit_with '' '# /etc/default/true.conf' 'EnvironmentFile=/etc/default/true.conf' | rule_of systemd |
    is_rule User=nobody Program=/usr/bin/true AmbientCapabilities=cap_kill
}

@test "convert --from systemd: what is not understood is told alone, not what is missing for it" {
  for script in 's/^Ambient.*/AmbientCapabilities=KILL/' 's/^ExecStart.*/ExecStart=$X/' 's/^User.*/User=65535/' 's/^.Service/[service/'; do
    unit_with | sed "$script" >"$work/unit"
    run -1 --separate-stderr convert --from systemd "$work/unit"
    [[ ! $output && $(wc -l <<<"$stderr") == 1 ]] || { echo "$stderr"; return 1; }
  done
}

@test "C9 convert --from systemd: what systemctl cat prints, drop-ins and all, on standard input" {
  cat >"$work/cat" <<'UNIT'
# /lib/systemd/system/daytime.service
[Service]
ExecStart=/usr/sbin/daytimed
User=root
# /usr/share/doc has more
AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_CHOWN

# /etc/systemd/system/daytime.service.d/local.conf
[Service]
User=nobody
ExecStart=
ExecStart=/usr/local/sbin/daytimed
AmbientCapabilities=
AmbientCapabilities=CAP_NET_BIND_SERVICE
UNIT
  run -0 convert --from systemd - <"$work/cat"
  diff -u <(printf '%s\n' '[Keep daytime]' User=nobody Program=/usr/local/sbin/daytimed AmbientCapabilities=cap_net_bind_service) \
    <(printf '%s\n' "$output")
  # Each of the files begins with a section of its own.
  sed '9d' "$work/cat" | refused systemd 9 'in front of the first section'
  run -1 --separate-stderr convert --from systemd - <<<'[Service'
  [[ $stderr == 'standard input:1: error: '* ]]
}

# Accounts of its own, in a mount namespace: others on this machine are nobody's business.
# with_accounts COMMAND…: with alice (1001, group staff), bob (1002, groups bob and ops), twin (1002) and toor (0).
with_accounts() {
  unshare --mount true 2>/dev/null || { skip_because "$BATS_TEST_DESCRIPTION" 'no mount namespace of its own'; return; }
  cat >"$work/passwd" <<'PASSWD'
root:x:0:0::/:/bin/sh
nobody:x:65534:65534::/:/bin/sh
daemon:x:1:1::/:/bin/sh
alice:x:1001:50::/:/bin/sh
bob:x:1002:1002::/:/bin/sh
twin:x:1002:1003::/:/bin/sh
toor:x:0:0::/:/bin/sh
PASSWD
  cat >"$work/group" <<'GROUP'
root:x:0:
nogroup:x:65534:
daemon:x:1:
staff:x:50:
bob:x:1002:
twin:x:1003:
ops:x:60:bob,nobody
empty:x:61:
GROUP
  unshare --mount --propagation private sh -c '
    mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group && shift && exec "$@"' sh "$work" "$@"
}

# pam EXPECTED: the policy that capability.conf on standard input becomes, without comments.
pam() {
  cat >"$work/capability.conf"
  with_accounts "$bin" convert --from pam_cap "$work/capability.conf" >"$work/policy"
  diff -u <(printf '%s\n' "$@") <(grep -v '^#' "$work/policy")
}

# pam_refused LINE WORD
pam_refused() {
  local at=:$1
  [[ $1 != 0 ]] || at=
  cat >"$work/capability.conf"
  run -1 --separate-stderr with_accounts "$bin" convert --from pam_cap "$work/capability.conf"
  [[ ! $output && $stderr == *"$work/capability.conf$at: error: "*"$2"* ]] || { printf '%s\n' "$output" "$stderr"; return 1; }
}

@test "C9 convert --from pam_cap: the first line for a user counts, and none is a line" {
  with_accounts true
  pam '[Keep pam_cap-2]' 'User=nobody daemon' 'IAB=^cap_net_raw,cap_kill' '[Keep pam_cap-4]' User=alice \
    'IAB=%cap_chown,!cap_sys_admin' <<'CONF'
# comment
^cap_net_raw,cap_kill  nobody daemon
none  bob @ops	twin
%cap_chown,!cap_sys_admin  alice bob nobody
^cap_sys_time nobody
CONF
  grep -qx '# Line 3 keeps nothing.' "$work/policy"
  grep -q '^# Line 5 is for nobody' "$work/policy"
  # The group that is its own counts as well as those that list it.
  pam '[Keep pam_cap-1]' User=alice 'IAB=^cap_kill' '[Keep pam_cap-2]' 'User=bob nobody twin' 'IAB=^cap_chown' <<'CONF'
^cap_kill @staff
^cap_chown @ops twin alice
CONF
  grep -q '^# Line 2 is for a group' "$work/policy"
}

@test "C9 convert --from pam_cap: nobody never becomes everybody" {
  with_accounts true
  pam_refused 0 'nothing to keep' <<<'^cap_kill @empty'
  pam_refused 0 'nothing to keep' <<<'^cap_kill'
  pam_refused 0 'nothing to keep' <<<'^cap_kill @root'
  pam_refused 0 'nothing to keep' <<<'^cap_kill root toor'
  pam_refused 0 'nothing to keep' <<<'none nobody'
  pam_refused 0 'nothing to keep' <<<$'none *\n^cap_kill nobody'
  pam_refused 0 'nothing to keep' </dev/null
  pam '[Keep pam_cap-2]' User=nobody 'IAB=^cap_kill' <<<$'^cap_kill @empty\n^cap_kill nobody'
  pam '[Keep pam_cap-1]' 'IAB=^cap_kill' <<<$'^cap_kill nobody *\n^cap_chown nobody'
  grep -q '^# No line below line 1 counts' "$work/policy"
  pam_refused 2 'cannot exclude those' <<<$'none nobody\n^cap_kill *'
  pam_refused 2 'cannot exclude those' <<<$'^cap_chown nobody\n^cap_kill *'
}

@test "C9 convert --from pam_cap: what is not understood is refused with its line" {
  with_accounts true
  pam_refused 1 all <<<'all nobody'
  pam_refused 1 'no group "no_such_group"' <<<'^cap_kill @no_such_group'
  pam_refused 1 'a name there' <<<'^cap_kill 1001'
  pam_refused 1 'no plain name' <<<'^cap_kill nobody # and no comment'
  pam_refused 1 'cap_iab_from_text' <<<'^net_raw nobody'
  pam_refused 1 'cap_iab_from_text' <<<'^cap_kill,,cap_chown nobody'
  pam_refused 1 'cap_iab_from_text' <<<'^cap_kill, cap_chown nobody'
  pam_refused 1 'cap_iab_from_text' <<<'cap_killl nobody'
  pam_refused 1 'cannot be told' <<<$'none @ops\n^cap_kill stranger'
  pam_refused 2 'same user ID' <<<$'^cap_kill bob\n^cap_chown twin'
  pam_refused 1 '4095' <<<"^cap_kill $(printf 'nobody%.0s ' {1..600})"
  pam_refused 1 '4095' <<<"# $(printf 'nobody%.0s ' {1..600})"
}

@test "C9 convert: nothing is cut, however many users and programs there are" {
  local user
  for user in {1..601}; do echo "^cap_kill a-user-with-a-long-name-$user"; done >"$work/capability.conf"
  convert --from pam_cap "$work/capability.conf" >"$work/many"
  for user in {1..601}; do echo "User=a-user-with-a-long-name-$user"; done | diff -u - <(grep ^User "$work/many")
  { unit_with && printf 'ExecStart=/opt/program-%d\n' {1..40}; } | rule_of systemd >"$work/many"
  (($(grep -c ^Program= "$work/many") == 41))
  # Some in one line make one rule, which is broken where a policy's lines end.
  { printf '^cap_kill' && printf ' user-%d' {1..380} && echo; } >"$work/capability.conf"
  convert --from pam_cap "$work/capability.conf" >"$work/many"
  sed -n 's/^User=//p' "$work/many" | tr ' ' '\n' | diff -u <(printf 'user-%d\n' {1..380}) -
  (($(grep -c '^\[Keep' "$work/many") == 1))
  # A policy has room for so many rules, and no more.
  for user in {1..1001}; do echo "^cap_kill user-$user"; done >"$work/capability.conf"
  run -1 --separate-stderr convert --from pam_cap "$work/capability.conf"
  [[ ! $output && $stderr == *'no policy can say this: more than 1000 rules'* ]]
}

# service LINE…: an OpenRC script that would do, and these lines behind it.
service_with() {
  printf '%s\n' '#!/sbin/openrc-run' command=/usr/bin/env command_user=daemon 'capabilities="^cap_kill"' "$@"
}

@test "convert --from openrc: command, user, capabilities" {
  cat >"$work/ntpd" <<'SH'
#!/sbin/openrc-run
command="/usr/bin/env" # the daemon
command_args="-n -u ntp:ntp"
command_user='daemon:daemon'
capabilities="^cap_sys_time,!cap_sys_admin"
no_new_privs="yes"
depend() { need net; }
start_pre() {
	if [ -n "$command_user" ]; then
		checkpath --directory --owner "${command_user:-root}" /run/ntpd
	fi
	case "$RC_CMD" in
	start) ebegin "the command ${command}" ;;
	esac
}
SH
  printf '[Keep ntpd]\nUser=daemon\nProgram=/usr/bin/env\nIAB=^cap_sys_time,!cap_sys_admin\nNoNewPrivileges=yes\n' \
    >"$work/expected"
  # A rule with Program= cannot drop from the bounding set what waits; this one drops something else.
  becomes "$work/expected" openrc "$work/ntpd"
}

@test "C9 convert --from openrc: assigned twice, by arguments, in parts; whatever is not empty is no_new_privs" {
  service_with command=/usr/bin/true command_user=nobody no_new_privs=no | rule_of openrc |
    is_rule User=nobody Program=/usr/bin/true 'IAB=^cap_kill' NoNewPrivileges=yes
  printf '%s\n' 'command=/usr/"bin"/env' 'start_stop_daemon_args="--background --user nobody:nogroup --nicelevel 5' \
    '  --capabilities=^cap_chown --no-new-privs"' | rule_of openrc |
    is_rule User=nobody Program=/usr/bin/env 'IAB=^cap_chown' NoNewPrivileges=yes
  printf '%s\n' command=/usr/bin/env supervisor=supervise-daemon 'start_stop_daemon_args="--user daemon"' \
    'supervise_daemon_args="--user nobody --capabilities ^cap_chown"' | rule_of openrc |
    is_rule User=nobody Program=/usr/bin/env 'IAB=^cap_chown'
  printf '%s\n' command=/usr/bin/env supervisor=supervise-daemon command_user=65534 \
    'start_stop_daemon_args="--capabilities ^cap_chown"' | rule_of openrc |
    is_rule User=65534 Program=/usr/bin/env 'IAB=^cap_chown'
}

@test "C9 convert --from openrc: what a script could say otherwise is refused with its line" {
  local line
  while IFS= read -r line; do
    service_with "$line" | refused openrc 5 '' || { echo "of: $line"; return 1; }
  done <<'LINES'
export command_user=nobody
	command_user="nobody"
[ -n "$X" ] && command_user=nobody
if true; then command_user=nobody; fi
: ${command_user:=nobody}
: "${capabilities=^cap_chown}"
unset capabilities
read command_user </etc/user
for command_user in nobody; do :; done
command_user="${USER_OF_IT}"
command_user=$USER_OF_IT
command_user=`id -un`
command_user=nobody capabilities=
command_user=nobody; true
command_user+=nobody
command_user="nobody
command_user="nobody daemon"
command_user=root:root
command_user=0
capabilities="^cap_kill, ^cap_chown"
capabilities=^kill
capabilities=^cap_killl
command="/usr/bin/env -i"
command='$DAEMON'
command=env
command=/opt/*
command=~/bin/env
. /etc/conf.d/common
"." /etc/conf.d/common
\. /etc/conf.d/common
command . /etc/conf.d/common
sourcex /etc/conf.d/common
eval "$MORE"
ev'al' "$MORE"
export $(cat /etc/environment)
unset -v "$NAME"
readonly "${NAME}=nobody"
read -r $NAME </etc/user
command read capabilities </etc/user
printf -v command_user nobody
mapfile -t capabilities </etc/capabilities
: $((command_user = 33))
return
[ -e /etc/x ] || return 0
if [ -e /etc/x ]; then return; fi
cat <<EOF
start() { start-stop-daemon --start --user nobody --exec $command; }
start () {
supervisor=s6
chroot=/srv
secbits=noroot
start_stop_daemon_args="--user nobody"
start_stop_daemon_args="--capabilities ^cap_chown"
start_stop_daemon_args="-u nobody"
start_stop_daemon_args="-bu nobody"
start_stop_daemon_args="--us nobody"
start_stop_daemon_args="--chuid nobody"
start_stop_daemon_args="--chroot /srv"
start_stop_daemon_args="--startas /bin/sh"
start_stop_daemon_args="--secbits noroot"
start_stop_daemon_args="--env A=\"b c\""
start_stop_daemon_args="--pidfile"
start_stop_daemon_args='--chdir $(pwd)'
start_post() { start-stop-daemon --start --capabilities ^cap_chown --exec /bin/true; }
LINES
  service_with 'start_pre() {' 'command_user=nobody' '}' | refused openrc 6 'only where a condition holds'
  service_with 'if true' 'then' 'command_user=nobody' 'fi' | refused openrc 7 'only where a condition holds'
  service_with 'x="' 'command_user=nobody' '"' | refused openrc 5 'otherwise than by a line of its own'
  service_with 'x="a' '"' 'command_user=$X' | refused openrc 7 'the script computes it'
  service_with 'case x in' 'x) x=y ;;' 'esac' 'while false; do' ': # done' 'done' 'command_user=nobody' | rule_of openrc |
    is_rule User=nobody Program=/usr/bin/env 'IAB=^cap_kill'
  # What the shell reads as one, and what it runs apart from itself.
  local and
  for and in '[ "$X" ] &&' '[ "$X" ] || # or else' 'cat /etc/x |' 'x=`'; do
    service_with "$and" 'command_user=nobody' '`' | refused openrc 5 'otherwise than by a line of its own'
  done
  for and in '(' 'x=$(' 'start_pre() (' 'true | ('; do
    service_with "$and" 'command_user=nobody' ')' | refused openrc 6 'only where a condition holds'
  done
  # shellcheck disable=SC1003 # the lines end with a backslash
  service_with 'command_us\' 'er=nobody' 'capabilities="^cap_\' 'net_raw"' | rule_of openrc |
    is_rule User=nobody Program=/usr/bin/env 'IAB=^cap_net_raw'
  service_with 'ready()' '{' 'case "$1" in' 'a|b) return 0 ;;' '(c) x=$(id -u) ;;' 'esac' 'export A=$B' 'read -r x <"$F"' '}' \
    'stop() { return 0; }' 'printf "%s" "$capabilities"' 'command_user=nobody' | rule_of openrc |
    is_rule User=nobody Program=/usr/bin/env 'IAB=^cap_kill'
  service_with '}' | refused openrc 5 'not understood'
  service_with 'if true; then' | refused openrc 6 'not understood'
  printf 'command=/bin/true\ncapabilities=^cap_kill\n' | refused openrc 0 'started as root'
  printf 'command_user=nobody\ncapabilities=^cap_kill\n' | refused openrc 0 'no command='
  printf 'command=/bin/true\ncommand_user=nobody\n' | refused openrc 0 'nothing to keep'
  service_with 'capabilities=' | refused openrc 5 'nothing to keep'
}

# one_rule LINE…
one_rule() {
  { echo '[Keep r]' && printf '%s\n' "$@"; } >"$policy"
}

# starts_the_same LINE…: by the converted command line, and by capkeep itself with that rule.
starts_the_same() {
  one_rule User=nobody Program="$work/dump" "$@"
  capture model sh -c "$(convert --to setpriv --policy "$policy" r)"
  capture ours "$bin" run -u nobody --policy "$policy" --log none -- "$work/dump"
  # The shell has put the environment into another order.
  same model ours Env:
  run ! grep -q $'^CapInh:\t0000000000000000' "$runs/ours"
}

@test "C1 C3 convert --to setpriv: the command line starts the program in the same state" {
  starts_the_same AmbientCapabilities=cap_kill
  starts_the_same AmbientCapabilities=cap_kill,cap_sys_time CapabilityBoundingSet=cap_kill,cap_sys_time,cap_chown \
    NoNewPrivileges=yes
  starts_the_same 'IAB=^cap_kill,%cap_chown,!cap_sys_admin'
}

@test "convert --to systemd and back" {
  one_rule User=nobody Program=/usr/bin/env AmbientCapabilities=cap_kill,cap_sys_time \
    CapabilityBoundingSet=cap_kill,cap_sys_time NoNewPrivileges=yes
  convert --to systemd --policy "$policy" r >"$work/r.service"
  becomes "$policy" systemd "$work/r.service"
}

@test "convert --to pam_cap and back" {
  one_rule 'User=nobody daemon' 'IAB=%cap_chown,^cap_kill,!cap_sys_admin'
  convert --to pam_cap --policy "$policy" r >"$work/capability.conf"
  sed -i 's/^\[Keep r\]$/[Keep pam_cap-2]/' "$policy"
  becomes "$policy" pam_cap "$work/capability.conf"
}

@test "C9 convert --to setpriv and systemd: what is printed starts just the program, whatever its name" {
  local name
  # shellcheck disable=SC2016 # names
  for name in 'a b' 'a;b' '$x' '$$' '100%' '%i' "it's" '"q"' '-x' '#a' 'a&b' '!a' '(a)' '~' $'t\tab' 'back\slash' 'end '; do
    mkdir -p "$work/ $name"
    cp "$probes/dump" "$work/ $name/dump"
    starts_the_same_in "$work/ $name/dump" || { echo "of: $name"; return 1; }
    unit_starts "$work/ $name/dump" || { echo "of: $name"; return 1; }
  done
  one_rule User=nobody 'Program=/opt/a"b' AmbientCapabilities=cap_kill
  no_equivalent systemd quote User=nobody 'Program=/opt/a"b' AmbientCapabilities=cap_kill
  no_equivalent systemd UTF-8 User=nobody $'Program=/opt/a\xffb' AmbientCapabilities=cap_kill
}

# starts_the_same_in PROGRAM: by the converted command line, which a shell reads.
starts_the_same_in() {
  one_rule User=nobody "Program=$1" AmbientCapabilities=cap_kill
  capture model sh -c "$(convert --to setpriv --policy "$policy" r)"
  capture ours "$bin" run -u nobody --policy "$policy" --log none -- "$1"
  same model ours Env:
}

# unit_starts PROGRAM: systemd's own parser finds no fault with the unit while the program is there, and misses it when it
# is not; and what the unit says is what the policy said. Only what systemd accepts at all.
unit_starts() {
  local unit=$work/unit.service
  run convert --to systemd --policy "$policy" r
  ((status == 0)) || { [[ $output == *'has no equivalent'* && $1 == *[\"\'\\$'\t']* ]]; return; }
  printf '%s\n' "$output" >"$unit"
  rule_of systemd <"$unit" | is_rule User=nobody "Program=$1" AmbientCapabilities=cap_kill
  [[ $(type -P systemd-analyze) ]] || { skip_because "$BATS_TEST_DESCRIPTION" 'no systemd-analyze'; return; }
  run -0 systemd-analyze verify --man=no "$unit"
  run ! grep -v 'Special user nobody configured' <<<"$output"
  mv "$1" "$1.away"
  run ! systemd-analyze verify --man=no "$unit"
  [[ $output == *"$1 is not executable"* ]] || { echo "$output"; return 1; }
}

# no_equivalent KIND WORD LINE…: 1, nothing printed, and the reason has this word.
no_equivalent() {
  local kind=$1 word=$2
  shift 2
  one_rule "$@"
  run -1 --separate-stderr convert --to "$kind" --policy "$policy" r
  [[ -z $output && $stderr == *"has no equivalent: "*"$word"* ]]
}

@test "convert --to: why there is no equivalent" {
  no_equivalent setpriv 'one user' AmbientCapabilities=cap_kill
  no_equivalent setpriv 'one user' 'User=nobody daemon' AmbientCapabilities=cap_kill
  no_equivalent setpriv 'one program' User=nobody 'Program=/usr/bin/*' AmbientCapabilities=cap_kill
  no_equivalent setpriv Descendants= User=nobody AmbientCapabilities=cap_kill Descendants=no
  no_equivalent systemd IAB= User=nobody 'IAB=%cap_kill'
  no_equivalent systemd 'one user' AmbientCapabilities=cap_kill
  no_equivalent pam_cap everybody AmbientCapabilities=cap_kill
  no_equivalent pam_cap session User=nobody Program=/bin/sh AmbientCapabilities=cap_kill
  no_equivalent pam_cap session User=nobody Launcher=/bin/sh AmbientCapabilities=cap_kill
  no_equivalent pam_cap 'bounding set' User=nobody AmbientCapabilities=cap_kill CapabilityBoundingSet=cap_kill
  no_equivalent pam_cap no_new_privs User=nobody AmbientCapabilities=cap_kill NoNewPrivileges=yes
  no_equivalent pam_cap 'keeps nothing' User=nobody OnFailure=refuse
  no_equivalent setpriv root User=root AmbientCapabilities=cap_kill
  no_equivalent systemd root User=0 AmbientCapabilities=cap_kill
  no_equivalent pam_cap root 'User=nobody root' AmbientCapabilities=cap_kill
  no_equivalent setpriv 'no account' User=2400 AmbientCapabilities=cap_kill
  no_equivalent pam_cap 'has none here' User=2400 AmbientCapabilities=cap_kill
  no_equivalent systemd 'bounding set' User=nobody 'IAB=!^cap_kill'
}

@test "C1 C3 convert --from systemd --to setpriv: policy, unit and command line end in the same state" {
  unit_with ExecStart= "ExecStart=$work/dump" 'AmbientCapabilities=CAP_SYS_TIME' 'CapabilityBoundingSet=~CAP_CHOWN' \
    ProtectKernelModules=yes RestrictRealtime=yes >"$work/r.service"
  convert --from systemd "$work/r.service" >"$policy"
  capture model sh -c "$(convert --to setpriv --policy "$policy" r)"
  capture ours "$bin" run -u nobody --policy "$policy" --log none -- "$work/dump"
  same model ours Env:
  grep -q 'NoNewPrivs.*1' "$runs/ours"
  # To a unit and back it is the same policy.
  convert --to systemd --policy "$policy" r >"$work/again.service"
  diff -u <(grep -v '^[#[]' "$policy") <(convert --from systemd "$work/again.service" | grep -v '^[#[]')
}

@test "convert: what cannot be read" {
  run -125 --separate-stderr convert --from systemd /nonexistent
  [[ $stderr == 'capkeep: convert: /nonexistent: No such file or directory' ]]
  run -125 --separate-stderr convert --from openrc "$work"
  [[ $stderr == "capkeep: convert: $work: Is a directory" ]]
  run -125 --separate-stderr convert --from pam_cap - <"$work"
  [[ $stderr == 'capkeep: convert: standard input: Is a directory' ]]
  # pam_cap itself does not read it then.
  echo '^cap_kill nobody' >"$work/capability.conf"
  chmod 666 "$work/capability.conf"
  run -1 --separate-stderr convert --from pam_cap "$work/capability.conf"
  [[ ! $output && $stderr == "$work/capability.conf: error: everybody can write it"* ]]
  # Its memory cannot be read at the beginning.
  run -125 --separate-stderr convert --from pam_cap /proc/self/mem
  [[ $stderr == 'capkeep: convert: /proc/self/mem: Input/output error' ]]
}

@test "convert: wrong uses" {
  one_rule User=nobody AmbientCapabilities=cap_kill
  run -125 convert --to setpriv --policy "$policy" other
  [[ $output == *other* && $output != *'did you mean'* ]]
  run -125 convert --from setpriv "$policy"
  run -125 convert --to openrc --policy "$policy" r
  run -125 convert --from systemd --to systemd r
  run -125 convert --from systemd
  run -125 convert
  run -125 convert --from systemd /nonexistent
  run -0 convert --help
}
