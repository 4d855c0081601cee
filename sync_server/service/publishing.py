"""Publishing forms: revision after revision, each for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from schemas import Change, Form, changes, form_from_json, form_to_json
from schemas.definition import FORM_CODE
from sync_server.service.administration import published_once
from sync_server.service.case_forms import Forms, revisions_of
from sync_server.service.directory_changes import carried_out
from sync_server.service.kanaf import CATALOG_PLACE, Kanaf
from sync_server.service.published_forms import form_document
from sync_server.sharing.roles import (
    FIRST_PUBLISHED,
    IDENTIFYING,
    PUBLISHED,
    SURVIVORS,
    is_published,
)
from sync_server.storage.databases import set_catalog
from sync_server.storage.reading import Reading
from sync_server.storage.rows import DatabaseKind, DatabaseRow
from sync_server.storage.store import Connection


class NotPublishable(ValueError):
    """A form that cannot be published.

    Attributes:
        code: `system_form` (the service acts on it, so it comes with the service), `reserved_code`
            (below `k100` are the forms that ship), `other_form` (another form has its code, or its
            name), `breaking_revision`, `other_readers` (who reads a form by their role is decided
            by its first revision), `open_database`, `published_meanwhile` (by somebody else, at the
            same time), `no_code_left`.
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
    """The code of a form: the one that is given, that of the form of the name, or a new one.

    Raises:
        NotPublishable: `no_code_left`.
    """
    named = [known for (known, _), form in forms.items() if name and form.name == name]
    if code or named:
        return code or named[0]
    taken = {known for known, _ in forms}
    free = (one for one in map("k{}".format, count(FIRST_PUBLISHED)) if one not in taken)
    found = next(free)
    if not FORM_CODE.fullmatch(found):
        raise NotPublishable("no_code_left")
    return found


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
    known = published_to(kanaf, database)
    earlier = revisions_of(known, form.code)
    found = changes(form, earlier)
    _check_publishable(form, earlier, known, found)
    last = earlier[-1] if earlier else None
    is_new = last is None or form != replace(last, revision=form.revision)
    if not dry_run and is_published(form.code):
        _enter(kanaf, database, form)
    if is_new and not dry_run:
        document = form_document(form.code, form.revision)
        if not published_once(kanaf, database, {document: form_to_json(form)}):
            raise NotPublishable("published_meanwhile")
    if not dry_run:  # also where it is there already: whoever published it may not have come so far
        carried_out(kanaf, _tell_all)
    return Publication(form if is_new or last is None else last, found, is_new)


def _check_publishable(
    form: Form, earlier: list[Form], known: Forms, found: tuple[Change, ...]
) -> None:
    """Refuses what cannot be the next revision of a form.

    Raises:
        NotPublishable: see there.
    """
    if form.system or any(one.system for one in earlier):
        raise NotPublishable("system_form")
    if not earlier and not is_published(form.code):
        raise NotPublishable("reserved_code")
    if _is_other(known, earlier, form):
        raise NotPublishable("other_form")
    if earlier and form.revision != earlier[-1].revision + 1:
        raise NotPublishable("published_meanwhile")
    if broken := tuple(one for one in found if one.is_breaking):
        raise NotPublishable("breaking_revision", broken)
    if earlier and words_of(form) != words_of(earlier[-1]):
        raise NotPublishable("other_readers")


def words_of(form: Form) -> frozenset[str]:
    """The words that stand for a published form in roles."""
    identifying = (
        {IDENTIFYING} if any(one.sensitivity == "identifying" for one in form.fields) else set()
    )
    return frozenset({PUBLISHED, *identifying, *({SURVIVORS} if form.survivors else ())})


def _enter(kanaf: Kanaf, database: DatabaseRow, form: Form) -> None:
    """Enters a form into the catalog, from which roles know it: before there can be a document of
    it, so that no reader passes one over. Of two that are published at once the words of both stand
    there: then too few read it, and not too many.
    """

    def enter(connection: Connection) -> None:
        now = Reading(connection).database(database.id)
        known = kanaf.catalog(now)
        words = words_of(form) | known.get(form.code, frozenset())
        if words == known.get(form.code):
            return
        catalog = {**known, form.code: words}
        told = {code: sorted(words) for code, words in catalog.items()}
        sealed = kanaf.vault(database).seal_note(told, CATALOG_PLACE)
        set_catalog(connection, database.id, sealed)

    carried_out(kanaf, enter)


def enter_published_forms(kanaf: Kanaf) -> None:
    """Enters the forms of databases that were written before there were catalogs: else nobody's
    role would know them, and they would be revoked on all tablets.
    """
    for database in kanaf.registry().databases.values():
        if database.kind is DatabaseKind.CASE and database.catalog is None:
            for (code, _), form in published_to(kanaf, database).items():
                if is_published(code):
                    _enter(kanaf, database, form)


def _is_other(known: Forms, earlier: list[Form], form: Form) -> bool:
    """Whether a form is called as another one, or has the code of one that is called otherwise.

    Codes are given by each programme for itself: what one calls `k100` is something else elsewhere.
    """
    if earlier and earlier[-1].name is not None and form.name != earlier[-1].name:
        return True
    named = {code for (code, _), one in known.items() if form.name and one.name == form.name}
    return bool(named - {form.code})


def _tell_all(_: Connection) -> None:
    """Other processes look for forms again when the directory has changed."""


def described(found: Iterable[Change]) -> list[str]:
    """Changes in a line each; of one that breaks answers it is said."""
    return [
        f"{one.path or 'the form'}: {'cannot be: ' if one.is_breaking else ''}"
        + one.code.replace("_", " ")
        + (f" ({one.about})" if one.about else "")
        for one in found
    ]
