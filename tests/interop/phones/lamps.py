"""What telephones are told and ask for by keys: forwarding and do not disturb, pickup, parking, the lamps of extensions and mailboxes."""

import time

from bed import DOMAIN
from telephones import Trouble

TALK = 1.5


def code(phone, number):
    """Dials a feature code, and waits until the call to it is over."""
    mark = phone.mark()
    phone.dial(number)
    return phone.ended(r"\d", mark)


def hear_each_other(bed, first, second):
    """They talk for a moment, the first hangs up."""
    time.sleep(TALK)
    mark = second.mark()
    first.hang_up()
    second.ended(r"\d", mark)
    bed.end_calls()
    return ", ".join([bed.heard(first, second.user, TALK), bed.heard(second, first.user, TALK)])


def do_not_disturb(bed):
    """*78: it does not ring; *79: it does."""
    caller, phone = bed.pjsua("1001"), bed.pjsua("1002")
    code(phone, "*78")
    mark, heard = caller.mark(), phone.mark()
    caller.dial("1002")
    refused = caller.ended(r"\d", mark)
    if "Incoming call" in phone.said()[heard:] or "INVITE sip:1002" in phone.said()[heard:]:
        raise Trouble("it rang all the same")
    code(phone, "*79")
    mark = caller.mark()
    caller.dial("1002")
    caller.established(r"\d", mark)
    return f"the caller is told {refused}; " + hear_each_other(bed, caller, phone)


def forward_always(bed):
    """*72 and a number: it rings there."""
    caller, phone, other = bed.pjsua("1001"), bed.pjsua("1002"), bed.pjsua("1003")
    code(phone, "*721003")
    heard = phone.mark()
    caller.dial("1002")
    other.established()
    caller.established()
    if "INVITE sip:1002" in phone.said()[heard:]:
        raise Trouble("it rang all the same")
    time.sleep(TALK)
    caller.hang_up()
    other.ended()
    code(phone, "*73")
    mark, heard = caller.mark(), phone.mark()
    caller.dial("1002")
    phone.established(r"\d", heard)
    caller.established(r"\d", mark)
    caller.hang_up()
    phone.ended(r"\d", heard)
    bed.end_calls()
    return ", ".join([bed.heard(caller, "1003", TALK), bed.heard(other, "1001", TALK), "*73 ends it"])


def forward_busy(bed):
    """*90 and a number: it rings there when the telephone says busy."""
    caller, other = bed.pjsua("1001"), bed.pjsua("1003")
    phone = bed.pjsua("1002", answers=486)
    code(phone, "*901003")
    caller.dial("1002")
    other.established()
    caller.established()
    remark = hear_each_other(bed, caller, other)
    again = bed.pjsua("1002")
    code(again, "*70")
    return remark


def forward_unreachable(bed):
    """*94 and a number, then it unregisters: calls go there."""
    phone = bed.pjsua("1002")
    code(phone, "*941003")
    mark = phone.mark()
    phone.order("ru")
    phone.wait("unregistration success", mark)
    caller, other = bed.pjsua("1001"), bed.pjsua("1003")
    caller.dial("1002")
    other.established()
    caller.established()
    remark = hear_each_other(bed, caller, other)
    again = bed.pjsua("1002")
    code(again, "*70")
    return remark


def pickup(number):
    """A case: 1003 rings, and 1002 takes the call."""
    def case(bed):
        rings, takes, caller = bed.pjsua("1003", answers=180), bed.pjsua("1002"), bed.pjsua("1001")
        caller.dial("1003")
        rings.wait("state changed to EARLY|Incoming call")
        takes.dial(number)
        takes.established()
        caller.established()
        reason = rings.ended()
        return f"the telephone that rang was told {reason}; " + hear_each_other(bed, caller, takes)

    return case


def park(bed):
    """1002 parks 1001 by a transfer to a slot; 1003 dials the slot."""
    phone, caller = bed.pjsua("1002"), bed.pjsua("1001")
    caller.dial("1002")
    phone.established()
    caller.established()
    time.sleep(0.5)
    mark = caller.mark()
    phone.order("x", f"sip:701@{DOMAIN}")
    phone.ended()
    time.sleep(1)
    if "is DISCONNECTED" in caller.said()[mark:]:
        raise Trouble("the parked one was hung up upon")
    other = bed.pjsua("1003")
    other.dial("701")
    other.established()
    return hear_each_other(bed, other, caller)


