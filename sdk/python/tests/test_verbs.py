"""What the shorthand makes is what the switch's own vocabulary says. ``run_case`` reads the JSON form, as a case file has it."""

import unittest
from types import SimpleNamespace
from typing import Any

from switchhook import (
    Error,
    File,
    Next,
    Proceed,
    RouteAnswer,
    Speech,
    TimedOut,
    Tone,
    Url,
    announce,
    answer,
    client,
    conference,
    connect,
    delegate,
    enqueue,
    gather,
    next_plugin,
    pause,
    pause_recording,
    record_message,
    redial,
    respond,
    ring,
    ring_group,
    send_digits,
    sequential,
    set_variable,
    start_recording,
    stop_recording,
    stream,
    testing,
    trunk,
    uri,
    voicemail,
)


def plugin(**functions: Any) -> Any:
    return SimpleNamespace(**functions)


class Verbs(unittest.TestCase):
    def check(self, answer: RouteAnswer, *script: Any) -> None:
        testing.run_case(plugin(route=lambda call: answer), {"call": {}, "expect": {"script": list(script)}})

    def test_a_text_is_a_client(self) -> None:
        self.check(ring("alice"), {"connect": {"targets": [{"endpoint": {"client": "alice"}}]}})

    def test_a_connection_has_everything_that_the_contract_has(self) -> None:
        verb = connect(
            client("alice").ringing(20),
            trunk("carrier", "1", ring_seconds=5),
            uri("sip:a@b"),
            ring_group("sales"),
            strategy="longest-idle",
            ringback=Tone("ringing", 60_000, "de"),
            keep_caller=True,
            reconnect=True,
            label="first",
            headers={"X-A": 1},
        )
        self.check(
            verb.within(30).showing("+1", "Office").tagged("rung").header("X-B", "b"),
            {
                "connect": {
                    "targets": [
                        {"endpoint": {"client": "alice"}, "ring_seconds": 20},
                        {"endpoint": {"trunk": {"trunk": "carrier", "number": "1"}}, "ring_seconds": 5},
                        {"endpoint": {"uri": "sip:a@b"}},
                        {"endpoint": {"ring-group": "sales"}},
                    ],
                    "strategy": "longest-idle",
                    "timeout_seconds": 30,
                    "caller_id": "+1",
                    "caller_name": "Office",
                    "ringback": {"tone": {"kind": "ringing", "country": "de", "milliseconds": 60_000}},
                    "keep_caller": True,
                    "reconnect": True,
                    "label": "first",
                    "tag": "rung",
                    "headers": [{"name": "X-A", "value": "1"}, {"name": "X-B", "value": "b"}],
                }
            },
        )

    def test_sequential_keeps_the_order(self) -> None:
        targets = [{"endpoint": {"client": "a"}}, {"endpoint": {"client": "b"}}]
        self.check(sequential("a", "b"), {"connect": {"targets": targets, "strategy": "sequential"}})

    def test_a_list_is_a_script(self) -> None:
        self.check(
            [answer(), pause(500, tag="p"), respond(486)],
            "answer",
            {"pause": {"milliseconds": 500, "tag": "p"}},
            {"respond": {"status": 486}},
        )

    def test_announce_plays_files_addresses_and_words(self) -> None:
        self.check(
            announce(
                "Hello", File("a.wav"), Url("https://a/b"), Speech("Hallo", "de", "v"), times=2, stop_keys="#", tag="a"
            ),
            {
                "announce": {
                    "prompts": [
                        {"speech": {"text": "Hello"}},
                        {"file": "a.wav"},
                        {"url": "https://a/b"},
                        {"speech": {"text": "Hallo", "language": "de", "voice": "v"}},
                    ],
                    "times": 2,
                    "stop_keys": "#",
                    "tag": "a",
                }
            },
        )

    def test_gather_listens_with_the_usual_times(self) -> None:
        usual = {"first_digit_milliseconds": 5_000, "inter_digit_milliseconds": 3_000}
        self.check(gather(max_digits=4, tag="pin"), {"gather": {"max_digits": 4, **usual, "tag": "pin"}})

    def test_queues_mailboxes_rooms_and_streams(self) -> None:
        self.check(
            [
                enqueue("support", skills=["de"], priority=5, timeout_seconds=60, music=File("m.wav"), tag="q"),
                voicemail("alice", greeting="Gone", tag="v"),
                conference("room", pin="1", muted=True, moderator=True, music=File("m.wav"), tag="c"),
                stream("wss://a", track="both", parameters={"a": 1}, tag="s"),
            ],
            {
                "enqueue": {
                    "queue": "support",
                    "skills": ["de"],
                    "priority": 5,
                    "timeout_seconds": 60,
                    "music": {"file": "m.wav"},
                    "tag": "q",
                }
            },
            {"voicemail": {"mailbox": "alice", "greeting": {"speech": {"text": "Gone"}}, "tag": "v"}},
            {
                "conference": {
                    "room": "room",
                    "pin": "1",
                    "muted": True,
                    "moderator": True,
                    "music": {"file": "m.wav"},
                    "tag": "c",
                }
            },
            {"stream": {"url": "wss://a", "track": "both", "parameters": [{"name": "a", "value": "1"}], "tag": "s"}},
        )

    def test_recordings(self) -> None:
        message = {"max_seconds": 60, "silence_seconds": 5, "finish_keys": "#", "beep": True}
        self.check(
            [start_recording(), pause_recording(), stop_recording(), record_message(max_seconds=60, tag="m")],
            {"record": {"action": "start"}},
            {"record": {"action": "pause"}},
            {"record": {"action": "stop"}},
            {"record": {"action": {"message": message}, "tag": "m"}},
        )

    def test_small_verbs(self) -> None:
        self.check(
            [send_digits("1,2", digit_milliseconds=80, tag="d"), set_variable("a", 1), redial("200")],
            {"send-digits": {"digits": "1,2", "digit_milliseconds": 80, "tag": "d"}},
            {"set-variable": {"name": "a", "value": "1"}},
            {"redial": {"callee": "200"}},
        )
        self.check(delegate("other"), {"delegate": {"plugin": "other"}})

    def test_next_hands_variables_on(self) -> None:
        expect = {"next": [{"name": "tier", "value": "gold"}, {"name": "level", "value": "3"}]}
        testing.run_case(plugin(route=lambda call: next_plugin(tier="gold", level=3)), {"call": {}, "expect": expect})


