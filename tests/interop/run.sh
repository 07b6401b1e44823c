#!/usr/bin/env bash
# Calls the real daemon with SIPp: many calls over UDP and TCP, with loss, to plugins that misbehave, and while a plugin
# is replaced. Prints a table and fails if one call does.
#
#   tests/interop/run.sh [CASE ...]     cases: udp tcp loss guests swap; all of them by default
#   CALLS=10000 RATE=400 tests/interop/run.sh     how many calls a case has (1,000), how many a second (200)
#   SWITCHHOOK=target/debug/switchhook            another build of the daemon; switchhook-guests lies beside it
set -euo pipefail
cd "$(dirname "$0")/../.."

switchhook=${SWITCHHOOK:-target/release/switchhook}
guests_writer=$(dirname "$switchhook")/switchhook-guests
calls=${CALLS:-1000}
rate=${RATE:-200}
folder=$(mktemp -d)
here=$PWD/tests/interop
daemon= ; children=() ; failures=0 ; passed=0

cleanup() {
    for child in "${children[@]}" $daemon; do kill "$child" 2>/dev/null || true; done
    wait 2>/dev/null || true
    [ "$failures" -eq 0 ] && rm -rf "$folder" || echo "logs are kept in $folder"
}
trap cleanup EXIT

start_switch() {
    "$guests_writer" "$folder/guests"
    cp target/plugins/table.wasm "$folder/table.wasm"
    sed "s|INTEROP_FOLDER|$folder|; s|INTEROP_PLUGINS|$folder/guests|" "$here/switchhook.toml" >"$folder/switchhook.toml"
    "$switchhook" serve --config "$folder/switchhook.toml" >"$folder/daemon.log" 2>&1 &
    daemon=$!
    for _ in $(seq 100); do
        "$switchhook" plugin list --config "$folder/switchhook.toml" >/dev/null 2>&1 && return
        kill -0 "$daemon" 2>/dev/null || break
        sleep 0.1
    done
    echo "the daemon did not start:"; cat "$folder/daemon.log"; failures=1; exit 1
}

# callee PORT TRANSPORT LOSS: a SIPp that answers, its process in $answering.
callee() {
    sipp -sf "$here/sipp/callee.xml" -i 127.0.0.1 -p "$1" -t "$2" -lost "$3" -nostdin -max_retrans 10 \
        -trace_err -error_file "$folder/callee-$1.err" >/dev/null 2>&1 &
    answering=$!
    children+=("$answering")
    sleep 0.3
}

# offer NUMBER TRANSPORT LOSS CALLS RATE PORT: a SIPp that calls; its closing figures go to stdout as "ok failed retransmitted".
offer() {
    sipp -sf "$here/sipp/caller.xml" -s "$1" -i 127.0.0.1 -p "$6" -t "$2" -lost "$3" -m "$4" -r "$5" -l 2000 -d 20 \
        -nostdin -max_retrans 10 -trace_err -error_file "$folder/caller-$1-$3.err" -trace_stat -stf "$folder/stat-$6.csv" -fd 3600 \
        127.0.0.1:5260 >/dev/null 2>&1 || true
    awk -F';' 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
        END { print $column["SuccessfulCall(C)"], $column["FailedCall(C)"], $column["Retransmissions(C)"] }' "$folder/stat-$6.csv"
    rm -f "$folder/stat-$6.csv"
}

judge() { # NAME WANTED OK FAILED REMARK
    local verdict=ok
    if [ "$3" -ne "$2" ] || [ "$4" -ne 0 ]; then verdict=FAILED; failures=$((failures + 1)); else passed=$((passed + 1)); fi
    printf '%-28s %7d calls  %7d ok  %5d failed  %-30s %s\n' "$1" "$2" "$3" "$4" "$5" "$verdict"
}

# The records of the calls to a number. A call whose last messages were lost is recorded only half a minute later, so
# what counts is the number and not the place in the file.
records() { grep -F "\"callee\":\"$1\",\"origin\"" "$folder/calls.jsonl" || true; }

