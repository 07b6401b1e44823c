"""What can go wrong, for ``except``."""

from __future__ import annotations


class Error(Exception):
    """Raise it to let the route's fallback take over: its text is kept in the call's record as it is."""


class StateError(Error):
    """A value that was not stored; ``code`` is ``bad-key``, ``too-large``, ``quota`` or ``not-a-number``."""

    def __init__(self, code: str) -> None:
        super().__init__(f"state: {code}")
        self.code = code


class HttpError(Error):
    """A request without a response; ``code`` is ``denied``, ``invalid-request``, ``connection``, ``timeout`` or ``too-large``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"http: {code}: {detail}" if detail else f"http: {code}")
        self.code = code


class ZoneError(Error):
    """A time zone that does not exist."""
