#!/usr/bin/env python3
"""The messages of RFC 4475, and messages like those of RFC 5118 (IPv6), sent to the real daemon over UDP and TCP: every one must get
the status it deserves, or silence; nothing may be left of them; a call must go through afterwards.

    tests/interop/torture.py [NAME ...]        all by default, in about a minute (most of it waiting that nothing is left)
    ROUNDS=5                                   how often all of them are sent
    SWITCHHOOK=target/debug/switchhook         another build of the daemon than the release build

The tester is a trunk of the domains that the messages name, and calls to those have nobody to go to: what is a good INVITE gets 480.
"""

import os
import pathlib
import re
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "features"), str(HERE / "torture")]

import frame  # noqa: E402
from agent import Message, Wrong  # noqa: E402
from expected import EXPECTED, NOTHING  # noqa: E402
from ipv6 import IPV6  # noqa: E402

FILES = HERE.parent.parent / "host/sip/src/message/torture"
ROUNDS = int(os.environ.get("ROUNDS", "5"))
DOMAINS = ("example.com", "example.org", "example.net", "company.com", "chair-dnrc.example.com", "registrar.example.com", "[2001:db8::10]")


class Topic:
    """What the frame wants to know of a topic."""

    __name__ = "torture"
    HEAD = frame.HEAD
    CONFIG = frame.BASE + "".join(
        f"""
[domains."{name}"]
default_destination = ["client:nobody"]
clients = [{{ username = "nobody", password = "secret" }}]
[[domains."{name}".trunks]]
name = "tester"
sources = ["NET.30/32", "NET.31/32"]
dialplan = "all"
[domains."{name}".dialplans.all]
"*" = {{ fallback = ["client:nobody"] }}
""" for name in DOMAINS)


def messages(words):
    """(name, bytes) of all that were asked for."""
    everything = {path.stem: path.read_bytes() for path in sorted(FILES.glob("*.sip"))} | IPV6
    return {name: data for name, data in everything.items() if not words or name in words}


def sent_by_ports(data):
    """The ports that an answer may go to: of the topmost Via, if it names one."""
    text = data.decode(errors="replace")
    via = re.search(r"(?im)^(?:via|v)\s*:\s*SIP\s*/\s*[\d.]+\s*/\s*\w+\s+([^\r\n;,]*(?:\[[^\]]*\])?[^\r\n;,]*)", text)
    port = re.search(r"(?<!:)(?:\]|^[^:\[]*):\s*(\d+)\s*$", via[1].strip()) if via else None
    return {5060} | ({int(port[1])} if port else set())


def over_udp(bench, data, within):
    """What answers, as statuses, within the time; it stops at the first final one."""
    listening = []
    for port in sent_by_ports(data):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind((f"{bench.net}.30", port))
        one.settimeout(0.02)
        listening.append(one)
    sender = next(one for one in listening if one.getsockname()[1] == 5060)
    try:
        sender.sendto(data, (f"{bench.net}.1", 5060))
        deadline, statuses = time.monotonic() + within, []
        while time.monotonic() < deadline:
            for one in listening:
                try:
                    answer = Message(one.recv(65536).decode(errors="replace"))
                except TimeoutError:
                    continue
                if not belongs(answer, data):
                    continue
                statuses.append(answer.status or answer.method)
                if answer.status >= 200:
                    acknowledge(lambda text: sender.sendto(text, (f"{bench.net}.1", 5060)), answer)
                    return statuses
        return statuses
    finally:
        for one in listening:
            one.close()