def lamp(bed):
    """A telephone watches another one's calls (RFC 4235): ringing, talking, idle."""
    phone, caller = bed.pjsua("1002", answers=180), bed.pjsua("1001")
    watcher = bed.pjsua("1003", options=(f"--add-buddy=sip:1002@{DOMAIN}",))
    watcher.order("D", "1")
    watcher.wait(r"NOTIFY sip:.*?application/dialog-info\+xml")
    states = []
    mark = watcher.mark()
    caller.dial("1002")
    phone.wait("state changed to EARLY|Incoming call")
    watcher.wait(r"<state[^>]*>early</state>", mark)
    states.append("ringing")
    phone.order("a", "200")
    watcher.wait(r"<state[^>]*>confirmed</state>", mark)
    states.append("talking")
    mark = watcher.mark()
    caller.hang_up()
    watcher.wait(r"<state[^>]*>terminated</state>|<dialog-info[^>]*state=\"full\"[^>]*/>", mark)
    return ", ".join([*states, "idle"])


def mailbox_lamp(bed):
    """The lamp of the mailbox (RFC 3842): subscribed by pjsua, and by baresip."""
    phone = bed.pjsua("1001", options=("--mwi",))
    phone.wait(r"Messages-Waiting:\s*no")
    other = bed.baresip("1002", modules=("module mwi.so",), account=";mwi=yes")
    time.sleep(1)
    mark = phone.mark()
    bed.command("mailbox", "set", f"1001@{DOMAIN}", "--new", "2", "--old", "1")
    bed.command("mailbox", "set", f"1002@{DOMAIN}", "--new", "3")
    phone.wait(r"Messages-Waiting:\s*yes.*?Voice-Message:\s*2/1", mark)
    deadline = time.monotonic() + 6
    while not any("MWI" in event.get("type", "") and "yes" in event.get("param", "") for event in other.events):
        if time.monotonic() > deadline:
            raise Trouble(f"baresip shows {[(event.get('type'), event.get('param')) for event in other.events[-3:]]}")
        time.sleep(0.05)
    mark = phone.mark()
    bed.command("mailbox", "set", f"1001@{DOMAIN}", "--new", "0")
    phone.wait(r"Messages-Waiting:\s*no", mark)
    return "pjsua: 2 new and 1 old, then none; baresip: yes"


def presence(bed):
    """A telephone watches another one's presence (RFC 3856), which it publishes (RFC 3903)."""
    watcher = bed.pjsua("1003", options=(f"--add-buddy=sip:1002@{DOMAIN}",))
    watcher.order("s", "1")
    watcher.wait(r"NOTIFY sip:.*?application/pidf\+xml")
    mark = watcher.mark()
    phone = bed.pjsua("1002", options=("--publish",))
    watcher.wait(r"<basic>open</basic>", mark)
    mark = watcher.mark()
    phone.order("t")
    watcher.wait(r"<basic>closed</basic>", mark)
    return "online, offline"


def message(bed):
    """Text from one telephone to another (RFC 3428)."""
    phone, other = bed.pjsua("1002"), bed.pjsua("1001")
    other.order("i", f"sip:1002@{DOMAIN}", "good morning")
    phone.wait(r"MESSAGE from[^\n]*good morning|good morning")
    other.wait(r"SIP/2.0 20[02].*?CSeq: \d+ MESSAGE")
    return "arrived"


CASES = {
    "MESSAGE from pjsua to pjsua": message,
    "do not disturb by code": do_not_disturb,
    "forwarding (always) by code": forward_always,
    "forwarding (busy) by code": forward_busy,
    "forwarding (unreachable) by code": forward_unreachable,
    "pickup of an extension": pickup("*81003"),
    "pickup within a group": pickup("*8"),
    "parked and taken up again": park,
    "the lamp of an extension (dialog)": lamp,
    "the lamp of a mailbox": mailbox_lamp,
    "presence, published and watched": presence,
}
