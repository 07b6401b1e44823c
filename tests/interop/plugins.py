#!/usr/bin/env python3
"""Every shipped plugin routes calls that SIPp makes, and its failure paths do too: where each call went is read in its record.

    tests/interop/plugins.py [PLUGIN …]         SWITCHHOOK and CALLS (for each number, 20) as for run.sh
"""

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from switch import PLUGINS, Switch, busy, main, refused

CALLS = int(os.environ.get("CALLS", "20"))
CALLER, GOOD, DEFAULT, BUSY, CLIENT, HTTP = 5371, 5381, 5382, 5383, 5384, 8191
GRANT = f'grants = {{ http = ["127.0.0.1:{HTTP}", "127.0.0.1:9"] }}'


def ring(port, **more):
    """A connect to a SIPp."""
    return {"connect": {"targets": [{"endpoint": {"uri": f"sip:a@127.0.0.1:{port}"}}], **more}}


def uri(port):
    """A target."""
    return {"endpoint": {"uri": f"sip:a@127.0.0.1:{port}"}}


ALWAYS, NEVER = {"week": {"mon-sun": "00:00-24:00"}}, {"week": {}}
DEAD = "http://127.0.0.1:9/"
SERVER = f"http://127.0.0.1:{HTTP}/"

# The settings of each plugin, and what each number leads to: the status the caller sees, the destination that answered last
# (None: nobody was called), and where the script came from.
PLUGIN, FALLEN = "plugin", "default-destination"
CASES = {
    "table": (
        {"routes": {"t-good": [ring(GOOD)], "t-second": [ring(BUSY), ring(GOOD)], "t-404": [{"respond": {"status": 404}}], "t-busy": [ring(BUSY)]}},
        [("t-good", 200, GOOD, PLUGIN), ("t-second", 200, GOOD, PLUGIN), ("t-404", 404, None, PLUGIN), ("t-busy", 200, DEFAULT, FALLEN)],
    ),
    "webhook": (
        {"url": SERVER + "call", "timeout_ms": 500, "breaker": {"failures": 0}},
        [("w-good", 200, GOOD, PLUGIN), ("w-500", 200, DEFAULT, FALLEN), ("w-html", 200, DEFAULT, FALLEN), ("w-slow", 200, DEFAULT, FALLEN)],
    ),
    "menu": (
        {
            "numbers": {"m-fallback": "a", "m-plugin": "b", "m-nothing": "c"},
            "menus": {
                "a": {"prompts": [{"file": "a.wav"}], "options": {"1": {"plugin": "table"}}, "fallback": [ring(GOOD)]},
                "b": {"prompts": [{"file": "b.wav"}], "options": {"1": {"plugin": "table"}}, "fallback": {"redial": "t-good"}},
                "c": {"prompts": [{"file": "c.wav"}], "options": {"1": {"plugin": "table"}}},
            },
        },
        # The menu answers by itself, and SIPp hangs up before it is said: ivr.py goes on.
        [("m-fallback", 200, None, PLUGIN), ("m-plugin", 200, None, PLUGIN), ("m-nothing", 200, None, PLUGIN)],
    ),
    "hours": (
        {
            "zone": "Europe/Berlin",
            "numbers": {
                "h-open": {"schedule": ALWAYS, "open": [ring(GOOD)], "closed": {"respond": 480}},
                "h-closed": {"schedule": NEVER, "open": {"respond": 480}, "closed": [ring(GOOD)]},
                "h-refused": {"schedule": NEVER, "closed": {"respond": 480}},
                "h-zone": {"schedule": {"zone": "Europe/Atlantis", **ALWAYS}, "open": [ring(GOOD)]},
                "h-duty": {"schedule": NEVER, "team": "a", "closed": [{"connect": {"targets": [{"endpoint": {"uri": "sip:a@127.0.0.1:{on_call.port}"}}]}}]},
            },
            "teams": {"a": {"rotation": {"people": ["x"], "weeks": 1, "start": "2026-01-05"}}},
            "people": {"x": {"port": str(GOOD)}},
        },
        [("h-open", 200, GOOD, PLUGIN), ("h-closed", 200, GOOD, PLUGIN), ("h-refused", 480, None, PLUGIN), ("h-zone", 200, DEFAULT, FALLEN), ("h-duty", 200, GOOD, PLUGIN)],
    ),
    "ring-group": (
        {
            "numbers": {"g-second": "a", "g-backup": "b", "g-nobody": "c"},
            "groups": {
                "a": {"members": [uri(BUSY), uri(GOOD)], "strategy": "sequential", "ring_seconds": 5},
                "b": {"members": [uri(BUSY)], "backup": [uri(GOOD)]},
                "c": {"members": [uri(BUSY)]},
            },
        },
        [("g-second", 200, GOOD, PLUGIN), ("g-backup", 200, GOOD, PLUGIN), ("g-nobody", 200, DEFAULT, FALLEN)],
    ),
    "availability": (
        {
            "numbers": {
                "a-there": {"client": "1002", "max_calls": 1000},
                "a-backup": {"client": "1003", "backup": [uri(GOOD)]},
                "a-nobody": {"client": "1003"},
            }
        },
        [("a-there", 200, CLIENT, PLUGIN), ("a-backup", 200, GOOD, PLUGIN), ("a-nobody", 480, None, PLUGIN)],
    ),
    "geo": (
        {"match": "callee", "dialling": {"country_code": "49", "national_prefix": "0", "international_prefix": "00"},
         "prefixes": {"+4930": "berlin", "+49": "germany"}, "branches": {"berlin": [ring(GOOD)], "germany": {"respond": 480}}},
        [("030123", 200, GOOD, PLUGIN), ("089123", 480, None, PLUGIN), ("0043123", 200, DEFAULT, FALLEN)],
    ),
    "caller": (
        {"lookup": {"url": SERVER + "crm?phone={number}&of={callee}", "fields": {"tier": "/tier"}, "budget_ms": 300, "cache_seconds": 0},
         "tiers": {"gold": [ring(GOOD)]}, "failed": [ring(DEFAULT)]},
        [("c-gold", 200, GOOD, PLUGIN), ("c-slow", 200, DEFAULT, PLUGIN), ("c-500", 200, DEFAULT, PLUGIN)],
    ),
    "rules": (
        {"rules": [
            {"name": "refuse", "when": {"all": [{"callee": "r-603"}, {"origin": "trunk"}]}, "then": {"respond": 603}},
            {"name": "there", "when": {"callee": "r-there", "client": {"name": "1002", "registered": True}}, "then": [ring(GOOD)]},
            {"name": "not there", "when": {"callee": "r-gone", "not": {"client": {"name": "1003", "registered": True}}}, "then": [ring(GOOD)]},
            {"name": "broken", "when": {"callee": "r-broken", "time": "08:00-18:00", "zone": "Europe/Atlantis"}, "then": {"respond": 603}},
        ]},
        [("r-603", 603, None, PLUGIN), ("r-there", 200, GOOD, PLUGIN), ("r-gone", 200, GOOD, PLUGIN), ("r-broken", 200, DEFAULT, FALLEN)],
    ),
    "screen": (
        {"score": {"url": SERVER + "score/{callee}", "field": "/score", "spam_from": 80, "suspicious_from": 50, "budget_ms": 300, "cache_seconds": 0},
         "verdicts": {"spam": {"respond": 608}}},
        [("s-good", 200, GOOD, PLUGIN), ("s-spam", 608, None, PLUGIN), ("s-500", 200, GOOD, PLUGIN)],
    ),
}


