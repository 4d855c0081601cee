"""A CouchDB client that knows nothing of cases works with an open database."""

from __future__ import annotations

from uuid import uuid4

import couchdb

from tablet.tour.cast import OPEN_DATABASE, Cast
from tablet.tour.findings import Findings


def a_couchdb_client(findings: Findings, cast: Cast) -> None:
    """Creates, updates, loses a race, follows the feed, deletes."""
    server = couchdb.Server(f"{cast.web.url}/sync/")
    server.resource.credentials = (cast.administrator.username, cast.administrator.password)
    try:
        _work_with(findings, server[OPEN_DATABASE])
    except couchdb.http.HTTPError as refusal:
        findings.require(f"the server answers: {refusal}", False)


def _work_with(findings: Findings, database: couchdb.Database) -> None:
    began = database.info()["update_seq"]
    name = f"clinic-{uuid4()}"
    document_id, first = database.save({"_id": name, "name": "Health centre", "beds": 4})
    findings.check("a document is created", database[document_id]["beds"] == 4)
    _, second = database.save({**database[name], "beds": 6})
    findings.check("it is updated", database[name]["beds"] == 6 and second.startswith("2-"))
    findings.check(
        "an edit of the older revision is refused with 409",
        _is_refused(database, {"_id": name, "_rev": first, "beds": 5}),
    )
    findings.check("the feed tells of its last revision", _told(database, began, name) == [second])
    database.delete(database[name])
    findings.check("it is deleted", name not in database)


def _is_refused(database: couchdb.Database, document: dict[str, object]) -> bool:
    try:
        database.save(document)
    except couchdb.ResourceConflict:
        return True
    return False


def _told(database: couchdb.Database, since: str, document_id: str) -> list[str]:
    """The revisions of a document in the changes feed."""
    rows = database.changes(since=since)["results"]
    return [one["rev"] for row in rows if row["id"] == document_id for one in row["changes"]]
