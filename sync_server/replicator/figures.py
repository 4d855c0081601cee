"""What a replication has done so far, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Figures:
    """Counts over all attempts of a run.

    Attributes:
        rows: of the feed that were read.
        checked, missing: leaves that the target was asked for, and that it lacked.
        read, written: leaves that came from the source, and that the target has stored.
        refused: leaves that the target does not want, by document and revision.
        refused_before: how many it did not want in earlier runs, which are not offered again; None
            until that is known.
        bytes_read, bytes_written: bodies received from the source, and sent to the target.
    """

    rows: int = 0
    checked: int = 0
    missing: int = 0
    read: int = 0
    written: int = 0
    refused: set[tuple[str, str]] = field(default_factory=set)
    refused_before: int | None = None
    bytes_read: int = 0
    bytes_written: int = 0

    def __str__(self) -> str:
        """As a line for people."""
        return (
            f"{self.rows:,} changes read, {self.written:,} documents written, "
            f"{len(self.refused):,} refused; {self.bytes_read:,} bytes from the source, "
            f"{self.bytes_written:,} to the target"
        )

    @property
    def what_would_be_sent(self) -> str:
        """The line of a dry run."""
        return f"{self.rows:,} changes read, {self.missing:,} documents would be sent"
