"""What a request for `_all_docs` asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from flask import request

from sync_server.errors import InvalidRequest
from sync_server.http.body import json_body
from sync_server.http.parameters import json_parameter
from sync_server.service.documents import Shape
from sync_server.storage.id_range import IdRange

_NAMES = (
    *("keys", "key", "startkey", "start_key", "endkey", "end_key", "inclusive_end", "descending"),
    *("limit", "skip", "include_docs", "conflicts", "attachments"),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A range of ids, or some ids.

    Attributes:
        keys: what is asked for one by one, of any type; None for a range.
        ids: the range.
        limit: None for no limit.
        skip: how many rows are left out before the first.
        documents: the members of the documents that go along; None for ids only.
    """

    keys: Sequence[object] | None
    ids: IdRange
    limit: int | None
    skip: int
    documents: Shape | None

    @classmethod
    def asked(cls) -> Self:
        """What the request asks for, in its parameters or its body, whose members count first.

        Raises:
            InvalidJson, InvalidRequest: it cannot be read.
        """
        return cls.of(json_body(default={}) if request.method == "POST" else {})

    @classmethod
    def of(cls, query: object) -> Self:
        """What an object asks for; the request's parameters hold for what it does not say.

        Raises:
            InvalidRequest: it cannot be read.
        """
        if not isinstance(query, dict):
            raise InvalidRequest
        given = {name: json_parameter(name) for name in _NAMES} | query
        keys, key = given["keys"], _text(given, "key")
        if keys is not None and not isinstance(keys, list):
            raise InvalidRequest("keys")
        shape = Shape(conflicts=_flag(given, "conflicts"), attachments=_flag(given, "attachments"))
        ids = IdRange(
            start=_text(given, "startkey", "start_key") if key is None else key,
            end=_text(given, "endkey", "end_key") if key is None else key,
            inclusive=_flag(given, "inclusive_end", default=True),
            descending=_flag(given, "descending"),
        )
        return cls(
            keys=keys,
            ids=ids,
            limit=_whole_number(given, "limit"),
            skip=_whole_number(given, "skip") or 0,
            documents=shape if _flag(given, "include_docs") else None,
        )

    def chosen(self, keys: Sequence[object]) -> Sequence[object]:
        """Those of the keys that are told, in the order of the answer.

        Source: CouchDB, fabric_view_all_docs.erl, go/5.
        """
        ordered = keys[::-1] if self.ids.descending else keys
        return ordered[self.skip :][: self.limit]


def _text(given: Mapping[str, Any], *names: str) -> str | None:
    found = next((given[name] for name in names if given[name] is not None), None)
    if found is not None and not isinstance(found, str):
        raise InvalidRequest(names[0])
    return found


def _flag(given: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    value = default if given[name] is None else given[name]
    if not isinstance(value, bool):
        raise InvalidRequest(name)
    return value


def _whole_number(given: Mapping[str, Any], name: str) -> int | None:
    value = given[name]
    if value is not None and (type(value) is not int or value < 0):
        raise InvalidRequest(name)
    return value
