"""What happens before an answer: reliable provisional responses, UPDATE in early dialogs, offers that the called side makes, several
branches."""

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


RELIABLE = 'headers="Require: 100rel | RSeq: 7"'
EARLY = """<part name="called-kept"/><part name="kept-reply-sdp" status="183 Session Progress"/><pause milliseconds="300"/>
<part name="kept-reply-sdp"/><recv request="ACK"/><part name="hung-up"/>"""
ACKNOWLEDGES = """<part name="call" headers="Supported: 100rel"/><part name="reliable"/>
<part name="request" method="PRACK" cseq="3" headers="RAck: [$number] 2 INVITE"/><recv response="200"/>
<part name="answered"/><part name="hang-up" cseq="4"/>"""
IN_VAIN = """<part name="call" headers="Supported: 100rel"/><part name="reliable"/><pause milliseconds="700"/>
<part name="request" method="PRACK" cseq="3" headers="RAck: 4711 2 INVITE"/><recv response="481"/>
<part name="request" method="PRACK" cseq="4" headers="RAck: [$number] 2 INVITE"/><recv response="200"/>
<part name="answered"/><part name="hang-up" cseq="5"/>"""
RINGS_RELIABLY = """<part name="called-kept"/><part name="kept-reply" """ + RELIABLE + """/>
""" + says("RAck", "7 1 INVITE", "rack", request="PRACK") + """<part name="ok"/>
<part name="kept-reply-sdp"/><recv request="ACK"/><part name="hung-up"/>"""
EARLY_RELIABLY = """<part name="called-kept"/><part name="kept-reply-sdp" status="183 Session Progress" """ + RELIABLE + """/>
<recv request="PRACK"/><part name="ok"/>"""
UPDATED = EARLY_RELIABLY + """<recv request="UPDATE"/><part name="updated"/>
<part name="kept-reply" status="200 OK"/><recv request="ACK"/><part name="hung-up"/>"""
UPDATES = """<part name="call" headers="Supported: 100rel | Allow: UPDATE"/><part name="reliable"/>
<part name="request" method="PRACK" cseq="3" headers="RAck: [$number] 2 INVITE"/><recv response="200"/>
<part name="request-sdp" method="UPDATE" cseq="4"/><recv response="200"/>
<part name="answered"/><part name="hang-up" cseq="5"/>"""
CALLEE_UPDATES = EARLY_RELIABLY + """<part name="callee-request-sdp" method="UPDATE"/><recv response="200"/>
<part name="kept-reply" status="200 OK"/><recv request="ACK"/><part name="hung-up"/>"""
IS_UPDATED = """<part name="call" headers="Supported: 100rel | Allow: UPDATE"/><part name="reliable"/>
<part name="request" method="PRACK" cseq="3" headers="RAck: [$number] 2 INVITE"/><recv response="200"/>
<recv request="UPDATE"/><part name="ok-sdp"/><part name="answered"/><part name="hang-up" cseq="4"/>"""
HAS_SDP = """<recv {}="{}" rrs="true"><action><ereg regexp="m=audio" search_in="body" check_it="true" assign_to="{}"/></action></recv>
<Reference variables="{}"/>"""
OFFERS_EARLY = """<part name="called-kept"/><part name="kept-reply-sdp" status="183 Session Progress" """ + RELIABLE + """/>
""" + HAS_SDP.format("request", "PRACK", "sdp", "sdp") + """<part name="ok"/>
<part name="kept-reply" status="200 OK"/><recv request="ACK"/><part name="hung-up"/>"""
ANSWERS_EARLY = """<part name="empty-call" headers="Supported: 100rel"/><part name="reliable"/>
<part name="request-sdp" method="PRACK" cseq="3" headers="RAck: [$number] 2 INVITE" version="1"/><recv response="200"/>
<part name="answered"/><part name="hang-up" cseq="4"/>"""
OFFERS = """<part name="called-kept"/><part name="kept-reply"/><pause milliseconds="100"/><part name="kept-reply-sdp"/>
""" + HAS_SDP.format("request", "ACK", "sdp", "sdp") + """<part name="hung-up"/>"""
ANSWERS = """<part name="empty-call"/><recv response="100" optional="true"/><recv response="180" optional="true"/>
""" + HAS_SDP.format("response", "200", "sdp", "sdp") + """<part name="ack-sdp"/><part name="hang-up"/>"""
BRANCHES = """<part name="called-kept"/><part name="kept-reply-sdp" status="183 Session Progress" tag="one"/>
<part name="kept-reply-sdp" status="183 Session Progress" tag="two"/><part name="kept-reply" status="199 Early Dialog Terminated" tag="one"/>
<part name="kept-reply-sdp" tag="two"/><recv request="ACK"/><part name="hung-up"/>"""

CASES = [
    Case("PRACK for early media", CALLER, [callee(EARLY), caller(ACKNOWLEDGES)], check=status(200)),
    Case("PRACK for another response", CALLER, [callee(EARLY), caller(IN_VAIN)], check=status(200)),
    Case("PRACK for a ringing phone", CALLEE, [callee(RINGS_RELIABLY), caller("caller.xml")], check=status(200)),
    Case("UPDATE before the answer", CALLER, [callee(UPDATED), caller(UPDATES)], check=status(200)),
    Case("UPDATE before the answer", CALLEE, [callee(CALLEE_UPDATES), caller(IS_UPDATED)], check=status(200)),
    Case("UPDATE for a caller without it", CALLEE, [callee(CALLEE_UPDATES), caller("caller.xml")], check=status(200)),
    Case("offer in the 183, answer in the PRACK", CALLER, [callee(OFFERS_EARLY), caller(ANSWERS_EARLY)], check=status(200)),
    Case("offer in the 200, answer in the ACK", CALLER, [callee(OFFERS), caller(ANSWERS)], check=status(200)),
    Case("several branches, one gone (199)", CALLEE, [callee(BRANCHES), caller("caller.xml")], check=status(200)),
]
