"""What CouchDB has and this server has not is answered by what it has instead.

Ours: docs/reference/protocol.md, Not there.
"""

from __future__ import annotations

import pytest

from tests.protocol.api import Api, is_error

PATHS_OF_A_DATABASE = [
    "_design_docs",
    "_local_docs",
    "_partition/a",
    "_purged_infos",
    "_shards",
    "_sync_shards",
]
PATHS_OF_A_SERVER = [
    "_users",
    "_replicator",
    "_global_changes",
    "_active_tasks",
    "_dbs_info",
    "_membership",
    "_utils",
]


@pytest.mark.parametrize("path", PATHS_OF_A_DATABASE)
def test_a_path_that_couchdb_keeps_for_itself_is_no_document(open_db: Api, path: str) -> None:
    assert is_error(open_db.get(path), 400, "illegal_docid")


@pytest.mark.parametrize("path", PATHS_OF_A_SERVER)
def test_a_path_that_couchdb_keeps_for_itself_is_no_database(root: Api, path: str) -> None:
    assert is_error(root.get(path), 404, "not_found")


@pytest.mark.parametrize("path", ["_replicate", "_scheduler/jobs", "_node/_local/_stats"])
def test_nothing_of_a_node_is_told(root: Api, path: str) -> None:
    assert is_error(root.get(path), 404, "not_found")


def test_parameters_that_change_nothing_are_taken(open_db: Api) -> None:
    assert open_db.put("a", {"n": 1}, batch="ok").status_code == 201

    told = open_db.get("a", local_seq="true").json()

    assert told == {"_id": "a", "_rev": told["_rev"], "n": 1}


def test_what_is_not_counted_is_told_as_nothing(open_db: Api) -> None:
    told = open_db.get("").json()

    assert told["sizes"] == {"file": 0, "external": 0, "active": 0}
    assert (told["purge_seq"], told["compact_running"]) == (0, False)
    assert told["instance_start_time"] == "0"
