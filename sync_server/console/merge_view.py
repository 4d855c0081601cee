"""A document's merge as the page shows it: what is to be decided first, then what was merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from conflict.decision import Decision, How
from conflict.drawing import short
from conflict.rules import PLAIN
from conflict.units import Unit
from conflict.writers import Writer
from sync_server.console.answer_text import AnswerText
from sync_server.service.merges_seen import Edit, SeenMerge


@dataclass(frozen=True)
class WriterView:
    """Who gave a unit which value; times as texts, the server's in UTC.

    Attributes:
        author: None where that cannot be told.
        edited_at: by the tablet's clock, with its offset.
        between: the revisions between which it decided; empty where it was no decision.
    """

    rev: str
    author: str | None
    device: str
    edited_at: str
    received_at: str
    before: str
    wrote: str
    between: str


@dataclass(frozen=True)
class UnitView:
    """What became of a unit.

    Attributes:
        how, rule: names of sentences.
        is_told: whether it is decided, and supervisors are to look at it all the same.
    """

    label: str
    shown: str
    how: str
    rule: str
    is_open: bool
    is_told: bool
    is_protected: bool
    writers: tuple[WriterView, ...]


@dataclass(frozen=True)
class DocumentView:
    """A document's merge.

    Attributes:
        open: what is left to a person.
        merged: what several have written, and is decided.
        single: what one person alone has changed.
    """

    document_id: str
    title: str
    graph: tuple[str, ...]
    waits: bool
    open: tuple[UnitView, ...]
    merged: tuple[UnitView, ...]
    single: tuple[UnitView, ...]


def document_view(seen: SeenMerge, titles: Mapping[str, str], language: str) -> DocumentView:
    """The view of a merge.

    Args:
        titles: of forms by code, in the reader's language.
    """
    found = seen.explanation
    bodies = (seen.body, *(edit.body for _, edit in sorted(seen.edits.items(), reverse=True)))
    text = AnswerText(seen.form, titles, bodies, language)
    views = [(one, _unit_view(seen, text, unit, one)) for unit, one in found.units]
    code = found.document_id.partition(":")[2].partition(":")[0]
    return DocumentView(
        document_id=found.document_id,
        title=titles.get(code, code),
        graph=found.graph,
        waits=found.waits,
        open=tuple(view for one, view in views if one.is_open),
        merged=tuple(view for one, view in views if not one.is_open and _is_merged(one)),
        single=tuple(view for one, view in views if not one.is_open and not _is_merged(one)),
    )


def _is_merged(decision: Decision) -> bool:
    return decision.how is not How.WRITTEN


def _unit_view(seen: SeenMerge, text: AnswerText, unit: Unit, decision: Decision) -> UnitView:
    return UnitView(
        label=text.label(unit),
        shown=text.value(unit, decision.value),
        how=f"how.{decision.how}",
        rule=f"rule.{_rule(seen, unit)}",
        is_open=decision.is_open,
        is_told=decision.tell,
        is_protected=str(unit) in seen.protected,
        writers=tuple(
            _writer_view(seen.edits[one.rev], text, unit, one) for one in decision.writers
        ),
    )


def _writer_view(edit: Edit, text: AnswerText, unit: Unit, writer: Writer) -> WriterView:
    between = edit.body.get("settles", {}).get(str(unit), [])
    return WriterView(
        rev=short(writer.rev),
        author=writer.author,
        device=edit.body.get("device", ""),
        edited_at=_as_written(edit),
        received_at=to_the_minute(edit.received_at),
        before=text.value(unit, writer.start),
        wrote=text.value(unit, writer.value),
        between=", ".join(map(_shortened, between)),
    )


def _shortened(named: str) -> str:
    """A revision as `short` writes it, from what an author has named: it may be none."""
    generation, _, digest = named.partition("-")
    return f"{generation[:9]}-{digest[:6]}"


def to_the_minute(seconds: float) -> str:
    """A time in seconds since 1970, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def _as_written(edit: Edit) -> str:
    """The time of a tablet's clock, to the minute where it is one."""
    told = edit.body.get("edited_at")
    if not isinstance(told, str):
        return ""
    try:
        return datetime.fromisoformat(told).isoformat(" ", "minutes")
    except ValueError:
        return told


def _rule(seen: SeenMerge, unit: Unit) -> str:
    """The name of the rule that a unit is merged by."""
    if unit.is_existence:
        return "existence"
    if unit.part == "group":
        return "coupled"
    rule = seen.rules.get(unit.name, PLAIN) if unit.part == "data" else PLAIN
    if unit.cell is not None:
        return rule.cells.get(unit.cell, PLAIN).rule
    return rule.rule
