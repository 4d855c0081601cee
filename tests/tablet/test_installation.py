from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tablet.stock import InstallationFailed, install, node_command, npm_command

pytestmark = pytest.mark.pouchdb


def test_an_installation_is_made_once_and_nothing_is_said_the_second_time(
    installation: Path,
) -> None:
    said: list[str] = []

    assert install(installation.parent, said.append) == installation
    assert said == []


@pytest.mark.usefixtures("installation")
def test_a_failed_installation_leaves_nothing_behind_and_says_what_npm_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_offline", "true")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "empty"))
    said: list[str] = []

    with pytest.raises(InstallationFailed, match="npm ci ended with 1"):
        install(tmp_path / "cache", said.append)

    assert len(said) == 1
    assert list((tmp_path / "cache").iterdir()) == []


def test_node_and_npm_come_from_the_wheel_when_the_path_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert major_version(node_command()) >= 20
    assert major_version(npm_command()) >= 9


def test_an_old_node_on_the_path_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.19.0\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert node_command() != [str(old)]


def major_version(command: list[str]) -> int:
    ended = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    return int(ended.stdout.strip().removeprefix("v").partition(".")[0])
