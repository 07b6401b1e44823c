"""Tests without a switch and without Wasm: a host that answers from memory, and the cases of a file as tests of ``unittest``
(which pytest runs too)::

    import plugin
    from switchhook import testing

    Cases = testing.cases(plugin)                          # cases.json with settings.json

    host = testing.Host(settings={"desk": "alice"}, clients=["alice"])
    assert host.route(plugin, testing.call(caller="1001")) == script(ring("alice"))
"""

from __future__ import annotations

import copy
import json
import unittest
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from . import _answers, _backend, types
from ._convert import json_reader
from .errors import Error, HttpError, StateError, ZoneError

_DEFAULT_AT = "2026-01-15T12:00:00Z"
_KEY_BYTES = 256
_VALUE_BYTES = 64 << 10

# ── Calls and registrations ──────────────────────────────────────────────────────────────────────────────────────────────────


def _milliseconds(at: str | int) -> int:
    if isinstance(at, int):
        return at
    return round(datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp() * 1_000)


def _read(cls: Any, value: Any, path: str) -> Any:
    return json_reader(cls)(value, path)


def call(**fields: Any) -> types.Call:
    """A call from its fields as they are in case files; what is not given has a plain default."""
    caller = fields.get("caller", "1001")
    defaults = {
        "id": "case-1",
        "sip_call_id": "case-1@192.0.2.7",
        "domain": "example.com",
        "caller": caller,
        "caller_name": "",
        "callee": "100",
        "origin": {"client": caller},
        "source_address": "192.0.2.7:5060",
        "received_at": _milliseconds(_DEFAULT_AT),
    }
    return _read(types.Call, {**defaults, **fields}, "call")


def registration(**fields: Any) -> types.Registration:
    """A registration, likewise."""
    username = fields.get("username", "1001")
    domain = fields.get("domain", "example.com")
    credentials = {
        "username": username,
        "realm": domain,
        "nonce": "0",
        "uri": f"sip:{domain}",
        "response": "",
        "method": "REGISTER",
    }
    defaults = {
        "domain": domain,
        "username": username,
        "contacts": [],
        "expires_seconds": 0,
        "source_address": "192.0.2.7:5060",
        "received_at": _milliseconds(_DEFAULT_AT),
        "headers": [],
    }
    given = {**defaults, **fields, "credentials": {**credentials, **fields.get("credentials", {})}}
    return _read(types.Registration, given, "registration")


#: The ``type`` of an event in JSON, where it is not the name of the case.
_KINDS: dict[str, type] = {
    "call.initiated": types.Initiated,
    "call.decided": types.Decided,
    "verb.started": types.VerbStarted,
    "verb.ended": types.VerbEnded,
    "call.trying": types.LegTrying,
    "call.ringing": types.LegRinging,
    "call.answered": types.LegAnswered,
    "call.leg-failed": types.LegFailed,
    "call.hangup": types.LegHungUp,
    "call.reinvited": types.Reinvited,
    "call.transfer-requested": types.TransferRequested,
    "recording.available": types.RecordingAvailable,
    "call.completed": types.CallCompleted,
}
_SUBJECT = ("call_id", "sip_call_id", "domain", "caller", "callee", "origin", "variables", "sequence", "at")


def event(type: str, **fields: Any) -> types.Event:
    """An event from its JSON form: the fields of its kind stand beside those of the call."""
    if type not in _KINDS:
        raise ValueError(f"event: {type!r} is none of {', '.join(_KINDS)}")
    own = {name: value for name, value in fields.items() if name not in _SUBJECT}
    common = {name: value for name, value in fields.items() if name in _SUBJECT}
    return types.Event(
        call_id=common.get("call_id", "case-1"),
        sip_call_id=common.get("sip_call_id", "case-1@192.0.2.7"),
        domain=common.get("domain", "example.com"),
        caller=common.get("caller", ""),
        callee=common.get("callee", ""),
        origin=_read(types.Origin, common.get("origin", "api"), "event.origin"),
        sequence=common.get("sequence", 0),
        at=common.get("at", _milliseconds(_DEFAULT_AT)),
        variables=_read(list[types.Variable], common.get("variables", []), "event.variables"),
        kind=_read(_KINDS[type], own, "event"),
    )


# ── The host ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Request:
    """A request that a plugin sent."""

    method: str
    url: str
    headers: list[types.Header]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class _Value:
    data: bytes
    expires: int | None = None


