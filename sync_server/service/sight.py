"""What a caller sees of a database, decided anew for every answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sync_server.service.caller import Caller
from sync_server.service.case_facts import SHARED, document_name, form_code, record_facts
from sync_server.service.kanaf import Kanaf
from sync_server.sharing.audience import NOTHING, Parts, sees, visible_parts
from sync_server.sharing.roles import is_published
from sync_server.storage.reading import Found, Reading
from sync_server.storage.rows import DatabaseKind, DatabaseRow, DocumentRow, RecordRow


class Sight:
    """A caller's sight of a database within one reading transaction.

    Attributes:
        caller: with the codes of the programme's forms in the place of their role's words.
        caller_as_came: the same with the role as the directory has it.
    """

    def __init__(
        self, kanaf: Kanaf, reading: Reading, database: DatabaseRow, caller: Caller
    ) -> None:
        self.reading = reading
        self.database = database
        self.caller = caller if self.sees_everything else kanaf.in_programme(database, caller)
        self._kanaf = kanaf
        self._now = kanaf.clock()
        self.caller_as_came = caller
        self._unheard: set[str] = set()
        self._parts: dict[str, Parts] = {}
        self._records: dict[str, RecordRow] = {}

    @property
    def sees_everything(self) -> bool:
        """Whether nothing is hidden: an open database's members see all of it."""
        return self.database.kind is DatabaseKind.OPEN

    def visible(self, documents: Collection[DocumentRow]) -> list[DocumentRow]:
        """Those of some documents that the caller sees, in their order."""
        if self.sees_everything:
            return list(documents)
        self._learn({row.record_id for row in documents})
        return [row for row in documents if self._sees(row.record_id, row.document_id)]

    def records(self, ids: Collection[str]) -> dict[str, RecordRow]:
        """Those of some records that exist, by id, whether the caller sees of them or not."""
        unknown = [one for one in ids if one not in self._records]
        if unknown:
            self._records.update(self.reading.records(self.database.id, unknown))
        return {one: self._records[one] for one in ids if one in self._records}

    def documents(self, ids: Collection[str]) -> dict[str, DocumentRow]:
        """Those of some documents that exist and that the caller sees, by id."""
        return self.found(ids).documents

    def found(self, ids: Collection[str], *, with_bodies: bool = False) -> Found:
        """The same with their records, and with the winners' bodies where they are wanted."""
        if not ids:
            return Found({}, {}, {})
        found = self.reading.documents_with_records(
            self.database.id, set(ids), with_bodies=with_bodies
        )
        self._records.update(found.records)
        visible = self.visible(list(found.documents.values()))
        return replace(found, documents={row.document_id: row for row in visible})

    def would_see(self, ids: Collection[str]) -> set[str]:
        """Those of some documents that the caller sees, whether there are such or not."""
        by_record = {one: one.partition(":")[0] for one in ids}
        self._learn(set(by_record.values()))
        return {one for one, record in by_record.items() if self._sees(record, one)}

    def _sees(self, record_id: str, document_id: str) -> bool:
        if record_id == SHARED:
            return True
        form = form_code(document_id)
        if is_published(form) and form not in self._kanaf.catalog(self.database):
            self._look_for(form)
        return sees(self._parts.get(record_id, NOTHING), document_name(document_id))

    def _look_for(self, form: str) -> None:
        """Looks for a form of which there is a document, and which was published since the caller
        came in: who passed the document over in a feed would never come back to it.
        """
        if form in self._unheard:
            return
        self._unheard.add(form)
        now = self._kanaf.registry(self.reading).now(self.database)
        if now is not None and now.catalog != self.database.catalog:
            self.database = now
            self.caller = self._kanaf.in_programme(now, self.caller_as_came)
            records, self._parts = set(self._parts), {}
            self._learn(records)

    def _learn(self, records: Collection[str]) -> None:
        unknown = set(records) - self._parts.keys() - {SHARED}
        for record_id, row in self.records(unknown).items():
            facts = record_facts(row, self._now)
            self._parts[record_id] = visible_parts(self.caller.person, facts) if facts else NOTHING
