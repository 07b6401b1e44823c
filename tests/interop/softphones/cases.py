"""Telephones that register at the real daemon and talk. Prints a line a case, and fails if one does.

Called by tests/interop/softphones.sh: cases.py SWITCHHOOK TABLE_WASM [CASE ...]
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.dirname(HERE))

import runner  # noqa: E402
from sound import Heard, Sound  # noqa: E402
from telephones import Baresip, Output, Phone, Trouble, free_port  # noqa: E402

PASSWORDS = {"1001": "one", "1002": "two", "1003": "three", "1004": "four"}
TALK = 2.0  # seconds
SOUND = 20  # seconds: longer than any call
PIECES = 20  # more is no late packet but noise
LIMIT = 300  # seconds: no case begins later


class Bench:
    """The switch, the telephones of the case that runs, and what they say."""

    def __init__(self, binary, table):
        self.binary, self.folder = binary, tempfile.mkdtemp(prefix="softphones-")
        self.running, self.sounds = [], {}
        shutil.copy(table, f"{self.folder}/table.wasm")
        port = free_port()
        self.server = f"127.0.0.1:{port}"
        with open(f"{HERE}/switchhook.toml") as file:
            text = file.read().replace("SIP_PORT", str(port))
        with open(f"{self.folder}/switchhook.toml", "w") as file:
            file.write(text)
        configuration = ["--config", f"{self.folder}/switchhook.toml"]
        self.switch = Output([binary, "serve", *configuration], f"{self.folder}/daemon.log")
        for _ in range(100):
            if subprocess.run([binary, "plugin", "list", *configuration], capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        self.switch.stop()
        raise Trouble(f"the daemon did not start, see {self.folder}/daemon.log")

    def sound(self, user, codec="PCMU"):
        if (user, codec) not in self.sounds:
            self.sounds[user, codec] = Sound(f"{self.folder}/{user}-{codec}.wav", codec, user, SOUND)
        return self.sounds[user, codec]

    def place(self, user):
        return f"{self.folder}/{len(self.running)}-{user}-{time.monotonic_ns()}"

    def baresip(self, user, codec="PCMU", password=None, registers=True, **options):
        """A baresip that has tried to register; `registers`: how that must have ended."""
        phone = Baresip(self.place(user), self.server, user, password or PASSWORDS[user], self.sound(user, codec),
                        codec=codec, **options)
        self.running.append(phone)
        if phone.registered() != registers:
            raise Trouble(f"{phone.name} is {'not ' if registers else ''}registered")
        return phone

    def phone(self, user, *arguments, password=None):
        phone = Phone(self.binary, self.place(user), self.server, user, password or PASSWORDS[user], self.sound(user), *arguments)
        self.running.append(phone)
        return phone

    def records(self):
        try:
            with open(f"{self.folder}/calls.jsonl") as file:
                return [json.loads(line) for line in file]
        except FileNotFoundError:
            return []

    def record_after(self, count):
        """The one call record that follows the first `count`."""
        for _ in range(50):
            if len(self.records()) > count:
                return self.records()[count]
            time.sleep(0.1)
        raise Trouble("the switch wrote no call record")

    def stop_telephones(self):
        while self.running:
            self.running.pop().stop()

    def heard(self, who, recording, sound, seconds):
        """Checks that the sound arrived for `seconds`, sample for sample, in order and in few pieces."""
        heard = Heard(recording, sound)
        if heard.exact < 0.8 * seconds or heard.backwards or heard.pieces > PIECES:
            raise Trouble(f"{who} heard {heard.exact:.2f} s of {seconds:.1f} s exactly ({heard.recorded:.2f} s in all, "
                          f"{heard.pieces} pieces, {heard.backwards} steps back)")
        return f"{who} {heard.exact:.2f} s" + (f" in {heard.pieces} pieces" if heard.pieces > 1 else "")


def number(user):
    return f"sip:{user}@switchhook.test"


def connected(caller, callee, called):
    """Two baresips in a call, and what to look at afterwards."""
    since = caller.happened(), callee.happened()
    caller.order("dial", number(called))
    callee.wait("CALL_ESTABLISHED", since=since[1])
    caller.wait("CALL_ESTABLISHED", since=since[0])
    return since


def hang_up(first, second, since_first, since_second):
    first.order("hangup")
    second.wait("CALL_CLOSED", since=since_second)
    first.wait("CALL_CLOSED", since=since_first)


def two(bench, by="caller", codec="PCMU", caller="udp", callee="udp"):
    """1001 calls 1002, they talk, one of them hangs up."""
    a = bench.baresip("1001", codec, transport=caller)
    b = bench.baresip("1002", codec, transport=callee)
    count = len(bench.records())
    since_a, since_b = connected(a, b, "1002")
    time.sleep(TALK)
    if by == "caller":
        hang_up(a, b, since_a, since_b)
    else:
        hang_up(b, a, since_b, since_a)
    bench.record_after(count)
    return ", ".join([bench.heard("1001 heard", a.heard(), bench.sound("1002", codec), TALK),
                      bench.heard("1002 heard", b.heard(), bench.sound("1001", codec), TALK)])


def arriving(phones, seconds):
    """How many packets arrive at each of them in this time."""
    before = [phone.received() for phone in phones]
    time.sleep(seconds)
    return [phone.received() - old for phone, old in zip(phones, before)]


def hold(bench, by="caller", transport="udp"):
    """One side holds the call and resumes it: nothing arrives in between, all packets afterwards."""
    a, b = bench.baresip("1001", transport=transport), bench.baresip("1002", transport=transport)
    since_a, since_b = connected(a, b, "1002")
    holder, held = (a, b) if by == "caller" else (b, a)
    time.sleep(1)
    holder.order("hold")
    time.sleep(0.5)
    silence = arriving((a, b), 1)
    holder.order("resume")
    time.sleep(0.5)
    resumed = arriving((a, b), 1)
    hang_up(held, holder, *((since_b, since_a) if by == "caller" else (since_a, since_b)))
    if max(silence) > 2 or min(resumed) < 40:
        raise Trouble(f"packets in 1 s on hold: {silence}, in 1 s after it: {resumed}")
    bench.heard("1001 heard", a.heard(), bench.sound("1002"), 1)
    bench.heard("1002 heard", b.heard(), bench.sound("1001"), 1)
    return f"packets in 1 s on hold {max(silence)}, after it {min(resumed)} each way"


def hold_of_phone(bench, tcp):
    """A baresip holds the phone and resumes: the phone hears it before and after that, and nothing in between."""
    transport = "tcp" if tcp else "udp"
    a = bench.baresip("1001", transport=transport)
    phone = bench.phone("1004", "--answer", "--ring", "0.3", "--patience", "10", *(["--tcp"] if tcp else []))
    phone.wait("registered")
    a.order("dial", number("1004"))
    a.wait("CALL_ESTABLISHED")
    time.sleep(1.5)
    a.order("hold")
    phone.wait("put on hold")
    time.sleep(1)
    a.order("resume")
    phone.wait("taken from hold")
    time.sleep(1.5)
    a.order("hangup")
    if phone.end() != 0:
        raise Trouble(f"the phone failed: {phone.said()[-300:]}")
    return before_and_after("1004", phone, bench, "1001")


def before_and_after(who, phone, bench, other):
    """What a phone heard whose call was on hold in its middle."""
    recording = phone.heard()
    middle = len(recording) // 4 * 2
    return ", ".join([bench.heard(f"{who} heard before", recording[:middle], bench.sound(other), 1.1),
                      bench.heard("after", recording[middle:], bench.sound(other), 1.1)])


def phone_holds_phone(bench, tcp):
    """One phone holds another for two seconds, in which it may go on to play: both hear the other before and after."""
    options = ["--tcp"] if tcp else []
    a = bench.phone("1001", "--answer", "--ring", "0.3", "--patience", "10", *options)
    a.wait("registered")
    b = bench.phone("1004", "--call", "1001", "--hold-after", "1.5", "--duration", "5", *options)
    if b.end() != 0 or a.end() != 0:
        raise Trouble(f"a phone failed: {b.said()[-300:]} {a.said()[-300:]}")
    for phone, words in ((b, "the other side is back"), (a, "put on hold"), (a, "taken from hold")):
        phone.wait(words)
    return ", ".join([before_and_after("1001", a, bench, "1004"), before_and_after("1004", b, bench, "1001")])


def phone_calls_baresip(bench, tcp, by):
    options = ["--tcp"] if tcp else []
    b = bench.baresip("1002", transport="tcp" if tcp else "udp")
    duration = TALK if by == "caller" else TALK + 8
    phone = bench.phone("1004", "--call", "1002", "--duration", str(duration), *options)
    b.wait("CALL_ESTABLISHED")
    if by == "callee":
        time.sleep(TALK)
        b.order("hangup")
    b.wait("CALL_CLOSED")
    if phone.end() != 0:
        raise Trouble(f"the phone failed: {phone.said()[-300:]}")
    phone.wait("hung up by us" if by == "caller" else "hung up by the other side")
    return ", ".join([bench.heard("1004 heard", phone.heard(), bench.sound("1002"), TALK),
                      bench.heard("1002 heard", b.heard(), bench.sound("1004"), TALK)])


def baresip_calls_phone(bench, tcp, by):
    options = ["--tcp"] if tcp else []
    a = bench.baresip("1001", transport="udp" if tcp else "tcp")
    duration = TALK if by == "callee" else TALK + 8
    phone = bench.phone("1004", "--answer", "--ring", "0.3", "--patience", "10", "--duration", str(duration), *options)
    phone.wait("registered")
    a.order("dial", number("1004"))
    a.wait("CALL_ESTABLISHED")
    if by == "caller":
        time.sleep(TALK)
        a.order("hangup")
    a.wait("CALL_CLOSED")
    if phone.end() != 0:
        raise Trouble(f"the phone failed: {phone.said()[-300:]}")
    return ", ".join([bench.heard("1001 heard", a.heard(), bench.sound("1004"), TALK),
                      bench.heard("1004 heard", phone.heard(), bench.sound("1001"), TALK)])


def phone_holds(bench):
    """The phone holds a baresip for two seconds, in which only the phone sends."""
    b = bench.baresip("1002")
    phone = bench.phone("1004", "--call", "1002", "--hold-after", "1.5", "--duration", "5")
    b.wait("CALL_CLOSED")
    if phone.end() != 0:
        raise Trouble(f"the phone failed: {phone.said()[-300:]}")
    phone.wait("the other side is on hold")
    phone.wait("the other side is back")
    return before_and_after("1004", phone, bench, "1002")


def digits(bench):
    """The phone sends digits: baresip gets them, in order."""
    b = bench.baresip("1002")
    phone = bench.phone("1004", "--call", "1002", "--dtmf", "159*#", "--duration", "3")
    b.wait("CALL_CLOSED")
    if phone.end() != 0:
        raise Trouble(f"the phone failed: {phone.said()[-300:]}")
    got = "".join(event.get("param", "") for event in b.events if event["type"] == "CALL_DTMF_START")
    if got != "159*#":
        raise Trouble(f"baresip got “{got}”")
    return f"1002 got {got}"


def wrong_password(bench):
    """Neither kind of telephone gets in, and a call without registration does not either."""
    wrong = bench.baresip("1001", password="guess", registers=False)
    b = bench.baresip("1002")
    count = wrong.happened()
    wrong.order("dial", number("1002"))
    refused = wrong.wait("CALL_CLOSED", since=count)
    phone = bench.phone("1004", "--call", "1002", "--no-register", "--duration", "1", password="guess")
    if phone.end() == 0:
        raise Trouble("the phone was let in")
    if any(event["type"] == "CALL_INCOMING" for event in b.events):
        raise Trouble("the call came through")
    return f"REGISTER refused, INVITE: {refused.get('param')}"


def default_destination(bench):
    """1005 has no telephone: 1003 gets the call."""
    a, c = bench.baresip("1001"), bench.baresip("1003")
    count = len(bench.records())
    since_a, since_c = connected(a, c, "1005")
    time.sleep(TALK)
    hang_up(a, c, since_a, since_c)
    if '"default-destination"' not in json.dumps(bench.record_after(count)):
        raise Trouble("the record names another decision")
    return ", ".join([bench.heard("1001 heard", a.heard(), bench.sound("1003"), TALK),
                      bench.heard("1003 heard", c.heard(), bench.sound("1001"), TALK)])


def cancelled(bench):
    """The caller gives up while it rings."""
    a, b = bench.baresip("1001"), bench.baresip("1002", answermode="manual")
    a.order("dial", number("1002"))
    b.wait("CALL_INCOMING")
    a.wait("CALL_RINGING")
    a.order("hangup")
    b.wait("CALL_CLOSED")
    return "the callee stops ringing"


def declined(bench):
    """The callee declines as often as the table sends the call to it; then the default destination takes it."""
    a, b, c = bench.baresip("1001"), bench.baresip("1002", answermode="manual"), bench.baresip("1003")
    a.order("dial", number("1002"))
    times = since = 0
    while not any(event["type"] == "CALL_ESTABLISHED" for event in c.events):
        b.wait("CALL_INCOMING", since=since)
        since = b.happened()
        b.order("hangup")
        times += 1
        time.sleep(0.3)
    a.wait("CALL_ESTABLISHED")
    time.sleep(1)
    a.order("hangup")
    c.wait("CALL_CLOSED")
    return f"{times} times, then " + bench.heard("1001 heard", a.heard(), bench.sound("1003"), 1)


CASES = {
    "UDP, the caller hangs up": lambda bench: two(bench),
    "UDP, the callee hangs up": lambda bench: two(bench, by="callee"),
    "TCP, the caller hangs up": lambda bench: two(bench, caller="tcp", callee="tcp"),
    "TCP, the callee hangs up": lambda bench: two(bench, by="callee", caller="tcp", callee="tcp"),
    "UDP to TCP, A-law": lambda bench: two(bench, codec="PCMA", callee="tcp"),
    "hold by the caller": lambda bench: hold(bench),
    "hold by the callee": lambda bench: hold(bench, by="callee"),
    "hold over TCP": lambda bench: hold(bench, transport="tcp"),
    "phone to baresip, UDP": lambda bench: phone_calls_baresip(bench, False, "caller"),
    "phone to baresip, TCP": lambda bench: phone_calls_baresip(bench, True, "callee"),
    "baresip, TCP, to phone, UDP": lambda bench: baresip_calls_phone(bench, False, "caller"),
    "baresip, UDP, to phone, TCP": lambda bench: baresip_calls_phone(bench, True, "callee"),
    "baresip holds phone, UDP": lambda bench: hold_of_phone(bench, False),
    "baresip holds phone, TCP": lambda bench: hold_of_phone(bench, True),
    "phone holds baresip": phone_holds,
    "phone holds phone, UDP": lambda bench: phone_holds_phone(bench, False),
    "phone holds phone, TCP": lambda bench: phone_holds_phone(bench, True),
    "digits from phone to baresip": digits,
    "wrong password": wrong_password,
    "default destination": default_destination,
    "cancelled while it rings": cancelled,
    "declined, default destination": declined,
}


def main():
    binary, table, *chosen = sys.argv[1:]
    unknown = [name for name in chosen if not any(name in case for case in CASES)]
    if unknown:
        sys.exit(f"no such case: {unknown[0]} (there are: {'; '.join(CASES)})")
    # The processes of the bench end with it, whatever ends it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        bench = Bench(binary, table)
    except Trouble as trouble:
        sys.exit(str(trouble))
    passed = failed = 0
    deadline = time.monotonic() + LIMIT
    try:
        for name, case in CASES.items():
            if chosen and not any(part in name for part in chosen):
                continue

            def once(case=case):
                if time.monotonic() > deadline:
                    raise Trouble(f"not run: {LIMIT} s are over")
                return case(bench)

            remark, good = runner.attempt(once, (Trouble,), bench.stop_telephones)
            passed, failed = passed + good, failed + (not good)
            print(f"{name:<30} {remark:<60} {'ok' if good else 'FAILED'}", flush=True)
        if bench.switch.process.poll() is not None:
            print("the daemon is gone")
            failed += 1
    finally:
        bench.stop_telephones()
        bench.switch.stop()
        if failed:
            print(f"logs are kept in {bench.folder}")
        else:
            shutil.rmtree(bench.folder)
    print(f"softphones: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
