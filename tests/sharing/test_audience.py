"""Every role, in every relation to a record, with every form: one table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.sharing.audience import audience, sees, visible_parts
from sync_server.sharing.facts import Directory, Person, Record, Referral, ReferralState
from sync_server.sharing.roles import PUBLISHED, ROLES

FORMS = ("k1", "k2", "k7", "k8", *(f"k{number}" for number in range(20, 29)))
AGREED = frozenset({"k21", "k22"})
REFERRAL = "k2:01J0000000000000000000000A"
OWNER, SOMEBODY = 1, 2
RELATIONS = (
    *("owner", "group", "agency", "addressed", "accepted", "without consent", "over", "none"),
)
CASEWORK = {*FORMS} - {"k2"}
TRACING = {"k7", "k8", "k23", "k27"}
READS = {
    "caseworker": {*FORMS, PUBLISHED},
    "supervisor": {*FORMS, PUBLISHED},
    "service_provider": {*FORMS, PUBLISHED},
    "agency_manager": {*FORMS},
    "tracing_officer": TRACING | {"k1", "k20", "k21"},
    "data_clerk": CASEWORK - {"k20", "k8"},
}
"""Of the records that a role is about."""
ABOUT = {
    "owner": READS.keys(),
    "group": {"supervisor", "data_clerk"},
    "agency": {"agency_manager", "tracing_officer"},
}


def person(role: str, relation: str) -> Person:
    number = OWNER if relation == "owner" else SOMEBODY
    group = "khartoum" if relation in ("owner", "group") else "elsewhere"
    agency = "A" if relation in ("owner", "agency") else "B"
    return Person(number, "somebody", ROLES[role], agency, group)


def record(relation: str) -> Record:
    states = {
        "addressed": ReferralState.SENT,
        "accepted": ReferralState.ACCEPTED,
        "without consent": ReferralState.ACCEPTED,
        "over": ReferralState.ENDED,
    }
    referrals = (
        (Referral(REFERRAL, SOMEBODY, AGREED, states[relation]),) if relation in states else ()
    )
    return Record(OWNER, "A", "khartoum", relation != "without consent", referrals)


def expected(role: str, relation: str) -> set[str]:
    """What the table says; a referral is to a person, but who keeps the server sees no record."""
    if role == "administrator":
        return set()
    referred = {
        "addressed": {REFERRAL},
        "accepted": {REFERRAL, *AGREED},
        "without consent": {REFERRAL},
    }
    return referred.get(relation) or (READS[role] if role in ABOUT.get(relation, ()) else set())


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_the_parts_that_its_relation_to_a_record_gives(
    role: str, relation: str
) -> None:
    parts = visible_parts(person(role, relation), record(relation))

    assert parts == expected(role, relation)
    assert {form for form in FORMS if sees(parts, form)} == expected(role, relation) & set(FORMS)


@pytest.mark.parametrize("state", [ReferralState.REJECTED, ReferralState.DONE, ReferralState.ENDED])
def test_a_referral_that_is_over_shows_nothing_any_more(state: ReferralState) -> None:
    over = Record(OWNER, "A", "g", True, (Referral(REFERRAL, SOMEBODY, AGREED, state),))

    assert visible_parts(person("service_provider", "none"), over) == frozenset()


def test_the_addressee_of_one_referral_does_not_see_another() -> None:
    other = Referral("k2:01J0000000000000000000000B", 3, AGREED, ReferralState.SENT)
    mine = Referral(REFERRAL, SOMEBODY, AGREED, ReferralState.ACCEPTED)
    parts = visible_parts(
        person("service_provider", "none"), Record(OWNER, "A", "g", True, (mine, other))
    )

    assert sees(parts, REFERRAL)
    assert not sees(parts, other.document)


def test_the_files_of_a_form_that_may_be_filled_often_are_seen_with_the_form() -> None:
    assert sees(frozenset({"k8"}), "k8:01J0000000000000000000000A")
    assert not sees(frozenset({"k8"}), "k80")
    assert not sees(frozenset({"k8:01J0000000000000000000000A"}), "k8")


def test_people_without_a_group_are_not_of_one_group() -> None:
    alone = Person(SOMEBODY, "somebody", ROLES["supervisor"], "A", None)

    assert visible_parts(alone, Record(OWNER, "A", None, True)) == frozenset()


@pytest.mark.parametrize("role", ["supervisor", "data_clerk", "agency_manager"])
def test_who_begins_a_record_sees_it_whatever_becomes_of_their_place(role: str) -> None:
    moved = Person(OWNER, "somebody", ROLES[role], "B", None)

    assert visible_parts(moved, Record(OWNER, "A", "khartoum", True)) == READS[role]


def test_an_agency_in_common_shows_supervisors_nothing() -> None:
    colleague = Person(SOMEBODY, "somebody", ROLES["supervisor"], "A", "elsewhere")

    assert visible_parts(colleague, Record(OWNER, "A", "khartoum", True)) == frozenset()


groups = st.sampled_from(["khartoum", "omdurman", None])
people = st.builds(
    Person,
    st.integers(1, 6),
    st.just("somebody"),
    st.sampled_from(sorted(ROLES)).map(ROLES.__getitem__),
    st.sampled_from(["A", "B"]),
    groups,
)
referrals = st.builds(
    Referral,
    st.sampled_from([f"k2:01J0000000000000000000000{letter}" for letter in "ABC"]),
    st.integers(1, 6),
    st.frozensets(st.sampled_from(FORMS)),
    st.sampled_from(ReferralState),
)
records = st.builds(
    Record,
    st.integers(1, 6),
    st.just("A"),
    groups,
    st.booleans(),
    st.lists(referrals, max_size=4).map(tuple),
)


@given(records, st.lists(people, max_size=6))
def test_nobody_but_owner_those_of_group_or_agency_and_addressees_is_in_an_audience(
    case: Record, somebody: list[Person]
) -> None:
    directory = Directory.of(somebody)

    for user, parts in audience(case, directory).items():
        one = directory.people[user]
        of_group = one.role.scope == "group" and one.group == case.group is not None
        is_theirs = of_group or (one.role.scope == "agency" and one.agency == case.agency)
        addressed = [referral for referral in case.referrals if referral.to == user]
        assert parts
        assert user == case.owner_id or is_theirs or addressed
        if not is_theirs and user != case.owner_id:
            agreed = {form for referral in addressed for form in referral.forms}
            assert parts <= agreed | {referral.document for referral in addressed}
            assert case.consent or all(":" in part for part in parts)


@given(records, st.lists(people, max_size=6))
def test_an_audience_is_what_each_person_sees_on_their_own(
    case: Record, somebody: list[Person]
) -> None:
    directory = Directory.of(somebody)
    alone = {one.id: visible_parts(one, case) for one in directory.people.values()}

    assert audience(case, directory) == {user: parts for user, parts in alone.items() if parts}


@pytest.mark.parametrize("form", ["k100", "k999999"])
def test_forms_of_the_programme_are_seen_by_those_whose_record_it_is(form: str) -> None:
    owners = visible_parts(person("caseworker", "owner"), record("owner"))
    referred = visible_parts(person("service_provider", "accepted"), record("accepted"))

    assert sees(owners, form)
    assert sees(owners, f"{form}:01J0000000000000000000000A")
    assert not sees(referred, form)
    assert not any(sees(owners, other) for other in ("k9", "k99", "k0100", "x100", "100"))