def over_tcp(bench, data, within):
    """The same over a connection of its own, which the daemon may close."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.bind((f"{bench.net}.31", 0))
        connection.connect((f"{bench.net}.1", 5060))
        connection.settimeout(within)
        connection.sendall(data)
        text = b""
        try:
            while True:
                more = connection.recv(65536)
                if not more:
                    break
                text += more
                if re.search(rb"(?m)^SIP/2.0 [2-6]\d\d", text) and b"\r\n\r\n" in text:
                    break
        except TimeoutError:
            pass
        except ConnectionError:
            return ["reset"]
        answers = [Message(part) for part in re.findall(r"(?s)SIP/2\.0 \d\d\d .*?\r\n\r\n", text.decode(errors="replace"))]
        if answers and answers[-1].status >= 200:
            acknowledge(connection.sendall, answers[-1])
        return [answer.status for answer in answers]


def belongs(answer, data):
    """Whether it answers this message and is not a repetition for an earlier one."""
    call_id = answer.get("call-id")
    return call_id and call_id.encode() in data or answer.get("via").partition(";received")[0].encode() in data


def acknowledge(send, answer):
    """ACK for the final answer to an INVITE."""
    if answer.method != "INVITE":
        return
    try:
        send("\r\n".join([
            "ACK sip:user@example.com SIP/2.0", f"Via: {answer.get('via')}", "Max-Forwards: 70", f"From: {answer.get('from')}", f"To: {answer.get('to')}",
            f"Call-ID: {answer.get('call-id')}", f"CSeq: {answer.get('cseq').split()[0]} ACK", "Content-Length: 0", "", ""]).encode())
    except OSError:
        pass


def judge(name, transport, statuses):
    """(as expected, how to say it)."""
    final = next((status for status in statuses if isinstance(status, int) and status >= 200), NOTHING)
    expected = EXPECTED[name]
    expected = expected.get(transport, expected["udp"]) if isinstance(expected, dict) else expected
    expected = expected if isinstance(expected, tuple) else (expected,)
    return final in expected, f"{final}" + ("" if final in expected else f" instead of {' or '.join(map(str, expected))} ({statuses})")


def resources(bench):
    """(descriptors, resident MiB) of the daemon."""
    place = pathlib.Path(f"/proc/{bench.process.pid}")
    memory = re.search(r"VmRSS:\s+(\d+)", (place / "status").read_text())
    return len(list((place / "fd").iterdir())), int(memory[1]) / 1024


def call(bench, number):
    """A plain call; what is wrong with it."""
    case = frame.Case("a call", frame.CALLER, [frame.Party("callee.xml", user="1002", registers=True), frame.Party("caller.xml")])
    good, remark = bench.try_case(number, case)
    return "" if good else remark


def send_all(bench, chosen, transport, send, verdicts):
    """Sends all of them a few times; the verdicts are on the first round and any later one that differs."""
    # Answers come within milliseconds; INVITEs are decided first; silence costs the whole time.
    within = 0.6
    for turn in range(ROUNDS):
        for name, data in chosen.items():
            # Another Call-ID and branch each time: a transaction is 32 seconds old before it may be another.
            fresh = re.sub(rb"z9hG4bK(?=[^\s;])", b"z9hG4bK%d%s" % (turn, transport.encode()), data)
            fresh = re.sub(rb"(?im)^(call-id|i)(\s*:\s*)(?=[\w])", rb"\g<1>\g<2>%d%s" % (turn, transport.encode()), fresh)
            verdict = judge(name, transport, send(bench, fresh, within))
            if turn == 0 or not verdict[0]:
                verdicts.setdefault((name, transport), verdict)
                if not verdict[0]:
                    verdicts[name, transport] = verdict


def main():
    chosen = messages(sys.argv[1:])
    bench = frame.Bench(Topic(), f"127.{16 + os.getpid() % 200}.240")
    failed = passed = 0

    def line(what, remark, good):
        nonlocal passed, failed
        passed, failed = passed + bool(good), failed + (not good)
        print(f"{what:<36} {remark:<80} {'ok' if good else 'FAILED'}", flush=True)

    try:
        bench.start()
        trouble = call(bench, 0)
        if trouble:
            raise Wrong(f"no call goes through even before: {trouble}")
        time.sleep(2)
        verdicts = {}
        senders = [threading.Thread(target=send_all, args=(bench, chosen, *how, verdicts)) for how in (("udp", over_udp), ("tcp", over_tcp))]
        before = resources(bench)
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        for name in chosen:
            both = [verdicts[name, transport] for transport in ("udp", "tcp")]
            line(name, f"UDP {both[0][1]}, TCP {both[1][1]}", all(good for good, _ in both))
        trouble = call(bench, 1)
        line("a call afterwards", trouble or "went through", not trouble)
        # 64·T1 and the time that an idle call may take: then all transactions are gone.
        time.sleep(40)
        after = resources(bench)
        count = len(chosen) * 2 * ROUNDS
        line("descriptors", f"{before[0]} before, {after[0]} after {count} messages", after[0] <= before[0])
        line("memory", f"{before[1]:.0f} MiB before, {after[1]:.0f} MiB after", after[1] < before[1] + 24)
        # It waits for calls and transactions, a minute at most: going at once says that there are none.
        begun = time.monotonic()
        bench.process.terminate()
        bench.process.wait(90)
        line("no call and no transaction is left", f"SIGTERM ended it within {time.monotonic() - begun:.1f} s", time.monotonic() - begun < 3)
    except (Wrong, OSError) as wrong:
        failed += 1
        print(f"torture: {wrong}")
    finally:
        bench.stop()
    if failed:
        print(f"logs are kept in {bench.folder}")
    else:
        frame.shutil.rmtree(bench.folder, ignore_errors=True)
    print(f"torture: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
