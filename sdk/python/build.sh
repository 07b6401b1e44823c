#!/bin/sh
# Builds a Python plugin as a WebAssembly component, or runs its tests. The tools (componentize-py; about 45 MB) are installed
# once, with pip, into a cache; after that nothing needs the network.
#
#   build.sh PROJECT_DIR OUTPUT.wasm    the component; OUTPUT.wasm is relative to PROJECT_DIR
#   build.sh --test PROJECT_DIR         the tests in src/test_*.py, with unittest
#
# SWITCHHOOK_TOOLS is the folder for the tools of all languages, SWITCHHOOK_WIT the contract's WIT.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache=${SWITCHHOOK_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/switchhook}/python

say() {
    printf 'python: %s\n' "$*"
}

fail() {
    printf 'python: %s\n' "$*" >&2
    exit 1
}

if [ "${1-}" = --test ] && [ $# -eq 2 ]; then
    mode=test project=$2
elif [ $# -eq 2 ]; then
    mode=build project=$1 output=$2
else
    fail "usage: build.sh PROJECT_DIR OUTPUT.wasm | build.sh --test PROJECT_DIR"
fi
[ -d "$project" ] || fail "$project is no folder"

command -v python3 >/dev/null 2>&1 || fail "python3 is missing; install Python 3.11 or later (https://www.python.org)"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "this Python is too old ($(python3 --version)); 3.11 or later is needed"

wit=${SWITCHHOOK_WIT:-$here/wit}
[ -d "$wit" ] || wit=$here/../../wit
[ -f "$wit/world.wit" ] || fail "no WIT in $wit; set SWITCHHOOK_WIT"

# Installs what a list of requirements names into a folder of the cache, unless it is there; the folder is left in `installed`.
install() {
    installed=$cache/$(cksum <"$1" | tr ' ' '-')
    [ ! -f "$installed/complete" ] || return 0
    python3 -m pip --version >/dev/null 2>&1 || fail "pip is missing; install it (Debian: apt install python3-pip)"
    say "installing $2 into $installed (once)"
    rm -rf "$installed"
    mkdir -p "$installed"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target "$installed" --requirement "$1" ||
        fail "pip could not install $2"
    : >"$installed/complete"
}

install "$here/switchhook/tools/requirements.txt" "componentize-py and the time zones"
tools=$installed
# What the plugin itself needs: pure Python only.
dependencies=
if [ -f "$project/requirements.txt" ]; then
    install "$project/requirements.txt" "what requirements.txt names"
    dependencies=$installed
fi

# No .pyc files among the sources.
export PYTHONDONTWRITEBYTECODE=1
if [ "$mode" = test ]; then
    cd "$project"
    PYTHONPATH=src:$here:$dependencies:$tools exec python3 -m unittest discover --start-directory src
fi
PYTHONPATH=$tools exec python3 "$here/switchhook/tools/build.py" "$project" "$wit" "$output" ${dependencies:+"$dependencies"}
