#!/bin/sh
# Tests the SDK for Go natively: the package, the parrot (every structure of the contract), the example and the template. And that
# contract.go is what the WIT files say.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
python3 "$here/bindings/generate.py" --check "${SWITCHHOOK_WIT:-$here/../../wit}" "$here/switchhook"

project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
cp -r "$here/template/." "$project"
mkdir "$project/sdk"
cp -r "$here/build.sh" "$here/switchhook" "$project/sdk/"
sed -i 's/{{name}}/front-desk/g' "$project/go.mod" "$project/plugin.go"

for folder in "$here/switchhook" "$here/tests/parrot" "$here/example" "$project"; do
    (cd "$folder" && sh "$here/build.sh" --go vet ./... && sh "$here/build.sh" --go test ./...)
done
