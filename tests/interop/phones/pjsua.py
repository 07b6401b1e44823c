"""pjsua, ordered about through its menu: a telephone that can transfer, replace, watch and hold several calls."""

import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "softphones"))

from sound import read  # noqa: E402
from telephones import Trouble  # noqa: E402

PROGRAM = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "switchhook/pjproject/pjsua"


class Pjsua:
    """A running pjsua with one account (none if `user` is a number of a trunk: `domain` is then None). It plays `sound` into every call and
    records what it hears; it answers with `answers`, or waits to be told if that is 0. `codec` is the only one that it
    has (`options` cannot take it away: pjsua adds codecs last)."""

    def __init__(self, folder, address, server, user, password, sound, domain, transport="udp", answers=200, options=(), prefix=(), codec="PCMU"):
        os.makedirs(folder)
        self.folder, self.user, self.name, self.domain, self.transport = folder, user, f"pjsua {user}", domain or server, transport
        port = 5061 if transport == "tls" else 5060
        self.recording, self.text = f"{folder}/heard.wav", f"{folder}/log"
        command = [*prefix, "stdbuf", "-oL", PROGRAM, "--null-audio", "--no-color", "--clock-rate=8000", "--snd-clock-rate=8000", "--no-vad", "--ec-tail=0", f"--bound-addr={address}",
                   f"--ip-addr={address}", "--local-port=5060", "--app-log-level=5", "--max-calls=4", f"--rec-file={self.recording}", "--auto-rec",
                   f"--play-file={sound.path}", "--auto-play", "--dis-codec=*", f"--add-codec={codec}", "--no-tones", "--rtp-port=4000"]
        command += [f"--auto-answer={answers}"] if answers else []
        if domain:
            command += [f"--id=sip:{user}@{domain}", f"--registrar=sip:{domain}", "--realm=*", f"--username={user}", f"--password={password}",
                        f"--proxy=sip:{server}:{port};transport={transport};lr", "--reg-timeout=300"]
        else:
            command += [f"--id=sip:{user}@{address}", f"--outbound=sip:{server}:{port};transport={transport};lr"]
        command += ["--use-tls"] if transport == "tls" else []
        self.log = open(self.text, "wb")
        self.process = subprocess.Popen([str(part) for part in (*command, *options)], stdin=subprocess.PIPE, stdout=self.log, stderr=subprocess.STDOUT, cwd=folder)
        self.wait("Ready: Success")

    def stop(self):
        """Ends it; the recording is whole then."""
        if self.process.poll() is None:
            try:
                self.order("q")
                self.process.wait(4)
            except (subprocess.TimeoutExpired, OSError):
                self.process.kill()
                self.process.wait()
        self.log.close()

    def order(self, *lines):
        """Types lines into the menu."""
        self.process.stdin.write(("\n".join(lines) + "\n").encode())
        self.process.stdin.flush()

    def said(self):
        """Everything that it printed so far."""
        with open(self.text, errors="replace", encoding="utf-8") as file:
            return file.read()

    def mark(self):
        """A place in what it printed, for `wait`."""
        return len(self.said())

    def wait(self, pattern, since=0, within=8):
        """Waits until it has printed something that matches."""
        deadline = time.monotonic() + within
        while True:
            found = re.search(pattern, self.said()[since:], re.S)
            if found:
                return found
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise Trouble(f"{self.name} did not say “{pattern}”, see {self.text}")
            time.sleep(0.05)

    def registered(self):
        """Waits for the answer to REGISTER."""
        return self.wait(r"registration success, status=200|registration failed[^\n]*|Registration failed[^\n]*")[0].startswith("registration success")

    def dial(self, number):
        """Calls a number of the domain."""
        self.order("m", f"sip:{number}@{self.domain}")

    def hang_up(self):
        """Ends the current call."""
        self.order("h")

    def established(self, call=0, since=0, within=8):
        """Waits until a call of its is up."""
        self.wait(rf"Call {call} state changed to CONFIRMED", since, within)

    def ended(self, call=0, since=0, within=8):
        """Waits until a call of its is over; the reason."""
        return self.wait(rf"Call {call} is DISCONNECTED \[reason=(\d+)[^\]]*\]", since, within)[1]

    def heard(self):
        """The samples that it heard so far, in all its calls; whole when it has stopped."""
        return read(self.recording)
