"""Transfers, pickup and parking: REFER blind and attended from each side, NOTIFY with the progress, Replaces, codes."""

import re

import frame
from agent import Wrong
from frame import CALLEE, CALLER, Case, Party

CONFIG = frame.BASE.replace('{ username = "1003", password = "secret" }', '{ username = "1003", password = "secret", pickup_group = "desk" }').replace(
    '{ username = "1004", password = "secret" }', '{ username = "1004", password = "secret", pickup_group = "desk" }').replace('[domains."feature.test".dialplans.default]', """[domains."feature.test".codes]
pickup = "*8"
pickup_group = "*8"
park = "*68"
[domains."feature.test".parking]
slots = ["701-709"]
timeout_seconds = 3
[domains."feature.test".dialplans.default]""")

def refers(request, to, notifies):
    """The rest of a scenario: REFER, 202, so many NOTIFYs."""
    return f"""<pause milliseconds="200"/>
<part name="{request}" method="REFER" CSEQ headers="Refer-To: <sip:{to}@[domain]> | Referred-By: <sip:[caller]@[domain]>"/>
  <recv response="202"/>
""" + '<recv request="NOTIFY"/><part name="ok"/>' * notifies


def progress(party, *expected):
    """Checks what a party was told in its NOTIFYs, and that the last one ended the subscription."""
    def check(run):
        notifies = re.findall(r"\nNOTIFY .*?\n\r?\n(SIP/2\.0 \d+)", run.messages(party), re.S)
        states = re.findall(r"\nNOTIFY .*?Subscription-State: (\w+)", run.messages(party), re.S)
        told = list(dict.fromkeys(int(line.split()[1]) for line in notifies))
        if told != list(expected) or states[-1] != "terminated":
            raise Wrong(f"told {told}, {states[-1]}")
        return f"told {told}"

    return check


GOES = '<part name="hung-up"/>'
CALLER_REFERS = '<part name="call"/><part name="answered"/>' + refers("request", "1003", 3).replace("CSEQ", 'cseq="3"') + GOES
CALLEE_REFERS = '<part name="callee-answers"/>' + refers("callee-request", "1003", 3).replace("CSEQ", 'cseq="1"') + GOES
CALLER_FAILS = '<part name="call"/><part name="answered"/>' + refers("request", "1006", 2).replace("CSEQ", 'cseq="3"') + '<part name="hang-up" cseq="4"/>'
STAYS_CALLEE = '<part name="callee-answers"/>' + '<part name="stays"/>'
STAYS_CALLER = '<part name="call"/><part name="answered"/>' + '<part name="stays"/>'
TARGET = '<part name="callee-answers"/><pause milliseconds="600"/><part name="callee-request" method="BYE"/><recv response="200"/>'

RINGS = '<part name="called"/><part name="reply"/><part name="cancelled"/>'
STAYS_UNTIL_DONE = '<part name="call"/><part name="answered"/><part name="stays"/>'
TAKES = '<part name="call"/><part name="answered"/><pause milliseconds="300"/><part name="hang-up"/>'
PARKS = '<part name="callee-answers"/>' + refers("callee-request", "701", 2).replace("CSEQ", 'cseq="1"') + GOES

CASES = [
    Case("blind transfer to a client", CALLER, [Party(STAYS_CALLEE, user="1002", registers=True), Party(TARGET, user="1003", registers=True), Party(CALLER_REFERS)], progress(2, 100, 180, 200)),
    Case("blind transfer to a client", CALLEE, [Party(CALLEE_REFERS, user="1002", registers=True), Party(TARGET, user="1003", registers=True), Party(STAYS_CALLER)], progress(0, 100, 180, 200)),
    Case("a blind transfer that fails", CALLER, [Party("callee.xml", user="1002", registers=True), Party(CALLER_FAILS)], progress(1, 100, 480)),
    Case("pickup of an extension", CALLER, [Party(RINGS, user="1003", registers=True), Party(STAYS_UNTIL_DONE, number="1003"), Party(TAKES, user="1002", number="*81003", after=1)]),
    Case("pickup within a group", CALLER, [Party(RINGS, user="1003", registers=True), Party(STAYS_UNTIL_DONE, number="1003"), Party(TAKES, user="1004", number="*8", after=1)]),
    Case("parked and taken up", CALLEE, [Party(PARKS, user="1002", registers=True), Party(STAYS_UNTIL_DONE), Party(TAKES, user="1003", number="701", after=1.8)]),
]
