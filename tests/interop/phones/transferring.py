"""Transfers by pjsua: blind and attended, by the caller and by the called side, to a client and to the trunk; who stays must hear who is new."""

import time

from telephones import Trouble

TALK = 2.0


def connected(bed, by, target):
    """1001 calls 1002; (the one that transfers, the one that stays, the target)."""
    new = bed.pjsua(target)
    callee, caller = bed.pjsua("1002"), bed.pjsua("1001")
    caller.dial("1002")
    callee.established()
    caller.established()
    time.sleep(0.5)
    return (caller, callee, new) if by == "caller" else (callee, caller, new)


def both_hear(bed, stays, new):
    """The two that are left hear each other."""
    time.sleep(TALK)
    stays.hang_up()
    new.wait(r"is DISCONNECTED")
    bed.end_calls()
    return ", ".join([bed.heard(stays, new.user, TALK), bed.heard(new, stays.user, TALK)])


def blind(by, target):
    """A case: REFER to a number."""
    def case(bed):
        moves, stays, new = connected(bed, by, target)
        mark = stays.mark()
        moves.order("x", f"sip:{target}@{moves.domain}")
        new.established()
        moves.wait(r"Call 0: transfer status=2\d\d|transferred successfully|transfer status=200")
        moves.ended()
        if "is DISCONNECTED" in stays.said()[mark:]:
            raise Trouble("who stays was hung up upon")
        return both_hear(bed, stays, new)

    return case


def attended(by, target):
    """A case: a second call, then REFER with Replaces."""
    def case(bed):
        moves, stays, new = connected(bed, by, target)
        moves.order("H")
        stays.wait(r"status is Remote hold")
        moves.dial(target)
        moves.established(1)
        new.established()
        time.sleep(0.3)
        mark = stays.mark()
        moves.order("[")
        time.sleep(0.3)
        moves.order("X", "1")
        moves.ended(0)
        moves.ended(1)
        if "is DISCONNECTED" in stays.said()[mark:]:
            raise Trouble("who stays was hung up upon")
        return both_hear(bed, stays, new)

    return case


def by_baresip(bed):
    """A baresip that has called transfers whom it called."""
    new, stays, moves = bed.pjsua("1003"), bed.pjsua("1002"), bed.baresip("1001")
    moves.order("dial", f"sip:1002@{new.domain}")
    moves.wait("CALL_ESTABLISHED")
    stays.established()
    time.sleep(0.5)
    mark = stays.mark()
    moves.order("transfer", f"sip:1003@{new.domain}")
    new.established()
    moves.wait("CALL_CLOSED")
    if "is DISCONNECTED" in stays.said()[mark:]:
        raise Trouble("who stays was hung up upon")
    return both_hear(bed, stays, new)


def fails(by):
    """A case: the target is nobody; the call goes on as it was."""
    def case(bed):
        callee, caller = bed.pjsua("1002"), bed.pjsua("1001")
        caller.dial("1002")
        callee.established()
        caller.established()
        moves, stays = (caller, callee) if by == "caller" else (callee, caller)
        time.sleep(0.5)
        mark = stays.mark()
        moves.order("x", f"sip:1003@{moves.domain}")
        moves.wait(r"transfer status=[45]\d\d")
        if "is DISCONNECTED" in stays.said()[mark:]:
            raise Trouble("who stays was hung up upon")
        time.sleep(TALK)
        caller.hang_up()
        callee.ended()
        bed.end_calls()
        return ", ".join([bed.heard(caller, "1002", TALK), bed.heard(callee, "1001", TALK)])

    return case


CASES = {
    "blind transfer by baresip": by_baresip,
    **{f"blind transfer by the {by} to {what}": blind(by, number) for by in ("caller", "callee") for what, number in (("a client", "1003"), ("the trunk", "5551"))},
    **{f"attended transfer by the {by} to {what}": attended(by, number) for by in ("caller", "callee") for what, number in (("a client", "1003"), ("the trunk", "5551"))},
    **{f"a transfer by the {by} that fails": fails(by) for by in ("caller", "callee")},
}
