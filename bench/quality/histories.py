"""Histories: who opens, saves, sends and fetches the form when, and what each of them means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from bench.quality.acts import Act, Arrange, CopyRow, Edit, RemoveRow, SetTogether
from bench.quality.cast import CASTS, Person
from bench.quality.document import Data
from bench.quality.lookalikes import SCENES, Scene
from bench.quality.planning import Desk, Names, first_answers, new_value, planned
from bench.quality.truth import Truth, truth

LOOK_ALIKES = 0.25
"""The share of histories that hold one."""
NEWS = 0.15
"""The share of histories in which two people record the same news, as after a case conference."""
MISHEARD = 0.25
"""The share of such news that the two record differently."""


class Does(StrEnum):
    """What happens to a tablet."""

    EDIT = "edit"
    PUSH = "push"
    PULL = "pull"


@dataclass(frozen=True)
class Step:
    """Something that happens to somebody's tablet."""

    does: Does
    who: str
    edit: Edit | None = None


@dataclass(frozen=True)
class History:
    """One document, and what people do to it.

    Attributes:
        base: the answers that everybody has at first.
        steps: in order; every edit is pushed before the end.
        wordings: the sentence of every wording.
        scene: the look-alike that is played; empty without one.
    """

    seed: int
    base: Data
    steps: tuple[Step, ...]
    wordings: Mapping[str, str]
    scene: str

    @property
    def edits(self) -> list[Edit]:
        """In the order in which they were made."""
        return [step.edit for step in self.steps if step.edit]

    def truth(self) -> Truth:
        """What is right in the end."""
        return truth(self.base, self.edits, self.wordings)


@dataclass
class _Play:
    """A history in the making: what has reached whom, by the numbers of edits."""

    random: Random
    names: Names
    base: Data
    people: tuple[Person, ...]
    steps: list[Step] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    server: set[int] = field(default_factory=set)
    known: dict[str, set[int]] = field(default_factory=dict)
    waiting: dict[str, list[tuple[Act, ...]]] = field(default_factory=dict)

    def desk(self, who: str) -> Desk:
        known = self.known.get(who, set())
        seen = [edit for edit in self.edits if edit.number in known]
        return Desk(self.random, self.names, truth(self.base, seen, self.names.wordings))

    def edit(self, person: Person) -> None:
        """What they were going to do in any case, or what they come to do; not one part twice."""
        desk = self.desk(person.name)
        waiting = self.waiting.get(person.name, [])
        acts = waiting.pop(0) if waiting else ()
        number = len(self.edits)
        acts = _in_one_go((*acts, *_not_about_the_same(acts, planned(desk, person.role))))
        known = self.known.setdefault(person.name, set())
        edit = Edit(number, person.name, frozenset(known), acts)
        known.add(number)
        self.edits.append(edit)
        self.steps.append(Step(Does.EDIT, person.name, edit))

    def push(self, person: Person) -> None:
        self.server |= self.known.get(person.name, set())
        self.steps.append(Step(Does.PUSH, person.name))

    def pull(self, person: Person) -> None:
        """Sends first, as tablets do; then fetches. What they were going to do was about what they
        saw before.
        """
        self.push(person)
        self.waiting.pop(person.name, None)
        self.known[person.name] = set(self.server)
        self.steps.append(Step(Does.PULL, person.name))

    def finish(self) -> None:
        """What was going to be done is done, and all is sent."""
        for person in self.people:
            while self.waiting.get(person.name):
                self.edit(person)
        for person in self.random.sample(self.people, len(self.people)):
            self.push(person)


def history(seed: int) -> History:
    """The history of a seed; the same for the same seed."""
    random = Random(seed)
    names = Names(random)
    base = first_answers(names)
    people, _ = random.choices(CASTS, [weight for _, weight in CASTS])[0]
    play = _Play(random, names, base, people)
    scene = _meet(play)
    patterns = [*PATTERNS]
    random.choices(patterns, [PATTERNS[one] for one in patterns])[0](play)
    play.finish()
    return History(seed, base, tuple(play.steps), dict(names.wordings), scene)


