"""Requests to the hosts that the operator granted. A response of any status is a response; without one: ``HttpError``."""

from __future__ import annotations

import json as _json
from collections.abc import Mapping
from typing import Any

from . import _backend
from .types import Header, Response, header_list


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, object] = {},
    body: str | bytes = b"",
    json: Any = None,
    timeout_milliseconds: int | None = None,
) -> Response:
    """Sends a request and waits for the response; with ``json``, that is the body. Only this call waits, not the switch."""
    fields = header_list(headers)
    if json is not None:
        body = _json.dumps(json, ensure_ascii=False)
        if not any(field.name.lower() == "content-type" for field in fields):
            fields.append(Header("Content-Type", "application/json"))
    data = body.encode() if isinstance(body, str) else body
    return _backend.fetch(method, url, fields, data, timeout_milliseconds)


def get(url: str, *, headers: Mapping[str, object] = {}, timeout_milliseconds: int | None = None) -> Response:
    """GET."""
    return fetch("GET", url, headers=headers, timeout_milliseconds=timeout_milliseconds)


def post(
    url: str,
    *,
    json: Any = None,
    body: str | bytes = b"",
    headers: Mapping[str, object] = {},
    timeout_milliseconds: int | None = None,
) -> Response:
    """POST."""
    return fetch("POST", url, headers=headers, body=body, json=json, timeout_milliseconds=timeout_milliseconds)
