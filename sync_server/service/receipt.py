"""What is answered to one pushed document."""

from __future__ import annotations

from dataclasses import dataclass

from conflict.revision import Rev


@dataclass(frozen=True)
class Receipt:
    """The outcome for one document of a push.

    Attributes:
        rev: the revision that was stored, or refused; None where there is none to name.
        code: None where it was accepted; else why not, the code of an error or of a quarantine.
        error: CouchDB's word for it, `forbidden` for everything that was put into quarantine.
    """

    document_id: str
    rev: Rev | None
    code: str | None = None
    error: str | None = None
