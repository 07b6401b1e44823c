#!/usr/bin/env python3
"""A browser as a telephone: JsSIP in headless Chromium registers over WS and WSS at the real daemon, sends and gets messages, places calls.

    tests/interop/browser.py [WORD ...]        cases with one of these words; all by default
    SWITCHHOOK=target/debug/switchhook         another build of the daemon than the release build

The switch speaks no SRTP and no ICE yet, so that a browser gets no audio: what a call is judged by is its signalling, that it is offered
to the other side and refused in order. The page (browser/page.html) does what it is told by its address and posts what happened.
"""

import http.server
import json
import os
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
import urllib.parse

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "phones"), str(HERE / "features")]

import frame  # noqa: E402
import runner  # noqa: E402
from agent import Agent, Wrong  # noqa: E402
from bed import DOMAIN, PASSWORD, Topic, certificate, free_net  # noqa: E402

JSSIP, ESBUILD = "3.10.1", "0.25.0"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "switchhook/jssip"


def library():
    """JsSIP as one file: fetched once by npm and put together by esbuild."""
    file = CACHE / f"jssip-{JSSIP}.js"
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", CACHE, f"jssip@{JSSIP}", f"esbuild@{ESBUILD}"], check=True, stdout=subprocess.DEVNULL)
        modules = CACHE / "node_modules"
        subprocess.run([modules / ".bin/esbuild", modules / "jssip/lib/JsSIP.js", "--bundle", "--format=iife", "--global-name=JsSIP", f"--outfile={file}", "--log-level=error"], check=True)
    return file.read_bytes()


class Pages(http.server.ThreadingHTTPServer):
    """Serves the page and JsSIP; takes what the page posts."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {"/page.html": (HERE / "browser/page.html").read_bytes(), "/jssip.js": library()}
        self.posts = {}


class Handler(http.server.BaseHTTPRequestHandler):
    """One request of the browser."""

    def do_GET(self):
        path = urllib.parse.urlparse(self.path).path
        data = self.server.files.get(path)
        self.send_response(200 if data else 404)
        self.send_header("Content-Type", "text/html" if path.endswith("html") else "text/javascript")
        self.end_headers()
        self.wfile.write(data or b"")

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posts.setdefault(event["page"], queue.Queue()).put(event)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Page:
    """A Chromium with the page open."""

    count = 0

    def __init__(self, bed, user, transport, **what):
        Page.count += 1
        self.name, self.seen = f"page-{Page.count}", []
        port = {"ws": 8080, "wss": 8443}[transport]
        query = urllib.parse.urlencode({"page": self.name, "socket": f"{transport}://{bed.net}.1:{port}", "user": user, "password": PASSWORD, "domain": DOMAIN, **what})
        bed.pages.posts[self.name] = queue.Queue()
        self.posts = bed.pages.posts[self.name]
        self.profile = tempfile.mkdtemp(prefix="profile-", dir=bed.folder)
        self.log = open(f"{self.profile}.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            ["chromium", "--no-sandbox", "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
             "--ignore-certificate-errors", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", f"--user-data-dir={self.profile}",
             f"http://127.0.0.1:{bed.pages.server_port}/page.html?{query}"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)
        bed.children.append(self)

    def wait(self, kind, within=30):
        """The next event of a kind."""
        try:
            while True:
                event = self.posts.get(timeout=within)
                self.seen.append(event["kind"])
                if event["kind"] == kind:
                    return event
        except queue.Empty:
            raise Wrong(f"the browser did not say {kind}, but {self.seen} (see {self.profile}.log)") from None

    def stop(self):
        """Its renderer processes end with it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Bed(frame.Bench):
    """The switch, the pages, the agents."""

    def __init__(self, net):
        super().__init__(Topic(), net)
        certificate(self.folder, f"{net}.1")
        self.pages, self.children = Pages(), []
        threading.Thread(target=self.pages.serve_forever, daemon=True).start()

    def agent(self, user, last):
        agent = Agent(user, PASSWORD, DOMAIN, (f"{self.net}.{last}", 5060), (f"{self.net}.1", 5060), log=self.folder / f"agent-{last}.log")
        agent.stop = agent.close
        self.children.append(agent)
        return agent

    def stop_children(self):
        while self.children:
            self.children.pop().stop()

    def stop(self):
        super().stop()
        self.pages.shutdown()


