"""Lines in the switch's log, at most 64 in one decision. Leave numbers of callers out."""

from . import _backend


def error(message: object) -> None:
    """Something failed that a person must look at."""
    _backend.log("error", str(message))


def warn(message: object) -> None:
    """Something is wrong, but calls are routed."""
    _backend.log("warn", str(message))


def info(message: object) -> None:
    """Worth knowing in normal operation. ``print`` writes such a line too."""
    _backend.log("info", str(message))


def debug(message: object) -> None:
    """For whoever looks for a fault."""
    _backend.log("debug", str(message))


def trace(message: object) -> None:
    """Every step."""
    _backend.log("trace", str(message))
