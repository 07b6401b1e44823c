"""What happens within calls: session timers, offers that are refused, reasons, requests of the dialog."""

from agent import Wrong
from frame import CALLEE, CALLER, Case, Party


def callee(text, **more):
    return Party(text, user="1002", registers=True, **more)


def caller(text, **more):
    return Party(text, user="1001", number="1002", **more)


def says(header, regexp, variable, request=None, response=None):
    """A message that must have this in a header field."""
    which = f'request="{request}"' if request else f'response="{response}"'
    return f"""<recv {which} rrs="true"><action><ereg regexp="{regexp}" search_in="hdr" header="{header}:" check_it="true"
assign_to="{variable}"/></action></recv><Reference variables="{variable}"/>"""


def status(expected):
    def check(run):
        found = run.records()[0]["status"]
        if found != expected:
            raise Wrong(f"the record says {found}")
        return f"recorded: {found}"

    return check


PLAIN = '<part name="callee-answers"/><part name="hung-up"/>'
TIMED = '<part name="call" headers="Supported: timer | Session-Expires: 600;refresher=uac"/><recv response="100" optional="true"/><recv response="180"/>' \
    + says("Session-Expires", "600;refresher=uac", "agreed", response=200) + """<part name="ack"/>
<part name="request" method="UPDATE" headers="Supported: timer | Session-Expires: 600;refresher=uac"/>""" \
    + says("Session-Expires", "600;refresher=uac", "again", response=200) + '<part name="hang-up" cseq="4"/>'
TOO_SHORT = '<part name="call" headers="Supported: timer | Session-Expires: 60"/><part name="refused" status="422"/>'
LONGER = """<part name="called"/><part name="reply" status="422 Session Interval Too Small" headers="Min-SE: 3600"/><recv request="ACK"/>
""" + says("Session-Expires", "3600", "longer", request="INVITE") + """<part name="reply-sdp" headers="Session-Expires: 3600;refresher=uas | Require: timer"/>
<recv request="ACK"/><part name="hung-up"/>"""
PLAINER = """<part name="called"/><part name="reply" status="488 Not Acceptable Here"/><recv request="ACK"/>
<recv request="INVITE"/><part name="reply-sdp" codecs="0"/><recv request="ACK"/><part name="hung-up"/>"""
RICH = '<part name="call" codecs="0 8 101 96"/><part name="answered"/><part name="hang-up"/>'
GIVES_UP = '<part name="call"/><recv response="100" optional="true"/><recv response="180"/><part name="cancel" headers="Reason: SIP;cause=487;text=enough"/>'
IS_GIVEN_UP = '<part name="called-kept"/><part name="kept-reply"/>' + says("Reason", "enough", "why", request="CANCEL") + """<part name="reply" status="200 OK"/>
<part name="kept-reply" status="487 Request Terminated"/><recv request="ACK"/>"""
LOSES = '<part name="called-kept"/><part name="kept-reply"/>' + says("Reason", "cause=200", "why", request="CANCEL") + """<part name="reply" status="200 OK"/>
<part name="kept-reply" status="487 Request Terminated"/><recv request="ACK"/>"""
SAYS_WHY = """<part name="call"/><part name="answered"/><pause milliseconds="50"/>
<part name="request" method="BYE" headers="Reason: Q.850;cause=16"/><recv response="200"/>"""
HEARS_WHY = '<part name="callee-answers"/>' + says("Reason", "cause=16", "why", request="BYE") + '<part name="ok"/>'
ASKS = """<part name="call"/><part name="answered"/><part name="request" method="OPTIONS"/>""" + says("Allow", "PRACK", "allow", response=200) + """
<part name="request" method="INFO" cseq="4" headers="Info-Package: unknown"/><recv response="469"/>
<part name="request" method="REGISTER" cseq="5"/>""" + says("Allow", "UPDATE", "others", response=405) + '<part name="hang-up" cseq="6"/>'
ROUTES = {
    "100?": [{"connect": {"targets": [{"endpoint": {"client": "{callee}"}}], "timeout_seconds": 20}}],
    "600": [{"connect": {"targets": [{"endpoint": {"client": "1002"}}, {"endpoint": {"client": "1003"}}], "strategy": "simultaneous", "timeout_seconds": 20}}],
}

CASES = [
    Case("session timer, refreshed", CALLER, [callee(PLAIN), caller(TIMED)], check=status(200)),
    Case("session timer, too short", CALLER, [caller(TOO_SHORT)]),
    Case("session timer, too short", CALLEE, [callee(LONGER), caller("caller.xml")], check=status(200)),
    Case("488, then a plainer offer", CALLEE, [callee(PLAINER), caller(RICH)], check=status(200)),
    Case("CANCEL with a reason", CALLEE, [callee(IS_GIVEN_UP), caller(GIVES_UP)], check=status(487)),
    Case("completed elsewhere", CALLEE, [
        callee("callee.xml"),
        Party(LOSES, user="1003", registers=True),
        Party("caller.xml", user="1001", number="600"),
    ], check=status(200)),
    Case("BYE with a reason", CALLER, [callee(HEARS_WHY), caller(SAYS_WHY)], check=status(200)),
    Case("OPTIONS, INFO packages, 405 within a call", CALLER, [callee(PLAIN), caller(ASKS)], check=status(200)),
]
