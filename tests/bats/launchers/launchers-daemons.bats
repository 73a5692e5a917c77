#!/usr/bin/env bats
# bats file_tags=launchers
# SPDX-FileCopyrightText: 2026 the capkeep contributors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Launchers that are daemons, each in a sandbox with its own mounts, loopback and process ids: services that start
# programs as somebody else, and servers that only drop. lib/launchers.bash says what a row is.

load ../lib/common
load ../lib/launchers

# cron counts in whole minutes, so it starts first, in all modes at once, and is asked last.
setup_file() {
  ((EUID == 0)) && command -v cron crontab >/dev/null || return 0
  # In a shell of its own: what it changes in the environment would be there in the tests.
  (start_crons)
}

start_crons() {
  local mode
  BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
  setup_launchers
  for mode in bare other one three one-ptrace three-ptrace; do
    method=''
    [[ $mode != *-ptrace ]] || method=ptrace
    prepare_launch "${mode%-ptrace}" "$BATS_FILE_TMPDIR/cron-$mode" 900
    become_sandbox cron_session >"$dir/output" 2>&1 </dev/null 3>&- &
    echo $! >"$dir/pid"
  done
}

teardown_file() {
  kill_crons
}

setup() {
  setup_launchers
  # What a login has. Some close all descriptors that there may be, in each child: a supervised one stops at each of these calls.
  ulimit -n 1024
}

# serve COMMAND…: in a sandbox, in the background, with what it says in the row's output.
serve() {
  "${with[@]}" "$@" &
}

awaits_program() {
  wait_until 10 test -s "$out"
}

http_get() {
  exec 4<>"/dev/tcp/127.0.0.1/$1"
  printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&4
  cat <&4 || true
  exec 4>&-
}

# connect PORT: as a client of an inetd, which starts the program for it.
connect() {
  wait_until 10 port_answers "$1"
  awaits_program
}

write_program_script() {
  printf '#!/bin/sh\necho Content-type: text/plain\necho\nexec %s\n' "$probe_command" >"$1"
  chmod 755 "$1"
}

# --- inetds

row_xinetd() {
  need xinetd
  need_sandbox
  sandbox xinetd_session
}
xinetd_session() {
  cat >"$dir/xinetd.conf" <<CONF
service capkeep-probe
{
  type = UNLISTED
  port = 2000
  socket_type = stream
  protocol = tcp
  wait = no
  user = nobody
  server = $probe
  server_args = $out
}
CONF
  serve xinetd -dontfork -f "$dir/xinetd.conf" -pidfile "$dir/pid"
  connect 2000
}
@test "bare xinetd, user = nobody" { bare xinetd; }
@test "C4 xinetd, user = nobody" { kept xinetd; }

unpacked=/var/cache/capkeep-tests

row_openbsd_inetd() {
  need "$unpacked/openbsd-inetd/usr/sbin/inetd"
  need_sandbox
  sandbox openbsd_inetd_session nobody "$probe"
}
# openbsd_inetd_session USER SERVER…
openbsd_inetd_session() {
  local user=$1
  shift
  echo "127.0.0.1:2000 stream tcp nowait $user $1 $* $out" >"$dir/inetd.conf"
  serve /var/cache/capkeep-tests/openbsd-inetd/usr/sbin/inetd -i "$dir/inetd.conf"
  connect 2000
}
@test "bare openbsd-inetd, user nobody (unsets LD_*)" { bare openbsd_inetd; }
@test "C4 openbsd-inetd, user nobody (unsets LD_*)" { kept openbsd_inetd; }

row_openbsd_inetd_launcher() {
  need "$unpacked/openbsd-inetd/usr/sbin/inetd" setpriv
  need_sandbox
  sandbox openbsd_inetd_session root /usr/bin/setpriv --reuid=65534 --clear-groups "$probe"
}
@test "bare openbsd-inetd, setpriv below it" { bare openbsd_inetd_launcher; }
@test "C4 openbsd-inetd, setpriv below it" { kept openbsd_inetd_launcher; }

# --- supervisors

