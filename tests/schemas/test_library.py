"""The forms that ship."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import schemas.library
from schemas import Field, Form, library_forms, machine_translations
from schemas.xlsform.reading import read_form

FORMS = library_forms()
SAMPLES = [f"k{number}" for number in range(20, 29)]
each_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.code)

ARABIC = range(0x0600, 0x0700)


def texts(form: Form) -> Iterator[Mapping[str, str]]:
    yield form.title
    for field in questions(form):
        yield field.label
        yield from (option.label for option in field.options)


def questions(form: Form) -> Iterator[Field]:
    """The fields, and behind each its cells."""
    for field in form.fields:
        yield from (field, *field.fields)


def field_of(code: str, name: str) -> Field:
    return next(
        field for form in FORMS if form.code == code for field in form.fields if field.name == name
    )


def test_the_library_has_the_system_forms_and_nine_samples() -> None:
    system = ["k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"]
    assert [form.code for form in FORMS] == [*system, *SAMPLES]
    assert [form.code for form in FORMS if form.system] == system
    assert {form.revision for form in FORMS} == {1}


def test_what_a_record_has_many_of_is_what_happens_more_than_once() -> None:
    samples = [form for form in FORMS if form.code in SAMPLES]
    assert [form.name for form in samples if form.cardinality == "many"] == ["follow_up", "service"]


@each_form
def test_every_text_is_there_in_all_languages_of_its_form(form: Form) -> None:
    for text in texts(form):
        assert set(text) == {language.code for language in form.languages}
        assert all(words == words.strip() != "" for words in text.values())


def test_forms_are_in_english_arabic_and_somali_but_consent_which_nobody_has_read() -> None:
    consents = [form for form in FORMS if form.consent]
    assert [form.code for form in consents] == ["k24"]
    for form in FORMS:
        languages = {language.code for language in form.languages}
        assert languages == {"en"} if form.consent else languages >= {"en", "ar", "so"}


def test_what_no_speaker_has_read_is_marked_and_counted_and_not_in_consent() -> None:
    for form in (one for one in FORMS if one.code in SAMPLES):
        count = machine_translations(form)
        every = sum(1 for _ in texts_of_all_kinds(form))
        assert count == ({} if form.consent else dict.fromkeys(codes_but_english(form), every))


def codes_but_english(form: Form) -> list[str]:
    return [language.code for language in form.languages if language.code != "en"]


def texts_of_all_kinds(form: Form) -> Iterator[Mapping[str, str]]:
    yield from texts(form)
    for field in questions(form):
        yield from (one for one in (field.hint, field.constraint_message) if one is not None)


@pytest.mark.parametrize("code", SAMPLES)
def test_the_samples_are_the_workbooks_beside_them(code: str) -> None:
    (file,) = Path(schemas.library.__file__).parent.glob(f"xlsform/{code}_*.md")

    form, notes = read_form(file.read_bytes(), file.name).form(code, 1)

    assert [note for note in notes if note.outcome != "mapped"] == []
    assert form == next(one for one in FORMS if one.code == code)


@each_form
def test_arabic_is_written_in_arabic_letters_and_the_others_in_latin(form: Form) -> None:
    for text in texts(form):
        for language, words in text.items():
            arabic = {ord(letter) in ARABIC for letter in words if letter.isalpha()}
            assert arabic == {language == "ar"}, words


@each_form
def test_no_two_options_of_a_field_read_alike(form: Form) -> None:
    for field in questions(form):
        for language in form.languages:
            words = [option.label[language.code] for option in field.options]
            assert len(set(words)) == len(words)


@each_form
def test_a_text_fits_on_a_tablet(form: Form) -> None:
    shown = (field.label for field in questions(form) if field.type != "note")
    assert max(len(words) for text in shown for words in text.values()) <= 60


@each_form
def test_names_and_codes_are_unique(form: Form) -> None:
    names = [field.name for field in form.fields]
    assert len(set(names)) == len(names)
    for field in questions(form):
        codes = [option.code for option in field.options]
        assert len(set(codes)) == len(codes)


def test_identity_and_photo_are_identifying_as_a_whole_and_nothing_else_is() -> None:
    for form in FORMS:
        identifying = form.code in {"k8", "k20"}
        assert {field.sensitivity == "identifying" for field in questions(form)} == {identifying}


def test_lists_are_merged_by_union_but_for_what_is_shared() -> None:
    for form in FORMS:
        for field in questions(form):
            is_list = field.type == "select_many" and field.name != "share_with"
            assert (field.merge == "union") == is_list


def test_to_whom_a_referral_is_for_what_and_what_it_shares_is_one_question() -> None:
    agreed = [field_of("k2", name) for name in ("to_user", "forms", "service")]
    assert {(field.merge, field.couple) for field in agreed} == {("ask", "agreement")}


def test_a_referral_needs_an_addressee_what_to_share_and_a_service() -> None:
    (referral,) = (form for form in FORMS if form.code == "k2")
    required = [field.name for field in referral.fields if field.required]
    assert required == ["to_user", "forms", "service"]


def test_the_age_of_a_child_is_between_0_and_25() -> None:
    age = field_of("k21", "age")
    assert (age.type, age.min, age.max) == ("integer", 0, 25)


def test_long_texts_are_merged_sentence_by_sentence_but_for_an_address() -> None:
    otherwise = [
        (form.code, field.name, field.merge)
        for form in FORMS
        for field in questions(form)
        if field.type == "long_text" and field.merge != "text"
    ]
    assert otherwise == [("k20", "address", "changed")]


def test_a_case_number_is_fixed() -> None:
    assert [field.name for form in FORMS for field in form.fields if field.merge == "fixed"] == [
        "case_number"
    ]


def test_consent_and_risk_are_settled_by_a_supervisor_alone() -> None:
    protected = [field.name for form in FORMS for field in questions(form) if field.protected]
    consent = ["services", "share", "share_with", "withheld"]
    assert protected == ["consent_to_share", "risk_level", *consent, "safety"]


def test_of_two_risk_levels_the_higher_is_taken_with_its_date_of_review() -> None:
    risk, review = field_of("k22", "risk_level"), field_of("k22", "review_on")
    assert (risk.merge, review.merge) == ("highest", "changed")
    assert [option.code for option in risk.options] == ["low", "medium", "high"]
    assert risk.couple == review.couple == "risk"


def test_the_family_of_a_child_has_no_names() -> None:
    family = field_of("k21", "family")
    assert family.type == family.merge == "rows"
    cells = [cell.name for cell in family.fields]
    assert cells == ["relation", "age", "lives_with_child", "remarks"]


@each_form
def test_the_reference_shows_every_form_as_it_is(form: Form) -> None:
    page = Path(__file__).parents[2].joinpath("docs", "reference", "forms.md").read_text("utf-8")
    heading = f"### `{form.code}` {form.title['en']} ({form.cardinality})\n"
    shown = page.partition(heading)[2].partition("\n#")[0]
    rows = [line for line in shown.splitlines() if line.startswith("| `")]
    assert rows == list(rows_of_reference(form))


def rows_of_reference(form: Form) -> Iterator[str]:
    for field in form.fields:
        yield row_of_reference(field.name, field)
        for cell in field.fields:
            yield row_of_reference(f"{field.name}[].{cell.name}", cell)


def row_of_reference(name: str, field: Field) -> str:
    kind = field.type if field.max is None else f"{field.type} {field.min:g} to {field.max:g}"
    marks = (
        "R" if field.required else "",
        "P" if field.protected else "",
        "" if field.merge in ("changed", "rows") else field.merge,
        f"couple {field.couple}" if field.couple else "",
    )
    options = ", ".join(option.code for option in field.options)
    about = " ".join(mark for mark in marks if mark)
    return (
        f"| `{name}` | {kind} | {about} | {field.sensitivity} | {field.label['en']} | {options} |"
    )
