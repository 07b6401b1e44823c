"""A small SIP user agent over UDP or TCP, for what SIPp cannot play: registrations, subscriptions, single messages.

It repeats nothing and times nothing: it is for loopback, and says what it got.
"""

import hashlib
import random
import re
import socket
import threading
import time


class Wrong(Exception):
    """A case that is not as it should be."""


class Message:
    """A SIP message: `first` line, `headers` as (name, value), `body`."""

    SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type", "o": "event", "r": "refer-to", "k": "supported"}

    def __init__(self, text):
        head, _, self.body = text.partition("\r\n\r\n")
        self.text = text
        self.first, *lines = head.split("\r\n")
        self.headers = []
        for line in lines:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.headers.append((self.SHORT.get(name, name), value.strip()))
        words = self.first.split(" ")
        self.status = int(words[1]) if words[0] == "SIP/2.0" and len(words) > 1 and words[1].isdigit() else 0
        self.method = self.get("cseq").split(" ")[-1] if self.status else words[0]

    def get(self, name, default=""):
        """The first header field of this name."""
        return next((value for key, value in self.headers if key == name.lower()), default)

    def all(self, name):
        """All header fields of this name."""
        return [value for key, value in self.headers if key == name.lower()]


def digest(challenge, method, uri, user, password):
    """The credentials that answer a challenge (RFC 2617/8760: MD5 or SHA-256, qop auth)."""
    field = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge))
    name = field.get("algorithm", "MD5")
    hashed = lambda text: (hashlib.sha256 if name.startswith("SHA-256") else hashlib.md5)(text.encode()).hexdigest()
    first, second = hashed(f"{user}:{field['realm']}:{password}"), hashed(f"{method}:{uri}")
    client = f"{random.getrandbits(64):016x}"
    with_qop = "auth" in field.get("qop", "")
    response = hashed(f"{first}:{field['nonce']}:00000001:{client}:auth:{second}" if with_qop else f"{first}:{field['nonce']}:{second}")
    more = f', qop=auth, nc=00000001, cnonce="{client}"' if with_qop else ""
    more += f', opaque="{field["opaque"]}"' if "opaque" in field else ""
    return f'Digest username="{user}", realm="{field["realm"]}", nonce="{field["nonce"]}", uri="{uri}", response="{response}", algorithm={name}{more}'


