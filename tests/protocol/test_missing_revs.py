"""`_missing_revs`, the elder of `_revs_diff`.

Source: CouchDB, src/chttpd/src/chttpd_db.erl, db_req/2. Older documentation (api/database/misc,
`POST /{db}/_missing_revs`) calls the member `missed_revs`; what is sent is `missing_revs`.
"""

from __future__ import annotations

import pytest

from tests.protocol.api import Api, is_error, revision
from tests.protocol.cases import Team, new_case, new_rev

FIRST, SECOND, OTHER = "1-" + "a" * 32, "2-" + "b" * 32, "3-" + "c" * 32


def test_what_the_database_lacks_is_listed_by_document(open_db: Api) -> None:
    open_db.push(revision({"_id": "a"}, SECOND, FIRST))

    told = open_db.post("_missing_revs", {"a": [FIRST, SECOND, OTHER], "b": [FIRST]}).json()

    assert told == {"missing_revs": {"a": [OTHER], "b": [FIRST]}}


def test_a_document_that_lacks_nothing_is_left_out(open_db: Api) -> None:
    """Source: CouchDB, fabric_doc_missing_revs.erl, force_reply/3."""
    open_db.push(revision({"_id": "a"}, SECOND, FIRST))

    assert open_db.post("_missing_revs", {"a": [SECOND]}).json() == {"missing_revs": {}}
    assert open_db.post("_missing_revs", {}).json() == {"missing_revs": {}}


@pytest.mark.parametrize("body", [[], 7, None, {"a": 7}, {"a": "1-a"}, {"a": ["x"]}, {"a": [None]}])
def test_revisions_of_a_wrong_type_are_a_bad_request(open_db: Api, body: object) -> None:
    """Ours: CouchDB answers 500 to what is no list of texts (fabric.erl, idrevs/1)."""
    assert is_error(open_db.request("POST", "_missing_revs", json=body), 400, "bad_request")


def test_a_case_that_the_caller_does_not_see_is_lacking_as_if_it_never_was(team: Team) -> None:
    """Ours: docs/reference/protocol.md: what you may not see is not there."""
    case = new_case(team)
    known, never = case.revs[case.registration], new_rev(1)
    asked = {case.registration: [known, never]}

    seen = team.amina.api.post("_missing_revs", asked).json()
    unseen = team.dina.api.post("_missing_revs", asked).json()

    assert seen == {"missing_revs": {case.registration: [never]}}
    assert unseen == {"missing_revs": asked}
