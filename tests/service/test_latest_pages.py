"""Pages made together: shared by equals, and by nobody else; with the rights of the moment."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from sync_server.mango.selector import selector
from sync_server.replication.change_rows import Told, Wanted
from sync_server.replication.latest_pages import Asked, latest_pages
from sync_server.service.accounts import SESSION_SECONDS, Accounts
from sync_server.service.administration import add_database, remove_database
from sync_server.service.caller import Caller
from sync_server.service.directory_changes import (
    add_device,
    add_user,
    change_user,
    shut_out_device,
    shut_out_user,
)
from sync_server.service.filtered_feed import Documents, Filter, Selected
from sync_server.service.kanaf import Kanaf
from sync_server.storage.rows import DatabaseKind, DatabaseRow
from tests.service.conftest import Programme

ADMIN, PASSWORD = "root-admin", "a password"
PLAIN = Wanted(100, False, False, False, False, False)
WITH_DOCS = Wanted(100, False, False, True, False, False)


@pytest.fixture
def filled(programme: Programme) -> Programme:
    """Everybody has a tablet, amina two; there is a case of hers, which bilal supervises."""
    for name in ("amina", "bilal", "chen", "dina"):
        add_device(programme.kanaf, name, f"{name}-tablet")
    add_device(programme.kanaf, "amina", "amina-tablet-2")
    programme.register()
    return programme


def asked(filled: Programme, name: str, device: str | None = None, **more: object) -> Asked:
    caller = filled.by_token(name, device or f"{name}-tablet")
    values = {"database": filled.database, "since": 0, "wanted": PLAIN, **more}
    return Asked(caller=caller, **values)  # type: ignore[arg-type]


def forms(filled: Programme, page: Told | None) -> set[str]:
    """The forms of the case that a page tells of."""
    assert page is not None
    rows = orjson.loads(page.content)["results"]
    own = [row["id"] for row in rows if row["id"].startswith(filled.record)]
    return {one.partition(":")[2] for one in own}


def test_tablets_of_one_user_that_ask_alike_are_given_one_page(filled: Programme) -> None:
    first, second = asked(filled, "amina"), asked(filled, "amina", "amina-tablet-2")

    pages = latest_pages(filled.kanaf, [first, second])

    assert forms(filled, pages[0]) == {"k1", "k21"}
    assert pages[0] is pages[1]


def test_users_who_ask_alike_at_once_are_given_each_their_own_page(filled: Programme) -> None:
    names = ("amina", "dina", "bilal", "chen", "amina", "dina")

    pages = latest_pages(filled.kanaf, [asked(filled, name) for name in names])

    told = [forms(filled, page) for page in pages]
    assert told == [{"k1", "k21"}, set(), {"k1", "k21"}, set(), {"k1", "k21"}, set()]
    assert len({page.content.split(b"last_seq")[1] for page in pages if page}) == 4


def test_who_asks_for_something_else_is_given_something_else(filled: Programme) -> None:
    plain, later = asked(filled, "amina"), asked(filled, "amina", since=10_000)
    docs = asked(filled, "amina", wanted=WITH_DOCS)

    told, nothing, documents = latest_pages(filled.kanaf, [plain, later, docs])

    assert [page and page.is_empty for page in (told, nothing, documents)] == [False, True, False]
    assert [page and b'"doc"' in page.content for page in (told, documents)] == [False, True]


def test_who_asks_with_another_filter_is_given_another_page(filled: Programme) -> None:
    opening, registration = f"{filled.record}:k1", f"{filled.record}:k21"
    filters: list[Filter] = [
        Documents(frozenset([opening])),
        Documents(frozenset([registration])),
        Selected(selector({"form": "k1", "author": "amina"}), False),
        Selected(selector({"author": "amina", "form": "k1"}), False),
        Selected(selector({"form": "k21"}), False),
    ]
    wanted = [replace(PLAIN, chosen=chosen) for chosen in filters]

    pages = latest_pages(filled.kanaf, [asked(filled, "amina", wanted=one) for one in wanted])

    assert [forms(filled, page) for page in pages] == [{"k1"}, {"k21"}, {"k1"}, {"k1"}, {"k21"}]
    assert pages[2] is pages[3]


def test_a_page_made_together_is_the_page_that_each_would_be_given_alone(
    filled: Programme,
) -> None:
    questions = [
        asked(filled, name, since=since, wanted=wanted)
        for name in ("amina", "bilal", "chen", "dina")
        for since in (0, 1)
        for wanted in (PLAIN, WITH_DOCS)
    ]

    together = latest_pages(filled.kanaf, questions)
    alone = [latest_pages(filled.kanaf, [question])[0] for question in questions]
    assert [page and page.content for page in together] == [page and page.content for page in alone]
    assert all(together)


def test_a_device_that_was_shut_out_is_told_nothing_and_the_users_other_one_is(
    filled: Programme,
) -> None:
    questions = [asked(filled, "amina"), asked(filled, "amina", "amina-tablet-2")]
    latest_pages(filled.kanaf, questions)

    shut_out_device(filled.kanaf, "amina-tablet")

    refused, page = latest_pages(filled.kanaf, questions)
    assert refused is None
    assert forms(filled, page) == {"k1", "k21"}


def test_a_user_who_was_shut_out_is_told_nothing_on_any_device(filled: Programme) -> None:
    questions = [asked(filled, "amina"), asked(filled, "amina", "amina-tablet-2")]

    shut_out_user(filled.kanaf, "amina")

    assert latest_pages(filled.kanaf, questions) == [None, None]


def test_a_device_that_speaks_for_somebody_else_now_is_told_nothing(filled: Programme) -> None:
    assert latest_pages(filled.kanaf, [asked(filled, "amina", "dina-tablet")]) == [None]


def test_who_left_the_group_is_not_told_of_its_cases_though_their_inbox_holds_them(
    filled: Programme,
) -> None:
    """What they wait for ends, and they begin anew: a row that was passed over is not lost when the
    rights come back.
    """
    question = asked(filled, "bilal")
    assert forms(filled, latest_pages(filled.kanaf, [question])[0]) == {"k1", "k21"}

    change_user(filled.kanaf, "bilal", groups=("gedaref",))

    assert latest_pages(filled.kanaf, [question]) == [None]
    assert forms(filled, latest_pages(filled.kanaf, [asked(filled, "bilal")])[0]) == set()


def administrator_and_open_database(
    kanaf: Kanaf, password: str | None = None
) -> tuple[Caller, DatabaseRow]:
    add_user(kanaf, ADMIN, role="administrator", agency="a", password=password)
    person = kanaf.directory().named(ADMIN)
    assert person is not None
    return Caller(person, ""), add_database(kanaf, "reference", DatabaseKind.OPEN)


def session(kanaf: Kanaf, accounts: Accounts) -> tuple[Caller, str]:
    """The administrator in a new session, and its token."""
    begun = accounts.begin_session(ADMIN, PASSWORD)
    found = accounts.session(kanaf.registry(), begun.text)
    assert found is not None
    return found.caller, begun.text


def test_who_is_no_member_any_more_is_told_nothing_of_an_open_database(filled: Programme) -> None:
    caller, database = administrator_and_open_database(filled.kanaf)
    question = Asked(database, caller, 0, PLAIN)
    assert latest_pages(filled.kanaf, [question]) != [None]

    more = "root-2"
    add_user(filled.kanaf, more, role="administrator", agency="a", password=None)
    change_user(filled.kanaf, ADMIN, role="supervisor")

    assert latest_pages(filled.kanaf, [question]) == [None]


def test_nobody_is_told_anything_of_a_database_that_took_the_name_of_a_deleted_one(
    filled: Programme,
) -> None:
    caller, database = administrator_and_open_database(filled.kanaf)
    question = Asked(database, caller, 0, PLAIN)
    remove_database(filled.kanaf, database)
    assert latest_pages(filled.kanaf, [question]) == [None]

    add_database(filled.kanaf, "reference", DatabaseKind.OPEN)

    assert latest_pages(filled.kanaf, [question]) == [None]


def test_who_logged_out_is_told_nothing_and_their_other_session_is(filled: Programme) -> None:
    _, database = administrator_and_open_database(filled.kanaf, PASSWORD)
    accounts = Accounts(filled.kanaf)
    callers, tokens = zip(*(session(filled.kanaf, accounts) for _ in range(2)), strict=True)
    questions = [Asked(database, caller, 0, PLAIN) for caller in callers]
    assert None not in latest_pages(filled.kanaf, questions)

    accounts.end_session(tokens[0])

    refused, page = latest_pages(filled.kanaf, questions)
    assert refused is None
    assert page is not None


def test_whose_session_has_run_out_is_told_nothing(filled: Programme) -> None:
    kanaf = filled.kanaf
    _, database = administrator_and_open_database(kanaf, PASSWORD)
    caller, _ = session(kanaf, Accounts(kanaf))
    now = kanaf.clock()

    kanaf.clock = lambda: now + SESSION_SECONDS + 1

    assert latest_pages(kanaf, [Asked(database, caller, 0, PLAIN)]) == [None]
