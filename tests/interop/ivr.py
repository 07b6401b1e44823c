#!/usr/bin/env python3
"""A voice menu, driven by softphones: what they hear, say and press.

    tests/interop/ivr.py [WORD ...]     the cases whose names have one of the words in them; all of them by default

Needs root (network namespaces, in which packets get lost), baresip, pjsua (pjsua.sh), espeak-ng, and a speech recogniser from PyPI,
which it installs into the user's cache. Takes SWITCHHOOK for another binary than the release build.
"""

import os
import pathlib
import struct
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / part) for part in ("ivr", "network", "phones", "features", "softphones")]

import frame  # noqa: E402
import runner  # noqa: E402
from listening import KeySound, recognised  # noqa: E402
from net import Net  # noqa: E402
from pjsua import Pjsua  # noqa: E402
from sound import Heard, Sound  # noqa: E402
from telephones import Baresip, Trouble  # noqa: E402

DOMAIN = "switchhook.test"
SWITCH, PHONE, AGENT = "203.0.113.1", "203.0.113.10", "203.0.113.20"
CODE = "4719"


class Topic:
    """What the frame wants to know of a topic: a menu at 100, spoken words at 200, a carrier behind 8…."""

    __name__ = "ivr"
    HEAD = frame.HEAD.replace("NET.1", SWITCH).replace('[media]', '[media]\nfolder = "prompts"') + """
[plugins.menu]
file = "PLUGINS/menu.wasm"
settings_file = "menu.json"
"""
    CONFIG = f"""
[domains."{DOMAIN}"]
default_destination = [{{ respond = {{ status = 480 }} }}]
clients = [{{ username = "1001", password = "secret" }}]
[domains."{DOMAIN}".dialplans.default]
"100" = "menu"
"*" = "table"
[domains."{DOMAIN}".dialplans.inbound]
"*" = "table"
[[domains."{DOMAIN}".trunks]]
name = "carrier"
sources = ["{AGENT}/32"]
dialplan = "inbound"
outbound = {{ host = "{AGENT}", port = 5060, transport = "udp" }}
"""
    ROUTES = {
        "8*": [{"connect": {"targets": [{"endpoint": {"trunk": {"trunk": "carrier", "number": "{callee}"}}}], "timeout_seconds": 20}}],
        "200": ["answer", {"announce": {"prompts": [{"speech": {"text": "your code is four seven one nine", "language": "en-US"}}], "times": 1, "stop_keys": ""}}, {"pause": {"milliseconds": 500}}],
        "300": [{"announce": {"prompts": [{"file": "long.wav"}], "times": 1, "stop_keys": ""}}, {"respond": {"status": 486}}],
        "400": ["answer", {"pause": {"milliseconds": 500}}, {"send-digits": {"digits": "159*#", "digit_milliseconds": 120}}, {"pause": {"milliseconds": 1000}}],
        "100?": frame.ROUTES["100?"],
    }
    FILES = {"menu.json": """{
        "start": "main",
        "menus": {"main": {
            "prompts": [{"file": "menu.wav"}], "invalid": [{"file": "invalid.wav"}], "timeout": [{"file": "timeout.wav"}],
            "digits": 4, "finish_keys": "#", "first_digit_milliseconds": 2500, "inter_digit_milliseconds": 2000, "retries": 1,
            "options": {"????": {"redial": "8{digits}"}},
            "fallback": [{"respond": {"status": 486}}]
        }}
    }"""}


