#!/usr/bin/env python3
"""What speech sounds like that went through the switch: relayed bit for bit, or from codec to codec, scored with PESQ.

    tests/interop/quality.py [WORD ...]     the cases whose names have one of the words in them; all of them by default, in a minute and a half
    tests/interop/quality.py --matrix       without telephones, by the tool `codecs` beside the daemon: all pairs of codecs, lost packets

Needs baresip, pjsua (pjsua.sh), ffmpeg, recorded speech (a package of Debian's) and PESQ (PyPI); the last two go to the user's cache.
Takes SWITCHHOOK for another binary than the release build.
"""

import concurrent.futures
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / part) for part in ("quality", "phones", "features", "softphones")]

import frame  # noqa: E402
import runner  # noqa: E402
from bed import DOMAIN, PASSWORD, free_net  # noqa: E402
from endpoints import End, carried  # noqa: E402
from matrix import matrix  # noqa: E402
from pjsua import Pjsua  # noqa: E402
from sound import Heard, Sound  # noqa: E402
from speech import BEFORE, SECONDS, Speech, prompts, python, scores  # noqa: E402
from telephones import Baresip, Trouble  # noqa: E402

AT_ONCE = 2  # calls: a debug build takes a quarter of a core for each, and one that is late is heard
MARGIN = 0.5  # what jitter buffers and encoders of telephones may cost
# What the codecs alone cost (`--matrix`): PESQ from one codec to the other.
EXPECTED = {
    ("PCMU", "PCMU", "nb"): 3.97, ("PCMU", "PCMA", "nb"): 3.87, ("PCMU", "G722", "nb"): 3.94, ("PCMU", "opus", "nb"): 3.75, ("PCMU", "GSM", "nb"): 3.12,
    ("PCMU", "G729", "nb"): 3.53,
    ("PCMA", "PCMU", "nb"): 3.87, ("PCMA", "PCMA", "nb"): 4.00, ("PCMA", "G722", "nb"): 3.96, ("PCMA", "opus", "nb"): 3.78, ("PCMA", "GSM", "nb"): 3.17,
    ("PCMA", "G729", "nb"): 3.50,
    ("G722", "PCMU", "nb"): 3.94, ("G722", "PCMA", "nb"): 3.97, ("G722", "G722", "nb"): 4.37, ("G722", "opus", "nb"): 4.08, ("G722", "GSM", "nb"): 3.37,
    ("G722", "G729", "nb"): 3.50,
    ("opus", "PCMU", "nb"): 3.80, ("opus", "PCMA", "nb"): 3.81, ("opus", "G722", "nb"): 4.06, ("opus", "opus", "nb"): 3.98, ("opus", "GSM", "nb"): 3.24,
    ("opus", "G729", "nb"): 3.35,
    ("GSM", "PCMU", "nb"): 3.12, ("GSM", "PCMA", "nb"): 3.14, ("GSM", "G722", "nb"): 3.33, ("GSM", "opus", "nb"): 3.20, ("GSM", "GSM", "nb"): 2.95,
    ("GSM", "G729", "nb"): 3.07,
    ("G729", "PCMU", "nb"): 3.22, ("G729", "PCMA", "nb"): 3.23, ("G729", "G722", "nb"): 3.49, ("G729", "opus", "nb"): 3.26, ("G729", "GSM", "nb"): 2.91,
    ("G729", "G729", "nb"): 3.00,
    ("G722", "opus", "wb"): 4.20, ("opus", "G722", "wb"): 4.15, ("opus", "opus", "wb"): 3.98, ("G722", "G722", "wb"): 4.50,
}
WIDE = "G722", "opus"
# Who calls whom: each telephone has one codec, so that they have none in common.
PAIRS = [
    ("pjsua PCMU", "pjsua PCMA"), ("pjsua PCMU", "baresip G722"), ("pjsua PCMU", "baresip opus"), ("baresip GSM", "pjsua PCMU"), ("pjsua PCMA", "pjsua G722"),
    ("baresip opus", "pjsua PCMA"), ("pjsua PCMA", "baresip GSM"), ("pjsua G722", "baresip opus"), ("baresip GSM", "pjsua G722"), ("baresip opus", "baresip GSM"),
]
USERS = [str(1001 + number) for number in range(2 * len(PAIRS))]
# What codecs have of sound: rate and channels of what telephones play and record.
SOUNDS = {"PCMU": (8000, 1), "PCMA": (8000, 1), "GSM": (8000, 1), "G722": (16000, 1), "opus": (48000, 2)}


