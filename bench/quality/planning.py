"""One person's next edit: what they mean, from what they see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unicodedata import normalize

from bench.quality.acts import (
    Act,
    AddRow,
    Arrange,
    Choose,
    Move,
    Path,
    RemoveRow,
    Reword,
    SetTogether,
    SetValue,
    Strike,
    Write,
)
from bench.quality.cast import Role
from bench.quality.document import Data, Row, sentences_at, value_at
from bench.quality.form import FORM, GRAMS, PLACEMENTS, RISK, Field, Kind, field_at
from bench.quality.truth import Truth
from bench.quality.typing_in import separator
from bench.quality.units import ORDER, Unit, UnitKind

_SENTENCES = (
    "She was seen at the market on day {}.",
    "The aunt says that visit {} helped.",
    "قالت خالتها إنها تحب الرسم {}.",
    "School asked about report {}.",
    "هل زارت المدرسة في الأسبوع {}؟",
    "Neighbour {} offers to help.",
)
_PLAIN = (Kind.PLAIN, Kind.ASK, Kind.INSTANT)


@dataclass
class Names:
    """New identities, and the words of every sentence, over one history."""

    random: Random
    count: int = 0
    wordings: dict[str, str] = field(default_factory=dict)

    def new(self, prefix: str) -> str:
        """A name that nothing else has."""
        self.count += 1
        return f"{prefix}{self.count}"

    def words(self, sentence: str) -> str:
        """New words for a sentence."""
        self.count += 1
        words = normalize("NFC", self.random.choice(_SENTENCES).format(self.count))
        self.wordings[words] = sentence
        return words

    def instant(self) -> str:
        """A time that nothing else has, in Khartoum's offset."""
        self.count += 1
        return f"2026-11-{1 + self.count % 28:02}T{self.count // 28 % 24:02}:12:03+02:00"

    def value(self, one: Field) -> Any:
        """A new answer to a question without options."""
        self.count += 1
        if one.kind is Kind.INSTANT:
            return self.instant()
        if isinstance(one.example, int):
            return one.example + self.count
        return (
            f"{one.example} {self.count}" if one.example == "text" else f"2027-01-{self.count:02}"
        )


@dataclass
class Desk:
    """What a person has before them.

    Attributes:
        seen: the truth as far as it has reached them.
        used: what this edit has changed already; nobody changes one thing twice in one edit.
    """

    random: Random
    names: Names
    seen: Truth
    used: set[Path] = field(default_factory=set)

    @property
    def data(self) -> Data:
        """The answers on the screen."""
        return self.seen.picture

    def pick(self, fields: Sequence[Field]) -> Field:
        """A field, by how often it is changed."""
        return self.random.choices(fields, [one.weight for one in fields])[0]

    def take(self, path: Path) -> bool:
        """Whether a part has not been changed in this edit; it has from now on."""
        is_new = path not in self.used and path[:2] not in self.used
        self.used.add(path)
        return is_new

    def rows(self, name: str) -> list[Row]:
        """The rows of a list that can be told apart."""
        rows: list[Row] = self.data[name]
        ids = [row["id"] for row in rows]
        return [row for row in rows if ids.count(row["id"]) == 1]

    def is_open(self, kind: UnitKind, *path: str) -> bool:
        """Whether a person has to decide a unit; who only fills in the form leaves it alone."""
        return Unit(kind, path) in self.seen.open

    def sentences(self, path: Path) -> list[str]:
        """The identities of the sentences of a text, or of the lines of a log."""
        return [one.identity for one in sentences_at(self.data, path, self.names.wordings)]


def planned(desk: Desk, role: Role) -> tuple[Act, ...]:
    """One edit's acts, at least one."""
    wanted = desk.random.randint(*role.acts)
    acts: list[Act] = []
    while len(acts) < wanted:
        kind = desk.random.choices([*role.does], [*role.does.values()])[0]
        acts += PLANS[kind](desk)
    return tuple(acts)


