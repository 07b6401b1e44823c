"""Two ends of a call that send each other packets of random bytes and compare what arrives."""

import random
import re
import socket
import struct
import threading
import time

from agent import Agent, Wrong

PACKETS, SPACING = 150, 0.01


class End:
    """A user agent without registration (a trunk) and its RTP socket."""

    def __init__(self, user, address, server, domain, log):
        self.agent = Agent(user, "", domain, (address, 5060), (server, 5060), log=log)
        self.address, self.payloads, self.got = address, [], {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.settimeout(0.5)

    def description(self, format_):
        payload_type, name = format_
        return "\r\n".join(["v=0", f"o=- 1 1 IN IP4 {self.address}", "s=-", f"c=IN IP4 {self.address}", "t=0 0",
                            f"m=audio {self.socket.getsockname()[1]} RTP/AVP {payload_type}", f"a=rtpmap:{payload_type} {name}", "a=sendrecv", ""])

    def talk(self, description, payload_type, step, sizes, seed):
        """Sends its packets to where a description says, and takes what comes meanwhile and a little longer."""
        host, port = re.search(r"c=IN IP4 (\S+)", description)[1], int(re.search(r"m=audio (\d+)", description)[1])
        chance = random.Random(seed)
        self.payloads = [chance.randbytes(chance.choice(sizes)) for _ in range(PACKETS)]
        sequence, stamp, source = chance.getrandbits(16), chance.getrandbits(32), chance.getrandbits(32)
        ear = threading.Thread(target=self.listen, daemon=True)
        ear.start()
        for number, payload in enumerate(self.payloads):
            header = struct.pack("!BBHII", 0x80, payload_type, (sequence + number) & 0xFFFF, (stamp + number * step) & 0xFFFFFFFF, source)
            self.socket.sendto(header + payload, (host, port))
            time.sleep(SPACING)
        ear.join()

    def listen(self):
        """Ends when nothing has come for a while."""
        order = []
        while True:
            try:
                packet = self.socket.recv(2048)
            except TimeoutError:
                break
            if packet[0] >> 6 == 2 and not 200 <= packet[1] <= 207:
                order.append(packet)
        self.got = order

    def close(self):
        self.agent.close()
        self.socket.close()


def carried(caller, callee, number, format_, step, sizes):
    """A call with this format on both sides; every payload must arrive as it was sent, in order, with its payload type."""
    payload_type = format_[0]
    taken = {}

    def answer():
        try:
            invite = callee.agent.request("INVITE")
            taken["offer"] = invite.body
            callee.agent.reply(invite, 200, headers=[f"Contact: {callee.agent.contact()}", "Content-Type: application/sdp"], body=callee.description(format_))
            callee.agent.request("ACK")
        except Wrong as wrong:
            taken["wrong"] = wrong

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    uri, call_id = f"sip:{number}@{caller.agent.domain}", f"{random.getrandbits(64):x}"
    answered = caller.agent.ask("INVITE", uri, ["Content-Type: application/sdp"], caller.description(format_), call_id=call_id)
    if answered.status != 200:
        raise Wrong(f"the call with {format_[1]} ended with {answered.first}")
    tag = re.search(r";tag=([^;>\s]+)", answered.get("to"))[1]
    target = re.search(r"<([^>]+)>", answered.get("contact"))[1]
    caller.agent.write("\r\n".join([f"ACK {target} SIP/2.0", f"Via: SIP/2.0/UDP {caller.agent.host()};branch=z9hG4bK{random.getrandbits(64):x}", "Max-Forwards: 70",
                                    f"From: <sip:{caller.agent.user}@{caller.agent.domain}>;tag={caller.agent.tag}", f"To: {answered.get('to')}",
                                    f"Call-ID: {call_id}", f"CSeq: {caller.agent.sequence} ACK", "Content-Length: 0", "", ""]))
    thread.join()
    if "wrong" in taken:
        raise taken["wrong"]
    ends = (caller, answered.body), (callee, taken["offer"])
    time.sleep(0.3)  # what comes before the media know of the answer may be dropped
    talks = [threading.Thread(target=end.talk, args=(text, payload_type, step, sizes, f"{format_} {end.address}")) for end, text in ends]
    for talk in talks:
        talk.start()
    for talk in talks:
        talk.join()
    # Its To has the tag, its number goes on from the INVITE's.
    gone = caller.agent.ask("BYE", target, to=uri, to_tag=tag, call_id=call_id)
    callee.agent.reply(callee.agent.request("BYE"), 200) if gone.status == 0 else None
    for said, heard in (caller, callee), (callee, caller):
        got = [packet[12:] for packet in heard.got]
        if got != said.payloads:
            missing = [number for number, payload in enumerate(said.payloads) if payload not in got]
            raise Wrong(f"{format_[1]}: {len(got)} of {len(said.payloads)} packets arrived; of {said.agent.user}'s did not come as sent: {missing[:10]}")
        if any(packet[1] & 0x7F != payload_type for packet in heard.got):
            raise Wrong(f"{format_[1]}: another payload type than {payload_type}")
    return f"{format_[1]} 2 x {len(caller.payloads)}"
