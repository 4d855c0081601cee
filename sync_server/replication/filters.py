"""Which filter a request for `_changes` asks for."""

from __future__ import annotations

from typing import Any

from flask import request

from sync_server.errors import InvalidRequest, NeverRun
from sync_server.http.body import json_body
from sync_server.http.parameters import json_parameter
from sync_server.mango.selector import selector
from sync_server.service.filtered_feed import Designs, Documents, Filter, Selected
from sync_server.service.incoming import may_exist

MOST_IDS = 10_000
"""In `doc_ids`: their documents are looked up at every request."""


def wanted_filter() -> Filter | None:
    """The filter that the request names; None where it wants all changes.

    Raises:
        NeverRun: it is a view, or a function of a design document.
        InvalidRequest: there is no such filter, or it lacks what it filters by.
        InvalidSelector: its selector is not understood.
        InvalidJson: there is a body, and it is none.
    """
    body = json_body(default={}) if request.method == "POST" else None
    name = request.args.get("filter", "")
    if name == "_view" or request.args.get("view"):
        raise NeverRun
    if name == "_design":
        return Designs()
    if name == "_doc_ids":
        return _documents(json_parameter("doc_ids") if body is None else _member(body, "doc_ids"))
    if name == "_selector":
        given = None if body is None else _member(body, "selector")
        return Selected(selector(given), request.args.get("style") == "all_docs")
    parts = [part for part in name.split("/") if part]
    if not parts:
        return None
    if len(parts) == 2 and not name.startswith("_"):
        raise NeverRun
    raise InvalidRequest("filter")


def _documents(ids: object) -> Documents:
    """A filter by ids. What can be no document's id is left out: there is no such document."""
    if not isinstance(ids, list) or len(ids) > MOST_IDS:
        raise InvalidRequest("doc_ids")
    if not all(isinstance(one, str) for one in ids):
        raise InvalidRequest("doc_ids")
    return Documents(frozenset(one for one in ids if may_exist(one)))


def _member(body: Any, name: str) -> Any:
    if not isinstance(body, dict):
        raise InvalidRequest(name)
    return body.get(name)
