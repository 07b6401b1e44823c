#!/usr/bin/env python3
"""A name server of a few records: names.py ADDRESS NAME=TYPE:VALUE … ; SRV values are PRIORITY,WEIGHT,PORT,TARGET."""

import socket
import struct
import sys

TYPES = {"A": 1, "SRV": 33, "NAPTR": 35}


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


def data(kind, value):
    if kind == "A":
        return socket.inet_aton(value)
    priority, weight, port, target = value.split(",")
    return struct.pack("!HHH", int(priority), int(weight), int(port)) + name(target)


def main():
    records = {}
    for argument in sys.argv[2:]:
        owner, _, rest = argument.partition("=")
        kind, _, value = rest.partition(":")
        records.setdefault((owner.lower(), TYPES[kind]), []).append(data(kind, value))
    known = {owner for owner, _ in records}
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((sys.argv[1], 53))
    while True:
        query, source = server.recvfrom(4096)
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += query[at] + 1
        kind = struct.unpack("!H", query[at + 1:at + 3])[0]
        owner = ".".join(labels).lower()
        answers = records.get((owner, kind), [])
        status = 0 if owner in known else 3
        head = query[:2] + struct.pack("!HHHHH", 0x8580 | status, 1, len(answers), 0, 0)
        body = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 30, len(answer)) + answer for answer in answers)
        server.sendto(head + query[12:at + 5] + body, source)


if __name__ == "__main__":
    main()
