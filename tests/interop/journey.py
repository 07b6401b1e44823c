#!/usr/bin/env python3
"""The way of a plugin in every language, timed: new, build, test, run, a switch that serves with it, a call, a new version put in its
place, another call. Then the shared table of calls, decided by the example of every language.

    tests/interop/journey.py [rust|js|ts|python|c|cpp|go …]        SWITCHHOOK as for run.sh
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from switch import BINARY, ROOT, Failed, Switch, main

LANGUAGES = sys.argv[1:] or ["rust", "js", "ts", "python", "c", "cpp", "go"]
CALLER, CLIENT = 5371, 5384
EXAMPLES = {"rust": "rust/example", "ts": "js/example", "python": "python/example", "c": "c/example", "cpp": "c/example-cpp", "go": "go/example"}


def timed(command, folder):
    """Runs a command; its output, and how long it took."""
    begun = time.monotonic()
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begun
    if done.returncode != 0:
        raise Failed(f"{' '.join(str(part) for part in command)}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout + done.stderr, seconds


def journey(language, folder, results):
    """One language."""
    name = f"desk-{language}"
    project = folder / name
    _, new = timed([BINARY, "plugin", "new", name, "--lang", language], folder)
    _, build = timed([BINARY, "plugin", "build"], project)
    tested, test = timed([BINARY, "plugin", "test"], project)
    passed = re.search(r"(\d+) passed", tested)
    _, run = timed([BINARY, "plugin", "run", "cases.json"], project)
    component = project / "build" / f"{name}.wasm"
    switch = Switch(
        f"""
[plugins.{name}]
file = "{component}"
settings_file = "{project}/settings.json"
budget = {{ cpu_ms = 200, wall_ms = 3000 }}
[domains."127.0.0.1"]
default_destination = [{{ respond = {{ status = 480 }} }}]
clients = [{{ username = "alice", password = "secret" }}]
[[domains."127.0.0.1".trunks]]
name = "sipp"
sources = ["127.0.0.0/8"]
dialplan = "all"
[domains."127.0.0.1".dialplans.default]
"*" = "{name}"
[domains."127.0.0.1".dialplans.all]
"*" = "{name}"
"""
    )
    users = switch.folder / "users.csv"
    users.write_text(f"SEQUENTIAL\nalice;[authentication username=alice password=secret];{CLIENT}\n")
    switch.call("-", CLIENT, 1, 1, "register.xml", ["-inf", users])
    callee = switch.callee(CLIENT)
    first, _, _ = switch.call("100", CALLER, 5, 10)
    begun = time.monotonic()
    new_version = component.with_suffix(".next")
    # The same code under another version: a custom section more.
    new_version.write_bytes(component.read_bytes() + b"\x00\x05\x03twoX")
    new_version.replace(component)
    switch.command("plugin", "reload", name, capture=True)
    deploy = time.monotonic() - begun
    second, _, _ = switch.call("100", CALLER, 5, 10)
    records = switch.wait_for_records("100", 10)
    versions = {decision["stages"][0]["version"] for record in records for decision in record["decisions"]}
    switch.stop(callee)
    good = passed and first == second == 5 and len(versions) == 2
    times = f"new {new:5.2f} s  build {build:6.2f}  test {test:6.2f}  run {run:5.2f}  deploy {deploy:5.2f}"
    results.append((language, good, f"{times}  {passed and passed[1]} cases, {first}+{second} calls, {len(versions)} versions"))
    return switch


def scenario():
    """All languages, each with a switch of its own; the table is the last one's."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="switchhook-journey-"))
    results, switch = [], None
    for language in LANGUAGES:
        if switch:
            switch.end()
        switch = journey(language, folder, results)
    for language, good, remark in results:
        switch.judge(language, good, remark)
    for language in LANGUAGES:
        example = EXAMPLES.get(language)
        if example:
            output, _ = timed([BINARY, "plugin", "test"], ROOT / "sdk" / example)
            line = next((line for line in reversed(output.splitlines()) if "passed" in line), output[-200:])
            switch.judge(f"{language}: the shared table of calls", "48 passed" in line and "failed" not in line, line)
    shutil.rmtree(folder, ignore_errors=True)
    return switch


if __name__ == "__main__":
    main("journey", scenario)
