"""The forms that ship."""

from collections.abc import Iterator, Mapping

import pytest

from schemas import LANGUAGES, Form, library_forms

FORMS = library_forms()
each_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.code)

ARABIC = range(0x0600, 0x0700)


def texts(form: Form) -> Iterator[Mapping[str, str]]:
    yield form.title
    for field in form.fields:
        yield field.label
        yield from (option.label for option in field.options)


def test_the_library_has_the_system_forms_and_four_samples() -> None:
    system = ["k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"]
    assert [form.code for form in FORMS] == [*system, "k20", "k21", "k22", "k23"]
    assert [form.code for form in FORMS if form.system] == system
    assert {form.revision for form in FORMS} == {1}


def test_what_a_record_has_once_is_case_identity_registration_and_assessment() -> None:
    once = [form.code for form in FORMS if form.cardinality == "one"]
    assert once == ["k1", "k20", "k21", "k22"]


@each_form
def test_every_text_is_there_in_all_four_languages(form: Form) -> None:
    for text in texts(form):
        assert set(text) == set(LANGUAGES)
        assert all(words == words.strip() != "" for words in text.values())


@each_form
def test_arabic_is_written_in_arabic_letters_and_the_others_in_latin(form: Form) -> None:
    for text in texts(form):
        for language, words in text.items():
            arabic = {ord(letter) in ARABIC for letter in words if letter.isalpha()}
            assert arabic == {language == "ar"}, words


@each_form
def test_no_two_options_of_a_field_read_alike(form: Form) -> None:
    for field in form.fields:
        for language in LANGUAGES:
            words = [option.label[language] for option in field.options]
            assert len(set(words)) == len(words)


@each_form
def test_a_text_fits_on_a_tablet(form: Form) -> None:
    assert max(len(words) for text in texts(form) for words in text.values()) <= 60


@each_form
def test_names_and_codes_are_unique(form: Form) -> None:
    names = [field.name for field in form.fields]
    assert len(set(names)) == len(names)
    for field in form.fields:
        codes = [option.code for option in field.options]
        assert len(set(codes)) == len(codes)


def test_identity_and_photo_are_identifying_as_a_whole_and_nothing_else_is() -> None:
    for form in FORMS:
        identifying = form.code in {"k8", "k20"}
        assert {field.sensitivity == "identifying" for field in form.fields} == {identifying}


def test_only_lists_are_merged_by_union_and_all_of_the_library_are() -> None:
    for form in FORMS:
        for field in form.fields:
            assert (field.merge == "union") == (field.type in {"select_many", "form_codes"})


def test_a_referral_needs_an_addressee_what_to_share_and_a_service() -> None:
    (referral,) = (form for form in FORMS if form.code == "k2")
    required = [field.name for field in referral.fields if field.required]
    assert required == ["to_user", "forms", "service"]


def test_the_age_of_a_child_is_between_0_and_25() -> None:
    (registration,) = (form for form in FORMS if form.code == "k21")
    (age,) = (field for field in registration.fields if field.name == "age")
    assert (age.type, age.min, age.max) == ("integer", 0, 25)
