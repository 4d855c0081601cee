"""The administrative areas that ship with the package."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True)
class Area:
    """A country (level 0), its states or regions (1), their localities or districts (2).

    `pcode` is the humanitarian place code; `parent` is that of the area around it, None for a
    country. `name` is by language: `en` always, `ar` where the source has it.
    """

    pcode: str
    level: int
    parent: str | None
    name: Mapping[str, str] = field(hash=False)


@cache
def areas(country: Literal["SD", "SO"]) -> tuple[Area, ...]:
    """All areas of the country, itself first, each after its parent; sorted by level, then pcode.

    Raises:
        ValueError: no areas ship for this country.
    """
    table = resources.files("schemas.library").joinpath("areas.csv").read_text(encoding="utf-8")
    found = [
        _area(row) for row in csv.DictReader(table.splitlines()) if row["pcode"][:2] == country
    ]
    if not found:
        raise ValueError("no areas ship for this country")
    return tuple(sorted(found, key=lambda area: (area.level, area.pcode)))


def _area(row: Mapping[str, str]) -> Area:
    names = {"en": row["name_en"], "ar": row["name_ar"]}
    return Area(
        pcode=row["pcode"],
        level=int(row["admin_level"]),
        parent=row["parent_pcode"] or None,
        name=MappingProxyType({language: name for language, name in names.items() if name}),
    )
