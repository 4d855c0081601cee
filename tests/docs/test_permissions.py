"""The page of permissions says what the table of roles says."""

from __future__ import annotations

from sync_server.sharing.roles import ROLES
from tests.docs.permissions_page import PAGE, page


def test_the_page_is_made_of_the_table() -> None:
    assert PAGE.read_text("utf-8") == page(), "write it: python -m tests.docs.permissions_page"


def test_every_role_is_on_it() -> None:
    assert all(f"| `{name}` |" in page() for name in ROLES)
