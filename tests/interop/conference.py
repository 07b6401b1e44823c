#!/usr/bin/env python3
"""Conferences and supervision through the real daemon: who hears whom is told by the spectrum of what each telephone got.

    tests/interop/conference.py [WORD ...]     the cases whose names have one of the words in them; all of them by default

The telephones are of this file: each speaks one tone, records what it hears and presses keys as RTP events. Needs nothing but Python
and a switch; takes SWITCHHOOK for another binary than the release build.
"""

import hashlib
import json
import math
import pathlib
import random
import re
import select
import socket
import statistics
import struct
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import runner  # noqa: E402
import switch  # noqa: E402
from switch import Failed, Switch  # noqa: E402

DOMAIN = "switchhook.test"
PASSWORD = "secret"
# Hertz: whole periods in a second, none a multiple of another, and none near a beep's.
TONES = [430, 530, 670, 790, 890, 1130, 1310, 1510, 1730, 1970]
LOUD = 4000


def to_ulaw(sample):
    """A sample in G.711 µ-law."""
    sign, magnitude = (0x80, -sample) if sample < 0 else (0, sample)
    magnitude = min(magnitude, 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> exponent + 3 & 0x0F) & 0xFF


def from_ulaw(byte):
    """And back."""
    byte = ~byte & 0xFF
    magnitude = ((byte & 0x0F) << 3 | 0x84) << (byte >> 4 & 7)
    return 132 - magnitude if byte & 0x80 else magnitude - 132


LINEAR = [from_ulaw(byte) for byte in range(256)]


def amplitude(samples, hertz):
    """How loud a tone is in samples (Goertzel)."""
    factor = 2 * math.cos(2 * math.pi * hertz / 8000)
    last = before = 0.0
    for sample in samples:
        last, before = sample + factor * last - before, last
    power = last * last + before * before - factor * last * before
    return 2 * math.sqrt(max(power, 0)) / max(len(samples), 1)


