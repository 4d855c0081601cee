"""Primero v2 (CPIMS+): the last request wins, field by field and cell by cell, silently.

Source, read in the repository primeroIMS/primero:
- `app/javascript/components/record-form/utils.js`, `compactValues`: a save sends the fields whose
  answers differ from those that the form was opened with; of a subform the rows that are new or
  changed, with their id and the changed cells. Sets of options are sent whole, and the order of
  rows is not sent.
- `app/services/record_merge_data_hash_service.rb`: the server merges hashes recursively and rows by
  `unique_id`, adds rows that it does not know at the end, and drops rows marked `_destroy`. It
  compares nothing with what the sender had seen.
- `app/controllers/api/v2/docs/cases/id/patch.md` says the same. That the last of two offline edits
  of one field overwrites the first without notice is described in issue 508.

A tablet without a network queues its saves and sends one request for each.
"""

from __future__ import annotations

from copy import deepcopy

from bench.quality.document import Row
from bench.quality.rule_sets.field_patch import FieldPatch
from bench.quality.rule_sets.tablets import Saved, differ

_DESTROY = "_destroy"


class LastWriteWins(FieldPatch):
    """A server that applies Primero's patches as they come in."""

    def apply(self, saved: Saved) -> None:
        """Takes one save over."""
        for name, answer in saved.changes.items():
            if _are_rows(answer) or _are_rows(saved.before.get(name)):
                rows = _changed_rows(saved.before.get(name) or [], answer)
                self.data[name] = _merged_rows(self.data.get(name) or [], rows)
            else:
                self.data[name] = answer


def _are_rows(answer: object) -> bool:
    return isinstance(answer, list) and bool(answer) and isinstance(answer[0], dict)


def _changed_rows(before: list[Row], after: list[Row]) -> list[Row]:
    """What a save sends of rows."""
    sent: list[Row] = []
    for row in after:
        known = next((one for one in before if one["id"] == row["id"]), None)
        if known is None:
            sent.append(row)
            continue
        cells = {name: value for name, value in row.items() if differ(value, known.get(name))}
        if cells:
            sent.append({"id": row["id"], **cells})
    left = {row["id"] for row in after}
    return sent + [{"id": row["id"], _DESTROY: True} for row in before if row["id"] not in left]


def _merged_rows(old: list[Row], new: list[Row]) -> list[Row]:
    """What the server makes of it."""
    merged = []
    for row in old:
        change = next((one for one in new if one["id"] == row["id"]), {})
        merged.append({**row, **deepcopy(change)})
    known = {row["id"] for row in old}
    merged += [deepcopy(row) for row in new if row["id"] not in known]
    return [row for row in merged if not row.get(_DESTROY)]
