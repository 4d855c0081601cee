"""Every setting, read from the environment in this one place."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PRODUCT = "Kanaf"
"""The product's name; a working title."""

VERSION = "0.1.0"

_MOST = 10**12
_SCHEMES = ("sqlite:///", "postgresql+psycopg://")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_ANSWERS = {"1": True, "0": False, "true": True, "false": False, "yes": True, "no": False}


class InvalidSetting(ValueError):
    """A setting cannot be used; the message names it and what it should be, never its value."""


@dataclass(frozen=True)
class Settings:
    """The settings of one process.

    Attributes:
        data_dir: where SQLite and everything else that is written lives.
        database_url: an SQLAlchemy URL, `sqlite:///…` or `postgresql+psycopg://…`.
        master_key_file: the master keys; outside of `data_dir`, the demo excepted.
        admin: name and password of the first administrator, for `kanaf init`; None: none is made.
        host, port: where `kanaf serve` listens.
        workers: processes that answer requests.
        demo: invented data, and passwords where otherwise only devices are let in.
        max_document_bytes: a document's JSON, decompressed, attachments included.
        max_request_bytes: a request's body, decompressed.
        cors_origins: whose web pages a browser may let speak to the service, with credentials.
    """

    data_dir: Path
    database_url: str
    master_key_file: Path
    admin: tuple[str, str] | None
    host: str
    port: int
    workers: int
    demo: bool
    max_document_bytes: int
    max_request_bytes: int
    cors_origins: tuple[str, ...] = ()


def settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in the environment (or in a mapping of the same form).

    Raises:
        InvalidSetting: one of them cannot be used.
    """
    given = os.environ if environment is None else environment
    data_dir = Path(given.get("KANAF_DATA_DIR") or "var/kanaf").absolute()
    key_file = given.get("KANAF_MASTER_KEY_FILE")
    demo = _yes_or_no(given, "KANAF_DEMO")
    default_key = data_dir / "demo.key" if demo else data_dir.parent / f"{data_dir.name}.key"
    return Settings(
        data_dir=data_dir,
        database_url=_database_url(given.get("KANAF_DATABASE_URL"), data_dir),
        master_key_file=Path(key_file).absolute() if key_file else default_key,
        admin=_account(given, "KANAF_ADMIN", "password"),
        host=given.get("KANAF_HOST") or "127.0.0.1",
        port=_whole(given, "KANAF_PORT", 8984, least=0, most=65_535),
        workers=_whole(given, "KANAF_WORKERS", 1, least=1),
        demo=demo,
        max_document_bytes=_whole(given, "KANAF_MAX_DOCUMENT_BYTES", 8_000_000, least=1),
        max_request_bytes=_whole(given, "KANAF_MAX_REQUEST_BYTES", 64_000_000, least=1),
        cors_origins=_origins(given.get("KANAF_CORS_ORIGINS")),
    )


def demo_settings() -> Settings:
    """The settings in the environment, for the demo: in `var/demo` where no other place is named.

    Raises:
        InvalidSetting: one of them cannot be used.
    """
    data_dir = os.environ.get("KANAF_DATA_DIR") or "var/demo"
    return settings({**os.environ, "KANAF_DATA_DIR": data_dir, "KANAF_DEMO": "1"})


def replication_accounts(
    environment: Mapping[str, str] | None = None,
) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
    """Name and secret for the source and for the target of `kanaf replicate`; None where not set.

    Raises:
        InvalidSetting: one of them cannot be used.
    """
    given = os.environ if environment is None else environment
    source, target = "KANAF_SOURCE_AUTH", "KANAF_TARGET_AUTH"
    return _account(given, source, "secret"), _account(given, target, "secret")


def _whole(
    given: Mapping[str, str], name: str, default: int, *, least: int, most: int = _MOST
) -> int:
    text = given.get(name) or str(default)
    is_number = text.isdecimal() and len(text) <= len(str(_MOST))
    if not is_number or not least <= int(text) <= most:
        end = "up" if most == _MOST else f"to {most}"
        raise InvalidSetting(f"{name} must be a whole number from {least} {end}")
    return int(text)


def _yes_or_no(given: Mapping[str, str], name: str) -> bool:
    answer = _ANSWERS.get((given.get(name) or "no").lower())
    if answer is None:
        raise InvalidSetting(f"{name} must be one of {', '.join(_ANSWERS)}")
    return answer


def _database_url(text: str | None, data_dir: Path) -> str:
    url = text or f"{_SCHEMES[0]}{data_dir / 'kanaf.sqlite3'}"
    if not url.startswith(_SCHEMES):
        raise InvalidSetting(f"KANAF_DATABASE_URL must begin with {' or '.join(_SCHEMES)}")
    return url


def _origins(text: str | None) -> tuple[str, ...]:
    """Origins as browsers send them; never all of them, for credentials go along."""
    origins = tuple(one.strip() for one in (text or "").split(",") if one.strip())
    if not all(_ORIGIN.fullmatch(one) for one in origins):
        raise InvalidSetting(
            "KANAF_CORS_ORIGINS must be addresses such as https://forms.example.org, with commas"
        )
    return origins


def _account(given: Mapping[str, str], variable: str, what: str) -> tuple[str, str] | None:
    text = given.get(variable)
    if not text:
        return None
    name, _, secret = text.partition(":")
    if not name or not secret:
        raise InvalidSetting(f"{variable} must be name:{what}")
    return name, secret
