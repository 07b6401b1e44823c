#!/bin/sh
# Builds every plugin here as a WebAssembly component into target/plugins, with the schemas of their settings beside them.
# The work is done by sdk/rust/build.sh, which says what it needs and how it gets it.
#
#   plugins/build.sh                everything
#   plugins/build.sh DIR…           these crates or workspaces instead, such as a plugin of your own
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# One directory for all plugins, so that what they share is compiled once.
CARGO_TARGET_DIR=$root/target/plugins-build
export CARGO_TARGET_DIR

[ $# -gt 0 ] || set -- "$root/plugins"
for workspace in "$@"; do
    sh "$root/sdk/rust/build.sh" "$workspace" "$root/target/plugins/"
done
