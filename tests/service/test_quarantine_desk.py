"""A supervisor decides about what was refused, and every tablet moves on."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from conflict.revision import Rev
from sync_server.errors import NotAllowed
from sync_server.service import quarantine_desk, waiting_for_people
from sync_server.service.caller import Caller
from sync_server.service.directory_changes import add_group, add_user, change_user, shut_out_user
from sync_server.service.feed import page
from sync_server.service.kanaf import Kanaf
from sync_server.service.programme_roles import set_role
from sync_server.service.publishing import published_to
from sync_server.service.quarantine_desk import NotDecided, accept, correct, listed, reject, sent_in
from sync_server.storage.rows import DatabaseRow
from sync_server.storage.schema import audit_entry
from tests.schemas.workbooks import question
from tests.service.conftest import CASE, REGISTRATION, Programme, made_on
from tests.service.test_publishing import definition, publish

FOLLOW_UP = "k23:01JD3Z5Q8YV0M4T7W2X9B6C1AF"
VISIT = {"visited_on": "2026-11-20", "contact_type": "home_visit", "situation": "as before"}

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
    return programme.kanaf, programme.database, programme.signed_in(name)


def has_moved_on(programme: Programme, form: str, rev: str) -> bool:
    """Whether a client that holds a revision as its leaf gets a tombstone above it."""
    with programme.reader("amina") as reader:
        tree = reader.work(f"{programme.record}:{form}").tree
        above = [tree[child] for child in tree.children(Rev.parse(rev))]
        return bool(above) and all(node.deleted for node in above)


def refused_rev(programme: Programme) -> str:
    (one,) = programme.quarantine("bilal")
    told: str = one["rev"]
    return told


def add(programme: Programme, name: str, role: str, group: str) -> None:
    add_group(programme.kanaf, group)
    add_user(programme.kanaf, name, role=role, agency="a", groups=(group,))


def code_of(error: pytest.ExceptionInfo[NotDecided]) -> str:
    return error.value.code


def test_whoever_lists_what_waits_is_noted(refused: Programme) -> None:
    (one,) = listed(*desk(refused))

    assert one["document"] == f"{refused.record}:k21"
    assert refused.audit("listed") == ["quarantine"]
    with refused.kanaf.store.read() as reading:
        query = select(audit_entry).where(audit_entry.c.action == "listed")
        (noted,) = reading.connection.execute(query)
    assert (noted.user_id, noted.device) == (refused.caller("bilal").person.id, "")


def test_whoever_looks_at_an_entry_is_noted(refused: Programme) -> None:
    """What was sent is case data."""
    sent_in(*desk(refused), entry(refused))

    assert refused.audit("shown") == [f"{refused.record}:k21 {refused_rev(refused)}"]


def test_the_supervisor_sees_what_was_sent_and_what_stands(refused: Programme) -> None:
    found = sent_in(*desk(refused), entry(refused))

    assert found["sent"]["data"]["age"] == 99
    assert found["standing"]["data"] == REGISTRATION
    assert (found["owner"], found["reason"]) == ("amina", "invalid_answers")
    (problem,) = found["problems"]
    assert (problem["path"], problem["code"]) == ("age", "out_of_range")
    assert problem["question"]["so"] == "Da’da (sano)"


def test_accepted_it_stands_as_it_was_sent(refused: Programme) -> None:
    rev = refused_rev(refused)

    assert str(accept(*desk(refused), entry(refused))) == rev

    shown = refused.shown("amina", "k21")
    assert (shown["_rev"], shown["data"]["age"], shown["author"]) == (rev, 99, "amina")
    assert refused.quarantine("bilal") == []
    assert refused.audit("accepted") == [f"{refused.record}:k21 {rev}"]


def test_corrected_it_stands_with_other_answers_and_the_tablet_moves_on(
    refused: Programme,
) -> None:
    rev = refused_rev(refused)
    right = {**REGISTRATION, "age": 9, "nationality": "Sudanese"}

    made = correct(*desk(refused), entry(refused), right)

    shown = refused.shown("amina", "k21")
    assert (shown["_rev"], shown["data"], shown["author"]) == (str(made), right, "bilal")
    assert has_moved_on(refused, "k21", rev)
    assert refused.quarantine("bilal") == refused.quarantine("amina") == []
    assert refused.audit("corrected") == [f"{refused.record}:k21 {made}"]


def test_rejected_what_stood_stands_and_the_tablet_moves_on(refused: Programme) -> None:
    rev = refused_rev(refused)

    reject(*desk(refused), entry(refused))

    shown = refused.shown("amina", "k21")
    assert (shown["data"], shown["author"]) == (REGISTRATION, "amina")
    assert has_moved_on(refused, "k21", rev)
    assert refused.quarantine("amina") == []
    assert refused.audit("rejected") == [f"{refused.record}:k21 {rev}"]


def test_what_was_sent_is_kept_when_it_is_rejected_and_takes_no_room(refused: Programme) -> None:
    reject(*desk(refused), entry(refused))

    document, amina = f"{refused.record}:k21", refused.caller("amina").person.id
    with refused.kanaf.store.read() as reading:
        assert reading.quarantined(refused.database.id, [amina]) == []
        (row,) = reading.quarantine_of(refused.database.id, [document])[document]
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


def test_only_supervisors_who_see_the_case_decide(refused: Programme) -> None:
    chosen = entry(refused)
    add(refused, "fatima", "supervisor", "elsewhere")

    for name in ("amina", "chen", "fatima"):
        for decide in (accept, reject, sent_in):
            with pytest.raises(NotDecided) as error:
                decide(*desk(refused, name), chosen)
            assert code_of(error) == "not_in_quarantine"
    assert len(refused.quarantine("bilal")) == 1


def test_what_a_partner_sent_is_decided_by_the_supervisor_of_the_case(programme: Programme) -> None:
    """Chen, of another agency, is in nobody's group."""
    programme.register()
    programme.refer("k21")
    rev = programme.shown("chen", "k21")["_rev"]
    sent = programme.write("chen", "k21", {**REGISTRATION, "age": 9}, **made_on(rev, FIRST))
    assert sent.code == "not_allowed"

    accept(*desk(programme), entry(programme))

    assert programme.shown("amina", "k21")["data"]["age"] == 9