class Phone:
    """A telephone with an account, in one call at a time."""

    def __init__(self, air, user, hertz):
        self.user, self.hertz, self.air = user, hertz, air
        self.sip, self.rtp = (self.bound() for _ in range(2))
        self.sound = bytes(to_ulaw(round(LOUD * math.sin(2 * math.pi * hertz * n / 8000))) for n in range(8000))
        self.heard, self.messages, self.lock = bytearray(), [], threading.Condition()
        self.sequence, self.timestamp, self.place, self.ssrc = 1, 0, 0, random.getrandbits(32)
        self.keys, self.peer, self.route, self.dialog, self.over = [], None, None, None, False
        self.cseq, self.tag = 1, f"{random.getrandbits(40):x}"
        air.add(self)

    @staticmethod
    def bound():
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
        return one

    @property
    def port(self):
        return self.sip.getsockname()[1]

    def sdp(self):
        port = self.rtp.getsockname()[1]
        return (f"v=0\r\no={self.user} 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n"
                "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n")

    def say(self, text):
        self.sip.sendto(text.encode(), ("127.0.0.1", switch.PORT))

    def request(self, method, uri, to, call_id, more="", body="", branch=None):
        branch = branch or f"z9hG4bK{random.getrandbits(60):x}"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self.say(f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch};rport\r\nMax-Forwards: 70\r\n"
                 f"From: <sip:{self.user}@{DOMAIN}>;tag={self.tag}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {self.cseq} {method}\r\n"
                 f"Contact: <sip:{self.user}@127.0.0.1:{self.port}>\r\n{more}{kind}Content-Length: {len(body)}\r\n\r\n{body}")
        return branch

    def wait(self, wanted, seconds=10):
        """The next message of which `wanted` says yes; earlier ones are passed over."""
        until = time.monotonic() + seconds
        with self.lock:
            while True:
                while self.messages:
                    message = self.messages.pop(0)
                    if wanted(message):
                        return message
                left = until - time.monotonic()
                if left <= 0:
                    raise Failed(f"{self.user} waited in vain")
                self.lock.wait(left)

    def final(self, method):
        """The final response to a request of this telephone."""
        def wanted(message):
            return message.startswith("SIP/2.0") and not message.startswith("SIP/2.0 1") and f"CSeq: {self.cseq} {method}" in message
        message = self.wait(wanted)
        return int(message.split()[1]), message

    def transaction(self, method, uri, to, call_id, more="", body=""):
        """A request, with credentials where they are wanted; the final response."""
        branch = self.request(method, uri, to, call_id, more, body)
        status, message = self.final(method)
        if status in (401, 407):
            if method == "INVITE":
                self.request("ACK", uri, field(message, "To"), call_id, branch=branch)
            self.cseq += 1
            branch = self.request(method, uri, to, call_id, more + self.credentials(message, status, method, uri), body)
            status, message = self.final(method)
        if method == "INVITE" and status >= 300:
            self.request("ACK", uri, field(message, "To"), call_id, branch=branch)
        return status, message

    def credentials(self, challenge, status, method, uri):
        nonce = re.search(r'nonce="([^"]+)"', challenge)[1]
        digest = lambda text: hashlib.md5(text.encode()).hexdigest()  # noqa: E731
        secret, what = digest(f"{self.user}:{DOMAIN}:{PASSWORD}"), digest(f"{method}:{uri}")
        if "qop=" in challenge:
            answer, more = digest(f"{secret}:{nonce}:00000001:abcd:auth:{what}"), ', qop=auth, nc=00000001, cnonce="abcd"'
        else:
            answer, more = digest(f"{secret}:{nonce}:{what}"), ""
        name = "Authorization" if status == 401 else "Proxy-Authorization"
        return f'{name}: Digest username="{self.user}", realm="{DOMAIN}", nonce="{nonce}", uri="{uri}", response="{answer}", algorithm=MD5{more}\r\n'

    def register(self):
        to = f"<sip:{self.user}@{DOMAIN}>"
        status, _ = self.transaction("REGISTER", f"sip:{DOMAIN}", to, f"r{self.tag}", "Expires: 300\r\n")
        if status != 200:
            raise Failed(f"{self.user} is not registered: {status}")
        self.cseq += 1

    def dial(self, number, expected=200):
        """Calls a number; the status."""
        uri, call_id = f"sip:{number}@{DOMAIN}", f"c{random.getrandbits(60):x}"
        status, message = self.transaction("INVITE", uri, f"<{uri}>", call_id, body=self.sdp())
        if status != expected:
            raise Failed(f"{self.user} dialled {number} and got {status}, not {expected}")
        if status == 200:
            self.dialog = (re.search(r"<(sip:[^>]+)>", field(message, "Contact"))[1], field(message, "To"), call_id)
            self.request("ACK", *self.dialog)
            self.connect(message)
        self.cseq += 1
        return self

    def connect(self, message):
        address = re.search(r"c=IN IP4 (\S+)", message)[1]
        port = re.search(r"m=audio (\d+)", message)[1]
        self.over, self.peer = False, (address, int(port))

    def answer(self):
        """Takes the next call."""
        invite = self.wait(lambda message: message.startswith("INVITE"))
        self.reply(invite, 200, self.sdp())
        self.wait(lambda message: message.startswith("ACK"))
        self.connect(invite)
        return self

    def reply(self, request, status, body=""):
        kept = "".join(f"{line}\r\n" for line in request.split("\r\n") if re.match(r"(Via|From|Call-ID|CSeq|Record-Route):", line))
        to = field(request, "To")
        to = to if ";tag=" in to else f"{to};tag={self.tag}"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self.say(f"SIP/2.0 {status} OK\r\n{kept}To: {to}\r\nContact: <sip:{self.user}@127.0.0.1:{self.port}>\r\n"
                 f"{kind}Content-Length: {len(body)}\r\n\r\n{body}")

    def hang_up(self):
        if self.dialog and not self.over:
            self.request("BYE", *self.dialog)
            self.final("BYE")
            self.cseq += 1
        self.silent()

    def ended(self, seconds=15):
        """Waits until the other side hangs up."""
        until = time.monotonic() + seconds
        while not self.over:
            if time.monotonic() > until:
                raise Failed(f"{self.user} was not hung up")
            time.sleep(0.05)

    def silent(self):
        self.peer = self.dialog = None

    def press(self, keys):
        self.keys += list(keys)
        while self.keys and self.peer:
            time.sleep(0.05)
        self.keys.clear()
        time.sleep(0.2)

    def received(self, message):
        """A message has come, on the thread of the air."""
        if message.startswith("BYE"):
            self.reply(message, 200)
            self.over = True
            self.silent()
            return
        with self.lock:
            self.messages.append(message)
            self.lock.notify_all()

    def frame(self):
        """20 ms pass."""
        if not self.peer:
            return
        payload, kind, marker, stamp = self.sound[self.place:self.place + 160], 0, 0, self.timestamp
        self.place = (self.place + 160) % 8000
        if self.keys:
            # 100 ms of a key, its end three times, and 60 ms of nothing.
            key, at = self.keys[0] if isinstance(self.keys[0], tuple) else (self.keys[0], 0)
            self.keys[0] = (key, at + 1)
            if at == 10:
                self.keys.pop(0)
            if at >= 8:
                payload = None
            else:
                number = "0123456789*#".index(key)
                stamp, kind, marker = self.timestamp - at * 160, 101, 0x80 if at == 0 else 0
                payload = struct.pack("!BBH", number, (0x80 if at >= 5 else 0) | 10, min(at + 1, 5) * 160)
        if payload is not None:
            packet = struct.pack("!BBHII", 0x80, marker | kind, self.sequence & 0xFFFF, stamp & 0xFFFFFFFF, self.ssrc) + payload
            self.sequence += 1
            self.rtp.sendto(packet, self.peer)
        self.timestamp += 160

    def hears(self):
        """The tones that it has heard in the last second: the median of ten stretches, each a whole number of periods of all tones. A
        jitter buffer that catches up changes the phase of a tone in one of them, which would be silence over the whole second."""
        samples = [LINEAR[byte] for byte in self.heard[-8000:]]
        parts = [samples[at:at + 800] for at in range(0, len(samples) - 799, 800)] or [[]]
        return {hertz: round(statistics.median(amplitude(part, hertz) for part in parts)) for hertz in TONES}


