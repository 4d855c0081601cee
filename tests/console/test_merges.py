"""What a supervisor reads of merges: what waits, what was merged, from whom and by which rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sync_server.messages import LANGUAGES, sentence
from sync_server.service.administration import add_database
from sync_server.service.directory_changes import add_agency, add_user, change_user, shut_out_user
from sync_server.service.merge_policy import change_policy
from sync_server.storage.rows import DatabaseKind
from tests.console.conftest import PASSWORD, Browser, Reading
from tests.service.clashes import AGE, age_clash, consent_clash, settled
from tests.service.conftest import CASE, REGISTRATION, Programme

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

    assert f"{CASE['case_number']} Registration to decide: 1 since " in page.text
    anchor = f"{programme.record}%3Ak21"
    assert f"/console/sudan/records/{programme.record}#{anchor}" in page.links


def test_the_page_of_a_clash_tells_every_side(programme: Programme, at_console: AtConsole) -> None:
    programme.register()
    clash = age_clash(programme)

    text = merges(at_console("bilal"), programme).text

    shown = clash["data"]["age"]
    assert f"Age in years {sentence('console.shown_meanwhile', 'en')} {shown}" in text
    assert sentence("console.how.open", "en") in text
    assert sentence("console.rule.changed", "en") in text
    assert sentence("console.writers_decide", "en") in text
    for name, age in (("amina", 7), ("bilal", 9)):
        mark = " shown meanwhile" if age == shown else ""
        told = f"{name}{mark} It said before No answer Wrote {age} Written, by the tablet’s clock"
        assert f"{told} 2026-11-23 08:12 Arrived here" in text


def test_a_protected_answer_says_that_supervisors_decide(
    programme: Programme, at_console: AtConsole
) -> None:
    consent_clash(programme)

    text = merges(at_console("bilal"), programme).text

    assert f"Consent to share information {sentence('console.shown_meanwhile', 'en')}" in text
    assert sentence("console.sharing_meanwhile", "en") in text
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
    programme.write("bilal", "k21", {**REGISTRATION, "age": 8}, **settled(clash, AGE))

    text = merges(at_console("bilal"), programme).text

    assert "Age in years Shows: 8" in text
    assert sentence("console.how.settled", "en") in text
    for name, age in (("amina", 7), ("bilal", 9)):
        assert f"{name} not taken It said before No answer Wrote {age}" in text


def test_an_edit_that_took_the_place_of_several_says_so(
    programme: Programme, at_console: AtConsole
) -> None:
    clash = age_clash(programme)
    programme.write("amina", "k21", {**REGISTRATION, "age": 8}, _rev=clash["_rev"])

    text = merges(at_console("bilal"), programme).text

    assert sentence("console.how.replaced", "en") in text
    assert "bilal not taken It said before No answer Wrote 9" in text


def test_what_is_decided_is_listed_as_merged_lately(
    programme: Programme, at_console: AtConsole
) -> None:
    clash = age_clash(programme)
    programme.write("bilal", "k21", {**REGISTRATION, "age": 9}, **settled(clash, AGE))

    page = at_console("bilal").read("/console/")

    assert sentence("console.nothing_waits", "en") in page.text
    assert any(programme.record in link for link in page.links)


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

    meanwhile = sentence("console.shown_meanwhile", "en")
    assert f"Family members: Mother {meanwhile} There" in text
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
    assert sentence("console.what_to_look_at", "en") in text
    rule = sentence("console.rule.coupled_highest", "en").format(field="Risk level")
    assert rule in text


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
        programme.kanaf,
        "other",
        role="supervisor",
        agency="d",
        groups=("kassala",),
        password=PASSWORD,
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


def test_a_case_is_found_by_its_number(programme: Programme, at_console: AtConsole) -> None:
    programme.register()
    asked = {"database": "sudan", "case": f" {str(CASE['case_number']).lower()}"}
    answer = at_console("bilal").client.get("/console/find", query_string=asked)

    assert answer.location == f"/console/sudan/records/{programme.record}"


@pytest.mark.parametrize("typed", ["", ".", "..", ":", "SD-0000-0000-0000", "a/b", "%00", "٣"])
def test_what_is_no_case_leads_to_a_page_that_says_so(
    programme: Programme, at_console: AtConsole, typed: str
) -> None:
    browser = at_console("bilal")
    asked = {"database": "sudan", "case": typed}
    answer = browser.client.get("/console/find", query_string=asked)

    assert answer.location.startswith("/console/sudan/records/")
    assert browser.get(answer.location).status_code == 404


@pytest.mark.parametrize("suffix", ["", ":k21", ":k2:01JD3Z5Q8YV0M4T7W2X9B6C1AE"])
def test_a_case_is_found_by_its_id_or_a_documents(
    programme: Programme, at_console: AtConsole, suffix: str
) -> None:
    programme.register()
    asked = {"database": "sudan", "case": f" {programme.record}{suffix} "}
    answer = at_console("bilal").client.get("/console/find", query_string=asked)

    assert answer.location == f"/console/sudan/records/{programme.record}"


def test_who_was_shut_out_is_out_at_the_next_page(
    programme: Programme, at_console: AtConsole
) -> None:
    browser = at_console("bilal")
    shut_out_user(programme.kanaf, "bilal")

    assert browser.get("/console/").status_code == 303


def test_who_is_no_supervisor_any_more_is_refused(
    programme: Programme, at_console: AtConsole
) -> None:
    browser = at_console("bilal")
    change_user(programme.kanaf, "bilal", role="caseworker")

    assert browser.get("/console/").status_code == 403


def test_a_refused_edit_waits_for_its_supervisor(
    programme: Programme, at_console: AtConsole
) -> None:
    programme.register()
    rev = programme.shown("amina", "k21")["_rev"]
    refused = programme.write("amina", "k21", {**REGISTRATION, "age": 250}, _rev=rev)
    assert refused.code == "invalid_answers"

    text = at_console("bilal").read("/console/").text

    assert f"{CASE['case_number']} Registration amina, amina-tablet since " in text
    assert sentence("invalid_answers", "en") in text
    assert f"Age in years {sentence('out_of_range', 'en')}" in text


def test_a_long_text_tells_what_was_changed(programme: Programme, at_console: AtConsole) -> None:
    told = "He came alone. He has an aunt. He sleeps at the market. He wants to go to school."
    programme.write("amina", "k22", {**LOW, "summary": told})
    programme.fork(
        "k22",
        ("amina", {**LOW, "summary": told.replace("alone", "with his sister")}),
        ("bilal", {**LOW, "summary": told.replace("the market", "a station")}),
    )

    page = merges(at_console("bilal"), programme)

    assert "He came alone. He came with his sister. He has an aunt. …" in page.text
    assert sentence("console.how.combined", "en") in page.text
    assert len(page.tags("ins")) == len(page.tags("del")) == 2


def test_a_record_that_is_made_to_be_slow_is_told_in_part(
    programme: Programme, at_console: AtConsole
) -> None:
    rows = [{"id": f"row{number}", "relation": "aunt"} for number in range(300)]
    programme.write("amina", "k21", {**REGISTRATION, "family": rows})
    older = [{**row, "age": 40} for row in rows]
    programme.fork(
        "k21",
        ("amina", {**REGISTRATION, "family": older}),
        ("bilal", {**REGISTRATION, "family": []}),
    )

    page = merges(at_console("bilal"), programme)

    assert len(page.tags("article")) == 200  # of the rows, and of their ages
    assert sentence("console.left_out", "en").format(count=400) in page.text


def test_what_both_took_out_does_not_stay(programme: Programme, at_console: AtConsole) -> None:
    start = {**REGISTRATION, "protection_concerns": ["separated", "distress"]}
    programme.write("amina", "k21", start)
    less = {**start, "protection_concerns": ["separated"]}
    programme.fork("k21", ("amina", {**less, "age": 7}), ("bilal", {**less, "age": 7}))

    text = merges(at_console("bilal"), programme).text

    agreed = sentence("console.how.agreed", "en")
    assert f"Protection concerns: Mental distress Shows: Not there {agreed}" in text
    assert sentence("console.how.union", "en") not in text


def test_the_same_answer_to_what_is_always_asked_is_told_as_the_same(
    programme: Programme, at_console: AtConsole
) -> None:
    change_policy(programme.kanaf, "sudan", ask=["k21.age"])
    programme.refresh()
    programme.write("amina", "k21", REGISTRATION)
    older = {**REGISTRATION, "age": 7}
    programme.fork("k21", ("amina", older), ("bilal", older))

    text = merges(at_console("bilal"), programme).text

    assert sentence("console.how.asked", "en") in text
    assert sentence("console.how.open", "en") not in text


def test_what_a_merge_by_earlier_rules_came_to_is_nobodys_word(
    programme: Programme, at_console: AtConsole
) -> None:
    start = {**LOW, "summary": "One. Two. Three. Four. Five."}
    programme.write("amina", "k22", start)
    programme.fork(
        "k22",
        ("amina", {**LOW, "summary": "1. Two. Three. Four. Five."}),
        ("bilal", {**LOW, "summary": "One. Two. Three. Four. 5."}),
    )
    merged = programme.shown("amina", "k22")
    assert merged["data"]["summary"] == "1. Two. Three. Four. 5."
    change_policy(programme.kanaf, "sudan", ask=["k22.summary"])
    programme.refresh()
    edited = {**merged["data"], "needs": ["food"]}
    assert programme.write("amina", "k22", edited, _rev=merged["_rev"]).code is None

    text = merges(at_console("bilal"), programme).text

    assert f"Shows: 1. Two. Three. Four. 5. {sentence('console.how.kept', 'en')}" in text
    assert "an earlier merge It said before" in text
    for name in ("amina", "bilal"):
        assert f"{name} not taken" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_merge_is_told_in_the_readers_language(
    programme: Programme, at_console: AtConsole, language: str
) -> None:
    age_clash(programme)

    text = merges(at_console("bilal"), programme, **{"Accept-Language": language}).text

    assert sentence("console.how.open", language) in text
    labels = {
        one.name: one.label
        for form in programme.kanaf.library.values()
        if form.code == "k21"
        for one in form.fields
    }
    assert labels["age"][language] in text
