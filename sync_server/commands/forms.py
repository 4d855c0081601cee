"""`kanaf forms`: what is asked."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from sync_server.commands.opening import case_database, opened_kanaf

if TYPE_CHECKING:
    from sync_server.service.publishing import NotPublishable

_DATABASE = click.option("--database", required=True, metavar="NAME", help="the programme's")


@click.group()
def forms() -> None:
    """What is asked."""


@forms.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.File("rb"))
def forms_check(files: tuple[BinaryIO, ...]) -> None:
    """Look at forms, in JSON or as XLSForm (.xlsx, .xls, .md): every problem of each, what a
    workbook has that a form here has not, and what is not translated.
    """
    from sync_server.commands.form_lines import lines_about

    is_sound = True
    for file in files:
        lines, can_be_used = lines_about(file.read(), file.name)
        click.echo("\n".join(f"{file.name}: {line}" for line in lines))
        is_sound &= can_be_used
    if not is_sound:
        sys.exit(1)


@forms.command("schema")
@click.argument("file", required=False, type=click.File("rb"))
def forms_schema(file: BinaryIO | None) -> None:
    """Print the JSON Schema (2020-12) of the answers to a form, in JSON or as XLSForm.

    Without a file that of definitions is printed.
    """
    from schemas import form_from_json
    from schemas.json_schema import schema_of_answers, schema_of_definitions
    from sync_server.commands.form_lines import NO_CODE, definition_in

    schema = schema_of_definitions()
    if file is not None:
        found = definition_in(file.read(), file.name)
        if found.definition is None:
            raise click.ClickException(f"{file.name} cannot be used: see kanaf forms check")
        named = {"code": found.code or NO_CODE, "revision": 1}
        schema = schema_of_answers(form_from_json({**named, **found.definition}))
    click.echo(json.dumps(schema, ensure_ascii=False, indent=2))


@forms.command("import")
@click.argument("file", type=click.File("rb"))
@_DATABASE
@click.option("--dry-run", is_flag=True, help="say what would be published, and publish nothing")
def forms_import(file: BinaryIO, database: str, *, dry_run: bool) -> None:
    """Publish a form, in JSON or as XLSForm, to the tablets of a programme.

    A form that is known, by its `code` or its name (`form_id`), gets its next revision; what that
    changes is told. A revision stays for ever, so look with --dry-run before.
    """
    from sync_server.commands.form_lines import definition_in
    from sync_server.service.publishing import (
        NotPublishable,
        described,
        form_code_of,
        next_revision,
        publish_form,
        published_to,
    )

    kanaf = opened_kanaf()
    known = published_to(kanaf, case_database(kanaf, database))
    found = definition_in(file.read(), file.name)
    for line in found.lines:
        click.echo(f"{file.name}: {line}")
    if found.definition is None:
        sys.exit(1)
    code = form_code_of(known, found.definition.get("name"), found.code)
    form = next_revision(known, found.definition, code)
    try:
        published = publish_form(kanaf, case_database(kanaf, database), form, dry_run=dry_run)
    except NotPublishable as refused:
        for line in described(refused.changes):
            click.echo(f"{file.name}: {line}")
        raise click.ClickException(_why(refused)) from None
    for line in described(published.changes):
        click.echo(f"{file.name}: {line}")
    if published.form.revision == 1 and published.is_new:
        click.echo(f"{file.name}: a form of its own: none here is called {form.name or code}")
    done = "would be published" if dry_run else "is published"
    if not published.is_new:
        done = "is published already, as it is here"
    click.echo(f"{published.form.code}, revision {published.form.revision}, {done}")


@forms.command("list")
@_DATABASE
def forms_list(database: str) -> None:
    """List the forms of a programme: code, revisions, title."""
    from sync_server.service.case_forms import revisions_of
    from sync_server.service.publishing import published_to

    kanaf = opened_kanaf()
    known = published_to(kanaf, case_database(kanaf, database))
    codes = sorted({code for code, _ in known}, key=lambda code: int(code[1:]))
    for code in codes:
        *_, last = revisions_of(known, code)
        title = last.title[last.languages[0].code]
        name = f" ({last.name})" if last.name else ""
        click.echo(f"{code}.{last.revision}  {title}{name}")


@forms.command("export")
@click.argument("form", metavar="CODE[.REVISION]")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@_DATABASE
@click.option("--overwrite", is_flag=True, help="replace a file of this name")
def forms_export(form: str, file: Path, database: str, *, overwrite: bool) -> None:
    """Write a form of a programme: FILE ends with .xlsx, .md (XLSForm) or .json.

    Of a form without a revision the last one is written.
    """
    from schemas import form_to_json
    from schemas.xlsform.writing import NotWritable, written
    from sync_server.service.case_forms import revisions_of
    from sync_server.service.publishing import published_to

    kind = file.suffix.lower()
    if kind not in (".xlsx", ".md", ".json"):
        raise click.BadParameter("name it .xlsx, .md or .json", param_hint="FILE")
    if file.exists() and not overwrite:
        raise click.ClickException(f"{file} is there already: name another, or add --overwrite")
    code, _, revision = form.partition(".")
    kanaf = opened_kanaf()
    published = published_to(kanaf, case_database(kanaf, database))
    known = {str(one.revision): one for one in revisions_of(published, code)}
    chosen = known.get(revision) if revision else next(reversed(known.values()), None)
    if chosen is None:
        raise click.ClickException(f"{database} has no form {form}; see kanaf forms list")
    told: dict[str, Any] = form_to_json(chosen)
    try:
        content = (
            json.dumps(told, ensure_ascii=False, indent=2).encode()
            if kind == ".json"
            else written(chosen, kind)
        )
    except NotWritable as refused:
        where = ", ".join(refused.paths) or "a text"
        raise click.ClickException(
            f"a {kind} cannot hold the whole form ({where}): write it as .json"
        ) from None
    file.write_bytes(content)
    click.echo(f"{file}: {chosen.code}, revision {chosen.revision}")


def _why(refused: NotPublishable) -> str:
    from sync_server.messages import sentence

    return sentence(f"publishing.{refused.code}", "en")
