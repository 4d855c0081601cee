"""Who may enter an open database, and who keeps it.

Source: CouchDB's documentation, api/database/security; src/couch/src/couch_db.erl,
validate_security_object/1 and check_is_member/1.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.protocol.api import Api, Json, is_error
from tests.protocol.cases import Team
from tests.protocol.waiting import Waiting
from tests.support.personas import administrator
from tests.support.server import KanafServer

NOBODY_ELSE = {"admins": {"roles": ["_admin"]}, "members": {"roles": ["_admin"]}}
AMINA = {"admins": {"names": [], "roles": []}, "members": {"names": ["amina"], "roles": ["\u0643"]}}


def secured(database: Api, given: object) -> requests.Response:
    return database.request("PUT", "_security", json=given)


def test_until_it_is_set_it_names_administrators_only(open_db: Api, team: Team) -> None:
    """Ours: in case databases, too (docs/reference/protocol.md, `_security`)."""
    assert open_db.get("_security").json() == NOBODY_ELSE
    assert team.amina.api.get("_security").json() == NOBODY_ELSE


@pytest.mark.parametrize(
    "given",
    [
        AMINA,
        {},
        {"admins": {}, "members": {}},
        {"members": {"names": ["a"], "more": 7}, "ours": [{"n": None}], "text": "a\x00b\ud800"},
    ],
)
def test_what_was_set_is_told(open_db: Api, given: Json) -> None:
    answer = secured(open_db, given)

    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert open_db.get("_security").json() == given


def test_the_last_that_was_set_stands(open_db: Api) -> None:
    secured(open_db, AMINA)
    secured(open_db, NOBODY_ELSE)

    assert open_db.get("_security").json() == NOBODY_ELSE


def test_many_who_set_it_first_are_all_answered(open_db: Api) -> None:
    with ThreadPoolExecutor(8) as people:
        answers = list(people.map(lambda _: secured(open_db, AMINA), range(16)))

    assert {answer.status_code for answer in answers} == {200}


def test_it_goes_with_its_database(open_db: Api) -> None:
    secured(open_db, AMINA)
    open_db.delete()
    open_db.put()

    assert open_db.get("_security").json() == NOBODY_ELSE


@pytest.mark.parametrize(
    "given",
    [
        *(7, None, [], "a", True),
        {"admins": []},
        {"members": 7},
        {"members": None},
        {"admins": {"names": "amina"}},
        {"members": {"roles": {}}},
        {"members": {"names": [7]}},
        {"admins": {"roles": [None]}},
    ],
)
def test_what_names_nobody_is_a_bad_request(open_db: Api, given: object) -> None:
    """Ours: to wrong names and roles CouchDB answers 500 (chttpd_security_tests.erl)."""
    assert is_error(secured(open_db, given), 400, "bad_request")
    assert open_db.get("_security").json() == NOBODY_ELSE


def test_an_object_without_end_is_too_large(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, `_security`."""
    assert is_error(secured(open_db, {"more": "x" * 66_000}), 413, "too_large")


def named(*names: str, **groups: Json) -> Json:
    return {"admins": {"names": []}, "members": {"names": [*names]}, **groups}


def as_amina(team: Team, database: Api) -> Api:
    return Api(database.url, team.amina.persona.session)


