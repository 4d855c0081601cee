"""What a person can mend is said in one sentence, which never repeats a secret or a name."""

from __future__ import annotations

import pytest

from tests.cli.running import Shell

BEFORE_INIT = (
    ("serve",),
    ("check",),
    ("db", "create", "sudan"),
    ("db", "policy", "sudan"),
    ("merge", "explain", "none", "--database", "sudan"),
    ("agency", "add", "a", "Agency a"),
    ("user", "add", "amina", "--role", "caseworker", "--agency", "a"),
    ("device", "add", "amina", "amina-tablet-1"),
)
UNUSABLE = {
    "a port beyond the last": ("KANAF_PORT", "65536"),
    "a port that is no number": ("KANAF_PORT", "http"),
    "a number without end": ("KANAF_PORT", "9" * 5000),
    "neither yes nor no": ("KANAF_DEMO", "perhaps"),
    "an unknown scheme": ("KANAF_DATABASE_URL", "mysql://root:s3cret@localhost/kanaf"),
    "a driver that is not ours": ("KANAF_DATABASE_URL", "postgresql://kanaf:s3cret@localhost/k"),
    "a database's port that is none": (
        "KANAF_DATABASE_URL",
        "postgresql+psycopg://kanaf:s3cret@localhost:x/k",
    ),
    "a database where nobody listens": (
        "KANAF_DATABASE_URL",
        "postgresql+psycopg://kanaf:s3cret@127.0.0.1:9/kanaf?connect_timeout=5",
    ),
}


@pytest.mark.parametrize("command", BEFORE_INIT)
def test_a_command_before_init_says_to_run_it(shell: Shell, command: tuple[str, ...]) -> None:
    said = shell.refused(*command)

    assert "run kanaf init first" in said
    assert list(shell.folder.iterdir()) == []


@pytest.mark.parametrize("command", ["init", "serve"])
@pytest.mark.parametrize(("name", "value"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_setting_that_cannot_be_used_is_named(
    shell: Shell, command: str, name: str, value: str
) -> None:
    said = shell.refused(command, **{name: value})

    assert name in said
    assert "s3cret" not in said


@pytest.mark.parametrize("command", ["init", "serve"])
def test_a_file_that_is_no_database_is_called_so(shell: Shell, command: str) -> None:
    data = shell.folder / "data"
    data.mkdir()
    (data / "kanaf.sqlite3").write_bytes(b"garbage " * 1000)

    assert "no SQLite database" in shell.refused(command)


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_data_directory_that_can_be_none_is_named(shell: Shell, place: str) -> None:
    (shell.folder / "file").touch()

    said = shell.refused("init", KANAF_DATA_DIR=str(shell.folder / place))

    assert "KANAF_DATA_DIR" in said


@pytest.mark.parametrize(("given", "is_demo"), [("yes", True), ("True", True), ("no", False)])
def test_the_demo_is_switched_on_and_off_in_words(shell: Shell, given: str, is_demo: bool) -> None:
    shell.done("init", KANAF_DEMO=given)

    assert (shell.folder / "data" / "demo.key").exists() == is_demo


def test_with_demo_a_command_works_on_the_demo(shell: Shell) -> None:
    shell.done("--demo", "init", KANAF_DATA_DIR="")

    assert (shell.folder / "var" / "demo" / "demo.key").exists()


@pytest.mark.parametrize("url", ["nonsense", "127.0.0.1:8984", "http://", "ftp://a", "http://a:b"])
def test_a_tour_of_no_address_says_how_to_write_one(shell: Shell, url: str) -> None:
    said = shell.kanaf("demo", "tour", "--url", url)

    assert said.status == 2
    assert "http://127.0.0.1:8984" in said.text
    assert "Traceback" not in said.text


def test_a_tour_of_a_server_that_is_no_demo_installs_nothing(
    shell: Shell, stranger_port: int
) -> None:
    said = shell.kanaf("demo", "tour", "--url", f"http://127.0.0.1:{stranger_port}/")

    assert said.status == 1
    assert said.text.startswith("no demo answers at ")
    assert list(shell.folder.iterdir()) == []
