"""Who watches whom (lamps, messages, presence), text messages, feature codes and forwarding."""

import threading

from agent import Wrong
import frame
from frame import CALLEE, CALLER, Case, Party

CONFIG = frame.BASE.replace(
    '{ username = "1002", password = "secret" }',
    '{ username = "1002", password = "secret", pickup_group = "desk" }',
).replace(
    '{ username = "1003", password = "secret" }',
    '{ username = "1003", password = "secret", pickup_group = "desk" }',
).replace(
    '{ username = "1004", password = "secret" }',
    '{ username = "1004", password = "secret", mwi = "unsolicited" }',
).replace(
    '{ username = "1005", password = "secret" }',
    '{ username = "1005", password = "secret", forward = { always = "client:1002", busy = "client:1002" } }',
) + """
[domains."feature.test".codes]
do_not_disturb = "*78"
do_not_disturb_off = "*79"
forward_always = "*72"
forward_always_off = "*73"
"""
SDP = "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0\r\n"
OFFER = "Content-Type: application/sdp"


def want(found, wanted, what):
    if found != wanted:
        raise Wrong(f"{what}: {found} instead of {wanted}")


def watch(agent, event, whom, expires=300):
    """Subscribes; the answer and the first NOTIFY."""
    uri = f"sip:{whom}@{agent.domain}"
    answer = agent.ask("SUBSCRIBE", uri, headers=[f"Event: {event}", f"Expires: {expires}"])
    want(answer.status, 200, "SUBSCRIBE")
    return answer, told(agent)


def told(agent):
    """The next NOTIFY, answered."""
    notify = agent.request("NOTIFY")
    agent.reply(notify, 200)
    return notify


def told_of(agent, text):
    """The NOTIFY that tells this; those before it are answered. What changes within a second is told once."""
    for _ in range(4):
        notify = told(agent)
        if text in notify.body:
            return notify
    raise Wrong(f"{agent.user} was never told {text}")


def call(agent, number):
    """Calls in the background; gives a thread whose `answer` is the final response."""
    def run():
        thread.answer = agent.ask("INVITE", f"sip:{number}@{agent.domain}", headers=[OFFER], body=SDP.format(host=agent.local[0]), within=15)
        while thread.answer.status == 407:  # again: the agent acknowledges none
            thread.answer = agent.wait(lambda m: m.status >= 200 and m.method == "INVITE", 15, "answer")

    thread = threading.Thread(target=run, daemon=True)
    thread.answer = None
    thread.start()
    return thread


def hang_up(agent, invite_answer):
    """Acknowledges an answer, and answers the BYE that follows, or sends one."""
    contact = invite_answer.get("contact").strip("<>").split(">")[0]
    tag = invite_answer.get("to").partition("tag=")[2]
    common = [f"Via: SIP/2.0/UDP {agent.host()};branch=z9hG4bKack{agent.sequence}", "Max-Forwards: 70",
              f"From: {invite_answer.get('from')}", f"To: {invite_answer.get('to')}", f"Call-ID: {invite_answer.get('call-id')}"]
    number = invite_answer.get("cseq").split()[0]
    agent.write("\r\n".join([f"ACK {contact} SIP/2.0", *common, f"CSeq: {number} ACK", "Content-Length: 0"]) + "\r\n\r\n")
    return contact, tag


def lamp(run):
    """A lamp follows a call: trying or early, confirmed, nothing."""
    caller, callee, watcher = run.agent("1001", 11), run.agent("1002", 12), run.agent("1003", 13)
    callee.register()
    _, first = watch(watcher, "dialog", "1002")
    if "<dialog " in first.body:
        raise Wrong("there is a call already")
    calling = call(caller, "1002")
    invite = callee.request("INVITE")
    callee.reply(invite, 180, "Ringing")
    early = told_of(watcher, "<state>early</state>").body
    if f'call-id="{invite.get("call-id")}"' not in early or 'local-tag="' not in early:
        raise Wrong(f"while it rings: {early}")
    callee.reply(invite, 200, headers=[f"Contact: {callee.contact()}", OFFER], body=SDP.format(host=callee.local[0]))
    told_of(watcher, "<state>confirmed</state>")
    calling.join(10)
    contact, tag = hang_up(caller, calling.answer)
    done = caller.ask("BYE", contact, to=f"sip:1002@{caller.domain}", to_tag=tag, call_id=calling.answer.get("call-id"), auth=False)
    want(done.status, 200, "BYE")
    callee.reply(callee.request("BYE"), 200)
    told_of(watcher, "<state>terminated</state>")
    return "early, confirmed, terminated, with the tags of the leg"


