"""The words of the contract as dataclasses: what a call looks like to a plugin, and what a plugin can tell the switch to do.

Everything is frozen; what may be absent is ``None``. A variant of the contract is a union of classes, so that ``match`` tells its
cases apart. Units stand last in a name. Limits are those of ``wit/types.wit``; the switch judges them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar, Union

_C = TypeVar("_C")


def _case(name: str) -> Callable[[type[_C]], type[_C]]:
    """The name that a case of a variant has in the contract, where it is not that of the class."""

    def named(cls: type[_C]) -> type[_C]:
        cls.__case__ = name  # type: ignore[attr-defined]
        return cls

    return named


@dataclass(frozen=True)
class Header:
    """A header field of a SIP or an HTTP message."""

    name: str
    value: str


@dataclass(frozen=True)
class Variable:
    """A named value that stays with a call."""

    name: str
    value: str


def header_list(headers: Mapping[str, object]) -> list[Header]:
    return [Header(name, str(value)) for name, value in headers.items()]


def variable_list(variables: Mapping[str, object]) -> list[Variable]:
    return [Variable(name, str(value)) for name, value in variables.items()]


def _find_header(headers: list[Header], name: str) -> str | None:
    wanted = name.lower()
    return next((header.value for header in headers if header.name.lower() == wanted), None)


# ── Prompts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class File:
    """A file of the media folder, by its path in it."""

    path: str


@dataclass(frozen=True)
class Url:
    """An ``http:`` or ``https:`` URL."""

    url: str


@dataclass(frozen=True)
class Speech:
    """Words for the speech engine; ``language`` is a BCP 47 tag."""

    text: str
    language: str | None = None
    voice: str | None = None


@dataclass(frozen=True)
class Tone:
    """A tone of the telephone network; ``country`` as ``de``, ``us``."""

    kind: Literal["dial", "ringing", "busy", "congestion", "information", "beep", "silence"]
    milliseconds: int
    country: str | None = None


Prompt = Union[File, Url, Speech, Tone]

# ── Whom to call ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Client:
    """Every contact that this client of the domain has registered."""

    username: str


@_case("trunk")
@dataclass(frozen=True)
class TrunkNumber:
    """A number behind a trunk of the domain."""

    trunk: str
    number: str


@dataclass(frozen=True)
class Uri:
    """A ``sip:`` or ``sips:`` URI."""

    uri: str


@dataclass(frozen=True)
class RingGroup:
    """The members of a ring group of the domain."""

    name: str


Endpoint = Union[Client, TrunkNumber, Uri, RingGroup]


@dataclass(frozen=True)
class Target:
    """One destination of a ``Connect``."""

    endpoint: Endpoint
    ring_seconds: int | None = None

    def ringing(self, seconds: int) -> Target:
        """How long it may ring: 1 to 600 seconds."""
        return replace(self, ring_seconds=seconds)


Strategy = Literal["simultaneous", "sequential", "round-robin", "random", "longest-idle"]

# ── Verbs ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Answer:
    """Answer the caller's leg."""


@dataclass(frozen=True)
class Announce:
    """Play prompts to the caller."""

    prompts: list[Prompt]
    times: int = 1
    stop_keys: str = ""
    tag: str | None = None


@dataclass(frozen=True)
class Gather:
    """Collect keys that the caller presses."""

    max_digits: int
    prompts: list[Prompt] = field(default_factory=list)
    finish_keys: str = ""
    first_digit_milliseconds: int = 5_000
    inter_digit_milliseconds: int = 3_000
    tag: str | None = None


@dataclass(frozen=True)
class Connect:
    """Call destinations. The script ends here if one of them answers."""

    targets: list[Target]
    strategy: Strategy = "simultaneous"
    timeout_seconds: int | None = None
    caller_id: str | None = None
    caller_name: str | None = None
    ringback: Prompt | None = None
    keep_caller: bool = False
    reconnect: bool = False
    label: str | None = None
    tag: str | None = None
    headers: list[Header] = field(default_factory=list)

    def within(self, seconds: int) -> Connect:
        """How long all of it may take: 1 to 600 seconds."""
        return replace(self, timeout_seconds=seconds)

    def showing(self, caller_id: str, caller_name: str | None = None) -> Connect:
        """The number, and the name, shown to the called side instead of the caller's."""
        return replace(self, caller_id=caller_id, caller_name=caller_name)

    def tagged(self, tag: str) -> Connect:
        """Asks ``resume`` under this tag when nobody answered, or, with ``keep_caller``, when the called side hung up."""
        return replace(self, tag=tag)

    def header(self, name: str, value: object) -> Connect:
        """A header field added to the INVITE of every target."""
        return replace(self, headers=[*self.headers, Header(name, str(value))])


