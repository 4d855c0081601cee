"""Promise 13, the part of forms: tablets are away for 400 days while forms gain revisions.

Two tablets go away with a form's revision of the day, and edit on. Meanwhile the programme
publishes revisions (fields and cells renamed, options replaced, fields added) and others edit in
those. Then the tablets send what they have. Every answer that somebody gave last has to be there:
shown, or among the candidates of an open unit, or in quarantine with its owner.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from conflict.revision import Rev
from sync_server.service.case_forms import CaseForms
from tests.promises.soaking import rounds
from tests.schemas.workbooks import end, option, question
from tests.service.conftest import CASE, Programme, new_programme
from tests.service.test_publishing import definition, publish

pytestmark = pytest.mark.promise(13)

HISTORIES = 20
DAYS = 400
SENTENCE = "Seen. Heard. Noted."
Answers = dict[str, Any]


@dataclass
class Forms:
    """A form as its revisions call its parts, by what they are called here."""

    random: Random
    names: dict[str, str] = field(
        default_factory=lambda: {one: one for one in ("plain", "story", "risk", "rows", "cell")}
    )
    choices: list[dict[str, Any]] = field(
        default_factory=lambda: [option("risk", one) for one in ("low", "mid", "high")]
    )
    renamed: dict[str, str] = field(default_factory=dict)
    more: int = 0
    revision: int = 0

    def survey(self) -> list[dict[str, Any]]:
        def named(part: str, kind: str, **columns: Any) -> dict[str, Any]:
            return question(
                kind, self.names[part], renamed_from=self.renamed.get(part, ""), **columns
            )

        return [
            named("plain", "text", merge="changed"),
            named("story", "text", merge="text"),
            named("risk", "select_one risk", merge="changed"),
            named("rows", "begin repeat"),
            named("cell", "text"),
            end("repeat"),
            *(question("text", f"more{n}") for n in range(self.more)),
        ]

    def publish(self, programme: Programme) -> None:
        """Publishes what the form is now."""
        told = definition(*self.survey(), choices=self.choices)
        self.revision = publish(programme, told).revision

    def change(self) -> None:
        """One or two changes for the next revision."""
        self.renamed = {}
        for part in self.random.sample(sorted(self.names), self.random.randint(0, 2)):
            self.renamed[part] = self.names[part]
            self.names[part] = f"{part}{self.revision + 1}"
        if self.random.random() < 0.4:
            at = self.random.randrange(3)
            old = self.choices[at]["name"]
            new = f"{old.rstrip('0123456789')}{self.revision + 1}"
            self.choices = [*self.choices]
            self.choices[at] = option("risk", new, replaces=old)
        else:
            self.choices = [option("risk", one["name"]) for one in self.choices]
        self.more += self.random.random() < 0.5

    def answers(self, told: Answers) -> Answers:
        """Answers by what parts are called here, as the revision of today has them."""
        named = {self.names[part]: value for part, value in told.items() if part != "cell"}
        rows = [{"id": "r1", self.names["cell"]: told["cell"]}]
        return {**named, self.names["rows"]: rows}


@dataclass
class Tablet:
    """A tablet that holds a revision of the document and edits on.

    Attributes:
        risk: what was chosen when it went away.
        marks: of each part that was edited, what it was given last.
    """

    name: str
    base: Rev
    revision: int
    names: Forms
    told: Answers
    risk: str
    path: list[Rev] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)

    def edit(self, random: Random, number: int) -> None:
        """One edit of one or two parts."""
        for part in random.sample(["plain", "story", "risk", "cell"], random.randint(1, 2)):
            mark = f"{self.name}-{number}-{part}"
            if part == "story":
                self.told[part] = SENTENCE.replace("Heard.", f"{mark}.")
            elif part == "risk":
                others = (one["name"] for one in self.names.choices if one["name"] != self.risk)
                self.told[part] = mark = random.choice(sorted(others))
            else:
                self.told[part] = mark
            self.marks[part] = mark
        generation = self.base.generation + len(self.path) + 1
        digest = f"{random.getrandbits(128):032x}"
        self.path.insert(0, Rev(generation, digest))

    def send(self, programme: Programme) -> None:
        """Sends the last of the edits, as CouchDB's clients do."""
        digests = [rev.digest for rev in self.path] + [self.base.digest]
        revisions = {"start": self.path[0].generation, "ids": digests}
        programme.write(
            self.name,
            "k100",
            self.names.answers(self.told),
            form_rev=self.revision,
            _revisions=revisions,
        )


