from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync_server.replicator.limits import Limits, batches, pause

LIMITS = st.builds(Limits, st.integers(1, 500), st.integers(1, 100), st.integers(1, 1_000))


@given(st.lists(st.binary(max_size=400)), LIMITS)
def test_batches_keep_the_order_and_the_limits(contents: list[bytes], limits: Limits) -> None:
    found = list(batches(contents, len, limits))

    assert [one for batch in found for one in batch] == contents
    for batch in found:
        is_small = len(batch) <= limits.documents and sum(map(len, batch)) <= limits.size
        assert len(batch) == 1 or is_small
        assert batch


@given(LIMITS, LIMITS)
def test_limits_shrink_to_one_document_and_grow_to_the_most(limits: Limits, most: Limits) -> None:
    small = large = limits
    for _ in range(12):
        small, large = small.smaller(), large.larger(most)

    assert small == Limits(1, 1, 1)
    for now, end in ((large.rows, most.rows), (large.documents, most.documents)):
        assert now == end


def test_pauses_grow_and_have_an_end() -> None:
    pauses = [pause(failures) for failures in range(1, 100)]

    assert pauses[:3] == [0.5, 1, 2]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 60
