"""Every route and method of the service, and the requests that try whether it tells too much.

A request is made for a target: a document that may be somebody else's, with its revisions, its file
and its record. Made for a target that does not exist (`ghost_of`), the same request must get the
same answer. A test holds this page to the URL map, both ways.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
_PARTS = {"Accept": "multipart/mixed, multipart/related"}
_EVERYTHING = {"revs": "true", "revs_info": "true", "conflicts": "true"} | {
    "deleted_conflicts": "true",
    "attachments": "true",
}


@dataclass(frozen=True)
class Target:
    """What requests are aimed at; everything in it is a name, and known to who sends it.

    Attributes:
        revs: the first revision, the last of each line, those between.
        since: a seq of somebody else's feed.
        number: the case's.
        user, device: somebody's of whom the caller is told nothing.
    """

    database: str
    document: str
    revs: tuple[str, ...]
    file: str
    md5: str
    local_id: str
    since: str
    number: str
    user: str
    device: str

    @property
    def record(self) -> str:
        return self.document.partition(":")[0]

    @property
    def path(self) -> str:
        return f"/sync/{self.database}/{quote(self.document, safe='')}"

    @property
    def form(self) -> str:
        return [*self.document.split(":"), "k7"][1]


@dataclass(frozen=True)
class Ask:
    """A request; with `json` a body. `signs_out`: it is sent without anybody's cookies."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    json: Any = None
    data: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    signs_out: bool = False


Maker = Callable[[Target, str], Iterator[Ask]]


@dataclass(frozen=True)
class Tried:
    """A route, and how it is tried. `writes`: it may change something, and comes last."""

    endpoint: str
    methods: tuple[str, ...]
    writes: bool
    maker: Maker

    def asks(self, target: Target) -> list[tuple[str, Ask]]:
        return [(self.endpoint, one) for way in self.methods for one in self.maker(target, way)]


INVENTORY: list[Tried] = []


def tries(endpoint: str, methods: str, *, writes: bool = False) -> Callable[[Maker], Maker]:
    """Enters how a route is tried with some methods."""

    def enter(maker: Maker) -> Maker:
        INVENTORY.append(Tried(endpoint, tuple(methods.split()), writes, maker))
        return maker

    return enter


def ghost_of(target: Target, chance: random.Random, *, beside: bool) -> Target:
    """A target of the same shape that does not exist.

    Args:
        beside: it would be in the same record; else its record does not exist either.
    """
    record, *rest = target.document.split(":")
    ghost = record if beside else _like(record, chance)
    document = ":".join([ghost, *rest[:1], *(_like(one, chance) for one in rest[1:])])
    return replace(
        target,
        document=document,
        revs=tuple(_revision_like(one, chance) for one in target.revs),
        file=_like(target.file, chance),
        md5=base64.b64encode(chance.randbytes(16)).decode(),
        local_id=_like(target.local_id, chance),
        since=f"{target.since.partition('-')[0]}-{chance.getrandbits(64):016x}",
        number=_like(target.number, chance),
        user=_like(target.user, chance),
        device=_like(target.device, chance),
    )


def _revision_like(rev: str, chance: random.Random) -> str:
    return f"{rev.partition('-')[0]}-{chance.getrandbits(128):032x}"


def ghost_database_of(target: Target, chance: random.Random) -> Target:
    """The same target in a database that does not exist."""
    return replace(target, database=_like(target.database, chance))


