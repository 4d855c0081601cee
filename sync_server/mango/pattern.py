"""Regular expressions from strangers.

Python's `re` tries one way after another; there are short expressions, such as `(a+)+$`, for which
it tries longer than anybody lives. RE2 follows all ways at once, in time that grows with the text
and no faster, and refuses what cannot be followed so: back-references, looking ahead or behind.
"""

from __future__ import annotations

import re2

LONGEST_EXPRESSION = 256
LONGEST_TEXT = 4_096
_MOST_BYTES = 1_000_000


class InvalidPattern(ValueError):
    """The expression is malformed, too large, or needs to go back."""


class Pattern:
    """An expression that is looked for in texts."""

    def __init__(self, expression: str) -> None:
        """Reads an expression.

        Raises:
            InvalidPattern: see there.
        """
        if len(expression) > LONGEST_EXPRESSION:
            raise InvalidPattern
        options = re2.Options()
        options.log_errors = False  # a log would quote the expression
        options.max_mem = _MOST_BYTES
        try:
            self._compiled = re2.compile(expression, options)
        except (re2.error, UnicodeEncodeError):
            raise InvalidPattern from None

    def is_in(self, text: str) -> bool:
        """Whether the expression is found anywhere in a text. In a longer one than 4,096
        characters it is not, as in CouchDB what would take too long to find; nor where half a
        character stands.
        """
        if len(text) > LONGEST_TEXT:
            return False
        try:
            return self._compiled.search(text) is not None
        except UnicodeEncodeError:
            return False
