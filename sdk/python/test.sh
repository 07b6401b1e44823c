#!/bin/sh
# Tests the SDK: the package, the example, and a project made of the template as `switchhook plugin new` makes it. The example is
# also built as a component.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/package"
cp -R "$here/tests" "$work/package/src"
sh "$here/build.sh" --test "$work/package"
sh "$here/build.sh" --test "$here/example"
sh "$here/build.sh" "$here/example" build/reception.wasm

project=$work/desk
cp -R "$here/template" "$project"
mkdir "$project/sdk"
cp -R "$here/build.sh" "$here/switchhook" "$project/sdk/"
cp -R "${SWITCHHOOK_WIT:-$here/../../wit}" "$project/sdk/wit"
find "$project" -path "$project/sdk" -prune -o -type f -print | while read -r file; do
    sed 's/{{name}}/desk/g' "$file" >"$work/file"
    cat "$work/file" >"$file"
done
(cd "$project" && sh sdk/build.sh --test . && sh sdk/build.sh . build/desk.wasm)
