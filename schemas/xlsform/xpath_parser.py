"""XPath 1.0 with the functions that ODK adds to it; parsed only, never evaluated.

The parser stands alone in its module, because `elementpath` allows no second class in one.

Source: XPath 1.0; ODK XForms specification, XPath functions.
"""

from __future__ import annotations

from typing import Any

from elementpath import XPath1Parser

_ADDED: dict[str, int | tuple[int, int | None]] = {
    "today": 0,
    "if": 3,
    "coalesce": (1, None),
    "selected": 2,
    "count-selected": 1,
    "regex": 2,
    "round": (1, 2),
    "int": 1,
    "min": (1, None),
    "max": (1, None),
    "date": 1,
}


class _OdkParser(XPath1Parser):
    """XPath 1.0 with a few functions more."""

    def parse(self, source: str) -> Any:
        """The tree alone: XPath's own parser also tries to evaluate it."""
        if self.tokenizer is None:
            self.tokenizer = self.create_tokenizer(self.symbol_table)
        return super(XPath1Parser, self).parse(source)


for _name, _count in _ADDED.items():
    if _name in _OdkParser.symbol_table:
        _OdkParser.unregister(_name)
    _OdkParser.function(_name, nargs=_count)


def parsed(source: str) -> Any:
    """The tree of an XPath expression: tokens with `symbol`, `value` and, below them, tokens.

    Raises:
        ElementPathError: it is none.
        RecursionError: it is nested too deeply.
    """
    return _OdkParser().parse(source)
