#!/usr/bin/env bash
# Two real softphones (baresip) and the built-in phone register at the real daemon and talk through it: the audio that
# arrives is compared with what was sent, sample for sample. Prints a table and fails if one case does.
#
#   tests/interop/softphones.sh [CASE ...]     parts of the cases' names; all of them by default
#   SWITCHHOOK=target/debug/switchhook tests/interop/softphones.sh     another binary than the release build
set -euo pipefail
cd "$(dirname "$0")/../.."

switchhook=${SWITCHHOOK:-target/release/switchhook}
table=target/plugins/table.wasm
for file in "$switchhook" "$table"; do
    [ -f "$file" ] || { echo "missing: $file (run make release)" >&2; exit 1; }
done
needed=()
[ -x "$(command -v baresip)" ] || needed+=(baresip-core)
[ -x "$(command -v python3)" ] || needed+=(python3)
[ "${#needed[@]}" -eq 0 ] || tests/setup.sh "${needed[@]}"

export PYTHONDONTWRITEBYTECODE=1
exec python3 tests/interop/softphones/cases.py "$(realpath "$switchhook")" "$table" "$@"
