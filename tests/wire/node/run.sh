#!/bin/sh
# run.sh <kontor> <folder>: node-redis, installed in the folder by `./dev test` (or npm ci, with the files beside this
# one), works on `kontor serve`. What is missing is a failure; KONTOR_SKIP_NODE=1 leaves the test out, and says so.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ "${KONTOR_SKIP_NODE-}" = 1 ]; then
  echo 'Skipped: KONTOR_SKIP_NODE is 1.'
  exit 77
fi
command -v node >/dev/null || {
  echo 'There is no node (Debian: nodejs). ./dev test installs it; KONTOR_SKIP_NODE=1 leaves this test out.'
  exit 1
}
[ -d "$2/node_modules/redis" ] || {
  echo "node-redis is not in $2: ./dev test puts it there, by npm. KONTOR_SKIP_NODE=1 leaves this test out."
  exit 1
}
KONTOR=$1 NODE_PATH=$2/node_modules exec node "$here/node_redis_test.cjs"
