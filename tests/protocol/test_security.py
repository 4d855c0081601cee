"""Who may enter a database, as CouchDB's tools write it down.

Source: CouchDB's documentation, api/database/security; src/couch/src/couch_db.erl,
validate_security_object/1, for what is refused.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.protocol.api import Api, Json, is_error
from tests.protocol.cases import Team
from tests.support.personas import administrator
from tests.support.server import KanafServer

NOBODY_ELSE = {"admins": {"roles": ["_admin"]}, "members": {"roles": ["_admin"]}}
AMINA = {"admins": {"names": [], "roles": []}, "members": {"names": ["amina"], "roles": ["\u0643"]}}


def secured(database: Api, given: object) -> requests.Response:
    return database.request("PUT", "_security", json=given)


def test_until_it_is_set_it_names_administrators_only(open_db: Api, team: Team) -> None:
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
    assert is_error(secured(open_db, given), 400, "bad_request")
    assert open_db.get("_security").json() == NOBODY_ELSE


def test_an_object_without_end_is_too_large(open_db: Api) -> None:
    assert is_error(secured(open_db, {"more": "x" * 66_000}), 413, "too_large")


def test_nobody_enters_an_open_database_by_being_named_in_it(team: Team, open_db: Api) -> None:
    amina = Api(open_db.url, team.amina.persona.session)
    secured(open_db, AMINA)

    assert is_error(amina.get(), 404, "not_found")
    assert is_error(amina.get("_security"), 404, "not_found")


def test_only_administrators_set_it(team: Team, open_db: Api) -> None:
    amina = Api(open_db.url, team.amina.persona.session)

    assert is_error(secured(amina, AMINA), 403, "forbidden")
    assert is_error(secured(team.amina.api, AMINA), 403, "forbidden")
    assert open_db.get("_security").json() == NOBODY_ELSE


def test_who_may_see_a_case_is_not_written_here(tmp_path: Path) -> None:
    """In a demo, for elsewhere an administrator does not even get to a case database."""
    with KanafServer(tmp_path, settings={"KANAF_DEMO": "1"}) as demo, administrator() as session:
        demo.run("db", "create", "sd")
        cases = Api(f"{demo.url}/sync/sd", session)

        answer = secured(cases, AMINA)

        assert is_error(answer, 403, "forbidden")
        assert answer.json()["reason"].startswith("not_allowed")
        assert cases.get("_security").json() == NOBODY_ELSE
