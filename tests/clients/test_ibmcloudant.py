"""An open database through ibmcloudant, the client for Python that is still developed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import count
from threading import Thread
from typing import Any

import pytest
from ibm_cloud_sdk_core import ApiException
from ibm_cloud_sdk_core.authenticators import Authenticator, BasicAuthenticator
from ibmcloudant import CouchDbSessionAuthenticator
from ibmcloudant.cloudant_v1 import AllDocsQuery, Attachment, BulkDocs, CloudantV1, Document
from ibmcloudant.features.changes_follower import ChangesFollower
from ibmcloudant.features.pagination import PagerType, Pagination

from tests.protocol.api import Api, revision
from tests.protocol.cases import new_rev
from tests.support.server import ADMIN, KanafServer

pytestmark = pytest.mark.clients
SECONDS = 60  # a follower wants no less


class Database:
    """The client's functions, for one database; what they answer, without status and headers."""

    def __init__(self, service: CloudantV1, name: str) -> None:
        self.service = service
        self.name = name

    def __getattr__(self, function: str) -> Any:
        asked = getattr(self.service, function)
        return lambda **arguments: asked(db=self.name, **arguments).get_result()

    def follower(self, **options: Any) -> ChangesFollower:
        return ChangesFollower(self.service, db=self.name, **options)


@contextmanager
def signed_in(server: KanafServer, authenticator: Authenticator) -> Iterator[CloudantV1]:
    client = CloudantV1(authenticator=authenticator)
    client.set_service_url(f"{server.url}/sync")
    client.set_http_config({"timeout": SECONDS})
    client.set_enable_gzip_compression(True)
    yield client
    client.get_http_client().close()


@pytest.fixture
def service(server: KanafServer) -> Iterator[CloudantV1]:
    """Signed in once for all, as its makers advise."""
    with signed_in(server, CouchDbSessionAuthenticator(*ADMIN)) as client:
        yield client


@pytest.fixture
def database(service: CloudantV1, open_db: Api) -> Database:
    return Database(service, open_db.url.rpartition("/")[2])


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_a_database_is_created_described_listed_and_deleted(service: CloudantV1) -> None:
    name = f"made-by-cloudant-{secrets.token_hex(8)}"

    assert service.put_database(db=name).get_result() == {"ok": True}
    assert service.get_database_information(db=name).get_result()["doc_count"] == 0
    assert service.head_database(db=name).get_status_code() == 200
    assert name in service.get_all_dbs().get_result()
    with pytest.raises(ApiException, match="file_exists") as twice:
        service.put_database(db=name)
    assert twice.value.status_code == 412
    assert service.delete_database(db=name).get_result() == {"ok": True}
    assert name not in service.get_all_dbs().get_result()


def test_a_password_is_taken_with_every_request_too(server: KanafServer) -> None:
    with signed_in(server, BasicAuthenticator(*ADMIN)) as service:
        told = service.get_session_information().get_result()
        assert told["userCtx"]["name"] == ADMIN[0]
    with signed_in(server, BasicAuthenticator(ADMIN[0], "guessed")) as service:
        with pytest.raises(ApiException, match="unauthorized") as refused:
            service.get_all_dbs()
        assert refused.value.status_code == 401


def test_the_server_says_who_it_is_and_who_asks(service: CloudantV1) -> None:
    assert service.get_server_information().get_result()["couchdb"] == "Welcome"
    assert service.get_up_information().get_result()["status"] == "ok"
    assert len(service.get_uuids(count=3).get_result()["uuids"]) == 3
    told = service.get_session_information().get_result()
    assert told["userCtx"] == {"name": ADMIN[0], "roles": ["_admin"]}


def test_a_document_is_written_read_changed_and_deleted(database: Database) -> None:
    first = database.put_document(doc_id="a/b", document=Document(n=1))["rev"]
    second = database.post_document(document={"_id": "a/b", "_rev": first, "n": 2})["rev"]

    assert database.get_document(doc_id="a/b") == {"_id": "a/b", "_rev": second, "n": 2}
    assert database.get_document(doc_id="a/b", rev=first)["n"] == 1
    told = database.service.head_document(db=database.name, doc_id="a/b")
    assert told.get_headers()["ETag"] == f'"{second}"'
    database.delete_document(doc_id="a/b", rev=second)
    with pytest.raises(ApiException, match="not_found: deleted") as gone:
        database.get_document(doc_id="a/b")
    assert gone.value.status_code == 404


def test_writing_over_what_was_not_read_is_a_conflict(database: Database) -> None:
    database.put_document(doc_id="a", document={"n": 1})

    with pytest.raises(ApiException, match="conflict") as refused:
        database.put_document(doc_id="a", document={"n": 2})

    assert refused.value.status_code == 409


def test_many_documents_are_written_and_got(database: Database) -> None:
    rows = database.post_bulk_docs(bulk_docs=BulkDocs([Document(_id=one) for one in "abc"]))
    again = database.post_bulk_docs(bulk_docs={"docs": [{"_id": "a"}, {"_id": "d"}]})
    got = database.post_bulk_get(docs=[{"id": "b"}, {"id": "never"}])["results"]

    assert ids(rows) == ["a", "b", "c"]
    assert [row.get("error") for row in again] == ["conflict", None]
    assert got[0]["docs"][0]["ok"] == {"_id": "b", "_rev": rows[1]["rev"]}
    assert got[1]["docs"][0]["error"]["error"] == "not_found"


