"""How statements find their rows: each by one look into an index, however many they name."""

from __future__ import annotations

from typing import Any

import pytest

from sync_server.storage import schema
from sync_server.storage.among import (
    pairs_parameters,
    rows_among,
    rows_of_pairs,
    values_parameter,
)
from sync_server.storage.changes import Changes
from sync_server.storage.id_range import IdRange, ids_within
from sync_server.storage.reading import OPEN_DOCUMENTS
from sync_server.storage.store import Store
from tests.storage.writing import Programme, changes, document, on_postgresql

REVISION = schema.revision.c


@pytest.fixture
def programme(programme: Programme) -> Programme:
    """A database with a day's documents, and known to have them.

    A plan is made by what the database server knows of a table, and in a table that it found empty
    one index is as good as another. So what it knows is not left to chance.
    """
    programme.write(changes(*(document("a", f"d{number}") for number in range(100))), "a")
    if programme.store.reader.dialect.name == "postgresql":
        with programme.store.writer_engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    return programme


def plan(store: Store, statement: Any, values: dict[str, Any]) -> str:
    """What the database means to do, in its words: on PostgreSQL by the plan that it keeps."""
    compiled = statement.compile(store.reader)
    bound = {**compiled.params, **values}
    with store.reader.connect() as connection:
        if store.reader.dialect.name == "sqlite":
            explain = f"EXPLAIN QUERY PLAN {compiled}"
            return "\n".join(map(str, connection.exec_driver_sql(explain, bound)))
        cursor: Any = connection.connection.cursor()
        cursor.execute(str(compiled), bound, prepare=True)
        name = "SELECT name FROM pg_prepared_statements ORDER BY prepare_time DESC LIMIT 1"
        (prepared,) = cursor.execute(name, prepare=False).fetchone()
        count = "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = %s"
        (parameters,) = cursor.execute(count, [prepared], prepare=False).fetchone()
        nothing = ", ".join(["NULL"] * parameters)
        explain = f'EXPLAIN EXECUTE "{prepared}"' + (f"({nothing})" if nothing else "")
        return "\n".join(row[0] for row in cursor.execute(explain, prepare=False))


def test_a_body_is_found_by_document_and_revision_together(programme: Programme) -> None:
    """With a condition each, a page of a thousand documents took a million looks."""
    store = programme.store
    dialect = store.reader.dialect.name
    query = rows_of_pairs(dialect, (REVISION.document_id, REVISION.rev), REVISION.body)
    values = {"database_id": 1, **pairs_parameters(dialect, [("a", "1-a"), ("b", "1-b")])}

    told = plan(store, query, values)

    if dialect == "sqlite":
        assert "SEARCH revision USING INDEX" in told
        assert "(database_id=? AND document_id=? AND rev=?)" in told
    else:
        assert "Index Cond" in told
        assert "rev = " in told
        assert "document_id = " in told


@pytest.mark.parametrize("among", [schema.document.c.document_id, REVISION.document_id])
def test_a_document_is_found_by_its_id_among_all_of_its_database(
    programme: Programme, among: Any
) -> None:
    """Not by reading the database and leaving out the others, however few there seem to be."""
    store = programme.store
    dialect = store.reader.dialect.name
    values = {"database_id": 1, "document_ids": values_parameter(dialect, ["a", "b"])}

    told = plan(store, rows_among(dialect, among), values)

    found_by = "database_id=? AND document_id=?" if dialect == "sqlite" else "(document_id = "
    assert found_by in told
    assert "Filter: " not in told
    assert "SCAN document" not in told


@on_postgresql
def test_plans_are_made_once_and_hold_while_a_table_grows(programme: Programme) -> None:
    with programme.store.reader.connect() as connection:
        query = rows_among("postgresql", schema.document.c.document_id)
        values = {"database_id": programme.id, "document_ids": ["a:k1"]}

        def found() -> int:
            return len(connection.execute(query, values).all())

        before = [found() for _ in range(12)]  # the driver prepares what it is asked for often
        programme.write(Changes(documents={"a:k1": document("a")}), "a")
        after = found()
        prepared = connection.exec_driver_sql(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE '%%FROM document%%'"
        )
        (plans,) = prepared.all()

    assert (before, after) == ([0] * 12, 1)
    assert plans.custom_plans == 0
    assert plans.generic_plans > 0


@on_postgresql
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("max_parallel_workers_per_gather", "0"),
        ("jit", "off"),
    ],
)
def test_a_plan_that_is_kept_is_for_little_however_much_there_might_be(
    programme: Programme, setting: str, value: str
) -> None:
    """In a table of a million rows a kept plan started two processes to count three new ones."""
    for engine in (programme.store.reader, programme.store.writer_engine):
        with engine.connect() as connection:
            assert connection.exec_driver_sql(f"SHOW {setting}").scalar_one() == value


def test_design_documents_are_found_by_their_range(programme: Programme) -> None:
    dialect = programme.store.reader.dialect.name
    statement = ids_within(dialect, 1, IdRange("_design/", "_design0", inclusive=False))

    told = plan(programme.store, statement, {})

    assert "ix_document_database_id_deleted_document_id" in told
    assert "Filter: " not in told


def test_what_waits_for_a_person_is_found_without_a_look_at_the_rest(programme: Programme) -> None:
    """Of 280,000 documents all were read, at every look at what waits."""
    told = plan(programme.store, OPEN_DOCUMENTS, {"database_id": 1})

    assert "ix_document_open" in told
