#!/usr/bin/env python3
"""Attacks on the real daemon, on loopback: scans and password guesses by sipvicious, floods of malformed packets, INVITEs and connections
beside ordinary calls. What attacks is banned and learns nothing; what calls notices nothing.

    tests/interop/attack.py [WORD ...]         cases with one of these words; all by default
    SWITCHHOOK=target/debug/switchhook         another build of the daemon than the release build
    RATE=50 SECONDS=10                         ordinary calls a second, and for how long
"""

import csv
import os
import pathlib
import random
import re
import socket
import ssl
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "phones"), str(HERE / "features")]

import frame  # noqa: E402
import runner  # noqa: E402
from agent import Agent, Wrong  # noqa: E402
from bed import Topic as Phones, certificate, free_net  # noqa: E402

RATE, SECONDS = int(os.environ.get("RATE", "50")), int(os.environ.get("SECONDS", "10"))
SCENARIOS = HERE / "sipp"
TORTURE = HERE.parent.parent / "host/sip/src/message/torture"


class Topic(Phones):
    """All transports; a trunk that calls and one that is called."""

    __name__ = "attack"
    # Loopback addresses are not spared here, and a ban ends while one waits.
    HEAD = Phones.HEAD + """
[protection]
allow = []
ban_seconds = 40
"""
    CONFIG = frame.BASE + """
[[domains."feature.test".trunks]]
name = "load"
sources = ["NET.30/32"]
dialplan = "inbound"
"""


class Bed(frame.Bench):
    """The switch, and ordinary calls beside the attack."""

    def __init__(self, net):
        super().__init__(Topic(), net)
        certificate(self.folder, f"{net}.1")
        self.children = []

    def sipp(self, last, scenario, *options):
        address = f"{self.net}.{last}"
        name = f"{last}-{time.monotonic_ns()}"
        command = ["sipp", *options, "-sf", SCENARIOS / scenario, "-i", address, "-mi", address, "-p", 5060, "-t", "u1", "-nostdin", "-max_retrans", 10, "-trace_stat", "-stf",
                   f"{self.folder}/{name}.csv", "-fd", 3600, "-trace_err", "-error_file", f"{self.folder}/{name}.err"]
        child = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)
        child.statistics = f"{self.folder}/{name}.csv"
        self.children.append(child)
        return child

    def beside(self, attack):
        """Ordinary calls while `attack(until)` runs; (good, bad, repeated)."""
        callee = self.sipp(20, "callee.xml")
        time.sleep(0.4)
        calls = RATE * SECONDS
        load = self.sipp(30, "caller.xml", "-s", "5551", "-r", RATE, "-m", calls, "-d", 20, "-l", 2000, f"{self.net}.1:5060")
        remark = attack(time.monotonic() + SECONDS)
        try:
            load.wait(SECONDS + 60)
        except subprocess.TimeoutExpired:
            raise Wrong("the calls do not end") from None
        callee.kill()
        with open(load.statistics, encoding="utf-8") as lines:
            last = list(csv.DictReader(lines, delimiter=";"))[-1]
        good, bad, repeated = (int(last[column]) for column in ("SuccessfulCall(C)", "FailedCall(C)", "Retransmissions(C)"))
        remark = f"{good} of {calls} calls good, {repeated} messages repeated, beside {remark}"
        if (good, bad) != (calls, 0):
            raise Wrong(remark)
        return remark

    def stop_children(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
        self.children.clear()

    def banned(self, last, within=3):
        """Waits until an address (NET.`last`, or one as text) is on the list of bans; its line."""
        address = last if isinstance(last, str) else f"{self.net}.{last}"
        deadline = time.monotonic() + within
        while True:
            listed = self.command("ban", "list")
            if re.search(rf"{re.escape(address)}\b", listed):
                return next(" ".join(line.split()) for line in listed.splitlines() if re.search(rf"{re.escape(address)}\b", line))
            if time.monotonic() > deadline:
                raise Wrong(f"{address} is not banned")
            time.sleep(0.1)

    def vicious(self, tool, last, *options, seconds=40):
        """Runs a tool of sipvicious from an address; what it prints."""
        address = f"{self.net}.{last}"
        command = [tool, "-b", address, "-x", address, *options]
        try:
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds, check=False, cwd=self.folder, env={**os.environ, "HOME": str(self.folder)})
            said = done.stdout + done.stderr
        except subprocess.TimeoutExpired as late:
            said = "".join(part.decode() if isinstance(part, bytes) else part or "" for part in (late.stdout, late.stderr))
        (self.folder / f"{tool}-{last}.txt").write_text(said)
        return said


def scan(bed):
    """svmap asks what is there; it is a scanner by its user agent."""
    said = bed.vicious("svmap", 60, "-p", "5060", f"{bed.net}.1")
    found = re.search(rf"{bed.net}\.1:5060\W+([^|]*)", said)
    return f"banned: {bed.banned(60)}; svmap {'saw ' + found[1].strip() if found else 'found nothing'}"


