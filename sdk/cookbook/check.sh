#!/bin/sh
# Checks every recipe: its configuration is valid, and its calls go where it says. Needs the shipped plugins (plugins/build.sh).
#
#   sdk/cookbook/check.sh [RECIPE …]      SWITCHHOOK names the program
set -eu
cd "$(dirname -- "$0")"
switchhook=${SWITCHHOOK:-../../target/release/switchhook}
failed=0
for recipe in "${@:-}"; do
    [ -n "$recipe" ] || { set -- */; break; }
done
for recipe; do
    recipe=${recipe%/}
    if "$switchhook" check --config "$recipe/switchhook.toml" && "$switchhook" simulate --config "$recipe/switchhook.toml" --cases "$recipe/calls.json"; then
        echo "cookbook: $recipe ok"
    else
        echo "cookbook: $recipe FAILED"
        failed=$((failed + 1))
    fi
done
echo "cookbook: $failed failed"
exit "$failed"
