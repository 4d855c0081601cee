"""Random edits of one document with units of every kind; clients that do as clients do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from typing import Any

from tests.conflict.replica import Body

Act = Callable[[Random, Body, int], None]
"""Changes a body; the number is another one for every edit."""
FIRST: Body = {
    "form": "k21",
    "form_rev": 1,
    "state": "draft",
    "data": {
        "age": 9,
        "needs": [],
        "risk": "low",
        "placement": "home",
        "story": "She was found at the market. Her aunt is known. School starts in May.",
        "log": "Monday: visited.\n",
        "family": [{"id": "r1", "name": "aunt", "skills": []}, {"id": "r2", "name": "uncle"}],
        "guardian": "aunt",
        "country": "SD",
    },
}
_SENTENCES = ("خالتها في كسلا.", "A neighbour helps.", "She likes drawing.", "Her aunt is known.")
_INSTANTS = ("2026-11-23T08:12:03+02:00", "2026-11-23T06:12:03Z", "2026-11-23T09:00:00+02:00")


def edited(random: Random, before: Body, serial: int, acts: Sequence[Act] | None = None) -> Body:
    """What a person makes of what their tablet shows; now and then the settling of an open unit.

    Args:
        acts: of which some are done; those of every kind where none are given.
    """
    if "_deleted" not in before and random.random() < 0.03:
        return {"_deleted": True}
    body = deepcopy(FIRST if "_deleted" in before else before)
    waiting = body.get("merge", {}).get("open", {})
    if waiting and random.random() < 0.5:
        _settle(random, body, waiting)
    for _ in range(random.randint(0 if waiting else 1, 2)):
        random.choice(acts or _ACTS)(random, body, serial)
    if random.random() < 0.3:  # a client that drops what it doesn't know
        body.pop("merge", None)
        body.pop("settles", None)
    return body


def _settle(random: Random, body: Body, waiting: dict[str, list[dict[str, Any]]]) -> None:
    """Decides an open unit; often for the value that is shown already, sometimes between some of
    its candidates only.
    """
    unit, candidates = random.choice(sorted(waiting.items()))
    named = [candidate["rev"] for candidate in candidates]
    if random.random() < 0.2:
        named = named[: random.randint(1, len(named))]
    body["settles"] = {unit: named}
    chosen = random.choice([candidates[0], random.choice(candidates)])
    part, _, name = unit.partition(".")
    if part == "data" and "[" not in name and "value" in chosen:
        body["data"][name] = chosen["value"]
    elif part == "data" and name.startswith("family["):
        _settle_row(random, body, name, chosen)
    elif part == "group" and "value" in chosen:
        body["data"].update(chosen["value"])
    elif unit == "state":
        body["state"] = chosen["value"]


def _settle_row(random: Random, body: Body, name: str, chosen: dict[str, Any]) -> None:
    """Keeps, changes or takes away the row that a unit is about."""
    row_id, _, cell = name.removeprefix("family[").partition("]")
    rows = [row for row in body["data"].get("family") or () if row.get("id") == row_id]
    if not rows:
        return
    if not cell and random.random() < 0.3:
        body["data"]["family"].remove(rows[0])
    elif cell.startswith(".") and "[" not in cell and "value" in chosen:
        rows[0][cell[1:]] = chosen["value"]
    else:
        rows[0]["name"] = random.choice(["aunt", "uncle"])


def _age(random: Random, body: Body, _: int) -> None:
    name = "years" if body["form_rev"] == 2 else "age"
    if random.random() < 0.15:
        body["data"].pop(name, None)
    else:
        body["data"][name] = random.choice([8, 9, 9.0, 10, None, True])


def _needs(random: Random, body: Body, _: int) -> None:
    element = random.choice(["food", "school", "shelter"])
    body["data"]["needs"] = sorted({*(body["data"].get("needs") or ())} ^ {element})


def _safety(random: Random, body: Body, _: int) -> None:
    body["data"]["risk"] = random.choice(["low", "medium", "high"])
    if random.random() < 0.5:
        body["data"]["placement"] = random.choice(["home", "centre"])


def _story(random: Random, body: Body, serial: int) -> None:
    parts = [f"{part}." for part in body["data"].get("story", "").split(". ") if part]
    place = random.randrange(len(parts) + 1)
    if random.random() < 0.5 and place < len(parts):
        parts[place] = f"Changed {serial % 3}."
    elif random.random() < 0.3 and place < len(parts):
        parts.append(parts.pop(place))
    else:
        parts.insert(place, random.choice(_SENTENCES))
    body["data"]["story"] = " ".join(parts)


def _log(random: Random, body: Body, serial: int) -> None:
    body["data"]["log"] = body["data"].get("log", "") + f"Day {serial % 5}: called.\n"


def _family(random: Random, body: Body, serial: int) -> None:
    rows = body["data"].setdefault("family", [])
    act = random.random()
    if act < 0.35 or not rows:
        rows.insert(random.randrange(len(rows) + 1), {"id": f"n{serial}", "name": "new"})
    elif act < 0.5:
        rows.pop(random.randrange(len(rows)))
    elif act < 0.6:
        random.shuffle(rows)
    elif act < 0.65:
        rows.append(dict(rows[0]))  # a row copied with its id
    elif act < 0.8:
        row = random.choice(rows)
        row["skills"] = sorted({*(row.get("skills") or ())} ^ {random.choice(["sewing", "maths"])})
    else:
        random.choice(rows)["name"] = random.choice(["aunt", "Aunt Z.", "uncle", None])


def _one(name: str, *values: object) -> Act:
    def edit(random: Random, body: Body, _: int) -> None:
        body["data"][name] = random.choice(values)

    return edit


def _state(_: Random, body: Body, __: int) -> None:
    body["state"] = "draft" if body["state"] == "complete" else "complete"


def _form(_: Random, body: Body, __: int) -> None:
    """A tablet that has the second revision of the form."""
    if body["form_rev"] == 1:
        body["form_rev"] = 2
        if "age" in body["data"]:
            body["data"]["years"] = body["data"].pop("age")


def _photo(random: Random, body: Body, _: int) -> None:
    photos = body.setdefault("_attachments", {})
    name = random.choice(["a.jpg", "b.jpg"])
    if name in photos:
        del photos[name]
    else:
        photos[name] = {"digest": f"md5-{random.randint(1, 2)}", "content_type": "image/jpeg"}
    if not photos:
        del body["_attachments"]


_ACTS = (
    _age,
    _age,
    _needs,
    _safety,
    _story,
    _log,
    _family,
    _family,
    _one("diagnosis", "a", "b"),
    _one("guardian", "aunt", "uncle", None),
    _one("country", "SD", "SO"),
    _one("seen_at", *_INSTANTS),
    _state,
    _form,
    _photo,
)
ACTS_ON_ROWS: tuple[Act, ...] = (_family,)