class Agent:
    """A user agent at `local`, whose requests go to `server`."""

    def __init__(self, user, password, domain, local, server, transport="udp", log=None):
        self.user, self.password, self.domain, self.local, self.server, self.transport = user, password, domain, local, server, transport
        self.received, self.news, self.sequence = [], threading.Condition(), random.randrange(1, 10000)
        self.log = open(log, "a", encoding="utf-8") if log else None
        self.tag = f"{random.getrandbits(48):x}"
        self.socket = socket.socket(socket.AF_INET6 if ":" in local[0] else socket.AF_INET, socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
        if transport == "udp":
            self.socket.bind(local)
        else:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind((local[0], 0))
            self.socket.connect(server)
        self.local = self.socket.getsockname()[:2]
        self.socket.settimeout(0.1)
        self.closed = False
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    @classmethod
    def register_once(cls, user, password, domain, local, server, transport="udp", parameters=""):
        """Registers a contact at `local` and leaves."""
        agent = cls(user, password, domain, local, server, transport)
        try:
            host = f"[{local[0]}]" if ":" in local[0] else local[0]
            answer = agent.register(contact=f"<sip:{user}@{host}:{local[1]};transport={transport}>{parameters}")
            if answer.status != 200:
                raise Wrong(f"REGISTER of {user}: {answer.first}")
        finally:
            agent.close()

    def close(self):
        """Its port is free once this returns."""
        self.closed = True
        self.thread.join()
        self.socket.close()

    def host(self):
        return f"[{self.local[0]}]:{self.local[1]}" if ":" in self.local[0] else f"{self.local[0]}:{self.local[1]}"

    def contact(self):
        return f"<sip:{self.user}@{self.host()}{';transport=tcp' if self.transport == 'tcp' else ''}>"

    def write(self, text):
        """Sends a text as it is; bytes too."""
        data = text if isinstance(text, bytes) else text.encode()
        if self.log and not self.log.closed:
            self.log.write(f"--- sent {time.time():.3f}\n{data.decode(errors='replace')}\n")
            self.log.flush()
        if self.transport == "udp":
            self.socket.sendto(data, self.server)
        else:
            self.socket.sendall(data)

    def listen(self):
        data = b""
        while not self.closed:
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                return
            if self.transport == "udp":
                if more.strip():
                    self.take(more)
                continue
            if not more:
                return
            data = (data + more).lstrip(b"\r\n")
            while b"\r\n\r\n" in data:
                head = data.index(b"\r\n\r\n") + 4
                length = re.search(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)", data[:head])
                end = head + (int(length[1]) if length else 0)
                if len(data) < end:
                    break
                self.take(data[:end])
                data = data[end:].lstrip(b"\r\n")

    def take(self, data):
        text = data.decode(errors="replace")
        if self.log and not self.log.closed:
            self.log.write(f"--- received {time.time():.3f}\n{text}\n")
            self.log.flush()
        with self.news:
            self.received.append(Message(text))
            self.news.notify_all()

    def wait(self, wanted, within=5, what="message"):
        """Takes the first message out of what was received for which `wanted(message)` holds."""
        def found():
            return next((message for message in self.received if wanted(message)), None)

        with self.news:
            if not self.news.wait_for(found, within):
                raise Wrong(f"{self.user} got no {what}, but {[message.first for message in self.received]}")
            message = found()
            self.received.remove(message)
            return message

    def request(self, method, within=5):
        """The next request of a method that arrives."""
        return self.wait(lambda message: not message.status and message.method == method, within, method)

    def final(self, method, call_id, within=5):
        """The final response to a request of one's own."""
        return self.wait(lambda m: m.status >= 200 and m.method == method and m.get("call-id") == call_id, within, f"answer to {method}")

    def ask(self, method, uri=None, headers=(), body="", to=None, call_id=None, within=5, auth=True, to_tag="", from_tag=None):
        """Sends a request and returns its final response; a challenge is answered once. `headers` are whole lines."""
        uri = uri or f"sip:{self.domain}"
        call_id = call_id or f"{random.getrandbits(64):x}@{self.local[0]}"
        more = []
        for attempt in range(2):
            self.sequence += 1
            lines = [
                f"{method} {uri} SIP/2.0",
                f"Via: SIP/2.0/{self.transport.upper()} {self.host()};branch=z9hG4bK{random.getrandbits(64):x};rport",
                "Max-Forwards: 70",
                f"From: <sip:{self.user}@{self.domain}>;tag={from_tag or self.tag}",
                f"To: <{to or uri}>{f';tag={to_tag}' if to_tag else ''}",
                f"Call-ID: {call_id}", f"CSeq: {self.sequence} {method}", *headers, *more, f"Content-Length: {len(body.encode())}",
            ]
            if not any(line.lower().startswith("contact:") for line in headers) and method in ("INVITE", "SUBSCRIBE", "REFER", "UPDATE"):
                lines.insert(5, f"Contact: {self.contact()}")
            self.write("\r\n".join(lines) + "\r\n\r\n" + body)
            answer = self.final(method, call_id, within)
            if attempt or not auth or answer.status not in (401, 407):
                return answer
            name, challenge = ("Authorization", "www-authenticate") if answer.status == 401 else ("Proxy-Authorization", "proxy-authenticate")
            offered = answer.all(challenge)
            chosen = next((one for one in offered if "SHA-256" not in one), offered[0])
            more = [f"{name}: {digest(chosen, method, uri, self.user, self.password)}"]
        return answer

    def register(self, parameters="", expires=300, contact=None, headers=(), call_id=None):
        """Registers this address, or `contact` (a whole Contact value)."""
        contact = contact or self.contact() + parameters
        return self.ask("REGISTER", headers=[f"Contact: {contact}", f"Expires: {expires}", *headers], to=f"sip:{self.user}@{self.domain}", call_id=call_id)

    def reply(self, request, status, reason="OK", headers=(), body=""):
        """Answers a request."""
        lines = [f"SIP/2.0 {status} {reason}"]
        for name, value in request.headers:
            if name in ("via", "from", "call-id", "cseq", "record-route"):
                lines.append(f"{name}: {value}")
            if name == "to":
                lines.append(f"to: {value}" + ("" if ";tag=" in value or status == 100 else f";tag={self.tag}"))
        lines += [*headers, f"Content-Length: {len(body.encode())}"]
        self.write("\r\n".join(lines) + "\r\n\r\n" + body)