class Bed(frame.Bench):
    """The switch in a namespace, a softphone in another, the carrier's in a third."""

    def __init__(self, net):
        super().__init__(Topic(), "203.0.113")
        self.around, self.running, self.sounds = net, [], {}
        self.prefix = net.at("switch")
        folder = self.folder / "prompts"
        folder.mkdir()
        for name, seconds in ("menu", 4), ("invalid", 1), ("timeout", 1), ("long", 3):
            self.sounds[name] = Sound(f"{folder}/{name}.wav", "PCMU", name, seconds)
        for user in "1001", "8":
            self.sounds[user] = Sound(f"{self.folder}/{user}.wav", "PCMU", user, 30)

    def pjsua(self, space="phone", sound=None, options=(), codec="PCMU"):
        """The caller (in `phone`), or the carrier's agent (in `agent`), who has no account."""
        is_agent = space == "agent"
        user, address = ("8", AGENT) if is_agent else ("1001", PHONE)
        phone = Pjsua(f"{self.folder}/{time.monotonic_ns()}-{user}", address, SWITCH, user, "secret", sound or self.sounds[user],
                      None if is_agent else DOMAIN, options=options, prefix=self.around.at(space), codec=codec)
        self.running.append(phone)
        if not is_agent and not phone.registered():
            raise Trouble("the softphone is not registered")
        return phone

    def baresip(self, **options):
        phone = Baresip(f"{self.folder}/{time.monotonic_ns()}-baresip", f"{SWITCH}:5060", "1001", "secret", self.sounds["1001"],
                        address=PHONE, prefix=self.around.at("phone"),
                        entered=lambda: self.around.entered("phone"), **options)
        self.running.append(phone)
        if not phone.registered():
            raise Trouble("the softphone is not registered")
        return phone

    def lose(self, percent):
        for space in "switch", "phone":
            self.around.lossy(space, percent)

    def stop_all(self):
        for space in "switch", "phone":
            subprocess.run([*self.around.at(space), "nft", "delete", "table", "inet", "loss"], capture_output=True, check=False)
        while self.running:
            self.running.pop().stop()

    def heard(self, phone, name, seconds):
        """That a telephone heard so much of a sound, sample for sample and in few pieces."""
        heard = Heard(phone.heard(), self.sounds[name])
        if heard.exact < seconds:
            raise Trouble(f"heard {heard.exact:.2f} s of {name} in {heard.pieces} pieces, not {seconds:.2f} s ({heard.recorded:.1f} s in all)")
        return f"{name} {heard.exact:.2f} s in {heard.pieces} pieces"


def prompts(bed):
    """A case: nothing is pressed. The menu, the word that nothing came, the menu again, busy."""
    phone = bed.pjsua()
    phone.dial("100")
    phone.established()
    phone.ended(within=30)
    bed.stop_all()
    # All 4 s twice, but for what a jitter buffer cuts at the beginning.
    return ", ".join([bed.heard(phone, "menu", 7.8), bed.heard(phone, "timeout", 0.9)])


def early(bed):
    """A case: a prompt before the answer, and the refusal after it."""
    phone = bed.pjsua()
    phone.dial("300")
    reason = phone.ended(within=15)
    bed.stop_all()
    if reason != "486":
        raise Trouble(f"the call ended with {reason}, not 486")
    return bed.heard(phone, "long", 2.8)


def reaches(bed, phone, agent, seconds=2.0):
    """What the plugin got: it called the carrier with it. Then caller and agent hear each other."""
    number = agent.wait(r"To: <?sip:8(\d*)@", within=25)[1]
    if number != CODE:
        raise Trouble(f"the plugin got {number}, not {CODE}")
    agent.established(within=10)
    time.sleep(seconds)
    phone.hang_up() if isinstance(phone, Pjsua) else phone.order("hangup")
    agent.ended()
    return f"the plugin got {number}"


def by_event(loss):
    """A case: keys as RTP events (RFC 4733) from pjsua, in the middle of the prompt, which stops."""
    def case(bed):
        agent, phone = bed.pjsua("agent"), bed.pjsua()
        bed.lose(loss) if loss else None
        phone.dial("100")
        phone.established(within=15)
        time.sleep(1)
        phone.order("#", CODE)
        remark = reaches(bed, phone, agent)
        bed.stop_all()
        if loss:
            return remark
        whole = Heard(phone.heard(), bed.sounds["menu"]).exact
        if not 0.5 < whole < 2.5:
            raise Trouble(f"the prompt was heard for {whole:.1f} s though a key was pressed after 1 s")
        return f"{remark}, the prompt stopped after {whole:.1f} s, {bed.heard(phone, '8', 1.5)}, {bed.heard(agent, '1001', 1.5)}"

    return case


def by_info(loss):
    """A case: keys by SIP INFO from pjsua."""
    def case(bed):
        agent, phone = bed.pjsua("agent"), bed.pjsua()
        bed.lose(loss) if loss else None
        phone.dial("100")
        phone.established(within=15)
        time.sleep(1)
        phone.order("*", CODE)
        return reaches(bed, phone, agent)

    return case


def in_band(loss):
    """A case: keys as tones in the audio, by a telephone that sends no RTP events."""
    def case(bed):
        agent = bed.pjsua("agent")
        phone = bed.pjsua(sound=KeySound(f"{bed.folder}/keys.wav", 2.0, CODE))
        bed.lose(loss) if loss else None
        phone.dial("100")
        phone.established(within=15)
        return reaches(bed, phone, agent)

    return case


