#!/usr/bin/env python3
"""Mailboxes and recordings, by telephones that people have: what is kept is compared sample for sample with what was said.

    tests/interop/voicemail.py [WORD ...]      cases with one of these words; all by default
    SWITCHHOOK=target/debug/switchhook         another build of the daemon than the release build

Needs root: disks that are full or do not write are mounted, and packets are watched on the loopback interface.
"""

import collections
import json
import os
import pathlib
import re
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
import wave

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "phones"))

from bed import DOMAIN, Bed, Trouble, frame, free_net  # noqa: E402
import runner  # noqa: E402
from sound import KEY, RATE, Heard, mu_law, read  # noqa: E402

PIN = "4711"
MESSAGE = 4.0  # seconds that the caller speaks
# So much of what was said lies in a channel sample for sample. The rest may be shifted towards the clock of the recording, by a sample a packet:
# telephones send their first packets out of step.
LEAST = 0.75
WORDS = [struct.pack("<h", mu_law(code)) for code in range(256)]


class Topic:
    """What the frame wants to know of a topic: 1002 does not answer and has a mailbox, which 1004 looks after too; 1003 is recorded."""

    __name__ = "voicemail"
    HEAD = frame.HEAD + """
[state]
file = "switchhook.state"
[recording]
folder = "recordings"
free_space_minimum_mb = 0
[voicemail]
folder = "voicemail"
"""
    CONFIG = f"""
[domains."{DOMAIN}"]
default_destination = [{{ respond = {{ status = 480 }} }}]
clients = [
    {{ username = "1001", password = "secret" }}, {{ username = "1002", password = "secret" }},
    {{ username = "1003", password = "secret" }}, {{ username = "1004", password = "secret", mailbox = "1002" }},
]
[domains."{DOMAIN}".codes]
mailbox = "*97"
any_mailbox = "*98"
[domains."{DOMAIN}".mailboxes.1002]
pin = "{PIN}"
[domains."{DOMAIN}".dialplans.default]
"*" = "table"
"""
    ROUTES = {
        "1002": [{"connect": {"targets": [{"endpoint": {"client": "1002"}}], "timeout_seconds": 2}}, {"voicemail": {"mailbox": "1002"}}],
        "1003": [{"record": {"action": "start"}}, {"connect": {"targets": [{"endpoint": {"client": "1003"}}], "timeout_seconds": 20}}],
    }


def wait_for(what, told, within=8):
    """What `told` gives once it is something."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        found = told()
        if found:
            return found
        time.sleep(0.1)
    raise Trouble(f"{what} did not come within {within} s")


def messages(bed):
    """The messages of the mailbox, as `switchhook mailbox show` tells them."""
    shown = json.loads(bed.command("mailbox", "show", f"1002@{DOMAIN}", "--json"))
    return shown if isinstance(shown, list) else shown["messages"]


def empty(bed):
    """Removes what a case left that failed."""
    for one in messages(bed):
        bed.command("mailbox", "delete", f"1002@{DOMAIN}", one["id"])


def exact(samples, sound, seconds, what):
    """That there is so much of a sound in it, sample for sample, in one piece or few."""
    heard = Heard(samples, sound)
    if heard.exact < seconds or heard.backwards > 1:
        raise Trouble(f"{what}: {heard.exact:.2f} s in {heard.pieces} pieces instead of {seconds:.2f} s ({heard.recorded:.1f} s in all)")
    return f"{what} {heard.exact:.2f} s in {heard.pieces} piece{'s' * (heard.pieces != 1)}"


def lamp_is(other, word, since=0):
    """Waits until baresip's last word on the lamp is this one."""
    def last():
        told = [event.get("param", "") for event in other.events[since:] if "MWI" in event.get("type", "")]
        return told and word in told[-1]

    wait_for(f"the lamp of {other.name} ({word})", last, 10)


