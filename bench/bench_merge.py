"""Merging one document: microseconds by heads, fields and rows, and how they grow.

The document has 60 fields (40 plain ones, 14 sets, 5 texts, 1 list of ten rows with eight cells);
every head changed three fields, a sentence and a cell. `merge` is the merge alone, `resolution` all
that a server does for one arriving revision, ids included. Direction: 200 us for two heads.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

from bench.measuring import arguments, surroundings, table, write_json
from conflict.canonical import canonical_json
from conflict.graph import authored_graph
from conflict.minting import authored_rev, pushed_path
from conflict.resolution import merge_of, resolution
from conflict.revision import Rev
from conflict.rules import FieldRule, FormRules, Rule
from conflict.tree import RevisionTree

KEY, DOCUMENT = b"the programme key of the benchmark", "3f6c1f9e-6a53-4a5e-8f0e-0d7b8c1f2a3b:k21"
CELLS = 8
DIRECTION = 200  # microseconds, of two heads with 60 fields and ten rows
Body = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How large a document is, and how many have edited it apart."""

    heads: int = 2
    fields: int = 60
    rows: int = 10


SIZES = (
    Size(),
    *(Size(heads=heads) for heads in (4, 8, 16, 32)),
    *(Size(fields=fields) for fields in (120, 240, 480, 960)),
    *(Size(rows=rows) for rows in (20, 40, 80, 160, 1_000)),
)


@dataclass(frozen=True)
class Document:
    """A tree with its bodies, and the rules of its form."""

    tree: RevisionTree
    bodies: dict[Rev, Body]
    form: FormRules


def document(size: Size) -> Document:
    """A document that as many people as it has heads have edited apart."""
    rules = _rules(size.fields)
    tree, bodies = RevisionTree(), dict[Rev, Body]()
    first = _first(rules, size.rows)
    root = authored_rev(KEY, DOCUMENT, None, canonical_json(first))
    versions: list[tuple[tuple[Rev, ...], Body]] = [((root,), first)]
    for number in range(size.heads):
        body = _edited(first, rules, number)
        versions.append(((authored_rev(KEY, DOCUMENT, root, canonical_json(body)), root), body))
    for path, body in versions:
        tree.insert(pushed_path(KEY, DOCUMENT, path, body))
        bodies[path[0]] = body
    return Document(tree, bodies, FormRules({1: rules}))


def _rules(fields: int) -> dict[str, FieldRule]:
    """Rules in the proportions of a case form."""
    kinds = [Rule.CHANGED] * 40 + [Rule.UNION] * 14 + [Rule.TEXT] * 5
    rules = {f"f{number}": FieldRule(kinds[number % len(kinds)]) for number in range(fields - 1)}
    return rules | {"family": FieldRule(Rule.ROWS)}


def _first(rules: dict[str, FieldRule], rows: int) -> Body:
    data: dict[str, Any] = {
        name: _answer(name, rule.rule) for name, rule in rules.items() if name != "family"
    }
    data["family"] = [
        {"id": f"r{row}", **{f"c{cell}": f"value {row} {cell}" for cell in range(CELLS)}}
        for row in range(rows)
    ]
    return {"form": "k21", "form_rev": 1, "state": "draft", "author": "amina", "data": data}


def _answer(name: str, rule: Rule) -> Any:
    if rule is Rule.UNION:
        return ["food", "school", "shelter"]
    if rule is Rule.TEXT:
        return " ".join(f"Sentence {number} of {name}." for number in range(8))
    return f"value of {name}"


def _edited(first: Body, rules: dict[str, FieldRule], number: int) -> Body:
    """Each head changes fields of its own, an option, a sentence of its own, and a cell."""
    data = dict(first["data"])
    plain, sets, texts = (
        [name for name, rule in rules.items() if rule.rule is kind]
        for kind in (Rule.CHANGED, Rule.UNION, Rule.TEXT)
    )
    for name in (plain[number % len(plain)], plain[-1 - number % len(plain)]):
        data[name] = f"value by {number % len(plain)}"
    data[sets[number % len(sets)]] = ["food", f"need_{number}", "school", "shelter"]
    text = texts[number % len(texts)]
    data[text] = data[text].replace("Sentence 3", f"Sentence {number}")
    rows = data["family"]
    place = number % len(rows)
    data["family"] = [
        *rows[:place],
        {**rows[place], f"c{number % CELLS}": f"by {number}"},
        *rows[place + 1 :],
    ]
    return {**first, "author": f"tablet{number}", "data": data}


def microseconds(work: Callable[[], object], rounds: int) -> float:
    """The median time that something takes on a CPU."""
    work()
    times = []
    for _ in range(rounds):
        before = time.process_time_ns()
        work()
        times.append((time.process_time_ns() - before) / 1_000)
    return median(times)


def main() -> None:
    """Measures every size and prints the medians."""
    chosen = arguments(__doc__ or "", rounds=50)
    rows: list[list[object]] = []
    found = []
    for size in SIZES:
        one = document(size)
        merge = microseconds(partial(_merge, one), chosen.rounds)
        whole = microseconds(partial(_resolve, one), chosen.rounds)
        rows.append([f"{size.heads} heads", size.fields, size.rows, merge, whole])
        found.append({**vars(size), "merge_us": merge, "resolution_us": whole})
    columns = ["", "fields", "rows", "merge, us", "resolution, us"]
    print(table(f"medians of {chosen.rounds} merges, CPU time", columns, rows))
    first = float(found[0]["merge_us"])
    print(f"\ntwo heads, 60 fields, ten rows: {first:.0f} us of {DIRECTION} us")
    print(surroundings())
    write_json(chosen.json, {"rounds": chosen.rounds, "sizes": found})


def _merge(one: Document) -> object:
    return merge_of(authored_graph(one.tree), one.bodies, one.form)


def _resolve(one: Document) -> object:
    return resolution(KEY, DOCUMENT, authored_graph(one.tree), one.bodies, one.form)


if __name__ == "__main__":
    main()
