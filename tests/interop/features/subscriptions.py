"""Subscriptions and messages: mailboxes, calls of others, presence; PUBLISH; MESSAGE; do not disturb and forwarding by codes."""

import re
import threading

import frame
from agent import Wrong
from frame import CALLEE, CALLER, Case

CONFIG = frame.BASE.replace('[domains."feature.test".dialplans.default]', """[domains."feature.test".codes]
do_not_disturb = "*78"
do_not_disturb_off = "*79"
forward_always = "*72"
forward_always_off = "*73"
forward_busy = "*90"
forward_unreachable = "*94"
forward_off = "*70"
[domains."feature.test".dialplans.default]""")


def subscribe(agent, event, to, accept=None, expires=300, call_id=None, to_tag=""):
    """SUBSCRIBE; (the answer, the first NOTIFY)."""
    headers = [f"Event: {event}", f"Expires: {expires}", *([f"Accept: {accept}"] if accept else [])]
    answer = agent.ask("SUBSCRIBE", f"sip:{to}@feature.test", headers=headers, call_id=call_id, to_tag=to_tag)
    if answer.status not in (200, 202):
        raise Wrong(f"SUBSCRIBE for {event}: {answer.first}")
    return answer, notified(agent)


def notified(agent, *words, within=5):
    """A NOTIFY, answered; one that has these words if some are given."""
    while True:
        notify = agent.request("NOTIFY", within)
        agent.reply(notify, 200)
        if all(re.search(word, notify.text) for word in words):
            return notify


def mailbox(run):
    """message-summary: told at once and when it changes (RFC 3842)."""
    agent = run.agent("1001", 11)
    answer, first = subscribe(agent, "message-summary", "1001", "application/simple-message-summary")
    if not re.search(r"(?i)messages-waiting:\s*no", first.body):
        raise Wrong(first.body)
    run.command("mailbox", "set", "1001@feature.test", "--new", "2", "--old", "1")
    second = notified(agent, r"(?i)messages-waiting:\s*yes")
    if not re.search(r"(?i)voice-message:\s*2/1", second.body):
        raise Wrong(second.body)
    run.command("mailbox", "set", "1001@feature.test", "--new", "0", "--old", "0")
    notified(agent, r"(?i)messages-waiting:\s*no")
    return f"Expires: {answer.get('expires')}; no, 2/1, no"


def unsubscribed(run):
    """Expires: 0 ends it with a last NOTIFY; a refresh in between keeps it."""
    agent = run.agent("1001", 11)
    call_id = "one-subscription"
    answer, _ = subscribe(agent, "message-summary", "1001", call_id=call_id)
    tag = re.search(r"tag=([^;]+)", answer.get("to"))[1]
    target = re.search(r"<([^>]+)>", answer.get("contact"))
    uri = target[1] if target else "sip:1001@feature.test"
    statuses = []
    for expires in 300, 0:
        again = agent.ask("SUBSCRIBE", uri, to="sip:1001@feature.test", headers=["Event: message-summary", f"Expires: {expires}"], call_id=call_id, to_tag=tag)
        statuses.append(again.status)
        last = notified(agent)
    if statuses != [200, 200] or "terminated" not in last.get("subscription-state"):
        raise Wrong(f"{statuses}, {last.get('subscription-state')}")
    return f"{last.get('subscription-state')}"


def refused(run):
    """An event that nobody knows: 489; a name that there is not, and one that there is of another domain, tell nothing."""
    agent = run.agent("1001", 11)
    unknown = agent.ask("SUBSCRIBE", "sip:1002@feature.test", headers=["Event: winfo-of-nothing", "Expires: 60"])
    if unknown.status != 489 or not unknown.get("allow-events"):
        raise Wrong(f"{unknown.first}, Allow-Events: {unknown.get('allow-events')}")
    return f"489, Allow-Events: {unknown.get('allow-events')}"


