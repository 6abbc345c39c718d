#!/bin/sh
# every_function.sh <kontor.h> <libkontor.so>: the header with its parts, the library and the misuse tests name the same
# functions: what is declared is exported, what is exported is declared, and each of them is misused.
set -u
header=$1
library=$2
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
failed=0

cat "$(dirname "$header")"/*.h | grep -v '^#' | grep -o 'kontor_[a-z0-9_]*(' | tr -d '(' | sort -u >declared.txt
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u >exported.txt
grep -oh 'kontor_[a-z0-9_]*(' "$here"/misuse_*.c | tr -d '(' | sort -u >misused.txt

# tell <what is wrong> <those of which it is true>
tell() {
  [ -s "$2" ] || return 0
  failed=1
  echo "$1:"
  sed 's/^/  /' "$2"
}
comm -23 declared.txt exported.txt >missing.txt
tell 'declared in kontor.h but not exported by the library' missing.txt
comm -13 declared.txt exported.txt >hidden.txt
tell 'exported by the library but not declared in kontor.h' hidden.txt
comm -23 declared.txt misused.txt >trusted.txt
tell 'misused by no test in tests/capi/misuse_*.c' trusted.txt

echo "$(wc -l <declared.txt) functions declared, $(wc -l <exported.txt) exported"
[ "$(wc -l <declared.txt)" -gt 100 ] || failed=1
exit "$failed"
