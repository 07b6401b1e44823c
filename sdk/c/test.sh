#!/bin/sh
# Tests the SDK for C and C++ natively, with the address and undefined-behaviour sanitizers: the package, the parrot (every structure
# of the contract), the examples and the templates. And that contract.h is what the WIT files say.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
CFLAGS="-Werror -fsanitize=address,undefined -fno-sanitize-recover=all"
CXXFLAGS=$CFLAGS
LDFLAGS="-fsanitize=address,undefined"
# The chunks of the arena belong to the program until it ends.
ASAN_OPTIONS=detect_leaks=0
export CFLAGS CXXFLAGS LDFLAGS ASAN_OPTIONS

wit=${SWITCHHOOK_WIT:-$here/../../wit}
python3 "$here/bindings/generate.py" --check "$wit" "$here/switchhook"

project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
mkdir "$project/src" "$project/test"
printf '#include "%s"\n' "$here/tests/sdk_test.c" >"$project/test/sdk_test.c"
printf 'typedef int nothing_here;\n' >"$project/src/nothing.c"
sh "$here/build.sh" --test "$project"

for folder in selftest example example-cpp template template-cpp; do
    printf '%s: ' "$folder"
    sh "$here/build.sh" --test "$here/$folder"
done
