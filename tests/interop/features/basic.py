"""Registration, calls and what every switch does: the first rows of the table, and examples for the others."""

from agent import Wrong
import frame
from frame import CALLEE, CALLER, Case, Party

HEAD = frame.HEAD.replace('address = ["NET.1"]', 'address = ["NET.1", "::1"]') + """
[[listen]]
transport = "udp"
address = "[::1]:PORT6"
[[listen]]
transport = "tcp"
address = "[::1]:PORT6"
"""


def registers(run):
    """A client registers, is listed, and removes its contact."""
    agent = run.agent("1001", 11)
    first = agent.register(";q=0.7")
    if first.status != 200 or agent.local[0] not in first.get("contact"):
        raise Wrong(first.first)
    gone = agent.register(expires=0)
    if gone.status != 200 or gone.get("contact"):
        raise Wrong(f"after the removal: {gone.first}, Contact: {gone.get('contact')}")
    return "200 with the contact; 200 without"


def is_not_let_in(run):
    """A wrong password and a name that does not exist are answered alike."""
    answers = []
    for user, password in ("1001", "guess"), ("nobody", "guess"):
        agent = run.agent(user, 11 + len(answers))
        agent.password = password
        answers.append(agent.register())
    if answers[0].status != answers[1].status or answers[0].status not in (401, 403):
        raise Wrong(f"{answers[0].first} for a client, {answers[1].first} for nobody")
    return f"{answers[0].status} twice"


def options(run):
    """OPTIONS is answered with what the switch can do."""
    answer = run.agent("1001", 11).ask("OPTIONS", f"sip:{run.server}", auth=False)
    if answer.status != 200 or "INVITE" not in answer.get("allow"):
        raise Wrong(f"{answer.first}, Allow: {answer.get('allow')}")
    return f"200, Allow: {answer.get('allow')}"


def recorded(status, leg):
    """Checks the call record."""
    def check(run):
        record = run.records()[0]
        found = record["status"], (record["legs"] or [{}])[-1].get("target")
        if found != (status, leg):
            raise Wrong(f"the record says {found}")
        return f"recorded: {status}"

    return check


RING_ONLY = '<part name="called"/><part name="reply"/>'
CANCELLED = RING_ONLY + '<part name="cancelled"/>'
GIVES_UP = """<part name="call"/><recv response="100" optional="true"/><recv response="180"/><pause milliseconds="50"/>
<part name="cancel"/>"""
BUSY = '<part name="called"/><part name="reply" status="486 Busy Here"/><recv request="ACK"/>'
HOLDS = """<part name="call"/><part name="answered"/>
<part name="request-sdp" direction="sendonly"/><part name="answered" cseq="3"/>
<part name="request-sdp" cseq="4" version="3"/><part name="answered" cseq="4"/><part name="hang-up" cseq="5"/>"""
CALLEE_HOLDS = """<part name="callee-answers"/><pause milliseconds="100"/>
<part name="callee-request-sdp" direction="sendonly"/><recv response="100" optional="true"/><recv response="200"/><part name="callee-ack"/>
<part name="callee-request-sdp" cseq="2" version="3"/><recv response="100" optional="true"/><recv response="200"/><part name="callee-ack" cseq="2"/>
<part name="hung-up"/>"""
IS_HELD = """<recv request="INVITE"><action><ereg regexp="a={}" search_in="body" check_it="true" assign_to="{}"/></action></recv><Reference variables="{}"/>"""
HELD = """<part name="callee-answers"/>""" + IS_HELD.format("sendonly", "one", "one") + """<part name="ok-sdp" direction="recvonly"/><recv request="ACK"/>
""" + IS_HELD.format("sendrecv", "two", "two") + """<part name="ok-sdp" version="3"/><recv request="ACK"/><part name="hung-up"/>"""
CALLER_HELD = """<part name="call"/><part name="answered"/>""" + IS_HELD.format("sendonly", "one", "one") + """<part name="ok-sdp" direction="recvonly"/><recv request="ACK"/>
""" + IS_HELD.format("sendrecv", "two", "two") + """<part name="ok-sdp" version="3"/><recv request="ACK"/><part name="hang-up" milliseconds="300"/>"""
MOVED = '<part name="called"/><part name="reply" status="302 Moved Temporarily" contact="<sip:1003@feature.test>"/><recv request="ACK"/>'

