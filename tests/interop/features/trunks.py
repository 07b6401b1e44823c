"""Trunks: how they are recognised, registration and credentials towards them, groups and fail-over, limits, numbers, who calls."""

import re
import time

import frame
from agent import Wrong
from frame import CALLEE, CALLER, Case, Party

HEAD = frame.HEAD


def trunk(name, last, more="", outbound=""):
    """TOML of a trunk at NET.`last`."""
    return f"""
[[domains."feature.test".trunks]]
name = "{name}"
sources = ["NET.{last}/32"]
dialplan = "inbound"
{more}
outbound = {{ host = "NET.{last}", port = 5060, transport = "udp"{outbound} }}
"""


CONFIG = frame.BASE + "".join([
    trunk("asks", 21, "", ', username = "me", password = "trunk secret"'),
    trunk("first", 22), trunk("second", 23),
    trunk("small", 24, "limits = { calls_out = 1 }"),
    trunk("writes", 25, 'e164 = { country = "49", area = "30", write = "plus" }'),
    trunk("trusted", 26, 'trusted = true\nidentity = ["P-Asserted-Identity"]'),
    trunk("stranger", 27, 'identity = ["P-Asserted-Identity"]'),
    trunk("fixed", 28, 'caller_id = { fixed = "+4930999" }'),
    trunk("registrar", 29, 'register = { expires_seconds = 60 }', ', username = "me", password = "trunk secret"'),
    trunk("watched", 30, "health = { interval_seconds = 1, timeout_seconds = 1, down_after = 2, up_after = 1 }"),
    """
[[domains."feature.test".trunks]]
name = "by-password"
dialplan = "inbound"
inbound = { username = "pbx", password = "pbx secret" }
[[domains."feature.test".trunk_groups]]
name = "both"
members = [{ trunk = "first", priority = 1 }, { trunk = "second", priority = 2 }]
"""])


def to(name, number="{callee}"):
    return [{"connect": {"targets": [{"endpoint": {"trunk": {"trunk": name, "number": number}}}], "timeout_seconds": 20}}]


ROUTES = {**frame.ROUTES, "2001": to("asks"), "2002": to("both"), "2004": to("small"), "030*": to("writes"), "2006": to("trusted"), "2007": to("stranger"), "2008": to("fixed")}

REFUSES_503 = '<part name="called"/><part name="reply" status="503 Service Unavailable"/><recv request="ACK"/>'


def checked(*checks):
    """A callee that wants these (header, regular expression) in the INVITE."""
    actions = "".join(f'<ereg regexp="{expression}" search_in="{"hdr" if header else "msg"}" {f"""header="{header}" """ if header else ""}check_it="true" assign_to="c{index}"/>'
                      for index, (header, expression) in enumerate(checks))
    names = ",".join(f"c{index}" for index in range(len(checks)))
    return f"""<recv request="INVITE"><action>{actions}</action></recv><Reference variables="{names}"/>
<part name="reply"/><part name="reply-sdp"/><recv request="ACK"/><part name="hung-up"/>"""


ASKS = """<recv request="INVITE"/>
  <send><![CDATA[
      SIP/2.0 407 Proxy Authentication Required
      [last_Via:]
      [last_From:]
      [last_To:];tag=[pid]q[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Proxy-Authenticate: Digest realm="carrier", nonce="abc", algorithm=MD5, qop="auth"
      Content-Length: 0

    ]]></send>
  <recv request="ACK"/>
""" + checked(("Proxy-Authorization:", "username=.me."), ("Proxy-Authorization:", "realm=.carrier."))
BY_PASSWORD = '<part name="call"/><part name="answered"/><part name="hang-up"/>'
KEEPS = '<part name="callee-answers"/><part name="hung-up"/>'
TALKS = '<part name="call"/><part name="answered"/><part name="hang-up" milliseconds="1500"/>'


def listed(run, name, pattern, within=6):
    """What `switchhook trunk list` says of a trunk and, indented below it, of its hosts; once it matches."""
    deadline = time.monotonic() + within
    while True:
        text = run.command("trunk", "list")
        found = re.search(rf"(?m)^\s*{name}\b.*(?:\n\s+.*)*", text)
        line = found[0] if found else ""
        if re.search(pattern, line):
            return " ".join(line.split())
        if time.monotonic() > deadline:
            raise Wrong(f"trunk list says “{' '.join(line.split())}”")
        time.sleep(0.1)