def _meet(play: _Play) -> str:
    """Now and then two of them are going to meet in one part of the document."""
    one, other = play.random.sample(play.people, 2)
    act = play.random.random()
    if act < LOOK_ALIKES:
        scene = play.random.choice(SCENES)
        _cast(play, one, other, scene(play.desk(one.name)))
        return scene.__name__
    if act < LOOK_ALIKES + NEWS:
        _cast(play, one, other, _news(play))
        return "news"
    return ""


def _cast(play: _Play, one: Person, other: Person, scene: Scene) -> None:
    play.waiting = {one.name: list(scene.one), other.name: [scene.other]}


def _news(play: _Play) -> Scene:
    """Both were told the same, and most of the time both heard it."""
    desk = play.desk("")
    path = (play.random.choice(["phone", "location_current", "caregiver_name", "next_visit_on"]),)
    acts: list[Act] = new_value(desk, path)
    misheard = play.random.random() < MISHEARD
    desk.used.clear()
    others = new_value(desk, path) if misheard else acts
    return Scene((tuple(acts),), tuple(others))


def _not_about_the_same(first: tuple[Act, ...], more: tuple[Act, ...]) -> tuple[Act, ...]:
    """Those of `more` that change nothing that `first` is about."""
    taken = {_part(act) for act in first}
    return tuple(act for act in more if not {_part(act), _part(act)[:2]} & taken)


def _in_one_go(acts: tuple[Act, ...]) -> tuple[Act, ...]:
    """Nobody who takes a row out, or copies one, also puts that list in order in the same edit."""
    lists = {act.path[0] for act in acts if isinstance(act, RemoveRow | CopyRow)}
    return tuple(act for act in acts if not (isinstance(act, Arrange) and act.path[0] in lists))


def _part(act: Act) -> tuple[str, ...]:
    if isinstance(act, SetTogether):
        return (act.group,)
    if act.path == ("next_visit_on",):
        return ("status",)  # a case is closed and its next visit taken back in one go
    return act.path[:2] if len(act.path) > 1 else act.path


def _apart(play: _Play) -> None:
    """Everybody works on the same state and sends it days later."""
    for person in play.people:
        for _ in range(play.random.choice([1, 1, 2])):
            play.edit(person)


def _in_between(play: _Play) -> None:
    """The first has a network and sends every save; the others have none."""
    first, *others = play.people
    play.edit(first)
    play.push(first)
    for person in others:
        play.edit(person)
    play.edit(first)


def _on_a_merge(play: _Play) -> None:
    """After two edits have met, one of the two goes on from what came of them."""
    _apart(play)
    for person in play.people:
        play.push(person)
    person = play.random.choice(play.people)
    play.pull(person)
    play.edit(person)


def _late(play: _Play) -> None:
    """One goes on from what the others' edits came to; another's lie on their tablet still."""
    *others, late = play.random.sample(play.people, len(play.people))
    play.edit(late)
    for person in others:
        play.edit(person)
        play.push(person)
    play.pull(others[0])
    play.edit(others[0])


def _relay(play: _Play) -> None:
    """The second starts from the first's edit, and both go on apart."""
    first, second, *others = play.random.sample(play.people, len(play.people))
    for person in others:
        play.edit(person)
    play.edit(first)
    play.push(first)
    play.pull(second)
    play.edit(second)
    play.edit(first)


# Offline for days and then sending all is the rule where Primero is used without a network; the
# other orders are those in which a merger has to know what an author had seen.
PATTERNS: Mapping[Callable[[_Play], None], int] = {
    _apart: 60,
    _in_between: 10,
    _on_a_merge: 10,
    _late: 10,
    _relay: 10,
}
