"""What a plugin asks, through the test double."""

import unittest
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from switchhook import (
    Checked,
    Error,
    Ha1,
    Header,
    HttpError,
    Initiated,
    Leg,
    LegFailed,
    LocalTime,
    Password,
    Reinvited,
    StateError,
    Status,
    ZoneError,
    dialplan_entry,
    directory,
    grant,
    http,
    log,
    metrics,
    next_plugin,
    refuse,
    settings,
    state,
    testing,
    time,
)


def inside(run: Callable[[Any], Any], host: testing.Host | None = None, **fields: Any) -> Any:
    """Runs a function as a plugin's ``route``, and gives what it returns."""
    results: list[Any] = []

    def route(call: Any) -> Any:
        results.append(run(call))
        return next_plugin()

    (host or testing.Host()).route(SimpleNamespace(route=route), testing.call(**fields))  # type: ignore[arg-type]
    return results[0]


class Imports(unittest.TestCase):
    def test_settings_are_read_by_pointer_and_by_names(self) -> None:
        host = testing.Host(settings={"a/b": {"~": [1, 2]}, "none": None})
        result = inside(
            lambda _: [
                settings.get("/a~1b/~0/1"),
                settings.get(["a/b", "~"]),
                settings.get("/none", 7),
                settings.get("/missing", 7),
                settings.names(),
                settings.names(["a/b", "~"]),
            ],
            host,
        )
        self.assertEqual(result, [2, [1, 2], None, 7, ["a/b", "none"], None])

    def test_state_keeps_text_bytes_and_numbers(self) -> None:
        host = testing.Host(state={"old": "é"})

        def run(_: Any) -> list[Any]:
            state.set("bytes", b"\xff", ttl_seconds=5)
            return [
                state.get("old"),
                state.get("none"),
                state.increment("n"),
                state.increment("n", -3),
                state.get_bytes("bytes"),
                state.compare_and_set("lock", None, "1"),
                state.compare_and_set("lock", None, "2"),
                state.compare_and_set("lock", "1", "3"),
                state.delete("old"),
                state.delete("old"),
            ]

        self.assertEqual(inside(run, host), ["é", None, 1, -2, b"\xff", True, False, True, True, False])
        host.advance(5)
        self.assertEqual(host.values, {"n": "-2", "lock": "3"})

    def test_a_value_that_is_not_stored_is_an_error_with_a_code(self) -> None:
        def code(run: Callable[[], Any]) -> str:
            with self.assertRaises(StateError) as caught:
                run()
            return caught.exception.code

        host = testing.Host(state={"text": "x"})
        attempts = [lambda: state.set("", "x"), lambda: state.set("k", "x" * 70_000), lambda: state.increment("text")]
        codes = inside(lambda _: [code(attempt) for attempt in attempts], host)
        self.assertEqual(codes, ["bad-key", "too-large", "not-a-number"])

    def test_the_directory_knows_clients_agents_and_queues(self) -> None:
        host = testing.Host(
            clients={"alice": {"contacts": ["sip:alice@192.0.2.1"], "active_calls": 2}, "bob": {"contacts": []}},
            agents=[{"name": "ann", "client": "alice", "skills": ["de"]}, {"name": "ben", "client": "bob"}],
            queues=[{"name": "support", "waiting": 3}],
        )

        def run(_: Any) -> list[Any]:
            queue = directory.queue("support")
            return [
                directory.registered("alice"),
                directory.registered("bob"),
                directory.contacts("alice"),
                directory.active_calls("alice"),
                [agent.name for agent in directory.agents("de")],
                len(directory.agents()),
                directory.agent("zoe"),
                queue and queue.waiting,
            ]

        self.assertEqual(inside(run, host), [True, False, ["sip:alice@192.0.2.1"], 2, ["ann"], 2, None, 3])

    def test_http_sends_json_and_reads_what_comes_back(self) -> None:
        answer = {"status": 201, "headers": {"X-Id": "7"}, "body": {"tier": "gold"}}
        host = testing.Host(
            http=[
                {"url": "https://crm/a", "method": "POST", "response": answer},
                {"url": "https://crm/slow", "error": "timeout"},
            ]
        )

        def run(_: Any) -> list[Any]:
            response = http.post("https://crm/a", json={"n": 1})
            for url, code in (("https://crm/slow", "timeout"), ("https://other/", "denied")):
                with self.assertRaises(HttpError) as caught:
                    http.get(url)
                self.assertEqual(caught.exception.code, code)
            return [response.ok, response.status, response.header("x-id"), response.json()]

        self.assertEqual(inside(run, host), [True, 201, "7", {"tier": "gold"}])
        sent = host.requests[0]
        self.assertEqual((sent.method, sent.url, sent.body), ("POST", "https://crm/a", b'{"n": 1}'))
        self.assertEqual(sent.headers, [Header("Content-Type", "application/json")])

    def test_time_is_the_clock_of_the_test(self) -> None:
        host = testing.Host(at="2026-11-20T22:15:30+01:00")
        now, local = inside(lambda _: (time.now(), time.local("America/St_Johns")), host)
        self.assertEqual(now, 1_795_209_330_000)
        self.assertEqual(local, LocalTime(2026, 11, 20, 5, 17, 45, 30, -210))
        with self.assertRaises(ZoneError):
            inside(lambda _: time.local("Mars/Olympus"))

    def test_lines_and_measurements(self) -> None:
        host = testing.Host()

        def run(_: Any) -> None:
            log.info("hello")
            metrics.count("calls_total", 2, kind="in")

        inside(run, host)
        self.assertEqual(host.lines, [("info", "hello")])
        self.assertEqual(host.measured, [("count", "calls_total", {"kind": "in"}, 2)])

    def test_a_call_looks_its_headers_and_variables_up(self) -> None:
        result = inside(
            lambda call: [call.header("x-tier"), call.header("x"), call.variable("a"), call.variable("b")],
            headers=[{"name": "X-Tier", "value": "gold"}],
            variables=[{"name": "a", "value": "1"}],
        )
        self.assertEqual(result, ["gold", None, "1", None])

    def test_outside_of_a_host_a_plugin_is_told_how_to_test_itself(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "through a Host"):
            log.info("x")


