"""What a supervisor reads of merges: what waits, what was merged, from whom and by which rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sync_server.messages import LANGUAGES, sentence
from sync_server.service.accounts import add_agency, add_user
from sync_server.service.administration import add_database
from sync_server.service.merge_policy import change_policy
from sync_server.storage.rows import DatabaseKind
from tests.console.conftest import PASSWORD, Browser, Reading
from tests.service.clashes import AGE, age_clash, consent_clash, settled
from tests.service.conftest import CASE, REGISTRATION, Programme
from tests.service.shutting_out import change_user, shut_out_user

LOW = {"assessed_on": "2026-11-01", "risk_level": "low", "needs": [], "summary": "."}
AtConsole = Callable[[str], Browser]
MOTHER = {"id": "01JD3Z5Q8YV0M4T7W2X9B6C1AE", "relation": "mother", "age": 31}
AUNT = {"id": "01JD3Z5Q8YV0M4T7W2X9B6C1AF", "relation": "aunt", "age": 40}


def merges(browser: Browser, programme: Programme, **headers: str) -> Reading:
    return browser.read(f"/console/sudan/records/{programme.record}", **headers)


def test_an_open_conflict_is_listed_with_its_case_and_form(
    programme: Programme, at_console: AtConsole
) -> None:
    programme.register()
    age_clash(programme)

    page = at_console("bilal").read("/console/")

    assert f"{CASE['case_number']} Registration 1" in page.text
    anchor = f"{programme.record}%3Ak21"
    assert f"/console/sudan/records/{programme.record}#{anchor}" in page.links


def test_the_page_of_a_clash_tells_every_side(programme: Programme, at_console: AtConsole) -> None:
    programme.register()
    clash = age_clash(programme)

    text = merges(at_console("bilal"), programme).text

    shown = clash["data"]["age"]
    assert f"Age in years Shown until it is decided: {shown}" in text
    assert sentence("console.how.open", "en") in text
    assert sentence("console.rule.changed", "en") in text
    assert sentence("console.writers_decide", "en") in text
    for name, age in (("amina", 7), ("bilal", 9)):
        assert f"{name}-tablet No answer {age} 2026-11-23 08:12+02:00" in text


def test_a_protected_answer_says_that_supervisors_decide(
    programme: Programme, at_console: AtConsole
) -> None:
    consent_clash(programme)

    text = merges(at_console("bilal"), programme).text

    assert "Consent to share information Shown until it is decided" in text
    assert sentence("console.supervisors_decide", "en") in text


def test_what_the_programme_always_asks_about_says_so(
    programme: Programme, at_console: AtConsole
) -> None:
    change_policy(programme.kanaf, "sudan", ask=["k21.age"])
    programme.refresh()
    age_clash(programme)

    assert sentence("console.rule.ask", "en") in merges(at_console("bilal"), programme).text


def test_the_edits_are_drawn(programme: Programme, at_console: AtConsole) -> None:
    clash = age_clash(programme)
    revs = [one["rev"] for one in clash["merge"]["open"][AGE]]

    text = merges(at_console("bilal"), programme).text

    for rev in revs:
        generation, _, digest = rev.partition("-")
        assert f"* {generation}-{digest[:6]}" in text or f"* | {generation}-{digest[:6]}" in text


def test_a_decision_says_between_what_it_was(programme: Programme, at_console: AtConsole) -> None:
    clash = age_clash(programme)
    programme.write("bilal", "k21", {**REGISTRATION, "age": 9}, **settled(clash, AGE))

    page = merges(at_console("bilal"), programme)

    assert sentence("console.how.settled", "en") in page.text
    revs = (one["rev"] for one in clash["merge"]["open"][AGE])
    between = ", ".join(rev[:8] for rev in revs)
    assert f"Decided between: {between}" in page.text
    first_page = at_console("bilal").read("/console/")
    assert sentence("console.nothing_waits", "en") in first_page.text
    assert any(programme.record in link for link in first_page.links), "it was merged lately"


def test_a_decision_between_what_is_no_revision_is_shown_all_the_same(
    programme: Programme, at_console: AtConsole
) -> None:
    clash = age_clash(programme)
    made = {"_rev": clash["_rev"], "settles": {AGE: ["<b>", "", "1-", "9-" + "x" * 90]}}
    assert programme.write("bilal", "k21", {**REGISTRATION, "age": 9}, **made).code is None

    assert "Age in years" in merges(at_console("bilal"), programme).text


def test_rows_and_choices_are_told_by_their_labels(
    programme: Programme, at_console: AtConsole
) -> None:
    start = {**REGISTRATION, "family": [MOTHER, AUNT], "protection_concerns": ["separated"]}
    programme.write("amina", "k21", start)
    older = {**start, "family": [{**MOTHER, "age": 32}, AUNT]}
    programme.fork(
        "k21",
        ("amina", {**older, "protection_concerns": ["separated", "distress"]}),
        ("bilal", {**start, "family": [AUNT]}),
    )

    text = merges(at_console("bilal"), programme).text

    assert "Family members: Mother, 32 Shown until it is decided: There" in text
    assert sentence("console.rule.existence", "en") in text
    assert "Protection concerns: Mental distress Shows: There" in text


def test_what_was_merged_without_asking_tells_the_rule(
    programme: Programme, at_console: AtConsole
) -> None:
    programme.write("amina", "k22", LOW)
    programme.fork(
        "k22",
        ("amina", {**LOW, "risk_level": "high"}),
        ("bilal", {**LOW, "risk_level": "medium"}),
    )

    text = merges(at_console("bilal"), programme).text

    assert "Risk level: High" in text
    assert sentence("console.how.highest", "en") in text
    assert sentence("console.told", "en") in text


def test_a_case_in_which_nothing_clashed_says_so(
    programme: Programme, at_console: AtConsole
) -> None:
    programme.register()

    page = merges(at_console("bilal"), programme)

    assert sentence("console.nothing_merged", "en") in page.text
    assert str(CASE["case_number"]) in page.text


def test_what_is_typed_into_answers_runs_nowhere(
    programme: Programme, at_console: AtConsole
) -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    programme.write("amina", "k22", {**LOW, "summary": attack})
    programme.fork(
        "k22",
        ("amina", {**LOW, "summary": f"{attack} Amina."}),
        ("bilal", {**LOW, "summary": f"{attack} Bilal."}),
    )

    page = merges(at_console("bilal"), programme)

    assert attack in page.text
    assert not page.tags("script")
    assert not page.tags("img")


def test_supervisors_of_another_group_learn_nothing(
    programme: Programme, at_console: AtConsole
) -> None:
    add_agency(programme.kanaf, "d", "Agency D")
    add_user(
        programme.kanaf, "other", role="supervisor", agency="d", group="kassala", password=PASSWORD
    )
    programme.register()
    age_clash(programme)
    browser = at_console("other")

    there = browser.get(f"/console/sudan/records/{programme.record}")
    nowhere = browser.get("/console/sudan/records/3f6c1a52-0000-4000-8000-000000000000")

    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert Reading(there.text).text == Reading(nowhere.text).text
    assert programme.record not in browser.get("/console/").text


@pytest.mark.parametrize("path", ["nowhere/records/x", "shared/records/x", "sudan/records/shared"])
def test_nothing_else_is_a_case(at_console: AtConsole, path: str) -> None:
    assert at_console("bilal").get(f"/console/{path}").status_code == 404


def test_open_databases_are_none_of_the_consoles(
    programme: Programme, at_console: AtConsole
) -> None:
    add_database(programme.kanaf, "reference", DatabaseKind.OPEN)
    browser = at_console("bilal")

    assert "reference" not in browser.read("/console/").text
    assert browser.get("/console/reference/records/x").status_code == 404


@pytest.mark.parametrize("suffix", ["", ":k21", ":k2:01JD3Z5Q8YV0M4T7W2X9B6C1AE"])
def test_a_case_is_found_by_its_id_or_a_documents(
    programme: Programme, at_console: AtConsole, suffix: str
) -> None:
    programme.register()
    asked = {"database": "sudan", "record": f" {programme.record}{suffix} "}
    answer = at_console("bilal").client.get("/console/find", query_string=asked)

    assert answer.location == f"/console/sudan/records/{programme.record}"


def test_who_was_shut_out_is_out_at_the_next_page(
    programme: Programme, at_console: AtConsole
) -> None:
    browser = at_console("bilal")
    shut_out_user(programme.kanaf.store, "bilal")

    assert browser.get("/console/").status_code == 303


def test_who_is_no_supervisor_any_more_is_refused(
    programme: Programme, at_console: AtConsole
) -> None:
    browser = at_console("bilal")
    change_user(programme.kanaf.store, "bilal", role="caseworker")

    assert browser.get("/console/").status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_merge_is_told_in_the_readers_language(
    programme: Programme, at_console: AtConsole, language: str
) -> None:
    age_clash(programme)

    text = merges(at_console("bilal"), programme, **{"Accept-Language": language}).text

    assert sentence("console.how.open", language) in text
    labels = {
        one.name: one.label
        for form in programme.kanaf.forms.values()
        if form.code == "k21"
        for one in form.fields
    }
    assert labels["age"][language] in text