def from_baresip(bed):
    """A case: RTP events from another make of telephone."""
    agent, phone = bed.pjsua("agent"), bed.baresip()
    phone.order("dial", f"sip:100@{DOMAIN}")
    phone.wait("CALL_ESTABLISHED")
    time.sleep(1)
    for key in CODE:
        phone.order("sndcode", key)
        time.sleep(0.3)
    return reaches(bed, phone, agent)


def spoken(bed):
    """A case: words of the speech engine over G.722, understood by a recogniser."""
    # It has no resampler: what it plays has the rate of what it hears.
    sound = KeySound(f"{bed.folder}/wide.wav", 1.0, "", 16000)
    phone = bed.pjsua(sound=sound, options=["--clock-rate=16000", "--snd-clock-rate=16000"], codec="G722")
    phone.dial("200")
    phone.established()
    phone.ended(within=20)
    bed.stop_all()
    heard = recognised(phone.heard(), 16000, bed.folder)
    if heard != CODE:
        raise Trouble(f"the recogniser heard “{heard}”, not {CODE}")
    return f"the recogniser heard {heard}"


def sent(bed):
    """A case: the switch presses keys itself, as RTP events; a telephone tells which it got."""
    phone = bed.baresip()
    phone.order("dial", f"sip:400@{DOMAIN}")
    phone.wait("CALL_ESTABLISHED")
    phone.wait("CALL_CLOSED", within=15)
    got = "".join(event.get("param", "") for event in phone.events if event.get("type") == "CALL_DTMF_START")
    if got != "159*#":
        raise Trouble(f"the telephone got “{got}”, not 159*#")
    return f"the telephone got {got}"


def transcoded(bed):
    """A case: mu-law on one side, A-law alone on the other."""
    callee = bed.pjsua("agent", codec="PCMA")
    phone = bed.pjsua()
    phone.dial("8123")
    phone.established()
    callee.established()
    time.sleep(3)
    phone.hang_up()
    callee.ended()
    bed.stop_all()
    return ", ".join(alike(*pair) for pair in ((phone, bed.sounds["8"]), (callee, bed.sounds["1001"])))


def alike(phone, sound):
    """That what a telephone heard is a sound but for the other quantisation: each sample within a step of the coarser law. A
    jitter buffer may leave a packet out or put one in."""
    heard = struct.unpack(f"<{len(phone.heard()) // 2}h", phone.heard())[8000:]
    said = struct.unpack(f"<{len(sound.data) // 2}h", sound.data)
    offset, fits, pieces = None, 0, 0

    def fit(at, place, count):
        return 0 <= place and place + count <= len(said) and all(abs(a - b) <= max(64, abs(b) // 12) for a, b in zip(heard[at:at + count], said[place:place + count]))

    windows = range(0, len(heard) - 160, 160)
    for at in windows:
        if offset is None or not fit(at, at + offset, 160):
            near = range(len(said)) if offset is None else range(at + offset - 2000, at + offset + 2000)
            place = next((place for place in near if fit(at, place, 160)), None)
            if place is None:
                continue
            offset, pieces = place - at, pieces + 1
        fits += 1
    share = fits / len(windows)
    if share < 0.9:
        raise Trouble(f"{phone.user} heard only {share:.0%} of the samples as they were said")
    return f"{phone.user} heard {share:.1%} of the samples as said, in {pieces} pieces"


CASES = {
    "prompts, twice, and nothing is pressed": prompts,
    "a prompt before the answer": early,
    "keys as RTP events": by_event(0),
    "keys by INFO": by_info(0),
    "keys as tones": in_band(0),
    "keys as RTP events, 5 % lost": by_event(5),
    "keys by INFO, 5 % lost": by_info(5),
    "keys as tones, 5 % lost": in_band(5),
    "keys from baresip": from_baresip,
    "keys that the switch sends": sent,
    "words that a recogniser understands": spoken,
    "mu-law calls A-law": transcoded,
}


def main():
    found = runner.chosen(CASES, sys.argv[1:])
    if os.geteuid() != 0:
        print("ivr: not run, network namespaces need root\nivr: 0 passed, 0 failed")
        return
    subprocess.run([HERE.parent / "setup.sh", "iproute2", "nftables", "procps", "baresip-core", "espeak-ng", "python3-venv"], check=True)
    subprocess.run([HERE / "pjsua.sh"], check=True, stdout=subprocess.DEVNULL)
    net = Net()
    try:
        for name, address in ("switch", SWITCH), ("phone", PHONE), ("agent", AGENT):
            net.host(name, address)
        bed = Bed(net)
        runner.go_through("ivr", found, bed, 40, (Trouble, frame.Wrong), bed.stop_all)
    finally:
        net.close()


if __name__ == "__main__":
    main()
