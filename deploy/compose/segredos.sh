#!/bin/sh
# Creates what is missing of the secrets that compose.yaml mounts, and changes nothing that is there. Needs openssl.
#
#   deploy/compose/segredos.sh [PASTA]      PASTA: $CRM_SECRETS_DIR, or ./segredos at the root of the repository
#
# The files have to be readable inside the containers, whose users are not this machine's: it is the folder that keeps
# others out of them here.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-${CRM_SECRETS_DIR:-$root/segredos}}
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"
umask 022

random() { openssl rand -hex "$1"; }
# secret NAME VALUE: a value that was cut off by a full disk is never taken for a secret
secret() {
  [ -s "$1" ] && return
  printf '%s\n' "$2" >".$1.novo"
  mv ".$1.novo" "$1"
  echo "criado: $folder/$1"
}
# key NAME: a private key on P-256, for ES256
key() {
  [ -s "$1" ] || secret "$1" "$(openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256)"
}

secret admin_password "$(random 12)"
secret postgres_password "$(random 24)"
secret mongo_password "$(random 24)"
secret mongo_keyfile "$(openssl rand -base64 567)"
for service in gateway auth clientes empresas vendas comunicacao tarefas automacao; do
  secret "${service}_secret_key" "$(random 32)"
done
for service in auth clientes empresas vendas tarefas automacao; do
  secret "${service}_database_url" "postgres://$service:$(random 24)@postgres:5432/$service"
done
secret comunicacao_database_url "mongodb://comunicacao:$(random 24)@mongo:27017/comunicacao?authSource=admin&directConnection=true"

# one server, two numbers: the second address is made from the first
secret bus_url "redis://:$(random 24)@redis:6379/0"
secret automacao_queue_url "$(sed 's#/0$#/1#' bus_url)"

key auth_signing_key.pem
# the ring of signing keys, which `manage.py chaves` writes from inside the container
mkdir -p auth_chaves
chmod 777 auth_chaves
key automacao_key.pem
secret automacao.pub.pem "$(openssl pkey -in automacao_key.pem -pubout)"
echo "segredos completos em $folder"
