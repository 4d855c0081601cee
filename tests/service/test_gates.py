"""What no edit may do to a document, whatever history it claims."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from sync_server.service import gates
from sync_server.service.waiting_for_people import open_conflicts
from tests.service.clashes import notices_of
from tests.service.conftest import CASE, REGISTRATION, Programme

CONSENT = "data.consent_to_share"
REFUSED = {**CASE, "consent_to_share": False}


def rev(number: int) -> str:
    return f"{number:032x}"


def pushed(programme: Programme, name: str, data: dict[str, Any], *path: str, **more: Any) -> Any:
    """A push of the case form with its history, newest first, of which the last is `path[-1]`."""
    form, below = more.pop("form", "k1"), more.pop("below", 0)
    return programme.write(name, form, data, **history(*path, below=below), **more)


def history(*path: str, below: int = 0) -> dict[str, Any]:
    """The member of an edit with this history, newest first."""
    return {"_revisions": {"start": len(path) + below, "ids": list(path)}}


def made_to_wait(
    programme: Programme, name: str, data: dict[str, Any], on: str, **members: Any
) -> None:
    """Two edits, made on one that has not arrived, which was made on a revision."""
    generation, _, digest = on.partition("-")
    programme.write_together(
        name,
        *(
            (
                "k1",
                {**data, "status": status},
                {**members, **history(mine, rev(20), digest, below=int(generation) - 1)},
            )
            for mine, status in ((rev(21), "open"), (rev(22), "closed"))
        ),
    )
    (waiting,) = open_conflicts(programme.kanaf, programme.database, programme.caller("bilal"))
    assert waiting["waits"]


def clash(programme: Programme) -> dict[str, Any]:
    """Amina noted consent, bilal that it was refused."""
    pushed(programme, "amina", {"status": "open"}, rev(1), state="draft")
    pushed(programme, "amina", CASE, rev(2), rev(1))
    pushed(programme, "bilal", REFUSED, rev(3), rev(1))
    shown = programme.shown("amina", "k1")
    assert set(shown["merge"]["open"]) == {CONSENT}
    return shown


def still_open(programme: Programme) -> bool:
    return CONSENT in programme.shown("bilal", "k1")["merge"]["open"]


def test_nobody_decides_a_protected_conflict_by_an_edit_of_the_other_branch(
    programme: Programme,
) -> None:
    clash(programme)
    answer = pushed(programme, "amina", CASE, rev(4), rev(3), rev(1))

    assert answer.code == "not_allowed"
    assert still_open(programme)


def test_nor_while_the_document_waits_for_something(programme: Programme) -> None:
    made_to_wait(programme, "bilal", REFUSED, clash(programme)["_rev"])
    answer = pushed(programme, "amina", CASE, rev(4), rev(3), rev(1))

    assert answer.code == "not_allowed"


def test_nobody_leaves_a_protected_conflict_open_between_their_own_words(
    programme: Programme,
) -> None:
    clash(programme)
    assert pushed(programme, "amina", REFUSED, rev(5), rev(1)).code is None
    answer = pushed(programme, "amina", CASE, rev(4), rev(3), rev(1))

    assert answer.code == "not_allowed"
    assert {"bilal"} <= {
        one["author"] for one in programme.shown("bilal", "k1")["merge"]["open"][CONSENT]
    }


@pytest.mark.parametrize(
    ("edit", "shown"),
    [({"risk_level": "high"}, "high"), ({"risk_level": "low", "summary": "New."}, "medium")],
)
def test_a_risk_that_was_decided_by_rank_may_be_assessed_anew(
    programme: Programme, edit: dict[str, Any], shown: str
) -> None:
    """It stays with the supervisor, and the most protective candidate counts meanwhile."""
    assessed = {"assessed_on": "2026-11-02", "review_on": "2026-12-01"}
    programme.register()
    programme.write("amina", "k22", assessed, state="draft")
    low, medium = ({**assessed, "risk_level": level} for level in ("low", "medium"))
    programme.fork("k22", ("amina", low), ("bilal", medium))
    now = programme.shown("amina", "k22")
    assert set(now["merge"]["told"]) == {"group.risk"}
    answer = programme.write("amina", "k22", {**now["data"], **edit}, _rev=now["_rev"])

    after = programme.shown("amina", "k22")
    assert answer.code is None
    assert after["data"]["risk_level"] == shown
    assert "group.risk" in {**after["merge"]["open"], **after["merge"]["told"]}


def test_what_is_not_protected_may_be_edited_meanwhile(programme: Programme) -> None:
    made_to_wait(programme, "bilal", REFUSED, clash(programme)["_rev"])
    edit = {**CASE, "opened_on": "2026-10-01"}

    assert pushed(programme, "amina", edit, rev(4), rev(2), rev(1)).code is None


@pytest.mark.parametrize("together", [True, False], ids=["in one push", "one by one"])
def test_nobody_makes_a_document_wait_to_decide_what_comes_up_then(
    programme: Programme, together: bool
) -> None:
    draft = {"status": "open"}
    pushed(programme, "amina", draft, rev(1), state="draft")
    made_to_wait(programme, "amina", draft, f"1-{rev(1)}", state="draft")
    pushed(programme, "amina", CASE, rev(2), rev(1))
    pushed(programme, "bilal", REFUSED, rev(3), rev(1))
    what_was_missing = ("k1", draft, {"state": "draft", **history(rev(20), rev(1))})
    on_the_others = ("k1", CASE, history(rev(4), rev(3), rev(1)))
    if together:
        programme.write_together("amina", what_was_missing, on_the_others)
    else:
        programme.write_together("amina", on_the_others)
        programme.write_together("amina", what_was_missing)

    assert still_open(programme)


def test_who_ends_a_wait_does_not_make_an_answer_out_of_what_others_have_refused(
    programme: Programme,
) -> None:
    """Were the missing edit to refuse, too, she alone would have said anything since."""
    pushed(programme, "amina", {"status": "open"}, rev(1), state="draft")
    made_to_wait(programme, "amina", CASE, f"1-{rev(1)}")
    pushed(programme, "bilal", REFUSED, rev(30), rev(21), rev(20), rev(1))
    answer = pushed(programme, "amina", REFUSED, rev(20), rev(1))

    assert answer.code == "not_allowed"


def broken_by_a_merge(programme: Programme) -> dict[str, Any]:
    """Bilal took the consent out of a draft, and amina, apart, completed it."""
    programme.write("amina", "k1", CASE, state="draft")
    without = {name: value for name, value in CASE.items() if name != "consent_to_share"}
    programme.fork("k1", ("bilal", without, {"state": "draft"}), ("amina", CASE))
    shown = programme.shown("amina", "k1")
    assert set(shown["merge"]["open"]) == {CONSENT, "state"}
    return shown


@pytest.mark.parametrize(
    "first",
    [
        pytest.param({"state": "draft"}, id="made a draft again"),
        pytest.param({"settles": {"state": [f"2-{1:032x}"]}}, id="settled as complete"),
        pytest.param(None, id="at once"),
    ],
)
def test_nobody_answers_what_a_merge_has_broken_for_who_may(
    programme: Programme, first: dict[str, Any] | None
) -> None:
    shown = broken_by_a_merge(programme)
    if first is not None:
        programme.write("amina", "k1", shown["data"], _rev=shown["_rev"], **first)
        shown = programme.shown("amina", "k1")

    programme.write("amina", "k1", {**shown["data"], "consent_to_share": True}, _rev=shown["_rev"])

    assert still_open(programme)
    values = [one.get("value") for one in programme.shown("bilal", "k1")["merge"]["open"][CONSENT]]
    assert sorted(values, key=str) == [None, True]


def test_nobody_withdraws_what_may_be_the_word_of_somebody_before_them(
    programme: Programme,
) -> None:
    """Amina edits another answer on bilal's refusal, while her other tablet holds a consent."""
    pushed(programme, "amina", {"status": "open"}, rev(1), state="draft")
    pushed(programme, "bilal", REFUSED, rev(3), rev(1))
    pushed(programme, "amina", {**REFUSED, "status": "closed"}, rev(4), rev(3), rev(1))
    pushed(programme, "amina", CASE, rev(2), rev(1))
    shown = programme.shown("amina", "k1")
    assert [one["author"] for one in shown["merge"]["open"][CONSENT]] == [None, "amina"]
    (notice,) = notices_of(programme, "bilal")
    assert notice["candidates"][0]["last_author"] == "amina"

    programme.write("amina", "k1", {**shown["data"], "consent_to_share": True}, _rev=shown["_rev"])

    assert False in [
        one["value"] for one in programme.shown("bilal", "k1")["merge"]["open"][CONSENT]
    ]


