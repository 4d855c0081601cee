"""Every role, in every relation to a record, with every form: one table."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.sharing.audience import audience, sees, visible_parts
from sync_server.sharing.facts import Directory, Person, Record, Referral, ReferralState
from sync_server.sharing.roles import IDENTIFYING, PUBLISHED, ROLES, SURVIVORS, in_programme

ORDINARY, WHO, TOLD, WHO_TOLD = "k100", "k101", "k102", "k103"
CATALOG = {
    ORDINARY: frozenset({PUBLISHED}),
    WHO: frozenset({PUBLISHED, IDENTIFYING}),
    TOLD: frozenset({PUBLISHED, SURVIVORS}),
    WHO_TOLD: frozenset({PUBLISHED, IDENTIFYING, SURVIVORS}),
}
"""What a programme has published: an ordinary form, one that tells who the child is, one that is
about what a survivor told, and one that does both.
"""
SHIPPED = ("k1", "k2", "k7", "k8", *(f"k{number}" for number in range(20, 29)))
FORMS = (*SHIPPED, *CATALOG)
AGREED = frozenset({"k21", "k22"})
REFERRAL = "k2:01J0000000000000000000000A"
OWNER, SOMEBODY = 1, 2
RELATIONS = (
    *("owner", "group", "second group", "agency", "area", "area within"),
    *("addressed", "accepted", "without consent", "over", "emergency", "none"),
)
CASEWORK = {*FORMS} - {"k2"}
TRACING = {"k7", "k8", "k23", "k27"}
READS = {
    "caseworker": {*FORMS},
    "supervisor": {*FORMS},
    "service_provider": {*FORMS},
    "agency_manager": {*FORMS} - {TOLD, WHO_TOLD},
    "tracing_officer": TRACING | {"k1", "k20", "k21"},
    "data_clerk": CASEWORK - {"k20", "k8", WHO, TOLD, WHO_TOLD},
    "hub": {*FORMS},
}
"""Of the records that a role is about."""
ABOUT = {
    "owner": READS.keys(),
    "group": {"supervisor", "data_clerk"},
    "second group": {"supervisor", "data_clerk"},
    "agency": {"agency_manager", "tracing_officer"},
    "area": {"hub"},
    "area within": {"hub"},
}
NO_CASES = {"administrator", "information_officer", "national_viewer"}
GROUPS = {
    "owner": ("khartoum",),
    "group": ("khartoum",),
    "second group": ("elsewhere", "khartoum"),
}
AREAS = {"area": "SD01", "area within": "SD", "owner": "SD01"}


def person(role: str, relation: str) -> Person:
    number = OWNER if relation == "owner" else SOMEBODY
    agency = "A" if relation in ("owner", "agency") else "B"
    groups = GROUPS.get(relation, ("elsewhere",))
    known = in_programme(ROLES[role], CATALOG)
    return Person(number, "somebody", known, agency, groups, AREAS.get(relation, "SD02"))


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
    consent = relation != "without consent"
    in_emergency = frozenset({SOMEBODY}) if relation == "emergency" else frozenset()
    return Record(OWNER, "A", "khartoum", consent, referrals, "SD01", in_emergency)


def expected(role: str, relation: str) -> set[str]:
    """What the table says; a referral is to a person, but who keeps the server sees no record."""
    if relation == "emergency":
        return {*FORMS} if role == "administrator" else set()
    if role in NO_CASES:
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
    alone = Person(SOMEBODY, "somebody", ROLES["supervisor"], "A")

    assert visible_parts(alone, Record(OWNER, "A", None, True)) == frozenset()


def test_areas_whose_codes_begin_alike_are_not_in_one_another() -> None:
    hub = Person(SOMEBODY, "hub", ROLES["hub"], "A", area="SD011")

    assert visible_parts(hub, Record(OWNER, "A", None, True, area="SD01")) == frozenset()
    assert visible_parts(hub, Record(OWNER, "A", None, True)) == frozenset()


@pytest.mark.parametrize("role", ["supervisor", "data_clerk", "agency_manager"])
def test_who_begins_a_record_sees_it_whatever_becomes_of_their_place(role: str) -> None:
    moved = Person(OWNER, "somebody", in_programme(ROLES[role], CATALOG), "B")

    assert visible_parts(moved, Record(OWNER, "A", "khartoum", True)) == READS[role]


def test_an_agency_in_common_shows_supervisors_nothing() -> None:
    colleague = Person(
        SOMEBODY, "somebody", in_programme(ROLES["supervisor"], CATALOG), "A", ("elsewhere",)
    )

    assert visible_parts(colleague, Record(OWNER, "A", "khartoum", True)) == frozenset()


groups = st.sampled_from(["khartoum", "omdurman", None])
areas = st.sampled_from(["SD", "SD01", "SD02", "SD01001", None])
roles = st.sampled_from(sorted(ROLES)).map(lambda name: in_programme(ROLES[name], CATALOG))
people = st.builds(
    Person,
    st.integers(1, 6),
    st.just("somebody"),
    roles,
    st.sampled_from(["A", "B"]),
    st.lists(st.sampled_from(["khartoum", "omdurman", "kassala"]), unique=True).map(tuple),
    areas,
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
    areas,
    st.frozensets(st.integers(1, 6), max_size=2),
)


@given(records, st.lists(people, max_size=6))
def test_nobody_else_is_in_an_audience(case: Record, somebody: list[Person]) -> None:
    directory = Directory.of(somebody)

    for user, parts in audience(case, directory).items():
        one = directory.people[user]
        is_theirs = {
            "group": case.group in one.groups,
            "agency": one.agency == case.agency,
            "area": one.area is not None and (case.area or "").startswith(one.area),
        }.get(one.role.scope, False)
        addressed = [referral for referral in case.referrals if referral.to == user]
        assert parts
        assert user == case.owner_id or is_theirs or addressed or user in case.in_emergency
        if not is_theirs and user not in {case.owner_id, *case.in_emergency}:
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


@pytest.mark.parametrize("word", ["published", "identifying", "survivors"])
def test_a_form_that_nothing_is_known_of_is_seen_by_nobody(word: str) -> None:
    owners = visible_parts(person("caseworker", "owner"), record("owner"))

    assert not any(sees(owners, other) for other in ("k9", "k99", "k999", word))
    assert sees(owners, f"{ORDINARY}:01J0000000000000000000000A")


def test_a_role_of_the_programmes_own_may_name_the_forms_of_survivors() -> None:
    named = replace(ROLES["agency_manager"], reads=frozenset({"k21", PUBLISHED, SURVIVORS}))
    one = Person(SOMEBODY, "somebody", in_programme(named, CATALOG), "A")

    assert visible_parts(one, record("agency")) == {"k21", ORDINARY, TOLD}
