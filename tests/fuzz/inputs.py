"""Requests that make no sense: wrong types everywhere, ids without end, cut and broken bodies."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

WORDS = [
    *("docs", "new_edits", "_id", "_rev", "_revisions", "_attachments", "_deleted", "keys", "id"),
    *("queries", "selector", "doc_ids", "limit", "names", "roles", "admins", "members", "start"),
    *("ids", "data", "stub", "follows", "content_type", "length", "digest", "encoding", "rev"),
    *("atts_since", "fields", "$and", "$or", "$not", "$regex", "$elemMatch", "$gt", "$in", "$mod"),
    *("form", "form_rev", "author", "device", "edited_at", "salt", "state", "settles", "merge"),
    *(
        "descending",
        "startkey",
        "endkey",
        "skip",
        "include_docs",
        "a",
        "_x",
        "",
        "name",
        "password",
    ),
]
TEXTS = st.one_of(
    st.sampled_from([*WORDS, "1-a", "2-" + "f" * 32, "9" * 30 + "-a", "md5-", "gzip", "true"]),
    st.sampled_from(
        ["a\x00b", "\ud800", "كنف", "x" * 10_000, "../..", "%00", "\r\nX: 1", "shared:x"]
    ),
    st.text(max_size=20),
)
NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.sampled_from([2**31, 2**53, 2**63, 2**64, 10**30, -(2**63) - 1, 0.5, 1e308, -0.0]),
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
DEEP = st.integers(1, 2_000).map(lambda depth: "[" * depth + "]" * depth)

REVS = st.sampled_from(["1-a", "2-b", "1-" + "a" * 32, "x", "0-a", "-1-a", "1-", "9" * 40 + "-a"])
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "_id": st.sampled_from(["a", "b", "_design/d", "_local/x", "_x", "", "y" * 10_000])
        | VALUES,
        "_rev": REVS | VALUES,
        "_revisions": st.fixed_dictionaries(
            {}, optional={"start": NUMBERS | VALUES, "ids": st.lists(TEXTS, max_size=3) | VALUES}
        ),
        "_deleted": VALUES,
        "_attachments": st.dictionaries(
            TEXTS,
            st.fixed_dictionaries(
                {},
                optional={
                    "data": st.sampled_from(["aGk=", "aGk", "*", ""]) | VALUES,
                    "stub": VALUES,
                    "follows": VALUES,
                    "content_type": TEXTS | VALUES,
                    "length": NUMBERS,
                },
            )
            | VALUES,
            max_size=2,
        )
        | VALUES,
        "n": VALUES,
    },
)
BODIES = {
    "_bulk_docs": st.fixed_dictionaries(
        {"docs": st.lists(DOCUMENTS | VALUES, max_size=3) | VALUES},
        optional={"new_edits": st.booleans() | VALUES},
    ),
    "_bulk_get": st.fixed_dictionaries(
        {
            "docs": st.lists(
                st.fixed_dictionaries(
                    {"id": TEXTS | VALUES}, optional={"rev": REVS | VALUES, "atts_since": VALUES}
                )
                | VALUES,
                max_size=3,
            )
        }
    ),
    "_revs_diff": st.dictionaries(TEXTS, st.lists(REVS | VALUES, max_size=3) | VALUES, max_size=3),
    "_missing_revs": st.dictionaries(TEXTS, st.lists(REVS | VALUES, max_size=3), max_size=3),
    "_purge": st.dictionaries(TEXTS, st.lists(REVS | VALUES, max_size=3) | VALUES, max_size=3),
    "_all_docs": st.fixed_dictionaries(
        {}, optional={"keys": st.lists(VALUES, max_size=3) | VALUES}
    ),
    "_all_docs/queries": st.fixed_dictionaries(
        {"queries": st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=3) | VALUES}
    ),
    "_changes": st.fixed_dictionaries(
        {},
        optional={
            "selector": st.dictionaries(TEXTS, VALUES, max_size=3) | VALUES,
            "doc_ids": st.lists(TEXTS | VALUES, max_size=3) | VALUES,
        },
    ),
    "_security": st.fixed_dictionaries({"admins": VALUES, "members": VALUES}),
    "_revs_limit": VALUES,
    "": DOCUMENTS,
    "a": DOCUMENTS,
    "_local/x": DOCUMENTS,
    "_design/d": DOCUMENTS,
}
PLACES = [
    *BODIES,
    *(
        "_compact",
        "_ensure_full_commit",
        "_find",
        "a/f",
        "a/f/g",
        "_design/d/f",
        "_design/d/_view/v",
    ),
    *("_local", "_local/", "_design", "_nothing", "a/_x", "b"),
]
PARAMETERS = {
    "rev": REVS | TEXTS,
    "open_revs": st.sampled_from(["all", '["1-a"]', "[", "{}", "[1]", "null"]) | TEXTS,
    "atts_since": st.sampled_from(['["1-a"]', "[", "{}", "[1]", "null"]) | TEXTS,
    "filter": st.sampled_from(["_doc_ids", "_selector", "_design", "_view", "d/f", "_x", "/"]),
    "doc_ids": st.sampled_from(['["a"]', "[1]", "{", "null"]) | TEXTS,
    "since": st.sampled_from(["now", "0", "-1", "1-x", "9" * 40]) | TEXTS,
    "style": st.sampled_from(["all_docs", "main_only", "x"]),
    "feed": st.sampled_from(["normal", "longpoll", "continuous", "eventsource", "live", "x"]),
    **{
        name: st.sampled_from(["0", "1", "-1", "x", "9" * 40, "1e3", "٣", ""])
        for name in ("limit", "skip", "seq_interval", "count")
    },
    **{
        name: st.sampled_from(["true", "false", "x", "1", ""])
        for name in (
            *("revs", "revs_info", "conflicts", "deleted_conflicts", "latest", "attachments"),
            *("new_edits", "descending", "include_docs", "inclusive_end"),
        )
    },
    **{
        name: st.sampled_from(['"a"', "a", "[", "1", "null", '{"a":1}', '["a"]'])
        for name in ("key", "keys", "startkey", "endkey")
    },
}
HEADERS = {
    "If-Match": st.sampled_from(['"1-a"', "1-a", "*", "x", '"']),
    "If-None-Match": st.sampled_from(['"1-a"', "*", "W/x"]),
    "Destination": st.sampled_from(["b", "b?rev=1-a", "b?rev=", "?rev=1-a", "", "_local/x", "%ff"]),
    "Range": st.sampled_from(["bytes=0-1", "bytes=5-1", "bytes=0-0,1-1,-1", "bytes=-", "x=1-2"]),
    "Accept": st.sampled_from(["*/*", "multipart/mixed", "multipart/related", "text/html", "x"]),
    "Accept-Encoding": st.sampled_from(["gzip", "*", "gzip;q=x", ""]),
    "Content-Encoding": st.sampled_from(["gzip", "identity", "br", "gzip, gzip"]),
    "Content-Type": st.sampled_from(
        [
            "application/json",
            'multipart/related; boundary="b"',
            "multipart/related",
            "multipart/related; boundary=" + "b" * 300,
            'multipart/related; boundary="كنف"'.encode().decode("latin-1"),
            "text/plain; charset=x",
            "",
        ]
    ),
    "Accept-Language": st.sampled_from(["ar", "so;q=x", ",,", "*"]),
    "Last-Event-ID": st.sampled_from(['"1-x"', "x"]),
}


@dataclass(frozen=True)
class Request:
    """A request as it goes over the wire."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


