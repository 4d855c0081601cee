"""The rules that Kanaf is compared with do what their sources say."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from bench.quality.document import Data
from bench.quality.outcome import RuleSet
from bench.quality.planning import Names, first_answers
from bench.quality.rule_sets.field_patch import FieldPatch
from bench.quality.rule_sets.last_write_wins import LastWriteWins
from bench.quality.rule_sets.odk import Odk
from bench.quality.typing_in import typed

BASE = first_answers(Names(Random(1)))
AUNT = BASE["family"][0]["id"]


def setting(**answers: Any) -> Callable[[Data], Data]:
    return lambda data: {**data, **answers}


def in_row(**cells: Any) -> Callable[[Data], Data]:
    def type_in(data: Data) -> Data:
        after = typed(data, (), {})
        after["family"][0].update(cells)
        return after

    return type_in


def without_row(data: Data) -> Data:
    return {**data, "family": data["family"][1:]}


def apart(server: RuleSet, one: Callable[[Data], Data], other: Callable[[Data], Data]) -> Data:
    """Amina's edit arrives first, bilal's second."""
    server.edit("amina", one)
    server.edit("bilal", other)
    server.push("amina")
    server.push("bilal")
    return server.outcome().data


def test_the_last_request_wins_field_by_field():
    for rule_set in (FieldPatch, LastWriteWins, Odk):
        data = apart(rule_set(BASE), setting(school="a", phone="1"), setting(school="b"))
        assert (data["school"], data["phone"]) == ("b", "1")


def test_a_list_of_rows_is_one_field_for_a_field_patch_and_merged_by_cells_in_primero():
    one, other = in_row(phone="1"), in_row(nickname="Z")

    assert apart(FieldPatch(BASE), one, other)["family"][0]["phone"] != "1"
    row = apart(LastWriteWins(BASE), one, other)["family"][0]
    assert (row["phone"], row["nickname"]) == ("1", "Z")


def test_primero_drops_a_removed_row_whoever_filled_it_in():
    data = apart(LastWriteWins(BASE), in_row(phone="1"), without_row)

    assert all(row["id"] != AUNT for row in data["family"])


def test_primero_brings_back_of_a_removed_row_only_what_was_sent():
    data = apart(LastWriteWins(BASE), without_row, in_row(phone="1"))

    assert data["family"][-1] == {"id": AUNT, "phone": "1"}


def test_odk_names_the_properties_that_both_gave_different_values():
    server = Odk(BASE)
    apart(server, setting(school="a", phone="1"), setting(school="b", phone="1"))

    assert [*server.outcome().questions] == [("school",)]


def test_odk_flags_nothing_where_the_update_was_made_on_the_current_version():
    server = Odk(BASE)
    server.edit("amina", setting(school="a"))
    server.push("amina")
    server.pull("bilal")
    server.edit("bilal", setting(school="b"))
    server.push("bilal")

    assert server.outcome().questions == {}


def test_odk_asks_where_a_second_offline_save_overwrites_what_came_between():
    server = Odk(BASE)
    server.edit("amina", setting(phone="1"))
    server.edit("amina", setting(school="a"))
    server.edit("bilal", setting(school="b"))
    server.push("bilal")
    server.push("amina")

    assert [*server.outcome().questions] == [("school",)]