class Topic:
    """What the frame wants to know of a topic: clients for the telephones, and two carriers for the bare endpoints."""

    __name__ = "quality"
    # Not where the telephones look for free ports: baresip binds its own on all addresses.
    HEAD = frame.HEAD.replace("20000-29999", "10000-19999")
    CONFIG = f"""
[domains."{DOMAIN}"]
default_destination = [{{ respond = {{ status = 480 }} }}]
clients = [{", ".join(f'{{ username = "{user}", password = "{PASSWORD}" }}' for user in USERS)}]
[domains."{DOMAIN}".dialplans.default]
"*" = "table"
[domains."{DOMAIN}".dialplans.inbound]
"*" = "table"
""" + "".join(f"""[[domains."{DOMAIN}".trunks]]
name = "{name}"
sources = ["NET.{last}/32"]
dialplan = "inbound"
outbound = {{ host = "NET.{last}", port = 5060, transport = "udp" }}
""" for name, last in (("near", 200), ("far", 201)))
    ROUTES = {
        "10??": frame.ROUTES["100?"],
        "7*": [{"connect": {"targets": [{"endpoint": {"trunk": {"trunk": "far", "number": "{callee}"}}}], "timeout_seconds": 20}}],
    }


class Telephone:
    """A telephone with one codec that says a text."""

    def __init__(self, bed, make, codec, place, speech):
        self.make, self.codec, self.speech = make, codec, speech
        user, address, server = USERS[place], f"{bed.net}.{10 + place}", f"{bed.net}.1"
        folder, rate = f"{bed.folder}/{time.monotonic_ns()}-{user}", SOUNDS[codec][0]
        playing = type("Playing", (), {"path": speech.playing(rate)})
        self.user = user
        if make == "pjsua":
            options = [f"--clock-rate={rate}", f"--snd-clock-rate={rate}"]
            self.phone = Pjsua(folder, address, server, user, PASSWORD, playing, DOMAIN, options=options, codec=codec)
        else:
            module = "g711" if codec.startswith("PCM") else codec.lower()
            lines = [f"ausrc_channels {SOUNDS[codec][1]}", f"auplay_channels {SOUNDS[codec][1]}"]
            self.phone = Baresip(folder, f"{server}:5060", user, PASSWORD, playing, codec={"opus": "opus/48000/2", "G722": "G722/16000/1"}.get(codec, codec),
                                 modules=[f"module {module}.so"] if module != "g711" else [], lines=lines, address=address)
        if not self.phone.registered():
            self.phone.stop()
            raise Trouble(f"{self.phone.name} is not registered")

    def dial(self, user):
        self.phone.dial(user) if self.make == "pjsua" else self.phone.order("dial", f"sip:{user}@{DOMAIN}")

    def established(self):
        self.phone.established(within=15) if self.make == "pjsua" else self.phone.wait("CALL_ESTABLISHED", within=15)

    def hang_up(self):
        self.phone.hang_up() if self.make == "pjsua" else self.phone.order("hangup")

    def ended(self):
        self.phone.ended() if self.make == "pjsua" else self.phone.wait("CALL_CLOSED")

    def heard(self, other):
        """What it is to be scored with: how the other one's words came."""
        mode = "wb" if self.codec in WIDE and other.codec in WIDE else "nb"
        path = f"{self.phone.folder}/heard.raw"
        pathlib.Path(path).write_bytes(self.phone.heard())
        return mode, other.speech.words(mode), path, *SOUNDS[self.codec]


