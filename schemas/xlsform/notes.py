"""What is told of a workbook: what became of each part of it, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["mapped", "changed", "left_out", "missing", "refused"]
"""What is missing keeps a form from nothing: a translation."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands.

    Attributes:
        row: counted from 1, the headings included; None for the whole sheet.
        column: by its heading, or its letter where it has none; empty for the whole row.
    """

    sheet: str
    row: int | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What became of one thing.

    Attributes:
        code: why, or into what; for what is refused of the meaning that `form_from_json` gives it.
        about: the name that it is about; empty where the place says all.
    """

    place: Place
    outcome: Outcome
    code: str
    about: str = ""
