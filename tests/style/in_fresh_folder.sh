#!/bin/sh
# in_fresh_folder.sh <folder> <program> [argument...]: runs the program in an emptied folder.
set -eu
folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
exec "$@"