def leave(bed):
    """1001 calls 1002, which rings and does not answer, and speaks into the mailbox."""
    caller = bed.pjsua("1001")
    caller.dial("1002")
    caller.established(within=10)
    wait_for("a message that is being taken", lambda: list((bed.folder / "voicemail").rglob("*.part")), 20)
    time.sleep(MESSAGE)
    caller.hang_up()
    caller.ended(r"\d")
    return wait_for("the message", lambda: [one for one in messages(bed) if not one["heard"]])


def mailbox(bed):
    """From the call that nobody answers to the lamp that goes out, with a restart in between."""
    empty(bed)
    phone = bed.pjsua("1002", answers=180, options=("--mwi",))
    phone.wait(r"Messages-Waiting:\s*no")
    other = bed.baresip("1004", modules=("module mwi.so",), account=";mwi=yes")
    mark = phone.mark()
    left = leave(bed)
    phone.wait(r"Messages-Waiting:\s*yes.*?Voice-Message:\s*1/0", mark)
    lamp_is(other, "yes")
    files = list((bed.folder / "voicemail").rglob("*.wav"))
    if len(files) != 1 or left[0]["caller"] != "1001" or "1002" not in bed.command("mailbox", "list"):
        raise Trouble(f"{files} hold {left}; list: {bed.command('mailbox', 'list')}")
    remarks = [exact(read(files[0]), bed.sound("1001"), LEAST * MESSAGE, "stored")]

    bed.restart()
    bed.stop_phones()
    if [one["id"] for one in messages(bed)] != [one["id"] for one in left]:
        raise Trouble(f"after the restart there are {messages(bed)}")
    phone = bed.pjsua("1002", options=("--mwi",))
    phone.wait(r"Messages-Waiting:\s*yes.*?Voice-Message:\s*1/0")
    other = bed.baresip("1004", modules=("module mwi.so",), account=";mwi=yes")

    # A wrong PIN, then the right one.
    mark = phone.mark()
    phone.dial("*97")
    phone.established(r"\d", mark)
    time.sleep(0.5)
    phone.order("#", "0000#")
    time.sleep(3)
    if messages(bed)[0]["heard"]:
        raise Trouble("the message is played to a wrong PIN")
    mark, events = phone.mark(), len(other.events)
    phone.order("#", f"{PIN}#")
    wait_for("the message that is heard", lambda: messages(bed)[0]["heard"], 25)
    phone.wait(r"Messages-Waiting:\s*no.*?Voice-Message:\s*0/1", mark)
    lamp_is(other, "no", events)
    phone.order("#", "7")
    wait_for("the message's end", lambda: not messages(bed))
    phone.hang_up()
    phone.ended(r"\d", mark)
    if list((bed.folder / "voicemail").rglob("*.wav")):
        raise Trouble("the message's file is still there")
    bed.stop_phones()
    # baresip's first word on the lamp comes before anybody listens to its events; its log has it.
    told = re.findall(r"Messages-Waiting: (\w+)\s", pathlib.Path(other.folder, "log").read_text(errors="replace"))
    if told[:1] != ["yes"] or told[-1:] != ["no"]:
        raise Trouble(f"after the restart {other.name} was told {told}")
    remarks.append(exact(phone.heard(), bed.sound("1001"), LEAST * MESSAGE, "heard"))
    return ", ".join([*remarks, "both lamps on, on after a restart, off; deleted"])


def wrong_pin(bed):
    """Who does not know the PIN is sent away at the third, and hears nothing of the message."""
    empty(bed)
    leave(bed)
    stranger = bed.pjsua("1003")
    stranger.dial("*981002")
    stranger.established()
    for _ in range(3):
        time.sleep(2.5)
        stranger.order("#", "1234#")
    stranger.ended(within=15)
    kept = messages(bed)
    bed.stop_phones()
    heard = Heard(stranger.heard(), bed.sound("1001"))
    if heard.exact > 0 or len(kept) != 1 or kept[0]["heard"]:
        raise Trouble(f"{heard.exact:.2f} s of the message were heard; it is {kept}")
    bed.command("mailbox", "delete", f"1002@{DOMAIN}", kept[0]["id"])
    if messages(bed):
        raise Trouble("`mailbox delete` left it there")
    return "sent away after three, nothing heard; then deleted by command"


