"""Shorthand for verbs, decisions and grants: ``[ring("alice", "bob").within(20), respond(480)]``.

Where a target is wanted, a text is a client; where a prompt is wanted, a text is spoken; headers and variables are mappings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import types as t
from .types import header_list, variable_list


def client(username: str, *, ring_seconds: int | None = None) -> t.Target:
    """Every contact that this client of the domain has registered."""
    return t.Target(t.Client(username), ring_seconds)


def trunk(trunk: str, number: str, *, ring_seconds: int | None = None) -> t.Target:
    """A number behind a trunk of the domain."""
    return t.Target(t.TrunkNumber(trunk, number), ring_seconds)


def uri(uri: str, *, ring_seconds: int | None = None) -> t.Target:
    """A ``sip:`` or ``sips:`` URI."""
    return t.Target(t.Uri(uri), ring_seconds)


def ring_group(name: str, *, ring_seconds: int | None = None) -> t.Target:
    """The members of a ring group of the domain."""
    return t.Target(t.RingGroup(name), ring_seconds)


def _prompt(prompt: str | t.Prompt) -> t.Prompt:
    return t.Speech(prompt) if isinstance(prompt, str) else prompt


def _prompt_or_none(prompt: str | t.Prompt | None) -> t.Prompt | None:
    return None if prompt is None else _prompt(prompt)


def connect(
    *targets: str | t.Target,
    strategy: t.Strategy = "simultaneous",
    timeout_seconds: int | None = None,
    caller_id: str | None = None,
    caller_name: str | None = None,
    ringback: str | t.Prompt | None = None,
    keep_caller: bool = False,
    reconnect: bool = False,
    label: str | None = None,
    tag: str | None = None,
    headers: Mapping[str, object] = {},
) -> t.Connect:
    """Calls destinations, all at once unless told otherwise. The script ends here if one of them answers."""
    return t.Connect(
        targets=[client(target) if isinstance(target, str) else target for target in targets],
        strategy=strategy,
        timeout_seconds=timeout_seconds,
        caller_id=caller_id,
        caller_name=caller_name,
        ringback=_prompt_or_none(ringback),
        keep_caller=keep_caller,
        reconnect=reconnect,
        label=label,
        tag=tag,
        headers=header_list(headers),
    )


#: Calls destinations at once; the first that answers gets the call. The same as ``connect``.
ring = connect


def sequential(*targets: str | t.Target, timeout_seconds: int | None = None, tag: str | None = None) -> t.Connect:
    """Calls destinations one after another. Give each a ``ring_seconds``, or the first may take all the time."""
    return connect(*targets, strategy="sequential", timeout_seconds=timeout_seconds, tag=tag)


def answer() -> t.Answer:
    """Answers the caller's leg."""
    return t.Answer()


def announce(*prompts: str | t.Prompt, times: int = 1, stop_keys: str = "", tag: str | None = None) -> t.Announce:
    """Plays prompts; one of ``stop_keys`` ends them."""
    return t.Announce([_prompt(prompt) for prompt in prompts], times, stop_keys, tag)


def gather(
    *prompts: str | t.Prompt,
    max_digits: int = 1,
    finish_keys: str = "",
    first_digit_milliseconds: int = 5_000,
    inter_digit_milliseconds: int = 3_000,
    tag: str | None = None,
) -> t.Gather:
    """Collects keys while the prompts play and after them."""
    return t.Gather(
        max_digits=max_digits,
        prompts=[_prompt(prompt) for prompt in prompts],
        finish_keys=finish_keys,
        first_digit_milliseconds=first_digit_milliseconds,
        inter_digit_milliseconds=inter_digit_milliseconds,
        tag=tag,
    )


def enqueue(
    queue: str,
    *,
    skills: Iterable[str] = (),
    priority: int = 0,
    timeout_seconds: int | None = None,
    music: str | t.Prompt | None = None,
    tag: str | None = None,
) -> t.Enqueue:
    """Lets the caller wait in a queue for an agent."""
    return t.Enqueue(queue, list(skills), priority, timeout_seconds, _prompt_or_none(music), tag)


