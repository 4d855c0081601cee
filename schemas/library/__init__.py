"""The forms that ship with the package: one JSON file each, `<code>_<what it is>.json`."""

import json
from functools import cache
from importlib import resources

from schemas.definition import Form
from schemas.definition_json import form_from_json


@cache
def library_forms() -> tuple[Form, ...]:
    """All of them, the system forms (k1 to k8) first, in the order of their numbers."""
    files = (file for file in resources.files(__name__).iterdir() if file.name.endswith(".json"))
    forms = (form_from_json(json.loads(file.read_text(encoding="utf-8"))) for file in files)
    return tuple(sorted(forms, key=lambda form: int(form.code[1:])))