class Answers(unittest.TestCase):
    def test_no_answer_is_an_error_that_says_what_to_do(self) -> None:
        with self.assertRaisesRegex(Error, "route returned None: give a verb"):
            testing.Host().route(plugin(route=lambda call: None), testing.call())

    def test_a_mistake_says_where_it_is(self) -> None:
        def route(call: Any) -> Any:
            return call.nothing

        with self.assertRaisesRegex(Error, r"AttributeError: .* \(route, test_verbs.py:\d+\)"):
            testing.Host().route(plugin(route=route), testing.call())

    def test_an_error_raised_on_purpose_is_its_text_alone(self) -> None:
        def route(call: Any) -> Any:
            raise Error("settings: no desk")

        with self.assertRaisesRegex(Error, "^settings: no desk$"):
            testing.Host().route(plugin(route=route), testing.call())

    def test_without_resume_the_script_goes_on(self) -> None:
        host, call = testing.Host(), testing.call()
        self.assertEqual(host.resume(plugin(), call, "t", TimedOut()), Proceed())
        self.assertEqual(host.resume(plugin(resume=lambda *_: None), call, "t", TimedOut()), Proceed())
        with self.assertRaisesRegex(Error, "resume returned Next"):
            host.resume(plugin(resume=lambda *_: Next()), call, "t", TimedOut())

    def test_a_case_with_a_misspelt_field_is_refused(self) -> None:
        case: dict[str, Any] = {"call": {}, "expect": {"script": [{"connect": {"target": []}}]}}
        with self.assertRaisesRegex(ValueError, r"expect.script\[0\].connect: unknown field target"):
            testing.run_case(plugin(route=lambda call: []), case)
