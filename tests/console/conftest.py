"""The application over a programme in this process, and browsers without scripts that use it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sync_server.app import create_app
from tests.service.conftest import Programme, new_programme
from tests.support.opening import kanaf_in

_ISOLATES = str.maketrans("", "", "\u2068\u2069")
PASSWORD = "a password of the test"
ALWAYS_ASKED_FOR = {"Sec-Fetch-Site": "same-origin"}


class Reading(HTMLParser):
    """The words of a page, white space made single; and the addresses that it links to."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self._words: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")

    def handle_data(self, data: str) -> None:
        self._words += data.translate(_ISOLATES).split()

    @property
    def text(self) -> str:
        return " ".join(self._words)

    def tags(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.attributes if name == tag]


@dataclass(frozen=True)
class Browser:
    """Somebody at the console."""

    client: FlaskClient

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers)

    def read(self, path: str, **headers: str) -> Reading:
        answer = self.get(path, **headers)
        assert answer.status_code == 200, answer.status
        return Reading(answer.text)

    def post(self, path: str, form: dict[str, str], **headers: str) -> TestResponse:
        return self.client.post(path, data=form, headers={**ALWAYS_ASKED_FOR, **headers})

    def sign_in(self, name: str, password: str = PASSWORD, **form: str) -> TestResponse:
        return self.post("/console/sign-in", {"name": name, "password": password, **form})


@pytest.fixture(scope="session")
def programme_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a programme where amina and bilal have passwords; to be copied, not used."""
    folder = tmp_path_factory.mktemp("programme")
    with new_programme(folder, _database_url(folder), {"amina": PASSWORD, "bilal": PASSWORD}):
        return folder


@pytest.fixture
def programme(programme_folder: Path, tmp_path: Path) -> Iterator[Programme]:
    """On SQLite alone: what pages ask the services for is tried on both in tests/service."""
    folder = shutil.copytree(programme_folder, tmp_path / "programme")
    kanaf = kanaf_in(folder, _database_url(folder))
    yield Programme(kanaf, kanaf.database("sudan"))
    kanaf.store.close()


def _database_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'kanaf.sqlite3'}"


@pytest.fixture
def browser(programme: Programme) -> Browser:
    """The browser of somebody who is not signed in."""
    return Browser(create_app(programme.kanaf).test_client())


@pytest.fixture
def at_console(programme: Programme) -> Callable[[str], Browser]:
    """The browser of somebody who has signed in."""

    def signed_in(name: str) -> Browser:
        browser = Browser(create_app(programme.kanaf).test_client())
        answer = browser.sign_in(name)
        assert answer.status_code == 303, answer.text
        return browser

    return signed_in