ROUTES = {
    "100?": [{"connect": {"targets": [{"endpoint": {"client": "{callee}"}}], "timeout_seconds": 20}}],
    "5*": [{"connect": {"targets": [{"endpoint": {"trunk": {"trunk": "carrier", "number": "{callee}"}}}], "timeout_seconds": 20}}],
    "7*": [{"connect": {"targets": [{"endpoint": {"uri": "sip:{callee}@NET.20;transport=tcp"}}], "timeout_seconds": 20}}],
    "600": [{"connect": {"targets": [{"endpoint": {"client": "1002"}}, {"endpoint": {"client": "1003"}}], "strategy": "simultaneous", "timeout_seconds": 20}}],
}

CASES = [
    Case("register, list, remove", CALLER, run=registers),
    Case("wrong password and unknown name", CALLER, run=is_not_let_in),
    Case("OPTIONS", CALLER, run=options),
    Case("call, the caller hangs up", CALLER, [Party("callee.xml", user="1002", registers=True), Party("caller.xml")], recorded(200, "1002")),
    Case("call, the callee hangs up", CALLEE, [Party("callee-hangs-up.xml", user="1002", registers=True), Party("caller-hung-up.xml")], recorded(200, "1002")),
    Case("call over TCP", CALLER, [Party("callee.xml", user="1002", registers=True), Party("caller.xml", transport="tcp")]),
    Case("call over TCP", CALLEE, [Party("callee.xml", at=20, transport="tcp"), Party("caller.xml", number="7001")]),
    Case("call to the TCP contact of a client whose connection is gone", CALLEE, [Party("callee.xml", user="1002", registers=True, transport="tcp"), Party("caller.xml")]),
    Case("call from and to a trunk", CALLER, [Party("callee.xml", user="1002", registers=True), Party("trunk-caller.xml", at=20, user="15550100")]),
    Case("call from and to a trunk", CALLEE, [Party("callee.xml", at=20), Party("caller.xml", number="5551")]),
    Case("IPv6 to IPv6", CALLER, [Party("callee.xml", user="1002", registers=True, ipv6=True), Party("caller.xml", ipv6=True)], recorded(200, "1002")),
    Case("IPv6 to IPv4", CALLER, [Party("callee.xml", user="1002", registers=True), Party("caller.xml", ipv6=True)]),
    Case("IPv6 to IPv4", CALLEE, [Party("callee.xml", user="1002", registers=True, ipv6=True), Party("caller.xml")]),
    Case("IPv6 over TCP", CALLER, [Party("callee.xml", user="1002", registers=True), Party("caller.xml", ipv6=True, transport="tcp")]),
    Case("cancelled while it rings", CALLER, [Party(CANCELLED, user="1002", registers=True), Party(GIVES_UP)], recorded(487, "1002")),
    Case("busy", CALLEE, [Party(BUSY, at=20), Party(BUSY, user="1009", registers=True), Party('<part name="call"/><part name="refused"/>', number="5552")]),
    Case("hold and resume", CALLER, [Party(HELD, user="1002", registers=True), Party(HOLDS)]),
    Case("hold and resume", CALLEE, [Party(CALLEE_HOLDS, user="1002", registers=True), Party(CALLER_HELD)]),
    Case("redirected (302)", CALLEE, [Party(MOVED, at=20), Party("callee.xml", user="1003", registers=True), Party("caller.xml", number="5553")]),
    Case("two phones ring, one answers", CALLEE, [Party(CANCELLED, user="1002", registers=True), Party('<part name="called"/><part name="reply"/><pause milliseconds="500"/><part name="reply-sdp"/><recv request="ACK"/><part name="hung-up"/>', user="1003", registers=True), Party("caller.xml", number="600")]),
]
