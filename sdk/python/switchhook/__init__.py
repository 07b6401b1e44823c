"""Plugins for the SIP PBX Switchhook in Python.

A plugin is a module ``plugin`` with any of these functions::

    def route(call: Call) -> RouteAnswer: ...
    def resume(call: Call, tag: str, outcome: Outcome) -> ResumeAnswer: ...
    def register(registration: Registration) -> Grant | Refusal: ...
    def on_event(event: Event) -> None: ...

Everything that is not a verb's shorthand or an error is a class of ``switchhook.types``.
"""

from . import directory as directory
from . import http as http
from . import log as log
from . import metrics as metrics
from . import settings as settings
from . import state as state
from . import time as time
from .errors import Error as Error
from .errors import HttpError as HttpError
from .errors import StateError as StateError
from .errors import ZoneError as ZoneError
from .types import (  # fmt: skip
    Agent, Announce, Answer, Call, CallCompleted, Cancelled, Checked, Client, Completed, Conference, Connect,
    Continuation, Credentials, Decided, Decision, Delegate, DialplanEntry, Digits, Endpoint, Enqueue, Entries, Event,
    EventKind, Failed, File, FromApi, FromClient, FromTrunk, Gather, Grant, Ha1, Header, Initiated, Leg, LegAnswered,
    LegFailed, LegFailure, LegHungUp, LegRinging, LegTrying, LocalTime, Message, Named, Next, NoInput, NotAvailable,
    Origin, Outcome, Party, Password, Pause, PauseRecording, Proceed, Prompt, Proof, Queue, RangTooLong, Record,
    Recorded, RecordingAction, Redial, Refusal, Registration, Reinvited, Respond, Response, ResumeAnswer, RingGroup,
    RouteAnswer, Script, SendDigits, SetVariable, Skipped, Speech, StartRecording, Status, StopRecording, Strategy,
    Stream, Target, TimedOut, Tone, TransferRequested, TrunkNumber, Unconnected, Unreachable, Uri, Url, Variable, Verb,
    VerbEnd, VerbEnded, VerbName, VerbStarted, Voicemail,
)
from .verbs import (  # fmt: skip
    announce, answer, client, conference, connect, delegate, dialplan_entry, enqueue, gather, grant, next_plugin, pause,
    pause_recording, proceed, record_message, redial, refuse, respond, ring, ring_group, script, send_digits,
    sequential, set_variable, start_recording, stop_recording, stream, trunk, uri, voicemail,
)

__all__ = [  # fmt: skip
    "directory", "http", "log", "metrics", "settings", "state", "time", "Error", "HttpError", "StateError", "ZoneError",
    "Agent", "Announce", "Answer", "Call", "CallCompleted", "Cancelled", "Checked", "Client", "Completed", "Conference",
    "Connect", "Continuation", "Credentials", "Decided", "Decision", "Delegate", "DialplanEntry", "Digits", "Endpoint",
    "Enqueue", "Entries", "Event", "EventKind", "Failed", "File", "FromApi", "FromClient", "FromTrunk", "Gather",
    "Grant", "Ha1", "Header", "Initiated", "Leg", "LegAnswered", "LegFailed", "LegFailure", "LegHungUp", "LegRinging",
    "LegTrying", "LocalTime", "Message", "Named", "Next", "NoInput", "NotAvailable", "Origin", "Outcome", "Party",
    "Password", "Pause", "PauseRecording", "Proceed", "Prompt", "Proof", "Queue", "RangTooLong", "Record", "Recorded",
    "RecordingAction", "Redial", "Refusal", "Registration", "Reinvited", "Respond", "Response", "ResumeAnswer",
    "RingGroup", "RouteAnswer", "Script", "SendDigits", "SetVariable", "Skipped", "Speech", "StartRecording", "Status",
    "StopRecording", "Strategy", "Stream", "Target", "TimedOut", "Tone", "TransferRequested", "TrunkNumber",
    "Unconnected", "Unreachable", "Uri", "Url", "Variable", "Verb", "VerbEnd", "VerbEnded", "VerbName", "VerbStarted",
    "Voicemail", "announce", "answer", "client", "conference", "connect", "delegate", "dialplan_entry", "enqueue",
    "gather", "grant", "next_plugin", "pause", "pause_recording", "proceed", "record_message", "redial", "refuse",
    "respond", "ring", "ring_group", "script", "send_digits", "sequential", "set_variable", "start_recording",
    "stop_recording", "stream", "trunk", "uri", "voicemail",
]
