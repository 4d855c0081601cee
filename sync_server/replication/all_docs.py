"""The documents of a database by id: one listing, or several in one answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from flask import Response

from conflict.revision import Rev
from sync_server.errors import DocumentMissing, InvalidRequest, TooLarge
from sync_server.giving_way import give_way
from sync_server.http.answers import answer_written, lines
from sync_server.http.body import json_object
from sync_server.http.requests import the_caller, the_database, the_kanaf
from sync_server.http.routes import Routes
from sync_server.json_text import written
from sync_server.replication.listing import Listing
from sync_server.service.documents import DocumentReader
from sync_server.service.incoming import may_exist
from sync_server.service.live_documents import LiveDocuments
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseRow

routes = Routes("all_docs", "/sync")
_MOST_QUERIES = 100
_MOST_ROWS = 100_000
"""Of all queries of a request together: they are in memory at once."""
_MOST_BYTES = 64_000_000
"""Of listings by `keys`, and of several together: one key may be asked for many times."""
_AT_ONCE, _WITH_CONTENTS_AT_ONCE = 500, 5
"""So many rows are written before other requests have their turn."""
Row = dict[str, Any]
Item = TypeVar("Item")


@routes.on("GET POST", "/<segment:db>/_all_docs")
def all_documents(db: str) -> Response:
    """The live documents that the caller sees, by id; or those asked for by `keys`."""
    (listed,) = _listings(the_database(db), [Listing.asked()])
    return answer_written(listed)


@routes.on("POST", "/<segment:db>/_all_docs/queries")
def several(db: str) -> Response:
    """Several listings, in the order asked for; all of them of one state of the database.

    Parameters of the address hold for each query that does not say otherwise.

    Raises:
        TooLarge: they come to more rows than are told at once.

    Source: CouchDB, chttpd_db.erl, multi_all_docs_view/4.
    """
    database = the_database(db)
    queries = json_object().get("queries")
    if not isinstance(queries, list) or len(queries) > _MOST_QUERIES:
        raise InvalidRequest("queries")
    listings = _listings(database, [Listing.of(query) for query in queries], _MOST_ROWS)
    return answer_written(b'{"results":[\r\n' + b",\r\n".join(listings) + b"\r\n]}")


def _listings(
    database: DatabaseRow, asked: Sequence[Listing], most: int | None = None
) -> list[bytes]:
    """An answer for each listing, written; each row is on a line of its own.

    Args:
        most: rows of all of them together; None for no limit.

    Raises:
        TooLarge: there are more, they come to more bytes, or to more of attachments.

    Source: CouchDB, couch_mrview_http.erl, view_cb/2.
    """
    kanaf, caller = the_kanaf(), the_caller()
    told, size, listings = 0, 0, []
    with kanaf.store.read_one_state() as connection:
        reader = DocumentReader(kanaf, Reading(connection), database, caller)
        live = LiveDocuments(reader.sight, kanaf.counts)
        for one in asked:
            pages: list[bytes] = []
            for rows in _pages(reader, live, one):
                told += len(rows)
                if most is not None and told > most:
                    raise TooLarge
                pages.append(lines(rows))
                size += len(pages[-1])
                if size > _MOST_BYTES and (most is not None or one.keys is not None):
                    raise TooLarge
                give_way()
            listings.append(_listing(live, one, pages))
    return listings


def _listing(live: LiveDocuments, asked: Listing, pages: Sequence[bytes]) -> bytes:
    """A listing whose rows are written already.

    Source: CouchDB, fabric_view_all_docs.erl, go/5 and handle_message/3, for `offset`.
    """
    offset: int | None = None
    if asked.keys is None:
        offset = min(live.before(asked.ids) + asked.skip, live.count)
    head = written({"total_rows": live.count, "offset": offset})
    return head[:-1] + b',"rows":[\r\n' + b",\r\n".join(pages) + b"\r\n]}"


def _pages(reader: DocumentReader, live: LiveDocuments, asked: Listing) -> Iterator[list[Row]]:
    """The rows of a listing, some hundreds at a time; never none of them."""
    if asked.keys is not None:
        yield from _keyed_pages(reader, asked, asked.keys)
        return
    for found in live.pages(asked.ids, asked.skip, asked.limit):
        if asked.documents is not None:
            reader.take(found)
        for some in _pieces(found, asked):
            yield [_listed(reader, one.document_id, one.winner.rev, asked) for one in some]
        reader.forget([one.document_id for one in found])


def _keyed_pages(
    reader: DocumentReader, asked: Listing, keys: Sequence[object]
) -> Iterator[list[Row]]:
    for some in _pieces(asked.chosen(keys), asked):
        ids = [key for key in some if isinstance(key, str) and may_exist(key)]
        reader.load(ids, with_bodies=asked.documents is not None)
        yield [_keyed(reader, key, asked) for key in some]
        reader.forget(ids)


def _pieces(whole: Sequence[Item], asked: Listing) -> Iterator[Sequence[Item]]:
    """What is told of before others have their turn."""
    with_contents = asked.documents is not None and asked.documents.attachments
    size = _WITH_CONTENTS_AT_ONCE if with_contents else _AT_ONCE
    for start in range(0, len(whole), size):
        yield whole[start : start + size]


def _listed(reader: DocumentReader, document: str, rev: Rev, asked: Listing) -> Row:
    row: Row = {"id": document, "key": document, "value": {"rev": str(rev)}}
    if asked.documents is not None:
        row["doc"] = None  # if its body went after the listing was read
        with suppress(DocumentMissing):
            row["doc"] = reader.tell(document, rev, asked.documents)
    return row


def _keyed(reader: DocumentReader, key: object, asked: Listing) -> Row:
    """A row of `_all_docs` for one of the keys asked for.

    Source: CouchDB, fabric_view_all_docs.erl, open_doc_int/4.
    """
    if not (isinstance(key, str) and may_exist(key)):
        return {"key": key, "error": "not_found"}
    try:
        winner = reader.leaves(key)[0]
    except DocumentMissing:
        return {"key": key, "error": "not_found"}
    if winner.deleted:
        row: Row = {"id": key, "key": key, "value": {"rev": str(winner.rev), "deleted": True}}
        return row if asked.documents is None else row | {"doc": None}
    return _listed(reader, key, winner.rev, asked)
