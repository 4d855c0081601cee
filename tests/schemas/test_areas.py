"""The administrative areas that ship."""

from typing import Literal

import pytest

from schemas import areas

Country = Literal["SD", "SO"]


@pytest.mark.parametrize(("country", "counts"), [("SD", [1, 19, 189]), ("SO", [1, 18, 74])])
def test_all_areas_of_a_country_are_there(country: Country, counts: list[int]) -> None:
    found = areas(country)
    assert [sum(area.level == level for area in found) for level in range(3)] == counts
    assert len({area.pcode for area in found}) == len(found)


@pytest.mark.parametrize("country", ["SD", "SO"])
def test_an_area_lies_one_level_below_its_parent_and_comes_after_it(country: Country) -> None:
    levels: dict[str | None, int] = {None: -1}
    for area in areas(country):
        assert area.level == levels[area.parent] + 1
        assert area.pcode.startswith(area.parent or country)
        levels[area.pcode] = area.level


def test_every_area_of_sudan_has_a_name_in_english_and_arabic() -> None:
    assert {frozenset(area.name) for area in areas("SD")} == {frozenset({"en", "ar"})}


def test_an_area_without_an_arabic_name_has_its_english_one_only() -> None:
    assert {"en": "Awdal"} in [area.name for area in areas("SO")]


@pytest.mark.parametrize("country", ["SD", "SO"])
def test_no_name_of_an_area_is_blank(country: Country) -> None:
    for area in areas(country):
        assert "en" in area.name
        assert all(name == name.strip() != "" for name in area.name.values())


def test_khartoum_is_a_state_and_a_locality_in_it() -> None:
    named = [area for area in areas("SD") if area.name["en"] == "Khartoum"]
    assert [(area.pcode, area.parent) for area in named] == [("SD01", "SD"), ("SD01007", "SD01")]
    assert named[0].name["ar"] == "الخرطوم"


def test_a_country_without_areas_is_refused() -> None:
    with pytest.raises(ValueError, match="no areas"):
        areas("FR")