class Gatekeeper(unittest.TestCase):
    def test_grants_and_refusals(self) -> None:
        def register(registration: Any) -> Any:
            match registration.username:
                case "known":
                    return grant(Password("secret"), expires_seconds=60, dialplan="default")
                case "hashed":
                    return grant(Ha1("00"), dialplan=[dialplan_entry("9*", a=1)], codecs=["PCMA"])
                case "free":
                    return grant(Checked())
            return refuse(404, "Who?")

        entry = {"pattern": "9*", "variables": [{"name": "a", "value": "1"}]}
        for username, expect in {
            "known": {
                "grant": {"proof": {"password": "secret"}, "expires_seconds": 60, "dialplan": {"named": "default"}}
            },
            "hashed": {"grant": {"proof": {"ha1": "00"}, "dialplan": {"entries": [entry]}, "codecs": ["PCMA"]}},
            "free": {"grant": {"proof": "checked"}},
            "other": {"refusal": {"status": 404, "reason": "Who?"}},
        }.items():
            with self.subTest(username):
                case = {"register": {"username": username}, "expect": expect}
                testing.run_case(SimpleNamespace(register=register), case)  # type: ignore[arg-type]

    def test_no_answer_fails_and_says_so_in_the_log(self) -> None:
        host = testing.Host()
        with self.assertRaisesRegex(Error, "give grant"):
            host.register(SimpleNamespace(register=lambda _: None), testing.registration())  # type: ignore[arg-type]
        self.assertEqual(host.lines[0][0], "error")


class Observer(unittest.TestCase):
    def test_events_are_as_the_contract_has_them(self) -> None:
        seen: list[Any] = []
        plugin: Any = SimpleNamespace(on_event=lambda event: seen.append((event.call_id, event.kind)))
        for event in (
            {"type": "call.initiated", "call_id": "7"},
            {"type": "call.leg-failed", "leg": {"target": "alice", "index": 0}, "reason": {"status": 486}},
            {"type": "call.reinvited", "by": "callee"},
        ):
            testing.run_case(plugin, {"event": event})
        self.assertEqual(
            seen,
            [("7", Initiated()), ("case-1", LegFailed(Leg("alice", 0), Status(486))), ("case-1", Reinvited("callee"))],
        )
