#!/bin/sh
# Builds a plugin in C or C++ as a WebAssembly component, or its tests natively.
#
#   sdk/c/build.sh PROJECT_DIR OUTPUT.wasm
#   sdk/c/build.sh --test PROJECT_DIR          compiles src and test with CC and CXX (cc, c++), and runs the test in PROJECT_DIR
#
# It compiles src/*.c, src/*.cpp and src/*.cc of the project. CFLAGS and CXXFLAGS are added to the compiler's flags.
#
# Nothing is installed in the system. The compiler, its C and its C++ library come from Debian's packages (clang 19, wasi-libc,
# libc++), unpacked once into ${SWITCHHOOK_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/switchhook}/c; or from a WASI SDK, if WASI_SDK_PATH
# leads to one. The component is made by wasm-component-ld, which every Rust toolchain of rustup brings along and which a
# WASI SDK has as well; WASM_COMPONENT_LD names another one. The WIT files are those of SWITCHHOOK_WIT, else wit/ beside this script.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
tools=${SWITCHHOOK_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/switchhook}/c
# The Debian packages are of this version of LLVM. The marker in the cache changes with it.
llvm=19
marker=$tools/complete-$llvm

say() {
    printf 'c: %s\n' "$*"
}

fail() {
    printf 'c: %s\n' "$*" >&2
    exit 1
}

[ $# -eq 2 ] || fail "usage: build.sh PROJECT_DIR OUTPUT.wasm, or build.sh --test PROJECT_DIR"

c_flags="-std=c11 -Wall -Wextra -Wno-unknown-warning-option -Wno-override-init -Wno-initializer-overrides -Wno-missing-field-initializers"
cpp_flags="-std=c++20 -Wall -Wextra -Wno-missing-field-initializers -fno-exceptions -fno-rtti"

# native_compile COMPILER FLAGS SOURCE
native_compile() {
    objects="$objects $work/$(echo "$3" | tr '/' '_').o"
    # shellcheck disable=SC2086 # lists of flags
    "$1" $2 -g -I "$here/switchhook" -c "$3" -o "$work/$(echo "$3" | tr '/' '_').o"
}

native_test() {
    cd "$1"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    objects=
    linker=${CC:-cc}
    for source in "$here"/switchhook/switchhook.c "$here"/switchhook/json.c "$here"/switchhook/vocabulary.c \
        "$here"/switchhook/switchhook_test.c "$here"/switchhook/switchhook_cases.c src/* test/*; do
        case $source in
        *.c) native_compile "${CC:-cc}" "$c_flags ${CFLAGS:-}" "$source" ;;
        *.cpp | *.cc)
            linker=${CXX:-c++}
            native_compile "$linker" "$cpp_flags ${CXXFLAGS:-}" "$source"
            ;;
        esac
    done
    # shellcheck disable=SC2086 # lists of files and flags
    "$linker" $objects ${LDFLAGS:-} -o "$work/test"
    "$work/test"
}

if [ "$1" = --test ]; then
    native_test "$2"
    exit
fi

project=$(CDPATH='' cd -- "$1" && pwd)
case $2 in /*) output=$2 ;; *) output=$PWD/$2 ;; esac

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

unpack_debian() {
    command -v apt-get >/dev/null 2>&1 || return 1
    say "unpacking Debian's clang $llvm, wasi-libc and libc++ into $tools (about 45 MB to download, once)"
    rm -rf "$tools"
    mkdir -p "$tools/packages"
    if [ "$(id -u)" = 0 ]; then
        apt-get update -qq || say "apt-get update failed; going on with the lists that are here"
    fi
    # The compiler alone, without the native development files that the package clang asks for.
    packages="clang-$llvm libclang-common-$llvm-dev libclang-rt-$llvm-dev-wasm32 libc++-$llvm-dev-wasm32 libc++abi-$llvm-dev-wasm32
        wasi-libc $(missing_packages "libclang-cpp$llvm" "libllvm$llvm")"
    # shellcheck disable=SC2086 # a list of names
    (cd "$tools/packages" && apt-get -qq -o APT::Sandbox::User=root download $packages) || return 1
    for package in "$tools"/packages/*.deb; do
        dpkg -x "$package" "$tools"
    done
    rm -rf "$tools/packages"
    : >"$marker"
}

find_compiler() {
    if [ -n "${WASI_SDK_PATH:-}" ]; then
        clang=$WASI_SDK_PATH/bin/clang
        sysroot=$WASI_SDK_PATH/share/wasi-sysroot
        include=$sysroot/include/wasm32-wasi
        lib=$sysroot/lib/wasm32-wasi
        builtins=$("$clang" --target=wasm32-wasi --print-libgcc-file-name)
        return
    fi
    [ -f "$marker" ] || unpack_debian || fail "cannot get clang $llvm from Debian's packages; set WASI_SDK_PATH to a WASI SDK"
    clang=$tools/usr/lib/llvm-$llvm/bin/clang
    include=$tools/usr/include/wasm32-wasi
    lib=$tools/usr/lib/wasm32-wasi
    builtins=$(echo "$tools/usr/lib/llvm-$llvm/lib/clang/$llvm/lib"/wasi*/libclang_rt.builtins*.a)
    LD_LIBRARY_PATH=$(find "$tools/usr/lib" -name 'lib*.so*' -exec dirname {} \; | sort -u | paste -sd: -)
}

