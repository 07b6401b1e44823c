"""The component's side: the host as a backend, the contract's exports over the functions of a plugin, and the standard library
where it would ask the system. Importable only while componentize-py builds a component, which keeps what was imported then.
"""

from __future__ import annotations

import builtins
import datetime
import importlib.abc
import importlib.machinery
import sys
import time
import typing
from types import ModuleType
from typing import Any

from componentize_py_types import Err  # type: ignore[import-not-found]
from wit_world.imports import types as wit  # type: ignore[import-not-found]

from . import _answers, _backend, types
from ._convert import wit_reader, wit_writer
from .errors import Error, HttpError, StateError, ZoneError


class _Missing:
    """An interface that the build left out, because no source of the plugin has its name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, _: str) -> Any:
        raise Error(
            f"the component was built without {self._name}: name it in the source (import it by `from switchhook import …`)"
        )


def _interface(name: str) -> Any:
    try:
        return importlib.import_module(f"wit_world.imports.{name}")
    except ImportError:
        return _Missing(name)


_log = _interface("log")
_settings = _interface("settings")
_state = _interface("state")
_directory = _interface("directory")
_http = _interface("http")
_time = _interface("time")
_metrics = _interface("metrics")


def _code(value: Any) -> str:
    """``Error_TooLarge(…)`` and ``StateError.TOO_LARGE`` → ``too-large``."""
    if hasattr(value, "name"):
        return value.name.lower().replace("_", "-")
    words = type(value).__name__.split("_", 1)[1]
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in words).lstrip("-")


def _stored(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Err as error:
        raise StateError(_code(error.value)) from None


class _Host:
    def log(self, level: str, message: str) -> None:
        _log.write(_log.Level[level.upper()], message)

    def settings_get(self, pointer: str) -> str | None:
        return _settings.get(pointer)

    def settings_names(self, pointer: str) -> str | None:
        return _settings.names(pointer)

    def state_get(self, key: str) -> bytes | None:
        return _state.get(key)

    def state_set(self, key: str, value: bytes, ttl_seconds: int | None) -> None:
        _stored(_state.set, key, value, ttl_seconds)

    def state_delete(self, key: str) -> bool:
        return _state.delete(key)

    def state_increment(self, key: str, by: int, ttl_seconds: int | None) -> int:
        return _stored(_state.increment, key, by, ttl_seconds)

    def state_compare_and_set(self, key: str, expected: bytes | None, value: bytes, ttl_seconds: int | None) -> bool:
        return _stored(_state.compare_and_set, key, expected, value, ttl_seconds)

    def registered(self, client: str) -> bool:
        return _directory.registered(client)

    def contacts(self, client: str) -> list[str]:
        return _directory.contacts(client)

    def active_calls(self, client: str) -> int:
        return _directory.active_calls(client)

    def find_agent(self, name: str) -> types.Agent | None:
        return _read_agent(_directory.find_agent(name))

    def agents(self, skill: str | None) -> list[types.Agent]:
        return _read_agents(_directory.agents(skill))

    def find_queue(self, name: str) -> types.Queue | None:
        return _read_queue(_directory.find_queue(name))

    def fetch(
        self, method: str, url: str, headers: list[types.Header], body: bytes, timeout_milliseconds: int | None
    ) -> types.Response:
        fields = [wit.Header(header.name, header.value) for header in headers]
        try:
            response = _http.fetch(_http.Request(method, url, fields, body, timeout_milliseconds))
        except Err as error:
            raise HttpError(_code(error.value), getattr(error.value, "value", "")) from None
        return types.Response(
            response.status, [types.Header(each.name, each.value) for each in response.headers], response.body
        )

    def now(self) -> int:
        return _time.now()

    def local(self, zone: str, at: int) -> types.LocalTime:
        try:
            return _read_local(_time.local(zone, at))
        except Err as error:
            raise ZoneError(f"time: {error.value}") from None

    def count(self, name: str, labels: dict[str, object], by: int) -> None:
        _metrics.count(name, self._labels(labels), by)

    def gauge(self, name: str, labels: dict[str, object], value: float) -> None:
        _metrics.gauge(name, self._labels(labels), float(value))

    def observe(self, name: str, labels: dict[str, object], seconds: float) -> None:
        _metrics.observe(name, self._labels(labels), float(seconds))

    def _labels(self, labels: dict[str, object]) -> list[Any]:
        return [_metrics.Label(name, str(value)) for name, value in labels.items()]


_host = _Host()
_read_agent = wit_reader(typing.Optional[types.Agent])
_read_agents = wit_reader(list[types.Agent])
_read_queue = wit_reader(typing.Optional[types.Queue])
_read_local = wit_reader(types.LocalTime)
_read_call = wit_reader(types.Call)
_read_outcome = wit_reader(types.Outcome)
_read_registration = wit_reader(types.Registration)
_read_event = wit_reader(types.Event)
_write_decision = wit_writer(wit.Decision)
_write_continuation = wit_writer(wit.Continuation)
_write_grant = wit_writer(wit.Grant)
_write_refusal = wit_writer(wit.Refusal)


def _enter() -> None:
    """Begins an export. Before the first, while the component is built, there is no host, and modules can be imported."""
    if sys.meta_path[-1] is not _NO_IMPORTS:
        sys.meta_path[:] = [importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter, _NO_IMPORTS]
        builtins.open = _open  # type: ignore[assignment]
    _backend.use(_host)


def router(plugin: ModuleType) -> type:
    """The class that exports ``router``."""

    class Router:
        def route(self, call: Any) -> Any:
            _enter()
            try:
                return _write_decision(_answers.route(plugin, _read_call(call)))
            except Error as error:
                raise Err(str(error)) from None

        def resume(self, call: Any, tag: str, outcome: Any) -> Any:
            _enter()
            try:
                return _write_continuation(_answers.resume(plugin, _read_call(call), tag, _read_outcome(outcome)))
            except Error as error:
                raise Err(str(error)) from None

    return Router


def gatekeeper(plugin: ModuleType) -> type:
    """The class that exports ``gatekeeper``."""

    class Gatekeeper:
        def register(self, registration: Any) -> Any:
            _enter()
            answer = _answers.register(plugin, _read_registration(registration))
            if isinstance(answer, types.Refusal):
                raise Err(_write_refusal(answer))
            return _write_grant(answer)

    return Gatekeeper


def observer(plugin: ModuleType) -> type:
    """The class that exports ``observer``."""

    class Observer:
        def on_event(self, event: Any) -> None:
            _enter()
            _answers.on_event(plugin, _read_event(event))

    return Observer


# ── The standard library ─────────────────────────────────────────────────────────────────────────────────────────────────────
# A component that has no WASI would end where one of these asks the system. With WASI they would miss the clock of a test.


class _Printed:
    """``print`` and ``sys.stderr``: lines of the log."""

    def __init__(self, level: str) -> None:
        self._level = level
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line:
                _backend.log(self._level, line)
        return len(text)

    def flush(self) -> None:
        pass


class _NoImports(importlib.abc.MetaPathFinder):
    """There are no files in a component: what was not imported when it was built cannot be."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        raise ModuleNotFoundError(
            f"{fullname}: import it at the top of the module, so that the build puts it into the component"
        )


