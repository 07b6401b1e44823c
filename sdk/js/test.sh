#!/bin/sh
# Tests the SDK: the package, the example, and projects made of both templates as `switchhook plugin new` makes them.
# The example and the projects are also built as components.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sh "$here/build.sh" --test "$here/tests"
sh "$here/build.sh" --test "$here/example"
sh "$here/build.sh" "$here/example" build/reception.wasm

for template in template template-ts; do
    project=$work/$template
    cp -R "$here/$template" "$project"
    mkdir "$project/sdk"
    cp -R "$here/build.sh" "$here/switchhook" "$project/sdk/"
    cp -R "${SWITCHHOOK_WIT:-$here/../../wit}" "$project/sdk/wit"
    find "$project" -path "$project/sdk" -prune -o -type f -print | while read -r file; do
        sed 's/{{name}}/desk/g' "$file" >"$work/file"
        cat "$work/file" >"$file"
    done
    (cd "$project" && sh sdk/build.sh --test . && sh sdk/build.sh . build/desk.wasm)
done