@dataclass(frozen=True)
class Enqueue:
    """Let the caller wait in a queue for an agent."""

    queue: str
    skills: list[str] = field(default_factory=list)
    priority: int = 0
    timeout_seconds: int | None = None
    music: Prompt | None = None
    tag: str | None = None


@dataclass(frozen=True)
class Voicemail:
    """Let the caller leave a message in a mailbox."""

    mailbox: str
    greeting: Prompt | None = None
    tag: str | None = None


@_case("start")
@dataclass(frozen=True)
class StartRecording:
    """Record the call from now on."""


@_case("pause")
@dataclass(frozen=True)
class PauseRecording:
    """Leave out what follows."""


@_case("stop")
@dataclass(frozen=True)
class StopRecording:
    """End the recording of the call."""


@dataclass(frozen=True)
class Message:
    """Record what the caller says."""

    max_seconds: int
    silence_seconds: int
    finish_keys: str = ""
    beep: bool = False


RecordingAction = Union[StartRecording, PauseRecording, StopRecording, Message]


@dataclass(frozen=True)
class Record:
    """Record the call, or a message that the caller speaks."""

    action: RecordingAction
    tag: str | None = None


@dataclass(frozen=True)
class Conference:
    """Put the caller into a conference room."""

    room: str
    pin: str | None = None
    muted: bool = False
    moderator: bool = False
    music: Prompt | None = None
    tag: str | None = None


@dataclass(frozen=True)
class Stream:
    """Send audio of the call to a WebSocket server, and play what it sends back."""

    url: str
    track: Literal["caller", "callee", "both"] = "caller"
    parameters: list[Variable] = field(default_factory=list)
    tag: str | None = None


@dataclass(frozen=True)
class Pause:
    """Wait before the next verb."""

    milliseconds: int
    tag: str | None = None


@dataclass(frozen=True)
class SendDigits:
    """Send keys to the other side of the answered call."""

    digits: str
    digit_milliseconds: int | None = None
    tag: str | None = None


@dataclass(frozen=True)
class SetVariable:
    """Set a variable of the call."""

    name: str
    value: str


@dataclass(frozen=True)
class Delegate:
    """Let another plugin of the switch decide."""

    plugin: str


@dataclass(frozen=True)
class Redial:
    """Route the call anew, as if another number had been dialled."""

    callee: str


@dataclass(frozen=True)
class Respond:
    """End the call with a final response."""

    status: int
    reason: str | None = None
    headers: list[Header] = field(default_factory=list)

    def header(self, name: str, value: object) -> Respond:
        """A header field of the response."""
        return replace(self, headers=[*self.headers, Header(name, str(value))])


Verb = Union[
    Answer, Announce, Gather, Connect, Enqueue, Voicemail, Record, Conference, Stream, Pause, SendDigits, SetVariable, Delegate,
    Redial, Respond,
]  # fmt: skip

# ── Decisions ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Script:
    """Carry this out, one verb after another. A list of verbs, or one verb alone, means the same."""

    verbs: list[Verb]


@dataclass(frozen=True)
class Next:
    """This plugin does not decide; the next of the chain does, and sees these variables."""

    variables: list[Variable] = field(default_factory=list)


@dataclass(frozen=True)
class Proceed:
    """Go on with the rest of the script."""


Decision = Union[Script, Next]
Continuation = Union[Script, Proceed]
#: What ``route`` may return.
RouteAnswer = Union[Decision, Verb, list[Verb]]
#: What ``resume`` may return; ``None`` is ``Proceed()``.
ResumeAnswer = Union[Continuation, Verb, list[Verb], None]

# ── Calls ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@_case("client")
@dataclass(frozen=True)
class FromClient:
    """A client of the domain, authenticated as this username."""

    username: str


@_case("trunk")
@dataclass(frozen=True)
class FromTrunk:
    """A trunk of the domain."""

    name: str


@_case("api")
@dataclass(frozen=True)
class FromApi:
    """Nobody called: the call was made through the switch's own interface."""


