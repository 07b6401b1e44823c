#!/bin/sh
# Builds a plugin in Rust as a WebAssembly component.
# It finds the WebAssembly target by itself: the installed one, else from rustup, else the compiler of Debian's packages, unpacked
# into a cache. Nothing is installed in the system.
#
#   build.sh PROJECT_DIR OUTPUT.wasm      the plugin in PROJECT_DIR
#   build.sh WORKSPACE_DIR OUTPUT_DIR/    every plugin of a workspace: NAME.wasm, and NAME.schema.json of its settings
#
# CARGO_TARGET_DIR           where cargo builds (PROJECT_DIR/target)
# SWITCHHOOK_TOOLS           the cache (~/.cache/switchhook)
# SWITCHHOOK_WASM_TARGET=installed|rustup|debian takes that way and no other.
set -eu

target=wasm32-unknown-unknown
cache_dir=${SWITCHHOOK_TOOLS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/switchhook}/rust
wanted=${SWITCHHOOK_WASM_TARGET:-any}

say() {
    printf 'rust: %s\n' "$*"
}

fail() {
    printf 'rust: %s\n' "$*" >&2
    exit 1
}

[ $# -eq 2 ] || fail "usage: build.sh PROJECT_DIR OUTPUT.wasm"
project=$(CDPATH='' cd -- "$1" && pwd) || fail "there is no folder $1"
output=$2
[ -f "$project/Cargo.toml" ] || fail "$project has no Cargo.toml"
build_dir=${CARGO_TARGET_DIR:-$project/target}

allowed() {
    [ "$wanted" = any ] || [ "$wanted" = "$1" ]
}

target_installed() {
    ls "$(rustc --print sysroot)/lib/rustlib/$target/lib"/libstd-*.rlib >/dev/null 2>&1
}

from_rustup() {
    command -v rustup >/dev/null 2>&1 || return 1
    say "rustup target add $target"
    timeout 120 rustup target add "$target"
}

# The packages that a package needs and the system lacks, itself included.
missing_packages() {
    queue=$*
    seen=
    while [ -n "$queue" ]; do
        # shellcheck disable=SC2086 # the list is split on purpose
        set -- $queue
        package=$1
        shift
        queue=$*
        case " $seen " in *" $package "*) continue ;; esac
        if dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
            continue
        fi
        seen="$seen $package"
        # The first of several alternatives stands without the bar; virtual packages stand in angle brackets.
        needs=$(apt-cache depends --important "$package" | sed -n 's/^  Depends: \([^<]*\)$/\1/p')
        queue="$queue $needs"
    done
    printf '%s\n' "$seen"
}

from_debian() {
    command -v apt-get >/dev/null 2>&1 || return 1
    if [ ! -f "$cache_dir/complete" ]; then
        say "unpacking Debian's rustc-web and rust-web-src into $cache_dir (about 130 MB to download, once)"
        rm -rf "$cache_dir"
        mkdir -p "$cache_dir/packages"
        if [ "$(id -u)" = 0 ]; then
            apt-get update -qq || say "apt-get update failed; going on with the lists that are here"
        fi
        packages=$(missing_packages rustc-web rust-web-src)
        # shellcheck disable=SC2086 # a list of names
        (cd "$cache_dir/packages" && apt-get -qq -o APT::Sandbox::User=root download $packages) || return 1
        for package in "$cache_dir"/packages/*.deb; do
            dpkg -x "$package" "$cache_dir"
        done
        rm -rf "$cache_dir/packages"
        : >"$cache_dir/complete"
    fi
    RUSTC=$cache_dir/usr/bin/rustc
    LD_LIBRARY_PATH=$(find "$cache_dir/usr/lib" -name 'lib*.so*' -exec dirname {} \; | sort -u | paste -sd: -)
    # Compiler and library source are one version, but not that of cargo: building the library is an unstable feature.
    RUSTC_BOOTSTRAP=1
    export RUSTC LD_LIBRARY_PATH RUSTC_BOOTSTRAP
    "$RUSTC" --version || return 1
    build_std='-Zbuild-std=std,panic_abort'
}

if ! command -v cargo >/dev/null 2>&1; then
    PATH=${CARGO_HOME:-${HOME:-/root}/.cargo}/bin:$PATH
    command -v cargo >/dev/null 2>&1 || fail "there is no cargo here; install Rust with rustup (https://rustup.rs)"
fi
# The tools come from rustup's toolchain in each case.
tools=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin
[ -x "$tools/wasm-component-ld" ] ||
    fail "this Rust toolchain has no wasm-component-ld; install Rust with rustup (https://rustup.rs)"

build_std=
if allowed installed && target_installed; then
    say "using the installed $target"
elif allowed rustup && from_rustup; then
    say "using $target from rustup"
elif allowed debian && from_debian; then
    say "using Debian's Rust compiler"
    build_dir=$build_dir-debian
else
    fail "cannot get Rust's $target: neither installed, nor from rustup, nor from Debian's rustc-web"
fi

CARGO_TARGET_DIR=$build_dir
CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$tools/wasm-component-ld
CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Clink-arg=--wasm-ld-path=$tools/gcc-ld/wasm-ld"
export CARGO_TARGET_DIR CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS

say "building $project"
# shellcheck disable=SC2086 # empty or one flag
cargo build --quiet --release --target "$target" $build_std --manifest-path "$project/Cargo.toml"

# A rename is atomic: a switch that watches the file never sees half of it. One that is the same stays as it is.
put() {
    cp "$1" "$2.new"
    if cmp -s "$2.new" "$2"; then rm "$2.new"; else mv "$2.new" "$2"; fi
}

metadata=$(cargo metadata --quiet --no-deps --format-version 1 --manifest-path "$project/Cargo.toml")
# The plugins of this workspace, by the names of their libraries and the files of their sources.
plugins=$(printf '%s' "$metadata" |
    grep -o '"crate_types":\["cdylib"[^]]*\],"name":"[^"]*","src_path":"[^"]*"' |
    sed 's/.*"name":"\([^"]*\)","src_path":"\([^"]*\)"/\1|\2/' | sort -u)
[ -n "$plugins" ] || fail "no crate in $project has crate-type = [\"cdylib\"]"
done_any=
IFS='
'
for plugin in $plugins; do
    source=${plugin#*|}
    crate=${plugin%%|*}
    built=$build_dir/$target/release/$(printf '%s' "$crate" | tr '-' '_').wasm
    [ -f "$built" ] || continue
    case $output in
    */) file=$output$(printf '%s' "$crate" | tr '_' '-').wasm ;;
    *) file=$output ;;
    esac
    mkdir -p "$(dirname -- "$file")"
    put "$built" "$file"
    schema=${source%/src/*}/settings.schema.json
    case $output in
    */) if [ -f "$schema" ]; then put "$schema" "${file%.wasm}.schema.json"; fi ;;
    esac
    say "$file, $(wc -c <"$file" | tr -d ' ') bytes"
    done_any=yes
done
[ -n "$done_any" ] || fail "cargo built no component for $project"
