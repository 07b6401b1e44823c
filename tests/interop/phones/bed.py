"""The bed of phones.py: a switch on all transports with a certificate of its own, telephones of two makes, and what they heard."""

import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "features"), str(HERE.parent / "softphones")]

import frame  # noqa: E402
from pjsua import Pjsua  # noqa: E402
from sound import Heard, Sound  # noqa: E402
from telephones import Baresip, Trouble  # noqa: E402

DOMAIN = "switchhook.test"
PASSWORD = "secret"
SOUND = 30  # seconds: longer than any case
PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}


class Topic:
    """What the frame wants to know of a topic."""

    __name__ = "phones"
    HEAD = frame.HEAD + """
[[listen]]
transport = "tls"
address = "NET.1:5061"
advertised = "NET.1"
certificate = "switch.pem"
key = "switch.key"
[[listen]]
transport = "ws"
address = "NET.1:8080"
[[listen]]
transport = "wss"
address = "NET.1:8443"
certificate = "switch.pem"
key = "switch.key"
"""
    CONFIG = """
[domains."switchhook.test"]
default_destination = ["client:1009"]
clients = [
    { username = "1001", password = "secret" }, { username = "1002", password = "secret", pickup_group = "desk" },
    { username = "1003", password = "secret", pickup_group = "desk" }, { username = "1004", password = "secret" },
    { username = "1009", password = "secret" },
]
[domains."switchhook.test".codes]
do_not_disturb = "*78"
do_not_disturb_off = "*79"
forward_always = "*72"
forward_always_off = "*73"
forward_busy = "*90"
forward_no_answer = "*92"
forward_unreachable = "*94"
forward_off = "*70"
pickup = "*8"
pickup_group = "*8"
park = "*68"
[domains."switchhook.test".parking]
slots = ["701-709"]
[domains."switchhook.test".dialplans.default]
"*" = "table"
[domains."switchhook.test".dialplans.inbound]
"*" = "table"
[[domains."switchhook.test".trunks]]
name = "carrier"
sources = ["NET.20/32"]
dialplan = "inbound"
outbound = { host = "NET.20", port = 5060, transport = "udp" }
"""
    ROUTES = frame.ROUTES


def certificate(folder, address):
    """An authority, and a certificate of its for the switch."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={DOMAIN}", "-keyout", "switch.key", "-out", "switch.csr")
    (folder / "names").write_text(f"subjectAltName=DNS:{DOMAIN},DNS:localhost,IP:{address}\n")
    openssl("x509", "-req", "-in", "switch.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "7", "-extfile", "names", "-out", "switch.pem")


class Bed(frame.Bench):
    """The switch and the telephones of the case that runs."""

    def __init__(self, net, topic=None):
        super().__init__(topic or Topic(), net)
        certificate(self.folder, f"{net}.1")
        self.running, self.sounds = [], {}

    def sound(self, user):
        """What a telephone plays."""
        if user not in self.sounds:
            self.sounds[user] = Sound(f"{self.folder}/{user}.wav", "PCMU", user, SOUND)
        return self.sounds[user]

    def place(self, user):
        return f"{self.folder}/{time.monotonic_ns()}-{user}"

    def add(self, phone, registers):
        self.running.append(phone)
        if registers and not phone.registered():
            raise Trouble(f"{phone.name} is not registered")
        return phone

    def pjsua(self, user, transport="udp", answers=200, options=(), registers=True):
        """A pjsua that has registered; 5… is the telephone behind the trunk."""
        trunk = user.startswith("5")
        last = 20 if trunk else 10 + int(user[-1])
        phone = Pjsua(self.place(user), f"{self.net}.{last}", f"{self.net}.1", user, PASSWORD, self.sound(user), None if trunk else DOMAIN, transport, answers, options)
        return self.add(phone, registers and not trunk)

    def baresip(self, user, transport="udp", **options):
        """A baresip that has registered."""
        server = f"{self.net}.1:{PORTS[transport]}"
        return self.add(Baresip(self.place(user), server, user, PASSWORD, self.sound(user), transport=transport, **options), True)

    def heard(self, phone, other, seconds):
        """Whether a telephone heard another one's sound for so long, sample for sample, in few pieces."""
        heard = Heard(phone.heard(), self.sound(other))
        if heard.exact < 0.75 * seconds:
            raise Trouble(f"{phone.user} heard {heard.exact:.2f} s of {other} instead of {seconds:.1f} s ({heard.recorded:.1f} s in all)")
        return f"{phone.user} heard {other} {heard.exact:.1f} s"

    def stop_phones(self):
        """Their recordings are whole then."""
        while self.running:
            self.running.pop().stop()

    def end_calls(self):
        """The telephones go, recordings stay."""
        phones = list(self.running)
        self.stop_phones()
        return phones


def free_net(last):
    """Addresses that no other run has."""
    return f"127.{16 + os.getpid() % 200}.{last}"