Origin = Union[FromClient, FromTrunk, FromApi]


@dataclass(frozen=True)
class Call:
    """A call that waits for a decision."""

    #: The switch's own identifier, unique over restarts.
    id: str
    #: The Call-ID of the caller's dialog. The caller's device chose it.
    sip_call_id: str
    domain: str
    #: Who calls (ANI).
    caller: str
    #: The caller's display name; empty if none was sent.
    caller_name: str
    #: Who is called (DNIS).
    callee: str
    origin: Origin
    #: Address and port that the INVITE arrived from.
    source_address: str
    #: When the INVITE arrived: milliseconds since the Unix epoch.
    received_at: int
    #: 0 at first; one more each time a script ended without connecting the call. At most 3.
    attempt: int = 0
    #: Whether a transfer caused this call.
    transferred: bool = False
    #: Whether the caller's leg is answered already.
    answered: bool = False
    headers: list[Header] = field(default_factory=list)
    #: The codecs that the caller offers, preferred first.
    codecs: list[str] = field(default_factory=list)
    #: What the network vouches for about the caller's number.
    attestation: Literal["unknown", "full", "partial", "gateway", "failed"] = "unknown"
    variables: list[Variable] = field(default_factory=list)
    #: In the phase ``veto``: the script that was decided on.
    proposed: list[Verb] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        """The first header field of that name, whatever its case."""
        return _find_header(self.headers, name)

    def variable(self, name: str) -> str | None:
        """The variable of that name."""
        return next((variable.value for variable in self.variables if variable.name == name), None)


# ── Outcomes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Completed:
    """It did what it was told."""


@dataclass(frozen=True)
class Digits:
    """Keys were pressed."""

    digits: str
    finish_key: str | None = None


@dataclass(frozen=True)
class NoInput:
    """The caller pressed or said nothing."""


@dataclass(frozen=True)
class Unconnected:
    """Nobody answered."""

    reason: Literal["no-answer", "busy", "declined", "unreachable", "failed"]
    status: int | None = None


@dataclass(frozen=True)
class Recorded:
    """A message was recorded."""

    url: str
    milliseconds: int


@dataclass(frozen=True)
class TimedOut:
    """The time for it was over."""


@dataclass(frozen=True)
class Failed:
    """It could not be done."""

    why: str


@dataclass(frozen=True)
class NotAvailable:
    """The switch cannot do this here, or not yet."""

    why: str


Outcome = Union[Completed, Digits, NoInput, Unconnected, Recorded, TimedOut, Failed, NotAvailable]

# ── Registrations ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Credentials:
    """Digest credentials (RFC 7616 §3.4)."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    method: str
    algorithm: str | None = None
    qop: str | None = None
    nc: str | None = None
    cnonce: str | None = None


@dataclass(frozen=True)
class Registration:
    """A client that wants to register."""

    domain: str
    username: str
    #: The contacts it wants to be reached at; empty if it takes all of them back.
    contacts: list[str]
    #: How long: seconds; 0: it unregisters.
    expires_seconds: int
    source_address: str
    received_at: int
    headers: list[Header]
    credentials: Credentials

    def header(self, name: str) -> str | None:
        """The first header field of that name, whatever its case."""
        return _find_header(self.headers, name)


@dataclass(frozen=True)
class Checked:
    """The plugin has checked the credentials."""


@dataclass(frozen=True)
class Password:
    """The switch is to check the credentials against this password."""

    password: str


@dataclass(frozen=True)
class Ha1:
    """The switch is to check them against this hash of username, realm and password, hexadecimal."""

    hash: str


Proof = Union[Checked, Password, Ha1]


@dataclass(frozen=True)
class DialplanEntry:
    """What a dialled number leads to."""

    pattern: str
    plugins: list[str] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)


@dataclass(frozen=True)
class Named:
    """A dialplan of the domain."""

    name: str


@dataclass(frozen=True)
class Entries:
    """A dialplan of the client's own."""

    entries: list[DialplanEntry]


@dataclass(frozen=True)
class Grant:
    """What an accepted client gets."""

    proof: Proof
    expires_seconds: int | None = None
    dialplan: Named | Entries | None = None
    codecs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Refusal:
    """Why a client is not let in: 400 to 699; 401 challenges it anew."""

    status: int
    reason: str | None = None


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

