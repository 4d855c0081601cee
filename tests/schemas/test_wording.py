"""Problems are told in the words of the form that they are about."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import Form, Problem, form_from_json, wording_of

AGE = {"en": "Age", "so": "Da'da"}
KIN = {"en": "Kin", "so": "Qaraabo"}
TOO_OLD = {"en": "Is this a child?", "so": "Ma ilmo baa?"}
FAMILY = {"en": "Family", "so": "Qoys"}


def form(revision: int, *fields: dict[str, Any]) -> Form:
    languages = [
        {"code": code, "name": name, "direction": "ltr"}
        for code, name in (("en", "English"), ("so", "Soomaali"))
    ]
    head = {"code": "k100", "revision": revision, "title": FAMILY, "cardinality": "one"}
    return form_from_json({**head, "languages": languages, "fields": list(fields)})


def age(**more: Any) -> dict[str, Any]:
    rule = {"constraint": {"<": [{"var": "age"}, 18]}, "constraint_message": TOO_OLD}
    return {"name": "age", "type": "integer", "label": AGE, **rule, **more}


ROWS = {
    "name": "family",
    "type": "rows",
    "label": FAMILY,
    "fields": [{"name": "kin", "type": "text", "label": KIN}],
}
FORM = form(1, age(), ROWS)


@pytest.mark.parametrize(
    ("path", "code", "question", "message"),
    [
        ("age", "constraint", AGE, TOO_OLD),
        ("age", "out_of_range", AGE, None),
        ("family[2].kin", "required", KIN, None),
        ("family[2]", "bad_row_id", FAMILY, None),
        ("family[2].id", "bad_row_id", FAMILY, None),
        ("nobody", "unknown", None, None),
        ("", "too_many", None, None),
    ],
)
def test_a_problem_is_told_with_the_label_and_the_message_of_its_question(
    path: str, code: str, question: Any, message: Any
) -> None:
    told = wording_of(Problem(path, code), [FORM])

    assert (told.question, told.message) == (question, message)


def test_the_last_revision_that_has_the_question_speaks() -> None:
    newer = {"en": "Age in years", "so": "Da'da"}
    later = form(2, age(label=newer), {**ROWS, "name": "people", "renamed_from": "family"})

    assert wording_of(Problem("age", "required"), [FORM, later]).question == newer
    assert wording_of(Problem("family[0].kin", "required"), [FORM, later]).question == KIN
    assert wording_of(Problem("age", "required"), []).question is None