def messages_wait(run):
    """A lamp for messages: by subscription, and without."""
    asked, unasked = run.agent("1002", 12), run.agent("1004", 14)
    _, first = watch(asked, "message-summary", "1002")
    if "Messages-Waiting: no" not in first.body:
        raise Wrong(first.body)
    run.command("mailbox", "set", f"1002@{asked.domain}", "--new", "2", "--old", "1")
    second = told(asked)
    if "Voice-Message: 2/1" not in second.body:
        raise Wrong(second.body)
    run.command("mailbox", "set", f"1004@{asked.domain}", "--new", "3")
    unasked.register()
    if "Voice-Message: 3/0" not in told(unasked).body:
        raise Wrong("the phone that registered was told something else")
    if "1002" not in run.command("mailbox", "list") or "message-summary" not in run.command("subscription", "list"):
        raise Wrong("the command line does not show it")
    return "2 new, 1 old; unasked: 3 new"


def presence(run):
    """What is published is told, and taken back when it expires."""
    somebody, watcher = run.agent("1001", 11), run.agent("1003", 13)
    watch(watcher, "presence", "1001")
    document = '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:1001@feature.test"><tuple id="a"><status><basic>open</basic></status></tuple></presence>'
    uri = f"sip:1001@{somebody.domain}"
    kind = ["Event: presence", "Content-Type: application/pidf+xml"]
    put = somebody.ask("PUBLISH", uri, headers=kind, body=document)
    want(put.status, 200, "PUBLISH")
    want(told(watcher).body, document, "told")
    want(somebody.ask("PUBLISH", uri, headers=["SIP-If-Match: nonsense", *kind], body=document).status, 412, "a tag that is none")
    gone = somebody.ask("PUBLISH", uri, headers=["Event: presence", f"SIP-If-Match: {put.get('sip-etag')}", "Expires: 0"])
    want(gone.status, 200, "its removal")
    if "<basic>closed</basic>" not in told(watcher).body:
        raise Wrong("it is still told")
    return "200 with SIP-ETag, told, 412, removed"


def refused(run):
    """What is asked wrongly, or by nobody, and a fetch."""
    agent = run.agent("1001", 11)
    uri = f"sip:1002@{agent.domain}"
    want(agent.ask("SUBSCRIBE", uri, headers=["Event: reg"]).status, 489, "an unknown event")
    want(agent.ask("SUBSCRIBE", uri, headers=["Event: dialog", "Expires: 1"]).status, 423, "too brief")
    want(agent.ask("SUBSCRIBE", uri, headers=["Event: dialog"], auth=False).status, 407, "without credentials")
    _, only = watch(agent, "dialog", "nobody", expires=0)
    if not only.get("subscription-state").startswith("terminated"):
        raise Wrong(only.get("subscription-state"))
    return "489, 423, 407; a fetch is answered once"


def message(run):
    """MESSAGE from client to client."""
    sender, receiver = run.agent("1001", 11), run.agent("1002", 12)
    receiver.register()
    answers = []

    def send():
        answers.append(sender.ask("MESSAGE", f"sip:1002@{sender.domain}", headers=["Content-Type: text/plain"], body="hello"))

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    arrived = receiver.request("MESSAGE")
    want(arrived.body, "hello", "what arrived")
    receiver.reply(arrived, 200)
    thread.join(10)
    want(answers[0].status, 200, "the answer")
    want(sender.ask("MESSAGE", f"sip:1003@{sender.domain}", headers=["Content-Type: text/plain"], body="x").status, 480, "to nobody")
    return "200; 480 for who is not there"


def dial_code(agent, code):
    """Dials a feature code: 200, ACK, and the switch hangs up."""
    calling = call(agent, code)
    calling.join(10)
    want(calling.answer.status, 200, code)
    hang_up(agent, calling.answer)
    agent.reply(agent.request("BYE"), 200)


def do_not_disturb(run):
    """By code: calls are refused with 486, until it is taken back; the command line shows it."""
    phone, caller = run.agent("1002", 12), run.agent("1001", 11)
    phone.register()
    dial_code(phone, "*78")
    if "do not disturb" not in run.command("client", "list"):
        raise Wrong("`client list` does not show it")
    calling = call(caller, "1002")
    calling.join(10)
    dial_code(phone, "*79")
    if phone.received and any(m.method == "INVITE" for m in phone.received if not m.status):
        raise Wrong("the phone rang")
    return f"200 and BYE; the caller got {calling.answer.status}"


CASES = [
    Case("dialog lamp (4235)", CALLER, run=lamp),
    Case("messages waiting (3842)", CALLER, run=messages_wait),
    Case("presence, PUBLISH (3856, 3903)", CALLER, run=presence),
    Case("SUBSCRIBE refused (6665)", CALLER, run=refused),
    Case("MESSAGE (3428)", CALLER, run=message),
    Case("do not disturb by code", CALLER, run=do_not_disturb),
    Case("forwarding, always", CALLEE, [
        Party("callee.xml", user="1002", registers=True),
        Party("caller.xml", user="1001", number="1005"),
    ], check=lambda run: f"recorded: {[leg['status'] for leg in run.records()[0]['legs']]}"),
]
