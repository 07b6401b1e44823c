#!/bin/sh
# Builds every plugin here as a WebAssembly component into target/plugins.
# It finds the WebAssembly target by itself: the installed one, else from rustup, else the compiler of Debian's packages
# unpacked into .cache. Nothing is installed in the system.
#
#   plugins/build.sh                everything
#   plugins/build.sh DIR…           these crates instead, such as a plugin of your own
#
# SWITCHHOOK_WASM_TARGET=installed|rustup|debian takes that way and no other.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
target=wasm32-unknown-unknown
# One directory for all plugins, so that what they share is compiled once.
build_dir=$root/target/plugins-build
out_dir=$root/target/plugins
cache_dir=$root/.cache/rust-web
wanted=${SWITCHHOOK_WASM_TARGET:-any}

say() {
    printf 'plugins: %s\n' "$*"
}

fail() {
    printf 'plugins: %s\n' "$*" >&2
    exit 1
}

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
        say "unpacking Debian's rustc-web and rust-web-src into .cache (about 130 MB to download, once)"
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

[ $# -gt 0 ] || set -- "$root/plugins"

mkdir -p "$out_dir"
for workspace in "$@"; do
    say "building $workspace"
    # shellcheck disable=SC2086 # empty or one flag
    cargo build --quiet --release --target "$target" $build_std --manifest-path "$workspace/Cargo.toml"
    # The crates of this workspace, by the names of their libraries.
    crates=$(cargo metadata --quiet --no-deps --format-version 1 --manifest-path "$workspace/Cargo.toml" |
        grep -o '"crate_types":\["cdylib"[^]]*\],"name":"[^"]*"' | sed 's/.*"name":"//; s/"$//' | sort -u)
    for crate in $crates; do
        file=$(printf '%s' "$crate" | tr '-' '_').wasm
        plugin=$(printf '%s' "$crate" | tr '_' '-')
        [ -f "$build_dir/$target/release/$file" ] || continue
        # A rename is atomic: a switch that watches the file never sees half of it.
        cp "$build_dir/$target/release/$file" "$out_dir/.$plugin.wasm.new"
        if cmp -s "$out_dir/.$plugin.wasm.new" "$out_dir/$plugin.wasm"; then
            rm "$out_dir/.$plugin.wasm.new"
        else
            mv "$out_dir/.$plugin.wasm.new" "$out_dir/$plugin.wasm"
        fi
        say "target/plugins/$plugin.wasm, $(wc -c <"$out_dir/$plugin.wasm" | tr -d ' ') bytes"
    done
done
