#!/usr/bin/env python3
"""Calls through a chain of four plugins in four languages: the example `reception` as its SDKs build it. Three leave the decision to
the next, the last one decides. Shows what each stage took.

    tests/interop/chain.py           RATE=500 SECONDS=60
    LANGUAGES=python,js,go,rust      the chain; the components are those of `make languages`
"""

import json
import os

from switch import ROOT, Switch, main

RATE = int(os.environ.get("RATE", "500"))
SECONDS = int(os.environ.get("SECONDS", "60"))
LANGUAGES = os.environ.get("LANGUAGES", "python,js,go,rust").split(",")
CALLER, CALLEE = 5371, 5381
# The runtimes that take long to start are kept; the others start afresh for each call.
WARM = {"python", "js", "ts", "go"}


def configuration():
    """Four times the same plugin; only the last knows the number."""
    text = ""
    for index, language in enumerate(LANGUAGES):
        last = index + 1 == len(LANGUAGES)
        numbers = {"100": {"client": "nobody", "mobile": "100"}} if last else {"200": {"client": "nobody"}}
        settings = {"numbers": numbers, "outside": {"trunk": "callee", "prefix": "9", "caller_id": "100"}}
        pool = "pool = { size = 8, uses = 10000 }\n" if language in WARM else ""
        text += f"""
[plugins.{language}]
file = "{ROOT}/target/languages/{language}.wasm"
settings_file = "{language}.json"
{pool}"""
        yield f"{language}.json", json.dumps(settings)
    chain = ", ".join(f'"{language}"' for language in LANGUAGES)
    text += f"""
[domains."127.0.0.1"]
default_destination = [{{ respond = {{ status = 480 }} }}]
[[domains."127.0.0.1".trunks]]
name = "sipp"
sources = ["127.0.0.0/8"]
dialplan = "all"
[[domains."127.0.0.1".trunks]]
name = "callee"
sources = ["192.0.2.1/32"]
dialplan = "all"
outbound = {{ host = "127.0.0.1", port = {CALLEE} }}
[domains."127.0.0.1".dialplans.all]
"*" = {{ chain = [{chain}] }}
"""
    yield "", text


def scenario():
    """A minute of calls, and what their records say."""
    parts = list(configuration())
    switch = Switch(parts[-1][1], parts[:-1])
    callee = switch.callee(CALLEE)
    switch.call("100", CALLER, 20, 20)
    count = RATE * SECONDS
    ok, failed, repeated = switch.call("100", CALLER, count, RATE)
    switch.judge(f"{RATE} calls/s for {SECONDS} s through {' → '.join(LANGUAGES)}", (ok, failed) == (count, 0), f"{ok} ok, {failed} failed, {repeated} repeated")
    records = switch.wait_for_records("100", count + 20)[20:]
    decided = [record["decisions"][0] for record in records]
    whole = sum([stage["plugin"] for stage in decision["stages"]] == LANGUAGES for decision in decided)
    switch.judge("each was decided by the last of the four", whole == count, f"{whole} of {len(records)}")
    for index, language in enumerate(LANGUAGES):
        times = sorted(decision["stages"][index]["nanoseconds"] / 1e3 for decision in decided if len(decision["stages"]) > index)
        if times:
            middle, late = times[len(times) // 2], times[len(times) * 99 // 100]
            print(f"  stage {index + 1} {language:<8} p50 {middle:8.1f} µs   p99 {late:8.1f} µs   mean {sum(times) / len(times):8.1f} µs")
    total = sorted(sum(stage["nanoseconds"] for stage in decision["stages"]) / 1e3 for decision in decided)
    print(f"  the chain        p50 {total[len(total) // 2]:8.1f} µs   p99 {total[len(total) * 99 // 100]:8.1f} µs")
    switch.command("plugin", "list")
    switch.stop(callee)
    return switch


if __name__ == "__main__":
    main("chain", scenario)
