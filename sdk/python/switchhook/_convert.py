"""Values of ``switchhook.types`` out of JSON (case files) and out of and into the classes that componentize-py generates.

All of it follows the type hints. A reader is built once for a type; in a component that happens when it is built.
"""

from __future__ import annotations

import dataclasses
import re
import types as python_types
import typing
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any

#: Reads a value; the text says where it stands, for errors.
Reader = Callable[[Any, str], Any]


def case_of(cls: type) -> str:
    """The name of a case of a variant in the contract: ``send-digits``."""
    own = cls.__dict__.get("__case__")
    return own or re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()


def _alternatives(hint: Any) -> tuple[list[Any], bool]:
    """What a union is made of without ``None``, and whether ``None`` was there. What is no union stands alone."""
    if typing.get_origin(hint) not in (typing.Union, python_types.UnionType):
        return [hint], False
    parts = [part for part in typing.get_args(hint) if part is not type(None)]
    return parts, len(parts) < len(typing.get_args(hint))


def _is_variant(parts: list[Any]) -> bool:
    return len(parts) > 1 and all(dataclasses.is_dataclass(part) for part in parts)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def json_reader(hint: Any) -> Reader:
    """Reads the vocabulary's JSON form; raises ``ValueError`` for anything else."""
    parts, optional = _alternatives(hint)
    if _is_variant(parts):
        reader = _json_variant(parts)
    elif dataclasses.is_dataclass(parts[0]):
        reader = _json_record(parts[0])
    elif typing.get_origin(parts[0]) is list:
        reader = _json_list(json_reader(typing.get_args(parts[0])[0]))
    elif typing.get_origin(parts[0]) is typing.Literal:
        reader = _json_one_of(typing.get_args(parts[0]))
    else:
        reader = _json_scalar(parts[0])
    if not optional:
        return reader
    return lambda value, path: None if value is None else reader(value, path)


def _wrong(path: str, expected: str, value: Any) -> ValueError:
    return ValueError(f"{path}: expected {expected}, found {value!r}")


def _json_scalar(cls: type) -> Reader:
    def read(value: Any, path: str) -> Any:
        if type(value) is not cls:
            raise _wrong(path, cls.__name__, value)
        return value

    return read


def _json_one_of(names: tuple[str, ...]) -> Reader:
    def read(value: Any, path: str) -> Any:
        if value not in names:
            raise _wrong(path, f"one of {', '.join(names)}", value)
        return value

    return read


def _json_list(item: Reader) -> Reader:
    def read(value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise _wrong(path, "a list", value)
        return [item(each, f"{path}[{index}]") for index, each in enumerate(value)]

    return read


def _json_record(cls: type) -> Reader:
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]

    def read(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(path, "an object", value)
        unknown = [name for name in value if name not in names]
        if unknown:
            raise ValueError(f"{path}: unknown field {unknown[0]}")
        try:
            return cls(**{name: json_reader(hints[name])(each, f"{path}.{name}") for name, each in value.items()})
        except TypeError as error:
            raise ValueError(f"{path}: {error}") from None

    return read


def _json_variant(classes: list[type]) -> Reader:
    cases = {case_of(cls): cls for cls in classes}

    def read(value: Any, path: str) -> Any:
        bare = isinstance(value, str)
        if not bare and not (isinstance(value, dict) and len(value) == 1):
            raise _wrong(path, f"one of {', '.join(cases)}", value)
        name = value if bare else next(iter(value))
        cls = cases.get(name)
        if cls is None or bare != (not dataclasses.fields(cls)):
            raise _wrong(path, f"one of {', '.join(cases)}", value)
        if bare:
            return cls()
        inner = value[name]
        if isinstance(inner, dict):
            return json_reader(cls)(inner, f"{path}.{name}")
        (field,) = dataclasses.fields(cls)
        return cls(json_reader(typing.get_type_hints(cls)[field.name])(inner, f"{path}.{name}"))

    return read


# ── The component's bindings ─────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def wit_reader(hint: Any) -> Callable[[Any], Any]:
    """Reads a value of a generated class."""
    parts, optional = _alternatives(hint)
    if _is_variant(parts):
        reader = _wit_variant(parts)
    elif dataclasses.is_dataclass(parts[0]):
        reader = _wit_record(parts[0])
    elif typing.get_origin(parts[0]) is list:
        item = wit_reader(typing.get_args(parts[0])[0])
        return lambda value: [item(each) for each in value]
    elif typing.get_origin(parts[0]) is typing.Literal:
        reader = _enum_name
    else:
        return lambda value: value
    if not optional:
        return reader
    return lambda value: None if value is None else reader(value)


def _enum_name(value: Enum) -> str:
    return value.name.lower().replace("_", "-")


def _wit_record(cls: type) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(cls)
    readers = [(field.name, wit_reader(hints[field.name])) for field in dataclasses.fields(cls)]
    return lambda value: cls(**{name: read(getattr(value, name)) for name, read in readers})


def _wit_variant(classes: list[type]) -> Callable[[Any], Any]:
    cases = {case_of(cls).replace("-", ""): cls for cls in classes}
    for cls in classes:
        _case_reader(cls)

    def read(value: Any) -> Any:
        # A generated case is called `Verb_SendDigits`.
        cls = cases[type(value).__name__.split("_", 1)[1].lower()]
        return _case_reader(cls)(value)

    return read


@cache
def _case_reader(cls: type) -> Callable[[Any], Any]:
    fields = dataclasses.fields(cls)
    if not fields:
        return lambda _: cls()
    whole = _wit_record(cls)
    first = wit_reader(typing.get_type_hints(cls)[fields[0].name])

    def read(value: Any) -> Any:
        # A generated record is a dataclass; anything else is the value of the only field.
        return whole(value.value) if dataclasses.is_dataclass(value.value) else cls(first(value.value))

    return read


@cache
def wit_writer(hint: Any) -> Callable[[Any], Any]:
    """Writes a value as what a generated type hint asks for."""
    parts, optional = _alternatives(hint)
    if _is_variant(parts):
        writer = _variant_writer(parts)
    elif dataclasses.is_dataclass(parts[0]):
        writer = _record_writer(parts[0])
    elif typing.get_origin(parts[0]) is list:
        item = wit_writer(typing.get_args(parts[0])[0])
        return lambda value: [item(each) for each in value]
    elif isinstance(parts[0], type) and issubclass(parts[0], Enum):
        names = {_enum_name(member): member for member in parts[0]}
        writer = names.__getitem__
    else:
        return lambda value: value
    if not optional:
        return writer
    return lambda value: None if value is None else writer(value)


def _record_writer(cls: type) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(cls)
    writers = [(field.name, wit_writer(hints[field.name])) for field in dataclasses.fields(cls)]
    return lambda value: cls(*[write(getattr(value, name)) for name, write in writers])


def _variant_writer(classes: list[type]) -> Callable[[Any], Any]:
    cases = {cls.__name__.split("_", 1)[1].lower(): _case_writer(cls) for cls in classes}
    return lambda value: cases[case_of(type(value)).replace("-", "")](value)


def _case_writer(cls: type) -> Callable[[Any], Any]:
    hint = typing.get_type_hints(cls).get("value")
    if hint is None:
        return lambda _: cls()
    write = wit_writer(hint)
    parts, _ = _alternatives(hint)
    if dataclasses.is_dataclass(parts[0]) and not _is_variant(parts):
        return lambda value: cls(write(value))

    def only_field(value: Any) -> Any:
        (field,) = dataclasses.fields(value)
        return cls(write(getattr(value, field.name)))

    return only_field
