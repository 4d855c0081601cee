"""Histories of a few people, their tablets and the cases that they write, share and move."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tablet.stock import StockTablet
from tests.promises import sharing_oracle as oracle
from tests.promises.honest_tablet import WHOLE, HonestTablet, PouchTablet, Shown, Tablet
from tests.promises.programme_directory import ROLES
from tests.promises.sharing_programme import CONFIGURATION, PUBLISHED, Programme, Standing
from tests.protocol.api import Api
from tests.protocol.cases import REGISTRATION, opening, ulid
from tests.support.personas import case_document

Json = dict[str, Any]
PLACES = {
    "amina": ("caseworker", "A", ("khartoum",), "01"),
    "bilal": ("supervisor", "A", ("khartoum", "omdurman"), None),
    "chen": ("service_provider", "B", ("khartoum-health",), None),
    "dina": ("caseworker", "C", ("omdurman", "khartoum"), "02"),
    "manager": ("agency_manager", "A", ("khartoum",), None),
    "tracer": ("tracing_officer", "B", ("khartoum-health",), None),
    "clerk": ("data_clerk", "A", ("khartoum",), None),
    "hub": ("hub", "D", (), ""),
}
"""Who takes part in every history: role, agency, groups, area within the history's own."""
ONCE = ("k20", "k22", "k24", *PUBLISHED)
OFTEN = ("k7", "k23")
SHARED_FORMS = ("k1", "k7", "k20", "k21", "k22", "k23", *PUBLISHED)
AREAS = (None, "", "01", "02", "01001")
WITH_TWO_TABLETS = 0.4
FEWEST_STEPS, MOST_STEPS = 12, 25
PAGES = (1, 2, 3, 7, 25, WHOLE)
LEAST_AT_FIRST = 25
"""The smallest page of most first syncs, which fetch the configuration: it is not what is tried."""


@dataclass(frozen=True)
class Begun:
    """A record's owner, and the agency, group and area in which it was begun."""

    owner: str
    agency: str
    group: str | None
    area: str | None


def cast(seed: int) -> list[oracle.User]:
    """The people of a history; in no other history is anybody of their agencies or groups."""
    return [
        oracle.User(
            f"{name}-{seed}", role, f"{agency}{seed}", groups_of(seed, groups), area_of(seed, area)
        )
        for name, (role, agency, groups, area) in PLACES.items()
    ]


def groups_of(seed: int, groups: Sequence[str]) -> tuple[str, ...]:
    """Groups in which nobody of another history is."""
    return tuple(f"{group}-{seed}" for group in groups)


def area_of(seed: int, area: str | None) -> str | None:
    """An area in which nobody of another history is; in a country whose areas are not looked up."""
    return None if area is None else f"ET{seed % 100_000:05}{area}"


