"""Publishing forms: revision after revision, each for ever."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from schemas import Change, Form, changes, form_from_json, form_to_json
from sync_server.service.administration import published_once
from sync_server.service.case_forms import Forms
from sync_server.service.kanaf import Kanaf
from sync_server.service.published_forms import form_document
from sync_server.storage.directory import changing
from sync_server.storage.rows import DatabaseKind, DatabaseRow

_OWN_CODE = re.compile(r"k[1-9][0-9]{2,5}")
_FIRST_OWN_CODE = 100


class NotPublishable(ValueError):
    """A form that cannot be published.

    Attributes:
        code: `system_form` (the service acts on it, so it comes with the service), `reserved_code`
            (below `k100` are the forms that ship), `breaking_revision`, `open_database`,
            `published_meanwhile` (by somebody else, at the same time).
        changes: of a breaking revision, what breaks.
    """

    def __init__(self, code: str, broken: tuple[Change, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.changes = broken


@dataclass(frozen=True)
class Publication:
    """What publishing has done, or would do.

    Attributes:
        form: as it is published, with its code and revision.
        changes: to the revision before.
        is_new: whether there is anything to publish: a form that is as its last revision is not.
    """

    form: Form
    changes: tuple[Change, ...]
    is_new: bool


def form_code_of(forms: Forms, name: str | None, code: str | None) -> str:
    """The code of a form: the one that is given, that of the form of the name, or a new one."""
    named = [known for (known, _), form in forms.items() if name and form.name == name]
    if code or named:
        return code or named[0]
    taken = {int(known[1:]) for known, _ in forms}
    return f"k{max([_FIRST_OWN_CODE - 1, *taken]) + 1}"


def revisions_of(forms: Forms, code: str) -> list[Form]:
    """The revisions of a form, the last one last."""
    return [forms[key] for key in sorted(forms) if key[0] == code]


def published_to(kanaf: Kanaf, database: DatabaseRow) -> Forms:
    """The forms of a case database."""
    with kanaf.store.read() as reading:
        return kanaf.forms(database, reading)


def next_revision(forms: Forms, definition: Mapping[str, Any], code: str) -> Form:
    """The form that a definition would be published as.

    Args:
        definition: as `form_to_json` has it; its own code and revision do not count.

    Raises:
        InvalidDefinition: it is none.
    """
    last = max((revision for known, revision in forms if known == code), default=0)
    return form_from_json({**definition, "code": code, "revision": last + 1})


def publish_form(
    kanaf: Kanaf, database: DatabaseRow, form: Form, *, dry_run: bool = False
) -> Publication:
    """Publishes the next revision of a form, for all tablets of a programme and for ever.

    Args:
        form: as `next_revision` makes it.
        dry_run: whether to look only.

    Raises:
        NotPublishable: see there.
    """
    if database.kind is DatabaseKind.OPEN:
        raise NotPublishable("open_database")
    earlier = revisions_of(published_to(kanaf, database), form.code)
    found = changes(form, earlier)
    if form.system or any(one.system for one in earlier):
        raise NotPublishable("system_form")
    if not earlier and not _OWN_CODE.fullmatch(form.code):
        raise NotPublishable("reserved_code")
    if earlier and form.revision != earlier[-1].revision + 1:
        raise NotPublishable("published_meanwhile")
    if broken := tuple(one for one in found if one.is_breaking):
        raise NotPublishable("breaking_revision", broken)
    last = earlier[-1] if earlier else None
    is_new = last is None or form != replace(last, revision=form.revision)
    if is_new and not dry_run:
        document = form_document(form.code, form.revision)
        if not published_once(kanaf, database, {document: form_to_json(form)}):
            raise NotPublishable("published_meanwhile")
    if not dry_run:  # also where it is there already: whoever published it may not have come so far
        kanaf.store.administratively(_tell_all)
    return Publication(form if is_new or last is None else last, found, is_new)


def _tell_all(connection: Any) -> None:
    """Other processes look for forms again when the directory has changed."""
    with changing(connection):
        pass


def described(found: Iterable[Change]) -> list[str]:
    """Changes in a line each."""
    return [
        f"{one.path or 'the form'}: {one.code.replace('_', ' ')}"
        + (f" ({one.about})" if one.about else "")
        for one in found
    ]
