"""A document that is put into an answer as it is stored is the one that would be read."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from conflict.revision import Rev
from sync_server.errors import DocumentMissing
from sync_server.json_text import written
from sync_server.service.administration import add_database
from sync_server.service.documents import DocumentReader, Shape
from sync_server.service.purging import purge
from sync_server.service.pushing import push
from sync_server.storage.rows import DatabaseKind, DatabaseRow
from tests.service.conftest import CASE, REGISTRATION, Programme
from tests.storage.writing import on_postgresql

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
        content = reader.tell(document_id, rev, shape).content
        told = json.loads(content, object_pairs_hook=_each_once)
        assert told == reader.read(document_id, rev, shape)
        assert list(told)[:2] == ["_id", "_rev"]


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    assert len(found) == len(members)
    return found


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


@pytest.mark.parametrize("number", [0, 1])
def test_an_attachment_is_read_from_the_database_once_whichever_leaf_has_it(
    programme: Programme, open_database: DatabaseRow, number: int
) -> None:
    kanaf, caller = programme.kanaf, programme.caller("amina")
    asked: list[int] = []
    sent = [
        {
            "_id": f"{n}",
            "_revisions": {"start": 1, "ids": [leaf]},
            "_attachments": {"f": {"content_type": "text/plain", "data": _base64(f"{n}{leaf}")}},
        }
        for n in range(150)
        for leaf in ("b", "a")
    ]
    push(kanaf, open_database, caller, sent, is_replicated=True)

    def count(_: object, cursor: object, statement: str, values: Any, *rest: object) -> None:
        if "FROM attachment" in statement:
            asked.append((len(values) - 1) // 2)

    event.listen(kanaf.store.reader, "before_cursor_execute", count)
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, open_database, caller)
        reader.load((str(n) for n in range(150)), with_bodies=True)
        for n in range(150):
            leaf = reader.leaves(str(n))[number].rev
            told = json.loads(reader.tell(str(n), leaf, Shape(attachments=True)).content)
            assert told["_attachments"]["f"]["data"] == _base64(f"{n}{leaf.digest}")

    assert sum(asked) == 150
    assert len(asked) == (2 if number == 0 else 150)


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


def test_what_was_edited_after_a_document_was_found_is_not_told_as_what_became_of_it(
    programme: Programme, open_database: DatabaseRow
) -> None:
    """Whether the caller still sees the document then, was not asked."""
    kanaf, caller = programme.kanaf, programme.caller("amina")

    def edit(**members: Any) -> Rev:
        sent = {"_id": "a", **members}
        (receipt,) = push(kanaf, open_database, caller, [sent], is_replicated=False)
        assert receipt.rev is not None
        return receipt.rev

    first = edit()
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, open_database, caller)
        reader.load(["a"])
        second = edit(_rev=str(first))

        assert second not in reader.latest("a", first)


@on_postgresql
@pytest.mark.parametrize("shape", SHAPES[::5])
def test_what_was_removed_after_it_was_found_is_missing(
    programme: Programme, open_database: DatabaseRow, shape: Shape
) -> None:
    kanaf, caller = programme.kanaf, programme.caller("amina")
    (receipt,) = push(kanaf, open_database, caller, [{"_id": "a"}], is_replicated=False)
    assert receipt.rev is not None
    with kanaf.store.read() as reading:
        reader = DocumentReader(kanaf, reading, open_database, caller)
        reader.load(["a"])
        purge(kanaf, open_database, {"a": [receipt.rev]})

        with pytest.raises(DocumentMissing):
            reader.tell("a", receipt.rev, shape)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