class Air(threading.Thread):
    """Moves what the telephones send and get."""

    def __init__(self):
        super().__init__(daemon=True)
        self.phones, self.stopped = [], False
        self.start()

    def add(self, phone):
        self.phones = [*self.phones, phone]

    def run(self):
        due = time.monotonic()
        while not self.stopped:
            phones = self.phones
            sockets = {one: (phone, one is phone.rtp) for phone in phones for one in (phone.sip, phone.rtp)}
            ready = select.select(list(sockets), [], [], max(0, due - time.monotonic()))[0]
            for one in ready:
                phone, is_rtp = sockets[one]
                try:
                    data = one.recv(65536)
                except OSError:
                    continue
                if not is_rtp:
                    phone.received(data.decode())
                elif data[1] & 0x7F == 0:
                    phone.heard += data[12:]
            if time.monotonic() >= due:
                for phone in phones:
                    phone.frame()
                due += 0.02


def field(message, name):
    return re.search(rf"^{name}: *(.*?)\r$", message, re.M | re.I)[1]


class Bed:
    """A switch and its telephones."""

    def __init__(self):
        self.air, self.process, self.folder = Air(), None, None

    def start(self):
        clients = "".join(f'[[domains."{DOMAIN}".clients]]\nusername = "{user}"\npassword = "{PASSWORD}"\n'
                          + ('supervises = ["1001"]\n' if user == 1010 else "") for user in range(1001, 1011))
        room = '[{ conference = { room = "daily", %s } }]'
        self.switch = Switch(f"""
[domains."{DOMAIN}"]
default_destination = [{{ respond = {{ status = 480 }} }}]
[domains."{DOMAIN}".conference]
members = 50
announce = "none"
{clients}
[domains."{DOMAIN}".codes]
monitor = "*71"
whisper = "*74"
barge = "*75"
[domains."{DOMAIN}".dialplans.default]
"500" = {{ fallback = {room % "moderator = false"} }}
"501" = {{ fallback = {room % "moderator = true"} }}
"502" = {{ fallback = {room % 'pin = "4711"'} }}
"10??" = {{ fallback = ["client:1002"] }}
""")
        self.process, self.folder = self.switch.daemon, self.switch.folder
        self.phones = [Phone(self.air, 1001 + number, hertz) for number, hertz in enumerate(TONES)]
        for phone in self.phones:
            phone.register()

    def stop(self):
        self.air.stopped = True
        if self.process:
            self.switch.end_children()

    def quiet(self):
        """All hang up."""
        for phone in getattr(self, "phones", []):
            try:
                phone.hang_up()
            except Failed:
                pass
            phone.silent()

    def rooms(self):
        return json.loads(self.switch.command("room", "list", "--json", capture=True).stdout)

    def expect(self, pairs):
        """Who is to hear whom, once things have settled: a telephone and those that it hears, and nobody else. What the room says
        of itself meanwhile takes a few seconds."""
        deadline = time.monotonic() + 8
        time.sleep(1.8)
        while True:
            try:
                return self.compare(pairs)
            except Failed:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)

    def compare(self, pairs):
        """The same, at this moment."""
        worst = LOUD
        for phone, heard in pairs:
            levels = phone.hears()
            for other in self.phones:
                level = levels[other.hertz]
                if (level > LOUD * 0.7) != (other in heard) or other not in heard and level > LOUD * 0.03:
                    raise Failed(f"{phone.user} hears {other.user} at {level} of {LOUD}; all: {levels}")
                worst = min(worst, level) if other in heard else worst
        return f"the quietest at {worst} of {LOUD}"


