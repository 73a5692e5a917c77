#!/bin/sh
# As in many images: root prepares, and the program starts as its user. Nothing of capkeep in it.
set -eu

if [ "$1" = haproxy ] && [ "$(id -u)" = 0 ]; then
  install -d -o haproxy -g haproxy /run/haproxy
  set -- setpriv --reuid=haproxy --regid=haproxy --init-groups "$@"
fi
exec "$@"
