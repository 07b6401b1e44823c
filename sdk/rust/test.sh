#!/bin/sh
# Tests the SDK, the example and the template: native unit tests, then both as components.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/target}
export CARGO_TARGET_DIR
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() {
    printf 'sdk/rust: %s\n' "$*"
}

say "unit tests of the SDK"
(cd "$here" && cargo test --quiet)
say "the example, natively and as a component"
(cd "$here/example" && cargo test --quiet && sh ../build.sh . "$scratch/reception.wasm")

# What `switchhook plugin new` writes.
say "a project of the template, natively and as a component"
project=$scratch/first
mkdir -p "$project/sdk/crates/switchhook-sdk" "$project/sdk/host/routing"
cp -R "$here/template/." "$project/"
cp "$here/build.sh" "$project/sdk/"
cp "$here/workspace.toml" "$project/sdk/Cargo.toml"
cp -R "$here/Cargo.toml" "$here/README.md" "$here/src" "$project/sdk/crates/switchhook-sdk/"
cp -R "$here/../../host/routing/Cargo.toml" "$here/../../host/routing/src" "$project/sdk/host/routing/"
cp -R "$here/../../wit" "$project/sdk/"
find "$project" -type f ! -path "$project/sdk/*" -exec sed -i 's/{{name}}/first/g' {} +
(cd "$project" && cargo test --quiet && sh sdk/build.sh . build/first.wasm)
say "all passed"