def _like(name: str, chance: random.Random) -> str:
    """Another name of the same shape, which nothing that exists is sorted behind or before but what
    the name itself is.
    """
    stem, dot, ending = name.partition(".")
    kept, rest = stem[: len(stem) * 2 // 3], stem[len(stem) * 2 // 3 :]
    letters = "0123456789ABCDEF" if stem.isupper() else "0123456789abcdef"
    return kept + "".join(chance.choice(letters) for _ in rest) + dot + ending


def swapped(text: str, ghost: Target, target: Target) -> str:
    """What was told of a ghost, as it would be told of the target."""
    for pair in zip(_names(ghost), _names(target), strict=True):
        for _ in range(3):  # as it is, in an address, and in an address within an address
            text = text.replace(*pair)
            pair = quote(pair[0], safe=""), quote(pair[1], safe="")  # noqa: PLW2901
    return text


def _names(target: Target) -> list[str]:
    """All that a target and its ghost call otherwise."""
    names = [*target.document.split(":"), target.file, target.md5, target.local_id, target.number]
    names += [target.user, target.device, target.since.partition("-")[2], target.database]
    return [*names, *(one.partition("-")[2] for one in target.revs)]


# The server


@tries("health.healthz", "GET HEAD")
def _health(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/healthz")


@tries("server.welcome", "GET HEAD")
def _welcome(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/sync/")


@tries("server.up", "GET HEAD")
def _up(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/sync/_up")


@tries("server.uuids", "GET HEAD")
def _uuids(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/sync/_uuids", {"count": "3"})


@tries("server.all_databases", "GET HEAD")
def _all_databases(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/sync/_all_dbs")


@tries("server.session", "GET HEAD")
def _session(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/sync/_session")


@tries("server.begin_session", "POST", writes=True)
def _begin_session(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/sync/_session", json={"name": to.user, "password": "x"}, signs_out=True)


@tries("server.end_session", "DELETE", writes=True)
def _end_session(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/sync/_session", signs_out=True)


# A database


@tries("databases.information", "GET HEAD")
def _information(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}")
    yield Ask(method, f"/sync/{to.database}/")


@tries("databases.read_security", "GET HEAD")
def _read_security(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}/_security")


@tries("databases.revs_limit", "GET HEAD")
def _revs_limit(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}/_revs_limit")


@tries("databases.never_run", "GET HEAD POST")
def _never_run(to: Target, method: str) -> Iterator[Ask]:
    below = f"/sync/{to.database}"
    body = {"selector": {"_id": to.document}} if method == "POST" else None
    for name in ("_find", "_index", "_explain"):
        yield Ask(method, f"{below}/{name}", json=body)
    for name in ("_view", "_show", "_list", "_update", "_rewrite"):
        yield Ask(method, f"{below}/_design/d/{name}/{quote(to.document, safe='')}", json=body)


@tries("databases.ensure_full_commit", "POST")
def _ensure_full_commit(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}/_ensure_full_commit", json={})


@tries("databases.create_document", "POST", writes=True)
def _create_document(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}", json=_edit(to, to.revs[-1]))
    yield Ask(method, f"/sync/{to.database}", json=_edit(to, None))


@tries("databases.write_security", "PUT", writes=True)
def _write_security(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}/_security", json={"members": {"names": ["x"]}})


@tries("databases.limit_revs", "PUT", writes=True)
def _limit_revs(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}/_revs_limit", json=1)


@tries("databases.compact", "POST", writes=True)
def _compact(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}/_compact", json={})


@tries("databases.remove_for_ever", "POST", writes=True)
def _purge(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}/_purge", json={to.document: [*to.revs]})


@tries("databases.create", "PUT", writes=True)
def _create(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}")


@tries("databases.remove", "DELETE", writes=True)
def _remove(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}", {"rev": to.revs[-1]})
    yield Ask(method, f"/sync/{to.database}")


# Documents


@tries("documents.read", "GET HEAD")
def _read(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, to.path)
    yield Ask(method, to.path, _EVERYTHING)
    yield Ask(method, to.path, {"meta": "true", "attachments": "true"}, headers=_PARTS)
    yield Ask(method, to.path, {"local_seq": "true", "att_encoding_info": "true"})
    yield Ask(method, to.path, {"atts_since": _json([to.revs[0]])})
    yield Ask(method, to.path, {"open_revs": "all", "revs": "true", "attachments": "true"})
    yield Ask(method, to.path, {"open_revs": "all"}, headers=_PARTS)
    listed = {"open_revs": _json([*to.revs]), "revs": "true"}
    yield Ask(method, to.path, listed)
    yield Ask(method, to.path, {**listed, "latest": "true"})
    yield Ask(method, to.path, listed, headers=_PARTS)
    for rev in to.revs:
        yield Ask(method, to.path, {"rev": rev})
        yield Ask(method, to.path, {"rev": rev, "latest": "true", **_EVERYTHING})
        yield Ask(method, to.path, headers={"If-None-Match": f'"{rev}"'})
        yield Ask(method, to.path, {"rev": rev}, headers={"If-None-Match": f'"{rev}"'})
    yield Ask(method, to.path, {"rev": "not-a-revision"})
    yield Ask(method, to.path, {"open_revs": "["})
    yield Ask(method, to.path, headers={"If-None-Match": "*"})


@tries("documents.read_design", "GET HEAD")
def _read_design(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}/_design/{quote(to.document, safe='')}")


@tries("attachments.read", "GET HEAD")
def _read_attachment(to: Target, method: str) -> Iterator[Ask]:
    path = f"{to.path}/{to.file}"
    yield Ask(method, path)
    for rev in to.revs:
        yield Ask(method, path, {"rev": rev})
    for headers in (
        {"If-None-Match": f'"{to.md5}"'},
        {"If-None-Match": "*"},
        {"If-None-Match": f'W/"{to.md5}"'},
        {"Range": "bytes=0-3"},
        {"Range": "bytes=0-3,5-9"},
        {"Range": "bytes=99999-"},
        {"Range": "bytes=0-3", "If-Range": f'"{to.md5}"'},
        {"Accept-Encoding": "gzip"},
    ):
        yield Ask(method, path, headers=headers)
        yield Ask(method, path, {"rev": to.revs[-1]}, headers=headers)
    yield Ask(method, f"{to.path}/other.jpg")
    yield Ask(method, f"{to.path}/{to.file}", {"rev": "not-a-revision"})


@tries("attachments.read_design", "GET HEAD")
def _read_design_attachment(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}/_design/{quote(to.document, safe='')}/{to.file}")


@tries("documents.write", "PUT", writes=True)
def _write(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, to.path, json=_edit(to, None))
    for rev in to.revs:
        yield Ask(method, to.path, json=_edit(to, rev))
        yield Ask(method, to.path, {"rev": rev}, json=_edit(to, None))
    yield Ask(method, to.path, json=_edit(to, None), headers={"If-Match": f'"{to.revs[-1]}"'})
    yield Ask(method, to.path, {"new_edits": "false"}, json=_edit(to, to.revs[-1]))
    yield Ask(method, to.path, {"new_edits": "false"}, json=_below(to))
    yield Ask(method, to.path, json={**_edit(to, to.revs[-1]), "_deleted": True})
    yield Ask(method, to.path, json=_with_stub(to))
    yield Ask(method, to.path, data="{")


@tries("documents.delete", "DELETE", writes=True)
def _delete(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, to.path)
    for rev in to.revs:
        yield Ask(method, to.path, {"rev": rev})
    yield Ask(method, to.path, headers={"If-Match": f'"{to.revs[-1]}"'})


@tries("documents.write_design", "PUT", writes=True)
def _write_design(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}/_design/{quote(to.document, safe='')}", json={})


@tries("documents.delete_design", "DELETE", writes=True)
def _delete_design(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}/_design/{quote(to.document, safe='')}")


@tries("copying.copy", "COPY", writes=True)
def _copy(to: Target, method: str) -> Iterator[Ask]:
    name = quote(to.document, safe="")
    own = "3f6c0000-0000-4000-8000-000000000000%3Ak7%3A01JDC3XJZS8W7V6T5R4Q3P2N1M"
    for destination in (own, name, f"{name}?rev={to.revs[-1]}"):
        yield Ask(method, to.path, headers={"Destination": destination})
        yield Ask(method, to.path, {"rev": to.revs[0]}, headers={"Destination": destination})
    shared = f"/sync/{to.database}/shared%3Aagency%3AA"
    yield Ask(method, shared, headers={"Destination": name})
    yield Ask(method, shared, headers={"Destination": f"{name}?rev={to.revs[-1]}"})


@tries("copying.copy_design", "COPY", writes=True)
def _copy_design(to: Target, method: str) -> Iterator[Ask]:
    path = f"/sync/{to.database}/_design/{quote(to.document, safe='')}"
    yield Ask(method, path, headers={"Destination": quote(to.document, safe="")})


@tries("attachments.write", "PUT", writes=True)
def _write_attachment(to: Target, method: str) -> Iterator[Ask]:
    for query in ({}, {"rev": to.revs[-1]}, {"rev": to.revs[0]}):
        yield Ask(method, f"{to.path}/{to.file}", query, data="other content")


@tries("attachments.remove", "DELETE", writes=True)
def _remove_attachment(to: Target, method: str) -> Iterator[Ask]:
    for query in ({}, {"rev": to.revs[-1]}, {"rev": to.revs[0]}):
        yield Ask(method, f"{to.path}/{to.file}", query)
        yield Ask(method, f"{to.path}/other.jpg", query)


@tries("attachments.write_design", "PUT", writes=True)
def _write_design_attachment(to: Target, method: str) -> Iterator[Ask]:
    path = f"/sync/{to.database}/_design/{quote(to.document, safe='')}/{to.file}"
    yield Ask(method, path, data="x")


@tries("attachments.remove_design", "DELETE", writes=True)
def _remove_design_attachment(to: Target, method: str) -> Iterator[Ask]:
    path = f"/sync/{to.database}/_design/{quote(to.document, safe='')}/{to.file}"
    yield Ask(method, path, {"rev": to.revs[-1]})


# Many documents


@tries("all_docs.all_documents", "GET HEAD")
def _all_docs(to: Target, method: str) -> Iterator[Ask]:
    path, name = f"/sync/{to.database}/_all_docs", _json(to.document)
    for query in _listings(to):
        yield Ask(method, path, {one: _json(value) for one, value in query.items()})
    yield Ask(method, path, {"keys": _json([to.document]), "include_docs": "true"})
    yield Ask(method, path, {"startkey": name, "endkey": name, "inclusive_end": "false"})


@tries("all_docs.all_documents", "POST")
def _all_docs_posted(to: Target, method: str) -> Iterator[Ask]:
    path = f"/sync/{to.database}/_all_docs"
    for query in _listings(to):
        yield Ask(method, path, json=query)
    keys = [to.document, f"{to.record}:k1", "nothing"]
    yield Ask(method, path, {"include_docs": "true", "conflicts": "true"}, json={"keys": keys})


@tries("all_docs.several", "POST")
def _several(to: Target, method: str) -> Iterator[Ask]:
    queries = [*_listings(to), {"keys": [to.document], "include_docs": True}]
    yield Ask(method, f"/sync/{to.database}/_all_docs/queries", json={"queries": queries})


def _listings(to: Target) -> list[dict[str, Any]]:
    return [
        {},
        {"include_docs": True, "conflicts": True, "attachments": True, "update_seq": True},
        {"limit": 0},
        {"skip": 3, "limit": 2, "descending": True},
        {"key": to.document, "include_docs": True},
        {"startkey": to.document, "limit": 1},
        {"startkey": to.record, "endkey": f"{to.record}:\ufff0", "include_docs": True},
        {"startkey": f"{to.record}\ufff0", "endkey": to.record, "descending": True},
        {"startkey": "_design/", "endkey": "_design0"},
    ]


@tries("bulk.bulk_documents", "POST", writes=True)
def _bulk_docs(to: Target, method: str) -> Iterator[Ask]:
    path = f"/sync/{to.database}/_bulk_docs"
    edits = [_edit(to, rev) for rev in (None, *to.revs)]
    yield Ask(method, path, json={"docs": edits})
    for sent in (*edits[1:], _below(to), _with_stub(to), _tombstone(to)):
        yield Ask(method, path, json={"docs": [sent], "new_edits": False})


@tries("bulk.bulk_get", "POST")
def _bulk_get(to: Target, method: str) -> Iterator[Ask]:
    path = f"/sync/{to.database}/_bulk_get"
    asked: list[Any] = [{"id": to.document}]
    asked += [{"id": to.document, "rev": rev, "atts_since": [to.revs[0]]} for rev in to.revs]
    for query in ({}, {"latest": "true"}, {"revs": "true", "attachments": "true"}):
        yield Ask(method, path, query, json={"docs": asked})
    yield Ask(method, path, {"revs": "true"}, json={"docs": asked}, headers=_PARTS)
    yield Ask(method, path, json={"docs": [{"id": to.document, "rev": "not-a-revision"}]})


@tries("bulk.revs_diff", "POST")
def _revs_diff(to: Target, method: str) -> Iterator[Ask]:
    yield from _differences(to, method, "_revs_diff")


@tries("bulk.missing_revs", "POST")
def _missing_revs(to: Target, method: str) -> Iterator[Ask]:
    yield from _differences(to, method, "_missing_revs")


def _differences(to: Target, method: str, name: str) -> Iterator[Ask]:
    path = f"/sync/{to.database}/{name}"
    yield Ask(method, path, json={to.document: [*to.revs]})
    yield Ask(method, path, json={to.document: [f"9-{'a' * 32}"]})
    for rev in to.revs:
        yield Ask(method, path, json={to.document: [rev]})


@tries("changes.changes", "GET HEAD")
def _changes(to: Target, method: str) -> Iterator[Ask]:
    path = f"/sync/{to.database}/_changes"
    told = {"include_docs": "true", "conflicts": "true", "attachments": "true"}
    feeds = ["longpoll", "continuous", "eventsource"] if method == "GET" else []
    for query in (
        {},
        {"style": "all_docs", **told},
        {"limit": "1"},
        {"limit": "2", "descending": "true"},
        {"since": to.since, **told},
        {"since": "now"},
        {"filter": "_doc_ids", "doc_ids": _json([to.document]), **told, "style": "all_docs"},
        {"filter": "_doc_ids", "doc_ids": _json([to.document]), "since": to.since},
        {"filter": "_design"},
        {"filter": "_view", "view": "d/v"},
        {"filter": "d/f"},
        *({"feed": feed, "timeout": "1", **told} for feed in feeds),
        *({"feed": feed, "timeout": "1", "since": "now"} for feed in feeds),
        *({"feed": feed, "timeout": "1", "since": to.since, **told} for feed in feeds),
    ):
        yield Ask(method, path, query)
    if method == "GET":
        query = {"feed": "eventsource", "timeout": "1"}
        yield Ask(method, path, query, headers={"Last-Event-ID": to.since})


@tries("changes.changes", "POST")
def _changes_posted(to: Target, method: str) -> Iterator[Ask]:
    path = f"/sync/{to.database}/_changes"
    told = {"include_docs": "true", "style": "all_docs"}
    chosen = {"filter": "_selector", **told}
    yield Ask(method, path, {"filter": "_doc_ids", **told}, json={"doc_ids": [to.document]})
    for selector in (
        {"_id": to.document},
        {"_id": {"$gte": to.record, "$lt": f"{to.record}\ufff0"}},
        {"data": {"$exists": True}},
        {"author": "amina"},
    ):
        yield Ask(method, path, chosen, json={"selector": selector})
    yield Ask(method, path, {**chosen, "limit": "1"}, json={"selector": {"_id": to.document}})
    late = {"feed": "longpoll", "timeout": "1", "since": "now"}
    yield Ask(method, path, {**chosen, **late}, json={"selector": {"_id": to.document}})


@tries("checkpoints.read", "GET HEAD")
def _read_local(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/sync/{to.database}/_local/{to.local_id}")
    yield Ask(method, f"/sync/{to.database}/_local/{to.local_id}", {"rev": "0-1"})


@tries("checkpoints.write", "PUT", writes=True)
def _write_local(to: Target, method: str) -> Iterator[Ask]:
    path = f"/sync/{to.database}/_local/{to.local_id}"
    yield Ask(method, path, json={"_rev": "0-1", "a": 1})
    yield Ask(method, path, json={"a": 1})


@tries("checkpoints.remove", "DELETE", writes=True)
def _remove_local(to: Target, method: str) -> Iterator[Ask]:
    path = f"/sync/{to.database}/_local/{to.local_id}"
    yield Ask(method, path, {"rev": "0-1"})
    yield Ask(method, path)


# Our own


@tries("supervision.conflicts", "GET HEAD")
def _conflicts(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/api/v1/{to.database}/conflicts")


@tries("supervision.quarantine", "GET HEAD")
def _quarantine(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/api/v1/{to.database}/quarantine")


@tries("digests.tell", "GET HEAD")
def _digest(to: Target, method: str) -> Iterator[Ask]:
    """All buckets, down to where documents are told by their names. What is in none is told of in
    none, and what is not there is in another, so these are not compared.
    """
    digits = [f"{one:02x}" for one in range(256)]
    yield Ask(method, f"/sync/{to.database}/_digest")
    for start in range(0, len(digits), 32):
        prefix = ",".join(digits[start : start + 32])
        yield Ask(method, f"/sync/{to.database}/_digest", {"prefix": prefix})


@tries("supervision.merge", "GET HEAD")
def _merge(to: Target, method: str) -> Iterator[Ask]:
    for document in (to.document, f"{to.record}:k7:01JDC3XJZS8W7V6T5R4Q3P2N1M", "none"):
        yield Ask(method, f"/api/v1/{to.database}/merges/{quote(document, safe='')}")


@tries("devices.listing", "GET HEAD")
def _devices(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/api/v1/devices")


@tries("devices.tell", "PUT", writes=True)
def _report(to: Target, method: str) -> Iterator[Ask]:
    told = {"version": "1", "unsent": 0, "free_bytes": 0}
    yield Ask(method, "/api/v1/device-report", json={**told, "device": to.device})


@tries("lost_devices.lost", "POST", writes=True)
def _lost(_: Target, method: str) -> Iterator[Ask]:
    """Of a tablet that nobody has: who looks after one would lose it for the rest of the walk."""
    yield Ask(method, "/api/v1/devices/nobodys-tablet/lost", json={})


@tries("lost_devices.shut_out", "POST", writes=True)
def _shut_out(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/api/v1/devices/nobodys-tablet/shut-out", json={})


@tries("lost_devices.key", "GET HEAD")
def _orders_key(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/api/v1/orders-key")


@tries("lost_devices.order", "GET HEAD")
def _wipe_order(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/api/v1/wipe-order")


@tries("lost_devices.wiped", "POST", writes=True)
def _wiped(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/api/v1/wiped", json={})


@tries("sessions.listing", "GET HEAD")
def _sessions(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/api/v1/sessions")


@tries("sessions.ending", "DELETE", writes=True)
def _ending_session(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/api/v1/sessions/000000000000")


@tries("enrolment.codes", "POST", writes=True)
def _codes(to: Target, method: str) -> Iterator[Ask]:
    body = {"user": to.user, "device": to.device}
    yield Ask(method, "/api/v1/enrolment-codes", json=body)


@tries("enrolment.enrolments", "POST", writes=True)
def _enrolments(to: Target, method: str) -> Iterator[Ask]:
    body = {"code": "0000-0000-0000-0000", "install_id": to.device}
    yield Ask(method, "/api/v1/enrolments", json=body)


@tries("people.listing", "GET HEAD")
def _people(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/api/v1/users")


@tries("people.adding", "POST", writes=True)
def _adding(_: Target, method: str) -> Iterator[Ask]:
    """By a name that nobody can have: that one is taken is told to those who may add people."""
    body = {"name": "a b", "role": "caseworker", "groups": ["khartoum"]}
    yield Ask(method, "/api/v1/users", json=body)


@tries("assignments.assigning", "POST", writes=True)
def _assigning(to: Target, method: str) -> Iterator[Ask]:
    for name in (to.user, "amina"):
        body = {"records": [to.record], "to": name, "dry_run": True}
        yield Ask(method, f"/api/v1/{to.database}/assignments", json=body)


@tries("emergencies.listing", "GET HEAD")
def _emergencies(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/api/v1/{to.database}/emergencies")


@tries("emergencies.asking", "POST", writes=True)
def _asking(to: Target, method: str) -> Iterator[Ask]:
    body = {"record": to.record, "reason": "a child is in danger"}
    yield Ask(method, f"/api/v1/{to.database}/emergencies", json=body)


@tries("emergencies.granting", "POST", writes=True)
def _granting(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/api/v1/emergencies/{'0' * 32}/grant", json={})


@tries("emergencies.ending", "POST", writes=True)
def _ending(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/api/v1/emergencies/{'0' * 32}/end", json={})


@tries("programme.figures", "GET HEAD")
def _figures(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/api/v1/{to.database}/figures")


@tries("programme.publishing", "POST", writes=True)
def _publishing(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/api/v1/{to.database}/forms", {"dry_run": "true"}, json={"code": to.form})


@tries("conduct.reading", "GET HEAD")
def _conduct(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/api/v1/code-of-conduct")


@tries("conduct.accepting", "POST", writes=True)
def _accepting(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/api/v1/code-of-conduct/acceptances", json={"version": 1})


# The console


@tries("console.conduct", "GET HEAD")
def _console_conduct(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/console/conduct", {"next": "/console/"})


@tries("console.accepting", "POST", writes=True)
def _console_accepting(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/console/conduct", data="version=1&next=/console/", headers=FORM)


@tries("console.waiting", "GET HEAD")
def _console(_: Target, method: str) -> Iterator[Ask]:
    for language in ("en", "ar", "so", "fr"):
        yield Ask(method, "/console/", headers={"Accept-Language": language})


@tries("console.record_merges", "GET HEAD")
def _console_record(to: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, f"/console/{to.database}/records/{quote(to.record, safe='')}")
    yield Ask(method, f"/console/{to.database}/records/{quote(to.document, safe='')}")


@tries("console.find", "GET HEAD")
def _console_find(to: Target, method: str) -> Iterator[Ask]:
    for typed in (to.number, to.record, to.document, to.number[:8]):
        yield Ask(method, "/console/find", {"database": to.database, "case": typed})


@tries("console.sign_in", "GET HEAD")
def _console_sign_in(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/console/sign-in", {"next": "/console/"})


@tries("console.choose_language", "POST")
def _console_language(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/console/language", data="language=en&next=/console/", headers=FORM)


@tries("console.begin_session", "POST", writes=True)
def _console_begin(to: Target, method: str) -> Iterator[Ask]:
    data = f"name={quote(to.user)}&password=x"
    yield Ask(method, "/console/sign-in", data=data, headers=FORM, signs_out=True)


@tries("console.end_session", "POST", writes=True)
def _console_end(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/console/sign-out", headers=FORM, signs_out=True)


@tries("style.style_sheet", "GET HEAD")
def _style(_: Target, method: str) -> Iterator[Ask]:
    yield Ask(method, "/console/style.css")


# What is written


def _edit(to: Target, rev: str | None) -> dict[str, Any]:
    """An edit that is in order, but for its author."""
    members = {
        "_id": to.document,
        "form": to.form,
        "form_rev": 1,
        "author": "AUTHOR",
        "device": "DEVICE",
        "edited_at": "2026-11-23T08:12:03+02:00",
        "salt": "0" * 32,
        "state": "draft",
        "data": {},
    }
    return members if rev is None else {**members, "_rev": rev}


def _below(to: Target) -> dict[str, Any]:
    """A replicated edit of a revision that stands."""
    generation, _, digest = to.revs[-1].partition("-")
    start = int(generation) + 1
    new = "b" * 32
    revisions = {"start": start, "ids": [new, digest]}
    return {**_edit(to, f"{start}-{new}"), "_revisions": revisions}


def _with_stub(to: Target) -> dict[str, Any]:
    """An edit that says that a file stays as it is."""
    attached = {to.file: {"stub": True, "digest": f"md5-{to.md5}", "revpos": 1}}
    return {**_below(to), "_attachments": attached}


def _tombstone(to: Target) -> dict[str, Any]:
    return {**_below(to), "_rev": f"9-{'c' * 32}", "_deleted": True} | {
        "_revisions": {"start": 9, "ids": ["c" * 32]}
    }


def _json(value: object) -> str:
    return value if isinstance(value, str) and value == "" else json.dumps(value)
