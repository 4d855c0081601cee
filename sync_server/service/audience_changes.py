"""Inboxes after a record has changed: who gets to see what, and who no longer does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from conflict.minting import touch_rev
from conflict.resolution import Minted
from conflict.revision import Rev
from conflict.tree import Kind, Node
from sync_server.service.case_facts import document_name, record_facts
from sync_server.service.document_work import DocumentWork
from sync_server.service.transaction import Transaction
from sync_server.service.vault import RecordKey
from sync_server.sharing.audience import NOTHING, Parts, audience, sees
from sync_server.sharing.facts import Directory
from sync_server.storage.changes import Changes
from sync_server.storage.rows import AudienceRow, InboxRow, RecordRow


@dataclass(frozen=True)
class Writer:
    """Whose push a transaction is, and what they have pushed: they hold it, whoever else does not.

    Attributes:
        pushed: by document the revisions that were accepted, or refused and now decided about.
    """

    user_id: int | None = None
    pushed: Mapping[str, Collection[Rev]] = field(default_factory=dict)

    def holds(self, user: int, document_id: str) -> Collection[Rev]:
        """What of a document a user holds for having pushed it."""
        return self.pushed.get(document_id, ()) if user == self.user_id else ()


NOBODY = Writer()


def write_record(
    transaction: Transaction,
    directory: Directory,
    key: RecordKey,
    row: RecordRow,
    works: dict[str, DocumentWork],
    changes: Changes,
    writer: Writer = NOBODY,
    only: Collection[int] | None = None,
) -> None:
    """Names all that has to be written of a record: its row, its documents that have changed, and
    the inboxes and the audience that follow from both.

    Args:
        works: the record's documents in this transaction, by id. Those that a grant or revocation
            reaches are added; one that has to be shown again gets a touch revision.
        only: the users whose access is written; that of others follows in another transaction. None
            for everybody's.
    """
    now = audience_of(row, directory, transaction.now)
    told = {one.user_id: one.parts for one in transaction.audience(row.record_id)}
    if only is not None:
        now, told = _for_some(only, now, told)
    before = _still_seen(transaction, directory, row.record_id, told)
    moved, unseen = moved_parts(now, told), moved_parts(now, before)
    if moved or unseen:
        steps = [*moved.values(), *unseen.values()]
        _load_moved(transaction, key, row.record_id, steps, works)
    concerned_users = sorted(moved.keys() | unseen.keys())
    _show_again(transaction, concerned_users, before, now, works)
    for user in concerned_users:
        has = now.get(user, NOTHING)
        changes.audience.append(AudienceRow(row.record_id, user, has))
        changes.inbox.extend(_revoked(user, told.get(user, NOTHING), has, works, writer))
    changes.inbox.extend(_taken_back(transaction, row.record_id, now, told, writer))
    for document_id, work in works.items():
        if not len(work.tree):  # all that came of it was refused
            continue
        changes.inbox.extend(_news(document_id, work, now, before))
    for work in works.values():
        if work.is_changed:
            work.write_to(changes, row.record_id)
    changes.records[row.record_id] = row


def _for_some(
    only: Collection[int], now: Mapping[int, Parts], told: Mapping[int, Parts]
) -> tuple[dict[int, Parts], dict[int, Parts]]:
    """What is seen and what was told, as if of all other users nothing had moved: they are told of
    news where they see them and were told before.
    """
    others = {
        user: parts & now.get(user, NOTHING) for user, parts in told.items() if user not in only
    }
    return (
        others | {user: now[user] for user in only if user in now},
        others | {user: told[user] for user in only if user in told},
    )


def audience_of(row: RecordRow, directory: Directory, now: float) -> Mapping[int, Parts]:
    """The parts of a record that each user sees by the directory.

    Args:
        now: in seconds since 1970.
    """
    facts = record_facts(row, now)
    return audience(facts, directory) if facts else {}


def moved_parts(
    now: Mapping[int, Parts], before: Mapping[int, Parts]
) -> dict[int, tuple[Parts, Parts]]:
    """Those who see other parts of a record than before: what they saw, and what they see now."""
    return {
        user: (before.get(user, NOTHING), now.get(user, NOTHING))
        for user in now.keys() | before.keys()
        if now.get(user, NOTHING) != before.get(user)
    }


def concerned(names: Collection[str], moved: Mapping[int, tuple[Parts, Parts]]) -> set[int]:
    """Those who see other documents of a record, of which these are the names within it."""
    return {
        user
        for user, (had, has) in moved.items()
        if any(sees(had, name) != sees(has, name) for name in names)
    }


def _still_seen(
    transaction: Transaction, directory: Directory, record_id: str, told: Mapping[int, Parts]
) -> dict[int, Parts]:
    """What each user's feed shows of a record, less what the directory has hidden since it was
    fanned out: their tablet may have passed such rows over, and is to be told of them anew when
    they see them again.
    """
    row = transaction.record(record_id)
    seen = audience_of(row, directory, transaction.now) if row is not None else {}
    return {user: parts & seen.get(user, NOTHING) for user, parts in told.items()}


def _news(
    document_id: str, work: DocumentWork, now: Mapping[int, Parts], before: Mapping[int, Parts]
) -> list[InboxRow]:
    """Rows for everyone who sees a document that changed, or who did not see it before."""
    name = document_name(document_id)
    return [
        InboxRow(user, document_id, 0)
        for user, parts in now.items()
        if sees(parts, name) and (work.is_changed or not sees(before.get(user, NOTHING), name))
    ]


def _show_again(
    transaction: Transaction,
    users: Collection[int],
    before: Mapping[int, Parts],
    now: Mapping[int, Parts],
    works: Mapping[str, DocumentWork],
) -> None:
    """Touches what users get to see again, where a stub hides the very leaf that stands."""
    readers = [user for user in users if user in now]
    for stub in transaction.reading.stubs(transaction.database_id, readers, works):
        name, work = document_name(stub.document_id), works[stub.document_id]
        if sees(before.get(stub.reader, NOTHING), name) or not sees(now[stub.reader], name):
            continue
        for leaf in work.tree.live_leaves():
            if leaf.rev in (stub.revoked_leaves or ()):
                rev = touch_rev(transaction.vault.programme_key, stub.document_id, leaf.rev)
                work.mint(Minted(Node(rev, leaf.rev, kind=Kind.TOUCH)), transaction.now)


def _revoked(
    user: int, had: Parts, has: Parts, works: Mapping[str, DocumentWork], writer: Writer
) -> list[InboxRow]:
    lost = (
        (document_id, work)
        for document_id, work in works.items()
        if sees(had, document_name(document_id)) and not sees(has, document_name(document_id))
    )
    held = ((one, work.held.union(writer.holds(user, one))) for one, work in lost)
    return [InboxRow(user, one, 0, tuple(sorted(leaves))) for one, leaves in held if leaves]


def _taken_back(
    transaction: Transaction,
    record_id: str,
    now: Mapping[int, Parts],
    before: Mapping[int, Parts],
    writer: Writer,
) -> list[InboxRow]:
    """Rows for what its writer holds of documents that were hidden from them already: it waited in
    quarantine, and somebody has decided about it.
    """
    if writer.user_id is None:
        return []
    sights = [parts.get(writer.user_id, NOTHING) for parts in (now, before)]
    hidden = [
        document_id
        for document_id in writer.pushed
        if not any(sees(parts, document_name(document_id)) for parts in sights)
    ]
    rows = transaction.inbox_rows(record_id, writer.user_id, hidden) if hidden else []
    return [
        replace(row, revoked_leaves=tuple(sorted({*row.revoked_leaves, *held})))
        for row in rows
        if row.revoked_leaves is not None and (held := writer.pushed[row.document_id])
    ]


def _load_moved(
    transaction: Transaction,
    key: RecordKey,
    record_id: str,
    moved: Collection[tuple[Parts, Parts]],
    works: dict[str, DocumentWork],
) -> None:
    """Adds the documents of a record that somebody gets to see, or no longer sees.

    Args:
        moved: what each of those concerned saw before, and sees now.
    """
    for document_id in transaction.documents_of(record_id):
        name = document_name(document_id)
        if document_id not in works and any(
            sees(had, name) != sees(has, name) for had, has in moved
        ):
            works[document_id] = transaction.document_by_leaves(key, document_id)
