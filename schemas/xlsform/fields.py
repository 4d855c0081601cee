"""The questions of a workbook as the fields of a definition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.xlsform.cells import IN_JSON, Cells, range_of
from schemas.xlsform.choices import Choices
from schemas.xlsform.columns import Row
from schemas.xlsform.languages import OTHER, SPECIFY, Texts
from schemas.xlsform.notes import Note
from schemas.xlsform.survey import Node, other_name
from schemas.xlsform.xpath import Question, Standing, fitted_to

_REFUSED = ("trigger", "save_to", "repeat_count")
"""Columns without which a form would do something else than its designer meant."""

_OTHER_CODE = "other"


@dataclass
class Fields:
    """Makes fields, and remembers which row each part of the definition comes from.

    Attributes:
        rows: by the path in the JSON of the definition, such as `fields[2].options[0]`.
    """

    texts: Texts
    lists: Mapping[str, Choices]
    questions: Mapping[str, Question]
    cells: Cells
    rows: dict[str, Row] = field(default_factory=dict)

    def within(
        self, nodes: Iterable[Node], path: str = "", repeats: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """The sections and fields of a form or of a repeat, as a definition has them."""
        made: dict[str, list[Any]] = {"sections": [], "fields": []}
        self._add(nodes, path, repeats, None, made)
        return {key: parts for key, parts in made.items() if parts or key == "fields"}

    def _add(
        self,
        nodes: Iterable[Node],
        path: str,
        repeats: tuple[str, ...],
        section: str | None,
        made: dict[str, list[Any]],
    ) -> None:
        for node in nodes:
            if node.kind == "group":
                if not any(_questions_in(node)):
                    self.cells.notes.append(
                        Note(node.row.place(), "left_out", "empty_group", node.name)
                    )
                    continue
                self.rows[f"{path}sections[{len(made['sections'])}]"] = node.row
                made["sections"].append(self._section(node, repeats, section))
                self._add(node.children, path, repeats, node.name, made)
                continue
            for one in self._field(node, f"{path}fields[{len(made['fields'])}]", repeats):
                self.rows.setdefault(f"{path}fields[{len(made['fields'])}]", node.row)
                made["fields"].append(one if section is None else {**one, "section": section})

    def _section(self, node: Node, repeats: tuple[str, ...], around: str | None) -> dict[str, Any]:
        row, xpath = node.row, dict[str, str]()
        self._refuse(row)
        self._tell(node, "section")
        return _given(
            name=node.name,
            label=self.texts.of(row, "label") or None,
            within=around,
            relevant=self.cells.expression(row, "relevant", self._standing(node, repeats), xpath),
            machine=self.texts.machine(row),
            xpath=xpath or None,
        )

    def _field(self, node: Node, path: str, repeats: tuple[str, ...]) -> list[dict[str, Any]]:
        """A field; behind it the one in which another answer is written."""
        row, cells, xpath = node.row, self.cells, dict[str, str]()
        self.rows[path] = row
        self._refuse(row)
        self._tell(node, node.kind)
        self._tell_of_rows(node)
        standing = self._standing(node, repeats)
        label = self.texts.of(row, "label")
        if node.kind == "calculated" and not label:
            label = {self.texts.languages[0].code: node.name}
        made = _given(
            name=node.name,
            type=node.kind,
            label=label,
            hint=self.texts.of(row, "hint") or None,
            required=cells.yes_no(row, "required"),
            relevant=cells.expression(row, "relevant", standing, xpath),
            constraint=cells.expression(row, "constraint", standing, xpath),
            constraint_message=self.texts.of(row, "constraint_message") or None,
            calculation=self._fitted(
                node, "calculation", cells.expression(row, "calculation", standing, xpath)
            ),
            default=self._fitted(node, "default", cells.default(row, node.kind, standing, xpath)),
            choice_filter=cells.expression(row, "choice_filter", standing, xpath),
            merge=row.take("merge") or None,
            couple=row.take("couple") or None,
            sensitivity=row.take("sensitivity") or None,
            share=cells.yes_no(row, "share"),
            protected=cells.yes_no(row, "protected"),
            renamed_from=row.take("renamed_from") or None,
            machine=self.texts.machine(row),
            **self._limits(node),
            xpath=xpath or None,
        )
        options = self._options(node, path)
        if options is not None:
            made["options"] = options
        if node.kind == "rows":
            made |= self.within(node.children, f"{path}.", (*repeats, node.name))
        return [made, *([self._other(node)] if node.asked.or_other else [])]

    def _standing(self, node: Node, repeats: tuple[str, ...]) -> Standing:
        listed = self.lists.get(node.asked.choices, Choices())
        itself = None if node.kind == "group" else node.name
        return Standing(self.questions, itself, repeats, listed.columns)

    def _options(self, node: Node, path: str) -> list[dict[str, Any]] | None:
        if not node.asked.choices or node.kind == "yes_no":
            return None
        listed = self.lists.get(node.asked.choices, Choices())
        for index, row in enumerate(listed.rows):
            self.rows[f"{path}.options[{index}]"] = row
        options = [dict(one) for one in listed.options]
        if node.asked.or_other and all(one["code"] != _OTHER_CODE for one in options):
            options.append({"code": _OTHER_CODE, "label": self.texts.known(OTHER)})
        return options

    def _fitted(self, node: Node, column: str, expression: Any) -> Any:
        """What a question is to be answered with, so that it is an answer of its type.

        In XForms every answer is a text, so a number or a date may come from anything there.
        """
        is_value = column == "default" and not isinstance(expression, dict)
        if expression is None or is_value or node.row.seen(column).startswith(IN_JSON):
            return expression
        fitted = fitted_to(node.kind, expression, self.questions)
        if fitted is None:
            self.cells.refuse(node.row, column, "wrong_result")
        return fitted

    def _tell_of_rows(self, node: Node) -> None:
        for column in ("required", "constraint"):
            if node.kind == "rows" and node.row.seen(column):
                note = Note(node.row.place(column), "changed", "of_all_rows")
                self.cells.notes.append(note)

    def _other(self, node: Node) -> dict[str, Any]:
        """The question for another answer, as `or_other` adds it."""
        if node.row.seen("choice_filter"):
            self.cells.refuse(node.row, "choice_filter", "other_with_filter")
        is_told = not self.questions[node.name].is_ambiguous
        xpath = {"relevant": f"selected(${{{node.name}}}, '{_OTHER_CODE}')"}
        note = Note(node.row.place("type"), "changed", "or_other", other_name(node.name))
        self.cells.notes.append(note)
        return {
            "name": other_name(node.name),
            "type": "text",
            "label": self.texts.known(SPECIFY),
            "relevant": {"selected": [{"var": node.name}, _OTHER_CODE]},
            **({"xpath": xpath} if is_told else {}),
        }

    def _limits(self, node: Node) -> dict[str, Any]:
        """The least and the greatest number; of a range they are among its parameters."""
        row = node.row
        given = {"min": self.cells.number(row, "min"), "max": self.cells.number(row, "max")}
        if node.asked.base != "range":
            return given
        self.cells.notes.append(Note(row.place("type"), "changed", "range", node.kind))
        limits = range_of(row)
        if None in limits.values():
            self.cells.refuse(row, "parameters", "not_a_number", row.seen("parameters"))
        row.take("parameters")
        return {"min": limits["start"], "max": limits["end"]} | _given(**given)

    def _refuse(self, row: Row) -> None:
        for column in _REFUSED:
            if told := row.take(column):
                self.cells.refuse(row, column, "column_not_possible", told)

    def _tell(self, node: Node, kind: str) -> None:
        if kind and node.name:
            self.cells.notes.append(Note(node.row.place(), "mapped", kind, node.name))


def _questions_in(node: Node) -> Iterable[Node]:
    for one in node.children:
        if one.kind == "group":
            yield from _questions_in(one)
        else:
            yield one


def _given(**parts: Any) -> dict[str, Any]:
    """What is there of the members of a definition."""
    return {key: part for key, part in parts.items() if part is not None}