def test_documents_are_listed_by_range_key_and_page(database: Database) -> None:
    database.post_bulk_docs(bulk_docs={"docs": [{"_id": f"d{n}"} for n in range(8)]})

    by_range = database.post_all_docs(start_key="d2", end_key="d4", include_docs=True)["rows"]
    assert [row["doc"]["_id"] for row in by_range] == ["d2", "d3", "d4"]
    queries = [AllDocsQuery(keys=["d7", "d0"]), AllDocsQuery(limit=1, descending=True)]
    told = database.post_all_docs_queries(queries=queries)["results"]
    assert [ids(one["rows"]) for one in told] == [["d7", "d0"], ["d7"]]
    pages = Pagination.new_pagination(
        database.service, PagerType.POST_ALL_DOCS, db=database.name, limit=3
    ).pages()
    assert [[row.id for row in page] for page in pages] == [
        *(["d0", "d1", "d2"], ["d3", "d4", "d5"], ["d6", "d7"])
    ]


def test_conflicts_are_seen_and_settled(database: Database, open_db: Api) -> None:
    root = new_rev(1)
    open_db.push(*(revision({"_id": "a", "n": n}, new_rev(2), root) for n in (1, 2)))

    seen = database.get_document(doc_id="a", conflicts=True)
    got = database.post_bulk_get(docs=[{"id": "a"}])["results"]
    database.delete_document(doc_id="a", rev=seen["_conflicts"][0])

    assert {leaf["ok"]["n"] for leaf in got[0]["docs"]} == {1, 2}
    assert "_conflicts" not in database.get_document(doc_id="a", conflicts=True)


def test_attachments_are_put_read_and_deleted(database: Database) -> None:
    content, at = secrets.token_bytes(100_000), {"doc_id": "a", "attachment_name": "f.bin"}

    first = database.put_attachment(
        **at, attachment=BytesIO(content), content_type="application/octet-stream"
    )["rev"]

    assert database.get_attachment(**at).content == content
    told = database.service.head_attachment(db=database.name, **at).get_headers()
    assert told["Content-Length"] == "100000"
    inline = database.get_document(doc_id="a", attachments=True)["_attachments"]
    assert Attachment.from_dict(inline["f.bin"]).data == content
    database.delete_attachment(**at, rev=first)
    assert "_attachments" not in database.get_document(doc_id="a")


def test_revisions_are_compared_and_checkpoints_kept(database: Database) -> None:
    rev, other = database.put_document(doc_id="a", document={})["rev"], new_rev(2)
    database.put_local_document(doc_id="checkpoint", document={"seq": 7})

    told = database.post_revs_diff(document_revisions={"a": [rev, other]})

    assert told == {"a": {"missing": [other], "possible_ancestors": [rev]}}
    assert database.get_local_document(doc_id="checkpoint")["seq"] == 7


def test_changes_are_read_from_where_one_stopped(database: Database) -> None:
    database.put_document(doc_id="a", document={})
    first = database.post_changes()
    database.put_document(doc_id="b", document={"n": 1})

    chosen = {"since": first["last_seq"], "filter": "_selector", "selector": {"n": 1}}
    later = json.load(database.post_changes_as_stream(**chosen).raw)

    assert ids(first["results"]) == ["a"]
    assert ids(later["results"]) == ["b"]


def test_a_follower_reads_what_is_there_and_ends(database: Database, open_db: Api) -> None:
    open_db.push(*(revision({"_id": f"d{n}", "n": n}, new_rev(1)) for n in range(40)))

    every = [row.id for row in database.follower().start_one_off()]
    chosen = database.follower(filter="_selector", selector={"n": {"$gte": 30}}, include_docs=True)

    assert sorted(every) == sorted(f"d{n}" for n in range(40))
    assert sorted(row.doc.n for row in chosen.start_one_off()) == list(range(30, 40))


def test_a_follower_gets_what_is_written_while_it_waits(database: Database, open_db: Api) -> None:
    open_db.write({"_id": "before"})
    follower = database.follower(since="0", include_docs=True)
    rows = follower.start()

    before = next(rows)
    rev = open_db.write({"_id": "after", "n": 1})
    after = next(rows)
    _stop(follower, open_db)

    assert before.id == "before"
    assert (after.id, after.changes[0].rev, after.doc.n) == ("after", rev, 1)


def test_a_follower_goes_on_when_the_server_was_away(
    database: Database, open_db: Api, server: KanafServer
) -> None:
    follower = database.follower(since="0")
    rows = follower.start()
    open_db.write({"_id": "before"})
    assert next(rows).id == "before"

    server.stop()
    server.start()
    open_db.write({"_id": "after"})

    assert next(rows).id == "after"
    _stop(follower, open_db)


def _stop(follower: ChangesFollower, database: Api) -> None:
    """Stops a follower, which waits for the answer that it has asked for; so there is one."""
    stopping = Thread(target=follower.stop)
    stopping.start()
    for n in count():
        database.write({"_id": f"wakes-it-{n}"})
        stopping.join(0.2)
        if not stopping.is_alive():
            return