def test_an_edit_of_another_answer_on_the_others_word_is_taken(programme: Programme) -> None:
    """It carries that word on, even where a conflict about it has come up meanwhile."""
    pushed(programme, "amina", {"status": "open"}, rev(1), state="draft")
    pushed(programme, "bilal", REFUSED, rev(3), rev(1))
    pushed(programme, "amina", CASE, rev(2), rev(1))

    receipt = pushed(programme, "amina", {**REFUSED, "status": "closed"}, rev(4), rev(3), rev(1))

    assert receipt.code is None
    assert still_open(programme)


def test_whose_word_it_is_may_come_to_be_known_by_an_edit_of_something_else(
    programme: Programme,
) -> None:
    """Amina edits what bilal had first sent, and so shows that the refusal was his."""
    pushed(programme, "amina", {"status": "open"}, rev(1), state="draft")
    pushed(programme, "bilal", REFUSED, rev(3), rev(1))
    pushed(programme, "bilal", {**REFUSED, "opened_on": "2026-11-02"}, rev(4), rev(3), rev(1))
    pushed(programme, "amina", CASE, rev(2), rev(1))

    receipt = pushed(programme, "amina", {**REFUSED, "status": "closed"}, rev(5), rev(3), rev(1))

    assert receipt.code is None
    assert still_open(programme)


