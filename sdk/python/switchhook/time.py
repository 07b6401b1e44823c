"""What time it is, and what the clocks on the wall show."""

from __future__ import annotations

from . import _backend
from .types import LocalTime


def now() -> int:
    """Milliseconds since the Unix epoch. ``time.time()`` and ``datetime.now(UTC)`` of the standard library agree with it."""
    return _backend.now()


def local(zone: str, at: int | None = None) -> LocalTime:
    """What the clocks of a time zone (``Europe/Berlin``) show, now unless told otherwise. ``ZoneError`` if there is none."""
    return _backend.local(zone, now() if at is None else at)
