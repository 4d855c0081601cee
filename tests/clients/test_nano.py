"""An open database through nano, the CouchDB project's client for Node."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from tablet.stock import TabletError
from tests.clients.node import Script, Scripts
from tests.protocol.api import Api, revision
from tests.protocol.cases import new_rev
from tests.protocol.parts import parts
from tests.support.server import ADMIN, KanafServer

pytestmark = pytest.mark.clients


class Nano:
    """nano's own functions by their names; `database("attachment.get", ...)` is of a part."""

    def __init__(self, script: Script, server: KanafServer, database: Api) -> None:
        self._script = script
        self._server = server
        self._name = database.url.rpartition("/")[2]

    def open(self, address: str, **options: Any) -> None:
        """Open the database anew; an address with a path has to be told from a database's."""
        self._script.call("open", url=address, name=self._name, options=options)

    def server(self, name: str, *arguments: Any) -> Any:
        return self._script.call("server", name=name, arguments=arguments)

    def database(self, name: str, *arguments: Any) -> Any:
        return self._script.call("database", name=name, arguments=arguments)

    def stream(self, name: str, *arguments: Any) -> bytes:
        content: bytes = self._script.call("stream", name=name, arguments=arguments)
        return content

    def insert_stream(self, name: str, content: list[bytes], **options: Any) -> Any:
        return self._script.call(
            "insert_stream",
            id=name,
            name="f",
            content=content,
            content_type="image/x-invented",
            options=options,
        )

    def follow(self, how: str, **options: Any) -> None:
        self._script.call("follow", how=how, options=options)

    def next_change(self, time_limit: float = 10) -> Any:
        return self._script.call("next_change", time_limit=time_limit)

    def rest(self) -> Any:
        return self._script.call("rest")

    def stop(self) -> None:
        self._script.call("stop")


@pytest.fixture(scope="module")
def script(scripts: Scripts) -> Script:
    return scripts.start("nano")


@pytest.fixture
def nano(script: Script, server: KanafServer, open_db: Api) -> Nano:
    opened = Nano(script, server, open_db)
    name, password = ADMIN
    opened.open(_with_credentials(server, name, password), parseUrl=False)
    return opened


def _with_credentials(server: KanafServer, name: str, password: str) -> str:
    return f"http://{name}:{password.replace(' ', '%20')}@127.0.0.1:{server.port}/sync"


def test_a_database_is_created_described_listed_and_destroyed(nano: Nano) -> None:
    name = f"made-by-nano-{secrets.token_hex(8)}"

    assert nano.server("db.create", name) == {"ok": True}
    assert nano.server("db.get", name)["doc_count"] == 0
    assert name in nano.server("db.list")
    assert nano.server("db.compact", name) == {"ok": True}
    with pytest.raises(TabletError) as twice:
        nano.server("db.create", name)
    assert (twice.value.name, twice.value.status) == ("file_exists", 412)
    assert nano.server("db.destroy", name) == {"ok": True}
    assert name not in nano.server("db.list")


def test_the_server_says_who_it_is_and_gives_ids(nano: Nano) -> None:
    assert nano.server("info")["couchdb"] == "Welcome"
    assert len(set(nano.server("uuids", 3)["uuids"])) == 3


def test_a_session_signs_every_request_in(nano: Nano, server: KanafServer) -> None:
    nano.open(f"{server.url}/sync", parseUrl=False)
    with pytest.raises(TabletError) as refused:
        nano.database("info")

    nano.server("auth", *ADMIN)

    assert refused.value.status == 401
    assert nano.server("session")["userCtx"]["name"] == ADMIN[0]
    assert nano.database("insert", {"n": 1}, "a")["ok"] is True


def test_a_document_is_inserted_changed_and_destroyed(nano: Nano) -> None:
    first = nano.database("insert", {"n": 1}, "a/b")["rev"]
    second = nano.database("insert", {"_rev": first, "n": 2}, "a/b")["rev"]

    assert nano.database("get", "a/b") == {"_id": "a/b", "_rev": second, "n": 2}
    assert nano.database("get", "a/b", {"rev": first})["n"] == 1
    assert nano.database("head", "a/b")["etag"] == f'"{second}"'
    assert nano.database("get", "a/b", {"revs_info": True})["_revs_info"] == [
        {"rev": second, "status": "available"},
        {"rev": first, "status": "available"},
    ]
    nano.database("destroy", "a/b", second)
    with pytest.raises(TabletError) as gone:
        nano.database("get", "a/b")
    assert (gone.value.name, gone.value.status, gone.value.reason) == (
        "not_found",
        404,
        "deleted",
    )


def test_a_document_without_an_id_gets_one(nano: Nano) -> None:
    told = nano.database("insert", {"n": 1})

    assert nano.database("get", told["id"])["_rev"] == told["rev"]


def test_an_insert_over_what_was_not_read_is_a_conflict(nano: Nano) -> None:
    nano.database("insert", {"n": 1}, "a")

    with pytest.raises(TabletError) as refused:
        nano.database("insert", {"n": 2}, "a")

    assert (refused.value.name, refused.value.status) == ("conflict", 409)


