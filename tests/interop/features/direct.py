"""Media that bypass the switch: each party is told where the other one is."""

from agent import Wrong
from frame import BASE, CALLEE, CALLER, Case, Party

CONFIG = BASE.replace("default_destination", 'media = "direct"\ndefault_destination', 1)


def connection(run, party, sent_by_us):
    """The addresses of the descriptions that a party got."""
    lines = [line.split()[-1] for line in run.messages(party).splitlines() if line.startswith("c=IN")]
    return [line for line in lines if line != sent_by_us]


def past_the_switch(run):
    told = [connection(run, party, "") for party in (0, 1)]
    everything = {address for addresses in told for address in addresses}
    if run.server in everything:
        raise Wrong(f"the switch's own address was told: {told}")
    if len(everything) != 2:
        raise Wrong(f"addresses told: {told}")
    return f"addresses told: {sorted(everything)}"


CASES = [
    Case("direct media", CALLER, [
        Party("callee.xml", user="1002", registers=True),
        Party("caller.xml", user="1001", number="1002"),
    ], check=past_the_switch),
    Case("direct media, transcoding needed", CALLEE, [
        Party('<part name="called"/><part name="reply" status="488 Not Acceptable Here"/><recv request="ACK"/><recv request="INVITE"/>'
              '<part name="reply-sdp" codecs="8"/><recv request="ACK"/><part name="hung-up"/>', user="1002", registers=True),
        Party('<part name="call" codecs="0 101"/><part name="answered"/><part name="hang-up"/>', user="1001", number="1002"),
    ]),
]
