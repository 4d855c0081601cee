"""The types of questions: XLSForm's, by all their old names, and ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.definition import FieldType

_PROMPT = re.compile(r"(?:add |get |q )?(.+?)(?: prompt)?")
_SELECT = re.compile(
    r"(?P<type>add select (?:one|multiple) prompt using|select (?:one|multiple|all that apply)"
    r"(?: from| using)?|select_one|select_multiple|select1|rank|select_one_external"
    r"|select_(?:one|multiple)_from_file|select (?:one|multiple) from file)"
    r"\s+(?P<list>\S+)(?P<other>\s+(?:or specify other|or_other|or other))?",
    re.IGNORECASE,
)
_BEGIN = re.compile(r"begin[\s_]+(?P<what>group|lgroup|repeat|looped group|loop)(?:\s+.*)?")
_END = re.compile(r"end[\s_]+(?P<what>group|lgroup|repeat|looped group|loop)")
_REPEATS = ("repeat", "lgroup", "looped group")

_PLAIN: Mapping[str, FieldType] = {
    "text": "text",
    "string": "text",
    "integer": "integer",
    "int": "integer",
    "decimal": "decimal",
    "date": "date",
    "datetime": "datetime",
    "date time": "datetime",
    "note": "note",
    "calculate": "calculated",
    "image": "photo",
    "photo": "photo",
    "picture": "photo",
    "audio": "audio",
    "file": "file",
    "barcode": "barcode",
}
OF_THE_ENVELOPE = frozenset(
    {"start", "start time", "end", "end time", "today", "deviceid", "device id", "imei", "username"}
    | {
        "audit",
        "subscriberid",
        "subscriber id",
        "simserial",
        "sim id",
        "phonenumber",
        "phone number",
    }
    | {"email", "uri:username", "uri:deviceid", "uri:phonenumber", "uri:email", "uri:simserial"}
    | {"uri:subscriberid"}
)
"""What XLSForm notes about the device and the filling in: who, when and where from is in the
envelope of every document, and more of it nobody is to know.
"""

KINDS: Mapping[str, tuple[FieldType, ...]] = {
    "text": (
        "text",
        "long_text",
        "phone",
        "user",
        "agency",
        "location",
        "date_range",
        "form_codes",
    ),
    "integer": ("integer",),
    "decimal": ("decimal",),
    "range": ("integer", "decimal"),
    "date": ("date",),
    "datetime": ("datetime",),
    "note": ("note",),
    "calculated": ("calculated",),
    "select_one": ("select_one", "ordered_choice", "yes_no"),
    "select_many": ("select_many", "tally"),
    "photo": ("photo", "signature"),
    "audio": ("audio",),
    "file": ("file",),
    "barcode": ("barcode",),
    "rows": ("rows",),
}
"""The types of ours that a type of XLSForm may stand for, the one first that it is unless the
column `kind` says another.
"""

APPEARANCES: Mapping[str, str] = {"long_text": "multiline", "signature": "signature"}
"""The types that a look of theirs tells, too."""

WRITTEN: Mapping[FieldType, str] = {
    "text": "text",
    "integer": "integer",
    "decimal": "decimal",
    "date": "date",
    "datetime": "dateTime",
    "note": "note",
    "calculated": "calculate",
    "audio": "audio",
    "select_one": "select_one",
    "select_many": "select_multiple",
    "photo": "image",
    "file": "file",
    "barcode": "barcode",
    "rows": "begin repeat",
}
"""How the first of `KINDS` is called in XLSForm."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the column `type` asks for.

    Attributes:
        base: the key of `KINDS`; `group`, `end group` or `end rows` of what begins and ends; empty
            where it is none that a form here can have, or `envelope`.
        choices: the list that is chosen from.
        or_other: whether there is another answer, to be written in.
    """

    base: str
    choices: str = ""
    or_other: bool = False


def asked_by(told: str) -> Asked:
    """What a type is, by any of the names that pyxform takes it by."""
    told = " ".join(told.split())
    low = told.lower()
    if found := _SELECT.fullmatch(told):
        return _select(found)
    if found := _BEGIN.fullmatch(low):
        return Asked({"group": "group", "loop": ""}.get(found["what"], "rows"))
    if found := _END.fullmatch(low):
        return Asked({"group": "end group", "loop": ""}.get(found["what"], "end rows"))
    if low in OF_THE_ENVELOPE or low.removeprefix("get ") in OF_THE_ENVELOPE:
        return Asked("envelope")
    found = _PROMPT.fullmatch(low)
    return Asked("range" if low == "range" else _PLAIN.get(found[1] if found else low, ""))


def is_select_without_list(told: str) -> bool:
    """Whether a type is a select that names nothing to choose from."""
    return asked_by(f"{told} x").base in ("select_one", "select_many") and not asked_by(told).base


def _select(found: re.Match[str]) -> Asked:
    kind = found["type"].lower()
    if "external" in kind or "file" in kind or kind == "rank" or "." in found["list"]:
        return Asked("")
    base = "select_one" if "one" in kind or kind == "select1" else "select_many"
    return Asked(base, found["list"], bool(found["other"]))
