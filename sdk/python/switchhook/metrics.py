"""Numbers for the operator's monitoring, at most 100 series per plugin."""

from __future__ import annotations

from . import _backend


def count(name: str, by: int = 1, **labels: object) -> None:
    """Adds to a counter, whose name ends in ``_total``."""
    _backend.count(name, labels, by)


def gauge(name: str, value: float, **labels: object) -> None:
    """Sets a gauge."""
    _backend.gauge(name, labels, value)


def observe(name: str, seconds: float, **labels: object) -> None:
    """Adds one observation to a histogram of times."""
    _backend.observe(name, labels, seconds)
