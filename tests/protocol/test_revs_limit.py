"""How many revisions of a history a database keeps.

Source: CouchDB's documentation, api/database/misc, `PUT /{db}/_revs_limit`;
src/couch/src/couch_db.erl, set_revs_limit/2, for what is none. CouchDB answers that with a 500; a
bad request says whose fault it is.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.protocol.api import Api, is_error, revision
from tests.protocol.cases import Team
from tests.support.personas import administrator
from tests.support.server import KanafServer


def limited(database: Api, limit: object) -> requests.Response:
    return database.request("PUT", "_revs_limit", json=limit)


def test_the_limit_is_couchdbs_until_it_is_set(open_db: Api) -> None:
    assert open_db.get("_revs_limit").json() == 1000


def test_the_limit_that_was_set_is_told(open_db: Api) -> None:
    for limit in (1, 20, 2**31 - 1):
        answer = limited(open_db, limit)
        assert (answer.status_code, answer.json()) == (200, {"ok": True})
        assert open_db.get("_revs_limit").json() == limit


def test_a_document_that_is_written_keeps_so_many_of_its_newest_revisions(open_db: Api) -> None:
    """Source: CouchDB, couch_db_updater.erl, maybe_stem_full_doc_info/2."""
    revs = [open_db.write({"_id": "a", "n": 0})]
    for n in range(1, 4):
        revs.append(open_db.write({"_id": "a", "_rev": revs[-1], "n": n}))
    limited(open_db, 3)
    assert told_history(open_db, "a") == 4  # until it is written next

    revs.append(open_db.write({"_id": "a", "_rev": revs[-1], "n": 4}))

    assert told_history(open_db, "a") == 3
    assert [open_db.get("a", rev=rev).status_code for rev in revs] == [404, 404, 200, 200, 200]
    assert open_db.post("_revs_diff", {"a": revs}).json()["a"]["missing"] == revs[:2]


def test_a_history_that_comes_whole_is_cut_and_comes_again_without_harm(open_db: Api) -> None:
    """Source: CouchDB, couch_db_updater.erl, maybe_stem_full_doc_info/2."""
    limited(open_db, 3)
    revs = [f"{generation}-{generation:x}" for generation in range(9, 0, -1)]
    for _ in range(2):
        assert open_db.push(revision({"_id": "a"}, *revs)) == []

        told = open_db.get("a", revs=True).json()
        assert (told["_rev"], len(told["_revisions"]["ids"])) == ("9-9", 3)


def test_every_branch_keeps_its_own(open_db: Api) -> None:
    """Source: CouchDB, couch_key_tree.erl, stem/2."""
    limited(open_db, 2)
    open_db.push(revision({"_id": "a"}, "3-x", "2-x", "1-a"))
    open_db.push(revision({"_id": "a"}, "3-y", "2-y", "1-a"))

    leaves = open_db.get("a", open_revs="all", revs=True).json()

    assert [row["ok"]["_revisions"]["ids"] for row in leaves] == [["y", "y"], ["x", "x"]]
    assert open_db.get("a", conflicts=True).json()["_conflicts"] == ["3-x"]


def test_an_attachment_outlives_the_revision_that_brought_it(open_db: Api) -> None:
    """Source: CouchDB, couch_doc.erl, merge_stubs/2."""
    limited(open_db, 1)
    rev = open_db.request("PUT", "a/f", data=b"content").json()["rev"]
    for n in range(3):
        rev = open_db.write({**open_db.get("a").json(), "_rev": rev, "n": n})

    assert open_db.get("a/f").content == b"content"


def told_history(database: Api, document: str) -> int:
    return len(database.get(document, revs=True).json()["_revisions"]["ids"])


@pytest.mark.parametrize("limit", [0, -1, 1.5, 2**31, 10**30, True, "7", [], {}, [7]])
def test_what_is_no_limit_is_a_bad_request(open_db: Api, limit: object) -> None:
    """Ours: CouchDB answers 500, and takes any number from 1 (fabric.erl, set_revs_limit/3)."""
    assert is_error(limited(open_db, limit), 400, "bad_request")
    assert open_db.get("_revs_limit").json() == 1000


def test_a_limit_has_to_be_given(open_db: Api) -> None:
    """Source: CouchDB, chttpd.erl, json_body/1."""
    assert is_error(open_db.request("PUT", "_revs_limit", data=b""), 400, "bad_request")
    assert is_error(limited(open_db, None), 400, "bad_request")


def test_only_administrators_set_a_limit(team: Team, open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Who asks."""
    amina = Api(open_db.url, team.amina.persona.session)

    assert is_error(limited(team.amina.api, 7), 403, "forbidden")
    assert is_error(limited(amina, 7), 404, "not_found")
    assert open_db.get("_revs_limit").json() == 1000


def test_the_histories_of_cases_are_not_limited_by_anybody(tmp_path: Path) -> None:
    """In a demo, for elsewhere an administrator does not even get to a case database.

    Ours: docs/reference/errors.md, not_over_network.
    """
    with KanafServer(tmp_path, settings={"KANAF_DEMO": "1"}) as demo, administrator() as session:
        demo.run("db", "create", "sd")
        cases = Api(f"{demo.url}/sync/sd", session)

        answer = limited(cases, 7)

        assert is_error(answer, 403, "forbidden")
        assert answer.json()["reason"].startswith("not_over_network")
        assert cases.get("_revs_limit").json() == 1000
