#!/bin/bash
# A database and a role per service, named and with the password as in its <servico>_database_url; no role can open another's.
# The image runs it on an empty data folder. Again, after a password changed or a service came:
#   docker compose exec -u postgres postgres bash /docker-entrypoint-initdb.d/bancos.sh
set -euo pipefail
export PGOPTIONS="-c client_min_messages=warning"
run() { psql --quiet --no-psqlrc -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" "$@"; }

for file in /run/secrets/*_database_url; do
  [[ $(<"$file") =~ ^postgres(ql)?://([a-z_]+):([^@/]+)@[^/]*/([a-z_]+) ]] || continue
  role=${BASH_REMATCH[2]} password=${BASH_REMATCH[3]} database=${BASH_REMATCH[4]}
  # on standard input, for arguments stand in the process list
  run -d postgres <<SQL
SELECT 'CREATE ROLE $role' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$role') \gexec
ALTER ROLE $role LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '$password';
SELECT 'CREATE DATABASE $database OWNER $role' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$database') \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE $database FROM PUBLIC;
SQL
  # the roles may not create these themselves
  run -d "$database" <<SQL
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS btree_gin;
SQL
done
run -d postgres <<SQL
REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;
SQL
