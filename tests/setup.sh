#!/usr/bin/env bash
# Installs what the tests need beyond Rust: the Wasm target is plugins/build.sh's business, SIPp and the rest are
# Debian's packages. Says in one line what is missing where it cannot install. Usage: tests/setup.sh [package ...]
set -eu

packages=("${@:-sip-tester}")
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        echo "missing: ${missing[*]} (run as root: apt-get install ${missing[*]})" >&2
        exit 1
    fi
fi
echo "installing ${missing[*]} (Debian packages)"
install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
install 2>/dev/null || { "${as_root[@]}" apt-get update -qq && install; }