@pytest.mark.parametrize("decide", [accept, reject])
def test_who_may_no_longer_see_it_is_told_to_forget_what_was_decided_about(
    programme: Programme, decide: Callable[..., object]
) -> None:
    """Their tablet has kept it until now, and may show it."""
    programme.register()
    programme.refer("k23")
    first = programme.write("amina", FOLLOW_UP, VISIT)
    withdrawn = {**CASE, "consent_to_share": False}
    programme.write("amina", "k1", withdrawn, _rev=programme.shown("amina", "k1")["_rev"])
    made = made_on(first.rev, "a" * 32)
    refused = programme.write("chen", FOLLOW_UP, {**VISIT, "situation": "worse"}, **made)
    with programme.reader("chen") as reader:
        since = page(reader, 0, 100).last_seq

    (entry,) = programme.quarantine("bilal")
    decide(programme.kanaf, programme.database, programme.signed_in("bilal"), entry["entry"])

    with programme.reader("chen") as reader:
        (told,) = page(reader, since, 100).changes
        stubs = [reader.stub(told.document_id, rev) for rev in told.leaves]
    assert refused.rev is not None
    assert told.is_revoked
    assert refused.rev.digest in {stub["_revisions"]["ids"][1] for stub in stubs if stub}


def test_what_was_decided_is_not_decided_again(refused: Programme) -> None:
    chosen = entry(refused)
    reject(*desk(refused), chosen)

    for decide in (accept, reject):
        with pytest.raises(NotDecided) as error:
            decide(*desk(refused), chosen)
        assert code_of(error) == "not_in_quarantine"


