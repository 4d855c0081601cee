from __future__ import annotations

import inspect
import json
import re
from importlib.resources import files

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import form_from_json
from schemas.expressions import faults_of_expression
from sync_server.messages import LANGUAGES, language_of, sentence
from tests.messages.codes import (
    error_codes,
    problem_codes,
    publishing_codes,
    refusal_codes,
    undecided_codes,
    workbook_codes,
)

CODES = sorted(error_codes() | refusal_codes() | problem_codes())
WRITTEN = {
    language: json.loads(
        files("sync_server.messages").joinpath(f"{language}.json").read_text("utf-8")
    )
    for language in LANGUAGES
}


def test_codes_of_every_kind_are_found_in_the_source():
    assert {"no_db_file", "wrong_credentials"} <= error_codes()
    assert {"false_author", "invalid_answers"} <= refusal_codes()
    assert {"required", "bad_phone", "unknown_user"} <= problem_codes()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_sentence_in_every_language(code, language):
    assert WRITTEN[language].get(code, "").strip(), f"{code} has none in {language}.json"


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_said_of_a_workbook_has_a_sentence_in_every_language(language):
    codes = workbook_codes()

    assert {"unknown_type", "bad_workbook", "unknown_question", "not_a_number"} <= codes
    assert [
        code for code in codes if not {f"xlsform.{code}", code} & WRITTEN[language].keys()
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_a_form_is_not_published_is_said_in_every_language(language):
    codes = publishing_codes()

    assert "breaking_revision" in codes
    assert {f"publishing.{code}" for code in codes} <= WRITTEN[language].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_nothing_was_decided_is_said_in_every_language(language):
    codes = undecided_codes()

    assert {"not_in_quarantine", "not_readable"} <= codes
    assert codes <= WRITTEN[language].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_have_the_same_codes(language):
    assert WRITTEN[language].keys() == WRITTEN["en"].keys()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("no_db_file", "Database does not exist."),
        ("missing", "missing"),
        ("deleted", "deleted"),
        ("conflict", "Document update conflict."),
    ],
)
def test_sentences_that_clients_compare_are_couchdbs_own(code, text):
    assert sentence(code, "en") == text


def test_another_language_falls_back_to_english():
    assert sentence("not_allowed", "sw") == sentence("not_allowed", "en")


def test_a_sentence_comes_in_the_language_asked_for():
    assert len({sentence("not_allowed", language) for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("ar", "ar"),
        ("AR-sd", "ar"),
        ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("en;q=0.4, so ; q=0.7", "so"),
        ("so;q=0.5, ar;q=0.5", "so"),
        ("sw, de;q=0.9", "en"),
        ("ar;q=0", "en"),
        ("ar;q=much, fr;q=0.1", "fr"),
        ("*", "en"),
    ],
)
def test_the_language_of_greatest_quality_is_taken(header, language):
    assert language_of(header) == language


@given(st.one_of(st.text(), st.text(alphabet="arfsoen-;=q,.01 *\x00", max_size=60)))
@example("ar;q=" + "9" * 5_000)
@example("," * 10_000)
def test_any_header_gives_one_of_the_languages(header):
    assert language_of(header) in LANGUAGES


def test_every_code_of_a_definition_has_a_sentence():
    described = (inspect.getdoc(form_from_json) or "").partition("Codes:")[2]
    named = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b|\b(?:required|duplicate|cycle)\b", described))
    codes = {one for one in named if not one.startswith("faults_of_")}
    expressions = (inspect.getdoc(faults_of_expression) or "").partition("Codes:")[2]
    codes |= set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", expressions))

    assert {"unknown_language", "bad_pattern", "two_highest"} <= codes
    assert codes <= WRITTEN["en"].keys()
