"""The memory of lines answers as a dictionary does, however many hashes it holds."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from imports.line_index import FIRST_SIZE, LinesByHash

hashes = st.integers(-(2**63) + 1, 2**63 - 1)


@settings(deadline=None, max_examples=50)
@given(st.lists(hashes, max_size=200), st.lists(hashes, max_size=20))
@example([5, 5 + FIRST_SIZE, 5, 5 + 2 * FIRST_SIZE], [5 + 3 * FIRST_SIZE, 6])
def test_the_first_line_of_each_hash_is_kept(brought, others):
    index, wanted = LinesByHash(), {}
    for line, one in enumerate(brought, start=2):
        assert index.setdefault(one, line) == wanted.setdefault(one or 1, line)
    for one in (*brought, *others, 0, 1):
        assert index.get(one) == wanted.get(one or 1)
        assert (one in index) == ((one or 1) in wanted)


def test_it_grows_with_the_file():
    index = LinesByHash()
    for line in range(1, 4 * FIRST_SIZE):
        index.setdefault(hash(("row", line)), line)
    assert all(index.get(hash(("row", line))) == line for line in range(1, 4 * FIRST_SIZE))
    assert index.get(hash(("row", 0))) is None
