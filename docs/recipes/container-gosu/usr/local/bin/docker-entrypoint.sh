#!/bin/sh
# As in many images: root prepares, and the program starts as its user. Nothing of capkeep in it.
set -eu

if [ "$1" = memcached ] && [ "$(id -u)" = 0 ]; then
  install -d -o memcache -g memcache /run/memcached
  set -- gosu memcache "$@"
fi
exec "$@"
