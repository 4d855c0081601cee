"""A document's merge as the page shows it: what is to be decided first, then what was merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from conflict.decision import Decision, How
from conflict.drawing import short
from conflict.rules import Rule
from conflict.units import STATE, Unit
from conflict.value import Missing, equal
from conflict.writers import Writer
from sync_server.console.answer_text import AnswerText
from sync_server.console.saying import Saying
from sync_server.console.text_changes import Piece, pieces
from sync_server.service.case_facts import AGREEMENT, form_code
from sync_server.service.merges_seen import SeenMerge
from sync_server.service.vault import Body
from sync_server.sharing.roles import CASE, CONSENT, REFERRAL

_SHORT_TEXT = 60
"""A text of so many characters is told whole; of a longer one what was changed."""

_SECTIONS = ("open", "told", "merged", "single")
_MOST_UNITS, _MOST_WRITERS = 100, 20
"""Of a section of a document, and of a unit: nobody reads more on a page."""

_SHARING = {
    CASE: {"consent_to_share"},
    CONSENT: {"share", "withdrawn_on"},
    REFERRAL: {*AGREEMENT, "response", "ended"},
}
"""By form, the answers that sharing is decided by: the more protective one counts while one is
open (`sync_server/service/case_facts.py`).
"""


@dataclass(frozen=True)
class WriterView:
    """Who gave a unit which value; times as texts, both in the zone of the tablet.

    Attributes:
        author: None where that cannot be told, or nobody wrote it.
        last_author: who wrote the last of the edits that it came with.
        is_merge: whether it is no edit, but what an earlier merge had come to.
        is_shown: of an open unit, whether its value is the one that is shown meanwhile.
        is_replaced: whether somebody decided for another value.
        changed: what was changed of a long text; empty for anything else.
    """

    rev: str
    author: str | None
    last_author: str
    device: str
    edited_at: str
    received_at: str
    before: str
    wrote: str
    changed: tuple[Piece, ...]
    is_merge: bool
    is_shown: bool
    is_replaced: bool


@dataclass(frozen=True)
class UnitView:
    """What became of a unit; `how` and `rule` are sentences.

    Attributes:
        is_protected: whether only supervisors decide it.
        is_about_sharing: whether nothing is shared on the strength of it while it is open.
    """

    label: str
    shown: str
    how: str
    rule: str
    is_open: bool
    is_protected: bool
    is_about_sharing: bool
    writers: tuple[WriterView, ...]


@dataclass(frozen=True)
class DocumentView:
    """A document's merge.

    Attributes:
        open: what is left to a person.
        told: what is decided, and supervisors are to look at.
        merged: what several have written, or is protected.
        single: what one person alone has changed.
        left_out: how many units more there are than a page tells.
    """

    document_id: str
    title: str
    graph: tuple[str, ...]
    waits: bool
    left_out: int
    open: tuple[UnitView, ...]
    told: tuple[UnitView, ...]
    merged: tuple[UnitView, ...]
    single: tuple[UnitView, ...]


def document_view(seen: SeenMerge, titles: Mapping[str, str], say: Saying) -> DocumentView:
    """The view of a merge.

    Args:
        titles: of forms by code, in the reader's language.
    """
    found = seen.explanation
    view = _MergeView(seen, titles, say)
    sections: dict[str, list[tuple[Unit, Decision]]] = {name: [] for name in _SECTIONS}
    for unit, one in found.units:
        if not _is_noise(unit, one):
            section = _section(one, is_protected=str(unit) in seen.protected)
            sections[section].append((unit, one))
    code = form_code(found.document_id)
    return DocumentView(
        document_id=found.document_id,
        title=titles.get(code, code),
        graph=tuple(found.drawn(say.language)),
        waits=found.waits,
        left_out=sum(max(0, len(units) - _MOST_UNITS) for units in sections.values()),
        **{
            name: tuple(view.unit(*one) for one in units[:_MOST_UNITS])
            for name, units in sections.items()
        },
    )


def to_the_minute(seconds: float, zone: tzinfo = UTC) -> str:
    """A time in seconds since 1970, in a zone."""
    return f"{datetime.fromtimestamp(seconds, zone):%Y-%m-%d %H:%M}"


def _section(decision: Decision, *, is_protected: bool) -> str:
    if decision.is_open:
        return "open"
    if decision.tell:
        return "told"
    return "single" if decision.how is How.WRITTEN and not is_protected else "merged"


def _is_noise(unit: Unit, decision: Decision) -> bool:
    """Whether there is nothing in a unit that a reader could ask about: what stands since the
    document was begun, a set that is not about any of its elements, a row that all have kept.
    """
    if decision.is_open or decision.tell:
        return False
    values = [one.value for one in decision.writers]
    if decision.how is How.WRITTEN and decision.writers[0].from_nothing:
        return True
    if unit.element == "":
        return decision.rule is not Rule.ROWS or decision.how is How.WRITTEN
    is_row = unit.row is not None and unit.is_existence
    return is_row and not any(isinstance(value, Missing) for value in values)


class _MergeView:
    """Views of the units of one merge."""

    def __init__(self, seen: SeenMerge, titles: Mapping[str, str], say: Saying) -> None:
        units = [unit for unit, _ in seen.explanation.units]
        disputed = {(unit.row, unit.cell) for unit in units if unit.row and unit.cell}
        bodies = sorted(seen.explanation.bodies.items(), reverse=True)
        self._seen, self._say = seen, say
        self._text = AnswerText(
            say, seen.form, titles, (seen.body, *(body for _, body in bodies)), disputed
        )

    def unit(self, unit: Unit, decision: Decision) -> UnitView:
        """The view of a unit."""
        text = self._text
        writers = [*decision.instead_of, *decision.writers][:_MOST_WRITERS]
        return UnitView(
            label=text.label(unit),
            shown=text.value(unit, self._shown(unit, decision)),
            how=self._say(f"how.{_how(decision)}"),
            rule=self._rule(unit, decision),
            is_open=decision.is_open,
            is_protected=str(unit) in self._seen.protected,
            is_about_sharing=decision.is_open and self._is_about_sharing(unit),
            writers=tuple(self._writer(unit, decision, one) for one in writers),
        )

    def _shown(self, unit: Unit, decision: Decision) -> object:
        """What the document shows: of the order of rows a decision names only what is certain."""
        rows = self._seen.body.get("data", {}).get(unit.name)
        if unit.element == "" and decision.rule is Rule.ROWS and isinstance(rows, list):
            return [row.get("id") for row in rows if isinstance(row, dict)]
        return decision.value

    def _writer(self, unit: Unit, decision: Decision, writer: Writer) -> WriterView:
        body = self._seen.explanation.bodies.get(writer.rev, {})
        written = _written_at(body)
        zone = (written.tzinfo if written else None) or UTC
        return WriterView(
            rev=short(writer.rev),
            author=writer.author,
            last_author=body.get("author", ""),
            device=body.get("device", ""),
            edited_at=f"{written:%Y-%m-%d %H:%M}" if written else str(body.get("edited_at", "")),
            received_at=to_the_minute(self._seen.received_at[writer.rev], zone),
            before=self._text.value(unit, writer.start),
            wrote=self._text.value(unit, writer.value),
            changed=_changed(writer),
            is_merge=writer.is_verdict,
            is_shown=decision.is_open and equal(writer.value, decision.value),
            is_replaced=writer not in decision.writers,
        )

    def _rule(self, unit: Unit, decision: Decision) -> str:
        """The sentence of the rule that a unit was merged by."""
        if unit.is_existence:
            return self._say("rule.existence")
        if unit.element == "" and decision.rule is Rule.ROWS:
            return self._say("rule.order")
        ranked = self._ranked(unit) if decision.rule is Rule.HIGHEST else None
        if ranked is not None:
            return self._say("rule.coupled_highest", field=ranked)
        if unit.part == "group" and decision.rule is Rule.CHANGED:
            return self._say("rule.coupled")
        return self._say(f"rule.{decision.rule}")

    def _ranked(self, unit: Unit) -> str | None:
        """The label of the field by which coupled fields are ranked."""
        fields = self._seen.form.fields if self._seen.form and unit.part == "group" else ()
        ranked = (one.name for one in fields if (one.couple, one.merge) == (unit.name, "highest"))
        name = next(ranked, None)
        return None if name is None else self._text.field_label(name)

    def _is_about_sharing(self, unit: Unit) -> bool:
        code = form_code(self._seen.explanation.document_id)
        return code in _SHARING and (unit == STATE or unit.name in _SHARING[code])


def _changed(writer: Writer) -> tuple[Piece, ...]:
    """What was changed of a long text; nothing for anything else."""
    before, after = writer.start, writer.value
    if not isinstance(before, str) or not isinstance(after, str) or len(before) <= _SHORT_TEXT:
        return ()
    return tuple(pieces(before, after))


def _how(decision: Decision) -> str:
    """The name of the sentence for how a unit came to its value."""
    values = [one.value for one in decision.writers]
    agree = all(equal(values[0], other) for other in values)
    if decision.how is How.OPEN and agree:
        return "asked"
    if decision.how is How.UNION and agree:
        return How.AGREED
    if decision.how is How.WRITTEN and decision.writers[0].author is None:
        return "written_in_line"
    return decision.how


def _written_at(body: Body) -> datetime | None:
    """The time of a tablet's clock, where it is one."""
    try:
        return datetime.fromisoformat(body.get("edited_at", ""))
    except (TypeError, ValueError):
        return None
