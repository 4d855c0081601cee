"""`kanaf` with a planted fault: `python tests/support/faulty.py FAULT COMMAND ...`.

What a fault switches off is a promise; the tests that name it must fail under it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable


def merging_off() -> None:
    """Edits that were made apart stand side by side for ever."""
    from conflict.resolution import Resolution
    from sync_server.service import case_merging

    _replace(case_merging, "resolution", lambda *_: Resolution(None))


def sharing_off() -> None:
    """Everybody sees every form of every record, in their feed and by its id."""
    from sync_server.service import audience_changes, sight
    from sync_server.sharing.facts import Directory
    from sync_server.sharing.roles import CASEWORK, REFERRAL

    every_form = CASEWORK | {REFERRAL}

    def everybody(_: object, directory: Directory) -> dict[int, frozenset[str]]:
        return dict.fromkeys(directory.people, every_form)

    _replace(audience_changes, "audience", everybody)
    _replace(sight, "visible_parts", lambda *_: every_form)


def quarantine_off() -> None:
    """Whatever is pushed is stored, by whomever and with whatever answers."""
    from sync_server.service.case_record import CaseRecord

    _replace(CaseRecord, "_check", lambda *_: None)


FAULTS: dict[str, Callable[[], None]] = {
    "merging": merging_off,
    "sharing": sharing_off,
    "quarantine": quarantine_off,
}


def launcher(fault: str) -> list[str]:
    """What starts `kanaf` with one of `FAULTS`; to be followed by the command's arguments."""
    return [sys.executable, __file__, fault]


def _replace(owner: object, name: str, by: object) -> None:
    getattr(owner, name)  # a fault that no longer hits anything would prove nothing
    setattr(owner, name, by)


if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()  # `kanaf serve` does it before it imports what the faults import here
    FAULTS[sys.argv.pop(1)]()
    from sync_server.cli import main

    main(prog_name="kanaf")
