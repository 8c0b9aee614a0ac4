#!/bin/sh
# Redis with the password of bus_url. In a file of this container's memory, for arguments stand in the process list.
set -eu
password=$(sed -n 's#^redis://[^:]*:\([^@]*\)@.*#\1#p' /run/secrets/bus_url)
[ -n "$password" ] || { echo "FATAL: redis não inicia: bus_url não traz senha" >&2; exit 3; }
{ cat /etc/crm/redis.conf; echo "requirepass $password"; } >/tmp/redis.conf
exec docker-entrypoint.sh redis-server /tmp/redis.conf
