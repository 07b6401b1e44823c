"""What a plugin's functions return, brought into the form of the contract. The same in a component and in a test."""

from __future__ import annotations

import typing
from types import ModuleType
from typing import Any

from . import log, types
from .errors import Error

_VERBS = typing.get_args(types.Verb)


def _answer(answer: Any, asked: str, others: tuple[type, ...], hint: str) -> Any:
    if isinstance(answer, others):
        return answer
    if isinstance(answer, _VERBS):
        return types.Script([answer])
    if isinstance(answer, (list, tuple)) and all(isinstance(verb, _VERBS) for verb in answer):
        return types.Script(list(answer))
    raise Error(f"{asked} returned {answer!r:.80}: give a verb, a list of verbs or {hint}")


def route(plugin: ModuleType, call: types.Call) -> types.Decision:
    """Asks ``route``; every failure is an ``Error``."""
    try:
        answer = plugin.route(call)
        return _answer(answer, "route", (types.Script, types.Next), "next_plugin()")
    except Exception as error:
        raise described(error) from error


def resume(plugin: ModuleType, call: types.Call, tag: str, outcome: types.Outcome) -> types.Continuation:
    """Asks ``resume``, if there is one."""
    try:
        function = getattr(plugin, "resume", None)
        answer = function(call, tag, outcome) if function else None
        if answer is None:
            return types.Proceed()
        return _answer(answer, "resume", (types.Script, types.Proceed), "proceed()")
    except Exception as error:
        raise described(error) from error


def register(plugin: ModuleType, registration: types.Registration) -> types.Grant | types.Refusal:
    """Asks ``register``. The contract has no text for its failure: that goes to the log."""
    try:
        answer = plugin.register(registration)
        if not isinstance(answer, (types.Grant, types.Refusal)):
            raise Error(f"register returned {answer!r:.80}: give grant(…) or refuse(…)")
        return answer
    except Exception as error:
        log.error(described(error))
        raise


def on_event(plugin: ModuleType, event: types.Event) -> None:
    """Tells ``on_event``."""
    try:
        plugin.on_event(event)
    except Exception as error:
        log.error(described(error))
        raise


def described(error: Exception) -> Error:
    """An error with the text for the call's record. What the author did not raise on purpose says where it happened."""
    if isinstance(error, Error):
        return error
    place, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "/switchhook/" not in code.co_filename:
            place = f" ({code.co_name}, {code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno})"
        trace = trace.tb_next
    return Error(f"{type(error).__name__}: {error}{place}")
