"""Where a database is, and as whom one comes there. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

HOW_TO_WRITE = "write it as in https://example.org/sync/database"
_UNUSABLE = re.compile(r"[\x00-\x20\x7f]")


class InvalidAddress(ValueError):
    """A text is no address of a database, or holds no credentials; the message never repeats it."""


@dataclass(frozen=True)
class Credentials:
    """A device and its token, or a user and their password."""

    name: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Address:
    """Where a database is.

    Attributes:
        url: without credentials, and without a slash at its end.
    """

    url: str

    @property
    def place(self) -> list[str]:
        """Host, port and path: what stays when only the way there (TLS or not) is another.

        Source: CouchDB, couch_replicator_ids.erl, get_v4_endpoint/1.
        """
        parts = urlsplit(self.url)
        usual = {"http": 80, "https": 443}[parts.scheme]
        return [parts.hostname or "", str(parts.port or usual), parts.path]


def read_address(text: str) -> tuple[Address, Credentials | None]:
    """An address as people write it, `https://name:secret@host/path/database`, taken apart.

    Raises:
        InvalidAddress: it is none.
    """
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or _UNUSABLE.search(text) or parts.query or parts.fragment:
        raise InvalidAddress(HOW_TO_WRITE)
    path = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~")
    if not path:
        raise InvalidAddress(f"it names no database; {HOW_TO_WRITE}")
    host = parts.netloc.rpartition("@")[2]
    if not host.isascii():
        raise InvalidAddress("a host with other letters is written with its xn-- name")
    return Address(urlunsplit((parts.scheme, host, path, "", ""))), _credentials(parts)


def read_credentials(text: str) -> Credentials:
    """`name:secret` as it stands in a file.

    Raises:
        InvalidAddress: there is no name or no secret.
    """
    name, _, secret = text.strip("\r\n").partition(":")
    if not name or not secret:
        raise InvalidAddress("credentials are written as name:secret")
    return Credentials(name, secret)


def _credentials(parts: SplitResult) -> Credentials | None:
    if parts.username is None and parts.password is None:
        return None
    return read_credentials(f"{unquote(parts.username or '')}:{unquote(parts.password or '')}")
