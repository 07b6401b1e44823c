"""The registrar: order by q, Path, outbound and GRUU, limits, expiry, removal, what survives a restart."""

import random
import re
import threading
import time

import frame
from agent import Agent, Wrong
from frame import CALLEE, CALLER, Case, Party

HEAD = frame.HEAD + """
[state]
file = "switchhook.state"
"""
CONFIG = frame.BASE.replace('default_destination', 'registration_seconds = { min = 60, default = 300, max = 600 }\nclient_limits = { contacts = 3 }\ndefault_destination')


def expect(answer, status):
    """The answer, if it has this status."""
    if answer.status != status:
        raise Wrong(f"{answer.first} instead of {status}")
    return answer


def expiry(run):
    """Too short: 423 with Min-Expires; too long: shortened; unsaid: the default."""
    agent = run.agent("1001", 11)
    short = expect(agent.register(expires=10), 423)
    if short.get("min-expires") != "60":
        raise Wrong(f"Min-Expires: {short.get('min-expires')}")
    granted = []
    for header in [["Expires: 90000"], []]:
        answer = expect(agent.ask("REGISTER", headers=[f"Contact: {agent.contact()}", *header], to="sip:1001@feature.test"), 200)
        granted.append(int(re.search(r"expires=(\d+)", answer.get("contact"))[1]))
    expect(agent.register(expires=0), 200)
    if not (590 <= granted[0] <= 600 and 290 <= granted[1] <= 300):
        raise Wrong(f"granted {granted}")
    return f"423; granted {granted}"


def wildcard(run):
    """`Contact: *` removes all, with Expires: 0 alone."""
    agent = run.agent("1001", 11)
    for port in 5070, 5072:
        expect(agent.register(contact=f"<sip:1001@{agent.local[0]}:{port}>"), 200)
    expect(agent.ask("REGISTER", headers=["Contact: *", "Expires: 60"], to="sip:1001@feature.test"), 400)
    left = expect(agent.ask("REGISTER", headers=["Contact: *", "Expires: 0"], to="sip:1001@feature.test"), 200)
    if left.get("contact"):
        raise Wrong(left.get("contact"))
    return "400 with Expires: 60, 200 with 0"


def limit(run):
    """No more contacts than the client may have."""
    agent, statuses = run.agent("1001", 11), []
    for port in range(5070, 5078, 2):
        statuses.append(agent.register(contact=f"<sip:1001@{agent.local[0]}:{port}>").status)
    agent.register(contact="*", expires=0)
    if statuses != [200, 200, 200, 403]:
        raise Wrong(f"{statuses}")
    return "the fourth: 403"


def other_client(run):
    """Nobody registers for another one."""
    agent = run.agent("1001", 11)
    answer = agent.ask("REGISTER", headers=[f"Contact: {agent.contact()}", "Expires: 300"], to="sip:1002@feature.test")
    return f"{expect(answer, 403).status}"


def out_of_order(run):
    """An older REGISTER of the same Call-ID changes nothing."""
    agent = run.agent("1001", 11)
    call_id = f"{random.getrandbits(40):x}"
    expect(agent.register(call_id=call_id), 200)
    agent.sequence -= 5
    answer = agent.register(call_id=call_id, expires=0)
    agent.sequence += 20
    listed = expect(agent.ask("REGISTER", to="sip:1001@feature.test"), 200)
    agent.register(contact="*", expires=0)
    if not listed.get("contact"):
        raise Wrong(f"removed by an older one ({answer.first})")
    return f"{answer.status}, the contact stays"


def gruu(run):
    """A device with an instance gets a public and a temporary GRUU (RFC 5627), and an OPTIONS or INVITE for one finds it."""
    agent = run.agent("1001", 11)
    instance = '+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"'
    answer = expect(agent.register(";" + instance, headers=["Supported: gruu"]), 200)
    contact = answer.get("contact")
    public, temporary = re.search(r'pub-gruu="([^"]+)"', contact), re.search(r'temp-gruu="([^"]+)"', contact)
    if not public or not temporary or "gruu" not in public[1] and ";gr=" not in public[1]:
        raise Wrong(f"Contact: {contact}")
    caller = run.agent("1002", 12)
    call_id = f"{random.getrandbits(40):x}"
    caller_body = f"v=0\r\no=a 1 1 IN IP4 {caller.local[0]}\r\ns=-\r\nc=IN IP4 {caller.local[0]}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
    result = []
    asking = threading.Thread(target=lambda: result.append(caller.ask("INVITE", public[1], headers=["Content-Type: application/sdp"], body=caller_body, call_id=call_id, within=10)))
    asking.start()
    try:
        invite = agent.request("INVITE")
        agent.reply(invite, 486, "Busy Here")
    finally:
        asking.join()
        agent.register(contact="*", expires=0)
    return f"{public[1]} rings, the caller is told {result[0].status}"