def test_what_was_pushed_into_somebody_elses_case_is_for_their_supervisor(
    programme: Programme,
) -> None:
    """Amina pushes into a case of another group."""
    for name, role in (("fatima", "caseworker"), ("samir", "supervisor")):
        add(programme, name, role, "other")
    programme.write("fatima", "k1", CASE)
    programme.write("fatima", "k21", REGISTRATION)
    base = programme.shown("fatima", "k21")["_rev"]
    theirs = {**REGISTRATION, "age": 5}
    assert programme.write("amina", "k21", theirs, **made_on(base, FIRST)).code == "not_allowed"
    chosen = entry(programme)  # its id, which bilal may know, but not what it says

    for decide in (accept, reject, sent_in):
        with pytest.raises(NotDecided) as error:
            decide(*desk(programme), chosen)
        assert code_of(error) == "not_in_quarantine"
    accept(*desk(programme, "samir"), entry(programme, "samir"))

    assert programme.shown("fatima", "k21")["data"] == theirs


@pytest.mark.parametrize("decision", ["reject", "correct"])
def test_what_the_tablet_has_written_on_it_meanwhile_is_an_edit_like_any_other(
    refused: Programme, decision: str
) -> None:
    """It mends what was refused, without knowing of the decision."""
    rev = refused_rev(refused)
    if decision == "reject":
        reject(*desk(refused), entry(refused))
    else:
        correct(*desk(refused), entry(refused), {**REGISTRATION, "age": 9})

    mended = {**REGISTRATION, "age": 9, "nationality": "Sudanese", "household_size": 4}
    base = refused.shown("amina", "k1")  # nothing of it is changed
    on_it = made_on(rev, "2" * 32)
    on_it["_revisions"]["ids"] += [_base_digest(refused)]
    assert refused.write("amina", "k21", mended, **on_it).code is None

    assert refused.shown("amina", "k21")["data"] == mended
    assert refused.conflicts("bilal") == []
    assert refused.shown("amina", "k1") == base


def _base_digest(programme: Programme) -> str:
    with programme.reader("amina") as reader:
        tree = reader.work(f"{programme.record}:k21").tree
        (root,) = (node.rev for node in tree if node.parent is None)
        return root.digest


@pytest.mark.parametrize("decision", ["reject", "correct", "accept"])
def test_of_refused_edits_in_a_line_the_last_decides_about_those_before(
    refused: Programme, decision: str
) -> None:
    rev = refused_rev(refused)
    on_it = made_on(rev, "2" * 32)
    on_it["_revisions"]["ids"] += [_base_digest(refused)]
    worse: dict[str, Any] = {**REGISTRATION, "age": 98}
    assert refused.write("amina", "k21", worse, **on_it).code == "invalid_answers"
    last = refused.quarantine("bilal")[-1]["entry"]
    right: dict[str, Any] = {**REGISTRATION, "age": 8}

    if decision == "correct":
        correct(*desk(refused), last, right)
    else:
        (accept if decision == "accept" else reject)(*desk(refused), last)

    told: dict[str, Any] = {"reject": REGISTRATION, "correct": right, "accept": worse}
    stands = told[decision]
    subject = f"{refused.record}:k21 {rev}"
    assert subject in refused.audit("superseded" if decision == "accept" else "rejected")
    assert refused.shown("amina", "k21")["data"] == stands
    assert refused.quarantine("bilal") == []
    edited = {**stands, "age": 7}
    now = refused.shown("amina", "k21")["_rev"]
    assert refused.write("amina", "k21", edited, _rev=now).code is None
    assert refused.shown("bilal", "k21")["data"] == edited


def test_refused_edits_in_a_line_are_decided_one_after_the_other(refused: Programme) -> None:
    rev = refused_rev(refused)
    first = entry(refused)
    on_it = made_on(rev, "2" * 32)
    on_it["_revisions"]["ids"] += [_base_digest(refused)]
    reject(*desk(refused), first)
    worse = {**REGISTRATION, "age": 98}
    assert refused.write("amina", "k21", worse, **on_it).code == "invalid_answers"

    reject(*desk(refused), entry(refused))

    assert refused.shown("amina", "k21")["data"] == REGISTRATION
    assert len(refused.audit("rejected")) == 2  # each once
    assert refused.audit("superseded") == []
    now = refused.shown("amina", "k21")["_rev"]
    assert refused.write("amina", "k21", {**REGISTRATION, "age": 7}, _rev=now).code is None
    assert refused.shown("bilal", "k21")["data"]["age"] == 7