def enumerate_names(method):
    """A case: svwar looks for names."""
    last = {"REGISTER": 61, "INVITE": 62, "OPTIONS": 63}[method]

    def case(bed):
        said = bed.vicious("svwar", last, "--force", "-m", method, "-e", "1000-1012", f"{bed.net}.1")
        listed = set(re.findall(r"\|\s*(10\d\d)\s*\|", said))
        real = {"1001", "1002", "1003", "1004", "1005", "1006", "1009"}
        # svwar takes no address to send from.
        entry = bed.banned("127.0.0.1")
        bed.command("ban", "lift", "127.0.0.1")
        if listed and listed != {str(number) for number in range(1000, 1013)} and listed & real:
            raise Wrong(f"it tells apart: {sorted(listed)}")
        return f"banned: {entry}; svwar lists {sorted(listed) or 'nobody'}"

    return case


def alike(bed):
    """Answers to names that exist and that do not: the same status, header fields and, by the median, time."""
    def ask(user, method):
        agent = Agent(user, "guess", frame.DOMAIN, (f"{bed.net}.{random.randrange(100, 200)}", 0), (f"{bed.net}.1", 5060))
        try:
            begun = time.perf_counter()
            first = agent.ask(method, f"sip:{user}@feature.test" if method != "REGISTER" else None, to=f"sip:{user}@feature.test", auth=False, within=3)
            took = time.perf_counter() - begun
            second = agent.ask(method, f"sip:{user}@feature.test" if method != "REGISTER" else None, to=f"sip:{user}@feature.test", within=3)
            return (first.status, second.status, [name for name, _ in first.headers], [name for name, _ in second.headers]), took
        finally:
            agent.close()

    remarks = []
    for method in "REGISTER", "INVITE", "SUBSCRIBE", "OPTIONS", "MESSAGE":
        answers = {user: ask(user, method) for user in ("1001", "nobody")}
        if answers["1001"][0] != answers["nobody"][0]:
            raise Wrong(f"{method}: {answers['1001'][0]} for a client, {answers['nobody'][0]} for nobody")
        remarks.append(f"{method} {answers['1001'][0][0]}/{answers['1001'][0][1]}")
    return ", ".join(remarks)


def guess(bed):
    """svcrack tries a dictionary that has the password at its end."""
    (bed.folder / "words").write_text("".join(f"guess{number}\n" for number in range(300)) + "secret\n")
    said = bed.vicious("svcrack", 64, "-u", "1001", "-d", "words", "--domain", frame.DOMAIN, f"{bed.net}.1", seconds=60)
    if re.search(r"\|\s*secret\s*\|", said):
        raise Wrong("it found the password")
    entry = bed.banned("127.0.0.1")
    bed.command("ban", "lift", "127.0.0.1")
    return f"banned: {entry}"


def guess_quietly(bed):
    """The same from a telephone that says nothing of itself: the wrong passwords give it away."""
    tries = 0
    for number in range(100):
        agent = Agent("1001", f"guess{number}", frame.DOMAIN, (f"{bed.net}.65", 5060), (f"{bed.net}.1", 5060))
        try:
            agent.register()
            tries += 1
        except Wrong:
            break
        finally:
            agent.close()
    entry = bed.banned(65)
    # Another telephone of the same client goes on.
    Agent.register_once("1001", "secret", frame.DOMAIN, (f"{bed.net}.66", 5060), (f"{bed.net}.1", 5060))
    bed.command("ban", "lift", f"{bed.net}.65")
    Agent.register_once("1001", "secret", frame.DOMAIN, (f"{bed.net}.65", 5060), (f"{bed.net}.1", 5060))
    return f"banned after {tries} tries ({entry}); another address of the client goes on; lifted, it may register"


def ends(bed):
    """A ban is over when its time is."""
    for number in range(40):
        agent = Agent("1001", f"guess{number}", frame.DOMAIN, (f"{bed.net}.67", 5060), (f"{bed.net}.1", 5060))
        try:
            agent.register()
        except Wrong:
            break
        finally:
            agent.close()
    bed.banned(67)
    begun = time.monotonic()
    while time.monotonic() < begun + 60:
        try:
            Agent.register_once("1001", "secret", frame.DOMAIN, (f"{bed.net}.67", 5060), (f"{bed.net}.1", 5060))
            return f"over after {time.monotonic() - begun:.0f} s"
        except Wrong:
            time.sleep(0.5)
    raise Wrong("it does not end")


def malformed(bed):
    """Packets that are no SIP, or nearly: thousands a second from a hundred addresses."""
    chance = random.Random(4475)
    messages = [path.read_bytes() for path in TORTURE.glob("*.sip")]
    messages += [b"\0" * 40, b"INVITE", b"\x16\x03\x01" * 30, os.urandom(600), b"INVITE sip:a@b SIP/2.0\r\n" + b"X: y\r\n" * 400]

    def attack(until):
        sockets = []
        for last in range(100, 200):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.bind((f"{bed.net}.{last}", 0))
            one.setblocking(False)
            sockets.append(one)
        sent = 0
        while time.monotonic() < until:
            for _ in range(40):
                data = bytearray(chance.choice(messages))
                for _ in range(chance.randrange(4)):
                    data[chance.randrange(len(data))] = chance.randrange(256)
                try:
                    chance.choice(sockets).sendto(data, (f"{bed.net}.1", 5060))
                    sent += 1
                except OSError:
                    pass
            time.sleep(0.02)
        for one in sockets:
            one.close()
        return f"{sent} malformed packets ({sent // SECONDS}/s)"

    return bed.beside(attack)


