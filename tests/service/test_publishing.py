"""A programme publishes forms, revision after revision, while its tablets are out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from schemas import Form, form_to_json
from schemas.xlsform.reading import read_form
from schemas.xlsform.writing import written
from sync_server.service import administration
from sync_server.service.administration import add_database
from sync_server.service.case_forms import revisions_of
from sync_server.service.feed import page
from sync_server.service.merge_policy import change_policy
from sync_server.service.publishing import (
    NotPublishable,
    form_code_of,
    next_revision,
    publish_form,
    published_to,
)
from sync_server.storage.rows import DatabaseKind
from tests.schemas.workbooks import end, option, question, xlsx
from tests.service.conftest import CASE, Programme, made_on
from tests.support.opening import kanaf_in

SETTINGS = [{"form_title::English (en)": "Home visit", "form_id": "visit", "cardinality": "one"}]
STATES = [
    *(option("state", one) for one in ("north", "south")),
    option("town", "a", state="north"),
    option("town", "b", state="south"),
]
FIRST = [
    question("integer", "age", required="yes"),
    question("text", "q1", relevant="${age} < 18"),
    question("text", "q2", relevant="${q1} = 'x'"),
    question("text", "q3", relevant="${q2} = 'x'"),
    question("text", "q4", relevant="${q3} = 'x'"),
    question("text", "q5", relevant="${q4} = 'x'", required="yes"),
    question("select_one state", "state"),
    question("select_one town", "town", choice_filter="state = ${state}"),
    question("begin repeat", "family"),
    question("text", "relation"),
    question("begin repeat", "toys"),
    question("text", "toy", required="yes"),
    end("repeat"),
    end("repeat"),
]
CHAIN = {"age": 7, **{f"q{n}": "x" for n in range(1, 5)}}


def definition(*survey: dict[str, Any], choices: Any = STATES) -> dict[str, Any]:
    read = read_form(xlsx(survey=survey, choices=choices, settings=SETTINGS), "visit.xlsx")
    form, notes = read.form("k100", 1)
    assert form is not None, notes
    return dict(read.definition)


def publish(programme: Programme, told: dict[str, Any], *, dry_run: bool = False) -> Form:
    forms = published_to(programme.kanaf, programme.database)
    form = next_revision(forms, told, form_code_of(forms, told.get("name"), None))
    return publish_form(programme.kanaf, programme.database, form, dry_run=dry_run).form


def shared(programme: Programme) -> list[str]:
    """The definitions of the programme's own forms that bilal's tablet is told of."""
    with programme.reader("bilal") as reader:
        told = page(reader, 0, 1_000)
    ids = (one.document_id for one in told.changes)
    return sorted(one for one in ids if re.match(r"shared:form:k[0-9]{3}", one))


def test_a_form_that_nobody_knew_is_invented_published_filled_offline_upgraded_and_exported(
    programme: Programme,
) -> None:
    """Nested repeats, a cascade, a relevance chain of five."""
    programme.write("amina", "k1", CASE)
    first = publish(programme, definition(*FIRST))
    assert (first.code, first.revision, shared(programme)) == ("k100", 1, ["shared:form:k100.1"])
    assert programme.read("bilal", "shared:form:k100.1")["fields"] == form_to_json(first)["fields"]
    toys = [{"id": "t", "toy": "ball"}]
    answers = {
        **CHAIN,
        "q5": "end",
        "state": "north",
        "town": "a",
        "family": [{"id": "f", "relation": "aunt", "toys": toys}],
    }

    assert programme.write("amina", "k100", answers).code is None
    for wrong, path in (
        (CHAIN, ("q5", "required")),
        ({**answers, "town": "b"}, ("town", "filtered_option")),
        (
            {**answers, "family": [{"id": "f", "toys": [{"id": "t"}]}]},
            ("family[0].toys[0].toy", "required"),
        ),
    ):
        shown = programme.shown("amina", "k100")
        refused = programme.write("amina", "k100", wrong, _rev=shown["_rev"])
        assert refused.code == "invalid_answers"
        assert path in {(one["path"], one["code"]) for one in _problems(programme, "amina")}

    second = publish(
        programme,
        definition(
            question("integer", "years", required="yes", renamed_from="age"),
            *[
                {**one, "relevant": str(one.get("relevant", "")).replace("${age}", "${years}")}
                for one in FIRST[1:]
            ],
            question("date", "next_visit"),
            choices=[
                option("state", "northern", replaces="north"),
                *STATES[1:2],
                option("town", "a", state="northern"),
                *STATES[3:],
            ],
        ),
    )
    assert (second.code, second.revision) == ("k100", 2)
    base = programme.shown("amina", "k100")["_rev"]
    offline = made_on(base, "0" * 31 + "1")  # by a tablet that has the first revision only
    assert programme.write("amina", "k100", {**answers, "q5": "later"}, **offline).code is None
    online = {**_as_second(answers), "next_visit": "2026-12-01"}
    newer = programme.write("bilal", "k100", online, form_rev=2, **made_on(base, "0" * 31 + "2"))
    assert newer.code is None

    shown = programme.shown("amina", "k100")
    assert shown["form_rev"] == 2
    assert shown["data"] == {**online, "q5": "later"}
    assert programme.conflicts("bilal") == []
    exported = read_form(written(second, ".xlsx"), "visit.xlsx").form("k100", 2)[0]
    assert exported == second


def _as_second(answers: dict[str, Any]) -> dict[str, Any]:
    rest = {name: one for name, one in answers.items() if name != "age"}
    return {**rest, "years": answers["age"], "state": "northern"}


def _problems(programme: Programme, name: str) -> list[dict[str, str]]:
    return [problem for one in programme.quarantine(name) for problem in one["problems"]]


def test_what_clashes_over_a_renamed_field_is_one_question_and_settled_once(
    programme: Programme,
) -> None:
    programme.write("amina", "k1", CASE)
    publish(programme, definition(question("text", "name"), question("text", "other")))
    programme.write("amina", "k100", {"name": "a"})
    programme.fork("k100", ("amina", {"name": "b"}), ("bilal", {"name": "c"}))
    (waiting,) = programme.conflicts("bilal")
    shown = programme.shown("bilal", "k100")
    decided = {unit: [one["rev"] for one in open_] for unit, open_ in waiting["open"].items()}
    publish(
        programme,
        definition(question("text", "called", renamed_from="name"), question("text", "other")),
    )

    settled = programme.write("bilal", "k100", {"name": "c"}, _rev=shown["_rev"], settles=decided)

    assert settled.code is None
    newer = {"called": "c", "other": "x"}
    rev = programme.shown("amina", "k100")["_rev"]
    assert programme.write("amina", "k100", newer, form_rev=2, _rev=rev).code is None
    assert programme.shown("amina", "k100")["data"] == newer
    assert programme.conflicts("bilal") == []


def test_an_edit_in_a_newer_revision_is_compared_with_what_it_was_made_on(
    programme: Programme,
) -> None:
    """A renamed answer that is given once has not been changed."""
    programme.write("amina", "k1", CASE)
    publish(programme, definition(question("text", "first", merge="fixed")))
    programme.write("amina", "k100", {"first": "a"})
    publish(programme, definition(question("text", "begin", merge="fixed", renamed_from="first")))
    rev = programme.shown("amina", "k100")["_rev"]

    changed = programme.write("amina", "k100", {"begin": "b"}, form_rev=2, _rev=rev)
    kept = programme.write("amina", "k100", {"begin": "a"}, form_rev=2, _rev=rev)

    assert (changed.code, kept.code) == ("invalid_answers", None)


def test_a_revision_that_breaks_answers_is_refused_and_nothing_is_published(
    programme: Programme,
) -> None:
    publish(programme, definition(*FIRST))

    with pytest.raises(NotPublishable) as refused:
        publish(programme, definition(question("decimal", "age"), *FIRST[1:5]))

    assert refused.value.code == "breaking_revision"
    assert {(one.path, one.code) for one in refused.value.changes} >= {
        ("age", "type_changed"),
        ("q5", "removed"),
    }
    assert shared(programme) == ["shared:form:k100.1"]


def test_a_dry_run_says_what_would_be_and_does_nothing(programme: Programme) -> None:
    would_be = publish(programme, definition(*FIRST), dry_run=True)

    assert (would_be.code, would_be.revision, shared(programme)) == ("k100", 1, [])
    assert publish(programme, definition(*FIRST)).revision == 1


def test_a_form_that_is_as_it_was_gets_no_revision(programme: Programme) -> None:
    publish(programme, definition(*FIRST))

    assert publish(programme, definition(*FIRST)).revision == 1
    assert shared(programme) == ["shared:form:k100.1"]


def test_another_form_gets_the_next_code(programme: Programme) -> None:
    publish(programme, definition(*FIRST))

    other = publish(programme, {**definition(*FIRST), "name": "other"})

    assert (other.code, other.revision) == ("k101", 1)


@pytest.mark.parametrize(("name", "code"), [("other", "k100"), ("visit", "k101")])
def test_a_form_takes_neither_the_code_nor_the_name_of_another(
    programme: Programme, name: str, code: str
) -> None:
    publish(programme, definition(*FIRST))
    forms = published_to(programme.kanaf, programme.database)
    form = next_revision(forms, {**definition(*FIRST), "name": name}, code)

    with pytest.raises(NotPublishable) as refused:
        publish_form(programme.kanaf, programme.database, form)

    assert refused.value.code == "other_form"


def test_a_code_that_was_given_far_up_leaves_those_below_free(programme: Programme) -> None:
    forms = published_to(programme.kanaf, programme.database)
    far = next_revision(forms, definition(*FIRST), "k999999")
    publish_form(programme.kanaf, programme.database, far)

    other = publish(programme, {**definition(*FIRST), "name": "other"})

    assert other.code == "k100"


def test_a_definition_that_cannot_be_read_takes_no_other_form_away(programme: Programme) -> None:
    """An older or newer version of the service has published it."""
    unreadable = {"code": "k101", "revision": 1, "from": "the future"}
    administration.publish(
        programme.kanaf,
        programme.database,
        {"shared:form:k101.1": unreadable, "shared:form:k1.1": unreadable},
    )
    publish(programme, definition(*FIRST))

    assert programme.read("amina", "shared:form:k1.1")["from"] == "the future"
    known = published_to(programme.kanaf, programme.database)

    assert {("k1", 1), ("k100", 1)} <= known.keys()
    assert ("k101", 1) not in known
    assert programme.write("amina", "k1", CASE).code is None
    assert programme.write("amina", "k101", {"a": 1}).code == "unknown_form"


def test_a_form_that_ships_is_the_one_that_ships_whatever_the_database_has(
    programme: Programme,
) -> None:
    shipped = published_to(programme.kanaf, programme.database)["k21", 1]
    other = {**form_to_json(shipped), "title": {**shipped.title, "en": "Another"}}
    administration.publish(programme.kanaf, programme.database, {"shared:form:k21.1": other})
    publish(programme, definition(*FIRST))

    assert published_to(programme.kanaf, programme.database)["k21", 1] == shipped


@pytest.mark.parametrize(("code", "why"), [("k1", "system_form"), ("k99", "reserved_code")])
def test_forms_that_come_with_the_service_are_not_published(
    programme: Programme, code: str, why: str
) -> None:
    forms = published_to(programme.kanaf, programme.database)
    form = next_revision(forms, definition(*FIRST), code)

    with pytest.raises(NotPublishable) as refused:
        publish_form(programme.kanaf, programme.database, form)

    assert refused.value.code == why


def test_an_open_database_has_no_forms_of_its_own(programme: Programme) -> None:
    database = add_database(programme.kanaf, "open", DatabaseKind.OPEN)
    form = next_revision({}, definition(*FIRST), "k100")

    with pytest.raises(NotPublishable) as refused:
        publish_form(programme.kanaf, database, form)

    assert refused.value.code == "open_database"


def test_of_two_who_publish_the_same_revision_the_second_is_told(programme: Programme) -> None:
    forms = published_to(programme.kanaf, programme.database)
    first = next_revision(forms, definition(*FIRST), "k100")
    second = next_revision(forms, definition(*FIRST[:2]), "k100")
    publish_form(programme.kanaf, programme.database, first)

    with pytest.raises(NotPublishable) as refused:
        publish_form(programme.kanaf, programme.database, second)

    assert refused.value.code == "published_meanwhile"
    known = published_to(programme.kanaf, programme.database)
    assert revisions_of(known, "k100") == [first]


def test_another_process_takes_documents_of_a_form_that_was_just_published(
    programme: Programme, tmp_path: Path
) -> None:
    programme.write("amina", "k1", CASE)
    url = programme.kanaf.settings.database_url
    other = Programme(kanaf_in(tmp_path, url), programme.database, programme.record)
    try:
        assert other.write("amina", "k100", {"age": 7}).code == "unknown_form"
        publish(programme, definition(question("integer", "age")))

        written_there = other.write("amina", "k100", {"age": 7})

        assert written_there.code is None
        assert other.shown("amina", "k100")["data"] == {"age": 7}
    finally:
        other.kanaf.store.close()


def test_a_form_of_one_programme_is_none_of_another(programme: Programme) -> None:
    publish(programme, definition(*FIRST))
    other = add_database(programme.kanaf, "other", DatabaseKind.CASE)

    assert ("k100", 1) not in published_to(programme.kanaf, other)
    assert ("k100", 1) in published_to(programme.kanaf, programme.database)


TWO = question("text", "o")
RISK = question("text", "risk", merge="changed")


def renamed_while_open(programme: Programme, before: dict[str, Any], after: dict[str, Any]) -> Any:
    """Two have given another value of a field, which is renamed then."""
    programme.write("amina", "k1", CASE)
    publish(programme, definition(before, TWO))
    name = before["name"]
    programme.write("amina", "k100", {name: "One. Two. Three.", "o": "z"})
    values = ("One. AMINA. Three.", "One. BILAL. Three.")
    programme.fork(
        "k100",
        ("amina", {name: values[0], "o": "z"}),
        ("bilal", {name: values[1], "o": "z"}),
    )
    (waiting,) = programme.conflicts("bilal")
    publish(programme, definition({**after, "renamed_from": name}, TWO))
    return waiting["open"]


def said(programme: Programme) -> dict[str, set[str]]:
    return {
        unit: {one["value"] for one in candidates}
        for waiting in programme.conflicts("bilal")
        for unit, candidates in waiting["open"].items()
    }


@pytest.mark.parametrize("rule", ["changed", "text", "ask"])
def test_an_edit_of_something_else_in_a_newer_revision_leaves_open_what_was(
    programme: Programme, rule: str
) -> None:
    before, after = RISK | {"merge": rule}, question("text", "danger", merge=rule)
    opened = renamed_while_open(programme, before, after)
    shown = programme.shown("amina", "k100")
    newer = {"danger": shown["data"]["risk"], "o": "moved"}

    sent = programme.write("amina", "k100", newer, form_rev=2, _rev=shown["_rev"])

    assert sent.code is None
    assert programme.shown("bilal", "k100")["data"]["o"] == "moved"
    assert set(said(programme)) == set(opened) == {"data.risk"}
    assert said(programme)["data.risk"] == {"One. AMINA. Three.", "One. BILAL. Three."}


def test_a_protected_field_is_protected_under_every_name_and_settled_as_it_is_listed(
    programme: Programme,
) -> None:
    before = RISK | {"protected": "yes"}
    opened = renamed_while_open(programme, before, question("text", "danger"))
    shown = programme.shown("amina", "k100")
    settles = {unit: [one["rev"] for one in told] for unit, told in opened.items()}
    newer = {"danger": shown["data"]["risk"], "o": "z"}
    made = {"form_rev": 2, "_rev": shown["_rev"]}

    refused = programme.write("amina", "k100", newer, settles=settles, **made)
    other = programme.write("amina", "k100", {**newer, "o": "child moved"}, **made)
    made = {"form_rev": 2, "_rev": programme.shown("bilal", "k100")["_rev"]}
    settled = programme.write(
        "bilal", "k100", {**newer, "o": "child moved"}, settles=settles, **made
    )

    assert (refused.code, other.code, settled.code) == ("not_allowed", None, None)
    assert programme.conflicts("bilal") == []
    assert programme.shown("amina", "k100")["data"] == {**newer, "o": "child moved"}


@pytest.mark.parametrize("name", ["risk", "danger"])
def test_a_policy_that_asks_about_a_field_does_so_under_every_name(
    programme: Programme, name: str
) -> None:
    programme.write("amina", "k1", CASE)
    publish(programme, definition(RISK, TWO))
    publish(programme, definition(question("text", "danger", renamed_from="risk"), TWO))
    change_policy(programme.kanaf, programme.database.name, ask=[f"k100.{name}"])
    programme.refresh()
    programme.write("amina", "k100", {"risk": "low"})

    programme.fork(
        "k100",
        ("amina", {"risk": "high"}),
        ("bilal", {"danger": "high"}, {"form_rev": 2}),
    )

    assert set(said(programme)) == {"data.risk"}


def test_a_fixed_field_that_is_open_is_settled_under_its_new_name(programme: Programme) -> None:
    programme.write("amina", "k1", CASE)
    publish(programme, definition(RISK | {"merge": "fixed"}, TWO))
    programme.write("amina", "k100", {"o": "z"})
    programme.fork("k100", ("amina", {"risk": "a", "o": "z"}), ("bilal", {"risk": "b", "o": "z"}))
    (waiting,) = programme.conflicts("bilal")
    settles = {unit: [one["rev"] for one in told] for unit, told in waiting["open"].items()}
    rev = programme.shown("bilal", "k100")["_rev"]
    newer = question("text", "begin", merge="fixed", renamed_from="risk")
    publish(programme, definition(newer, TWO))

    settled = programme.write(
        "bilal", "k100", {"begin": "a", "o": "z"}, form_rev=2, _rev=rev, settles=settles
    )

    assert settled.code is None
    assert programme.shown("amina", "k100")["data"] == {"begin": "a", "o": "z"}
    assert programme.conflicts("bilal") == []


def test_a_rename_that_is_still_told_of_in_the_revision_after_means_nothing_more(
    programme: Programme,
) -> None:
    """As in a workbook that was exported and changed further."""
    programme.write("amina", "k1", CASE)
    age = question("integer", "age")

    def family(name: str, cell: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        return [question("begin repeat", name, **more), cell, end("repeat"), TWO]

    publish(programme, definition(*family("fam", age)))
    programme.write("amina", "k100", {"fam": [{"id": "r", "age": 5}], "o": "z"})
    publish(programme, definition(*family("kin", age, renamed_from="fam")))
    years = question("integer", "years", renamed_from="age")
    publish(programme, definition(*family("kin", years, renamed_from="fam")))

    programme.fork(
        "k100",
        ("amina", {"fam": [{"id": "r", "age": 6}], "o": "z"}),
        ("bilal", {"kin": [{"id": "r", "years": 5}], "o": "moved"}, {"form_rev": 3}),
    )

    shown = programme.shown("amina", "k100")
    assert shown["data"] == {"kin": [{"id": "r", "years": 6}], "o": "moved"}
    assert programme.conflicts("bilal") == []


def test_an_option_that_was_replaced_is_still_what_somebody_said(programme: Programme) -> None:
    programme.write("amina", "k1", CASE)
    risks = [option("risk", one) for one in ("low", "mid", "high")]
    asked = question("select_one risk", "risk", protected="yes")
    publish(programme, definition(asked, TWO, choices=risks))
    programme.write("amina", "k100", {"risk": "low", "o": "z"})
    programme.fork(
        "k100",
        ("amina", {"risk": "mid", "o": "z"}),
        ("bilal", {"risk": "high", "o": "z"}),
    )
    shown = programme.shown("amina", "k100")
    newer = [risks[0], option("risk", "middle", replaces="mid"), risks[2]]
    publish(programme, definition(asked, TWO, choices=newer))
    read = {"mid": "middle"}.get(shown["data"]["risk"], shown["data"]["risk"])

    sent = programme.write(
        "amina", "k100", {"risk": read, "o": "moved"}, form_rev=2, _rev=shown["_rev"]
    )

    assert sent.code is None
    assert said(programme) == {"data.risk": {"middle", "high"}}
