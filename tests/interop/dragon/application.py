#!/usr/bin/env python3
"""A small application for Dragon PBX: CallHook, RegHook and StatusHook over HTTP, written against those contracts and knowing
nothing of Switchhook. It is what `platform.py` runs behind the `webhook` plugin.

    application.py PORT LOG       requests are appended to LOG, a JSON object a line
"""

import hashlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PASSWORDS = {f"1{number:03}": f"secret-{number}" for number in range(200)}
BASE = ""
log_file = None
log_lock = threading.Lock()


def md5(*parts):
    return hashlib.md5(":".join(parts).encode()).hexdigest()


def register(request):
    """RegHook: checks the digest (RFC 2617), hands out the dialplan."""
    password = PASSWORDS.get(request["username"])
    if password is None:
        return 403, {"status": "unknown"}
    ha1 = md5(request["username"], request["realm"], password)
    ha2 = md5(request["method"], request["uri"])
    if request.get("qop"):
        expected = md5(ha1, request["nonce"], request["nc"], request["cnonce"], request["qop"], ha2)
    else:
        expected = md5(ha1, request["nonce"], ha2)
    if expected != request["response"]:
        return 200, {"status": "wrong password"}
    hooks = {"callHook": f"{BASE}/call", "statusHook": f"{BASE}/status"}
    return 200, {"status": "ok", "expires": 120, "dialplan": {"*": hooks, "8*": f"{BASE}/call?from=eight"}, "codecs": ["PCMU", "PCMA"]}


def call(request):
    """CallHook: who is called."""
    to, count = request["to"], request["count"]
    if to == "603":
        return 200, [{"verb": "response", "code": 603, "headers": {"X-Reason": "declined by the application"}}]
    if to == "500":
        return 500, {"error": "as asked for"}
    if to == "nonsense":
        return 200, "<html>"
    if to == "second":
        # Nobody answers the first time; the script is asked for again with count 1.
        target = "1099" if count == 0 else "1002"
        return 200, [connect(target, "second")]
    if to == "busy":
        # The first destination fails, the next verb follows.
        return 200, [{"verb": "announce", "url": "file:/wait.wav"}, connect("1099", "first"), {"verb": "pause", "duration": 0.1}, connect("1002", "then")]
    if to == "quiet":
        return 200, [connect("1002", False)]
    return 200, [connect("1002", "main")]


def connect(address, label):
    return {"verb": "connect", "dest": [{"type": "client", "address": address, "timeout": 5}], "statusLabel": label}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        hook = self.path.split("?")[0]
        status, answer = {"/register": register, "/call": call, "/status": lambda _: (200, {})}[hook](body)
        with log_lock:
            log_file.write(json.dumps({"hook": hook, "path": self.path, "request": body, "status": status}) + "\n")
            log_file.flush()
        data = json.dumps(answer).encode()
        # One write: the head and the body in two would wait for each other's acknowledgement.
        head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        self.wfile.write(head.encode() + data)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 1024


if __name__ == "__main__":
    port = int(sys.argv[1])
    BASE = f"http://127.0.0.1:{port}"
    log_file = open(sys.argv[2], "a", encoding="utf-8")
    Server(("127.0.0.1", port), Handler).serve_forever()
