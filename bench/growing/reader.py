"""A caseworker whose documents are the same few, however many the others have, and what they do."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from bench.documents import Document
from bench.growing.country import PATH
from bench.growing.material import DOCUMENTS_OF_A_CASE, cases
from bench.growing.people import Member
from bench.protocol.connection import Connection
from bench.protocol.cost import Figures, Running, cost
from bench.protocol.scene import without_revision
from bench.protocol.writing import latency

PAGE = 100
"""How many documents a round changes, and a page then tells of."""
_SEED = 20_261_127
_TEXTS = {"k21": "notes", "k22": "summary", "k23": "situation"}


@dataclass
class Reader:
    """One caseworker at one server.

    Attributes:
        colleague: somebody of the same group, who begins new cases, and a tablet of theirs.
        documents: theirs, as they stand, by id; read by `begin`.
        since: how far they have been told.
        before: how far they had been told before the last `PAGE` changes.
    """

    server: Running
    connect: Callable[[], Connection]
    colleague: tuple[Member, Callable[[], Connection]] | None = None
    documents: dict[str, Document] = field(default_factory=dict)
    since: str = "0"
    before: str = "0"
    edits: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(_SEED))

    def begin(self) -> None:
        """Reads the whole feed, as a first sync does."""
        connection = self.connect()
        told = connection.ask_json("GET", f"{PATH}/_changes?include_docs=true")
        self.since = told["last_seq"]
        self.documents = {
            row["id"]: row["doc"] for row in told["results"] if not row["id"].startswith("shared:")
        }
        connection.close()

    def write(self, connection: Connection) -> list[float]:
        """Edits `PAGE` documents one by one; the seconds of each."""
        self.edits += 1
        chosen = list(self.documents)[:PAGE]
        edits = {one: _edited(self.documents[one], self.edits) for one in chosen}
        bodies = {one: orjson.dumps(edit) for one, edit in edits.items()}
        answers, seconds = timed(
            connection, [("PUT", document_path(one), body) for one, body in bodies.items()]
        )
        for one, answer in zip(chosen, answers, strict=True):
            self.documents[one] = {**edits[one], "_rev": orjson.loads(answer)["rev"]}
        self.before = self.since
        return seconds

    def begin_cases(self, times: int) -> list[float]:
        """A colleague's new documents, one by one; the seconds of each."""
        assert self.colleague is not None, "there is nobody to write them"
        colleague, connect = self.colleague
        connection = connect()
        made = cases(colleague, -(-times // DOCUMENTS_OF_A_CASE), self.chance)[:times]
        documents = (without_revision(one) for one in made)
        puts = [("PUT", document_path(one["_id"]), orjson.dumps(one)) for one in documents]
        _, seconds = timed(connection, puts)
        connection.close()
        return seconds

    def catch_up(self, connection: Connection) -> None:
        """Reads what was changed since."""
        told = connection.ask_json("GET", f"{PATH}/_changes?since={self.since}")
        assert len(told["results"]) == PAGE, "a page tells of something else than of what changed"
        self.since = told["last_seq"]


@dataclass(frozen=True)
class Measure:
    """One kind of request.

    Attributes:
        title: in tables.
        run: does it some times at one server; the seconds of each.
    """

    name: str
    title: str
    run: Callable[[Reader, Connection, int], list[float]]


def _idle(reader: Reader, connection: Connection, times: int) -> list[float]:
    return _asked(connection, f"{PATH}/_changes?style=all_docs&since={reader.since}", times)


def _page(reader: Reader, connection: Connection, times: int) -> list[float]:
    since = f"since={reader.before}"
    return _asked(connection, f"{PATH}/_changes?style=all_docs&limit={PAGE}&{since}", times)


def _page_with_documents(reader: Reader, connection: Connection, times: int) -> list[float]:
    since = f"since={reader.before}"
    return _asked(connection, f"{PATH}/_changes?include_docs=true&limit={PAGE}&{since}", times)


def _whole_feed(reader: Reader, connection: Connection, times: int) -> list[float]:
    return _asked(connection, f"{PATH}/_changes?style=all_docs", times)


def _database(reader: Reader, connection: Connection, times: int) -> list[float]:
    return _asked(connection, PATH, times)


def _get(reader: Reader, connection: Connection, times: int) -> list[float]:
    ids = list(reader.documents)
    paths = [document_path(ids[position % len(ids)]) for position in range(times)]
    _, seconds = timed(connection, [("GET", path, None) for path in paths])
    return seconds


def _begin(reader: Reader, connection: Connection, times: int) -> list[float]:
    return reader.begin_cases(times)


def _write(reader: Reader, connection: Connection, times: int) -> list[float]:
    return reader.write(connection)


MEASURES = (
    Measure("begin", "PUT of a colleague's new document", _begin),
    Measure("write", "PUT of an edit", _write),
    Measure("idle", "`_changes`, nothing new", _idle),
    Measure("page", f"`_changes`, {PAGE} new", _page),
    Measure("page_docs", f"`_changes`, {PAGE} new, documents", _page_with_documents),
    Measure("feed", "`_changes` from the start", _whole_feed),
    Measure("database", "GET of the database", _database),
    Measure("get", "GET of a document", _get),
)
"""In the order in which a round does them: what is written first is read as news after it."""


def figures(reader: Reader, measure: Measure, times: int) -> Figures:
    """What one kind of request costs one reader: milliseconds by the clock, CPU microseconds."""
    connection, seconds = reader.connect(), list[float]()
    connection.ask("GET", PATH)
    spent = cost(reader.server, lambda: seconds.extend(measure.run(reader, connection, times)))
    if measure.name == "write":
        reader.catch_up(connection)
    connection.close()
    found = latency(seconds) | {"cpu_us": 1e6 * spent.server / len(seconds)}
    if spent.database:
        found["database_us"] = 1e6 * spent.database / len(seconds)
    return found


def document_path(document_id: str) -> str:
    """Of a document in the case database."""
    return f"{PATH}/{quote(document_id, safe='')}"


def timed(
    connection: Connection, requests: Sequence[tuple[str, str, bytes | None]]
) -> tuple[list[bytes], list[float]]:
    """The answers of requests sent one after the other, and the seconds of each."""
    answers, seconds = list[bytes](), list[float]()
    for method, path, body in requests:
        clock = time.perf_counter()
        answers.append(connection.ask(method, path, body))
        seconds.append(time.perf_counter() - clock)
    return answers, seconds


def _asked(connection: Connection, path: str, times: int) -> list[float]:
    _, seconds = timed(connection, [("GET", path, None)] * times)
    return seconds


def _edited(document: Document, number: int) -> Document:
    """The next edit of a document as it stands: another text and another salt."""
    name = _TEXTS[document["form"]]
    words: dict[str, Any] = {name: f"{number} {document['data'][name]}"[:1_000]}
    return {**document, "data": {**document["data"], **words}, "salt": f"{number:032x}"}
