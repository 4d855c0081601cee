"""What a form is: frozen values. They are made by hand or read from JSON (`definition_json.py`)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

PlainType = Literal[
    "text",
    "long_text",
    "integer",
    "decimal",
    "date",
    "date_range",
    "datetime",
    "yes_no",
    "select_one",
    "ordered_choice",
    "select_many",
    "tally",
    "user",
    "agency",
    "form_codes",
    "location",
    "photo",
    "audio",
    "file",
    "signature",
    "barcode",
    "phone",
    "calculated",
    "note",
]
"""The types of a question that is answered once; those of a row's cells. A note is only read."""

FieldType = Literal[PlainType, "rows"]
MergeRule = Literal["changed", "ask", "highest", "union", "text", "append", "fixed", "rows"]
Sensitivity = Literal["identifying", "sensitive", "plain"]
Cardinality = Literal["one", "many"]
Direction = Literal["ltr", "rtl"]
Label = Mapping[str, str]
Expression = Any
"""JSON that `schemas.expressions` gives a value to; in a definition None stands for none."""

LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}")
FORM_CODE = re.compile(r"k[1-9][0-9]{0,5}")
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
"""Of fields, sections, couples and forms: what XLSForm allows, less what a path would be cut at."""
OPTION_CODE = re.compile(r"-?[A-Za-z0-9][A-Za-z0-9_-]{0,62}")

LONGEST_SOURCE = 4_000
"""Code points of an expression in XPath."""

MOST_LEVELS = 3
"""Of rows within rows."""

ROW_ID = "id"
"""The cell that every row has, whatever its form: a random text that the tablet gives it once."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language of a form's texts.

    Attributes:
        code: of BCP 47, such as `ar` or `en-GB`.
        name: as those who speak it call it.
    """

    code: str
    name: str
    direction: Direction


LANGUAGES = (
    Language("en", "English", "ltr"),
    Language("ar", "العربية", "rtl"),
    Language("so", "Soomaali", "ltr"),
    Language("fr", "Français", "ltr"),
)
"""The languages of the forms that ship; the first is there in every text."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select: `code` is stored, `label` is read, by language.

    Attributes:
        attributes: what a choice filter knows of it, such as the state of a district.
        replaces: the options of the revision before that are read as this one.
        machine: as in `Field`.
    """

    code: str
    label: Label = field(hash=False)
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    replaces: tuple[str, ...] = ()
    machine: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Neighbouring questions under one heading.

    Attributes:
        label: the heading, by language; None for a section that is there for its condition only.
        within: the name of the section around it, which stands before it.
        relevant: the condition under which all of it is asked.
        machine: as in `Field`.
        xpath: as in `Field`.
        expressions: as in `Field`.
    """

    name: str
    label: Label | None = field(default=None, hash=False)
    within: str | None = None
    relevant: Expression = field(default=None, hash=False)
    machine: tuple[str, ...] = ()
    xpath: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    expressions: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "expressions", json.dumps(self.relevant))


SELECTS: tuple[PlainType, ...] = ("select_one", "ordered_choice", "select_many")
"""The types whose answers are options, which a filter may choose among."""

EXPRESSIONS = ("relevant", "constraint", "calculation", "default", "choice_filter")
"""The members of a field that are expressions."""


@dataclass(frozen=True, slots=True)
class Field:
    """One question; of type `rows`, a group of questions that is answered any number of times.

    Attributes:
        options: in the order shown; of a tally what is counted; empty for other types than selects
            and tally. Those of an ordered choice rise: under the rule `highest` the last is the
            most protective.
        merge: how answers that were given apart are joined. `rows` always and only for rows.
        sensitivity: `identifying` for what tells who the child is, `sensitive` for what can harm,
            `plain` for the rest.
        min: included in the range; only numbers have one.
        max: included in the range; only numbers have one.
        couple: fields of a form with the same name here are merged as one: all or nothing.
        protected: where answers clash, only a supervisor decides.
        hint: what helps to answer it, by language.
        relevant: the condition under which it is asked at all; else its answer counts as not given.
        constraint: the condition that an answer satisfies.
        constraint_message: what is said of one that does not, by language.
        calculation: what the tablet answers it with, instead of a person.
        choice_filter: the condition under which an option is offered, given the other answers; what
            it knows of the option is below `choice`.
        share: whether a referral may hand it on.
        default: what the tablet answers it with before a person does.
        section: the name of the section that it is in.
        fields: the cells of a row beside its `id`, in the order asked; empty for all types but
            rows. None is coupled. Rows may have rows: `MOST_LEVELS` in all.
        sections: of its cells, as those of a form.
        xpath: the text in XPath of those of its expressions that were written so, by member.
        renamed_from: what it was called in the revision before.
        machine: the languages in which its texts were translated and read by nobody who speaks
            them; in the others they were.
        expressions: all of them as text, by which fields are compared: for Python 1 equals true.
    """

    name: str
    type: FieldType
    label: Label = field(hash=False)
    required: bool = False
    options: tuple[Option, ...] = ()
    merge: MergeRule = "changed"
    sensitivity: Sensitivity = "sensitive"
    min: float | None = None
    max: float | None = None
    couple: str | None = None
    protected: bool = False
    hint: Label | None = field(default=None, hash=False)
    relevant: Expression = field(default=None, hash=False)
    constraint: Expression = field(default=None, hash=False)
    constraint_message: Label | None = field(default=None, hash=False)
    calculation: Expression = field(default=None, hash=False)
    default: Expression = field(default=None, hash=False)
    choice_filter: Expression = field(default=None, hash=False)
    share: bool = True
    section: str | None = None
    fields: tuple["Field", ...] = ()
    sections: tuple[Section, ...] = ()
    xpath: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    renamed_from: str | None = None
    machine: tuple[str, ...] = ()
    expressions: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        """Rows are merged as rows without its being said."""
        given = [getattr(self, name) for name in EXPRESSIONS]
        object.__setattr__(self, "expressions", json.dumps(given))
        if self.type == "rows" and self.merge == "changed":
            object.__setattr__(self, "merge", "rows")


@dataclass(frozen=True, slots=True)
class Form:
    """One revision of a form.

    `code` is neutral, for it stands in ids; `revision` counts from 1. A record has `one` or `many`
    documents of it. `system` forms are those that the service itself acts on. `fields` are in the
    order asked; the fields of a section are neighbours, and `sections` are in the order in which
    they begin. Every text is there in the first of `languages`, and in others as far as it is
    translated. `name` is what its designers call it, its `form_id` in XLSForm. `machine` is that of
    its title, as in `Field`. By a form of `consent` somebody agrees to something: what is read to
    them is never a translation that nobody has read. A form about what a survivor of violence told,
    `survivors`, is read by those only whose role names such forms. Equal by value; the hash is of
    code and revision only, so that it is cheap.
    """

    code: str
    revision: int
    title: Label = field(hash=False)
    cardinality: Cardinality = field(hash=False)
    system: bool = field(hash=False)
    fields: tuple[Field, ...] = field(hash=False)
    languages: tuple[Language, ...] = field(default=LANGUAGES, hash=False)
    sections: tuple[Section, ...] = field(default=(), hash=False)
    name: str | None = field(default=None, hash=False)
    machine: tuple[str, ...] = field(default=(), hash=False)
    consent: bool = field(default=False, hash=False)
    survivors: bool = field(default=False, hash=False)