def lamp(run):
    """dialog: idle, ringing, talking, idle (RFC 4235), its version counted up."""
    watcher, caller, callee = run.agent("1003", 13), run.agent("1001", 11), run.agent("1002", 12)
    callee.register()
    _, first = subscribe(watcher, "dialog", "1002", "application/dialog-info+xml")
    versions = [int(re.search(r'version="(\d+)"', first.body)[1])]
    body = f"v=0\r\no=a 1 1 IN IP4 {caller.local[0]}\r\ns=-\r\nc=IN IP4 {caller.local[0]}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
    answers = []
    asking = threading.Thread(target=lambda: answers.append(caller.ask("INVITE", "sip:1002@feature.test", headers=["Content-Type: application/sdp"], body=body, within=12)))
    asking.start()
    invite = callee.request("INVITE")
    callee.reply(invite, 180, "Ringing", [f"Contact: {callee.contact()}"])
    early = notified(watcher, r"<state[^>]*>early</state>")
    direction = re.search(r'direction="(\w+)"', early.body)
    if not direction or direction[1] != "recipient":
        raise Wrong(early.body)
    callee.reply(invite, 486, "Busy Here")
    idle = notified(watcher, r"<state[^>]*>terminated</state>|dialog-info[^>]*/>|<dialog-info[^>]*>\s*</dialog-info>")
    versions += [int(re.search(r'version="(\d+)"', one.body)[1]) for one in (early, idle)]
    asking.join()
    callee.register(contact="*", expires=0)
    if versions != sorted(set(versions)):
        raise Wrong(f"versions {versions}")
    return f"early, terminated; versions {versions}"


def presence(run):
    """presence: closed, then open when published (RFC 3903), with an entity tag that a refresh must know."""
    watcher, agent = run.agent("1003", 13), run.agent("1002", 12)
    subscribe(watcher, "presence", "1002", "application/pidf+xml")
    document = '<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:1002@feature.test"><tuple id="a"><status><basic>open</basic></status><note>at lunch</note></tuple></presence>'
    answer = agent.ask("PUBLISH", "sip:1002@feature.test", headers=["Event: presence", "Expires: 300", "Content-Type: application/pidf+xml"], body=document)
    if answer.status != 200 or not answer.get("sip-etag"):
        raise Wrong(f"PUBLISH: {answer.first}, SIP-ETag: {answer.get('sip-etag')}")
    notified(watcher, "<basic>open</basic>", "at lunch")
    wrong = agent.ask("PUBLISH", "sip:1002@feature.test", headers=["Event: presence", "Expires: 300", "SIP-If-Match: nothing"])
    if wrong.status != 412:
        raise Wrong(f"a wrong SIP-If-Match: {wrong.first}")
    gone = agent.ask("PUBLISH", "sip:1002@feature.test", headers=["Event: presence", "Expires: 0", f"SIP-If-Match: {answer.get('sip-etag')}"])
    if gone.status != 200:
        raise Wrong(f"removal: {gone.first}")
    notified(watcher, "<basic>closed</basic>|<presence[^>]*/>|<presence[^>]*>\\s*</presence>")
    return "open with its note, 412 for a wrong tag, closed"


def foreign_presence(run):
    """Nobody publishes for another client."""
    agent = run.agent("1001", 11)
    answer = agent.ask("PUBLISH", "sip:1002@feature.test", headers=["Event: presence", "Expires: 300", "Content-Type: application/pidf+xml"], body="<presence/>")
    if answer.status not in (403, 404):
        raise Wrong(answer.first)
    return f"{answer.status}"


def message(run):
    """MESSAGE between clients; to nobody; too long to be one."""
    sender, receiver = run.agent("1001", 11), run.agent("1002", 12)
    receiver.register()
    taken = []

    def take():
        try:
            request = receiver.request("MESSAGE")
        except Wrong:
            return
        taken.append(request)
        receiver.reply(request, 200)

    taking = threading.Thread(target=take)
    taking.start()
    answer = sender.ask("MESSAGE", "sip:1002@feature.test", headers=["Content-Type: text/plain;charset=utf-8"], body="grüß dich")
    taking.join()
    if answer.status not in (200, 202) or not taken or taken[0].body != "grüß dich" or "1001@" not in taken[0].get("from"):
        raise Wrong(f"{answer.first}, {taken[0].body if taken else 'nothing'}")
    nobody = sender.ask("MESSAGE", "sip:1006@feature.test", headers=["Content-Type: text/plain"], body="hello", within=10)
    receiver.register(contact="*", expires=0)
    if nobody.status < 400:
        raise Wrong(f"to a client without a telephone: {nobody.first}")
    return f"{answer.status}; to nobody {nobody.status}"


CASES = [
    Case("message-summary", CALLER, run=mailbox),
    Case("a subscription refreshed and ended", CALLER, run=unsubscribed),
    Case("unknown events (489)", CALLER, run=refused),
    Case("dialog (lamps)", CALLEE, run=lamp),
    Case("presence and PUBLISH", CALLER, run=presence),
    Case("PUBLISH for another client", CALLER, run=foreign_presence),
    Case("MESSAGE", CALLER, run=message),
]