def invites(addresses):
    """A case: INVITEs without credentials, from one address or many."""
    def case(bed):
        def attack(until):
            sockets = []
            for last in range(201, 201 + addresses):
                one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                one.bind((f"{bed.net}.{last}", 0))
                one.setblocking(False)
                sockets.append(one)
            sent = 0
            while time.monotonic() < until:
                for one in random.choices(sockets, k=20):
                    host = "%s:%d" % one.getsockname()
                    sent += 1
                    one.sendto((f"INVITE sip:1002@feature.test SIP/2.0\r\nVia: SIP/2.0/UDP {host};branch=z9hG4bKflood{sent};rport\r\nMax-Forwards: 70\r\nFrom: <sip:1001@feature.test>;tag=f{sent}\r\n"
                                f"To: <sip:1002@feature.test>\r\nCall-ID: flood{sent}@{host}\r\nCSeq: 1 INVITE\r\nContact: <sip:1001@{host}>\r\nContent-Length: 0\r\n\r\n").encode(), (f"{bed.net}.1", 5060))
                time.sleep(0.02)
            for one in sockets:
                one.close()
            return f"{sent} INVITEs ({sent // SECONDS}/s) from {addresses} address{'es' if addresses > 1 else ''}"

        return bed.beside(attack)

    return case


def connections(bed):
    """Hundreds of connections that say a byte now and then, begin TLS and stop, ask for a WebSocket and stop."""
    beginnings = {5060: b"INVITE sip:1002@feature.test SIP/2.0\r\nVia: ", 5061: b"\x16\x03\x01\x02\x00\x01\x00", 8080: b"GET / HTTP/1.1\r\nHost: ", 8443: b"\x16\x03\x01\x02\x00\x01\x00"}
    before = len(list(pathlib.Path(f"/proc/{bed.process.pid}/fd").iterdir()))

    def attack(until):
        opened, refused, dropped = [], 0, 0
        for number in range(400):
            port = random.choice(list(beginnings))
            one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            one.bind((f"{bed.net}.{210 + number % 20}", 0))
            one.settimeout(1)
            try:
                one.connect((f"{bed.net}.1", port))
                one.sendall(beginnings[port])
                opened.append(one)
            except OSError:
                refused += 1
                one.close()
        # Somebody who means it gets through meanwhile, over TCP and TLS.
        honest = Agent("1001", "secret", frame.DOMAIN, (f"{bed.net}.31", 0), (f"{bed.net}.1", 5060), "tcp")
        if honest.register().status != 200:
            raise Wrong("nobody registers over TCP meanwhile")
        honest.close()
        with socket.create_connection((f"{bed.net}.1", 5061), timeout=5, source_address=(f"{bed.net}.31", 0)) as plain:
            context = ssl.create_default_context(cafile=str(bed.folder / "ca.pem"))
            with context.wrap_socket(plain, server_hostname="switchhook.test") as connection:
                connection.sendall(b"\r\n\r\n")
        while time.monotonic() < until:
            for one in opened:
                try:
                    one.sendall(b"x")
                except OSError:
                    dropped += 1
            time.sleep(1)
        for one in opened:
            one.close()
        return f"400 slow connections ({refused} refused)"

    remark = bed.beside(attack)
    deadline = time.monotonic() + 40
    while (now := len(list(pathlib.Path(f"/proc/{bed.process.pid}/fd").iterdir()))) > before + 20:
        if time.monotonic() > deadline:
            raise Wrong(f"{now} descriptors, {before} before: {remark}")
        time.sleep(0.5)
    return remark


CASES = {
    "answers tell no names apart": alike,
    "a scan (svmap)": scan,
    "names by REGISTER (svwar)": enumerate_names("REGISTER"),
    "names by INVITE (svwar)": enumerate_names("INVITE"),
    "names by OPTIONS (svwar)": enumerate_names("OPTIONS"),
    "a dictionary of passwords (svcrack)": guess,
    "passwords guessed by what looks like a telephone": guess_quietly,
    "a ban ends by itself": ends,
    "a flood of malformed packets": malformed,
    "a flood of INVITEs from one address": invites(1),
    "a flood of INVITEs from many addresses": invites(40),
    "a flood of slow connections": connections,
}


def main():
    found = runner.chosen(CASES, sys.argv[1:])
    subprocess.run([HERE.parent / "setup.sh", "sipvicious", "sip-tester", "openssl"], check=True)
    bed = Bed(free_net(242))
    runner.go_through("attack", found, bed, 50, (Wrong,), bed.stop_children)


if __name__ == "__main__":
    main()
