#!/usr/bin/env python3
"""The real daemon on an internet of network namespaces: telephones behind NAT of each kind, a carrier that dies in mid-load, names that lead
to a dead host first, lost packets. Prints a line a case. Needs root (namespaces).

    tests/interop/network.py [WORD ...]        cases with one of these words; all by default
    SWITCHHOOK=target/debug/switchhook         another build of the daemon than the release build
"""

import csv
import os
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "network"), str(HERE / "phones"), str(HERE / "features"), str(HERE / "softphones")]

import frame  # noqa: E402
import runner  # noqa: E402
from net import NATS, Net  # noqa: E402
from pjsua import Pjsua  # noqa: E402
from sound import Heard, Sound  # noqa: E402
from telephones import Trouble  # noqa: E402

SWITCH, CARRIER, BACKUP, OTHER, DEAD, PUBLIC = (f"203.0.113.{last}" for last in (1, 20, 21, 22, 99, 30))
DOMAIN = "feature.test"
SCENARIOS = HERE / "sipp"


class Topic:
    """What the frame wants to know of a topic."""

    __name__ = "network"
    HEAD = frame.HEAD.replace("NET.1", SWITCH) + f'\n[dns]\nservers = ["{SWITCH}"]\n'
    CONFIG = frame.BASE.replace("NET.20", CARRIER).replace('name = "carrier"', 'name = "carrier"\nhealth = { interval_seconds = 1, timeout_seconds = 1, down_after = 2, up_after = 1 }') + f"""
[[domains."feature.test".trunks]]
name = "backup"
sources = ["{BACKUP}/32"]
dialplan = "inbound"
outbound = {{ host = "{BACKUP}", port = 5060, transport = "udp" }}
[[domains."feature.test".trunks]]
name = "other"
sources = ["{OTHER}/32"]
dialplan = "inbound"
health = {{ interval_seconds = 1, timeout_seconds = 1, down_after = 2, up_after = 1 }}
outbound = {{ host = "{OTHER}", port = 5060, transport = "udp" }}
[[domains."feature.test".trunk_groups]]
name = "carrier-first"
members = [{{ trunk = "carrier", priority = 1 }}, {{ trunk = "backup", priority = 2 }}]
[[domains."feature.test".trunk_groups]]
name = "other-first"
members = [{{ trunk = "other", priority = 1 }}, {{ trunk = "backup", priority = 2 }}]
[[domains."feature.test".trunks]]
name = "named"
sources = ["{CARRIER}/32"]
dialplan = "inbound"
outbound = {{ host = "carrier.test", transport = "udp" }}
[[domains."feature.test".trunks]]
name = "unwatched"
sources = ["{CARRIER}/32"]
dialplan = "inbound"
outbound = {{ host = "{CARRIER}", port = 5060, transport = "udp" }}
[[domains."feature.test".trunks]]
name = "load"
sources = ["{PUBLIC}/32"]
dialplan = "inbound"
"""
    ROUTES = {
        "100?": frame.ROUTES["100?"],
        "4*": [{"connect": {"targets": [{"endpoint": {"trunk": {"trunk": "unwatched", "number": "{callee}"}}}], "timeout_seconds": 20}}],
        # The carrier, and if it says nothing or no, the backup.
        **{f"5{name}": [{"connect": {"targets": [{"endpoint": {"trunk": {"trunk": f"{name}-first", "number": "{callee}"}}}], "timeout_seconds": 20}}] for name in ("carrier", "other")},
        "6*": [{"connect": {"targets": [{"endpoint": {"trunk": {"trunk": "named", "number": "{callee}"}}}], "timeout_seconds": 20}}],
    }


