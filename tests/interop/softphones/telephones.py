"""Two kinds of telephone: baresip, ordered about through its control socket, and `switchhook phone`."""

import contextlib
import glob
import json
import os
import random
import re
import socket
import subprocess
import threading
import time

from sound import read

# With the architecture in between on systems that keep libraries so.
BARESIP_MODULES = next(iter(glob.glob("/usr/lib/baresip/modules") + glob.glob("/usr/lib/*/baresip/modules")), "")


class Trouble(Exception):
    """A telephone did not do what the case asks."""


def free_ports(count):
    """The first of so many consecutive ports, beginning with an even one, that are free for UDP and TCP on the loopback
    address. They lie below the range from which the kernel takes the ports of sockets that ask for any, so that none of
    those comes in between before the telephone has bound them."""
    while True:
        sockets = []
        try:
            first = random.randrange(20000, 32000, 2)
            for port in range(first, first + count):
                for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
                    sockets.append(socket.socket(socket.AF_INET, kind))
                    sockets[-1].bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
        finally:
            for taken in sockets:
                taken.close()


def free_port():
    """A port that is free for UDP and TCP on the loopback address."""
    return free_ports(1)


class Output:
    """A process whose lines go to a log."""

    def __init__(self, command, log, **options):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, **options)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Baresip(Output):
    """A running baresip with one account. It plays a sound, records what it hears, and answers at once unless
    `answermode` says otherwise. It may run elsewhere: what its command begins with then, and a context in which its
    control socket can be reached."""

    def __init__(self, folder, server, user, password, sound, transport="udp", codec="PCMU", answermode="auto", modules=(), lines=(), account="", address="127.0.0.1", prefix=(), entered=contextlib.nullcontext):
        os.makedirs(folder)
        self.folder, self.user, self.name = folder, user, f"baresip {user}"
        self.events, self.replies, self.news = [], {}, threading.Condition()
        audio = free_ports(12)
        control, signalling = audio + 10, audio + 11
        modules = ["module g711.so", "module sndfile.so", "module aufile.so", "module_tmp account.so",
                   "module_app menu.so", "module_app ctrl_tcp.so", *modules]
        config = [f"module_path {BARESIP_MODULES}", *modules, "poll_method epoll", f"net_interface {address}",
                  f"sip_listen {address}:{signalling}", f"ctrl_tcp_listen 127.0.0.1:{control}", f"snd_path {folder}",
                  f"audio_source aufile,{sound.path}", "audio_player none,none", "audio_alert none,none",
                  "ringback_disabled yes", f"rtp_ports {audio}-{audio + 9}", "jitter_buffer_delay 1-20", *lines]
        text = (f"<sip:{user}@switchhook.test;transport={transport}>;auth_user={user};auth_pass={password};regint=60;"
                   f'outbound="sip:{server};transport={transport}";answermode={answermode};audio_codecs={codec}{account}')
        for name, lines in ("config", config), ("accounts", [text]), ("contacts", []):
            with open(f"{folder}/{name}", "w") as file:
                file.write("\n".join(lines) + "\n")
        super().__init__([*prefix, "baresip", "-s", "-f", folder], f"{folder}/log", cwd=folder)
        with entered():
            self.connection = self.connect(control)
        threading.Thread(target=self.listen, daemon=True).start()

    def connect(self, port):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return socket.create_connection(("127.0.0.1", port))
            except OSError:
                time.sleep(0.05)
        self.stop()
        with open(f"{self.folder}/log", errors="replace") as log:
            raise Trouble(f"{self.name} did not start: {log.read()[-1500:]}")

    def listen(self):
        """Takes in netstrings of JSON: what happens, and answers to commands."""
        data = b""
        while True:
            try:
                more = self.connection.recv(65536)
            except OSError:
                return
            if not more:
                return
            data += more
            while b":" in data:
                length, _, rest = data.partition(b":")
                if len(rest) <= int(length):
                    break
                message, data = json.loads(rest[:int(length)]), rest[int(length) + 1:]
                with self.news:
                    if message.get("event"):
                        self.events.append(message)
                    else:
                        self.replies[message.get("token")] = message
                    self.news.notify_all()

    def order(self, command, params=""):
        """Has a command of baresip's menu done."""
        token = f"{time.monotonic_ns()}"
        text = json.dumps({"command": command, "params": params, "token": token}).encode()
        self.connection.sendall(b"%d:%s," % (len(text), text))
        with self.news:
            if not self.news.wait_for(lambda: token in self.replies, 5):
                raise Trouble(f"{self.name} does not take {command}")
            reply = self.replies.pop(token)
        if not reply.get("ok"):
            raise Trouble(f"{self.name} refuses {command}: {reply.get('data')}")
        return reply.get("data") or ""

    def registered(self, within=8):
        """Whether the switch took its registration. (The events come too early: nobody listens yet.)"""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            state = re.search(r"switchhook\.test\W*(?:\[\d+m)?(OK|ERR)", self.order("reginfo"))
            if state:
                return state[1] == "OK"
            time.sleep(0.05)
        raise Trouble(f"{self.name} gets no answer to REGISTER")

    def wait(self, *kinds, since=0, within=8):
        """The first event of these kinds after the first `since` events."""
        def found():
            return next((event for event in self.events[since:] if event.get("type") in kinds), None)

        with self.news:
            if not self.news.wait_for(found, within):
                seen = [event.get("type") for event in self.events[since:]]
                raise Trouble(f"{self.name}: no {' or '.join(kinds)} within {within} s, but {seen}")
            return found()

    def happened(self):
        """How many events there were."""
        with self.news:
            return len(self.events)

    def heard(self):
        """The samples that it heard until its first re-INVITE: then its sndfile module stops to record (baresip 1.0)."""
        return b"".join(read(path) for path in sorted(glob.glob(f"{self.folder}/dump-*-dec.wav")))

    def received(self):
        """How many RTP packets arrived in its call."""
        return sum(int(count) for count in re.findall(r"rcvd=(\d+)", self.order("audio_debug")))


class Phone(Output):
    """A `switchhook phone` that registers, has one call, and ends."""

    def __init__(self, binary, folder, server, user, password, sound, *arguments):
        os.makedirs(folder, exist_ok=True)
        self.name, self.recording, self.text = f"phone {user}", f"{folder}/heard.wav", f"{folder}/log"
        super().__init__([binary, "phone", "--server", server, "--domain", "switchhook.test", "--user", user, "--password",
                          password, "--play", sound.path, "--record", self.recording, *arguments], self.text)

    def said(self):
        with open(self.text, errors="replace") as file:
            return file.read()

    def wait(self, words, within=8):
        """Waits until it has said this."""
        deadline = time.monotonic() + within
        while words not in self.said():
            if time.monotonic() > deadline or self.process.poll() is not None and words not in self.said():
                raise Trouble(f"{self.name} did not say “{words}”, see {self.text}")
            time.sleep(0.05)

    def end(self, within=10):
        """Its exit status."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise Trouble(f"{self.name} does not end, see {self.text}") from None

    def heard(self):
        return read(self.recording)
