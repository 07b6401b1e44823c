"""Values that outlive a call, shared by all calls of this plugin, lost when the switch stops. Failures are ``StateError``."""

from __future__ import annotations

from . import _backend


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def get(key: str) -> str | None:
    """The value as text."""
    value = _backend.state_get(key)
    return None if value is None else value.decode()


def get_bytes(key: str) -> bytes | None:
    """The value as it is."""
    return _backend.state_get(key)


def set(key: str, value: str | bytes, *, ttl_seconds: int | None = None) -> None:
    """Sets a key; with a time to live it disappears after that."""
    _backend.state_set(key, _bytes(value), ttl_seconds)


def delete(key: str) -> bool:
    """Removes a key. True if it was there."""
    return _backend.state_delete(key)


def increment(key: str, by: int = 1, *, ttl_seconds: int | None = None) -> int:
    """Adds to a number and returns the sum. A key that is there keeps its time to live."""
    return _backend.state_increment(key, by, ttl_seconds)


def compare_and_set(
    key: str, expected: str | bytes | None, value: str | bytes, *, ttl_seconds: int | None = None
) -> bool:
    """Sets a key if its value is still the expected one (``None``: if it is not there). True if it was set."""
    return _backend.state_compare_and_set(
        key, None if expected is None else _bytes(expected), _bytes(value), ttl_seconds
    )
