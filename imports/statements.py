"""How much one statement may ask for, and how much of its answer is read, when a chunk of rows is looked up."""

from collections.abc import Iterable
from typing import Any

# So many values fit into one statement of either database.
_MOST_VALUES = 500
# More rows of an answer than these need not be read to know that several records match.
MOST_OF_CHUNK = 20_000


def in_parts(wanted: Iterable[Any]) -> list[list[Any]]:
    """The values in ascending order, in lists short enough for one statement."""
    values = sorted(wanted)
    return [values[start : start + _MOST_VALUES] for start in range(0, len(values), _MOST_VALUES)]