def voicemail(mailbox: str, *, greeting: str | t.Prompt | None = None, tag: str | None = None) -> t.Voicemail:
    """Lets the caller leave a message."""
    return t.Voicemail(mailbox, _prompt_or_none(greeting), tag)


def start_recording() -> t.Record:
    """Records the call from now on, caller left, called side right."""
    return t.Record(t.StartRecording())


def pause_recording() -> t.Record:
    """Leaves out what follows, until ``start_recording``."""
    return t.Record(t.PauseRecording())


def stop_recording() -> t.Record:
    """Ends the recording of the call."""
    return t.Record(t.StopRecording())


def record_message(
    *,
    max_seconds: int = 120,
    silence_seconds: int = 5,
    finish_keys: str = "#",
    beep: bool = True,
    tag: str | None = None,
) -> t.Record:
    """Records what the caller says."""
    return t.Record(t.Message(max_seconds, silence_seconds, finish_keys, beep), tag)


def conference(
    room: str,
    *,
    pin: str | None = None,
    muted: bool = False,
    moderator: bool = False,
    music: str | t.Prompt | None = None,
    tag: str | None = None,
) -> t.Conference:
    """Puts the caller into a conference room."""
    return t.Conference(room, pin, muted, moderator, _prompt_or_none(music), tag)


def stream(
    url: str, *, track: str = "caller", parameters: Mapping[str, object] = {}, tag: str | None = None
) -> t.Stream:
    """Sends audio of the call to a WebSocket server; ``track`` is ``caller``, ``callee`` or ``both``."""
    return t.Stream(url, track, variable_list(parameters), tag)  # type: ignore[arg-type]


def pause(milliseconds: int, *, tag: str | None = None) -> t.Pause:
    """Waits: 1 to 60,000 milliseconds."""
    return t.Pause(milliseconds, tag)


def send_digits(digits: str, *, digit_milliseconds: int | None = None, tag: str | None = None) -> t.SendDigits:
    """Sends keys to the other side of the answered call; ``,`` is half a second of silence."""
    return t.SendDigits(digits, digit_milliseconds, tag)


def set_variable(name: str, value: object) -> t.SetVariable:
    """Sets a variable of the call."""
    return t.SetVariable(name, str(value))


def delegate(plugin: str) -> t.Delegate:
    """Lets another plugin of the switch decide."""
    return t.Delegate(plugin)


def redial(callee: str) -> t.Redial:
    """Routes the call anew, as if another number had been dialled."""
    return t.Redial(callee)


def respond(status: int, reason: str | None = None, *, headers: Mapping[str, object] = {}) -> t.Respond:
    """Ends the call with a final response: 300 to 699."""
    return t.Respond(status, reason, header_list(headers))


def script(*verbs: t.Verb) -> t.Script:
    """A script; a list of verbs alone means the same."""
    return t.Script(list(verbs))


def next_plugin(**variables: object) -> t.Next:
    """Leaves the decision to the next plugin of the chain, which sees these variables."""
    return t.Next(variable_list(variables))


def proceed() -> t.Proceed:
    """Goes on with the rest of the script."""
    return t.Proceed()


def grant(
    proof: t.Proof,
    *,
    expires_seconds: int | None = None,
    dialplan: str | Iterable[t.DialplanEntry] | None = None,
    codecs: Iterable[str] = (),
) -> t.Grant:
    """Lets a client in; ``dialplan`` is the name of one, or entries of its own."""
    assigned: t.Named | t.Entries | None = None
    if dialplan is not None:
        assigned = t.Named(dialplan) if isinstance(dialplan, str) else t.Entries(list(dialplan))
    return t.Grant(proof, expires_seconds, assigned, list(codecs))


def dialplan_entry(pattern: str, *, plugins: Iterable[str] = (), **variables: object) -> t.DialplanEntry:
    """What a dialled number leads to: these plugins (none: this one), with these variables from the beginning."""
    return t.DialplanEntry(pattern, list(plugins), variable_list(variables))


def refuse(status: int, reason: str | None = None) -> t.Refusal:
    """Keeps a client out: 400 to 699; 401 challenges it anew."""
    return t.Refusal(status, reason)
