"""What each message is answered with: a final status, several where RFC 4475 leaves a choice, or silence; by transport where they differ. The
tester is a trunk whose calls find nobody (480); nobody registers (401)."""

NOTHING = "silence"
# A stream whose lengths cannot be told is closed, with or without a word.
FRAMING = {"udp": 400, "tcp": (400, NOTHING)}
EXPECTED = {
    # §3.1.1 valid, if strange
    "wsinv": 481,  # it is of a dialog that there is not
    "intmeth": 501,
    "esc01": 480,
    "escnull": 401,
    "esc02": 501,
    "lwsdisp": 200,
    "longreq": 480,
    "dblreq": {"udp": 401, "tcp": (400, 401)},  # over TCP the second request is one
    "semiuri": 200,
    "transports": 200,
    "mpart01": (405, 480, 415, 404),
    "unreason": NOTHING,
    "noreason": NOTHING,
    # §3.1.2 invalid
    "badinv01": 400,
    "clerr": {"udp": 400, "tcp": NOTHING},  # over TCP the rest may yet come
    "ncl": FRAMING,
    "scalar02": 400,
    "scalarlg": NOTHING,
    "quotbal": 400,
    "ltgtruri": 400,
    "lwsruri": 400,
    "lwsstart": 400,
    "trws": 400,
    "escruri": 400,
    "baddate": (400, 480),
    "regbadct": (400, 401),
    "badaspec": 400,
    "baddn": 400,
    "badvers": 505,
    "mismatch01": 400,
    "mismatch02": (400, 501),
    "bigcode": NOTHING,
    # §3.2, §3.3
    "badbranch": (200, 400),
    "insuf": 400,
    "unkscm": 416,
    "novelsc": 416,
    "unksm2": (400, 401),
    "bext01": 420,
    "invut": 415,
    "regaut01": 401,
    "multi01": 400,
    "mcl01": FRAMING,
    "bcast": NOTHING,
    "zeromf": (200, 483),
    "cparam01": 401,
    "cparam02": 401,
    "regescrt": 401,
    "sdp01": (480, 488),
    # §3.4: RFC 2543's INVITE has no Contact, so that nothing could be sent to it
    "inv2543": (400, 480),
    # RFC 5118 §4
    "v6reference": 401,
    "v6without-brackets": 400,
    "v6port-inside": 404,
    "v6port-behind": 401,
    "v6received-brackets": 200,
    "v6received": 200,
    "v6sdp": (480, 488),
    "v6both-in-header": 200,
    "v6both-in-sdp": (480, 488),
    "v6mapped": (480, 488),
    "v6three-colons": (200, 400, 404),
}
