"""Validating the answers of a form of 60 fields, a third of them asked under a condition.

Beside it in the same run: `Schema.load` of marshmallow, of plain fields of the same types without
conditions; and `jsonschema`, of the JSON Schema that the form is exported as, which knows no
conditions either. Direction: 0.4 of `Schema.load`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from jsonschema import Draft202012Validator
from marshmallow import Schema, fields, validate

from bench.measuring import arguments, surroundings, table, write_json
from schemas import Form, form_from_json, problems
from schemas.json_schema import schema_of_answers

DIRECTION = 0.4
"""Of the time of `Schema.load`."""
_TODAY = "2026-11-26"
_LABEL = {"en": "x"}
_CODES = [f"option_{n}" for n in range(8)]
_KINDS = ("text", "integer", "date", "select_one", "select_many", "yes_no")


def form() -> Form:
    """60 fields, ten of each type; 20 are asked under a condition, 15 keep to a constraint."""
    asked = []
    for n in range(60):
        kind, name = _KINDS[n % 6], f"f{n}"
        one: dict[str, Any] = {"name": name, "type": kind, "label": _LABEL, "required": n % 2 == 0}
        if kind.startswith("select"):
            one["options"] = [{"code": code, "label": _LABEL} for code in _CODES]
        if n % 3 == 2 and n > 5:
            one["relevant"] = _condition(n)
        if n % 4 == 1:
            one |= {"constraint": _constraint(kind, name)}
        asked.append(one)
    return form_from_json(
        {
            "code": "k100",
            "revision": 1,
            "title": _LABEL,
            "languages": [{"code": "en", "name": "English", "direction": "ltr"}],
            "cardinality": "one",
            "fields": asked,
        }
    )


def _condition(n: int) -> Any:
    """About the questions before: a choice, a number, both."""
    before = n - n % 6
    number, choice, several = (f"f{before - 6 + k}" for k in (1, 3, 4))
    return (
        {"==": [{"var": choice}, _CODES[0]]},
        {"and": [{">=": [{"var": number}, 3]}, {"<": [{"var": number}, 18]}]},
        {"selected": [{"var": several}, _CODES[1]]},
    )[n % 3 if n % 3 < 2 else n // 3 % 3]


def _constraint(kind: str, name: str) -> Any:
    asked = {"var": name}
    match kind:
        case "integer":
            return {"and": [{">=": [asked, 0]}, {"<=": [asked, 120]}]}
        case "date":
            return {"<=": [asked, {"today": []}]}
        case "text":
            return {"<=": [{"length": [asked]}, 200]}
    return {"!=": [asked, "nothing"]}


def answers() -> dict[str, Any]:
    """Every question answered, rightly."""
    by_kind: dict[str, Any] = {
        "text": "What was said at the visit, in a sentence of some length.",
        "integer": 12,
        "date": "2026-11-03",
        "select_one": _CODES[0],
        "select_many": _CODES[1:4],
        "yes_no": True,
    }
    return {f"f{n}": by_kind[_KINDS[n % 6]] for n in range(60)}


def plain_schema(asked: Form) -> Schema:
    """Marshmallow's own fields of the same types."""
    one_of = validate.OneOf(_CODES)
    makers: dict[str, Callable[[bool], fields.Field[Any]]] = {
        "text": lambda needed: fields.String(required=needed),
        "integer": lambda needed: fields.Integer(required=needed, strict=True),
        "date": lambda needed: fields.Date(required=needed),
        "select_one": lambda needed: fields.String(required=needed, validate=one_of),
        "select_many": lambda needed: fields.List(fields.String(validate=one_of), required=needed),
        "yes_no": lambda needed: fields.Boolean(required=needed),
    }
    return Schema.from_dict({one.name: makers[one.type](one.required) for one in asked.fields})()


def _microseconds(work: Callable[[], object], repeats: int) -> float:
    begun = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - begun) / repeats * 1e6


def main() -> None:
    """Measures in turns, so that a busy moment meets all of them."""
    given = arguments(__doc__, rounds=15)
    asked, data = form(), answers()
    loaded, checked = plain_schema(asked), Draft202012Validator(schema_of_answers(asked))
    assert problems(asked, data, draft=False, today=_TODAY) == ()
    assert checked.is_valid(data)
    works: dict[str, Callable[[], object]] = {
        "problems": lambda: problems(asked, data, draft=False, today=_TODAY),
        "Schema.load": lambda: loaded.load(data),
        "jsonschema": lambda: checked.is_valid(data),
    }
    rounds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(given.rounds):
        for name, work in works.items():
            rounds[name].append(_microseconds(work, 400))
    found = {name: median(times) for name, times in rounds.items()}
    ratio = found["problems"] / found["Schema.load"]
    print(
        table(
            "One form of 60 answers",
            ["", "us, median", "x Schema.load"],
            [[name, us, us / found["Schema.load"]] for name, us in found.items()],
        )
    )
    print(f"\nproblems: {ratio:.2f} of Schema.load; direction {DIRECTION}")
    print(surroundings())
    write_json(given.json, {"rounds": rounds, "microseconds": found, "ratio": ratio})


if __name__ == "__main__":
    main()
