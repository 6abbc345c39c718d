#!/bin/sh
# in_fresh_folder.sh [--leaves-nothing] <folder> <program> [argument...]: runs the program in an emptied folder, which is
# its temporary one as well, and removes it afterwards unless the program failed. A program that is said to leave nothing
# fails if it does.
set -eu
leaves_nothing=no
if [ "$1" = --leaves-nothing ]; then
  leaves_nothing=yes
  shift
fi
folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
TMPDIR=$folder TEST_TMPDIR=$folder "$@"
cd /
if [ "$leaves_nothing" = yes ] && ! rmdir "$folder"; then
  echo 'the test left behind:' >&2
  find "$folder" >&2
  exit 1
fi
rm -rf "$folder"