class Bed(frame.Bench):
    """The switch in a namespace, and what is started around it."""

    def __init__(self, net):
        super().__init__(Topic(), "203.0.113")
        self.around, self.running, self.sounds = net, [], {}
        self.prefix = net.at("switch")

    def phone(self, space, address, user, **options):
        """A pjsua that has registered from a namespace. It does nothing about the NAT that it is behind."""
        sound = self.sounds.setdefault(user, None) or Sound(f"{self.folder}/{user}.wav", "PCMU", user, 30)
        self.sounds[user] = sound
        options.setdefault("options", ("--auto-update-nat=0",))
        phone = Pjsua(f"{self.folder}/{time.monotonic_ns()}-{user}", address, SWITCH, user, "secret", sound, DOMAIN, prefix=self.around.at(space), **options)
        self.running.append(phone)
        if not phone.registered():
            raise Trouble(f"{user} is not registered")
        return phone

    def heard(self, phone, other, seconds):
        heard = Heard(phone.heard(), self.sounds[other])
        if heard.exact < 0.75 * seconds:
            raise Trouble(f"{phone.user} heard {heard.exact:.2f} s of {other} instead of {seconds:.1f} s")
        return f"{heard.exact:.1f} s"

    def process_at(self, space, *command):
        """A process in a namespace, ended with the case."""
        log = open(self.folder / f"{space}-{time.monotonic_ns()}.log", "w", encoding="utf-8")
        process = subprocess.Popen([*self.around.at(space), *map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)
        self.running.append(Stopped(process))
        return process

    def sipp(self, space, address, scenario, *options, to=None):
        """A SIPp in a namespace."""
        name = f"{space}-{time.monotonic_ns()}"
        process = self.process_at(space, "sipp", *([f"{to}:5060"] if to else []), "-sf", SCENARIOS / scenario, "-i", address, "-mi", address, "-p", 5060, "-t", "u1", "-nostdin",
                                  "-max_retrans", 12, "-trace_stat", "-stf", f"{self.folder}/{name}.csv", "-fd", 1, "-trace_err", "-error_file", f"{self.folder}/{name}.err",
                                  "-trace_rtt", "-rtt_freq", 1, *options)
        process.statistics = f"{self.folder}/{name}.csv"
        return process

    def result(self, process, within):
        """(good calls, bad calls, repeated messages) of a SIPp that ends by itself."""
        try:
            process.wait(within)
        except subprocess.TimeoutExpired:
            raise Trouble("SIPp does not end") from None
        with open(process.statistics, encoding="utf-8") as lines:
            last = list(csv.DictReader(lines, delimiter=";"))[-1]
        return tuple(int(last[column]) for column in ("SuccessfulCall(C)", "FailedCall(C)", "Retransmissions(C)"))

    def set_up_times(self, process):
        """Milliseconds from INVITE to the answer, of every call of a SIPp."""
        path = next(self.folder.glob(f"*_{process.pid}_rtt.csv"), None)
        if not path:
            # `ip netns exec` becomes SIPp itself, so this is its process.
            raise Trouble("SIPp wrote no times")
        with open(path, encoding="utf-8") as lines:
            return [float(row[1]) for row in csv.reader(lines, delimiter=";") if len(row) > 2 and row[2] == "setup"]

    def stop_all(self):
        while self.running:
            self.running.pop().stop()


class Stopped:
    """A process that is ended as a telephone is."""

    def __init__(self, process):
        self.process = process

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def nat(kind):
    """A case: a telephone behind this kind of NAT calls one on the internet, and is called; both hear the other."""
    def case(bed):
        place = list(NATS).index(kind) + 1
        inside, public = bed.phone(f"nat{place}", f"10.0.{place}.2", "1001"), bed.phone("public", PUBLIC, "1002")
        for caller, callee in (inside, public), (public, inside):
            marks = caller.mark(), callee.mark()
            caller.dial(callee.user)
            # A telephone numbers its calls on.
            caller.established(r"\d", marks[0])
            time.sleep(2)
            caller.hang_up()
            callee.ended(r"\d", marks[1])
            time.sleep(0.3)
        bed.stop_all()
        remarks = [bed.heard(inside, "1002", 4), bed.heard(public, "1001", 4)]
        return f"it heard {remarks[0]}, it was heard {remarks[1]} of 4 s in two calls"

    return case


def nat_to_nat(first, second):
    """A case: two telephones behind different NATs."""
    def case(bed):
        places = [list(NATS).index(kind) + 1 for kind in (first, second)]
        phones = [bed.phone(f"nat{place}", f"10.0.{place}.2", f"100{number + 1}") for number, place in enumerate(places)]
        phones[0].dial("1002")
        phones[0].established()
        phones[1].established()
        time.sleep(2)
        phones[0].hang_up()
        phones[1].ended()
        bed.stop_all()
        return f"heard {bed.heard(phones[0], '1002', 2)} and {bed.heard(phones[1], '1001', 2)} of 2 s"

    return case


def dies(space, address, silently):
    """A case: a carrier goes away while 20 calls a second go to it; the backup takes over."""
    def case(bed):
        # -aa: it answers OPTIONS. A few of them, and the switch takes it to be up.
        carrier = bed.sipp(space, address, "callee.xml", "-aa")
        bed.sipp("backup", BACKUP, "callee.xml")
        time.sleep(4)
        load = bed.sipp("public", PUBLIC, "caller.xml", "-s", f"5{space}", "-r", 20, "-m", 300, "-d", 20, "-l", 1000, to=SWITCH)
        time.sleep(5)
        if silently:
            bed.around.unplug(space)
        else:
            carrier.kill()
        good, bad, _ = bed.result(load, 70)
        times = sorted(bed.set_up_times(load))
        slow = [one for one in times if one > 300]
        remark = f"{good} of 300 calls; {len(slow)} had to fail over, slowest {times[-1] / 1000:.2f} s, then {len(times) - len(slow)} below 0.3 s (median {times[len(times) // 2]:.0f} ms)"
        # A call that was up at that moment has lost its other side: its BYE may go unanswered, no more.
        # Before it died the calls went to it: else nobody had to wait.
        if good + bad != 300 or bad > 3 or not slow:
            raise Trouble(remark)
        return remark

    return case


def dead_host_first(bed):
    """The first host of the name is dead; calls find the second, and stop trying the first."""
    bed.process_at("switch", sys.executable, HERE / "network/names.py", SWITCH, "_sip._udp.carrier.test=SRV:10,0,5060,dead.carrier.test",
                   "_sip._udp.carrier.test=SRV:20,0,5060,live.carrier.test", f"dead.carrier.test=A:{DEAD}", f"live.carrier.test=A:{CARRIER}", "carrier.test=A:" + CARRIER)
    bed.sipp("carrier", CARRIER, "callee.xml")
    time.sleep(0.5)
    load = bed.sipp("public", PUBLIC, "caller.xml", "-s", "6551", "-r", 5, "-m", 60, "-d", 20, "-l", 1000, to=SWITCH)
    good, bad, _ = bed.result(load, 60)
    times = bed.set_up_times(load)
    slow = [one for one in times if one > 300]
    remark = f"{good} of 60 calls; {len(slow)} waited for the dead host, slowest {max(times, default=0) / 1000:.2f} s"
    if (good, bad) != (60, 0):
        raise Trouble(remark)
    return remark


def loss(percent):
    """A case: so much is lost in both directions at the switch."""
    def case(bed):
        bed.sipp("carrier", CARRIER, "callee.xml")
        time.sleep(0.5)
        for space in "switch", "carrier", "public":
            bed.around.lossy(space, percent)
        load = bed.sipp("public", PUBLIC, "caller.xml", "-s", "4551", "-r", 10, "-m", 200, "-d", 20, "-l", 1000, to=SWITCH)
        good, bad, repeated = bed.result(load, 120)
        for space in "switch", "carrier", "public":
            bed.around.inside(space, "nft", "delete", "table", "inet", "loss")
        if (good, bad) != (200, 0):
            raise Trouble(f"{good} of 200 calls, {bad} failed")
        return f"200 of 200 calls, the caller repeated {repeated}"

    return case


CASES = {
    **{f"a telephone behind a {kind} NAT": nat(kind) for kind in NATS},
    "symmetric NAT calls restricted cone": nat_to_nat("symmetric", "restricted cone"),
    "port-restricted cone calls symmetric NAT": nat_to_nat("port-restricted cone", "symmetric"),
    "names lead to a dead host first": dead_host_first,
    "20 % of the packets lost": loss(20),
    "the carrier's process dies in mid-load": dies("carrier", CARRIER, False),
    "the carrier falls silent in mid-load": dies("other", OTHER, True),
}


def main():
    found = runner.chosen(CASES, sys.argv[1:])
    if os.geteuid() != 0:
        print("network: not run, network namespaces need root\nnetwork: 0 passed, 0 failed")
        return
    subprocess.run([HERE.parent / "setup.sh", "iproute2", "nftables", "procps", "sip-tester"], check=True)
    subprocess.run([HERE / "pjsua.sh"], check=True, stdout=subprocess.DEVNULL)
    net = Net()
    try:
        for name, address in ("switch", SWITCH), ("carrier", CARRIER), ("backup", BACKUP), ("other", OTHER), ("public", PUBLIC):
            net.host(name, address)
        for place, kind in enumerate(NATS, 1):
            net.behind_nat(f"nat{place}", kind, f"203.0.113.{100 + place}", f"10.0.{place}.2")
        bed = Bed(net)
        runner.go_through("network", found, bed, 44, (Trouble, frame.Wrong), bed.stop_all)
    finally:
        net.close()


if __name__ == "__main__":
    main()