def test_rejecting_other_content_of_what_stands_takes_nothing_back(programme: Programme) -> None:
    """Somebody sends other content under the id of an edit that was accepted."""
    programme.register()
    base = programme.shown("bilal", "k1")["_rev"]
    withdrawn = {**CASE, "consent_to_share": False}
    assert programme.write("bilal", "k1", withdrawn, **made_on(base, FIRST)).code is None
    forged = programme.write("amina", "k1", CASE, **made_on(base, FIRST))
    assert forged.code == "same_revision_other_content"

    with pytest.raises(NotDecided):
        accept(*desk(programme), entry(programme))
    assert reject(*desk(programme), entry(programme)) is None

    assert programme.shown("amina", "k1")["data"]["consent_to_share"] is False


def test_what_rests_on_an_unknown_merge_is_only_noted(programme: Programme) -> None:
    """As after a restore from a backup."""
    programme.register()
    base = programme.shown("amina", "k21")["_rev"]
    merge = f"m100{'a' * 29}"
    edited = {**REGISTRATION, "age": 8}
    path = {"start": 3, "ids": [FIRST, merge, base.partition("-")[2]]}
    assert programme.write("amina", "k21", edited, _revisions=path).code == "unknown_merge"

    with pytest.raises(NotDecided) as error:
        accept(*desk(programme), entry(programme))
    assert code_of(error) == "unknown_merge"
    assert reject(*desk(programme), entry(programme)) is None
    assert programme.shown("amina", "k21")["_rev"] == base
    assert programme.write("amina", "k21", edited, _rev=base).code is None


def test_a_history_that_is_none_cannot_be_accepted(programme: Programme) -> None:
    programme.register()
    edited = {**REGISTRATION, "age": 8}
    odd: Any = {"_rev": f"2-{FIRST}", "_revisions": {"start": 7, "ids": ["x"]}}
    assert programme.write("amina", "k21", edited, **odd).code is not None

    with pytest.raises(NotDecided) as error:
        accept(*desk(programme), entry(programme))
    assert code_of(error) == "not_readable"


def test_a_correction_settles_nothing_of_what_the_sender_did(programme: Programme) -> None:
    programme.register()
    programme.write("amina", "k22", {"assessed_on": "2026-11-01", "risk_level": "low"})
    programme.fork(
        "k22",
        ("amina", {"assessed_on": "2026-11-02", "risk_level": "low"}),
        ("bilal", {"assessed_on": "2026-11-03", "risk_level": "low"}),
    )
    (waiting,) = programme.conflicts("bilal")
    shown = programme.shown("amina", "k22")
    settles = {unit: [one["rev"] for one in said] for unit, said in waiting["open"].items()}
    edit = {**shown["data"], "risk_level": "none"}
    sent = programme.write("amina", "k22", edit, settles=settles, **made_on(shown["_rev"], FIRST))
    assert sent.code == "invalid_answers"

    correct(*desk(programme), entry(programme), {**shown["data"], "risk_level": "low"})

    assert [set(one["open"]) for one in programme.conflicts("bilal")] == [set(settles)]


def test_numbers_that_a_tablet_cannot_hold_are_not_accepted(programme: Programme) -> None:
    programme.register()
    rev = programme.shown("amina", "k21")["_rev"]
    huge = {**REGISTRATION, "age": 10**30}
    assert programme.write("amina", "k21", huge, **made_on(rev, FIRST)).code == "invalid_answers"

    with pytest.raises(NotDecided):
        accept(*desk(programme), entry(programme))


