"""A supervisor decides about what was refused, and every tablet moves on."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from uuid import uuid4

import pytest

from conflict.revision import Rev
from sync_server.service.accounts import add_user
from sync_server.service.caller import Caller
from sync_server.service.kanaf import Kanaf
from sync_server.service.quarantine_desk import NotDecided, accept, correct, reject, sent_in
from sync_server.storage.rows import DatabaseRow
from tests.schemas.workbooks import question
from tests.service.conftest import CASE, REGISTRATION, Programme, made_on
from tests.service.test_publishing import definition, publish

FIRST = "1" * 32


@pytest.fixture
def refused(programme: Programme) -> Programme:
    """Amina's tablet has set an age that no child has, and holds that edit."""
    programme.register()
    rev = programme.shown("amina", "k21")["_rev"]
    wrong = {**REGISTRATION, "age": 99, "nationality": "Sudanese"}
    receipt = programme.write("amina", "k21", wrong, **made_on(rev, FIRST))
    assert receipt.code == "invalid_answers"
    return programme


def entry(programme: Programme, name: str = "bilal") -> str:
    (one,) = programme.quarantine(name)
    told: str = one["entry"]
    return told


def desk(programme: Programme, name: str = "bilal") -> tuple[Kanaf, DatabaseRow, Caller]:
    return programme.kanaf, programme.database, programme.caller(name)


def ancestors(programme: Programme, form: str) -> list[str]:
    with programme.reader("amina") as reader:
        work = reader.work(f"{programme.record}:{form}")
        return [str(one) for one in work.tree.path(work.tree.winner().rev)]


def refused_rev(programme: Programme) -> str:
    (one,) = programme.quarantine("bilal")
    told: str = one["rev"]
    return told


def code_of(error: pytest.ExceptionInfo[NotDecided]) -> str:
    return error.value.code


def test_the_supervisor_sees_what_was_sent_and_what_stands(refused: Programme) -> None:
    found = sent_in(*desk(refused), entry(refused))

    assert found["sent"]["data"]["age"] == 99
    assert found["standing"]["data"] == REGISTRATION
    assert (found["owner"], found["reason"]) == ("amina", "invalid_answers")
    assert found["problems"] == [{"path": "age", "code": "out_of_range"}]


def test_accepted_it_stands_as_it_was_sent(refused: Programme) -> None:
    rev = refused_rev(refused)

    assert str(accept(*desk(refused), entry(refused))) == rev

    shown = refused.shown("amina", "k21")
    assert (shown["_rev"], shown["data"]["age"], shown["author"]) == (rev, 99, "amina")
    assert refused.quarantine("bilal") == []
    assert refused.audit("accepted") == [f"{refused.record}:k21 {rev}"]


def test_corrected_it_stands_with_other_answers_above_what_the_tablet_holds(
    refused: Programme,
) -> None:
    rev = refused_rev(refused)
    right = {**REGISTRATION, "age": 9, "nationality": "Sudanese"}

    made = correct(*desk(refused), entry(refused), right)

    shown = refused.shown("amina", "k21")
    assert (shown["_rev"], shown["data"], shown["author"]) == (str(made), right, "bilal")
    assert ancestors(refused, "k21")[1] == rev
    assert refused.quarantine("bilal") == refused.quarantine("amina") == []
    assert refused.audit("corrected") == [f"{refused.record}:k21 {made}"]


def test_rejected_what_stood_stands_above_what_the_tablet_holds(refused: Programme) -> None:
    rev = refused_rev(refused)

    made = reject(*desk(refused), entry(refused))

    shown = refused.shown("amina", "k21")
    assert (shown["_rev"], shown["data"]) == (str(made), REGISTRATION)
    assert ancestors(refused, "k21")[1] == rev
    assert refused.quarantine("amina") == []
    assert refused.audit("rejected") == [f"{refused.record}:k21 {made}"]