def new_value(desk: Desk, path: Path) -> list[Act]:
    """A value that nobody gave the field or cell yet."""
    unit, one = Unit(UnitKind.VALUE, path), field_at(path)
    if (one.kind is Kind.ASK and unit in desk.seen.open) or not desk.take(path):
        return []  # what always has to be asked about is decided by settling it
    ruling = desk.seen.rulings.get(unit)
    avoid = [value_at(desk.data, path)]
    avoid += [getattr(deed.act, "value", None) for deed in ruling.standing] if ruling else []
    if not one.options:
        return [SetValue(path, desk.names.value(one))]
    left = [option for option in one.options if option not in avoid]
    return [SetValue(path, desk.random.choice(left))] if left else []


def safety(risk: str, placement: str) -> SetTogether:
    """The risk is assessed, and the child is placed so."""
    return SetTogether("safety", (("risk_level", risk), ("placement", placement)))


def mass(weight: int, unit: str) -> SetTogether:
    """The child is weighed."""
    return SetTogether("mass", (("weight", weight), ("weight_unit", unit)))


def _field(desk: Desk) -> list[Act]:
    fields = [one for one in FORM if one.kind in _PLAIN and one.together is None]
    path = (desk.pick(fields).name,)
    if path == ("status",):
        return _close(desk)
    if path == ("next_visit_on",) and (desk.data["status"] == "closed" or ("status",) in desk.used):
        return []
    return new_value(desk, path)


def _close(desk: Desk) -> list[Act]:
    """Closes the case, and takes back the visit that was planned; or opens it again."""
    if ("next_visit_on",) in desk.used:
        return []
    acts = new_value(desk, ("status",))
    closes = acts and isinstance(acts[0], SetValue) and acts[0].value == "closed"
    if not closes or desk.data["next_visit_on"] is None:
        return acts
    return [*acts, SetValue(("next_visit_on",), None)]


def _option(desk: Desk) -> list[Act]:
    return _choose(desk, (_some(desk, Kind.MULTI).name,))


def _choose(desk: Desk, path: Path) -> list[Act]:
    """Ticks an option, or, less often, unticks one."""
    chosen = value_at(desk.data, path) or []
    left = [str(option) for option in field_at(path).options if option not in chosen]
    adds = left and (not chosen or desk.random.random() < 0.7)
    option = desk.random.choice(left if adds else chosen)
    return [Choose(path, option, bool(adds))] if desk.take((*path, option)) else []


def _safety(desk: Desk) -> list[Act]:
    """Mostly the risk is raised and the child placed elsewhere; or only one of the two changes."""
    risk, placement = desk.data["risk_level"], desk.data["placement"]
    act = desk.random.random()
    if act < 0.8:
        higher = RISK[RISK.index(risk) + 1 :]
        risk = higher[0] if higher and act < 0.6 else RISK[max(RISK.index(risk) - 1, 0)]
    if act > 0.7 or act < 0.35:
        placement = desk.random.choice([one for one in PLACEMENTS if one != placement])
    same = (risk, placement) == (desk.data["risk_level"], desk.data["placement"])
    if same or desk.is_open(UnitKind.TOGETHER, "safety") or not desk.take(("safety",)):
        return []
    return [safety(risk, placement)]


