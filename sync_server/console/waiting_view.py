"""What waits for a supervisor in one programme, as the first page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync_server.console.merge_view import to_the_minute
from sync_server.console.saying import Saying
from sync_server.messages import sentence
from sync_server.service.case_facts import form_code
from sync_server.service.merges_seen import MergedDocument


@dataclass(frozen=True)
class ListedDocument:
    """A document in a list; `since` is a time in UTC.

    Attributes:
        case: the case's number; the record's id where it is not seen.
        to_decide, to_look_at: how many units.
        told: of a refused one why, and from whom.
        problems: what is wrong with its answers: the question, and what is said of it.
        entry: of a refused one what `kanaf quarantine` calls it.
    """

    record: str
    document_id: str
    case: str
    form: str
    since: str
    to_decide: int = 0
    to_look_at: int = 0
    waits: bool = False
    overdue: bool = False
    told: str = ""
    sender: str = ""
    problems: tuple[tuple[str, str], ...] = ()
    entry: str = ""


@dataclass(frozen=True)
class ProgrammeView:
    """A case database."""

    name: str
    conflicts: tuple[ListedDocument, ...]
    refused: tuple[ListedDocument, ...]
    merged: tuple[ListedDocument, ...]


@dataclass(frozen=True)
class Naming:
    """What documents are called.

    Attributes:
        numbers: of cases by record.
        titles: of forms by code.
    """

    say: Saying
    numbers: Mapping[str, str]
    titles: Mapping[str, str]

    def conflict(self, found: Mapping[str, Any]) -> ListedDocument:
        """The row of an open conflict."""
        return self._row(
            found["document"],
            found["since"],
            to_decide=len(found["open"]),
            to_look_at=len(found["told"]),
            waits=found["waits"],
            overdue=found["overdue"],
        )

    def refused(self, found: Mapping[str, Any]) -> ListedDocument:
        """The row of a document in quarantine."""
        told = sentence(found["reason"], self.say.language)
        sender = f"{found['owner']}, {found['device']}" if found["device"] else found["owner"]
        problems = tuple(map(self._problem, found["problems"]))
        return self._row(
            found["document"],
            found["received_at"],
            told=told,
            sender=sender,
            problems=problems,
            entry=found["entry"],
        )

    def _problem(self, found: Mapping[str, Any]) -> tuple[str, str]:
        asked, message = found["question"], found["message"]
        question = self.say.label(asked) if asked else found["path"]
        told = self.say.label(message) if message else sentence(found["code"], self.say.language)
        return question, told

    def merged(self, found: MergedDocument) -> ListedDocument:
        """The row of a document that was merged."""
        return self._row(found.document_id, found.merged_at)

    def _row(self, document_id: str, seconds: float, **more: Any) -> ListedDocument:
        record, code = document_id.partition(":")[0], form_code(document_id)
        return ListedDocument(
            record,
            document_id,
            self.numbers.get(record, record),
            self.titles.get(code, code),
            to_the_minute(seconds),
            **more,
        )