def test_who_gives_in_to_the_other_may_say_so(programme: Programme) -> None:
    clash(programme)
    answer = pushed(programme, "amina", REFUSED, rev(4), rev(2), rev(1))

    assert answer.code is None
    assert programme.shown("bilal", "k1")["data"]["consent_to_share"] is False


def test_a_supervisor_may_edit_the_other_branch(programme: Programme) -> None:
    clash(programme)

    assert pushed(programme, "bilal", CASE, rev(4), rev(2), rev(1)).code is None


def test_a_new_record_cannot_carry_a_settlement_for_later(programme: Programme) -> None:
    settles = {CONSENT: [f"2-{rev(2)}", f"2-{rev(3)}"]}
    first = pushed(programme, "amina", {"status": "open"}, rev(1), state="draft", settles=settles)
    if first.code is None:
        pushed(programme, "amina", CASE, rev(2), rev(1), settles=settles)
        pushed(programme, "bilal", REFUSED, rev(3), rev(1))
        pushed(programme, "amina", CASE, rev(4), rev(2), rev(1), settles=settles)

        assert still_open(programme)


def test_a_path_cannot_name_other_parents_than_are_known(programme: Programme) -> None:
    clash(programme)
    answer = pushed(programme, "amina", CASE, rev(5), rev(2), rev(9))

    assert answer.code == "other_history"


def test_nobody_brings_the_body_of_what_anothers_edit_rests_on(programme: Programme) -> None:
    pushed(programme, "amina", CASE, rev(1))
    pushed(programme, "bilal", {**CASE, "status": "closed"}, rev(3), rev(2), rev(1))
    forged = pushed(programme, "amina", REFUSED, rev(2), rev(1))

    assert forged.code == "other_history"
    own = pushed(programme, "bilal", CASE, rev(2), rev(1))
    assert own.code is None


def test_a_path_cut_short_hides_nothing_of_what_was_there(programme: Programme) -> None:
    pushed(programme, "amina", CASE, rev(1))
    pushed(programme, "amina", {**CASE, "status": "closed"}, rev(3), rev(2), rev(1))
    other = {**CASE, "case_number": "SD-AAAA-AAAA-AAAA"}
    answer = pushed(programme, "amina", other, rev(4), rev(2), below=1)

    assert answer.code == "invalid_answers"


def test_a_made_up_history_is_not_taken(programme: Programme) -> None:
    made_up = [rev(number) for number in range(gates.MOST_UNKNOWN_ANCESTORS + 1, 0, -1)]

    assert pushed(programme, "amina", CASE, *made_up).code == "too_many_versions"
    assert pushed(programme, "amina", CASE, *made_up[1:]).code is None


def test_edits_that_see_nothing_of_each_other_are_taken_up_to_a_limit(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "MOST_HEADS", 3)
    pushed(programme, "amina", REGISTRATION, rev(1), form="k21")
    codes = [
        pushed(
            programme, "amina", {**REGISTRATION, "age": age}, rev(10 + age), rev(1), form="k21"
        ).code
        for age in range(1, 6)
    ]

    assert codes == [None, None, None, "too_many_versions", "too_many_versions"]


@pytest.mark.parametrize(
    "members",
    [
        {"settles": "all"},
        {"settles": {CONSENT: "all"}},
        {"settles": {CONSENT: [{}]}},
        {"settles": {CONSENT: ["1-a"] * 1_000}},
        {"settles": {f"data.{number}": [] for number in range(1_000)}},
        {"merge": "x" * 1_100_000},
        {"edited_at": "x" * 41},
        {"edited_at": "yesterday"},
    ],
    ids=lambda members: next(iter(members)),
)
def test_what_an_envelope_carries_is_of_its_kind_and_of_a_size(
    programme: Programme, members: dict[str, Any]
) -> None:
    assert programme.write("amina", "k1", CASE, **members).code == "bad_envelope"


@pytest.mark.parametrize("name", ["a\x00{}.jpg", "passport of Halima {}.jpg", "\x1b[31m{}", "ا{}"])
def test_the_name_of_an_attachment_is_one_that_can_be_kept_anywhere(
    programme: Programme, name: str
) -> None:
    sha = hashlib.sha256(b"x").hexdigest()
    photo = {"data": base64.b64encode(b"x").decode(), "content_type": "image/jpeg"}
    answer = programme.write("amina", "k1", CASE, _attachments={name.format(sha): photo})

    assert answer.code == "attachment_name"