def lost(programme: Programme, tablet: Tablet, replaced: dict[str, str]) -> list[str]:
    """What a tablet's owner said last that is nowhere."""
    shown = programme.shown("bilal", "k100")
    refused = [one for one in programme.quarantine("bilal") if one["owner"] == tablet.name]
    found = json.dumps([shown["data"], shown.get("merge", {})])
    return [
        mark
        for mark in tablet.marks.values()
        if not refused and not any(one in found for one in readings(mark, replaced))
    ]


def readings(mark: str, replaced: dict[str, str]) -> list[str]:
    """An answer, and what it is called in later revisions."""
    found = [mark]
    while found[-1] in replaced:
        found.append(replaced[found[-1]])
    return found


def history(seed: int, folder: Path) -> list[str]:
    """What is lost of one history: nothing, if the promise is kept."""
    random = Random(seed)
    with new_programme(folder, f"sqlite:///{folder}/kanaf.db") as programme:
        start = programme.kanaf.clock()
        programme.write("amina", "k1", CASE)
        forms = Forms(random)
        forms.publish(programme)
        told = {"plain": "first", "story": SENTENCE, "risk": "low", "cell": "first"}
        programme.write("amina", "k100", forms.answers(told))
        replaced: dict[str, str] = {}
        tablets: list[Tablet] = []
        for name in ("amina", "bilal"):
            base = Rev.parse(programme.shown(name, "k100")["_rev"])
            risk = readings(told["risk"], replaced)[-1]
            read = {**told, "risk": risk}
            tablet = Tablet(name, base, forms.revision, _copy(forms), read, risk)
            for number in range(random.randint(1, 3)):
                tablet.edit(random, number)
            tablets.append(tablet)
            for _ in range(random.randint(1, 2)):
                forms.change()
                replaced |= {
                    one["replaces"]: one["name"] for one in forms.choices if one.get("replaces")
                }
                forms.publish(programme)
            if random.random() < 0.5:
                edit_online(programme, forms, random)
        programme.kanaf.clock = lambda: start + DAYS * 86_400
        for tablet in random.sample(tablets, 2):
            tablet.send(programme)
        return [mark for one in tablets for mark in lost(programme, one, replaced)]


def edit_online(programme: Programme, forms: Forms, random: Random) -> None:
    """Somebody at the office adds to what stands, in the revision of today."""
    if forms.more:
        shown = programme.shown("amina", "k100")
        if shown["form_rev"] == forms.revision:
            data = {**shown["data"], "more0": f"office-{random.random()}"}
            programme.write("amina", "k100", data, form_rev=forms.revision, _rev=shown["_rev"])


def _copy(forms: Forms) -> Forms:
    return Forms(forms.random, dict(forms.names), [*forms.choices], {}, forms.more, forms.revision)


def losses(seeds: range) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            if gone := history(seed, Path(folder)):
                found[seed] = gone
    return found


def test_nothing_that_was_written_while_forms_changed_is_lost() -> None:
    for seed in rounds(13, "histories of forms", HISTORIES):
        found = losses(range(seed, seed + HISTORIES))
        print(
            f"promise 13, forms: {HISTORIES} histories in which forms gained revisions while two "
            f"tablets were away for {DAYS} days, {len(found)} lost an answer; seed {seed}"
        )
        assert found == {}


def _forgetting(read_as: Callable[..., Any]) -> Callable[..., Any]:
    """Reads a body as a later revision, and leaves out what that has not."""

    def read(self: CaseForms, body: dict[str, Any], revision: int) -> dict[str, Any]:
        form = self.form(body["form"], revision)
        names = {one.name for one in form.fields} if form else set()
        data = {name: one for name, one in body["data"].items() if name in names}
        return {**body, "data": data, "form_rev": revision}

    return read


def test_a_revision_that_forgets_what_it_calls_otherwise_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The planted fault."""
    monkeypatch.setattr(CaseForms, "read_as", _forgetting(CaseForms.read_as))

    assert losses(range(1, 21))