def test_many_documents_are_written_listed_and_fetched(nano: Nano) -> None:
    rows = nano.database("bulk", {"docs": [{"_id": one} for one in "abc"]})
    again = nano.database("bulk", {"docs": [{"_id": "a"}, {"_id": "d"}]})

    assert [(row["ok"], row["id"]) for row in rows] == [(True, "a"), (True, "b"), (True, "c")]
    assert [row.get("error") for row in again] == ["conflict", None]
    listed = nano.database("list", {"startkey": "b", "endkey": "c", "include_docs": True})
    assert [row["doc"]["_id"] for row in listed["rows"]] == ["b", "c"]
    backwards = json.loads(nano.stream("listAsStream", {"descending": True, "limit": 2}))
    assert [row["id"] for row in backwards["rows"]] == ["d", "c"]
    fetched = nano.database("fetch", {"keys": ["c", "none", "a"]})["rows"]
    assert [row.get("doc", {}).get("_id", row.get("error")) for row in fetched] == [
        *("c", "not_found", "a")
    ]
    revs = nano.database("fetchRevs", {"keys": ["a"]})["rows"]
    assert revs[0]["value"] == {"rev": rows[0]["rev"]}


def test_conflicts_are_seen_and_settled(nano: Nano, open_db: Api) -> None:
    first = nano.database("insert", {"n": 0}, "a")["rev"]
    edits = [{"_id": "a", "n": n} for n in (1, 2)]
    open_db.push(*(revision(one, new_rev(2), first) for one in edits))

    seen = nano.database("get", "a", {"conflicts": True})
    leaves = nano.database("get", "a", {"open_revs": "all"})
    nano.database("destroy", "a", seen["_conflicts"][0])

    assert {leaf["ok"]["n"] for leaf in leaves} == {1, 2}
    assert "_conflicts" not in nano.database("get", "a", {"conflicts": True})
    assert nano.database("get", "a")["_rev"] == seen["_rev"]


def test_attachments_are_inserted_read_and_destroyed(nano: Nano) -> None:
    content = secrets.token_bytes(100_000)

    first = nano.database("attachment.insert", "a", "f.bin", content, "image/x-invented")["rev"]

    assert nano.database("attachment.get", "a", "f.bin") == content
    assert nano.stream("attachment.getAsStream", "a", "f.bin") == content
    nano.database("attachment.destroy", "a", "f.bin", {"rev": first})
    assert "_attachments" not in nano.database("get", "a")


def test_an_attachment_is_inserted_from_a_stream_of_unknown_length(nano: Nano) -> None:
    pieces = [secrets.token_bytes(40_000) for _ in range(3)]

    nano.insert_stream("a", pieces)

    assert nano.database("attachment.get", "a", "f") == b"".join(pieces)


def test_a_document_and_its_attachments_travel_in_parts(nano: Nano) -> None:
    picture, text = secrets.token_bytes(50_000), b"--an invented text\r\n"
    attachments = [
        {"name": "p.png", "data": picture, "content_type": "image/png"},
        {"name": "t.txt", "data": text, "content_type": "text/plain"},
    ]

    nano.database("multipart.insert", {"n": 1}, attachments, "a")

    assert nano.database("attachment.get", "a", "p.png") == picture
    stored = nano.database("get", "a")
    assert (stored["n"], sorted(stored["_attachments"])) == (1, ["p.png", "t.txt"])
    told = nano.database("multipart.get", "a")  # nano reads it as text, whatever the parts hold
    boundary = told.partition("\r\n")[0].removeprefix("--")
    document, *others = parts(f'multipart/related; boundary="{boundary}"', told.encode())
    assert document.json["_rev"] == stored["_rev"]
    assert text in [part.content for part in others]


def test_changes_are_read_from_where_one_stopped(nano: Nano) -> None:
    nano.database("insert", {}, "a")
    first = nano.database("changes")
    nano.database("insert", {}, "b")

    later = json.loads(nano.stream("changesAsStream", {"since": first["last_seq"]}))

    assert [row["id"] for row in first["results"]] == ["a"]
    assert [row["id"] for row in later["results"]] == ["b"]


def test_a_follower_gets_what_is_written_while_it_waits(nano: Nano, open_db: Api) -> None:
    open_db.write({"_id": "before"})
    nano.follow("start", since="0", includeDocs=True)

    before = nano.next_change()
    rev = open_db.write({"_id": "after", "n": 1})
    after = nano.next_change()
    nano.stop()

    assert before["id"] == "before"
    assert after["doc"] == {"_id": "after", "_rev": rev, "n": 1}


def test_a_follower_of_a_selector_gets_its_documents_and_ends(nano: Nano, open_db: Api) -> None:
    open_db.push(*(revision({"_id": f"d{n}", "n": n}, new_rev(1)) for n in range(50)))

    nano.follow("get", since="0", batchSize=7, timeout=100, selector={"n": {"$mod": [5, 0]}})
    told = nano.rest()

    assert sorted(row["id"] for row in told["rows"]) == sorted(f"d{n}" for n in range(0, 50, 5))


def test_a_spool_tells_all_changes_in_one_answer(nano: Nano, open_db: Api) -> None:
    open_db.push(*(revision({"_id": f"d{n}"}, new_rev(1)) for n in range(50)))

    nano.follow("spool", since="0", batchSize=7)
    told = nano.rest()

    assert sorted(row["id"] for row in told["rows"]) == sorted(f"d{n}" for n in range(50))
    assert told["last_seq"] == open_db.last_seq()


def test_a_follower_goes_on_when_the_server_was_away(
    nano: Nano, open_db: Api, server: KanafServer
) -> None:
    nano.follow("start", since="0")
    open_db.write({"_id": "before"})
    assert nano.next_change()["id"] == "before"

    server.stop()
    server.start()
    open_db.write({"_id": "after"})

    assert nano.next_change(time_limit=25)["id"] == "after"  # nano waits five seconds
    nano.stop()
