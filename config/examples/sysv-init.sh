#!/bin/sh
### BEGIN INIT INFO
# Provides:          webapp
# Required-Start:    $remote_fs $network
# Required-Stop:     $remote_fs $network
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: a web application on port 80, as www-data
### END INIT INFO
# The one line that capkeep changes is the one in start: `capkeep run -a cap_net_bind_service --` stands in front of
# the launcher. --for-program keeps the capability for the daemon alone.

DAEMON=/opt/webapp/bin/webapp
PIDFILE=/run/webapp.pid

case "$1" in
  start)
    capkeep run -a cap_net_bind_service --for-user www-data --for-program "$DAEMON" -- \
      start-stop-daemon --start --background --make-pidfile --pidfile "$PIDFILE" \
      --chuid www-data --exec "$DAEMON"
    ;;
  stop)
    start-stop-daemon --stop --oknodo --retry 10 --pidfile "$PIDFILE" --exec "$DAEMON"
    ;;
  restart | force-reload)
    "$0" stop
    "$0" start
    ;;
  *)
    echo "Usage: $0 {start|stop|restart|force-reload}" >&2
    exit 2
    ;;
esac