def test_whoever_is_not_named_knows_of_no_database(team: Team, open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Who asks; CouchDB answers 403."""
    amina, name = as_amina(team, open_db), open_db.url.rpartition("/")[2]
    for given in (None, NOBODY_ELSE, named("bilal", admins={"roles": ["supervisor"]})):
        if given is not None:
            secured(open_db, given)
        for path in ("", "_security", "_all_docs", "_changes"):
            assert is_error(amina.get(path), 404, "not_found")
        assert is_error(amina.put("a", {}), 404, "not_found")
        assert name not in Api(open_db.url.rpartition("/")[0], amina.session).get("_all_dbs").json()


@pytest.mark.parametrize(
    "given",
    [
        named("amina"),
        named(members={"roles": ["caseworker"]}),
        named("bilal", admins={"names": ["amina"]}),
        pytest.param({}, id="nobody is named"),
        pytest.param(named(), id="nobody is named, at length"),
    ],
)
def test_a_member_reads_and_writes(team: Team, open_db: Api, given: Json) -> None:
    """Ours: that `_all_dbs` lists it (docs/reference/protocol.md)."""
    amina = as_amina(team, open_db)
    open_db.write({"_id": "a", "n": 1})
    secured(open_db, given)

    assert amina.get("a").json()["n"] == 1
    assert amina.write({"_id": "b"}).startswith("1-")
    assert amina.push({"_id": "c", "_rev": "1-c"}) == []
    assert amina.ids().keys() == {"a", "b", "c"}
    server = Api(open_db.url.rpartition("/")[0], amina.session)
    assert open_db.url.rpartition("/")[2] in server.get("_all_dbs").json()


def test_nobody_enters_without_an_account(open_db: Api) -> None:
    """CouchDB lets everybody in where no members are named.

    Ours: docs/reference/protocol.md, Who asks.
    """
    secured(open_db, {})

    with requests.Session() as stranger:
        assert is_error(Api(open_db.url, stranger).get(), 401, "unauthorized")


def test_a_member_changes_neither_design_documents_nor_settings(team: Team, open_db: Api) -> None:
    """Ours: 403 for `_compact` and DELETE (docs/reference/errors.md). CouchDB answers 401
    (chttpd_auth_request.erl, require_db_admin/1 and require_admin/1).
    """
    amina = as_amina(team, open_db)
    secured(open_db, named("amina"))

    assert is_error(amina.put("_design/d", {}), 403, "forbidden")
    (row,) = amina.push({"_id": "_design/d", "_rev": "1-a"}, {"_id": "a", "_rev": "1-a"})
    assert (row["id"], row["error"]) == ("_design/d", "forbidden")
    for refused in (
        secured(amina, named("amina", "dina")),
        amina.request("PUT", "_revs_limit", json=7),
        amina.post("_compact", {}),
        amina.post("_purge", {}),
        amina.delete(),
    ):
        assert is_error(refused, 403, "forbidden")
    assert open_db.ids().keys() == {"a"}


def test_who_keeps_a_database_changes_all_but_whether_it_is_there(team: Team, open_db: Api) -> None:
    """Ours: 404 for who is no member any more, 403 for DELETE; CouchDB: 403 and 401."""
    amina = as_amina(team, open_db)
    secured(open_db, named(admins={"roles": ["caseworker"]}))

    assert amina.put("_design/d", {}).status_code == 201
    assert amina.request("PUT", "_revs_limit", json=7).status_code == 200
    assert amina.post("_compact", {}).status_code == 202
    assert secured(amina, named("dina")).status_code == 200
    assert is_error(amina.get(), 404, "not_found")
    assert is_error(amina.delete(), 403, "forbidden")


def test_who_is_no_member_any_more_is_told_nothing_more(team: Team, open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Feeds."""
    secured(open_db, named("amina"))
    amina = as_amina(team, open_db)
    waiting = Waiting(amina, amina.last_seq())
    secured(open_db, named("bilal"))
    open_db.write({"_id": "a"})

    assert waiting.told()["results"] == []
    waiting.close()


def test_only_those_who_keep_it_set_it(team: Team, open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Who asks; CouchDB answers 403."""
    assert is_error(secured(as_amina(team, open_db), AMINA), 404, "not_found")
    assert is_error(secured(team.amina.api, AMINA), 403, "forbidden")
    assert open_db.get("_security").json() == NOBODY_ELSE


def test_who_may_see_a_case_is_not_written_here(tmp_path: Path) -> None:
    """In a demo, for elsewhere an administrator does not even get to a case database.

    Ours: docs/reference/errors.md, not_over_network.
    """
    with KanafServer(tmp_path, settings={"KANAF_DEMO": "1"}) as demo, administrator() as session:
        demo.run("db", "create", "sd")
        cases = Api(f"{demo.url}/sync/sd", session)

        answer = secured(cases, AMINA)

        assert is_error(answer, 403, "forbidden")
        assert answer.json()["reason"].startswith("not_over_network")
        assert cases.get("_security").json() == NOBODY_ELSE
