from __future__ import annotations

import re
from collections import Counter
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import areas, is_case_number, library_forms, problems
from sync_server.demo.cases import AREA_OF, demo_cases
from sync_server.demo.setting_up import CASES, SEED

TODAY = date(2026, 11, 23)
FORMS = {form.code: form for form in library_forms()}
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
ID = re.compile(rf"({UUID}):(k1|k20|k21|k22|k24|k25|k27|k28|k23:[0-7][0-9A-HJKMNP-TV-Z]{{25}})")
ARABIC = re.compile("[\u0600-\u06ff]")

seeds = st.integers(min_value=0, max_value=2**64)
days = st.dates(min_value=date(2024, 1, 1), max_value=date(2060, 12, 31))


@given(seeds, days)
@settings(max_examples=50)
def test_every_document_of_a_demo_case_fits_its_form(seed: int, today: date) -> None:
    for _, documents in demo_cases(seed, 5, today):
        for document in documents:
            form = FORMS[document["form"]]
            day = document["edited_at"][:10]
            assert problems(form, document["data"], draft=False, today=day) == ()
            assert document["form_rev"] == form.revision


@given(seeds, days)
@settings(max_examples=50)
def test_every_document_of_a_demo_case_has_its_id_and_its_envelope(seed: int, today: date) -> None:
    salts = []
    for author, documents in demo_cases(seed, 5, today):
        for document in documents:
            match = ID.fullmatch(document["_id"])
            assert match is not None
            assert match[2].partition(":")[0] == document["form"]
            assert (document["author"], document["device"]) == (author, f"{author}-tablet-1")
            assert document["edited_at"][:10] <= today.isoformat()
            assert re.fullmatch("[0-9a-f]{32}", document["salt"])
            assert document.keys() == {
                *("_id", "form", "form_rev", "author", "device", "edited_at", "salt", "state"),
                "data",
            }
            salts.append(document["salt"])
    assert len(set(salts)) == len(salts)


@given(seeds)
@settings(max_examples=20)
def test_the_same_seed_gives_the_same_cases(seed: int) -> None:
    assert demo_cases(seed, 3, TODAY) == demo_cases(seed, 3, TODAY)


def test_each_case_has_one_record_with_the_five_forms_and_a_case_number_of_its_own() -> None:
    numbers = set()
    for _, documents in demo_cases(SEED, CASES, TODAY):
        forms = Counter(document["form"] for document in documents)
        assert {form: forms[form] for form in ("k1", "k20", "k21", "k22", "k24")} == {
            "k1": 1,
            "k20": 1,
            "k21": 1,
            "k22": 1,
            "k24": 1,
        }
        is_high = any(one["data"].get("risk_level") == "high" for one in documents)
        is_closed = documents[0]["data"]["status"] == "closed"
        assert (forms["k25"], forms["k27"], forms["k28"]) == (is_high, is_high, is_closed)
        assert len({document["_id"].partition(":")[0] for document in documents}) == 1
        numbers.add(documents[0]["data"]["case_number"])
    assert len(numbers) == CASES
    assert all(is_case_number(number) for number in numbers)


def test_about_two_of_three_cases_are_aminas_and_each_lives_where_its_caseworker_works() -> None:
    cases = demo_cases(SEED, CASES, TODAY)
    state_of = {area.pcode: area.parent for area in areas("SD")}

    authors = Counter(author for author, _ in cases)

    assert 120 <= authors["amina"] <= 140
    assert authors.keys() == {"amina", "dina"}
    for author, documents in cases:
        residence = next(one for one in documents if one["form"] == "k21")["data"]["residence"]
        assert state_of[residence] == AREA_OF[author]


def test_about_half_of_the_names_and_notes_are_in_arabic_letters() -> None:
    for form, answer in (("k20", "full_name"), ("k21", "notes")):
        texts = [
            document["data"][answer]
            for _, documents in demo_cases(SEED, CASES, TODAY)
            for document in documents
            if document["form"] == form
        ]
        in_arabic = sum(bool(ARABIC.search(text)) for text in texts)
        assert 0.4 < in_arabic / len(texts) < 0.6