def registers(run):
    """REGISTER to the carrier: challenged, taken; renewed in time; its calls arrive at the contact."""
    carrier = run.agent("carrier", 29)
    contacts = []
    for _ in range(2):
        first = carrier.request("REGISTER", within=40)
        if not first.get("authorization"):
            carrier.reply(first, 401, "Unauthorized", ['WWW-Authenticate: Digest realm="carrier", nonce="n1", algorithm=MD5, qop="auth"'])
            first = carrier.request("REGISTER", within=5)
        if 'username="me"' not in first.get("authorization"):
            raise Wrong(f"Authorization: {first.get('authorization')}")
        contacts.append(first.get("contact"))
        # Half a minute is short: it must come again before.
        carrier.reply(first, 200, "OK", [f"Contact: {contacts[-1].split(';expires')[0]};expires=30"])
    state = listed(run, "registrar", r"(?i)registered")
    return f"{state}; renewed; Contact: {contacts[0]}"


def watched(run):
    """OPTIONS: up while they are answered, down when they are not."""
    carrier = run.agent("carrier", 30)
    for _ in range(2):
        carrier.reply(carrier.request("OPTIONS", within=8), 200)
    up = listed(run, "watched", r"(?i)\bup\b")
    carrier.close()
    run.agents.clear()
    down = listed(run, "watched", r"(?i)\bdown\b", within=12)
    return f"{up} | {down}"


def from_where(number):
    """Checks the record: which trunk the call was of."""
    def check(run):
        origin = run.records()[0]["origin"]
        if origin.get("trunk") != number:
            raise Wrong(f"origin {origin}")
        return f"origin {origin}"

    return check


INBOUND = '<part name="invite" headers="{}"/><part name="answered" cseq="1"/><part name="hang-up" cseq="2"/>'
CASES = [
    Case("recognised by address", CALLER, [Party("callee.xml", user="1002", registers=True), Party("trunk-caller.xml", at=22)], from_where("first")),
    Case("recognised by credentials", CALLER, [Party("callee.xml", user="1002", registers=True), Party(BY_PASSWORD, user="pbx", options=("-ap", "pbx secret"))], from_where("by-password")),
    Case("credentials towards a trunk", CALLEE, [Party(ASKS, at=21), Party("caller.xml", number="2001")]),
    Case("registration at a trunk", CALLEE, run=registers, within=60),
    Case("OPTIONS health", CALLEE, run=watched),
    Case("group: the next after 503", CALLEE, [Party(REFUSES_503, at=22), Party("callee.xml", at=23), Party("caller.xml", number="2002")]),
    Case("group: the next after silence", CALLEE, [Party("callee.xml", at=23), Party("caller.xml", number="2002")]),
    Case("one channel: the second call is refused", CALLEE, [Party(KEEPS, at=24), Party(TALKS, number="2004"), Party('<part name="call"/><recv response="100" optional="true"/><recv response="480" optional="true" next="1"/><recv response="486" optional="true" next="1"/><recv response="503"/><label id="1"/><part name="refusal-ack"/>', user="1003", number="2004", after=1)]),
    Case("numbers rewritten (E.164)", CALLEE, [Party(checked(("", "INVITE sip:.4930555@")), at=25), Party("caller.xml", number="030555")]),
    Case("P-Asserted-Identity to a trusted trunk", CALLEE, [Party(checked(("P-Asserted-Identity:", "1001@")), at=26), Party("caller.xml", number="2006")]),
    Case("Privacy: id towards a stranger", CALLEE, [Party(checked(("From:", "[Aa]nonymous")), at=27), Party('<part name="call" headers="Privacy: id"/><part name="answered"/><part name="hang-up"/>', number="2007")]),
    Case("Privacy: id towards a trusted trunk", CALLEE, [Party(checked(("P-Asserted-Identity:", "1001@"), ("Privacy:", "id")), at=26), Party('<part name="call" headers="Privacy: id"/><part name="answered"/><part name="hang-up"/>', number="2006")]),
    Case("the caller id is the trunk's", CALLEE, [Party(checked(("From:", ".4930999@")), at=28), Party("caller.xml", number="2008")]),
    Case("P-Asserted-Identity from a trusted trunk", CALLER, [Party(checked(("From:", "4930777@")), user="1002", registers=True), Party(INBOUND.format("P-Asserted-Identity: <sip:+4930777@carrier.example>"), at=26)]),
]
