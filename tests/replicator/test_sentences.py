"""What a person can mend is said in one sentence, and no secret is ever said."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from tests.replicator.front import Asked, Own, front
from tests.replicator.relay import Relay
from tests.replicator.running import CREDENTIALS, Pair, Said

SECRET = "s3cret-of-nobody"


def one_sentence(said: Said) -> str:
    assert said.status == 2
    assert said.lines.startswith("Error: ")
    assert said.lines.count("\n") == 1
    assert SECRET not in said.lines + said.summary
    return said.lines


@pytest.mark.parametrize("side", ["source", "target"])
def test_wrong_credentials_are_called_so(pair: Pair, side: str) -> None:
    accounts: dict[str, Any] = {f"KANAF_{side.upper()}_AUTH": f"root-admin:{SECRET}"}

    said = one_sentence(pair.run(expect=2, **accounts))

    assert f"the {side} does not accept the name, password or token" in said


def test_a_source_that_is_not_there_is_named(pair: Pair) -> None:
    said = one_sentence(pair.run(source=f"{pair.source.url}-else", expect=2))

    assert f"there is no database {pair.source.url}-else" in said


def test_a_server_that_cannot_be_reached_is_told_at_once_and_given_up_at_last(
    pair: Pair, to_target: Relay
) -> None:
    to_target.off()

    said = pair.run("--retries", "1", target=pair.at(to_target.port), expect=2)

    first, last = said.lines.splitlines()
    assert "the target cannot be reached" in first
    assert first.endswith("; trying again in 0.5 seconds")
    assert last == f"Error: {first.removesuffix('; trying again in 0.5 seconds')}"


def test_cases_want_a_device(pair: Pair) -> None:
    pair.here.run("db", "create", "cases-here")

    said = one_sentence(pair.run(source=f"{pair.here.url}/sync/cases-here", expect=2))

    assert "it wants a device and its token" in said


def test_an_address_that_leads_elsewhere_is_not_followed_with_the_credentials(pair: Pair) -> None:
    with front(pair.here.port, lambda _: Own(302, location=pair.source.url)) as port:
        said = one_sentence(pair.run(source=pair.at(port), expect=2))

    assert "the source sends elsewhere" in said


@pytest.mark.parametrize("answer", [b"<html>", b'{"couchdb":"Welcome"}', b"[]", b"{" * 5_000])
def test_what_is_no_database_is_called_so(pair: Pair, answer: bytes) -> None:
    with front(pair.here.port, lambda _: Own(200, answer)) as port:
        said = pair.run("--retries", "0", source=pair.at(port), expect=2)

    assert "is no database" in said.lines or "does not answer as a CouchDB" in said.lines


@pytest.mark.parametrize(
    "rows",
    [
        b'{"results":[{"id":1,"changes":[]}],"last_seq":1}',
        b'{"results":[{"id":"a","changes":[]}],"last_seq":0,"pending":1}',
        b'{"results":{}}',
        b'{"results":[]}',
    ],
)
def test_a_feed_that_is_none_is_not_believed(pair: Pair, rows: bytes) -> None:
    def strange(asked: Asked) -> Own | None:
        return Own(200, rows) if "_changes" in asked.path else None

    with front(pair.here.port, strange) as port:
        said = pair.run("--retries", "0", source=pair.at(port), expect=2)

    assert "the source does not answer as a CouchDB does" in said.lines


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        f"http://root:{SECRET}@",
        f"http://root:{SECRET}@127.0.0.1",
        f"ftp://root:{SECRET}@127.0.0.1/a",
        f"http://root:{SECRET}@127.0.0.1:x/a",
        f"http://root:{SECRET}@127.0.0.1/a?b",
        f"http://root:{SECRET}@127.0.0.1/a b",
        f"http://:{SECRET}@127.0.0.1/a",
        f"http://{SECRET}@127.0.0.1/a",
    ],
)
def test_an_address_that_can_be_none_is_not_repeated(pair: Pair, address: str) -> None:
    said = pair.run(target=address, expect=2)

    assert "TARGET: " in said.lines
    assert SECRET not in said.lines


def test_an_address_may_hold_credentials_and_they_are_never_said(
    pair: Pair, to_target: Relay
) -> None:
    name, secret = CREDENTIALS.replace(" ", "%20").replace("'", "%27").split(":")
    address = pair.at(to_target.port).replace("//", f"//{name}:{secret}@")
    pair.source.write({"_id": "a"})
    to_target.cut_after = 600

    broken = pair.run("--retries", "0", target=address, KANAF_TARGET_AUTH="", expect=2)
    to_target.cut_after = None
    said = pair.run(target=address, KANAF_TARGET_AUTH="")

    assert said.written == 1
    for text in (broken.lines, broken.summary, said.lines, said.summary):
        assert secret not in text
        assert "password" not in text


def test_credentials_may_stand_in_a_file_that_only_its_owner_reads(
    pair: Pair, tmp_path: Path
) -> None:
    file = tmp_path / "auth"
    file.write_text(f"{CREDENTIALS}\n")
    options = ("--target-auth-file", str(file), "--source-auth-file", str(file))
    none: dict[str, Any] = {"KANAF_SOURCE_AUTH": "", "KANAF_TARGET_AUTH": ""}
    file.chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IROTH)
    open_to_others = pair.run(*options, expect=2, **none)
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    pair.source.write({"_id": "a"})

    said = pair.run(*options, **none)

    assert f"chmod 600 {file}" in open_to_others.lines
    assert said.written == 1


@pytest.mark.parametrize("content", [b"", b"name", b":secret", b"\xff", None])
def test_a_file_without_credentials_is_named(
    pair: Pair, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "auth"
    if content is not None:
        file.write_bytes(content)
        file.chmod(0o600)

    said = pair.run("--source-auth-file", str(file), expect=2)

    assert "SOURCE: " in said.lines
    assert "name:secret" in said.lines


@pytest.mark.parametrize("account", [SECRET, f":{SECRET}"])
def test_a_variable_without_a_name_and_a_secret_is_named(pair: Pair, account: str) -> None:
    said = pair.run(expect=2, KANAF_SOURCE_AUTH=account)

    assert "KANAF_SOURCE_AUTH must be name:secret" in said.lines
    assert SECRET not in said.lines


def test_a_database_is_not_copied_to_itself(pair: Pair) -> None:
    assert "the same database" in pair.run(target=f"{pair.source.url}/", expect=2).lines


def test_a_dry_run_has_an_end(pair: Pair) -> None:
    assert "leave --continuous out" in pair.run("--dry-run", "--continuous", expect=2).lines
