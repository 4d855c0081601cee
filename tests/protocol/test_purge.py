"""Purging: leaves that are taken away as if they had never been there.

Source: CouchDB documentation, api/database/misc, `POST /{db}/_purge`; chttpd_db.erl, db_req/2.
"""

from __future__ import annotations

import pytest
import requests

from tests.protocol.api import Api, is_error, revision
from tests.protocol.cases import Team, new_case
from tests.protocol.test_revs_limit import limited


def purge(database: Api, asked: object) -> requests.Response:
    return database.post("_purge", asked)


def test_a_purged_document_is_gone_without_a_trace(open_db: Api) -> None:
    open_db.write({"_id": "kept"})
    first = open_db.write({"_id": "a", "n": 1})
    last = open_db.write({"_id": "a", "_rev": first, "n": 2})

    answer = purge(open_db, {"a": [last]})

    assert answer.status_code == 201
    assert answer.json() == {"purge_seq": None, "purged": {"a": [last]}}
    assert is_error(open_db.get("a"), 404, "not_found")
    assert is_error(open_db.get("a", rev=first), 404, "not_found")
    assert open_db.ids().keys() == {"kept"}
    assert open_db.get("_all_docs").json()["total_rows"] == 1
    assert open_db.get().json()["doc_count"] == 1
    assert open_db.post("_revs_diff", {"a": [first, last]}).json()["a"]["missing"] == [first, last]


def test_of_a_conflict_one_side_is_purged_and_the_other_stays(open_db: Api) -> None:
    open_db.push(
        revision({"_id": "a", "side": "x"}, "3-x", "2-x", "1-a"),
        revision({"_id": "a", "side": "y"}, "2-y", "1-a"),
    )
    since = open_db.last_seq()

    answer = purge(open_db, {"a": ["3-x"]})

    assert answer.json()["purged"] == {"a": ["3-x"]}
    told = open_db.get("a", revs=True, conflicts=True).json()
    assert (told["side"], told["_revisions"]["ids"]) == ("y", ["y", "a"])
    assert "_conflicts" not in told
    assert open_db.ids(since)["a"]["changes"] == [{"rev": "2-y"}]
    assert is_error(open_db.get("a", rev="2-x"), 404, "not_found")


@pytest.mark.parametrize("revs", [["1-a"], ["9-unknown"], []])
def test_what_is_no_leaf_is_not_purged(open_db: Api, revs: list[str]) -> None:
    open_db.push(revision({"_id": "a", "n": 2}, "2-b", "1-a"))

    answer = purge(open_db, {"a": revs, "unknown": revs})

    assert answer.json()["purged"] == {"a": [], "unknown": []}
    assert open_db.get("a").json()["_rev"] == "2-b"


def test_what_was_purged_can_be_written_again(open_db: Api) -> None:
    document = revision({"_id": "a", "n": 2}, "2-b", "1-a")
    open_db.push(document)
    purge(open_db, {"a": ["2-b"]})

    open_db.push(document)

    assert open_db.get("a", revs=True).json()["_revisions"]["ids"] == ["b", "a"]
    assert open_db.ids().keys() == {"a"}


def test_a_tombstone_can_be_purged(open_db: Api) -> None:
    first = open_db.write({"_id": "a"})
    tombstone = open_db.delete("a", rev=first).json()["rev"]

    assert purge(open_db, {"a": [tombstone]}).json()["purged"] == {"a": [tombstone]}

    assert open_db.ids() == {}
    assert open_db.write({"_id": "a"}).startswith("1-")


def test_attachments_go_with_the_last_document_that_has_them(open_db: Api) -> None:
    """Equal ones are kept once for several documents, so one of them may still need it.

    Ours: the 409; CouchDB looks at stubs first, and answers 412 missing_stub.
    """
    names = [str(number) for number in range(300)]  # more than there are lots
    for name in names:
        open_db.request("PUT", f"{name}/f", data=b"the same")
    own = open_db.request("PUT", "own/f", data=b"its own").json()["rev"]
    revs = {row["id"]: row["value"]["rev"] for row in open_db.get("_all_docs").json()["rows"]}

    purge(open_db, {name: [revs[name]] for name in names[:100]})
    purge(open_db, {"own": [own]})

    left = [open_db.get(f"{name}/f") for name in names[100:]]
    assert {(answer.status_code, answer.content) for answer in left} == {(200, b"the same")}
    stub = {"_attachments": {"f": {"stub": True}}}
    again = open_db.put("own", {**stub, "_rev": own})
    assert is_error(again, 409, "conflict")


def test_a_repetition_purges_nothing_more(open_db: Api) -> None:
    rev = open_db.write({"_id": "a"})
    purge(open_db, {"a": [rev]})

    assert purge(open_db, {"a": [rev]}).json()["purged"] == {"a": []}


def test_a_purge_after_a_history_was_cut(open_db: Api) -> None:
    limited(open_db, 2)
    open_db.push(revision({"_id": "a"}, "4-x", "3-x", "2-a", "1-a"))
    open_db.push(revision({"_id": "a"}, "4-y", "3-y", "2-a", "1-a"))

    purge(open_db, {"a": ["4-y"]})

    assert [row["ok"]["_rev"] for row in open_db.get("a", open_revs="all").json()] == ["4-x"]


@pytest.mark.parametrize(
    "asked",
    [
        [],
        {"a": "1-a"},
        {"a": ["x"]},
        {"a": [1]},
        {"a": None},
        {"": ["1-a"]},
        {"_local/a": ["1-a"]},
        {str(number): [] for number in range(101)},
        {"a": [f"{number}-a" for number in range(1, 1002)]},
    ],
)
def test_what_names_no_revisions_or_too_many_purges_nothing(open_db: Api, asked: object) -> None:
    """Ours: no id is empty or begins with `_local/`; CouchDB does not look at it."""
    open_db.push(revision({"_id": "a"}, "1-a"))

    answer = purge(open_db, asked)

    assert answer.status_code == 400
    assert open_db.get("a").json()["_rev"] == "1-a"


def test_only_administrators_purge(team: Team, open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, `_purge`, and errors.md, 403."""
    rev = open_db.write({"_id": "a"})

    assert is_error(
        purge(Api(open_db.url, team.amina.persona.session), {"a": [rev]}), 403, "forbidden"
    )
    assert open_db.get("a").status_code == 200


def test_nothing_of_a_case_is_purged(team: Team) -> None:
    """Ours: docs/reference/protocol.md, `_purge`: open databases only."""
    case = new_case(team, referred=False)
    rev = team.amina.api.get(case.registration).json()["_rev"]

    assert is_error(purge(team.amina.api, {case.registration: [rev]}), 403, "forbidden")
    assert team.amina.api.get(case.registration).json()["_rev"] == rev
