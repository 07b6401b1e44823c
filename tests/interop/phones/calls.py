"""Telephones register over each transport, talk, and hold."""

import time

from bed import DOMAIN
from telephones import Trouble


def talk(bed, caller, callee, seconds=2.0):
    """A pjsua or baresip calls another one; they talk; the caller hangs up; both heard the other."""
    dial(caller, callee.user)
    established(caller)
    established(callee)
    time.sleep(seconds)
    caller.order("hangup") if is_baresip(caller) else caller.hang_up()
    ended(callee)
    bed.end_calls()
    return ", ".join([bed.heard(caller, callee.user, seconds), bed.heard(callee, caller.user, seconds)])


def is_baresip(phone):
    return hasattr(phone, "events")


def dial(phone, number):
    phone.order("dial", f"sip:{number}@{DOMAIN}") if is_baresip(phone) else phone.dial(number)


def established(phone):
    phone.wait("CALL_ESTABLISHED") if is_baresip(phone) else phone.established()


def ended(phone):
    phone.wait("CALL_CLOSED") if is_baresip(phone) else phone.ended()


def two(first, second, how_first, how_second):
    """A case: a telephone over one transport calls another over another."""
    def case(bed):
        callee = getattr(bed, second)("1002", how_second)
        caller = getattr(bed, first)("1001", how_first)
        return talk(bed, caller, callee)

    return case


def to_trunk(bed):
    """A client calls out."""
    trunk, caller = bed.pjsua("5551"), bed.pjsua("1001")
    return talk(bed, caller, trunk)


def from_trunk(bed):
    """The carrier calls in."""
    callee, trunk = bed.pjsua("1002"), bed.pjsua("5551")
    trunk.order("m", f"sip:1002@{bed.net}.1")
    trunk.established()
    callee.established()
    time.sleep(2)
    trunk.hang_up()
    callee.ended()
    bed.end_calls()
    return ", ".join([bed.heard(callee, "5551", 2), bed.heard(trunk, "1002", 2)])


def hold(by_caller):
    """A case: pjsua holds and resumes; the other side says so."""
    def case(bed):
        callee, caller = bed.pjsua("1002"), bed.pjsua("1001")
        caller.dial("1002")
        callee.established()
        caller.established()
        holder, held = (caller, callee) if by_caller else (callee, caller)
        time.sleep(1)
        mark = held.mark()
        holder.order("H")
        held.wait(r"status is Remote hold", mark)
        time.sleep(0.7)
        mark = held.mark()
        holder.order("v")
        held.wait(r"status is Active", mark)
        time.sleep(1.5)
        caller.hang_up()
        callee.ended()
        bed.end_calls()
        return ", ".join([bed.heard(caller, "1002", 2.5), bed.heard(callee, "1001", 2.5)])

    return case


def cancelled(bed):
    """The caller gives up."""
    callee, caller = bed.pjsua("1002", answers=180), bed.pjsua("1001")
    caller.dial("1002")
    caller.wait("state changed to EARLY")
    callee.wait("state changed to EARLY|Incoming call")
    caller.hang_up()
    reason = callee.ended()
    if reason != "487":
        raise Trouble(f"the callee was told {reason}")
    return "487"


CASES = {
    "pjsua UDP calls pjsua UDP": two("pjsua", "pjsua", "udp", "udp"),
    "pjsua UDP calls baresip UDP": two("pjsua", "baresip", "udp", "udp"),
    "pjsua TCP calls baresip TCP": two("pjsua", "baresip", "tcp", "tcp"),
    "baresip TCP calls pjsua TCP": two("baresip", "pjsua", "tcp", "tcp"),
    "pjsua TLS calls pjsua TLS": two("pjsua", "pjsua", "tls", "tls"),
    "pjsua TLS calls baresip TLS": two("pjsua", "baresip", "tls", "tls"),
    "baresip TLS calls pjsua UDP": two("baresip", "pjsua", "tls", "udp"),
    "pjsua calls the trunk": to_trunk,
    "the trunk calls pjsua": from_trunk,
    "hold and resume by the caller (pjsua)": hold(True),
    "hold and resume by the callee (pjsua)": hold(False),
    "cancelled while it rings (pjsua)": cancelled,
}
