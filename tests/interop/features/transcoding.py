"""Parties that have no codec in common: each is told its own, and offered what the switch can transcode into."""

from agent import Wrong
from frame import CALLEE, CALLER, Case, Party


def callee(text, **more):
    return Party(text, user="1002", registers=True, **more)


def caller(text, **more):
    return Party(text, user="1001", number="1002", **more)


def describes(regexp, variable, request=None, response=None):
    """A message that must have this in its session description."""
    which = f'request="{request}"' if request else f'response="{response}"'
    return f"""<recv {which} rrs="true"><action><ereg regexp="{regexp}" search_in="body" check_it="true" assign_to="{variable}"/></action></recv>
<Reference variables="{variable}"/>"""


def offered(party, *wanted):
    """The INVITE that this party got must offer these formats first, in this order, and name these codecs."""
    first, *names = wanted

    def check(run):
        text = run.messages(party)
        line = next((line for line in text.splitlines() if line.startswith("m=audio")), "")
        if f"RTP/AVP {first}" not in line:
            raise Wrong(f"{line} does not begin with {first}")
        missing = [name for name in names if f"{name}/" not in text]
        if missing:
            raise Wrong(f"{missing} not offered")
        status = run.records()[0]["status"]
        if status != 200:
            raise Wrong(f"the record says {status}")
        return line

    return check


def calls(codecs, told):
    return (f'<part name="call" codecs="{codecs}"/><recv response="100" optional="true"/><recv response="180" optional="true"/>'
            + describes(f"RTP/AVP {told}", "told", response=200) + '<part name="ack"/><part name="hang-up" cseq="3"/>')


def answers(codecs):
    return f'<part name="callee-answers" codecs="{codecs}"/><part name="hung-up"/>'


OPUS_ONLY = """<part name="called"/><part name="reply"/><part name="reply-sdp" codecs="96"/><recv request="ACK"/><part name="hung-up"/>"""
LATER = ('<part name="call" codecs="0 101"/><part name="answered"/><part name="request-sdp" codecs="8 101"/><recv response="100" optional="true"/>'
         + describes("RTP/AVP 8", "changed", response=200) + '<part name="ack" cseq="3"/><part name="hang-up" cseq="4"/>')
STAYS_OPUS = """<part name="called"/><part name="reply"/><part name="reply-sdp" codecs="96"/><recv request="ACK"/>
<recv request="INVITE"/><part name="ok-sdp" codecs="96"/><recv request="ACK"/><part name="hung-up"/>"""

CASES = [
    Case("PCMU only calls PCMA only", CALLER, [callee(answers("8")), caller(calls("0 101", "0 101"))], check=offered(0, "0 101", "PCMA", "opus")),
    Case("PCMU only calls opus only", CALLEE, [callee(OPUS_ONLY), caller(calls("0 101", "0 101"))], check=offered(0, "0 101", "opus")),
    Case("opus only calls PCMA only", CALLER, [callee(answers("8")), caller(calls("96", "96"))], check=offered(0, "96", "PCMA", "PCMU")),
    Case("a codec in common is not transcoded", CALLEE, [callee(answers("8 101")), caller(calls("0 8 101", "8 101"))], check=offered(0, "0 8 101")),
    Case("another codec in a re-INVITE", CALLER, [callee(STAYS_OPUS), caller(LATER)], check=offered(0, "0 101")),
]
