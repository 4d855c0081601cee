"""What `kanaf forms check` says of a form's definition."""

from __future__ import annotations

import json
import re

from schemas import InvalidDefinition, Problem, form_from_json, missing_translations
from sync_server.messages import sentence

_STEP = re.compile(r"([^.\[\]]+)(?:\[([0-9]+)\])?")
_OTHERWISE = {
    "not_allowed": "A key or a merge rule that this type of field has no use for. Remove it."
}
"""Of codes that say something else about a request."""


def lines_about(content: bytes) -> tuple[list[str], bool]:
    """What there is to say of a definition, a line for each thing, and whether it can be used.

    Texts that are not translated are told, and keep nothing from being used.
    """
    try:
        form = form_from_json(json.loads(content))
    except (ValueError, RecursionError) as error:
        if not isinstance(error, InvalidDefinition):
            return ["this is not JSON"], False
        ordered = sorted(error.problems, key=_place)
        return [_line(one.path, one.code) for one in ordered], False
    lines = [f"{path}: not in {language}" for path, language in missing_translations(form)]
    fields = "one field" if len(form.fields) == 1 else f"{len(form.fields)} fields"
    return [*lines, f"{form.code}, revision {form.revision}: {fields}, can be used"], True


def _place(problem: Problem) -> list[tuple[str, int]]:
    """Where a problem is: the second field before the tenth."""
    return [(name, int(index or 0)) for name, index in _STEP.findall(problem.path)]


def _line(path: str, code: str) -> str:
    said = _OTHERWISE.get(code) or sentence(code, "en")
    return f"{path or 'the whole'}: {code}. {said}"
