"""A document that is put into an answer as it is stored is the one that would be read."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conflict.revision import Rev
from sync_server.errors import DocumentMissing
from sync_server.json_text import written
from sync_server.service.administration import add_database
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.pushing import push
from sync_server.storage.rows import DatabaseKind, DatabaseRow
from tests.service.conftest import CASE, REGISTRATION, Programme

SHAPES = [
    Shape(revisions, revs_info, conflicts, deleted_conflicts, attachments)
    for revisions, revs_info, conflicts, deleted_conflicts, attachments in itertools.product(
        (False, True), repeat=5
    )
]
TEXTS = st.text(st.characters(codec="utf-8")) | st.sampled_from(
    ['"_attachments"', "_attachments", '\\"_attachments\\":', "{}", "\u2028", "كنف", "\U0001f600"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
BODIES = st.dictionaries(TEXTS.filter(lambda name: not name.startswith("_")), VALUES, max_size=4)


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return itertools.count()


@pytest.fixture
def open_database(programme: Programme) -> DatabaseRow:
    return add_database(programme.kanaf, "open", DatabaseKind.OPEN)


def assert_told_as_read(reader: DocumentReader, document_id: str, rev: Rev) -> None:
    for shape in SHAPES:
        told = json.loads(reader.tell(document_id, rev, shape).content)
        assert told == reader.read(document_id, rev, shape)
        assert list(told)[:2] == ["_id", "_rev"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, later=BODIES, deleted=st.booleans())
def test_documents_with_anything_in_them_are_told_as_they_are_read(
    programme: Programme,
    open_database: DatabaseRow,
    numbers: Iterator[int],
    body: dict[str, Any],
    later: dict[str, Any],
    deleted: bool,
) -> None:
    kanaf, caller = programme.kanaf, programme.caller("amina")
    document_id = f"{next(numbers)} \u00e9"
    revs = [Rev(1, "a"), Rev(2, "b"), Rev(2, "c")]

    def made(members: dict[str, Any], *path: Rev, gone: bool = False) -> dict[str, Any]:
        ids = [rev.digest for rev in path]
        history = {"start": path[0].generation, "ids": ids}
        return {"_id": document_id, "_revisions": history, "_deleted": gone, **members}

    sent = [
        made(body, revs[0]),
        made(later, revs[1], revs[0], gone=deleted),
        made(body, revs[2], revs[0]),
    ]
    receipts = push(kanaf, open_database, caller, sent, is_replicated=True)
    assert [receipt.code for receipt in receipts] == [None] * 3

    with kanaf.store.read() as reading:
        for rev in revs:
            assert_told_as_read(
                DocumentReader(kanaf, reading, open_database, caller), document_id, rev
            )
        told = DocumentReader(kanaf, reading, open_database, caller).tell(
            document_id, revs[2], Shape()
        )
    assert json.loads(written({"doc": told}))["doc"] == {
        "_id": document_id,
        "_rev": "2-c",
        **json.loads(json.dumps(body)),
    }


def test_a_document_with_attachments_is_told_as_it_is_read(
    programme: Programme, open_database: DatabaseRow
) -> None:
    kanaf, caller = programme.kanaf, programme.caller("amina")
    files = {f"{n}.txt": {"content_type": "text/plain", "data": "aGVsbG8="} for n in range(3)}
    sent = [{"_id": f"{n}", "n": n, "_attachments": files if n else {}} for n in range(3)]
    receipts = push(kanaf, open_database, caller, sent, is_replicated=False)

    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, open_database, caller)
        reader.load(["0", "1", "2"], with_bodies=True)
        for receipt in receipts:
            assert receipt.rev is not None
            assert_told_as_read(reader, receipt.document_id, receipt.rev)


def test_merges_touches_and_closed_leaves_are_told_as_they_are_read(programme: Programme) -> None:
    programme.register()
    programme.fork(
        "k21",
        ("amina", REGISTRATION | {"household_size": 4}),
        ("bilal", REGISTRATION | {"household_size": 5}),
    )
    seen = 0
    with programme.reader("amina") as reader:
        for form in ("k1", "k21"):
            document_id = f"{programme.record}:{form}"
            for node in reader.work(document_id).tree:
                if node.stored:
                    assert_told_as_read(reader, document_id, node.rev)
                    seen += 1
    assert seen > len((CASE, REGISTRATION)) + 2


def test_what_somebody_does_not_see_is_not_told(programme: Programme) -> None:
    programme.register()
    with programme.reader("amina") as reader:
        rev = reader.winner(f"{programme.record}:k21")

    with programme.reader("dina") as reader, pytest.raises(DocumentMissing):
        reader.tell(f"{programme.record}:k21", rev, Shape())


def test_a_revision_that_is_not_there_is_not_told(programme: Programme) -> None:
    programme.register()
    with programme.reader("amina") as reader, pytest.raises(DocumentMissing):
        reader.tell(f"{programme.record}:k21", Rev(7, "f" * 32), Shape())
