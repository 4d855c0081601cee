"""What is in the one database is in the other afterwards, and travels once."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json

import pytest
import requests

from tests.protocol.api import Api, Json, revision
from tests.replicator.front import Asked, Own, front
from tests.replicator.relay import Relay
from tests.replicator.running import Pair, leaves
from tests.support.postgres import fresh_database
from tests.support.server import KanafServer

PICTURE = bytes(range(256)) * 40


def attached(**contents: bytes) -> Json:
    return {
        name: {"content_type": "image/png", "data": base64.b64encode(content).decode()}
        for name, content in contents.items()
    }


def fill(database: Api) -> None:
    """A bit of everything."""
    for number in range(12):
        database.write({"_id": f"plain-{number}", "n": number, "text": "كنف"})
    database.write({"_id": "a/b c?ü", "odd": True})
    database.write({"_id": "_design/views", "views": {"v": {"map": "function(doc) {}"}}})
    rev = database.write({"_id": "gone"})
    assert database.delete("gone", rev=rev).status_code == 200
    one, two = attached(one=PICTURE), attached(one=PICTURE, two=b"two")
    assert not database.push(
        revision({"_id": "apart", "by": "amina", "_attachments": one}, "2-a", "1-a"),
        revision({"_id": "apart", "by": "bilal", "_attachments": two}, "2-b", "1-a"),
        revision({"_id": "apart", "_deleted": True}, "3-c", "2-c", "1-a"),
        revision({"_id": "long"}, *(f"{n}-{n:032x}" for n in range(40, 0, -1))),
    )


def test_leaves_conflicts_deletions_attachments_and_design_documents_arrive(pair: Pair) -> None:
    fill(pair.source)

    said = pair.run("--batch", "5")

    assert leaves(pair.target) == leaves(pair.source)
    assert said.written == 19
    assert said.refused == 0


@pytest.mark.postgresql
def test_everything_arrives_between_servers_on_postgresql(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, admin: requests.Session
) -> None:
    with fresh_database(postgres_url) as one, fresh_database(postgres_url) as other:
        folders = (tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there"))
        with (
            KanafServer(folders[0], database_url=one) as here,
            KanafServer(folders[1], database_url=other) as there,
        ):
            pair = Pair(here, there, admin)
            fill(pair.source)

            pair.run()

            assert leaves(pair.target) == leaves(pair.source)
            assert pair.run().changes == 0


def test_a_second_run_reads_nothing_and_writes_nothing(pair: Pair) -> None:
    fill(pair.source)
    pair.run()
    before = pair.target.last_seq()

    again = pair.run()

    assert (again.changes, again.written) == (0, 0)
    assert pair.target.last_seq() == before


def test_only_what_has_changed_since_is_read(pair: Pair) -> None:
    fill(pair.source)
    pair.run()
    pair.source.write({"_id": "later"})

    again = pair.run()

    assert (again.changes, again.written) == (1, 1)
    assert leaves(pair.target) == leaves(pair.source)


def test_an_attachment_that_couchdb_keeps_compressed_arrives_as_it_was(pair: Pair) -> None:
    """Source of the form: CouchDB, chttpd_db.erl, send_docs_multipart/3, and couch_doc.erl."""
    text = b"a text of which much is alike " * 50
    packed = gzip.compress(text, mtime=0)
    digest = base64.b64encode(hashlib.md5(packed).digest()).decode()
    told = {"content_type": "text/plain", "revpos": 1, "digest": f"md5-{digest}"}
    lengths = {"length": len(text), "encoding": "gzip", "encoded_length": len(packed)}
    document = {
        "_id": "a",
        "_rev": "1-a",
        "_revisions": {"start": 1, "ids": ["a"]},
        "_attachments": {"one": {**told, **lengths, "follows": True}},
    }
    disposition = b'Content-Disposition: attachment; filename="one"\r\n'
    inner = (
        b"--inner\r\nContent-Type: application/json\r\n\r\n"
        + json.dumps(document).encode()
        + b"\r\n--inner\r\nContent-Type: text/plain\r\n"
        + disposition
        + b"Content-Encoding: gzip\r\n\r\n"
        + packed
        + b"\r\n--inner--"
    )
    kind = b'multipart/related; boundary="inner"'
    outer = b"--outer\r\nContent-Type: " + kind + b"\r\n\r\n" + inner + b"\r\n--outer--"

    def couchdb(asked: Asked) -> Own | None:
        if "open_revs=" not in asked.path:
            return None
        return Own(200, outer, content_type='multipart/mixed; boundary="outer"')

    inline = {"one": {"content_type": "text/plain", "data": base64.b64encode(text).decode()}}
    assert not pair.source.push(revision({"_id": "a", "_attachments": inline}, "1-a"))
    with front(pair.here.port, couchdb) as port:
        pair.run(source=pair.at(port))

    assert pair.target.get("a/one").content == text


def test_documents_that_are_large_together_are_asked_for_in_parts(
    pair: Pair, to_source: Relay
) -> None:
    for number in range(12):
        pair.source.write({"_id": f"{number}", "text": "x" * 1_000_000})

    said = pair.run(source=pair.at(to_source.port))

    assert said.written == 12
    assert to_source.heard.count(b"/_bulk_get?") == 3
    assert leaves(pair.target) == leaves(pair.source)