class Bed(frame.Bench):
    """The switch and the telephones of the calls that go on."""

    def __init__(self):
        super().__init__(Topic(), free_net(7))
        self.running, self.talked = [], {}
        self.speech = [Speech(self.folder, number) for number in range(2)]

    def talk(self, pair):
        """A call of a pair, and what both heard: jobs to be scored."""
        place, telephones = 2 * PAIRS.index(pair), []
        try:
            for side, name in enumerate(pair):
                telephones.append(Telephone(self, *name.split(), place + side, self.speech[side]))
            caller, callee = telephones
            caller.dial(callee.user)
            caller.established()
            callee.established()
            time.sleep(BEFORE + SECONDS + 1)
            caller.hang_up()
            callee.ended()
        finally:
            for telephone in telephones:
                telephone.phone.stop()
        return [(caller.codec, callee.codec, callee.heard(caller)), (callee.codec, caller.codec, caller.heard(callee))]

    def jobs(self, pair, together):
        """What a pair heard. The first of a group that is asked for calls with all the others of it."""
        if pair not in self.talked:
            group = together if not any(other in self.talked for other in together) else [pair]
            with concurrent.futures.ThreadPoolExecutor(len(group)) as pool:
                self.talked.update(zip(group, [pool.submit(self.talk, other) for other in group]))
        # Asked once: a second try is another call.
        done = self.talked[pair]
        self.talked[pair] = None
        if done is None:
            return self.talk(pair)
        return done.result()

    def stop_all(self):
        while self.running:
            self.running.pop().stop()


def samples(bed):
    """A case: random code words from one pjsua to another are heard as they were said."""
    sounds = [Sound(f"{bed.folder}/{side}.wav", "PCMU", side, 20) for side in ("caller", "callee")]
    phones = [Pjsua(f"{bed.folder}/{time.monotonic_ns()}-{side}", f"{bed.net}.{10 + side}", f"{bed.net}.1", USERS[side], PASSWORD, sounds[side], DOMAIN) for side in (0, 1)]
    bed.running += phones
    if not all(phone.registered() for phone in phones):
        raise Trouble("a telephone is not registered")
    phones[0].dial(USERS[1])
    for phone in phones:
        phone.established()
    time.sleep(4)
    phones[0].hang_up()
    phones[1].ended()
    bed.stop_all()
    remarks = []
    for phone, sound in (phones[0], sounds[1]), (phones[1], sounds[0]):
        heard = Heard(phone.heard(), sound)
        # All but for what a jitter buffer takes at the beginning and what is under way at the end.
        if heard.exact < 3.4 or heard.pieces > 5:
            raise Trouble(f"{phone.user} heard {heard.exact:.2f} s exactly in {heard.pieces} pieces of {heard.recorded:.1f} s")
        remarks.append(f"{heard.exact:.2f} s in {heard.pieces} pieces")
    return ", ".join(remarks)


def payloads(bed):
    """A case: what no decoder could take arrives as it was sent."""
    near, far = (End(user, f"{bed.net}.{last}", f"{bed.net}.1", DOMAIN, bed.folder / f"{user}.log") for user, last in (("near", 200), ("far", 201)))
    try:
        return ", ".join(carried(near, far, number, format_, step, sizes) for number, format_, step, sizes in (
            ("7001", (9, "G722/8000"), 160, [160]), ("7002", (96, "opus/48000/2"), 960, range(1, 400)), ("7003", (3, "GSM/8000"), 160, [33])))
    finally:
        near.close()
        far.close()


def scored(pair, together):
    """A case: both of a pair are heard well enough."""
    def case(bed):
        jobs = bed.jobs(pair, together)
        found = scores([job for _, _, job in jobs])
        remarks, bad = [], []
        for (first, second, job), score in zip(jobs, found):
            least = EXPECTED[first, second, job[0]] - MARGIN
            remarks.append(f"{first} to {second} {score:.2f} ({job[0]}, at least {least:.2f})")
            if score < least:
                bad.append(remarks[-1])
        if bad:
            raise Trouble("; ".join(bad))
        return ", ".join(remarks)

    return case


def cases():
    found = {"relayed: code words of G.711": samples, "relayed: payloads of random bytes": payloads}
    for number, pair in enumerate(PAIRS):
        first = number // AT_ONCE * AT_ONCE
        found[" calls ".join(pair)] = scored(pair, PAIRS[first:first + AT_ONCE])
    return found


def main():
    words = sys.argv[1:]
    subprocess.run([HERE.parent / "setup.sh", "baresip-core", "ffmpeg", "python3-venv", "python3-dev", "gcc", "libc6-dev"], check=True)
    prompts(), python()
    if words == ["--matrix"]:
        sys.exit(1 if matrix(EXPECTED) else 0)
    found = runner.chosen(cases(), words)
    subprocess.run([HERE / "pjsua.sh"], check=True, stdout=subprocess.DEVNULL)
    bed = Bed()
    runner.go_through("quality", found, bed, 36, (Trouble, frame.Wrong), bed.stop_all)


if __name__ == "__main__":
    main()
