#!/bin/sh
# Builds the example plugin `reception` in every language, or in those named, into target/languages/LANGUAGE.wasm.
#
#   sdk/examples.sh [rust|js|python|c|cpp|go …]
set -eu
sdk=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
out=$sdk/../target/languages
mkdir -p "$out"
for language in "${@:-}"; do
    [ -n "$language" ] || { set -- rust js python c cpp go; break; }
done
for language; do
    case $language in
        rust | js | python | c | go) folder=$sdk/$language/example ;;
        cpp) folder=$sdk/c/example-cpp ;;
        *) echo "no such language: $language" >&2; exit 2 ;;
    esac
    started=$(date +%s)
    sh "$(dirname "$folder")/build.sh" "$folder" "$out/$language.wasm"
    echo "$language: $(($(wc -c <"$out/$language.wasm") / 1024)) KiB, built in $(($(date +%s) - started)) s"
done
