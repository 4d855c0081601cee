"""Who has a say about a unit, where what one author had seen is told directly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conflict.revision import Rev
from conflict.value import MISSING
from conflict.writers import Meaning, OpenEdit, Standing, Verdict, Writer, standing

BASE, ONE, OTHER, LATE, LAST = (
    Rev(1, "a"),
    Rev(2, "b"),
    Rev(2, "c"),
    Rev(4, "d"),
    Rev(5, "e"),
)
SEEN = {
    BASE: frozenset[Rev](),
    ONE: frozenset({BASE}),
    OTHER: frozenset({BASE}),
    LATE: frozenset({BASE, ONE, OTHER}),
    LAST: frozenset({BASE, ONE, OTHER, LATE}),
}


def wrote(rev: Rev, value: object, author: str = "amina") -> Writer:
    return Writer(rev, value, MISSING, author, changes=True)


def says_it_settles(rev: Rev, *names: Rev) -> Writer:
    """Somebody who leaves the value as it is."""
    return Writer(rev, 1, 1, "bilal", changes=False, names=frozenset(names))


def differ(writers: Sequence[Writer]) -> bool:
    return len({writer.value for writer in writers}) > 1


def comes_to(writers: Sequence[Writer], value: object) -> bool:
    return {writer.value for writer in writers} == {value}


def stand(
    *writers: Writer,
    protected: bool = False,
    fixed: bool = False,
    seen: Mapping[Rev, frozenset[Rev]] = SEEN,
    verdicts: Sequence[Verdict] = (),
) -> tuple[tuple[Rev, ...], frozenset[Rev]]:
    when_open = OpenEdit.ADDS if protected else OpenEdit.DECIDES
    meaning = Meaning(when_open, lambda _, before: differ(before), comes_to, is_fixed=fixed)
    found: Standing = standing(writers, seen, meaning, verdicts)
    return tuple(writer.rev for writer in found.writers), found.settlements


def test_edits_made_apart_stand_side_by_side_and_what_both_have_seen_does_not():
    assert stand(wrote(BASE, 0), wrote(ONE, 1), wrote(OTHER, 2)) == ((ONE, OTHER), frozenset())


def test_a_settlement_stands_for_those_it_names():
    writers = wrote(BASE, 0), wrote(ONE, 1), wrote(OTHER, 2)

    assert stand(*writers, says_it_settles(LATE, ONE, OTHER)) == ((LATE,), frozenset({LATE}))
    assert stand(*writers, says_it_settles(LATE, ONE)) == ((OTHER, LATE), frozenset({LATE}))


def test_a_settlement_that_somebody_edited_knowingly_is_none_any_more():
    writers = wrote(ONE, 1), wrote(OTHER, 2), says_it_settles(LATE, ONE, OTHER), wrote(LAST, 3)

    assert stand(*writers) == ((LAST,), frozenset())


def test_a_settlement_of_nothing_that_stands_is_passed_over_and_who_comes_after_it_is_not():
    between = says_it_settles(OTHER, ONE)  # whom they had not seen

    assert stand(wrote(BASE, 0), wrote(ONE, 1), between, wrote(LATE, 3)) == ((LATE,), frozenset())


def test_a_settlement_alone_decides_nothing():
    assert stand(says_it_settles(ONE, OTHER)) == ((), frozenset())


def test_a_settlement_may_name_a_revision_that_rests_on_the_one_that_stands():
    middle = Rev(3, "f")
    seen = {
        **SEEN,
        middle: frozenset({BASE, ONE}),
        LATE: frozenset({BASE, ONE, OTHER, middle}),
    }
    writers = wrote(ONE, 1), wrote(OTHER, 2), says_it_settles(LATE, middle, OTHER)

    assert stand(*writers, seen=seen) == ((LATE,), frozenset({LATE}))


def test_a_settlement_may_name_a_revision_of_which_nothing_is_known_but_that_it_was_seen():
    middle = Rev(3, "f")
    seen = {**SEEN, LATE: frozenset({BASE, ONE, OTHER, middle})}
    writers = wrote(ONE, 1), wrote(OTHER, 2), says_it_settles(LATE, middle, ONE)

    assert stand(*writers, seen=seen) == ((OTHER, LATE), frozenset({LATE}))


def test_an_edit_of_an_open_protected_unit_replaces_its_authors_own_candidate_only():
    writers = wrote(ONE, 1), wrote(OTHER, 2, "bilal"), wrote(LATE, 3)

    assert stand(*writers, protected=True) == ((OTHER, LATE), frozenset())
    assert stand(*writers, protected=False) == ((LATE,), frozenset())


def test_an_edit_of_a_protected_unit_that_is_not_open_is_one_like_any_other():
    writers = wrote(ONE, 1), wrote(OTHER, 1, "bilal"), wrote(LATE, 3)

    assert stand(*writers, protected=True) == ((LATE,), frozenset())


# Whose place was taken


def instead_of(*writers: Writer) -> tuple[Rev, ...]:
    meaning = Meaning(OpenEdit.DECIDES, lambda _, before: differ(before), comes_to, is_fixed=False)
    return tuple(one.rev for one in standing(writers, SEEN, meaning).instead_of)


def test_who_decided_did_so_instead_of_all_who_stood_together():
    between = wrote(BASE, 0), wrote(ONE, 1), wrote(OTHER, 2)

    assert instead_of(*between, says_it_settles(LATE, ONE, OTHER)) == (ONE, OTHER)
    assert instead_of(*between, wrote(LATE, 3)) == (ONE, OTHER)


def test_who_took_the_place_of_one_decided_nothing():
    assert instead_of(wrote(BASE, 0), wrote(ONE, 1)) == ()
    assert instead_of(wrote(BASE, 0), wrote(ONE, 1), wrote(OTHER, 2)) == ()
    assert instead_of(wrote(ONE, 1), wrote(OTHER, 2), wrote(LATE, 3), wrote(LAST, 4)) == ()


def test_who_settled_one_of_several_decided_nothing_between_them():
    between = wrote(BASE, 0), wrote(ONE, 1), wrote(OTHER, 2)

    assert instead_of(*between, says_it_settles(LATE, ONE)) == ()


# What a merge had come to by other rules

MERGE = Rev(3, "m")
AFTER = {
    **SEEN,
    MERGE: frozenset({BASE, ONE, OTHER}),
    LATE: SEEN[LATE] | {MERGE},
    LAST: SEEN[LAST] | {MERGE},
}
BETWEEN = wrote(ONE, 1), wrote(OTHER, 2)
DECIDING = Meaning(OpenEdit.DECIDES, lambda _, before: differ(before), comes_to, is_fixed=False)


def test_what_a_merge_had_decided_stands_for_those_it_is_about():
    assert stand(*BETWEEN, seen=AFTER, verdicts=[Verdict(MERGE, 5)]) == ((MERGE,), frozenset())


def test_what_a_merge_had_decided_stands_for_the_only_one_it_is_about():
    (held,) = standing([wrote(ONE, 1)], AFTER, DECIDING, [Verdict(MERGE, 5)]).writers

    assert held == Writer(MERGE, 5, MISSING, None, changes=True, is_verdict=True)


def test_it_is_nobodys_word_and_starts_where_they_all_did():
    same, unlike = (
        [Writer(ONE, 1, 0, "amina", changes=True), Writer(OTHER, 2, start, "bilal", changes=True)]
        for start in (0, 9)
    )

    (held,) = standing(same, AFTER, DECIDING, [Verdict(MERGE, 5)]).writers
    (apart,) = standing(unlike, AFTER, DECIDING, [Verdict(MERGE, 5)]).writers

    assert held == Writer(MERGE, 5, 0, None, changes=True, is_verdict=True)
    assert apart == Writer(MERGE, 5, MISSING, None, changes=True, is_verdict=True)


def test_a_verdict_that_today_would_be_the_same_changes_nothing():
    agreed = wrote(ONE, 5), wrote(OTHER, 5)

    assert stand(*agreed, seen=AFTER, verdicts=[Verdict(MERGE, 5)]) == ((ONE, OTHER), frozenset())


def test_a_verdict_about_nobody_who_wrote_is_none():
    assert stand(wrote(LATE, 1), seen=AFTER, verdicts=[Verdict(MERGE, 5)]) == ((LATE,), frozenset())


def test_the_candidates_that_a_merge_left_stand_whoever_superseded_them_by_todays_rules():
    writers = wrote(BASE, 0), wrote(ONE, 1), wrote(OTHER, 2)
    left = Verdict(MERGE, 2, frozenset({BASE, OTHER}))

    assert stand(*writers, seen=AFTER, verdicts=[left]) == ((BASE, OTHER), frozenset())


def test_a_candidate_that_nobody_of_today_wrote_or_rests_on_stands_for_nobody():
    unknown = Rev(9, "f")
    both = Verdict(MERGE, 2, frozenset({ONE, OTHER, unknown}))
    nobody = Verdict(MERGE, 2, frozenset({unknown}))

    for left in (both, nobody):  # of a merge that left nobody who wrote nothing can be said
        assert stand(*BETWEEN, seen=AFTER, verdicts=[left]) == ((ONE, OTHER), frozenset())


def test_who_edits_after_a_verdict_edits_what_it_had_come_to():
    assert stand(*BETWEEN, wrote(LATE, 7), seen=AFTER, verdicts=[Verdict(MERGE, 5)])[0] == (LATE,)
    left = Verdict(MERGE, 2, frozenset({ONE}))
    added = stand(*BETWEEN, wrote(LATE, 7, "bilal"), protected=True, seen=AFTER, verdicts=[left])
    assert added[0] == (LATE,)  # one candidate is nothing open


def test_a_settlement_may_name_a_verdict():
    other = {**AFTER, LATE: frozenset({BASE})}
    writers = *BETWEEN, wrote(LATE, 9), says_it_settles(LAST, MERGE, LATE)

    assert stand(*writers, seen=other, verdicts=[Verdict(MERGE, 5)]) == ((LAST,), frozenset({LAST}))


def test_nobody_takes_the_place_of_a_word_of_which_it_is_not_known_whose_it_is():
    unknown = Writer(ONE, 1, MISSING, None, changes=True)

    for late in (wrote(LATE, 7, "amina"), Writer(LATE, 7, MISSING, None, changes=True)):
        stood, _ = stand(unknown, wrote(OTHER, 2, "bilal"), late, protected=True)
        assert stood == (ONE, OTHER, LATE)


def test_an_edit_of_a_fixed_unit_counts_only_where_no_first_value_stands_undisputed():
    assert stand(wrote(BASE, 0), wrote(LATE, 3), fixed=True) == ((BASE,), frozenset())
    assert stand(wrote(BASE, None), wrote(LATE, 3), fixed=True) == ((LATE,), frozenset())
    assert stand(wrote(ONE, 1), wrote(OTHER, 2), wrote(LATE, 3), fixed=True) == (
        (LATE,),
        frozenset(),
    )


def test_who_gave_a_row_to_somebody_else_decided_nothing_of_it_and_who_comes_after_them_does():
    given_away = Writer(LATE, 1, 1, "bilal", changes=True, mixes=True)
    writers = wrote(ONE, 1), wrote(OTHER, 2), given_away

    assert stand(*writers) == ((ONE, OTHER), frozenset())
    assert stand(*writers, wrote(LAST, 3)) == ((LAST,), frozenset())