row_supervisord() {
  need supervisord
  need_sandbox
  sandbox supervisord_session
}
supervisord_session() {
  cat >"$dir/supervisord.conf" <<CONF
[supervisord]
nodaemon=true
user=root
logfile=/dev/null
logfile_maxbytes=0
pidfile=$dir/pid
[program:probe]
command=$probe_command
user=nobody
autorestart=false
startsecs=0
CONF
  serve supervisord -c "$dir/supervisord.conf"
  awaits_program
}
@test "bare supervisord, user=" { bare supervisord; }
@test "C1 supervisord, user=" { kept supervisord; }

row_monit() {
  need monit
  need_sandbox
  sandbox monit_session
}
monit_session() {
  cat >"$dir/monitrc" <<CONF
set daemon 1
set pidfile $dir/pid
set idfile $dir/id
set statefile $dir/monit.state
check program probe with path "$probe_command" as uid 65534 and gid 65534
  if status != 0 then alert
CONF
  chmod 600 "$dir/monitrc"
  serve monit -I -c "$dir/monitrc"
  awaits_program
}
@test "bare monit, exec as uid" { bare monit; }
@test "C1 monit, exec as uid" { kept monit; }

row_uwsgi() {
  need uwsgi
  need_sandbox
  sandbox uwsgi_session
}
uwsgi_session() {
  serve uwsgi --socket 127.0.0.1:3031 --uid 65534 --gid 65534 --exec-as-user "$probe_command"
  awaits_program
}
@test "bare uwsgi --exec-as-user" { bare uwsgi; }
@test "C1 uwsgi --exec-as-user" { kept uwsgi; }

# --- jobs