def test_what_was_filled_in_an_older_revision_is_corrected_in_the_newer(
    programme: Programme,
) -> None:
    programme.write("amina", "k1", CASE)
    publish(programme, definition(question("text", "a")))
    programme.write("amina", "k100", {"a": "x"})
    publish(programme, definition(question("text", "a"), question("text", "b")))
    rev = programme.shown("amina", "k100")["_rev"]
    programme.write("bilal", "k100", {"a": "x", "b": "y"}, form_rev=2, _rev=rev)
    newer = programme.shown("amina", "k100")["_rev"]
    old = programme.write("amina", "k100", {"a": "z"}, **made_on(newer, FIRST))
    assert old.code == "older_form"

    correct(*desk(programme), entry(programme), {"a": "z", "b": "y"})

    shown = programme.shown("amina", "k100")
    assert (shown["form_rev"], shown["data"]) == (2, {"a": "z", "b": "y"})


def test_edits_between_that_never_came_are_told_of(programme: Programme) -> None:
    programme.register()
    base = Rev.parse(programme.shown("amina", "k21")["_rev"])
    path: Any = {"start": 3, "ids": [FIRST, "2" * 32, base.digest]}
    wrong = {**REGISTRATION, "age": 99, "nationality": "Sudanese"}
    assert programme.write("amina", "k21", wrong, _revisions=path).code == "invalid_answers"

    assert sent_in(*desk(programme), entry(programme))["unsent"] == 1


def test_an_edit_of_which_only_the_id_has_come_is_one_that_never_came(
    programme: Programme,
) -> None:
    programme.register()
    base = Rev.parse(programme.shown("amina", "k21")["_rev"])
    between = ["2" * 32, base.digest]
    right: Any = {"start": 3, "ids": ["3" * 32, *between]}
    assert programme.write("amina", "k21", REGISTRATION, _revisions=right).code is None
    path: Any = {"start": 3, "ids": [FIRST, *between]}
    wrong = {**REGISTRATION, "age": 99, "nationality": "Sudanese"}
    assert programme.write("amina", "k21", wrong, _revisions=path).code == "invalid_answers"

    assert sent_in(*desk(programme), entry(programme))["unsent"] == 1


def test_a_broken_constraint_is_told_in_the_words_of_the_form(programme: Programme) -> None:
    programme.write("amina", "k1", CASE)
    message = "Is this a child?"
    asked = {"constraint": ". < 18", "constraint_message::English (en)": message}
    publish(programme, definition(question("integer", "age", **asked)))
    assert programme.write("amina", "k100", {"age": 40}).code == "invalid_answers"

    (listed,) = programme.quarantine("bilal")

    label = question("integer", "age")["label::English (en)"]
    told = {"path": "age", "code": "constraint", "question": {"en": label}}
    assert listed["problems"] == [{**told, "message": {"en": message}}]
    assert sent_in(*desk(programme), listed["entry"])["problems"] == listed["problems"]


@pytest.mark.parametrize("revision", ["one", 77, True, None])
def test_a_correction_takes_no_revision_of_a_form_that_there_is_not(
    programme: Programme, revision: Any
) -> None:
    programme.register()
    base = programme.shown("amina", "k21")["_rev"]
    made = {**made_on(base, FIRST), "form_rev": revision, "state": "perhaps"}
    assert programme.write("amina", "k21", REGISTRATION, **made).code is not None
    right: dict[str, Any] = {**REGISTRATION, "age": 8}

    correct(*desk(programme), entry(programme), right)

    shown = programme.shown("amina", "k21")
    known = [of for code, of in published_to(*desk(programme)[:2]) if code == "k21"]
    assert (shown["form_rev"], shown["state"], shown["data"]) == (max(known), "complete", right)


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


def test_an_edit_under_a_name_that_nobody_has_is_corrected_or_rejected(
    programme: Programme,
) -> None:
    programme.register()
    base = programme.shown("amina", "k21")["_rev"]
    programme.write("amina", "k21", REGISTRATION, author="nobody_such", **made_on(base, FIRST))

    with pytest.raises(NotDecided) as error:
        accept(*desk(programme), entry(programme))
    assert code_of(error) == "false_author"
    correct(*desk(programme), entry(programme), REGISTRATION)
    assert programme.shown("bilal", "k21")["author"] == "bilal"


