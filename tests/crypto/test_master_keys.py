from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from sync_server.crypto.keys import (
    MasterKeys,
    UnusableKeyFile,
    read_master_keys,
    write_new_master_key,
)
from sync_server.crypto.sealing import Unopenable, new_key
from tests.support.server import KanafServer

GOOD = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "master.key"


def test_a_new_key_file_is_read_by_its_owner_only(file: Path) -> None:
    write_new_master_key(file)

    assert file.stat().st_mode & 0o777 == 0o600
    assert read_master_keys(file).version == 1


def test_a_key_file_is_never_written_over(file: Path) -> None:
    write_new_master_key(file)
    before = file.read_bytes()

    with pytest.raises(FileExistsError):
        write_new_master_key(file)

    assert file.read_bytes() == before


def test_two_key_files_hold_different_keys(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_new_master_key(tmp_path / name)

    assert (tmp_path / "one").read_text() != (tmp_path / "other").read_text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "1",
        GOOD,
        f"0 {GOOD}",
        f"-1 {GOOD}",
        f"65536 {GOOD}",
        f"one {GOOD}",
        f"1 {GOOD} more",
        f"1 {GOOD[:-4]}",
        f"1 {GOOD[:-1]}",
        f"1 !{GOOD[1:]}",
        "1 " + base64.b64encode(bytes(33)).decode(),
        f"1 {GOOD}\nrubbish",
        "1 كنف",
        "\x00",
    ],
)
def test_a_malformed_key_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    file = tmp_path / "master.key"
    file.write_text(text, "utf-8")

    with pytest.raises(UnusableKeyFile) as error:
        read_master_keys(file)

    assert GOOD[:8] not in str(error.value)
    assert str(file) in str(error.value)


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    for missing in (tmp_path / "never", tmp_path):
        with pytest.raises(UnusableKeyFile):
            read_master_keys(missing)


def test_the_newest_key_wraps_and_every_key_unwraps() -> None:
    old = MasterKeys({1: new_key()})
    both = MasterKeys({**old.by_version, 2: new_key()})
    key = new_key()

    assert both.unwrap(old.wrap(key, "record"), "record") == key
    assert both.wrap(key, "record")[:2] == b"\x00\x02"
    with pytest.raises(Unopenable):
        old.unwrap(both.wrap(key, "record"), "record")


def test_a_wrapped_key_opens_in_its_place_only() -> None:
    keys = MasterKeys({1: new_key()})
    wrapped = keys.wrap(new_key(), "record")

    for altered, place in ((wrapped, "other"), (wrapped[:-1], "record"), (b"", "record")):
        with pytest.raises(Unopenable):
            keys.unwrap(altered, place)


def test_keys_show_no_key_when_they_are_printed() -> None:
    key = b"k" * 32
    keys = MasterKeys({1: key, 7: key})

    for text in (repr(keys), str(keys), f"{keys}", f"{[keys]}"):
        assert "kkk" not in text
        assert "1, 7" in text


def test_a_derived_key_depends_on_its_purpose_and_survives_a_new_version() -> None:
    old = MasterKeys({1: new_key()})
    both = MasterKeys({**old.by_version, 2: new_key()})

    assert old.derived("credentials") != old.derived("other")
    assert old.derived("credentials") == both.derived("credentials")


@pytest.mark.parametrize("inside", ["master.key", "secrets/master.key", "../data/master.key"])
def test_the_service_refuses_a_key_file_inside_the_data_directory(
    tmp_path: Path, inside: str
) -> None:
    data = tmp_path / "data"
    server = KanafServer(tmp_path, settings={"KANAF_MASTER_KEY_FILE": str(data / inside)})
    (data / inside).parent.mkdir(parents=True, exist_ok=True)
    write_new_master_key(data / inside)

    server.run("serve", expect=1)


def test_the_service_refuses_a_link_to_a_key_file_inside_the_data_directory(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    server = KanafServer(
        tmp_path, settings={"KANAF_MASTER_KEY_FILE": str(tmp_path / "secrets" / "link")}
    )
    write_new_master_key(data / "master.key")
    os.symlink(data / "master.key", tmp_path / "secrets" / "link")

    server.run("serve", expect=1)


def test_the_service_does_not_start_with_a_malformed_key_file(tmp_path: Path) -> None:
    server = KanafServer(tmp_path)
    server.run("init")
    good = server.key_file.read_text()
    server.key_file.write_text("1 rubbish\n")

    with pytest.raises(AssertionError, match="is malformed"):
        server.start()

    server.key_file.write_text(good)
    with server:
        assert server.is_healthy()


def test_another_key_than_the_datas_is_noticed_before_anybody_is_answered(tmp_path: Path) -> None:
    server = KanafServer(tmp_path)
    server.run("init")
    server.run("db", "create", "sd")
    server.key_file.unlink()
    write_new_master_key(server.key_file)

    server.run("check", expect=1)
