#!/bin/sh
# run.sh <cmake> <build folder> <C compiler>: installs Kontor into a fresh prefix, then builds and runs an outside
# program against it twice: through find_package(kontor), and through pkg-config.
set -eu
cmake=$1
build=$2
cc=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$build/test_work/install
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$build/CMakeCache.txt")

rm -rf "$work"
mkdir -p "$work"
"$cmake" --install "$build" --component kontor --prefix "$work/first"
# An installed tree must not depend on where it was installed to.
mv "$work/first" "$work/prefix"
prefix=$work/prefix

echo '-- find_package(kontor)'
"$cmake" -G Ninja -S "$here" -B "$work/cmake" "-DCMAKE_PREFIX_PATH=$prefix" "-DCMAKE_C_COMPILER=$cc"
"$cmake" --build "$work/cmake"
"$work/cmake/user" "$version"

echo '-- pkg-config kontor'
pc=$(find "$prefix" -name kontor.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
library_dir=$(pkg-config --variable=libdir kontor)
[ "$(pkg-config --modversion kontor)" = "$version" ]
# shellcheck disable=SC2046  # the flags are words
"$cc" -std=c11 -pedantic -Wall -Wextra -Werror -o "$work/user" "$here/main.c" $(pkg-config --cflags --libs kontor)
LD_LIBRARY_PATH=$library_dir "$work/user" "$version"

shell_install=$build/bindings/shell/cmake_install.cmake
if [ -e "$shell_install" ]; then
  echo '-- a shell that was not built is left out'
  sed 's|bindings/shell/kontor"|bindings/shell/not_built"|g' "$shell_install" >"$work/without_shell.cmake"
  grep -q '/not_built"' "$work/without_shell.cmake"
  "$cmake" "-DCMAKE_INSTALL_PREFIX=$work/without_shell" -P "$work/without_shell.cmake"
fi

if [ -e "$prefix/bin/kontor" ]; then
  echo '-- the installed shell finds the installed library'
  ldd "$prefix/bin/kontor" | grep -F "libkontor.so.0 => $prefix/"
fi