def test_what_was_sent_is_kept_when_it_is_rejected_and_takes_no_room(refused: Programme) -> None:
    reject(*desk(refused), entry(refused))

    with refused.kanaf.store.read() as reading:
        amina = refused.caller("amina").person.id
        (row,) = reading.quarantined(refused.database.id, [amina])
        assert row.decided == "rejected"
        assert reading.quarantine_load(refused.database.id, amina) == (0, 0)


@pytest.mark.parametrize("decide", [accept, reject])
def test_what_others_have_edited_meanwhile_is_merged_with_the_decision(
    refused: Programme, decide: Any
) -> None:
    base = refused.shown("bilal", "k21")["_rev"]
    other = {**REGISTRATION, "nationality": "Chadian", "birth_date": "2017-01-01"}
    assert refused.write("bilal", "k21", other, _rev=base).code is None

    decide(*desk(refused), entry(refused))

    shown = refused.shown("amina", "k21")
    if decide is reject:
        assert shown["data"] == other
        assert refused.conflicts("bilal") == []
    else:
        assert (shown["data"]["age"], shown["data"]["birth_date"]) == (99, "2017-01-01")
        (waiting,) = refused.conflicts("bilal")
        assert set(waiting["open"]) == {"data.nationality", "data.age"}  # 99 still breaks a rule


def test_rejecting_is_no_second_writer_of_a_field_that_always_asks(programme: Programme) -> None:
    programme.write("amina", "k1", CASE)
    publish(
        programme,
        definition(question("text", "a", merge="ask"), question("integer", "n", max=5)),
    )
    programme.write("amina", "k100", {"a": "x"})
    base = programme.shown("amina", "k100")["_rev"]
    programme.write("bilal", "k100", {"a": "y"}, _rev=base)
    wrong = programme.write("amina", "k100", {"a": "y", "n": 9}, **made_on(base, FIRST))
    assert wrong.code == "invalid_answers"

    reject(*desk(programme), entry(programme))

    assert programme.shown("amina", "k100")["data"] == {"a": "y"}
    assert programme.conflicts("bilal") == []


def test_answers_of_a_wrong_type_cannot_be_accepted_but_corrected(programme: Programme) -> None:
    programme.register()
    rev = programme.shown("amina", "k21")["_rev"]
    programme.write("amina", "k21", {**REGISTRATION, "age": "seven"}, **made_on(rev, FIRST))

    with pytest.raises(NotDecided) as refused:
        accept(*desk(programme), entry(programme))
    assert code_of(refused) == "invalid_answers"

    with pytest.raises(NotDecided) as again:
        correct(*desk(programme), entry(programme), {**REGISTRATION, "age": "eight"})
    assert [(one.path, one.code) for one in again.value.problems] == [("age", "wrong_type")]
    assert len(programme.quarantine("bilal")) == 1

    correct(*desk(programme), entry(programme), {**REGISTRATION, "age": 7})
    assert programme.shown("amina", "k21")["data"]["age"] == 7


def test_a_document_of_a_form_that_was_not_known_is_accepted_once_it_is(
    programme: Programme,
) -> None:
    programme.write("amina", "k1", CASE)
    assert programme.write("amina", "k100", {"age": 7}).code == "unknown_form"
    with pytest.raises(NotDecided) as refused:
        accept(*desk(programme), entry(programme))
    assert code_of(refused) == "unknown_form"
    publish(programme, definition(question("integer", "age")))

    accept(*desk(programme), entry(programme))

    assert programme.shown("amina", "k100")["data"] == {"age": 7}


def test_a_record_whose_first_document_was_refused_belongs_to_who_sent_it(
    programme: Programme,
) -> None:
    programme.record = str(uuid4())
    assert programme.write("amina", "k21", {**REGISTRATION, "age": 99}).code == "invalid_answers"

    accept(*desk(programme), entry(programme))

    assert programme.shown("amina", "k21")["data"]["age"] == 99
    rev = programme.shown("amina", "k21")["_rev"]
    edited = {**REGISTRATION, "age": 9}
    assert programme.write("amina", "k21", edited, _rev=rev).code is None