def _follow(document: Any, pointer: str) -> Any:
    """What an RFC 6901 pointer leads to; ``KeyError`` if it leads nowhere."""
    if pointer == "":
        return document
    if not pointer.startswith("/"):
        raise KeyError(pointer)
    value = document
    for part in pointer[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise KeyError(pointer)
    return value


class Host:
    """The switch, as a plugin sees it. Its state lives as long as it does."""

    def __init__(
        self,
        *,
        settings: Any = None,
        at: str | int = _DEFAULT_AT,
        clients: Iterable[str] | Mapping[str, Mapping[str, Any]] = (),
        agents: Iterable[Mapping[str, Any]] = (),
        queues: Iterable[Mapping[str, Any]] = (),
        state: Mapping[str, str] | None = None,
        http: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        #: The lines that the plugin wrote: level and text.
        self.lines: list[tuple[str, str]] = []
        #: The requests that it sent.
        self.requests: list[Request] = []
        #: What it measured: kind, name, labels and value.
        self.measured: list[tuple[str, str, dict[str, object], float]] = []
        self._settings = {} if settings is None else settings
        self._now = _milliseconds(at)
        known = (
            clients
            if isinstance(clients, Mapping)
            else {name: {"contacts": [f"sip:{name}@192.0.2.1"]} for name in clients}
        )
        self._clients: Mapping[str, Mapping[str, Any]] = known
        self._agents = [_read(types.Agent, dict(agent), "agent") for agent in agents]
        self._queues = [_read(types.Queue, dict(queue), "queue") for queue in queues]
        self._responses = list(http)
        self._values = {key: _Value(value.encode()) for key, value in (state or {}).items()}

    # What a test asks.

    def route(self, plugin: ModuleType, call: types.Call) -> types.Decision:
        """Asks ``route`` as the switch does; raises ``Error`` with the text that it would see."""
        return self._ask(_answers.route, plugin, call)

    def resume(self, plugin: ModuleType, call: types.Call, tag: str, outcome: types.Outcome) -> types.Continuation:
        """Asks ``resume``."""
        return self._ask(_answers.resume, plugin, call, tag, outcome)

    def register(self, plugin: ModuleType, registration: types.Registration) -> types.Grant | types.Refusal:
        """Asks ``register``."""
        return self._ask(_answers.register, plugin, registration)

    def on_event(self, plugin: ModuleType, event: types.Event) -> None:
        """Tells ``on_event``."""
        self._ask(_answers.on_event, plugin, event)

    def _ask(self, function: Any, *arguments: Any) -> Any:
        before = _backend.use(self)
        try:
            return function(*arguments)
        finally:
            _backend.use(before)

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self._now += round(seconds * 1_000)

    @property
    def values(self) -> dict[str, str]:
        """The state, as text."""
        return {key: data.decode() for key in list(self._values) if (data := self.state_get(key)) is not None}

    # What a plugin asks: the backend of the package.

    def log(self, level: str, message: str) -> None:
        self.lines.append((level, message))

    def settings_get(self, pointer: str) -> str | None:
        try:
            return json.dumps(_follow(self._settings, pointer))
        except KeyError:
            return None

    def settings_names(self, pointer: str) -> str | None:
        try:
            value = _follow(self._settings, pointer)
        except KeyError:
            return None
        return json.dumps(list(value)) if isinstance(value, dict) else None

    def state_get(self, key: str) -> bytes | None:
        value = self._values.get(key)
        if value is not None and value.expires is not None and value.expires <= self._now:
            del self._values[key]
            return None
        return value.data if value else None

    def state_set(self, key: str, value: bytes, ttl_seconds: int | None) -> None:
        if not 0 < len(key.encode()) <= _KEY_BYTES:
            raise StateError("bad-key")
        if len(value) > _VALUE_BYTES:
            raise StateError("too-large")
        self._values[key] = _Value(value, None if ttl_seconds is None else self._now + ttl_seconds * 1_000)

    def state_delete(self, key: str) -> bool:
        there = self.state_get(key) is not None
        self._values.pop(key, None)
        return there

    def state_increment(self, key: str, by: int, ttl_seconds: int | None) -> int:
        before = self.state_get(key)
        try:
            total = int(before or b"0") + by
        except ValueError:
            raise StateError("not-a-number") from None
        if not -(1 << 63) <= total < 1 << 63:
            raise StateError("not-a-number")
        if before is None:
            self.state_set(key, str(total).encode(), ttl_seconds)
        else:
            self._values[key].data = str(total).encode()
        return total

    def state_compare_and_set(self, key: str, expected: bytes | None, value: bytes, ttl_seconds: int | None) -> bool:
        if self.state_get(key) != expected:
            return False
        self.state_set(key, value, ttl_seconds)
        return True

    def registered(self, client: str) -> bool:
        return bool(self.contacts(client))

    def contacts(self, client: str) -> list[str]:
        return list(self._clients.get(client, {}).get("contacts", []))

    def active_calls(self, client: str) -> int:
        return int(self._clients.get(client, {}).get("active_calls", 0))

    def find_agent(self, name: str) -> types.Agent | None:
        return next((agent for agent in self._agents if agent.name == name), None)

    def agents(self, skill: str | None) -> list[types.Agent]:
        return [agent for agent in self._agents if skill is None or skill in agent.skills]

    def find_queue(self, name: str) -> types.Queue | None:
        return next((queue for queue in self._queues if queue.name == name), None)

    def fetch(
        self, method: str, url: str, headers: list[types.Header], body: bytes, timeout_milliseconds: int | None
    ) -> types.Response:
        self.requests.append(Request(method, url, headers, body))
        fitting = [stub for stub in self._responses if stub["url"] == url and stub.get("method", method) == method]
        if not fitting:
            raise HttpError("connection", f"there is no answer to {method} {url}")
        asked = sum(request.url == url and request.method == method for request in self.requests)
        stub = fitting[min(asked, len(fitting)) - 1]
        if "error" in stub:
            raise HttpError(stub["error"])
        response = stub["response"]
        content = response.get("body", "")
        text = content if isinstance(content, str) else json.dumps(content)
        fields = [types.Header(name, value) for name, value in response.get("headers", {}).items()]
        return types.Response(response.get("status", 200), fields, text.encode())

    def now(self) -> int:
        return self._now

    def local(self, zone: str, at: int) -> types.LocalTime:
        try:
            shown = datetime.fromtimestamp(at / 1_000, timezone.utc).astimezone(ZoneInfo(zone))
        except (KeyError, ValueError, OSError):
            raise ZoneError(f"time: there is no time zone {zone}") from None
        offset = shown.utcoffset()
        return types.LocalTime(
            shown.year,
            shown.month,
            shown.day,
            shown.isoweekday(),
            shown.hour,
            shown.minute,
            shown.second,
            0 if offset is None else round(offset.total_seconds() / 60),
        )

    def count(self, name: str, labels: dict[str, object], by: int) -> None:
        self.measured.append(("count", name, labels, by))

    def gauge(self, name: str, labels: dict[str, object], value: float) -> None:
        self.measured.append(("gauge", name, labels, value))

    def observe(self, name: str, labels: dict[str, object], seconds: float) -> None:
        self.measured.append(("observe", name, labels, seconds))


# ── Case files ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def cases(
    plugin: ModuleType, file: str | Path = "cases.json", settings: str | Path = "settings.json"
) -> type[unittest.TestCase]:
    """A test case with one test for each case of a file. Paths count from the working directory, the project's folder."""
    document = json.loads(Path(file).read_text("utf-8"))
    usual = document.get("settings")
    if usual is None:
        usual = json.loads(Path(settings).read_text("utf-8")) if Path(settings).exists() else {}

    def make(case: dict[str, Any]) -> Any:
        def test(self: unittest.TestCase) -> None:
            run_case(plugin, case, usual)

        test.__doc__ = case["name"]
        return test

    words = {f"test {case['name']}": make(case) for case in document["cases"]}
    return type("Cases", (unittest.TestCase,), {**words, "maxDiff": None})


def run_case(plugin: ModuleType, case: Mapping[str, Any], settings: Any = None) -> None:
    """Runs one case; raises ``AssertionError`` if the plugin does something else than expected."""
    check = unittest.TestCase()
    check.maxDiff = None
    directory = case.get("directory", {})
    at = _milliseconds(case.get("at", _DEFAULT_AT))
    host = Host(
        settings=copy.deepcopy(case.get("settings", settings)),
        at=at,
        clients=directory.get("clients", {}),
        agents=directory.get("agents", []),
        queues=directory.get("queues", []),
        state=case.get("state"),
        http=case.get("http", []),
    )
    expect = case.get("expect")
    if isinstance(expect, dict) and "error" in expect:
        try:
            answer = _ask(host, plugin, case, at)
        except Error as error:
            check.assertIn(expect["error"], str(error))
        else:
            check.fail(f"expected an error, got {answer}")
    else:
        answer = _ask(host, plugin, case, at)
        if expect is not None:
            check.assertEqual(answer, _expected(case))
    for key, value in case.get("expect_state", {}).items():
        check.assertEqual(host.values.get(key), value, f"the state of {key}")
    if "expect_http" in case:
        _compare_requests(check, host.requests, case["expect_http"])


def _ask(host: Host, plugin: ModuleType, case: Mapping[str, Any], at: int) -> Any:
    if "register" in case:
        return host.register(plugin, registration(**{"received_at": at, **case["register"]}))
    if "event" in case:
        return host.on_event(plugin, event(**{"at": at, **case["event"]}))
    asked = call(**{"received_at": at, **case["call"]})
    if "resume" not in case:
        return host.route(plugin, asked)
    outcome = _read(types.Outcome, case["resume"]["outcome"], "resume.outcome")
    return host.resume(plugin, asked, case["resume"]["tag"], outcome)


def _expected(case: Mapping[str, Any]) -> Any:
    expect = case["expect"]
    if "grant" in expect:
        return _read(types.Grant, expect["grant"], "expect.grant")
    if "refusal" in expect:
        return _read(types.Refusal, expect["refusal"], "expect.refusal")
    return _read(types.Continuation if "resume" in case else types.Decision, expect, "expect")


def _compare_requests(check: unittest.TestCase, sent: list[Request], wanted: list[Mapping[str, Any]]) -> None:
    check.assertEqual(len(sent), len(wanted), f"requests sent: {[(request.method, request.url) for request in sent]}")
    for request, expected in zip(sent, wanted):
        for name in ("method", "url"):
            if name in expected:
                check.assertEqual(getattr(request, name), expected[name])
        for name, value in expected.get("headers", {}).items():
            found = next((each.value for each in request.headers if each.name.lower() == name.lower()), None)
            check.assertEqual(found, value, f"the header {name}")
        if "body" in expected:
            body = expected["body"]
            check.assertEqual(request.body.decode() if isinstance(body, str) else request.json(), body)