# The tool that makes the component, and the linker that it calls.
find_linker() {
    linker=${WASM_COMPONENT_LD:-}
    linker_flags=
    if [ -z "$linker" ] && command -v rustc >/dev/null 2>&1; then
        rust=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin
        if [ -x "$rust/wasm-component-ld" ]; then
            linker=$rust/wasm-component-ld
            linker_flags="--wasm-ld-path $rust/gcc-ld/wasm-ld"
        fi
    fi
    [ -n "$linker" ] || linker=${WASI_SDK_PATH:+$WASI_SDK_PATH/bin/wasm-component-ld}
    [ -n "$linker" ] || linker=$(command -v wasm-component-ld) ||
        fail "no wasm-component-ld: it is part of Rust from rustup (https://rustup.rs) and of the WASI SDK"
}

# compile COMPILER OBJECT SOURCE FLAG…
compile() {
    compiler=$1 object=$2 source=$3
    shift 3
    LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-} "$compiler" --target=wasm32-wasi -O2 -ffunction-sections -fdata-sections "$@" \
        -isystem "$include" -I "$here/switchhook" -c "$source" -o "$object"
    objects="$objects $object"
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

find_compiler
find_linker
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

exports=
defines=
for interface in router gatekeeper observer; do
    name=$(printf '%s' "$interface" | tr '[:lower:]' '[:upper:]')
    if grep -Eqs "^[[:space:]]*SWITCHHOOK_$name[[:space:]]*\(" "$project"/src/*.c "$project"/src/*.cpp "$project"/src/*.cc; then
        exports="$exports $interface"
        defines="$defines -DSWITCHHOOK_EXPORT_$name"
    fi
done
[ -n "$exports" ] || fail "$project/src has no line with SWITCHHOOK_ROUTER(…), SWITCHHOOK_GATEKEEPER(…) or SWITCHHOOK_OBSERVER(…)"

say "compiling $project/src"
objects=
libraries=
for source in "$here"/switchhook/switchhook.c "$here"/switchhook/json.c "$here"/switchhook/component.c; do
    # shellcheck disable=SC2086 # a list of definitions
    compile "$clang" "$work/sdk-$(basename "$source").o" "$source" -std=c11 -Wall -Wextra $defines
done
for source in "$project"/src/*; do
    case $source in
    *.c)
        # shellcheck disable=SC2086 # lists of flags
        compile "$clang" "$work/$(basename "$source").o" "$source" $c_flags ${CFLAGS:-}
        ;;
    *.cpp | *.cc)
        # shellcheck disable=SC2086 # lists of flags
        compile "$clang++" "$work/$(basename "$source").o" "$source" $cpp_flags -isystem "$include/c++/v1" ${CXXFLAGS:-}
        libraries="-lc++ -lc++abi"
        ;;
    esac
done

say "linking"
write_world
mkdir -p "$(dirname "$output")"
# shellcheck disable=SC2086 # lists of files and flags
"$linker" $linker_flags --component-type "$work/wit" --entry _initialize --gc-sections --strip-all \
    -o "$work/plugin.wasm" "$lib/crt1-reactor.o" $objects -L "$lib" $libraries -lc "$builtins"
# A rename is atomic: a switch that watches the file never sees half of it.
cp "$work/plugin.wasm" "$output.new"
mv "$output.new" "$output"
say "$output, $(wc -c <"$output" | tr -d ' ') bytes, exports:$exports"