def ten(bed):
    """A case: a conference of ten with a tone each: every one hears exactly the nine others."""
    for phone in bed.phones:
        phone.dial("500")
    remark = bed.expect([(phone, [other for other in bed.phones if other is not phone]) for phone in bed.phones])
    members = len(bed.rooms()[0]["members"])
    bed.quiet()
    time.sleep(0.3)
    if members != 10 or bed.rooms():
        raise Failed(f"{members} members, and {len(bed.rooms())} rooms after all had left")
    return remark


def mute(bed):
    """A case: a member mutes itself with *6 and is muted by the operator."""
    a, b, c = bed.phones[:3]
    for phone in a, b, c:
        phone.dial("500")
    bed.expect([(a, [b, c]), (b, [a, c]), (c, [a, b])])
    a.press("*6")
    bed.expect([(b, [c]), (c, [b])])
    bed.switch.command("room", "mute", "daily", "1002", capture=True)
    bed.expect([(a, [c]), (b, [c]), (c, [])])
    bed.switch.command("room", "unmute", "daily", "1002", capture=True)
    a.press("*6")
    bed.expect([(b, [a, c]), (c, [a, b])])
    a.press("#")
    a.ended()
    bed.expect([(b, [c]), (c, [b])])
    return "by *6 and by the operator; # leaves"


def lock(bed):
    """A case: a moderator locks the room; the conference ends with the moderator."""
    a, moderator, c = bed.phones[3:6]
    a.dial("500")
    moderator.dial("501")
    moderator.press("*5")
    if not bed.rooms()[0]["locked"]:
        raise Failed("the room is not locked")
    c.dial("500").ended()
    moderator.press("*5")
    c.dial("500")
    bed.expect([(a, [moderator, c]), (c, [a, moderator])])
    moderator.hang_up()
    a.ended()
    c.ended()
    if bed.rooms():
        raise Failed("the room is still there")
    return "nobody came in; all were hung up with the moderator"


def pin(bed):
    """A case: three wrong PINs end the call, the right one opens the room."""
    a, b = bed.phones[6:8]
    b.dial("500")
    a.dial("502")
    time.sleep(1)
    for wrong in "0000", "4712", "47#":
        a.press(wrong)
        time.sleep(1.2)
    a.ended()
    a.dial("502")
    time.sleep(1)
    a.press("1111")
    time.sleep(1.5)
    a.press("4711")
    return bed.expect([(a, [b]), (b, [a])])


def supervise(code, switching):
    """A case: somebody supervises a call; the keys 1, 2, 3 change how."""
    def case(bed):
        client, other, supervisor = bed.phones[0], bed.phones[1], bed.phones[9]
        answering = threading.Thread(target=other.answer)
        answering.start()
        client.dial("1002")
        answering.join()
        bed.expect([(client, [other]), (other, [client])])
        bed.phones[2].dial(f"{code}1001", expected=403)
        supervisor.dial(f"{code}1001")
        # Who hears the supervisor: in each way to supervise, the client and the other side.
        ways = {"1": ([], []), "2": ([supervisor], []), "3": ([supervisor], [supervisor])}
        for turn, key in enumerate(switching):
            if turn > 0:
                supervisor.press(key)
            to_client, to_other = ways[key]
            try:
                bed.expect([(client, [other, *to_client]), (other, [client, *to_other]), (supervisor, [client, other])])
            except Failed as failure:
                raise Failed(f"supervising in way {key}: {failure}") from failure
        supervisor.hang_up()
        bed.expect([(client, [other]), (other, [client])])
        supervisor.dial(f"{code}1001")
        client.hang_up()
        supervisor.ended()
        return "heard by whom it should; the call went on alone; the supervisor is hung up when the call ends"

    return case


CASES = {
    "ten with a tone each": ten,
    "mute": mute,
    "lock and moderator": lock,
    "PIN": pin,
    "monitor": supervise("*71", "1"),
    "whisper, then all ways": supervise("*74", "2312"),
    "barge": supervise("*75", "3"),
}

if __name__ == "__main__":
    bed = Bed()
    runner.go_through("conference.py", runner.chosen(CASES, sys.argv[1:]), bed, 26, (Failed,), bed.quiet)