def outbound(run):
    """A device with two flows (RFC 5626): one contact each, `Require: outbound`, and a call comes over one of them, once."""
    flows = [run.agent("1001", 11, "tcp"), run.agent("1001", 12, "tcp")]
    for number, flow in enumerate(flows, 1):
        answer = expect(flow.register(f';reg-id={number};+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf7>"', headers=["Supported: path, outbound"]), 200)
    listed = answer.all("contact")
    count = sum(value.count("reg-id=") for value in listed)
    if count != 2 or "outbound" not in answer.get("require"):
        raise Wrong(f"{count} contacts with reg-id, Require: {answer.get('require')}")
    caller = run.agent("1002", 13)
    asking = threading.Thread(target=lambda: caller.ask("INVITE", "sip:1001@feature.test", within=10))
    asking.start()
    rung = 0
    try:
        for flow in reversed(flows):
            try:
                invite = flow.request("INVITE", within=1.5)
            except Wrong:
                continue
            rung += 1
            flow.reply(invite, 486, "Busy Here")
    finally:
        asking.join()
        flows[0].register(contact="*", expires=0)
    if rung != 1:
        raise Wrong(f"{rung} INVITEs for one device")
    return f"Require: {answer.get('require')}, Flow-Timer: {answer.get('flow-timer') or 'none'}; one INVITE"


def survives(run):
    """A contact is there after a restart."""
    agent = run.agent("1003", 11)
    expect(agent.register(";q=0.8"), 200)
    agent.close()
    run.agents.clear()
    time.sleep(0.3)
    run.bench.restart()
    again = run.agent("1003", 11)
    listed = expect(again.ask("REGISTER", to="sip:1003@feature.test"), 200).get("contact")
    again.register(contact="*", expires=0)
    if f"{again.local[0]}:5060" not in listed or "q=0.8" not in listed:
        raise Wrong(f"Contact: {listed}")
    return listed


def by_q(run):
    """The better one rings alone."""
    Agent.register_once("1002", "secret", "feature.test", (f"{run.net}.21", 5060), (run.server, 5060), "udp", ";q=1.0")
    Agent.register_once("1002", "secret", "feature.test", (f"{run.net}.22", 5060), (run.server, 5060), "udp", ";q=0.3")
    return ""


def path(run):
    """A registration over a proxy, which adds itself: it says where it is to be called through (RFC 3327)."""
    agent = run.agent("1002", 23)
    answer = expect(agent.register(contact="<sip:1002@192.0.2.77:5060>", headers=["Supported: path", f"Path: <sip:{run.net}.23:5060;lr>"]), 200)
    if f"{run.net}.23" not in answer.get("path"):
        raise Wrong(f"Path: {answer.get('path')}")
    agent.close()
    run.agents.clear()


ROUTED = """<recv request="INVITE"><action>
  <ereg regexp="sip:1002@192.0.2.77" search_in="msg" check_it="true" assign_to="uri"/>
  <ereg regexp="NETESCAPED.23" search_in="hdr" header="Route:" check_it="true" assign_to="route"/>
</action></recv><Reference variables="uri,route"/>
<part name="reply-sdp"/><recv request="ACK"/><part name="hung-up"/>""".replace("NETESCAPED", "127[.0-9]*")
BUSY = '<part name="called"/><part name="reply" status="486 Busy Here"/><recv request="ACK"/>'

CASES = [
    Case("expiry within limits (423)", CALLER, run=expiry),
    Case("Contact: *", CALLER, run=wildcard),
    Case("no more contacts than allowed", CALLER, run=limit),
    Case("not for another client", CALLER, run=other_client),
    Case("an older REGISTER", CALLER, run=out_of_order),
    Case("contacts by q", CALLEE, [Party(BUSY, at=21, user="1002"), Party("callee.xml", at=22, user="1002"), Party("caller.xml")], run=by_q),
    Case("Path", CALLEE, [Party(ROUTED, at=23, user="1002"), Party("caller.xml")], run=path),
    Case("GRUU", CALLEE, run=gruu),
    Case("outbound: two flows, one device", CALLEE, run=outbound),
    Case("registrations survive a restart", CALLEE, run=survives),
]
