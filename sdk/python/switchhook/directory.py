"""What the switch knows of the clients, agents and queues of the call's domain at this moment."""

from __future__ import annotations

from . import _backend
from .types import Agent, Queue


def registered(client: str) -> bool:
    """Whether a client has at least one contact."""
    return _backend.registered(client)


def contacts(client: str) -> list[str]:
    """The contacts of a client as SIP URIs, most recent first."""
    return _backend.contacts(client)


def active_calls(client: str) -> int:
    """How many calls a client takes part in, ringing ones included."""
    return _backend.active_calls(client)


def agent(name: str) -> Agent | None:
    """An agent by name."""
    return _backend.find_agent(name)


def agents(skill: str | None = None) -> list[Agent]:
    """The agents, those with a skill if one is given."""
    return _backend.agents(skill)


def queue(name: str) -> Queue | None:
    """A queue by name."""
    return _backend.find_queue(name)
