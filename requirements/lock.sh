#!/bin/sh
# Recompiles every lock in this folder from its .in file: dev.txt first (the universe), the others under its versions.
# `lock.sh --upgrade` moves to newer versions. Needs uv, which requirements/dev.txt installs.
set -eu
cd "$(dirname "$0")"
compile() { uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
  --custom-compile-command requirements/lock.sh "$@"; }
compile dev.in -o dev.txt "$@"
for input in *.in; do
  case $input in dev.in | base.in | postgres.in | bucket.in) continue ;; esac
  compile "$input" -c dev.txt -o "${input%.in}.txt"
done
