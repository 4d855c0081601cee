from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.replicator.address import InvalidAddress, read_address, read_credentials
from sync_server.replicator.replication_id import replication_id


@pytest.mark.parametrize(
    ("text", "url", "name", "secret"),
    [
        ("http://h/a", "http://h/a", None, None),
        ("https://h:6984/sync/a/", "https://h:6984/sync/a", None, None),
        ("http://n:s@h/a", "http://h/a", "n", "s"),
        ("http://h/حالات", "http://h/%D8%AD%D8%A7%D9%84%D8%A7%D8%AA", None, None),
        ("http://n%40x:s%3A%2F@[::1]:5984/a", "http://[::1]:5984/a", "n@x", "s:/"),
    ],
)
def test_an_address_is_taken_apart(
    text: str, url: str, name: str | None, secret: str | None
) -> None:
    address, credentials = read_address(text)

    assert address.url == url
    if name is None:
        assert credentials is None
    else:
        assert credentials is not None
        assert (credentials.name, credentials.secret) == (name, secret)
        assert "secret" not in repr(credentials)


@given(st.text())
def test_whatever_is_typed_is_an_address_or_called_none(text: str) -> None:
    with suppress(InvalidAddress):
        url = read_address(text)[0].url
        assert url.isascii()
        assert "@" not in url.split("/")[2]


def test_a_secret_may_hold_colons() -> None:
    assert read_credentials("n:a:b\n").secret == "a:b"


def the_id(source: str, target: str) -> str:
    (one, by), (other, by_other) = read_address(source), read_address(target)
    users = [account.name if account else None for account in (by, by_other)]
    return replication_id(one, users[0], other, users[1])


@pytest.mark.parametrize(
    ("source", "target", "is_same"),
    [
        ("http://n:other@a/x", "http://b/y", True),
        ("https://n:s@a:80/x/", "http://b:80/y", True),
        ("http://m:s@a/x", "http://b/y", False),
        ("http://n:s@a:81/x", "http://b/y", False),
        ("http://n:s@a/x", "http://b/z", False),
        ("http://b/y", "http://n:s@a/x", False),
    ],
)
def test_a_replication_is_the_same_for_the_same_databases_and_accounts(
    source: str, target: str, is_same: bool
) -> None:
    assert (the_id(source, target) == the_id("http://n:s@a/x", "http://b/y")) == is_same
