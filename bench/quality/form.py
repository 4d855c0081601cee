"""The case form of the histories: its fields, their kinds, and how often each changes.

Counted in the default configuration of Primero v2 (CPIMS+), record type case, fields that are
visible and can be edited: 62 at top level, namely 19 texts, 11 choices of one, 11 choices of
several, 8 subforms, 4 dates, 4 tick boxes, 2 text areas, 2 yes-no questions and 1 number; in the
subforms 86, namely 32 choices of one, 21 texts, 13 dates (3 with a time), 9 text areas, 3 numbers,
3 yes-no questions, 3 choices of several and 2 tick boxes. The form here has the same make-up at top
level and 43 cells, about half of those of each subform; and four fields more that merging must be
tried on: a weight with its unit, a time, and a running log.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a field holds, and with it what it means that two people change it apart."""

    PLAIN = "plain"  # one value: two different ones are a question
    ASK = "ask"  # always decided by a person when two have touched it
    INSTANT = "instant"  # a date with time and offset
    MULTI = "multi"  # a set of options, each on its own
    TEXT = "text"  # sentences
    LOG = "log"  # lines, added at the end
    ROWS = "rows"  # rows with an id, each cell on its own


@dataclass(frozen=True)
class Field:
    """A field, or a cell of a row.

    Attributes:
        options: of a choice; without any, a free text, date or number of `example`'s type.
        weight: how often it is changed, in comparison.
        together: fields of the same name here mean something only together.
        cells: of rows.
        rows: how many a case has that has been open for some months.
    """

    name: str
    kind: Kind = Kind.PLAIN
    options: tuple[str | bool, ...] = ()
    example: str | int = "text"
    weight: int = 1
    together: str | None = None
    cells: tuple[Field, ...] = ()
    rows: int = 0


# A fact of the registration is corrected now and then; what the work is about changes with every
# contact. No published rates were found; 1 to 6 is an estimate, and it makes two people meet in the
# same fields far more often than an even choice among 66 would.
FACT, WORK = 1, 6

RISK = ("low", "medium", "high")
"""The least protective first."""
PLACEMENTS = ("home", "relatives", "foster", "centre")
GRAMS = {"g": 1, "kg": 1000}
YES_NO = (True, False)
_FEW = ("a", "b", "c", "d", "e")
_MANY = tuple(f"option_{letter}" for letter in "abcdefghijkl")


def _texts(*names: str, weight: int = FACT) -> tuple[Field, ...]:
    return tuple(Field(name, weight=weight) for name in names)


def _choices(*names: str, weight: int = FACT) -> tuple[Field, ...]:
    return tuple(Field(name, options=_FEW, weight=weight) for name in names)


def _sets(*names: str, weight: int = FACT) -> tuple[Field, ...]:
    return tuple(Field(name, Kind.MULTI, _MANY, weight=weight) for name in names)


def _dates(*names: str, weight: int = FACT) -> tuple[Field, ...]:
    return tuple(Field(name, example="2026-05-17", weight=weight) for name in names)


def _ticks(*names: str, kind: Kind = Kind.PLAIN) -> tuple[Field, ...]:
    return tuple(Field(name, kind, YES_NO) for name in names)


def _rows(name: str, rows: int, *cells: Field, weight: int = WORK) -> Field:
    return Field(name, Kind.ROWS, weight=weight, cells=cells, rows=rows)


_NOTE = Field("remarks", Kind.TEXT, weight=2)

FORM: tuple[Field, ...] = (
    # 19 texts
    *_texts("name_first", "name_middle", "name_last", "nickname", "name_other", "national_id"),
    *_texts(
        "other_id_type", "other_id", "ration_card", "occupation", "phone_last", "landmark_last"
    ),
    *_texts("consent_source", "disclosure_denied", "withheld_why", "concerns_other"),
    *_texts("phone", "caregiver_name", "school", weight=WORK),
    # 11 choices of one
    *_choices(
        "sex", "marital_status", "location_last", "displacement", "disability", "interviewed"
    ),
    *_choices("protection_status", "location_current", weight=WORK),
    Field("risk_level", options=RISK, weight=WORK, together="safety"),
    Field("placement", options=PLACEMENTS, weight=WORK, together="safety"),
    Field("status", options=("open", "closed"), weight=FACT),
    # 11 choices of several
    *_sets(
        "nationality", "languages", "religion", "ethnicity", "sub_ethnicity", "withheld_reasons"
    ),
    *_sets("documents_held", "needs_codes"),
    *_sets("protection_concerns", "needs", "services_wanted", weight=WORK),
    # 4 dates, 4 tick boxes, 2 yes-no questions, 1 number
    *_dates("registered_on", "birth_date", "plan_made_on"),
    *_dates("next_visit_on", weight=WORK),
    *_ticks("age_estimated", "address_permanent", "disclosure_other"),
    *_ticks("consent_to_share", "consent_reporting", kind=Kind.ASK),
    *_ticks("urgent"),
    Field("age", example=9),
    # 2 text areas; of the first people make the story of the case
    Field("situation", Kind.TEXT, weight=WORK),
    Field("address", Kind.TEXT),
    # 8 subforms
    _rows(
        "family",
        4,
        *_texts("name", "phone", "nickname", weight=2),
        *_choices("relation", "alive", "sex", "location"),
        Field("age", example=40, weight=2),
        _NOTE,
        *_sets("languages"),
    ),
    _rows(
        "services",
        3,
        *_choices("response", "service", "timeframe", "agency", weight=2),
        *_texts("provider", "place"),
        *_dates("appointment_on", weight=2),
        Field("implemented_at", Kind.INSTANT, weight=2),
        _NOTE,
    ),
    _rows("follow_ups", 3, *_choices("type", "service"), *_dates("due_on", "done_on"), _NOTE),
    _rows("notes", 4, Field("noted_at", Kind.INSTANT), *_texts("subject"), _NOTE),
    _rows("plan", 3, *_texts("service"), *_dates("until"), *_ticks("reached"), _NOTE),
    _rows("care", 1, *_choices("type", "reason"), *_texts("caregiver"), *_dates("since"), weight=2),
    _rows("concerns", 2, *_choices("type", "period"), _NOTE, weight=2),
    _rows(
        "incidents",
        1,
        *_choices("kind", "place"),
        *_dates("on"),
        *_ticks("before"),
        _NOTE,
        weight=1,
    ),
    # the four more
    Field("weight", example=12, together="mass"),
    Field("weight_unit", options=tuple(GRAMS), together="mass"),
    Field("seen_at", Kind.INSTANT, weight=WORK),
    Field("log", Kind.LOG, weight=WORK),
)
FIELDS = {one.name: one for one in FORM}
TOGETHER = {
    one.together: tuple(other.name for other in FORM if other.together == one.together)
    for one in FORM
    if one.together
}


def field_at(path: tuple[str, ...]) -> Field:
    """The field of a path such as ("age",), or the cell of one such as ("family", "r1", "age")."""
    top = FIELDS[path[0]]
    if len(path) == 1:
        return top
    return next(cell for cell in top.cells if cell.name == path[2])


def breaks_a_rule(data: dict[str, object]) -> bool:
    """A closed case has no next visit. Each of the two alone is a valid answer."""
    return data.get("status") == "closed" and data.get("next_visit_on") is not None
