"""CSV as spreadsheets write it: with commas, semicolons or tabs, by the language of the machine."""

from __future__ import annotations

import csv
from io import StringIO

_DELIMITERS = ",;\t"


class UnusableCsv(ValueError):
    """A file is no CSV; the message says what it should be."""


def csv_rows(content: bytes) -> list[tuple[int, list[str]]]:
    """All rows with their numbers, the first of them 1; cells without white space around them.

    Raises:
        UnusableCsv: it is no CSV in UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableCsv("save it as CSV in UTF-8") from None
    headings = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=headings.count)
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise UnusableCsv("it is no CSV") from None
    return [(number, [cell.strip() for cell in row]) for number, row in enumerate(rows, start=1)]
