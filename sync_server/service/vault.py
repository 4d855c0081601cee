"""Sealing of bodies and attachments: a data key a record, the place bound to the bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from conflict.canonical import canonical_json
from conflict.revision import Rev
from sync_server.crypto.keys import MasterKeys
from sync_server.crypto.sealing import keyed_digest, new_key, seal, unseal
from sync_server.storage.rows import DatabaseRow

Body = dict[str, Any]


@dataclass(frozen=True)
class RecordKey:
    """The data key of one record of one database."""

    database: str
    record_id: str
    key: bytes

    def __repr__(self) -> str:
        return f"RecordKey({self.record_id})"

    def seal_body(self, document_id: str, rev: Rev, body: Body) -> bytes:
        """A body sealed for the place of its revision."""
        return seal(self.key, canonical_json(body), self._place(document_id, rev))

    def seal_with_digest(self, document_id: str, rev: Rev, content: bytes) -> tuple[bytes, bytes]:
        """What `seal_body` and `body_digest` give of a body, from its canonical JSON."""
        sealed = seal(self.key, content, self._place(document_id, rev))
        return sealed, self._digest(document_id, content)

    def open_body(self, document_id: str, rev: Rev, sealed: bytes) -> bytes:
        """What `seal_body` was given, as canonical JSON.

        Raises:
            Unopenable: the bytes are not those of this revision.
        """
        return unseal(self.key, sealed, self._place(document_id, rev))

    def body_digest(self, document_id: str, body: Body) -> bytes:
        """Tells whether a revision arrives with the body it had before."""
        return self._digest(document_id, canonical_json(body))

    def attachment_digest(self, sha256: str) -> bytes:
        """Where an attachment of this record is kept."""
        return keyed_digest(self.key, sha256.encode())

    def seal_attachment(self, digest: bytes, content: bytes) -> bytes:
        """An attachment's content sealed for its place."""
        return seal(self.key, content, f"{self.database}/{self.record_id}/{digest.hex()}")

    def open_attachment(self, digest: bytes, sealed: bytes) -> bytes:
        """What `seal_attachment` was given."""
        return unseal(self.key, sealed, f"{self.database}/{self.record_id}/{digest.hex()}")

    def _digest(self, document_id: str, content: bytes) -> bytes:
        return keyed_digest(self.key, document_id.encode() + b"\0" + content)

    def _place(self, document_id: str, rev: Rev) -> str:
        return f"{self.database}/{document_id}/{rev}"


@dataclass(frozen=True)
class Vault:
    """The keys of one database."""

    master_keys: MasterKeys
    database: DatabaseRow
    programme_key: bytes

    @classmethod
    def of(cls, master_keys: MasterKeys, database: DatabaseRow) -> Vault:
        """The vault of a database.

        Raises:
            Unopenable: the master keys are not those that the database was made with.
        """
        key = master_keys.unwrap(database.wrapped_key, programme_key_place(database.uuid))
        return cls(master_keys, database, key)

    def new_record_key(self, record_id: str) -> bytes:
        """A new data key for a record, wrapped."""
        return self.master_keys.wrap(new_key(), self._record_place(record_id))

    def record_key(self, record_id: str, wrapped: bytes) -> RecordKey:
        """A record's data key."""
        key = self.master_keys.unwrap(wrapped, self._record_place(record_id))
        return RecordKey(self.database.uuid, record_id, key)

    def seal_note(self, note: Body, place: str) -> bytes:
        """A small object of the database itself, such as a checkpoint, sealed for `place`."""
        return seal(self.programme_key, canonical_json(note), place)

    def open_note(self, sealed: bytes, place: str) -> Body:
        """What `seal_note` was given."""
        note: Body = json.loads(unseal(self.programme_key, sealed, place))
        return note

    def _record_place(self, record_id: str) -> str:
        return f"{self.database.uuid}/{record_id}"


def programme_key_place(uuid: str) -> str:
    """Where a database's programme key is kept."""
    return f"programme/{uuid}"