def test_the_word_of_somebody_who_has_left_is_accepted_as_theirs(programme: Programme) -> None:
    """Their tablet was handed on with what they had not sent."""
    programme.register()
    base = programme.shown("amina", "k21")["_rev"]
    shut_out_user(programme.kanaf, "chen")
    programme.write("amina", "k21", REGISTRATION, author="chen", **made_on(base, FIRST))

    accept(*desk(programme), entry(programme))

    assert programme.shown("bilal", "k21")["author"] == "chen"


def test_who_was_shut_out_since_they_came_in_decides_nothing(refused: Programme) -> None:
    kanaf, database, bilal = desk(refused)
    chosen = entry(refused)
    shut_out_user(kanaf, "bilal")

    with pytest.raises(NotAllowed):
        accept(kanaf, database, bilal, chosen)

    assert [one["entry"] for one in refused.quarantine("amina")] == [chosen]


def test_what_was_sent_for_a_record_of_no_group_is_the_senders_supervisors_to_decide(
    programme: Programme,
) -> None:
    add_user(programme.kanaf, "eve", role="data_clerk", agency="a", password=None)
    assert programme.write("eve", "k1", CASE).code is None
    assert programme.write("eve", "k21", {"age": "nine"}).code == "invalid_answers"
    change_user(programme.kanaf, "eve", groups=("khartoum",))

    reject(*desk(programme), entry(programme))

    assert programme.quarantine("bilal") == []


def test_a_supervisor_whose_role_does_not_read_a_form_is_not_shown_what_was_sent_in_it(
    programme: Programme,
) -> None:
    """There is no record yet, so nothing but the sender's group says whose it is."""
    reads = ["k1", "k7"]
    given = {"scope": "group", "actions": ["settle"], "reads": reads, "writes": reads}
    set_role(programme.kanaf, "desk", given)
    add(programme, "omar", "desk", "khartoum")
    sent = programme.write("amina", "k20", {"full_name": "somebody", "nonsense": 1})
    assert sent.code == "invalid_answers"

    assert sent_in(*desk(programme), entry(programme))["sent"]["data"]["nonsense"] == 1
    with pytest.raises(NotDecided):
        sent_in(*desk(programme, "omar"), entry(programme, "omar"))


def test_what_nobody_may_read_yet_is_rejected_by_the_senders_supervisor(
    programme: Programme,
) -> None:
    """There are forms for which no role is made yet."""
    programme.register()
    transfer = f"k3:{'0' * 26}"
    assert programme.write("amina", transfer, {}).code == "not_allowed"
    chosen = entry(programme)
    add(programme, "eve", "supervisor", "gedaref")

    with pytest.raises(NotDecided) as error:
        reject(*desk(programme, "eve"), chosen)
    assert code_of(error) == "not_in_quarantine"
    reject(*desk(programme), chosen)
    assert programme.quarantine("bilal") == programme.quarantine("amina") == []


def test_what_was_decided_while_somebody_looked_is_no_longer_in_quarantine(
    refused: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two statements of a reading others commit, on PostgreSQL."""
    chosen, look = entry(refused), waiting_for_people.entries_seen_by

    def and_decided_meanwhile(*asked: Any) -> Any:
        found = look(*asked)
        monkeypatch.setattr(quarantine_desk, "entries_seen_by", look)
        accept(*desk(refused), chosen)
        return found

    monkeypatch.setattr(quarantine_desk, "entries_seen_by", and_decided_meanwhile)
    with pytest.raises(NotDecided) as error:
        sent_in(*desk(refused), chosen)
    assert code_of(error) == "not_in_quarantine"


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


def test_nobody_accepts_what_they_have_sent_under_somebody_elses_name(programme: Programme) -> None:
    programme.register()
    base = programme.shown("amina", "k21")["_rev"]
    forged = {**REGISTRATION, "sex": "male"}
    sent = programme.write("bilal", "k21", forged, author="chen", **made_on(base, FIRST))
    assert sent.code == "false_author"

    with pytest.raises(NotDecided) as error:
        accept(*desk(programme), entry(programme))

    assert code_of(error) == "false_author"
    assert programme.shown("amina", "k21")["author"] == "amina"
