"""What the operator set for this plugin: one JSON document, read in parts. Reading one member of a large table is cheap.

A place in it is an RFC 6901 pointer (``"/routes/sales"``), or a list of names, which need no escaping (``["routes", number]``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from . import _backend


def _pointer(path: str | Sequence[str]) -> str:
    if isinstance(path, str):
        return path
    return "".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in path)


def get(path: str | Sequence[str] = "", default: Any = None) -> Any:
    """The value there, or the default."""
    text = _backend.settings_get(_pointer(path))
    return default if text is None else json.loads(text)


def names(path: str | Sequence[str] = "") -> list[str] | None:
    """The names of the members of the object there; ``None`` if there is no object."""
    text = _backend.settings_names(_pointer(path))
    return None if text is None else json.loads(text)