# The state of the program that a cron of setup_file started.
row_cron() {
  need cron crontab
  local mode=${out%/state}
  mode=${mode##*/}
  if ! wait_until 75 test -s "$BATS_FILE_TMPDIR/cron-$mode/state"; then
    cat "$BATS_FILE_TMPDIR/cron-$mode"/*output
    return 1
  fi
  cp "$BATS_FILE_TMPDIR/cron-$mode/state" "$out"
}

row_at() {
  need at atd
  need_own "$(command -v at)"
  need_sandbox
  sandbox at_session at now
}
row_batch() {
  need batch atd
  need_own "$(command -v at)"
  need_sandbox
  sandbox at_session batch
}
# at_session COMMAND…: nobody submits a job, as any user may; atd runs it as nobody.
at_session() {
  private_etc
  : >/etc/at.deny
  private_directory /var/spool/cron
  install -d -m 1770 -o daemon -g daemon /var/spool/cron/atjobs /var/spool/cron/atspool
  install -m 600 -o daemon -g daemon /dev/null /var/spool/cron/atjobs/.SEQ
  serve atd -f -l 1000 -b 1
  wait_until 10 test -s /run/atd.pid
  echo "$probe_command" | (cd / && setpriv --reuid 65534 --regid 65534 --clear-groups "$@")
  awaits_program
}
@test "bare at" { bare at; }
@test "C4 at" { kept at; }
@test "bare batch" { bare batch; }
@test "C4 batch" { kept batch; }

# --- sshd

row_sshd_pam() {
  need /usr/sbin/sshd ssh ssh-keygen
  need_sandbox
  sandbox sshd_session yes
}
row_sshd() {
  need /usr/sbin/sshd ssh ssh-keygen
  need_own /etc/shadow
  need_sandbox
  sandbox sshd_session no
}
# sshd_session USE_PAM
sshd_session() {
  private_etc
  mkdir /run/sshd
  sed -i "s|^nobody:.*|nobody:x:65534:65534:nobody:/:/bin/sh|" /etc/passwd
  ssh-keygen -q -t ed25519 -N '' -f "$dir/host_key"
  ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
  cat >"$dir/sshd_config" <<CONF
ListenAddress 127.0.0.1:2222
HostKey $dir/host_key
AuthorizedKeysFile $dir/key.pub
StrictModes no
UsePAM $1
PidFile $dir/pid
CONF
  serve /usr/sbin/sshd -D -e -f "$dir/sshd_config"
  wait_until 10 port_answers 2222
  ssh -F none -i "$dir/key" -p 2222 -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    nobody@127.0.0.1 "$probe_command"
}
@test "bare sshd, UsePAM yes" { bare sshd_pam; }
@test "C4 sshd, UsePAM yes" { kept sshd_pam; }
@test "bare sshd, UsePAM no" { bare sshd; }
@test "C4 sshd, UsePAM no" { kept sshd; }

# --- mail

row_postfix_pipe() {
  need postfix
  need_own /var/spool/postfix
  need_sandbox
  sandbox postfix_session
}
postfix_session() {
  private_etc
  cp -a /var/spool/postfix "$dir/spool"
  # But for the machine's mail, which would be delivered here.
  find "$dir/spool" -regextype posix-extended -type f -regex '.*/(maildrop|incoming|active|deferred|hold)/.*' -delete
  mount --bind "$dir/spool" /var/spool/postfix
  private_directory /var/lib/postfix
  chown postfix:postfix /var/lib/postfix
  cat >/etc/postfix/main.cf <<CONF
compatibility_level = 3.6
inet_interfaces = 127.0.0.1
mydestination =
myhostname = localhost.example
maillog_file = /dev/stdout
default_transport = probe:
relay_transport = probe:
CONF
  echo "probe unix - n n - - pipe user=nobody argv=$probe_command" >>/etc/postfix/master.cf
  serve postfix start-fg
  wait_until 30 test -S /var/spool/postfix/public/cleanup
  /usr/sbin/sendmail -f root@example.org someone@example.org <<<'Subject: run it'
  wait_until 20 test -s "$out"
}
@test "bare postfix pipe, user=" { bare postfix_pipe; }
@test "C4 postfix pipe, user=" { kept postfix_pipe; }

# --- web servers

write_apache_conf() {
  cat >"$dir/apache2.conf" <<CONF
ServerRoot $dir
ServerName localhost
Listen 127.0.0.1:8080
PidFile $dir/pid
ErrorLog /dev/stderr
User nobody
Group nogroup
LoadModule mpm_$1_module /usr/lib/apache2/modules/mod_mpm_$1.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
LoadModule $2_module /usr/lib/apache2/modules/mod_$2.so
Mutex file:$dir default
ScriptAlias /probe $dir/script
<Directory $dir>
  Require all granted
</Directory>
CONF
}

row_apache_cgi() {
  need apache2
  need_sandbox
  sandbox apache_cgi_session
}
apache_cgi_session() {
  write_program_script "$dir/script"
  write_apache_conf prefork cgi
  serve apache2 -DFOREGROUND -f "$dir/apache2.conf"
  wait_until 10 port_answers 8080
  http_get 8080 /probe
}
@test "bare apache2, CGI" { bare apache_cgi; }
@test "C1 apache2, CGI" { kept apache_cgi; }

row_apache_cgid() {
  need apache2
  need_sandbox
  sandbox apache_cgid_session
}
apache_cgid_session() {
  write_program_script "$dir/script"
  write_apache_conf event cgid
  echo "ScriptSock $dir/cgisock" >>"$dir/apache2.conf"
  serve apache2 -DFOREGROUND -f "$dir/apache2.conf"
  wait_until 10 port_answers 8080
  http_get 8080 /probe
}
@test "bare apache2 with threads, CGI daemon" { bare apache_cgid; }
@test "C1 apache2 with threads, CGI daemon" { kept apache_cgid; }

row_busybox_httpd() {
  need busybox
  need_sandbox
  sandbox busybox_httpd_session
}
busybox_httpd_session() {
  mkdir "$dir/cgi-bin"
  write_program_script "$dir/cgi-bin/script"
  serve busybox httpd -f -u nobody:nogroup -p 127.0.0.1:8080 -h "$dir"
  wait_until 10 port_answers 8080
  http_get 8080 /cgi-bin/script
}
@test "bare busybox httpd -u, CGI" { bare busybox_httpd; }
@test "C1 busybox httpd -u, CGI" { kept busybox_httpd; }

# --- servers that drop and execute nothing: the state is that of the one that serves

row_apache_worker() {
  need apache2
  need_sandbox
  sandbox apache_worker_session
}
apache_worker_session() {
  write_apache_conf event cgid
  echo "ScriptSock $dir/cgisock" >>"$dir/apache2.conf"
  serve apache2 -DFOREGROUND -f "$dir/apache2.conf"
  wait_until 10 port_answers 8080
  wait_until 10 find_worker apache2
}
@test "bare apache2 worker" { bare apache_worker; }
@test "C1 apache2 worker" { kept apache_worker; }

row_nginx() {
  need nginx
  need_sandbox
  sandbox nginx_session
}
nginx_session() {
  cat >"$dir/nginx.conf" <<CONF
daemon off;
user nobody nogroup;
pid $dir/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path $dir/body;
  proxy_temp_path $dir/proxy;
  fastcgi_temp_path $dir/fastcgi;
  uwsgi_temp_path $dir/uwsgi;
  scgi_temp_path $dir/scgi;
  server { listen 127.0.0.1:8080; root $dir; }
}
CONF
  serve nginx -c "$dir/nginx.conf"
  wait_until 10 find_worker nginx
}
@test "bare nginx worker" { bare nginx; }
@test "C1 nginx worker" { kept nginx; }

