"""A switch of one's own and SIPp around it, for the scripts beside this file. Nothing in here knows what is tested."""

import atexit
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCENARIOS = ROOT / "tests/interop/sipp"
BINARY = (ROOT / os.environ.get("SWITCHHOOK", "target/release/switchhook")).resolve()
PLUGINS = ROOT / "target/plugins"
PORT = 5360


class Failed(Exception):
    """Something that is not a wrong call: the daemon or SIPp did not do its part."""


class Switch:
    """A running daemon, the SIPps around it, and a table of what came of them."""

    def __init__(self, configuration, files=()):
        """`configuration` is the text of switchhook.toml; `files` are (name, content) written beside it."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="switchhook-"))
        self.children = []
        # Also when a script ends in the middle.
        atexit.register(self.end_children)
        self.passed = self.failed = 0
        for name, content in files:
            (self.folder / name).write_text(content)
        head = f"""
[[listen]]
transport = "udp"
address = "127.0.0.1:{PORT}"
[media]
address = ["127.0.0.1"]
ports = "20000-49999"
[log]
level = "warn"
[control]
socket = "switchhook.sock"
[records]
file = "calls.jsonl"
"""
        self.file = self.folder / "switchhook.toml"
        self.file.write_text(head + configuration)
        self.log = open(self.folder / "daemon.log", "w", encoding="utf-8")
        self.command("check", capture=True)
        self.daemon = self.start([BINARY, "serve", "--config", self.file], self.log)
        for _ in range(300):
            if self.daemon.poll() is not None:
                raise Failed(f"the daemon did not start: {(self.folder / 'daemon.log').read_text()}")
            if self.command("plugin", "list", check=False, capture=True).returncode == 0:
                return
            time.sleep(0.1)
        raise Failed("the daemon does not answer")

    def command(self, *arguments, check=True, capture=False):
        """Runs `switchhook ARGUMENTS --config …`."""
        command = [str(BINARY), *arguments, "--config", str(self.file)]
        done = subprocess.run(command, capture_output=capture, text=True, check=False)
        if check and done.returncode != 0:
            raise Failed(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done

    def start(self, command, output=subprocess.DEVNULL):
        """Starts a process that ends with the switch."""
        child = subprocess.Popen([str(part) for part in command], stdout=output, stderr=subprocess.STDOUT, cwd=self.folder)
        self.children.append(child)
        return child

    def sipp(self, scenario, port, *arguments, to="127.0.0.1"):
        """Starts SIPp; `scenario` is a file of sipp/ or, if it holds a `<`, the scenario itself."""
        if "<" in scenario:
            path = self.folder / f"scenario-{port}.xml"
            path.write_text(scenario)
        else:
            path = SCENARIOS / scenario
        statistics = self.folder / f"statistics-{port}.csv"
        statistics.unlink(missing_ok=True)
        command = ["sipp", "-sf", path, "-i", to, "-p", port, "-t", "u1", "-nostdin", "-max_retrans", 10, "-trace_err",
                   "-error_file", self.folder / f"sipp-{port}.err", "-trace_stat", "-stf", statistics, "-fd", 3600, *arguments]
        child = self.start(command)
        child.statistics = statistics
        return child

    def callee(self, port, scenario="callee.xml"):
        """A SIPp that is called, there once this returns."""
        child = self.sipp(scenario, port)
        time.sleep(0.4)
        return child

    def call(self, number, port, calls, rate, scenario="caller.xml", more=()):
        """Calls a number; returns how many calls went as the scenario says, how many did not, how many requests were repeated."""
        return self.wait(self.begin(number, port, calls, rate, scenario, more))

    def begin(self, number, port, calls, rate, scenario="caller.xml", more=()):
        """Starts to call a number; `wait` has the result."""
        return self.sipp(scenario, port, "-s", number, "-m", calls, "-r", rate, "-l", 2000, "-d", 20, *more, f"127.0.0.1:{PORT}")

    def wait(self, child):
        """The figures of a SIPp that ends by itself."""
        child.wait()
        try:
            with open(child.statistics, encoding="utf-8") as lines:
                last = list(csv.DictReader(lines, delimiter=";"))[-1]
        except (OSError, IndexError) as error:
            raise Failed(f"SIPp said nothing: {error}") from error
        return tuple(int(last[column]) for column in ("SuccessfulCall(C)", "FailedCall(C)", "Retransmissions(C)"))

    def stop(self, child):
        """Ends a process."""
        child.kill()
        child.wait()
        self.children.remove(child)

    def records(self, number=None):
        """The call records so far, of one number or all."""
        path = self.folder / "calls.jsonl"
        if not path.exists():
            return []
        records = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]
        return [record for record in records if number in (None, record["callee"])]

    def wait_for_records(self, number, count, seconds=40):
        """The records of a number once there are so many."""
        for _ in range(seconds * 10):
            records = self.records(number)
            if len(records) >= count:
                return records
            time.sleep(0.1)
        return self.records(number)

    def judge(self, name, good, remark):
        """A line of the table."""
        self.passed += bool(good)
        self.failed += not good
        print(f"{name:<52} {remark:<70} {'ok' if good else 'FAILED'}", flush=True)

    def end(self):
        """Ends everything; the status for the shell."""
        if self.daemon.poll() is not None:
            print(f"the daemon is gone: {(self.folder / 'daemon.log').read_text()[-2000:]}")
            self.failed += 1
        self.end_children()
        if self.failed:
            print(f"logs are kept in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        return self.failed

    def end_children(self):
        """Ends what was started and has not ended."""
        for child in self.children:
            child.terminate()
        for child in self.children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
        self.children.clear()


def refused(status):
    """A scenario: the call is refused with this status."""
    invite = (SCENARIOS / "caller.xml").read_text().split('<recv response="100"')[0]
    return invite + f"""<recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="{status}" rtd="setup"/>
  <send>
    <![CDATA[
      ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      [last_Via:]
      Max-Forwards: 70
      From: "SIPp" <sip:sipp@[remote_ip]>;tag=[pid]c[call_number]
      [last_To:]
      Call-ID: [call_id]
      CSeq: 1 ACK
      Content-Length: 0

    ]]>
  </send>
</scenario>
"""


def busy(status):
    """A scenario: every call is answered with this final status."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<scenario name="busy">
  <recv request="INVITE"/>
  <send retrans="500">
    <![CDATA[
      SIP/2.0 {status} No
      [last_Via:]
      [last_From:]
      [last_To:];tag=[pid]b[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Content-Length: 0

    ]]>
  </send>
  <recv request="ACK"/>
</scenario>
"""


def main(name, scenario):
    """Runs `scenario()`, which returns a Switch that has been judged, and ends with its status."""
    try:
        switch = scenario()
    except Failed as error:
        sys.exit(f"{name}: {error}")
    failed = switch.end()
    print(f"{name}: {switch.passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