def registers(transport):
    """A case: REGISTER with digest, then gone."""
    def case(bed):
        page = Page(bed, "1001", transport, what="register")
        answer = page.wait("registered")
        page.wait("unregistered")
        return f"200, Contact: {answer.get('contact', '')[:60]}"

    return case


def wrong_password(bed):
    page = Page(bed, "1001", "wss", what="register", password="guess")
    return f"refused: {page.wait('registrationFailed')['cause']}"


def calls_a_client(bed):
    """The browser's INVITE reaches a telephone, which rings; it declines, and the browser is told."""
    phone = bed.agent("1002", 12)
    if phone.register().status != 200:
        raise Wrong("1002 is not registered")
    page = Page(bed, "1001", "wss", what="call", number="1002")
    page.wait("registered")
    try:
        invite = phone.request("INVITE", within=20)
    except Wrong:
        failed = page.wait("failed", within=5)
        return f"not offered to the telephone: {failed['status']} {failed['cause']} (no SRTP yet)" if failed["status"] == 488 else refuse(failed)
    phone.reply(invite, 180, "Ringing", [f"Contact: {phone.contact()}"])
    page.wait("progress")
    phone.reply(invite, 603, "Decline")
    failed = page.wait("failed")
    if failed["status"] not in (603, 480):
        raise Wrong(f"the browser was told {failed}")
    return f"rang; the browser was told {failed['status']}"


def refuse(failed):
    raise Wrong(f"the browser was told {failed}")


def is_called(bed):
    """A telephone calls the browser over its WebSocket; the browser declines."""
    page = Page(bed, "1001", "wss", what="decline")
    page.wait("registered")
    phone = bed.agent("1002", 12)
    body = f"v=0\r\no=a 1 1 IN IP4 {phone.local[0]}\r\ns=-\r\nc=IN IP4 {phone.local[0]}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    answer = phone.ask("INVITE", f"sip:1001@{DOMAIN}", headers=["Content-Type: application/sdp"], body=body, within=15)
    page.wait("newRTCSession", within=5)
    if answer.status < 400:
        raise Wrong(answer.first)
    return f"it rang in the browser; the telephone was told {answer.status}"


def messages(bed):
    """MESSAGE in both directions."""
    phone = bed.agent("1002", 12)
    if phone.register().status != 200:
        raise Wrong("1002 is not registered")
    page = Page(bed, "1001", "wss", what="message", number="1002")
    page.wait("registered")
    message = phone.request("MESSAGE", within=15)
    phone.reply(message, 200)
    page.wait("messageSent")
    answer = phone.ask("MESSAGE", f"sip:1001@{DOMAIN}", headers=["Content-Type: text/plain"], body="good day", within=15)
    if answer.status not in (200, 202):
        raise Wrong(answer.first)
    return f"“{message.body}” there, “{page.wait('message')['body']}” back"


CASES = {
    "registers over WSS": registers("wss"),
    "registers over WS": registers("ws"),
    "a wrong password over WSS": wrong_password,
    "the browser calls a telephone": calls_a_client,
    "a telephone calls the browser": is_called,
    "MESSAGE to and from the browser": messages,
}


def main():
    found = runner.chosen(CASES, sys.argv[1:])
    subprocess.run([HERE.parent / "setup.sh", "chromium", "openssl"], check=True)
    bed = Bed(free_net(243))
    runner.go_through("browser", found, bed, 36, (Wrong,), bed.stop_children)


if __name__ == "__main__":
    main()