class History:
    """Some people's life, step by step."""

    def __init__(self, programme: Programme, seed: int, pouch: StockTablet | None = None) -> None:
        """The people of `cast(seed)`, who are enrolled, with empty tablets.

        Args:
            pouch: somebody's tablet, if one of them is to be a stock PouchDB.
        """
        self.seed = seed
        self.compared = 0  # documents of cases on tablets, at every rest
        self._programme = programme
        self._random = Random(seed)
        self._names = [f"{name}-{seed}" for name in PLACES]
        self._begun: dict[str, Begun] = {}
        self._tablets: list[Tablet] = [self._tablet(name, "1") for name in self._names]
        if self._random.random() < WITH_TWO_TABLETS:
            self._tablets.append(self._tablet(self._names[0], "2"))
        if pouch is not None:
            place = self._random.randrange(len(self._tablets))
            given = self._tablets[place].persona
            self._tablets[place] = PouchTablet(given, programme.url, pouch)
        self.steps = self._random.randint(FEWEST_STEPS, MOST_STEPS)
        self._first: list[Callable[[], None]]
        self._first = [self._begin, self._synced, self._refer, self._answer]

    def step(self) -> None:
        """Something happens."""
        steps: Mapping[Callable[[], None], int] = {
            self._begin: 3,
            self._edit: 8,
            self._edit_apart: 4,
            self._add: 5,
            self._refer: 5,
            self._answer: 7,
            self._end: 3,
            self._consent: 5,
            self._settle: 3,
            self._delete: 2,
            self._write_what_is_refused: 2,
            self._decide: 3,
            self._move_somebody: 7,
            self._move_and_back: 4,
            self._shut_out_or_let_in: 3,
            self._configure: 1,
            self._synced: 10,
        }
        if self._first:
            self._do(self._first.pop(0))
            return
        (chosen,) = self._random.choices(list(steps), list(steps.values()))
        self._do(chosen)

    def faults(self) -> list[str]:
        """Where a tablet does not show what its user may see, when all have synced at rest."""
        let_in = [one for one in self._tablets if self._may_come_in(one)]
        for tablet in let_in:
            self._push(tablet)
        for tablet in let_in:
            tablet.pull()
        standing = self._programme.standing(self._begun)
        expected = oracle.holdings(
            map(self._programme.directory.user, self._names),
            self._records(standing),
            [one for one, it in standing.items() if _record(one) == CONFIGURATION and it.rev],
        )
        found: list[str] = []
        for tablet in let_in:
            may_see = expected[tablet.persona.name]
            self.compared += sum(_record(one) != CONFIGURATION for one in may_see)
            found += [
                f"{tablet.persona.device}: {one}" for one in _differences(tablet, may_see, standing)
            ]
        return found

    def _records(self, standing: Mapping[str, Standing]) -> list[oracle.Record]:
        documents: dict[str, dict[str, list[Json]]] = {one: {} for one in self._begun}
        for name, one in standing.items():
            if one.rev and _record(name) in documents:
                documents[_record(name)][name] = one.live
        return [
            oracle.Record(begun.owner, begun.agency, begun.group, begun.area, documents[record])
            for record, begun in self._begun.items()
        ]

    # What people do on their tablets

    def _begin(self) -> None:
        tablet = self._any_tablet(
            *(("amina", "bilal", "clerk") if self._random.random() < 0.8 else ())
        )
        record = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        consent = self._random.random() < 0.7
        self._write(tablet, f"{record}:k1", opening(record, consent))
        self._write(tablet, f"{record}:k21", REGISTRATION)
        for form in ONCE:
            if self._random.random() < 0.4:
                self._write(tablet, f"{record}:{form}", self._answers(form))
        self._perhaps_sync(tablet)

    def _edit(self) -> None:
        tablet, document, shown = self._any_document(
            "k20", "k21", "k22", "k24", "k7", "k23", *PUBLISHED
        )
        self._write(tablet, document, {**shown.body["data"], **self._changed(document)}, shown)
        self._perhaps_sync(tablet)

    def _edit_apart(self) -> None:
        """Two edit what both have, before either has sent it."""
        tablet, document, shown = self._any_document("k1", "k20", "k21", "k22", "k24", "k2")
        others = [one for one in self._tablets if one is not tablet and document in one.documents()]
        for one in (tablet, self._random.choice(others or [tablet])):
            data = one.documents()[document].body["data"]
            self._write(one, document, {**data, **self._changed(document)}, shown)
        self._perhaps_sync(tablet)

    def _add(self) -> None:
        tablet, document, _ = self._any_document("k1", "k2", "k21")
        form = self._random.choice((*ONCE, *OFTEN, *OFTEN))
        name = f"{_record(document)}:{form}{f':{ulid()}' if form in OFTEN else ''}"
        if name not in tablet.documents():
            self._write(tablet, name, self._answers(form))
            self._perhaps_sync(tablet)

    def _refer(self) -> None:
        tablet, document, _ = self._any_document("k1")
        forms = self._random.sample(SHARED_FORMS, self._random.randint(1, 4))
        to = "chen" if self._random.random() < 0.4 else self._random.choice(list(PLACES))
        data = {"to_user": f"{to}-{self.seed}", "forms": forms, "service": "psychosocial"}
        state = "draft" if self._random.random() < 0.1 else "complete"
        self._write(tablet, f"{_record(document)}:k2:{ulid()}", data, state=state)
        self._perhaps_sync(tablet)

    def _answer(self) -> None:
        addressed = [
            (tablet, name, shown)
            for tablet in self._tablets
            for name, shown in tablet.documents().items()
            if ":k2:" in name and shown.body["data"].get("to_user") == tablet.persona.name
        ]
        if addressed:
            tablet, name, shown = self._random.choice(addressed)
            answers = ["accepted", "accepted", "accepted", "rejected", "done"]
            data = {**shown.body["data"], "response": self._random.choice(answers)}
            self._write(tablet, name, data, shown)
            self._perhaps_sync(tablet)

    def _end(self) -> None:
        tablet, document, shown = self._any_document("k2")
        data = {**shown.body["data"], "ended": not shown.body["data"].get("ended")}
        self._write(tablet, document, data, shown)
        self._perhaps_sync(tablet)

    def _consent(self) -> None:
        tablet, document, shown = self._any_document("k1")
        given = shown.body["data"]["consent_to_share"]
        self._write(tablet, document, {**shown.body["data"], "consent_to_share": not given}, shown)
        self._perhaps_sync(tablet)

    def _settle(self) -> None:
        """Somebody decides what a merge left open."""
        tablet, document, shown = self._any_document()
        opened = shown.body.get("merge", {}).get("open", {})
        if opened:
            settles = {unit: [one["rev"] for one in waiting] for unit, waiting in opened.items()}
            self._write(tablet, document, shown.body["data"], shown, settles=settles)
            self._perhaps_sync(tablet)

    def _delete(self) -> None:
        tablet, document, _ = self._any_document()
        tablet.write(document, {"_deleted": True})
        self._perhaps_sync(tablet)

    def _write_what_is_refused(self) -> None:
        tablet, document, shown = self._any_document("k21", "k22", "k1")
        self._write(tablet, document, {**shown.body["data"], "shoe_size": "enormous"}, shown)
        self._perhaps_sync(tablet)

    # What is decided at the office

    def _decide(self) -> None:
        """A supervisor decides about what was refused."""
        name = self._names[1]
        if not self._programme.directory.user(name).active:
            return
        desk = next(one for one in self._tablets if one.persona.name == name)
        url = self._programme.url.replace("/sync/", "/api/v1/")
        waiting = Api(url, desk.persona.session).get("quarantine").json()["quarantine"]
        if waiting:
            one = self._random.choice(waiting)
            accept = self._random.random() < 0.5
            if self._programme.decide(name, one["entry"], accept=accept) and accept:
                self._note_begun(name, [one["document"]])

    def _move_somebody(self) -> None:
        user = self._programme.directory.user(self._random.choice(self._names))
        if user.active:
            self._programme.directory.change(user.name, **self._another_place(user))

    def _move_and_back(self) -> None:
        """Somebody's rights are changed and given back while there is something new for them, and
        between the two they sync, before or after their feed has followed.
        """
        tablet, document, _ = self._any_document("k20", "k21", "k22", "k7")
        user = self._programme.directory.user(tablet.persona.name)
        for other in self._tablets:
            shown = other.documents().get(document)
            if shown and other.persona.name != user.name and self._may_come_in(other):
                data = {**shown.body["data"], **self._changed(document)}
                self._write(other, document, data, shown)
                self._push(other)
        if user.active:
            change = self._programme.directory.change
            change(user.name, **self._another_place(user))
            if self._random.random() < 0.5:
                self._programme.come_to_rest()
            tablet.pull()
            change(
                user.name,
                role=user.role,
                agency=user.agency,
                groups=user.groups,
                area=user.area,
            )

    def _another_place(self, user: oracle.User) -> Json:
        """Another role or agency, other groups or another area."""
        place = {
            "role": user.role,
            "agency": user.agency,
            "groups": user.groups,
            "area": user.area,
        }
        groups = groups_of(self.seed, ("khartoum", "khartoum-health", "omdurman"))
        others = {
            "role": ROLES,
            "agency": [f"{one}{self.seed}" for one in "ABC"],
            "groups": [(), *((one,) for one in groups), groups[:2], groups[1:], groups[::-1]],
            "area": [area_of(self.seed, one) for one in AREAS],
        }
        what = self._random.choice(list(others))
        return {**place, what: self._random.choice(others[what])}

    def _shut_out_or_let_in(self) -> None:
        out = [one for one in self._names if not self._programme.directory.user(one).active]
        name = self._random.choice(out if out and self._random.random() < 0.7 else self._names)
        active = not self._programme.directory.user(name).active
        self._programme.directory.let_in(name, active=active)

    def _configure(self) -> None:
        self._programme.directory.add_agency(f"D{self.seed}-{self._random.getrandbits(32)}")

    # Syncing

    def _synced(self) -> None:
        """All sync, one after the other, some of them badly."""
        for tablet in self._random.sample(self._tablets, len(self._tablets)):
            if self._random.random() < 0.7:
                self._sync(tablet)

    def _perhaps_sync(self, tablet: Tablet) -> None:
        if self._random.random() < 0.6:
            self._sync(tablet)

    def _sync(self, tablet: Tablet) -> None:
        """As much of a sync as the link allows."""
        limit = self._random.choice(PAGES)
        if not tablet.has_synced and self._random.random() < 0.9:
            limit = max(limit, LEAST_AT_FIRST)
        cut = self._random.randrange(12) if self._random.random() < 0.3 else None
        if not self._may_come_in(tablet):
            return
        if self._random.random() < 0.9:
            self._push(tablet)
        if self._random.random() < 0.9:
            tablet.pull(limit, cut)

    def _push(self, tablet: Tablet) -> None:
        self._note_begun(tablet.persona.name, tablet.push())

    def _note_begun(self, name: str, accepted: Sequence[str]) -> None:
        """§5: a new record belongs to its author and the author's agency; it is begun in the first
        of their groups, and in their area.
        """
        user = self._programme.directory.user(name)
        for record in map(_record, accepted):
            if record != CONFIGURATION:
                group = user.groups[0] if user.groups else None
                self._begun.setdefault(record, Begun(user.name, user.agency, group, user.area))

    def _may_come_in(self, tablet: Tablet) -> bool:
        return self._programme.directory.user(tablet.persona.name).active

    # Chances

    def _do(self, something: Callable[[], None]) -> None:
        try:
            something()
        except NothingThere:
            self._synced()

    def _any_tablet(self, *preferred: str) -> Tablet:
        among = [one for one in self._tablets if one.persona.name.partition("-")[0] in preferred]
        return self._random.choice(among or self._tablets)

    def _any_document(self, *forms: str) -> tuple[Tablet, str, Shown]:
        """A document of one of some forms, or of any, as one of the tablets shows it.

        Raises:
            NothingThere: no tablet shows any.
        """
        for tablet in self._random.sample(self._tablets, len(self._tablets)):
            found = [
                (name, shown)
                for name, shown in sorted(tablet.documents().items())
                if _record(name) != CONFIGURATION
                and ":conflict:" not in name
                and (not forms or name.split(":")[1] in forms)
            ]
            if found:
                return tablet, *self._random.choice(found)
        raise NothingThere

    def _write(
        self,
        tablet: Tablet,
        document: str,
        data: Json,
        shown: Shown | None = None,
        state: str = "complete",
        **members: Any,
    ) -> None:
        record, form, *name = document.split(":")
        author, device = tablet.persona.name, tablet.persona.device
        body = case_document(record, form, author, device, data, name=(*name, None)[0], state=state)
        carried = shown.body.get("merge") if shown else None
        if carried and self._random.random() < 0.3:
            body["merge"] = carried
        del body["_id"]
        tablet.write(document, {**body, **members})

    def _answers(self, form: str) -> Json:
        return {
            "k20": {"full_name": "an invented name"},
            "k22": {"assessed_on": "2026-11-21", "risk_level": "low"},
            "k24": self._consent_form(refused=0.2),
            **{code: {"told": "first"} for code in PUBLISHED},
            "k7": {"note": "seen at home"},
            "k23": {
                "visited_on": "2026-11-22",
                "contact_type": "home_visit",
                "situation": "as before",
            },
        }[form]

    def _consent_form(self, refused: float) -> Json:
        """What a consent form says; with some chance that nothing is shared, or not any more."""
        shares = {"share": True, "share_with": ["health"]}
        told = {"given_by": "caregiver", "services": True, "given_on": "2026-11-20"}
        if self._random.random() >= refused:
            return {**told, **shares}
        if self._random.random() < 0.5:
            return {**told, "share": False}
        return {**told, **shares, "withdrawn_on": "2026-11-22"}

    def _changed(self, document: str) -> Json:
        """What an edit of a document changes."""
        number = self._random.randrange(4)
        match document.split(":")[1]:
            case "k1":
                return {"consent_to_share": number < 2}
            case "k2":
                return self._random.choice(
                    [{"reason": f"reason {number}"}, {"ended": number < 2}, {"forms": ["k21"]}]
                )
            case "k24":
                return self._consent_form(refused=0.5)
            case "k20":
                return {"nickname": f"name {number}"}
            case "k21":
                return {"age": number, "in_school": number < 2}
            case "k22":
                return {"risk_level": self._random.choice(["low", "medium", "high"])}
            case "k7":
                return {"note": f"note {number}"}
            case "k23":
                return {"situation": f"situation {number}"}
            case _:
                return {"told": f"told {number}"}

    def _tablet(self, name: str, which: str) -> HonestTablet:
        persona = self._programme.directory.tablet(name, f"{name}-tablet-{which}")
        return HonestTablet(persona, self._programme.url, pushes_back=self._random.random() < 0.3)


class NothingThere(Exception):
    """No tablet shows what a step needs."""


def _record(document: str) -> str:
    return document.partition(":")[0]


def _differences(
    tablet: Tablet, may_see: frozenset[str], standing: Mapping[str, Standing]
) -> Iterator[str]:
    """Where a tablet shows too little, too much or something else.

    What was refused from it is excepted while the service has not taken it, or from whoever sees
    no more of that document.
    """

    def is_excepted(document: str, rev: str) -> bool:
        return document not in may_see or rev not in standing[document].known

    shown = tablet.without(is_excepted)
    expected = may_see - (tablet.refused.keys() if isinstance(tablet, PouchTablet) else set())
    yield from (f"{name} is missing" for name in sorted(expected - shown.keys()))
    yield from (f"{name} is held" for name in sorted(shown.keys() - may_see))
    for name in sorted(expected & shown.keys()):
        if shown[name].rev != standing[name].rev:
            yield f"{name} is shown as {shown[name].rev}, {standing[name].rev} stands"
        elif shown[name].body != standing[name].body:
            yield f"{name} {shown[name].rev} has another body"
