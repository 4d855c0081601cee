"""The sheet `survey` as a tree: groups and repeats with the questions in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from schemas.definition import MOST_LEVELS
from schemas.xlsform.cells import range_of
from schemas.xlsform.choices import Choices
from schemas.xlsform.columns import Row
from schemas.xlsform.notes import Note
from schemas.xlsform.types import APPEARANCES, KINDS, Asked, asked_by, is_select_without_list
from schemas.xlsform.xpath import Question, Standing, UntranslatableXPath, expression_of, result_of

_CONTAINERS = ("group", "rows")
_WITH_OTHER = ("select_one", "ordered_choice", "select_many")
_DEEPEST = 30
"""Of groups and repeats within each other."""


@dataclass
class Node:
    """A question, or a group or repeat with what is in it.

    Attributes:
        kind: the type of the field; `group` of a section.
        name: as the workbook has it; of a note without one, made of its row.
    """

    row: Row
    asked: Asked
    kind: str
    name: str
    children: list[Node] = field(default_factory=list)


def tree_of(rows: Iterable[Row], lists: Mapping[str, Choices], notes: list[Note]) -> list[Node]:
    """The questions of a survey; what is to be told of them is added to the notes."""
    top: list[Node] = []
    open_nodes: list[Node] = []
    for row in rows:
        if row.take("disabled").lower() in ("yes", "true", "true()"):
            notes.append(Note(row.place(), "left_out", "disabled", row.take("name")))
            list(row.rest())
            continue
        asked = asked_by(row.take("type"))
        if asked.base.startswith("end "):
            _end(row, asked, open_nodes, notes)
            continue
        node = _node(row, asked, lists, notes)
        if node is None:
            continue
        (open_nodes[-1].children if open_nodes else top).append(node)
        repeats = sum(one.asked.base == "rows" for one in open_nodes)
        if asked.base == "rows" and repeats == MOST_LEVELS:
            notes.append(Note(row.place("type"), "refused", "too_many_levels"))
        if asked.base in _CONTAINERS and len(open_nodes) == _DEEPEST:
            notes.append(Note(row.place("type"), "refused", "too_deep"))
            return top
        if asked.base in _CONTAINERS:
            open_nodes.append(node)
    notes += [Note(one.row.place("type"), "refused", "not_ended", one.name) for one in open_nodes]
    return top


def _end(row: Row, asked: Asked, open_nodes: list[Node], notes: list[Note]) -> None:
    row.take("name")
    if open_nodes and open_nodes[-1].asked.base == asked.base.removeprefix("end "):
        open_nodes.pop()
    else:
        notes.append(Note(row.place("type"), "refused", "not_begun"))


def _node(row: Row, asked: Asked, lists: Mapping[str, Choices], notes: list[Note]) -> Node | None:
    """What begins in a row; None for a row that asks nothing, of which is told."""
    told, name = row.take("type"), row.take("name")
    if not told and not name and not row.seen("label"):
        list(row.rest())
        notes.append(Note(row.place(), "left_out", "comment"))
        return None
    if asked.base == "envelope":
        list(row.rest())
        notes.append(Note(row.place("type"), "left_out", "of_the_envelope", told))
        return None
    if not asked.base:
        place = row.place("type")
        notes.append(
            Note(place, "refused", "no_list", told)
            if is_select_without_list(told)
            else Note(place, "refused", "unknown_type" if told else "no_type", told)
        )
    if not name and asked.base == "note":
        name = f"note_{row.line.number}"
        notes.append(Note(row.place("name"), "changed", "named", name))
    elif not name:
        notes.append(Note(row.place("name"), "refused", "no_name"))
    if asked.choices and asked.choices not in lists:
        notes.append(Note(row.place("type"), "refused", "unknown_list", asked.choices))
    return Node(row, asked, _kind(row, asked, lists, notes), name)


def _kind(row: Row, asked: Asked, lists: Mapping[str, Choices], notes: list[Note]) -> str:
    """The type of the field: the first that is possible, unless the column `kind` says another."""
    possible = KINDS.get(asked.base, ())
    told = row.take("kind")
    if asked.or_other:
        possible = tuple(one for one in possible if one in _WITH_OTHER)
    if told and told not in possible:
        notes.append(Note(row.place("kind"), "refused", "not_this_kind", told))
    looks = row.seen("appearance")
    shown_so = next((one for one in possible if APPEARANCES.get(one) == looks), None)
    if shown_so and told in ("", shown_so):
        row.take("appearance")
        return shown_so
    if told in possible:
        return told
    if asked.base == "range" and not all(isinstance(one, int) for one in range_of(row).values()):
        return "decimal"
    if asked.base == "select_one" and row.seen("merge") == "highest":
        return "ordered_choice"
    listed = lists.get(asked.choices)
    if "yes_no" in possible and listed and listed.is_yes_or_no:
        notes.append(Note(row.place("type"), "changed", "taken_for_yes_no"))
        return "yes_no"
    return possible[0] if possible else asked.base


def questions_of(nodes: Iterable[Node], repeats: tuple[str, ...] = ()) -> dict[str, Question]:
    """What expressions may refer to, by name; names that two questions have are told as such."""
    found = list(_questions(nodes, repeats))
    count = Counter(name for name, _ in found)
    return {
        name: Question(one.type, one.repeats, is_ambiguous=count[name] > 1) for name, one in found
    }


def _questions(nodes: Iterable[Node], repeats: tuple[str, ...]) -> Iterator[tuple[str, Question]]:
    for node in nodes:
        if node.kind != "group":
            yield node.name, Question(node.kind, repeats)
            if node.asked.or_other:
                yield other_name(node.name), Question("text", repeats)
        inner = (*repeats, node.name) if node.kind == "rows" else repeats
        yield from _questions(node.children, inner)


def with_results(nodes: Iterable[Node], questions: Mapping[str, Question]) -> dict[str, Question]:
    """The questions, with what is known of those that are calculated: others compare with it."""
    found = dict(questions)
    for node in every(nodes):
        told = node.row.seen("calculation")
        if node.kind == "calculated" and told and node.name in found:
            try:
                made = expression_of(told, Standing(found, node.name, found[node.name].repeats))
            except UntranslatableXPath:
                continue  # it is told where it is read
            if result_of(made, found) == "boolean":
                found[node.name] = replace(found[node.name], is_boolean=True)
    return found


def every(nodes: Iterable[Node]) -> Iterator[Node]:
    """Some nodes, each before what is in it."""
    for node in nodes:
        yield node
        yield from every(node.children)


def other_name(name: str) -> str:
    """What the question is called in which another answer is written, as pyxform calls it."""
    return f"{name}_other"
