#!/bin/bash
# mongod as a replica set of one, which transactions need, with a password and the keyfile that members of a set ask for.
set -eu
export MONGO_INITDB_ROOT_USERNAME=root MONGO_INITDB_ROOT_PASSWORD
MONGO_INITDB_ROOT_PASSWORD=$(cat /run/secrets/mongo_password)
# mongod refuses a keyfile that others may read, and it leaves root's account before it reads it
cp /run/secrets/mongo_keyfile /tmp/keyfile
chmod 400 /tmp/keyfile
if id -u mongodb >/dev/null 2>&1; then chown mongodb /tmp/keyfile; fi
exec docker-entrypoint.sh mongod --replSet rs0 --keyFile /tmp/keyfile --bind_ip_all --wiredTigerCacheSizeGB 0.25 \
  --setParameter transactionLifetimeLimitSeconds=10 # what a killed client left open stays locked for so long
