#!/bin/sh
# Builds a JavaScript or TypeScript plugin as a WebAssembly component, or runs its tests. The tools (esbuild, componentize-qjs,
# TypeScript; about 70 MB) are installed once, with npm, into a cache; after that nothing needs the network.
#
#   build.sh PROJECT_DIR OUTPUT.wasm    the component; OUTPUT.wasm is relative to PROJECT_DIR
#   build.sh --test PROJECT_DIR         types, and the tests in *.test.js and *.test.ts
#
# SWITCHHOOK_TOOLS is the folder for the tools of all languages, SWITCHHOOK_WIT the contract's WIT.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
parts=$here/switchhook/tools
cache=${SWITCHHOOK_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/switchhook}/js

say() {
    printf 'js: %s\n' "$*"
}

fail() {
    printf 'js: %s\n' "$*" >&2
    exit 1
}

if [ "${1-}" = --test ] && [ $# -eq 2 ]; then
    mode=test project=$2 output=
elif [ $# -eq 2 ]; then
    mode=build project=$1 output=$2
else
    fail "usage: build.sh PROJECT_DIR OUTPUT.wasm | build.sh --test PROJECT_DIR"
fi
[ -d "$project" ] || fail "$project is no folder"

command -v node >/dev/null 2>&1 || fail "node is missing; install Node.js 20 or later (https://nodejs.org)"
[ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || fail "this node is too old ($(node --version)); 20 or later is needed"

wit=${SWITCHHOOK_WIT:-$here/wit}
[ -d "$wit" ] || wit=$here/../../wit
[ -f "$wit/world.wit" ] || fail "no WIT in $wit; set SWITCHHOOK_WIT"

# One folder for each set of versions.
tools=$cache/$(cksum <"$parts/package.json" | tr ' ' '-')
if [ ! -f "$tools/complete" ]; then
    command -v npm >/dev/null 2>&1 || fail "npm is missing; it comes with Node.js (https://nodejs.org)"
    say "installing esbuild, componentize-qjs and TypeScript into $tools (once)"
    rm -rf "$tools"
    mkdir -p "$tools"
    cp "$parts/package.json" "$tools"
    (cd "$tools" && npm install --silent --no-audit --no-fund --ignore-scripts --no-package-lock) || fail "npm could not install the tools"
    : >"$tools/complete"
fi

exec node "$parts/build.mjs" "$mode" "$tools" "$project" "$wit" "$output"
