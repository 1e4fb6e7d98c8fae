"""Aggregated records as the benchmark sends them."""

from hypothesis import given
from hypothesis import strategies as st

from bench.aggregate import aggregated
from services.worker.polling.aggregation import unpacked

EVERYWHERE = (0, 2**128 - 1)


@given(st.text(min_size=1, max_size=300), st.lists(st.binary(max_size=300), min_size=1, max_size=20))
def test_what_is_packed_is_unpacked_by_the_worker(key: str, records: list[bytes]) -> None:
    """Every record comes out as it went in, in order, under the key of all."""
    found = unpacked(aggregated(key, records), EVERYWHERE)

    assert found is not None
    assert [record.data for record in found] == records
    assert {record.partition_key for record in found} == {key}