row_haproxy() {
  need haproxy
  need_sandbox
  sandbox haproxy_session
}
haproxy_session() {
  cat >"$dir/haproxy.cfg" <<CONF
global
  user nobody
  group nogroup
defaults
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
listen all
  bind 127.0.0.1:8080
  server one 127.0.0.1:8081
CONF
  serve haproxy -db -f "$dir/haproxy.cfg"
  wait_until 10 find_worker haproxy
}
@test "bare haproxy" { bare haproxy; }
@test "C1 haproxy" { kept haproxy; }

row_memcached() {
  need memcached
  need_sandbox
  sandbox memcached_session
}
memcached_session() {
  serve memcached -u nobody -l 127.0.0.1 -p 11211
  wait_until 10 port_answers 11211
  wait_until 10 find_worker memcached
}
@test "bare memcached -u" { bare memcached; }
@test "C1 memcached -u" { kept memcached; }

row_dnsmasq() {
  need dnsmasq
  need_sandbox
  sandbox dnsmasq_session
}
dnsmasq_session() {
  serve dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --port=5353 \
    --listen-address=127.0.0.1 --bind-interfaces --user=nobody --group=nogroup --pid-file="$dir/pid" --log-facility=-
  wait_until 10 port_answers 5353
  wait_until 10 find_worker dnsmasq
}
@test "C6 dnsmasq --user" { unchanged dnsmasq "drops all by its own capset, and executes nothing"; }
row_dnsmasq_guarded() {
  with_guard
  row_dnsmasq
}
@test "bare dnsmasq --user, guarded" { bare dnsmasq; }
@test "C1 dnsmasq --user, guarded" { guarded dnsmasq_guarded; }

row_chronyd() {
  need chronyd
  need_sandbox
  uid=$(id -u _chrony)
  sandbox chronyd_session
}
chronyd_session() {
  printf 'local\nallow\nport 11123\ncmdport 0\nbindcmdaddress /\npidfile %s/pid\n' "$dir" >"$dir/chrony.conf"
  serve chronyd -d -x -u _chrony -f "$dir/chrony.conf"
  wait_until 10 find_worker chronyd
}
@test "C6 chronyd -x" { unchanged chronyd "drops all by its own capset, and executes nothing"; }
row_chronyd_guarded() {
  with_guard
  row_chronyd
}
@test "bare chronyd -x, guarded" { bare chronyd; }
@test "C1 chronyd -x, guarded" { guarded chronyd_guarded; }

row_ntpd() {
  need "$unpacked/ntpsec/usr/sbin/ntpd"
  need_sandbox
  own='cap_net_bind_service cap_sys_nice cap_sys_time'
  sandbox ntpd_session
}
ntpd_session() {
  printf 'driftfile %s/drift\ninterface ignore all\n' "$dir" >"$dir/ntp.conf"
  serve /var/cache/capkeep-tests/ntpsec/usr/sbin/ntpd -n -u nobody:nogroup -c "$dir/ntp.conf" -p "$dir/pid"
  wait_until 10 find_settled_ntpd
}
# Between the change and its own capset nothing is effective.
find_settled_ntpd() {
  find_worker ntpd && ! grep -qE '^CapEff:[[:space:]]0+$' "$out"
}
@test "C6 ntpd (ntpsec) -u" { unchanged ntpd "sets its own by capset after the drop, and executes nothing"; }
row_ntpd_guarded() {
  with_guard
  row_ntpd
}
@test "bare ntpd (ntpsec) -u, guarded" { bare ntpd; }
@test "C1 ntpd (ntpsec) -u, guarded" { guarded ntpd_guarded; }

# --- the minute is over

@test "bare cron" { bare cron; }
@test "C4 cron" { kept cron; }

@test "each row of this file is tested" { every_row_is_tested "$BATS_TEST_FILENAME"; }
