r"""Regular expressions of forms, in the part of their language that means one thing everywhere.

The server reads them with RE2, the tablet with JavaScript's own. What either refuses or reads in
its own way is refused when the form is checked: flags, groups with names, looking around, classes
of POSIX, `\b`, and `\s`, of which JavaScript's knows more spaces.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2

LONGEST_PATTERN, LONGEST_TEXT = 256, 4_096
_PLAIN = r"[^\\\[\](){}?*+|^$.]"
_ESCAPED = r"\\[\\\[\](){}?*+|^$./dDwWtnr]"
_CATEGORY = r"\\[pP]\{(?:L[ulmo]?|M[nc]?|N[dl]?)\}"
_IN_CLASS = r"(?:[^\\\[\]^-]|\\[\\\[\]^\-/tnr])"
_MEMBER = rf"(?:{_IN_CLASS}-{_IN_CLASS}|{_IN_CLASS}|\\[dw]|{_CATEGORY})"
_CLASS = rf"\[\^?-?{_MEMBER}+-?\]"
_TOKEN = re.compile(
    rf"(?:{_PLAIN}|{_ESCAPED}|{_CATEGORY}|{_CLASS}|\(\?:|\((?!\?)|[)|.^$]"
    r"|[?*+]\??|\{[0-9]{1,3}(?:,(?:[0-9]{1,3})?)?\}\??)",
    re.DOTALL,
)
_ANCHORS, _REPEATS = ("^", "$"), "?*+{"
"""JavaScript repeats no anchor."""


def is_pattern(pattern: str) -> bool:
    """Whether a text is a pattern that is read alike everywhere."""
    return (
        len(pattern) <= LONGEST_PATTERN and _is_shared(pattern) and _compiled(pattern) is not None
    )


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern matches a text from its beginning to its end; none of more than 4,096
    characters.

    Source: ODK XForms specification, `regex`: the whole text has to match.
    """
    compiled = _compiled(pattern)
    if compiled is None or len(text) > LONGEST_TEXT:
        return False
    try:
        return compiled.fullmatch(text) is not None
    except UnicodeEncodeError:  # half a character
        return False


def _is_shared(pattern: str) -> bool:
    at, before = 0, ""
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None or (before in _ANCHORS and token[0][0] in _REPEATS):
            return False
        at, before = token.end(), token[0]
    return True


@lru_cache(maxsize=1_024)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False  # a log would quote the pattern
    options.max_mem = 1_000_000
    options.dot_nl = True
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError):
        return None
