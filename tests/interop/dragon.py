#!/usr/bin/env python3
"""An application of Dragon PBX behind the switch: its configuration is imported, it lets clients register, says where calls go, is
told what happens, is killed under load and comes back. Nobody's call is lost.

    tests/interop/dragon.py          SWITCHHOOK, CALLS (per case) and RATE as for run.sh
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from switch import BINARY, PLUGINS, Failed, Switch, main, refused

HERE = pathlib.Path(__file__).resolve().parent / "dragon"
CALLS = int(os.environ.get("CALLS", "500"))
RATE = int(os.environ.get("RATE", "50"))
APPLICATION = 8190
CALLER, CALLEE, DEFAULT = 5371, 5381, 5382
# What an announcement cannot do yet, and the names of the events, in the order of the contract.
STATUS_OF_MAIN = ["connect:start", "connect:trying", "connect:answered", "connect:hangup", "connect:complete"]


def imported():
    """The Dragon configuration as ours."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "imported.toml"
        done = subprocess.run([BINARY, "import", "dragon", HERE / "configuration.json", "--out", out], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"import dragon: {done.stdout}{done.stderr}")
        return out.read_text()


class Application:
    """The application's process and what it was asked."""

    def __init__(self, switch):
        self.switch = switch
        self.log = switch.folder / "application.jsonl"
        self.process = None
        self.run()

    def run(self):
        """Starts it, as its operator would."""
        self.process = self.switch.start([sys.executable, HERE / "application.py", APPLICATION, self.log])
        time.sleep(0.5)

    def kill(self):
        """Kills it in the middle of whatever it does."""
        self.switch.stop(self.process)

    def asked(self, hook):
        """The requests of one hook so far."""
        if not self.log.exists():
            return []
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.endswith("}")]
        return [line for line in lines if line["hook"] == hook]


def users(folder, name, password, port):
    """A file for SIPp: one client."""
    path = folder / f"{name}-{port}.csv"
    path.write_text(f"SEQUENTIAL\n{name};[authentication username={name} password={password}];{port}\n")
    return path


def register(switch, name, password, port, scenario="register.xml"):
    """Registers a client from a port; how many did."""
    return switch.call("-", port, 1, 1, scenario, ["-inf", users(switch.folder, name, password, port)])


def calls(switch, number, count, rate):
    """Client 1001 calls."""
    return switch.call(number, CALLER, count, rate, "client.xml", ["-inf", users(switch.folder, "1001", "secret-1", CALLER)])


def scenario():
    """The whole of it."""
    text = imported().replace("plugins/webhook.wasm", str(PLUGINS / "webhook.wasm"))
    text = configured(text)
    switch = Switch(text)
    application = Application(switch)

    ok, _, _ = register(switch, "1002", "secret-2", CALLEE)
    switch.judge("RegHook: a client registers", ok == 1, f"{len(application.asked('/register'))} questions")
    wrong = (pathlib.Path(__file__).parent / "sipp/register.xml").read_text().replace('<recv response="200"/>', '<recv response="403"/>')
    ok, _, _ = register(switch, "1003", "wrong", 5391, wrong)
    switch.judge("RegHook: a wrong password is refused", ok == 1, "403")
    ok, _, _ = register(switch, "1001", "secret-1", CALLER)
    switch.judge("RegHook: the caller registers, with its dialplan", ok == 1, "")
    callee, default = switch.callee(CALLEE), switch.callee(DEFAULT)

    ok, failed, _ = calls(switch, "1002", CALLS, RATE)
    asked = len(application.asked("/call"))
    switch.judge("CallHook: calls go where it says", (ok, failed) == (CALLS, 0) and asked == CALLS, f"{ok} ok, {failed} failed, {asked} questions")
    check_statuses(switch, application)

    ok, _, _ = calls(switch, "second", 1, 1)
    counts = [line["request"]["count"] for line in application.asked("/call") if line["request"]["to"] == "second"]
    switch.judge("CallHook: asked again with count 1", ok == 1 and counts == [0, 1], f"counts {counts}")
    ok, _, _ = calls(switch, "busy", 1, 1)
    switch.judge("CallHook: the verb after a failed connect follows", ok == 1, "announce (not available), connect, pause, connect")
    ok, _, _ = calls(switch, "quiet", 1, 1)
    time.sleep(1)
    quiet = [line["request"]["callId"] for line in application.asked("/call") if line["request"]["to"] == "quiet"]
    heard = [line["request"]["event"] for line in application.asked("/status") if line["request"]["callId"] in quiet]
    switch.judge("StatusHook: statusLabel false suppresses", ok == len(quiet) == 1 and not [e for e in heard if e.startswith("connect")], f"{heard}")
    declined = refused(603).replace('"SIPp" <sip:sipp@', "<sip:[field0]@").replace("sip:sipp@[local_ip]", "sip:[field0]@[local_ip]")
    ok, _, _ = switch.call("603", CALLER, 1, 1, declined, ["-inf", users(switch.folder, "1001", "secret-1", CALLER)])
    switch.judge("CallHook: response 603", ok == 1, "")
    for number in ("500", "nonsense"):
        ok, _, _ = calls(switch, number, 1, 1)
        records = switch.wait_for_records(number, 1)
        source = records[0]["decisions"][-1]["source"] if records else "no record"
        switch.judge(f"CallHook answers {number}: the default destination", ok == 1 and source == "default-destination", source)

    killed(switch, application)
    switch.stop(callee)
    switch.stop(default)
    return switch


def configured(text):
    """The default destination, which Dragon PBX does not have, and a short patience for a breaker that tests can wait for."""
    marker = '[domains."127.0.0.1"]\n'
    if marker not in text:
        raise Failed(f"the imported configuration has no {marker.strip()}:\n{text}")
    lines = [line for line in text.splitlines() if not line.startswith("default_destination")]
    return "\n".join(lines).replace(marker.strip(), f'{marker}default_destination = ["sip:default@127.0.0.1:{DEFAULT}"]', 1) + "\n"


def check_statuses(switch, application):
    """The events of one call come in order, and all calls have all of them."""
    wanted = CALLS * len(STATUS_OF_MAIN)
    for _ in range(100):
        events = [line["request"] for line in application.asked("/status") if line["request"].get("label") == "main"]
        if len(events) >= wanted:
            break
        time.sleep(0.1)
    per_call = {}
    for event in events:
        per_call.setdefault(event["callId"], []).append(event["event"])
    right = sum(names == STATUS_OF_MAIN for names in per_call.values())
    example = next((names for names in per_call.values() if names != STATUS_OF_MAIN), "")
    switch.judge("StatusHook: every event, in order", right == CALLS, f"{right} of {len(per_call)} calls {example}")


def killed(switch, application):
    """Killed under load, and started again; then it is used again."""
    count = RATE * 20
    child = switch.begin("1002", CALLER, count, RATE, "client.xml", ["-inf", users(switch.folder, "1001", "secret-1", CALLER)])
    before = len(switch.records("1002"))
    time.sleep(5)
    application.kill()
    time.sleep(6)
    application.run()
    ok, failed, _ = switch.wait(child)
    records = switch.wait_for_records("1002", before + count)[before:]
    sources = [record["decisions"][-1]["source"] for record in records]
    fallen = sources.count("default-destination")
    last = sources[-RATE:].count("plugin")
    remark = f"{ok} ok, {failed} failed; {fallen} by default destination; {last} of the last {RATE} by the application"
    switch.judge("killed for 6 s under load: no call lost, used again", ok == count and failed == 0 and fallen > 0 and last == RATE, remark)


if __name__ == "__main__":
    main("dragon", scenario)
