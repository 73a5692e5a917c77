#!/usr/bin/env bats
# `capkeep convert`: other programs' configurations to a policy, and rules to what the system's own means would be. What
# comes out is held against the kernel's account of a program that was started by it, or read again.
# shellcheck disable=SC2154 # the variables that find_what_is_tested and probes_setup set

load lib/common
load probes

setup() {
  probes_setup
  cp "$probes/dump" "$work/dump"
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

@test "convert --from systemd: what cannot be converted is told with its line, and nothing is printed" {
  printf '[Service]\nExecStart=/bin/true\nUser=%%i\nAmbientCapabilities=CAP_KILL\n' >"$work/a.service"
  run -1 --separate-stderr convert --from systemd "$work/a.service"
  [[ -z $output && $stderr == "$work/a.service:3: error: User=: has a specifier"* ]]
  printf '[Service]\nExecStart=/bin/true\nDynamicUser=yes\nAmbientCapabilities=CAP_KILL\n' >"$work/a.service"
  run -1 --separate-stderr convert --from systemd "$work/a.service"
  [[ -z $output && $stderr == "$work/a.service:3: "*DynamicUser* ]]
  printf '[Service]\nExecStart=/bin/true\nAmbientCapabilities=CAP_KILLL\n' >"$work/a.service"
  run -1 --separate-stderr convert --from systemd "$work/a.service"
  [[ -z $output && $stderr == "$work/a.service:3: "*'did you mean cap_kill?' ]]
  printf '[Service]\nExecStart=/bin/true\n' >"$work/a.service"
  run -1 --separate-stderr convert --from systemd "$work/a.service"
  [[ -z $output && $stderr == *'nothing to keep'* ]]
}

@test "convert --from pam_cap: users, groups, everybody, none" {
  cat >"$work/capability.conf" <<'CONF'
# comment
^cap_net_raw,cap_kill  nobody daemon
none  games
%cap_chown,!cap_sys_admin  bin
^cap_sys_time  *
CONF
  cat >"$work/expected" <<'CONF'
[Keep pam_cap-2]
User=nobody daemon
IAB=^cap_net_raw,cap_kill
# line 3 keeps nothing: games
[Keep pam_cap-4]
User=bin
IAB=%cap_chown,!cap_sys_admin
# In pam_cap the first line for a user counts; here this rule counts for all, also beside others.
[Keep pam_cap-5]
IAB=^cap_sys_time
CONF
  becomes "$work/expected" pam_cap "$work/capability.conf"
  printf 'all nobody\n' >"$work/capability.conf"
  run -1 convert --from pam_cap "$work/capability.conf"
  printf '^cap_kill @no_such_group\n' >"$work/capability.conf"
  run -1 convert --from pam_cap "$work/capability.conf"
}

@test "convert --from openrc: command, user, capabilities" {
  cat >"$work/ntpd" <<'SH'
#!/sbin/openrc-run
command="/usr/bin/env"
command_args="-n -u ntp:ntp"
command_user='daemon:daemon'
capabilities="^cap_sys_time,!cap_sys_admin"
no_new_privs="yes"
depend() { need net; }
SH
  printf '[Keep ntpd]\nUser=daemon\nProgram=/usr/bin/env\nIAB=^cap_sys_time,!cap_sys_admin\nNoNewPrivileges=yes\n' \
    >"$work/expected"
  # A rule with Program= cannot drop from the bounding set what waits; this one drops something else.
  becomes "$work/expected" openrc "$work/ntpd"
  # shellcheck disable=SC2016 # the script's
  printf 'command=/bin/true\ncapabilities="${NTPD_CAPS}"\n' >"$work/ntpd"
  run -1 convert --from openrc "$work/ntpd"
  [[ $output == "$work/ntpd:2: error: capabilities=: the script computes it"* ]]
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
}

@test "convert: wrong uses" {
  one_rule User=nobody AmbientCapabilities=cap_kill
  run -125 convert --to setpriv --policy "$policy" rr
  [[ $output == *'did you mean r?' ]]
  run -125 convert --from setpriv "$policy"
  run -125 convert --to openrc --policy "$policy" r
  run -125 convert --from systemd --to systemd r
  run -125 convert --from systemd
  run -125 convert
  run -125 convert --from systemd /nonexistent
  run -0 convert --help
}
