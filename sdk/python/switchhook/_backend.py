"""The host behind the modules of this package: in a component the switch, in a test the double of ``switchhook.testing``."""

from __future__ import annotations

from typing import Any

_current: Any = None


def use(backend: Any) -> Any:
    """Puts a backend in place; returns the one before."""
    global _current
    before, _current = _current, backend
    return before


def __getattr__(name: str) -> Any:
    if _current is None:
        raise RuntimeError(
            f"{name}: there is no host here. Ask inside of the plugin's functions (the top of a module runs when the component "
            "is built); in a test, call them through a Host of switchhook.testing"
        )
    return getattr(_current, name)
