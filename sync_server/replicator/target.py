"""What the target is asked: what it lacks, and to take what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sync_server.replicator.failures import Answered, Lasting, Passing
from sync_server.replicator.leaf import Leaf
from sync_server.replicator.peer import Json, Peer, document_path, json_bytes
from sync_server.replicator.planning import Lacked, Unintelligible, everything, lacked

_REFUSALS = ("forbidden", "unauthorized", "too_large")
"""A document that is larger than the target takes keeps nothing back that comes after it.

Source: CouchDB, couch_replicator_worker.erl, handle_flush_docs_result/3.
"""


class MissingStub(Exception):
    """An attachment's content should have come along."""


@dataclass(frozen=True)
class Refused:
    """A leaf that the target does not want, now or ever; everything else goes on.

    Attributes:
        word, reason: CouchDB's `error` and `reason`.
    """

    document_id: str
    rev: str
    word: str
    reason: str


class Target(Peer):
    """The database that is copied to."""

    is_there = True
    """False for one that would be made, were this no dry run."""

    def verify_or_create(self, *, create: bool, dry: bool) -> None:
        """Looks whether the database is there, and makes it where that is allowed.

        Raises:
            Lasting: it is not there and not to be made, or may not be; see `explained`.
            Passing: see `explained`.
        """
        with self.understood():
            try:
                self._see()
                return
            except Answered as answered:
                if answered.status != 404:
                    raise
            if not create:
                raise Lasting(
                    f"there is no database {self.connection.url}, or you may not see it: check the "
                    "address and the credentials, or let it be made with --create-target"
                )
            self.is_there = not dry
            if not dry:
                self._create()
                self._see()

    def lacking(self, leaves: dict[str, list[str]]) -> list[Lacked]:
        """What the target lacks of the leaves of some documents.

        Raises:
            Lasting, Passing: see `explained`.
        """
        if not self.is_there:
            return everything(leaves)
        with self.understood():
            told = self._json("POST", ["_revs_diff"], body=json_bytes(leaves))
            return lacked(leaves, told)

    def store(self, batch: Sequence[Leaf]) -> Iterator[Refused]:
        """Stores leaves without attachments; tells which of them are refused.

        Raises:
            Passing: one could not be stored, for another reason.
            Lasting: see `explained`.

        Source: CouchDB documentation, replication/protocol, Upload Batch of Changed Documents.
        """
        try:
            with self.understood():
                rows = self._stored(batch)
        except _TooLarge:
            if len(batch) == 1:
                yield Refused(batch[0].document_id, batch[0].rev, "too_large", "")
                return
            middle = len(batch) // 2
            yield from self.store(batch[:middle])
            yield from self.store(batch[middle:])
            return
        revs = {leaf.document_id: leaf.rev for leaf in batch}
        for row in rows:
            if row.get("error"):
                document_id = str(row.get("id"))
                rev = str(row.get("rev") or revs.get(document_id))
                yield _refused(document_id, rev, str(row["error"]), str(row.get("reason")))

    def store_alone(self, leaf: Leaf, *, is_last: bool) -> Refused | None:
        """Stores one leaf, with its attachments; tells if it is refused.

        Args:
            is_last: whether no more of its attachments can come along.

        Raises:
            MissingStub: the content of an attachment has to come along, and can.
            Passing: it could not be stored, for another reason.
            Lasting: see `explained`.

        Source: CouchDB documentation, replication/protocol, Upload Document with Attachments.
        """
        headers = {"Content-Type": leaf.content_type}
        path = document_path(leaf.document_id)
        try:
            self._json(
                "PUT", path, body=leaf.content, headers=headers, parameters={"new_edits": "false"}
            )
        except Unintelligible:
            raise self.connection.unintelligible() from None
        except Answered as answered:
            if answered.is_missing_stub and not is_last:
                raise MissingStub from None
            if answered.status in (401, 403):
                self.verify()  # it may be us whom it does not want, and not the document
                return Refused(leaf.document_id, leaf.rev, answered.word, answered.reason)
            if answered.status == 413:
                return Refused(leaf.document_id, leaf.rev, "too_large", answered.reason)
            raise _not_stored(leaf.document_id, str(answered.status), answered.word) from None
        return None

    def _create(self) -> None:
        try:
            self._json("PUT")
        except Answered as answered:
            if answered.status in (401, 403):
                url = self.connection.url
                raise Lasting(
                    f"you may not make the database {url}: ask the administrator there"
                ) from None
            if answered.status != 412:  # somebody else has just made it
                raise

    def _stored(self, batch: Sequence[Leaf]) -> list[Json]:
        """The rows of an answer to `_bulk_docs`.

        Raises:
            _TooLarge: the request is too large.
        """
        documents = b",".join(leaf.content for leaf in batch)
        body = b'{"new_edits":false,"docs":[' + documents + b"]}"
        try:
            rows = self.connection.json("POST", ["_bulk_docs"], body=body)
        except Answered as answered:
            if answered.status == 413:
                raise _TooLarge from None
            raise
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Unintelligible
        return rows


class _TooLarge(Exception):
    """A request is larger than the target takes."""


def _refused(document_id: str, rev: str, word: str, reason: str) -> Refused:
    if word not in _REFUSALS:
        raise _not_stored(document_id, "", word)
    return Refused(document_id, rev, word, reason)


def _not_stored(document_id: str, status: str, word: str) -> Passing:
    shown: Any = json_bytes(document_id).decode()
    why = f"{status} {word}".strip()
    return Passing(f"the target could not store the document {shown}: {why}")