wait_for_records() { # NUMBER COUNT
    for _ in $(seq 200); do [ "$(records "$1" | wc -l)" -ge "$2" ] && return; sleep 0.1; done
}

plain() { # NAME NUMBER TRANSPORT LOSS
    callee 5281 "$3" "$4"
    read -r ok failed repeated < <(offer "$2" "$3" "$4" "$calls" "$rate" 5271)
    kill "$answering"; wait "$answering" 2>/dev/null || true
    judge "$1" "$calls" "$ok" "$failed" "$repeated repeated by the caller"
}

guests() {
    callee 5282 u1 0; local fallback=$answering
    callee 5281 u1 0; local good=$answering
    for guest in spin hog trap lie; do
        # A plugin that uses up its 20 ms of CPU each time leaves room for so many calls a second on a small machine.
        offer "$guest" u1 0 "$calls" "${GUEST_RATE:-25}" 5272 >"$folder/guest.out" &
        local misled=$!
        read -r ok failed _ < <(offer udp u1 0 "$calls" "${GUEST_RATE:-25}" 5271)
        wait "$misled"
        judge "beside plugin $guest" "$calls" "$ok" "$failed" "decided by table"
        read -r ok failed _ <"$folder/guest.out"
        wait_for_records "$guest" "$calls"
        local rescued; rescued=$(records "$guest" | grep -c '"source":"default-destination"' || true)
        [ "$rescued" -eq "$calls" ] || failed=$((failed + 1))
        judge "plugin $guest" "$calls" "$ok" "$failed" "$rescued by default destination"
    done
    kill "$fallback" "$good"; wait "$fallback" "$good" 2>/dev/null || true
}

# Two components that decide alike and differ in a custom section, so that their versions differ.
swap() {
    local swaps=0
    cp target/plugins/table.wasm "$folder/one.wasm"
    { cat "$folder/one.wasm"; printf '\000\005\003twoX'; } >"$folder/two.wasm"
    callee 5281 u1 0
    offer swap u1 0 $((2 * calls)) "$rate" 5271 >"$folder/swap.out" &
    local offering=$!
    while kill -0 "$offering" 2>/dev/null; do
        for version in two one; do
            cp "$folder/$version.wasm" "$folder/next.wasm"; mv "$folder/next.wasm" "$folder/table.wasm"
            swaps=$((swaps + 1)); sleep 0.1
        done
    done
    kill "$answering"; wait "$answering" 2>/dev/null || true
    read -r ok failed _ <"$folder/swap.out"
    wait_for_records swap $((2 * calls))
    records swap >"$folder/swap.jsonl"
    # Each record names one decision with one stage; versions counts the different ones.
    local one_version versions
    one_version=$(grep -c '^[^]]*"decisions":\[{[^]]*"stages":\[{"plugin":"table","version":"[0-9a-f]*","phase":"route","outcome":"script"[^{]*}\]' "$folder/swap.jsonl" || true)
    versions=$(grep -o '"version":"[0-9a-f]*"' "$folder/swap.jsonl" | sort | uniq -c | awk '{print $1}' | paste -sd/)
    [ "$one_version" -eq $((2 * calls)) ] || failed=$((failed + 1))
    case "$versions" in */*) ;; *) failed=$((failed + 1)) ;; esac
    judge "swap every 100 ms" $((2 * calls)) "$ok" "$failed" "$swaps swaps, calls by version $versions"
}

start_switch
for case in "${@:-all}"; do
    case $case in
        udp) plain "UDP" udp u1 0 ;;
        tcp) plain "TCP" tcp t1 0 ;;
        loss) plain "UDP, 10 % lost" udp u1 10 ;;
        guests) guests ;;
        swap) swap ;;
        all) plain "UDP" udp u1 0; plain "TCP" tcp t1 0; plain "UDP, 10 % lost" udp u1 10; guests; swap ;;
        *) echo "no such case: $case"; exit 2 ;;
    esac
done
kill -0 "$daemon" 2>/dev/null || { echo "the daemon is gone:"; tail -20 "$folder/daemon.log"; failures=$((failures + 1)); }
echo "interop: $passed passed, $failures failed"
exit "$failures"