Party = Literal["caller", "callee", "switch"]
VerbName = Literal[
    "answer", "announce", "gather", "connect", "enqueue", "voicemail", "record", "conference", "stream", "pause", "send-digits",
    "set-variable", "delegate", "redial", "respond",
]  # fmt: skip


@dataclass(frozen=True)
class Initiated:
    """The call arrived."""


@dataclass(frozen=True)
class Decided:
    """It was decided what to do."""

    attempt: int
    source: Literal["plugin", "route-fallback", "default-destination", "none"]


@dataclass(frozen=True)
class VerbStarted:
    """A verb of the script begins."""

    verb: VerbName
    label: str | None = None


@dataclass(frozen=True)
class Skipped:
    """It did not apply."""


VerbEnd = Union[Completed, Skipped, Failed, NotAvailable]


@dataclass(frozen=True)
class VerbEnded:
    """A verb of the script is over, or was skipped."""

    verb: VerbName
    end: VerbEnd
    milliseconds: int
    label: str | None = None


@dataclass(frozen=True)
class Leg:
    """A destination of a ``Connect``."""

    target: str
    index: int
    label: str | None = None


@dataclass(frozen=True)
class LegTrying(Leg):
    """A destination is being called."""


@dataclass(frozen=True)
class LegRinging(Leg):
    """A destination rings."""


@dataclass(frozen=True)
class LegAnswered(Leg):
    """A destination has answered."""


@_case("timeout")
@dataclass(frozen=True)
class RangTooLong:
    """It rang for as long as it may."""


@dataclass(frozen=True)
class Cancelled:
    """It is not needed any more."""


@dataclass(frozen=True)
class Status:
    """It refused."""

    status: int


@dataclass(frozen=True)
class Unreachable:
    """It cannot be reached."""

    why: str


LegFailure = Union[RangTooLong, Cancelled, Status, Unreachable]


@dataclass(frozen=True)
class LegFailed:
    """A destination will not answer."""

    leg: Leg
    reason: LegFailure


@dataclass(frozen=True)
class LegHungUp:
    """One side of a connected call has hung up."""

    by: Party
    label: str | None = None


@dataclass(frozen=True)
class Reinvited:
    """The media of a connected call were negotiated anew."""

    by: Party


@dataclass(frozen=True)
class TransferRequested:
    """One side asks for the call to be transferred."""

    by: Party
    target: str


@dataclass(frozen=True)
class RecordingAvailable:
    """A recording of the call is complete and can be fetched."""

    url: str
    milliseconds: int
    format: str


@_case("completed")
@dataclass(frozen=True)
class CallCompleted:
    """The call is over."""

    disposition: Literal["answered", "no-answer", "busy", "cancelled", "rejected", "failed"]
    status: int
    ended_by: Party
    talk_milliseconds: int


EventKind = Union[
    Initiated, Decided, VerbStarted, VerbEnded, LegTrying, LegRinging, LegAnswered, LegFailed, LegHungUp, Reinvited,
    TransferRequested, RecordingAvailable, CallCompleted,
]  # fmt: skip


@dataclass(frozen=True)
class Event:
    """Something that happened to a call."""

    call_id: str
    sip_call_id: str
    domain: str
    caller: str
    callee: str
    origin: Origin
    #: From 0 without gaps within the call. A gap: events were dropped.
    sequence: int
    #: Milliseconds since the Unix epoch.
    at: int
    variables: list[Variable]
    kind: EventKind


# ── What the switch knows ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class LocalTime:
    """What the clocks of a time zone show."""

    year: int
    month: int
    day: int
    #: 1 (Monday) to 7 (Sunday).
    weekday: int
    hour: int
    minute: int
    second: int
    #: How far the zone is ahead of UTC then.
    offset_minutes: int


@dataclass(frozen=True)
class Agent:
    """Someone who takes calls of queues."""

    name: str
    client: str = ""
    status: Literal["available", "busy", "away", "offline"] = "available"
    since: int = 0
    skills: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Queue:
    """A queue of callers."""

    name: str
    waiting: int = 0
    longest_wait_seconds: int = 0
    agents_available: int = 0


@dataclass(frozen=True)
class Response:
    """A response of an HTTP server, whatever its status."""

    status: int
    headers: list[Header]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        """The first header field of that name, whatever its case."""
        return _find_header(self.headers, name)

    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        import json

        return json.loads(self.body)
