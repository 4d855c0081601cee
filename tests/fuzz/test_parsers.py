"""What reads requests, given anything: it understands it, or says in one of our errors why not."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from sync_server.errors import KanafError
from sync_server.http.multipart import Part, read_parts, write_parts
from sync_server.mango.selector import selector
from sync_server.replication.multipart_documents import document_within
from sync_server.service.incoming import incoming
from tests.fuzz.inputs import DOCUMENTS, REVS, TEXTS, VALUES, multiparts

TYPES = st.sampled_from(["multipart/related; boundary=b", "multipart/related", "x; boundary=\x00"])


@given(DOCUMENTS | VALUES, st.booleans())
def test_a_document_is_taken_apart_or_refused(document: object, is_replicated: bool) -> None:
    try:
        taken = incoming(document, is_replicated=is_replicated, max_bytes=5_000)
    except KanafError:
        return
    assert isinstance(document, dict)
    assert taken.document_id == document["_id"]
    assert len(json.dumps(taken.body)) < 50_000


@given(TYPES, multiparts() | st.binary(max_size=300))
def test_a_body_in_parts_is_read_or_refused(content_type: str, content: bytes) -> None:
    try:
        document = document_within(content_type, content, 5_000)
    except KanafError:
        return
    attachments = document.get("_attachments")
    inline = attachments.values() if isinstance(attachments, dict) else ()
    assert not any(isinstance(one, dict) and one.get("follows") for one in inline)


@given(st.lists(st.tuples(st.dictionaries(st.sampled_from(["A", "B"]), TEXTS), st.binary())))
def test_what_is_written_in_parts_is_read_again(given_parts: list[tuple[dict, bytes]]) -> None:
    parts = [
        Part(
            {name: value.encode("utf-8", "ignore").decode() for name, value in headers.items()},
            content,
        )
        for headers, content in given_parts
    ]
    boundary = "a-boundary-that-nobody-knew"
    if not parts:
        return
    read = read_parts(f"multipart/mixed; boundary={boundary}", write_parts(parts, boundary))

    assert [part.content for part in read] == [part.content for part in parts]
    assert [{*part.headers} for part in read] == [
        {name.lower() for name in part.headers} for part in parts
    ]


@given(VALUES, st.dictionaries(TEXTS, VALUES | REVS, max_size=3))
def test_a_selector_is_understood_or_refused(value: object, document: dict) -> None:
    try:
        chosen = selector(value)
    except KanafError:
        return
    assert chosen.matches(document) in (True, False)