class Server(BaseHTTPRequestHandler):
    """The web application, the CRM and the spam service in one."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """CallHook."""
        called = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["to"]
        dest = [{"type": "sip", "address": f"sip:a@127.0.0.1:{GOOD}", "timeout": 5}]
        self.answer(called, json.dumps([{"verb": "connect", "dest": dest}]))

    def do_GET(self):
        """The look-ups."""
        self.answer(self.path, json.dumps({"tier": "gold", "score": 90 if "spam" in self.path else 10}))

    def answer(self, about, body):
        """As the name of the number says."""
        if "slow" in about:
            time.sleep(1)
        if "html" in about:
            body = "<html>"
        status = 500 if "500" in about else 200
        data = body.encode()
        head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        self.wfile.write(head.encode() + data)

    def log_message(self, *_):
        pass


def configuration(names):
    """One switch with all of them; every number has the chain of its plugin."""
    text, files = "", []
    for name in sorted({*names, "table"}):
        settings, _ = CASES[name]
        if name == "table":
            settings["routes"]["s-*"] = [ring(GOOD)]
        files.append((f"{name}.json", json.dumps(settings)))
        text += f'\n[plugins.{name}]\nfile = "{PLUGINS}/{name}.wasm"\nsettings_file = "{name}.json"\nbudget = {{ cpu_ms = 200, wall_ms = 3000 }}\n'
        if name in ("webhook", "caller", "screen"):
            text += GRANT + "\n"
    text += f"""