class Wire(threading.Thread):
    """When each packet of a telephone's call crossed the loopback interface: its place in what is said, by direction."""

    def __init__(self, phone, switch):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self.socket.bind(("lo", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.settimeout(0.2)
        self.between = {(socket.inet_aton(phone), socket.inet_aton(switch)): 0, (socket.inet_aton(switch), socket.inet_aton(phone)): 1}
        self.packets, self.goes = ([], []), True
        self.start()

    def run(self):
        while self.goes:
            try:
                packet = self.socket.recv(2048)
            except TimeoutError:
                continue
            now, packet = time.monotonic(), packet[14:]
            way = self.between.get((packet[12:16], packet[16:20]))
            # UDP with mu-law in RTP version 2, 20 ms of it.
            if way is not None and packet[9] == 17 and len(packet) == 20 + 8 + 12 + 160 and packet[28] == 0x80 and packet[29] & 0x7F == 0:
                self.packets[way].append((now, packet[40:]))

    def stop(self):
        self.goes = False
        self.join()
        self.socket.close()

    def lags(self, way, recording):
        """For each packet that a channel holds: where it lies in there, less when it crossed. Seconds."""
        first = {}
        for at in range(0, len(recording) - KEY, 2):
            first.setdefault(recording[at:at + KEY], at)
        seen = collections.Counter(payload for _, payload in self.packets[way])
        lags = []
        for when, payload in self.packets[way]:
            at = first.get(b"".join(WORDS[code] for code in payload[:KEY // 2]))
            # The loopback interface shows a packet twice, in an instant; a sound that has begun again is none to judge by.
            if at is not None and seen[payload] <= 2:
                lags.append(at / 2 / RATE - when)
        return lags


def channels(path):
    """Left and right of a recording, as bytes."""
    with wave.open(str(path)) as file:
        if file.getparams()[:3] != (2, 2, RATE):
            raise Trouble(f"{path}: {file.getparams()}")
        frames = file.readframes(file.getnframes())
    return [b"".join(frames[at:at + 2] for at in range(side, len(frames), 4)) for side in (0, 2)]


def talk(bed, seconds, meanwhile=lambda: None):
    """1001 and 1003 talk and are recorded; both, the call's record, and what crossed between 1001 and the switch."""
    before = len(bed.records())
    caller, callee = bed.pjsua("1001"), bed.pjsua("1003")
    wire = Wire(f"{bed.net}.11", f"{bed.net}.1")
    caller.dial("1003")
    caller.established()
    callee.established()
    end = time.monotonic() + seconds
    meanwhile()
    time.sleep(max(0, end - time.monotonic()))
    caller.hang_up()
    callee.ended()
    wire.stop()
    bed.stop_phones()
    record = wait_for("the call's record", lambda: bed.records()[before:], 10)[0]
    # Both heard each other whole, whatever became of the recording.
    heard = [exact(phone.heard(), bed.sound(other), seconds - 0.7, f"{phone.user} heard") for phone, other in ((caller, "1003"), (callee, "1001"))]
    return record, heard, wire


def kept(bed, record):
    """The file that the record names."""
    urls = record.get("recordings", [])
    if len(urls) != 1 or not urls[0].startswith("file:///"):
        raise Trouble(f"the record names {urls}")
    path = pathlib.Path(urls[0][len("file://"):])
    if not path.is_relative_to(bed.folder / "recordings") or not path.exists():
        raise Trouble(f"there is no {path}")
    return path


def recording(bed):
    """A call is recorded: each side in its channel, and the channels as they were on the wire."""
    record, _, wire = talk(bed, 5)
    sides = channels(kept(bed, record))
    remarks = [exact(sides[0], bed.sound("1001"), LEAST * 5, "left"), exact(sides[1], bed.sound("1003"), LEAST * 5, "right")]
    lags = [wire.lags(way, side) for way, side in enumerate(sides)]
    if min(map(len, lags)) < 100:
        raise Trouble(f"only {list(map(len, lags))} packets were found in the recording")
    offset = 1000 * (statistics.median(lags[0]) - statistics.median(lags[1]))
    if abs(offset) > 20:
        raise Trouble(f"the left channel is {offset:.1f} ms off the right one, against the wire")
    return ", ".join([*remarks, f"offset of the channels {offset:+.2f} ms against the wire"])


class Mounted:
    """Another file system over the folder of recordings."""

    def __init__(self, bed, *arguments):
        self.folder = bed.folder / "recordings"
        self.folder.mkdir(exist_ok=True)
        subprocess.run(["mount", *arguments, self.folder], check=True)

    def __enter__(self):
        return self.folder

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.folder], check=True)


def full_disk(bed):
    """The disk is full in the middle of a call: the recording fails, the call does not notice."""
    said = (bed.folder / "daemon.log").stat().st_size
    with Mounted(bed, "-t", "tmpfs", "-o", "size=1m", "none") as folder:
        (folder / "filler").write_bytes(bytes((1 << 20) - (64 << 10)))
        record, heard, _ = talk(bed, 7)
    log = (bed.folder / "daemon.log").read_bytes()[said:].decode(errors="replace")
    if record.get("recordings") or "a recording failed; the call goes on" not in log:
        raise Trouble(f"record: {record.get('recordings')}; log: {log[-400:]}")
    if not any("No space left" in why for why in record.get("recording_failures", [])):
        raise Trouble(f"the record does not say why: {json.dumps(record)}")
    return ", ".join([*heard, f"a warning, and the record says “{record['recording_failures'][0]}”"])


def slow_disk(bed):
    """The disk takes nothing for seconds in the middle of a call: the call does not notice, and the recording is whole."""
    image = bed.folder / "disk"
    with open(image, "wb") as file:
        file.truncate(16 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    with Mounted(bed, "-o", "loop", image) as folder:
        def freeze():
            time.sleep(1)
            subprocess.run(["fsfreeze", "--freeze", folder], check=True)
            try:
                # More is said in this time than is gathered before it is written.
                time.sleep(6)
                sizes = [path.stat().st_size for path in folder.rglob("*.part")]
                if len(sizes) != 1 or sizes[0] > 1000:
                    raise Trouble(f"the disk was to take nothing, and has {sizes} bytes")
            finally:
                subprocess.run(["fsfreeze", "--unfreeze", folder], check=True)

        record, heard, _ = talk(bed, 8, freeze)
        sides = channels(kept(bed, record))
        remarks = [exact(side, bed.sound(user), LEAST * 8, name) for side, user, name in zip(sides, ("1001", "1003"), ("left", "right"))]
    return ", ".join([*heard, *remarks])


CASES = {
    "a message, from the call to the lamp that goes out": mailbox,
    "a mailbox and wrong PINs": wrong_pin,
    "a recorded call": recording,
    "a recorded call and a full disk": full_disk,
    "a recorded call and a disk that does not write": slow_disk,
}


def main():
    found = runner.chosen(CASES, sys.argv[1:])
    if os.geteuid() != 0:
        print("voicemail: not run, disks are mounted by root\nvoicemail: 0 passed, 0 failed")
        return
    subprocess.run([HERE.parent / "setup.sh", "baresip-core", "espeak-ng", "openssl", "e2fsprogs", "util-linux"], check=True)
    subprocess.run([HERE / "pjsua.sh"], check=True, stdout=subprocess.DEVNULL)
    bed = Bed(free_net(243), Topic())
    runner.go_through("voicemail", found, bed, 52, (Trouble, frame.Wrong, subprocess.CalledProcessError), bed.stop_phones)


if __name__ == "__main__":
    main()