def test_a_first_document_that_is_rejected_begins_no_record(programme: Programme) -> None:
    programme.record = str(uuid4())
    programme.write("amina", "k21", {**REGISTRATION, "age": 99})

    assert reject(*desk(programme), entry(programme)) is None

    assert programme.quarantine("amina") == []
    assert not programme.sees("bilal", "k21")


def test_only_supervisors_of_who_sent_it_decide(refused: Programme) -> None:
    chosen = entry(refused)
    add_user(
        refused.kanaf, "fatima", role="supervisor", agency="a", group="elsewhere", password=None
    )

    for name in ("amina", "chen", "fatima"):
        for decide in (accept, reject, sent_in):
            with pytest.raises(NotDecided) as error:
                decide(*desk(refused, name), chosen)
            assert code_of(error) == "not_in_quarantine"
    assert len(refused.quarantine("bilal")) == 1


def test_what_was_decided_is_not_decided_again(refused: Programme) -> None:
    chosen = entry(refused)
    reject(*desk(refused), chosen)

    for decide in (accept, reject):
        with pytest.raises(NotDecided) as error:
            decide(*desk(refused), chosen)
        assert code_of(error) == "not_in_quarantine"


def test_into_a_record_that_the_supervisor_does_not_see_nothing_is_written(
    programme: Programme,
) -> None:
    """Amina pushes into a case of another group."""
    add_user(programme.kanaf, "fatima", role="caseworker", agency="a", group="other", password=None)
    programme.write("fatima", "k1", CASE)
    programme.write("fatima", "k21", REGISTRATION)
    base = programme.shown("fatima", "k21")["_rev"]
    theirs = {**REGISTRATION, "age": 5}
    assert programme.write("amina", "k21", theirs, **made_on(base, FIRST)).code == "not_allowed"
    found = sent_in(*desk(programme), entry(programme))
    assert found["standing"] is None

    with pytest.raises(NotDecided) as error:
        accept(*desk(programme), entry(programme))
    assert code_of(error) == "not_allowed"
    with pytest.raises(NotDecided):
        correct(*desk(programme), entry(programme), REGISTRATION)
    assert reject(*desk(programme), entry(programme)) is None

    assert programme.shown("fatima", "k21")["_rev"] == base


def test_an_attachment_comes_along_with_what_is_corrected(programme: Programme) -> None:
    programme.register()
    content = b"a picture"
    name = f"{hashlib.sha256(content).hexdigest()}.jpg"
    attached = {name: {"content_type": "image/jpeg", "data": base64.b64encode(content).decode()}}
    photo = "k8:01JD3Z5Q8YV0M4T7W2X9B6C1AE"
    wrong = {"caption": 5, "file": name}
    assert programme.write("amina", photo, wrong, _attachments=attached).code == "invalid_answers"

    correct(*desk(programme), entry(programme), {"caption": "x", "file": name})

    shown = programme.shown("bilal", photo)
    assert shown["data"]["caption"] == "x"
    with programme.reader("bilal") as reader:
        document = f"{programme.record}:{photo}"
        rev = Rev.parse(shown["_rev"])
        assert reader.attachment(document, rev, name)[1] == content


def test_an_edit_under_somebody_elses_name_is_accepted_as_theirs(programme: Programme) -> None:
    """A tablet was handed on; its owner says who wrote it."""
    programme.register()
    base = programme.shown("amina", "k21")["_rev"]
    edited = {**REGISTRATION, "age": 8}
    sent = programme.write("amina", "k21", edited, author="chen", **made_on(base, FIRST))
    assert sent.code == "false_author"

    accept(*desk(programme), entry(programme))

    assert programme.shown("bilal", "k21")["author"] == "chen"


def test_what_is_no_document_can_only_be_rejected(programme: Programme) -> None:
    programme.register()
    base = programme.shown("amina", "k21")["_rev"]
    broken = programme.write("amina", "k21", REGISTRATION, _odd=1, **made_on(base, FIRST))
    assert broken.code == "doc_validation"

    with pytest.raises(NotDecided) as error:
        accept(*desk(programme), entry(programme))
    assert code_of(error) == "not_readable"
    assert reject(*desk(programme), entry(programme)) is None
    assert programme.quarantine("bilal") == []