[domains."127.0.0.1"]
default_destination = ["sip:default@127.0.0.1:{DEFAULT}"]
clients = [{{ username = "1002", password = "secret" }}, {{ username = "1003", password = "secret" }}]
[[domains."127.0.0.1".trunks]]
name = "sipp"
sources = ["127.0.0.0/8"]
dialplan = "all"
[domains."127.0.0.1".dialplans.default]
"*" = "table"
[domains."127.0.0.1".dialplans.all]
"""
    for name in names:
        for number, *_ in CASES[name][1]:
            chain = '[{ plugin = "screen", phase = "screen" }, "table"]' if name == "screen" else f'["{name}"]'
            text += f'"{number}" = {{ chain = {chain} }}\n'
    return text, files


def scenario():
    """Every number of every plugin that was named, or of all."""
    names = sys.argv[1:] or list(CASES)
    switch = Switch(*configuration(names if "table" in names else [*names, "table"]))
    server = ThreadingHTTPServer(("127.0.0.1", HTTP), Server)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    users = switch.folder / "users.csv"
    users.write_text(f"SEQUENTIAL\n1002;[authentication username=1002 password=secret];{CLIENT}\n")
    registered, _, _ = switch.call("-", CLIENT, 1, 1, "register.xml", ["-inf", users])
    switch.judge("a client registers", registered == 1, "")
    callees = [switch.callee(GOOD), switch.callee(DEFAULT), switch.callee(CLIENT), switch.callee(BUSY, busy(486))]
    for name in names:
        for number, status, target, source in CASES[name][1]:
            check(switch, name, number, (status, target, source))
    for callee in callees:
        switch.stop(callee)
    server.shutdown()
    return switch


def check(switch, name, number, expected):
    """Some calls to a number, and their records."""
    status, _, _ = expected
    ok, failed, _ = switch.call(number, CALLER, CALLS, 50, "caller.xml" if status == 200 else refused(status))
    records = switch.wait_for_records(number, CALLS)
    found = [summary(record) for record in records]
    right = sum(one == expected for one in found)
    other = next((one for one in found if one != expected), "")
    stages = {stage["plugin"]: stage["outcome"] for record in records for decision in record["decisions"] for stage in decision["stages"]}
    remark = f"{ok} as expected, {failed} not; {right} records {other or expected}"
    switch.judge(f"{name}: {number}", (ok, failed, right) == (CALLS, 0, CALLS), remark if right == CALLS else f"{remark} {stages}")


def summary(record):
    """Status, port of the destination that was called last, source of the last script."""
    legs = record["legs"]
    target = legs[-1]["target"] if legs else None
    port = CLIENT if target == "1002" else int(target.rsplit(":", 1)[1]) if target and ":" in target else None
    return record["status"], port, record["decisions"][-1]["source"]


if __name__ == "__main__":
    main("plugins", scenario)