_NO_IMPORTS = _NoImports()


def _seconds() -> float:
    return _time.now() / 1_000


def _sleep(_: float) -> None:
    raise Error("time.sleep: a plugin cannot wait; the verb pause can")


def _open(*_: Any, **__: Any) -> Any:
    raise Error("open: a plugin has no files; read them when the module is imported")


class _Datetime(datetime.datetime):
    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return cls.fromtimestamp(_seconds(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return cls.fromtimestamp(_seconds(), datetime.UTC).replace(tzinfo=None)


def _replace_standard_library() -> None:
    sys.stdout = _Printed("info")  # type: ignore[assignment]
    sys.stderr = _Printed("warn")  # type: ignore[assignment]
    for name in ("time", "monotonic", "perf_counter"):
        setattr(time, name, _seconds)
        setattr(time, f"{name}_ns", lambda: _time.now() * 1_000_000)
    localtime, gmtime, strftime = time.localtime, time.gmtime, time.strftime
    time.localtime = lambda seconds=None: localtime(_seconds() if seconds is None else seconds)
    time.gmtime = lambda seconds=None: gmtime(_seconds() if seconds is None else seconds)
    time.strftime = lambda format, moment=None: strftime(format, moment or time.localtime())
    time.sleep = _sleep  # type: ignore[assignment]
    _Datetime.__name__ = _Datetime.__qualname__ = "datetime"
    _Datetime.__module__ = "datetime"
    datetime.datetime = _Datetime  # type: ignore[misc]


_replace_standard_library()
