"""Who works on a case, and what each of them does to its form.

No published rates were found, so these are estimates; the reason for each stands beside it. They
were set before any merger was run on them, and the look-alikes (see `lookalikes`), in which a
merger has to ask or may go wrong, are given far more room than they have in practice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """How somebody works.

    Attributes:
        does: how often they do what, in comparison; the names are those of `planning.PLANS`.
        acts: the fewest and the most changes between opening the form and saving it.
    """

    does: Mapping[str, int]
    acts: tuple[int, int]


# After a visit: rows are added and filled in (8 subforms hold 86 of 148 fields), what the case is
# about is brought up to date (11 of 62 fields are sets), something is told. Rows are hardly ever
# taken out: case management keeps what was.
CASEWORKER = Role(
    {
        "field": 25,
        "option": 14,
        "cell": 20,
        "add_row": 14,
        "sentence": 8,
        "line": 10,
        "safety": 4,
        "mass": 1,
        "remove_row": 2,
        "arrange": 2,
    },
    (2, 6),
)
# Reviews: corrects plan and services, sets risk, comments; few changes at a time.
SUPERVISOR = Role(
    {
        "cell": 28,
        "field": 18,
        "line": 16,
        "sentence": 10,
        "option": 10,
        "safety": 9,
        "add_row": 6,
        "remove_row": 2,
        "arrange": 1,
    },
    (1, 3),
)
# Another agency gives a service: fills in its rows, adds a service or note, says what happened.
RECIPIENT = Role(
    {"cell": 42, "add_row": 22, "line": 16, "option": 8, "field": 7, "sentence": 5}, (1, 4)
)


@dataclass(frozen=True)
class Person:
    """A persona and their role."""

    name: str
    role: Role


AMINA = Person("amina", CASEWORKER)
BILAL = Person("bilal", SUPERVISOR)
CHEN = Person("chen", RECIPIENT)
DINA = Person("dina", CASEWORKER)

# The supervisor works on all cases of a caseworker, a second caseworker where one stands in for
# the other, a recipient on referred cases only.
CASTS: tuple[tuple[tuple[Person, ...], int], ...] = (
    ((AMINA, BILAL), 40),
    ((AMINA, DINA), 25),
    ((AMINA, CHEN), 20),
    ((AMINA, BILAL, CHEN), 10),
    ((AMINA, DINA, BILAL), 5),
)