def _mass(desk: Desk) -> list[Act]:
    if desk.is_open(UnitKind.TOGETHER, "mass") or not desk.take(("mass",)):
        return []
    unit = desk.data["weight_unit"]
    weight = (10 + desk.names.count % 30) * (1000 // GRAMS[unit])
    if weight == desk.data["weight"]:
        weight += 1
    return [mass(weight, unit)]


def _sentence(desk: Desk) -> list[Act]:
    return _about_a_sentence(desk, (_some(desk, Kind.TEXT).name,))


def _about_a_sentence(desk: Desk, path: Path) -> list[Act]:
    """Mostly something is added at the end; else one is corrected, put in, struck or moved."""
    shown = desk.sentences(path)
    here = [one for one in shown if (*path, one) not in desk.used]
    act = desk.random.random()
    if act < 0.5 or not here or desk.is_open(UnitKind.TEXT, *path):
        return [_written(desk, path, here[-1] if here else "")]
    sentence = desk.random.choice(here)
    if act < 0.6:
        return [_written(desk, path, sentence)]
    if not desk.take((*path, sentence)):
        return []
    if act < 0.87:
        return [Reword(path, sentence, desk.names.words(sentence))]
    if act < 0.95 or len(here) < max(len(shown), 3):
        return [Strike(path, sentence)]
    return _moved(desk, path, here, sentence)


def _moved(desk: Desk, path: Path, here: list[str], sentence: str) -> list[Act]:
    places = ["", *(one for one in here if one != sentence)]
    now = (["", *here])[here.index(sentence)]
    return [Move(path, sentence, desk.random.choice([one for one in places if one != now]))]


def _written(desk: Desk, path: Path, behind: str) -> Write:
    sentence = desk.names.new("s")
    desk.take((*path, sentence))
    return Write(path, sentence, desk.names.words(sentence), behind)


def _line(desk: Desk) -> list[Act]:
    return [_written(desk, ("log",), desk.sentences(("log",))[-1])]


def _some(desk: Desk, kind: Kind) -> Field:
    return desk.pick([one for one in FORM if one.kind is kind])


def _cell(desk: Desk) -> list[Act]:
    one = _some(desk, Kind.ROWS)
    rows = desk.rows(one.name)
    if not rows:
        return []
    row = (one.name, desk.random.choice(rows)["id"])
    cell = desk.pick(one.cells)
    path = (*row, cell.name)
    if cell.kind is Kind.MULTI:
        return _choose(desk, path)
    if cell.kind is Kind.TEXT:
        return _about_a_sentence(desk, path) if row not in desk.used else []
    return new_value(desk, path)


def _add_row(desk: Desk) -> list[Act]:
    one = _some(desk, Kind.ROWS)
    return [AddRow((one.name, desk.names.new("r")), tuple(_new_cells(desk.names, one).items()))]


def _new_cells(names: Names, one: Field) -> Row:
    """A row's cells, filled in for the first time."""
    return {cell.name: _first(names, cell) for cell in one.cells}


def first_answers(names: Names) -> Data:
    """A case that has been open for some months."""
    data: Data = {}
    for one in FORM:
        if one.kind is Kind.ROWS:
            data[one.name] = [
                {"id": names.new("r"), **_new_cells(names, one)} for _ in range(one.rows)
            ]
        else:
            data[one.name] = _first(names, one)
    known = {"status": "open", "risk_level": "medium", "placement": "home"}
    return data | known | {"weight": 12, "weight_unit": "kg"}


def _first(names: Names, one: Field) -> Any:
    random = names.random
    if one.kind in (Kind.TEXT, Kind.LOG):
        count = 6 if one.weight > 2 else random.randint(1, 3)
        sentences = [names.words(names.new("s")) for _ in range(count)]
        return separator(one.kind).join(sentences)
    if one.kind is Kind.MULTI:
        return sorted(random.sample(one.options, random.randint(0, 3)), key=str)
    return random.choice(one.options) if one.options else names.value(one)


def _remove_row(desk: Desk) -> list[Act]:
    name = _some(desk, Kind.ROWS).name
    rows = [row for row in desk.rows(name) if not _touches(desk.used, (name, row["id"]))]
    if len(rows) < 2:
        return []
    path = (name, desk.random.choice(rows)["id"])
    desk.take(path)
    return [RemoveRow(path)]


def _touches(used: set[Path], row: Path) -> bool:
    return any(path[:2] == row for path in used)


def _arrange(desk: Desk) -> list[Act]:
    """One row is pulled to another place."""
    name = _some(desk, Kind.ROWS).name
    ids = [row["id"] for row in desk.rows(name)]
    asked = desk.is_open(UnitKind.ORDER, name, ORDER)
    if len(ids) < 2 or len(ids) < len(desk.data[name]) or asked or not desk.take((name, "order")):
        return []
    pulled = desk.random.choice(ids[1:])
    return [Arrange((name,), (pulled, *(one for one in ids if one != pulled)))]


PLANS: Mapping[str, Callable[[Desk], list[Act]]] = {
    "field": _field,
    "option": _option,
    "safety": _safety,
    "mass": _mass,
    "sentence": _sentence,
    "line": _line,
    "cell": _cell,
    "add_row": _add_row,
    "remove_row": _remove_row,
    "arrange": _arrange,
}
