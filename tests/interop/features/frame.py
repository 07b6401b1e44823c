"""Cases of SIP features: what a case is, the switch it is tried on, and how it is judged. Nothing in here knows a feature.

README.md beside this file says how to write a case.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from typing import Callable

from agent import Agent, Wrong

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
BINARY = (ROOT / os.environ.get("SWITCHHOOK", "target/release/switchhook")).resolve()
DOMAIN = "feature.test"
PASSWORD = "secret"
CALLER, CALLEE = "caller", "callee"

# What a topic's switch is configured with unless the topic has a CONFIG of its own. NET is the first three parts of its addresses.
HEAD = """
[[listen]]
transport = "udp"
address = "NET.1:5060"
[[listen]]
transport = "tcp"
address = "NET.1:5060"
[media]
address = ["NET.1"]
ports = "20000-29999"
[log]
level = "info,switchhook_call=debug"
[control]
socket = "switchhook.sock"
[records]
file = "calls.jsonl"
[plugins.table]
file = "PLUGINS/table.wasm"
settings_file = "routes.json"
"""
# Seven clients; a carrier at NET.20; numbers 100? are clients, 5* goes to the carrier.
BASE = """
[domains."feature.test"]
default_destination = ["client:1009"]
clients = [
    { username = "1001", password = "secret" }, { username = "1002", password = "secret" },
    { username = "1003", password = "secret" }, { username = "1004", password = "secret" },
    { username = "1005", password = "secret" }, { username = "1006", password = "secret" },
    { username = "1009", password = "secret" },
]
[domains."feature.test".dialplans.default]
"*" = "table"
[domains."feature.test".dialplans.inbound]
"*" = "table"
[[domains."feature.test".trunks]]
name = "carrier"
sources = ["NET.20/32"]
dialplan = "inbound"
outbound = { host = "NET.20", port = 5060, transport = "udp" }
"""
ROUTES = {
    "100?": [{"connect": {"targets": [{"endpoint": {"client": "{callee}"}}], "timeout_seconds": 20}}],
    "5*": [{"connect": {"targets": [{"endpoint": {"trunk": {"trunk": "carrier", "number": "{callee}"}}}], "timeout_seconds": 20}}],
}


@dataclass
class Party:
    """A SIPp that plays a scenario once: `scenarios/NAME`, or the text itself if it holds a `<`."""

    scenario: str
    number: str = "1002"        # what it dials: [service]
    user: str = "1001"          # who it is: [caller], and its name for digest
    at: int = 0                 # the last part of its address; 0: one that no case shortly before had
    transport: str = "udp"      # or "tcp"
    ipv6: bool = False          # at [::1], for a topic whose HEAD listens at [::1]:PORT6
    registers: object = False   # True, or parameters of its Contact such as ";q=0.5": registered before SIPp starts
    calls: int = 1              # 0: nothing may arrive here
    after: float = 0            # seconds to wait before it is started
    keys: dict = field(default_factory=dict)    # more [keys] of the scenario
    options: tuple = ()         # more options of SIPp


@dataclass
class Case:
    """One line of the table: a feature, from the side that the caller or the callee plays."""

    feature: str
    side: str
    parties: list = field(default_factory=list)
    check: Callable = None      # check(run): after the parties; returns a remark or raises Wrong
    run: Callable = None        # run(run): instead of parties, or before them; returns a remark or raises Wrong
    within: int = 25            # seconds

    @property
    def name(self):
        return f"{self.feature}, {self.side}"


class Run:
    """A case that runs: its folder, the parties' messages, the switch."""

    def __init__(self, bench, case, number):
        folder = bench.folder / f"case-{number}"
        self.bench, self.case, self.number, self.folder, self.net, self.agents = bench, case, number, folder, bench.net, []
        self.server = f"{self.net}.1"
        self.before, self.places = len(bench.records()), {self.address(index, party) for index, party in enumerate(case.parties)}
        folder.mkdir(parents=True)

    def agent(self, user, at, transport="udp"):
        """A SIP user agent in Python at NET.`at`, closed with the case (agent.py)."""
        agent = Agent(user, PASSWORD, DOMAIN, (f"{self.net}.{at}", 5060), (self.server, 5060), transport, self.folder / f"agent-{at}.log")
        self.agents.append(agent)
        return agent

    def records(self, count=1, within=5):
        """The call records of this case, once there are so many. They are written a moment after a call has ended."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            records = self.bench.records()[self.before:]
            # Those of calls that came from an address of this case: late ones of earlier cases are not.
            records = [record for record in records if not self.places or (record.get("source_address") or "").rsplit(":", 1)[0] in self.places]
            if len(records) >= count:
                return records
            time.sleep(0.05)
        raise Wrong(f"{len(records)} call records instead of {count}")

    def command(self, *arguments):
        """What `switchhook ARGUMENTS --config …` prints."""
        return self.bench.command(*arguments)

    def messages(self, party):
        """What a party (by its place in the case) sent and received, as text."""
        path = self.folder / f"{party}.messages"
        return path.read_text(errors="replace") if path.exists() else ""

    def play(self):
        """Runs the parties to their end."""
        started = []
        parties = list(enumerate(self.case.parties))
        texts = [expand(party.scenario) for _, party in parties]
        # Who listens is there before who calls.
        parties.sort(key=lambda one: (one[1].after, not listens(texts[one[0]])))
        begun, had_listener = time.monotonic(), False
        try:
            for index, party in parties:
                if party.after:
                    time.sleep(max(0, begun + party.after - time.monotonic()))
                elif had_listener and not listens(texts[index]):
                    time.sleep(0.4)
                    had_listener = False
                had_listener |= listens(texts[index])
                started.append((index, party, self.start(index, party, texts[index])))
            self.wait_for([process for _, party, process in started if party.calls])
            wrong = [self.outcome(index, party, process) for index, party, process in started if party.calls]
            wrong += [f"{self.title(index, party)} was called" for index, party, _ in started if not party.calls and self.messages(index)]
        finally:
            for _, _, process in started:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        wrong = [one for one in wrong if one]
        if wrong:
            raise Wrong("; ".join(wrong))

    def address(self, index, party):
        """Late repetitions for the parties of one case do not disturb the next."""
        if party.ipv6:
            return "[::1]"
        return f"{self.net}.{party.at or 40 + (self.number * 8 + index) % 200}"

    def start(self, index, party, text):
        """Starts the SIPp of a party."""
        address = self.address(index, party)
        # The one loopback address of IPv6 is everybody's: the ports differ.
        port = self.bench.port6 + 2 + 2 * index if party.ipv6 else 5060
        server = ("::1", self.bench.port6) if party.ipv6 else (self.server, 5060)
        local = address.strip("[]"), port
        if party.registers:
            parameters = party.registers if isinstance(party.registers, str) else ""
            Agent.register_once(party.user, PASSWORD, DOMAIN, local, server, party.transport, parameters)
        path = self.folder / f"{index}.xml"
        path.write_text(text)
        keys = {"domain": DOMAIN, "caller": party.user, "net": self.net, **party.keys}
        # Who listens names nobody: over TCP it would connect.
        command = ["sipp", *([] if listens(text) else [f"[::1]:{server[1]}" if party.ipv6 else f"{self.server}:5060"]), "-sf", path, "-i", address, "-mi", address, "-p", port, "-t", {"udp": "u1", "tcp": "t1"}[party.transport],
                   "-s", party.number, "-auth_uri", f"{party.number}@{DOMAIN}", "-au", party.user, "-ap", PASSWORD, "-nostdin", "-timeout", self.case.within, "-timeout_error",
                   "-trace_msg", "-message_file", self.folder / f"{index}.messages", "-trace_err", "-error_file", self.folder / f"{index}.errors",
                   "-cid_str", f"%u-{index}-%p@%s", "-recv_timeout", 12000]
        command += ["-m", party.calls] if party.calls else []
        for key, value in keys.items():
            command += ["-key", key, value]
        command = [str(part) for part in (*command, *party.options)]
        with open(self.folder / f"{index}.screen", "w", encoding="utf-8") as screen:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=screen, stderr=subprocess.STDOUT, cwd=self.folder)

    def wait_for(self, processes):
        """Until all have ended; where one has failed, two seconds more for the others."""
        deadline = time.monotonic() + self.case.within + 2
        while time.monotonic() < deadline and any(process.poll() is None for process in processes):
            if any(process.poll() for process in processes):
                deadline = min(deadline, time.monotonic() + 2)
            time.sleep(0.02)

    def outcome(self, index, party, process):
        """What went wrong at a party, if anything did."""
        status = process.poll()
        if status is None:
            return f"{self.title(index, party)} did not get to its end"
        if status == 0:
            return ""
        errors = self.folder / f"{index}.errors"
        reason = errors.read_text(errors="replace") if errors.exists() else ""
        reason = re.search(r"(?:while expecting|receive timeout|unexpected|Aborting|aborting|error|timed out|Unable)[^\n]*", reason)
        return f"{self.title(index, party)}: {reason[0][:160] if reason else f'status {status}'}"

    @staticmethod
    def title(index, party):
        return party.scenario if "<" not in party.scenario else f"party {index}"

    def end(self):
        """Nothing of the case is left: neither its agents nor what it registered."""
        for agent in self.agents:
            agent.close()
        for user in {party.user for party in self.case.parties if party.registers or self.case.run}:
            agent = Agent(user, PASSWORD, DOMAIN, (f"{self.net}.250", 5060), (self.server, 5060))
            try:
                agent.register(expires=0, contact="*")
            except Wrong:
                pass
            finally:
                agent.close()


def listens(text):
    """Whether a scenario begins by waiting."""
    body = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    return re.search(r"<(send|recv)\b", body)[1] == "recv"


def expand(scenario):
    """The text of a scenario with its `<part …/>`s put in."""
    text = scenario if "<" in scenario else (HERE / "scenarios" / scenario).read_text()
    if "<scenario" not in text:
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="case">\n{text}\n</scenario>\n'
    for _ in range(5):
        text, count = re.subn(r'[ \t]*<part\s+((?:[\w-]+="[^"]*"\s*)+)/>', put_in, text)
        if not count:
            break
    return text


def put_in(match):
    """A part: parts/NAME.xml, its first line a comment with the parameters and what they are by default."""
    given = dict(re.findall(r'([\w-]+)="([^"]*)"', match[1]))
    head, _, body = (HERE / "parts" / f"{given.pop('name')}.xml").read_text().partition("\n")
    values = dict(re.findall(r'([\w-]+)="([^"]*)"', head))
    unknown = given.keys() - values.keys()
    if unknown:
        raise Wrong(f"a part has no parameter {unknown.pop()}: {match[0].strip()}")
    values.update(given)
    for name, value in values.items():
        lines = "\n".join(line.strip() for line in value.split(" | ") if line.strip())
        if not lines:
            body = re.sub(rf"^[ \t]*\{{{name}\}}[ \t]*\n", "", body, flags=re.M)
        body = body.replace(f"{{{name}}}", lines)
    return body.rstrip("\n")


class Bench:
    """The switch of a topic."""

    prefix = []  # what its command line begins with

    def __init__(self, topic, net):
        self.topic, self.net = topic, net
        self.port6 = 30000 + os.getpid() % 3000 * 10
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"features-{topic.__name__}-"))
        self.file = self.folder / "switchhook.toml"
        text = getattr(topic, "HEAD", HEAD) + getattr(topic, "CONFIG", BASE)
        self.file.write_text(self.fill(text))
        (self.folder / "routes.json").write_text(self.fill(json.dumps({"routes": getattr(topic, "ROUTES", ROUTES)})))
        for name, content in getattr(topic, "FILES", {}).items():
            (self.folder / name).write_text(self.fill(content))
        self.log = open(self.folder / "daemon.log", "w", encoding="utf-8")
        self.process = None

    def fill(self, text):
        return text.replace("NET", self.net).replace("PORT6", str(self.port6)).replace("PLUGINS", str(ROOT / "target/plugins"))

    def start(self):
        self.process = subprocess.Popen([*self.prefix, BINARY, "serve", "--config", self.file], stdout=self.log, stderr=subprocess.STDOUT, cwd=self.folder)
        for _ in range(300):
            if self.process.poll() is not None:
                raise Wrong(f"the daemon did not start: {(self.folder / 'daemon.log').read_text()[-1500:]}")
            try:
                self.command("plugin", "list")
                return
            except Wrong:
                time.sleep(0.1)
        raise Wrong("the daemon does not answer")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def restart(self):
        """Ends the daemon as SIGTERM does, and starts it again."""
        self.process.terminate()
        self.process.wait(30)
        self.start()

    def command(self, *arguments):
        done = subprocess.run([BINARY, *arguments, "--config", self.file], capture_output=True, text=True, check=False, timeout=20)
        if done.returncode:
            raise Wrong(f"switchhook {' '.join(arguments)}: {(done.stderr or done.stdout).strip()[-200:]}")
        return done.stdout

    def records(self):
        path = self.folder / "calls.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("}")]

    def try_case(self, number, case):
        """(whether it is as it should be, a remark)."""
        run = Run(self, case, number)
        try:
            remark = case.run(run) if case.run else ""
            if case.parties:
                run.play()
            remark = case.check(run) if case.check else remark
            if self.process.poll() is not None:
                raise Wrong("the daemon is gone")
            shutil.rmtree(run.folder)
            return True, remark or ""
        except (Wrong, OSError, subprocess.TimeoutExpired) as wrong:
            return False, f"{wrong} ({run.folder})"
        finally:
            run.end()


class Table:
    """What came of all cases, printed as it comes and as a table at the end."""

    def __init__(self):
        self.rows, self.lock, self.passed, self.failed = {}, threading.Lock(), 0, 0

    def add(self, topic, case, good, remark):
        with self.lock:
            self.passed += good
            self.failed += not good
            cells = self.rows.setdefault((topic, case.feature), {})
            ok, all_of_them = cells.get(case.side, (0, 0))
            cells[case.side] = (ok + good, all_of_them + 1)
            print(f"{topic + ': ' + case.name:<66} {'ok' if good else 'FAILED':<7}{remark}", flush=True)

    def show(self):
        """A row a feature: how many of its cases are right as caller and as callee."""
        print(f"\n{'feature':<60}{'as caller':<12}as callee")
        for (topic, feature), cells in sorted(self.rows.items()):
            shown = [f"{ok} of {count}" if ok != count else f"ok ({count})" if count > 1 else "ok" for ok, count in
                     (cells[side] for side in (CALLER, CALLEE) if side in cells)]
            places = iter(shown)
            row = [next(places) if side in cells else "-" for side in (CALLER, CALLEE)]
            print(f"{topic + ': ' + feature:<60}{row[0]:<12}{row[1]}")