@st.composite
def bodies(draw: st.DrawFn, place: str) -> bytes | None:
    """A body: what the place takes or nearly so, or anything else; whole, cut or broken."""
    fitting = BODIES.get(place, VALUES)
    body = draw(
        st.one_of(
            fitting.map(written),
            fitting.map(written),
            VALUES.map(written),
            DEEP.map(str.encode),
            st.binary(max_size=200),
            multiparts(),
            st.none(),
        )
    )
    if body and draw(st.integers(0, 3)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    if body and draw(st.integers(0, 5)) == 0:
        place_of_fault = draw(st.integers(0, len(body) - 1))
        body = body[:place_of_fault] + draw(st.binary(max_size=3)) + body[place_of_fault + 1 :]
    return body


@st.composite
def multiparts(draw: st.DrawFn) -> bytes:
    """A document in parts, of which some do not fit."""
    parts = [written(draw(DOCUMENTS)), *draw(st.lists(st.binary(max_size=20), max_size=3))]
    heads = ["Content-Type: application/json", *("Content-Type: image/png" for _ in parts)]
    lines = [
        f"--b\r\n{head}\r\n\r\n".encode() + part + b"\r\n"
        for head, part in zip(heads, parts, strict=False)
    ]
    return b"".join(lines) + draw(st.sampled_from([b"--b--", b"--b--\r\n", b"", b"--b"]))


@st.composite
def requests(draw: st.DrawFn, database: str) -> Request:
    """Any request to a database, or to the server beside it."""
    place = draw(st.sampled_from(PLACES))
    method = draw(st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "COPY", "PATCH"]))
    if draw(st.integers(0, 7)) == 0:
        place = quote(draw(TEXTS).encode("utf-8", "surrogatepass")[:2_000], safe="/%")
    if not place.strip("/") and method in ("DELETE", "PUT"):
        method = "POST"  # the database itself stays
    given = draw(st.dictionaries(st.sampled_from([*PARAMETERS]), st.none(), max_size=4))
    query = [(name, draw(PARAMETERS[name])) for name in given]
    if any(name == "feed" for name, _ in query):
        query.append(("timeout", "1"))
    text = "&".join(
        f"{name}={quote(value.encode('utf-8', 'surrogatepass')[:1_500])}" for name, value in query
    )
    names = draw(st.lists(st.sampled_from([*HEADERS]), max_size=3, unique=True))
    headers = {name: draw(HEADERS[name]) for name in names}
    body = draw(bodies(place))
    if body is not None and headers.get("Content-Encoding") == "gzip" and draw(st.booleans()):
        body = gzip.compress(body)
        body = body[: draw(st.integers(len(body) // 2, len(body)))]
    return Request(
        method, f"/sync/{database}/{place}" + (f"?{text}" if text else ""), headers, body
    )
