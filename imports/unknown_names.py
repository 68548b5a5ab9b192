"""Names in a file that are in no catalog: counted by the dry run, answered once for every row that has them."""

from collections.abc import Iterable
from typing import Any

from .models import ImportRow
from .value_names import folded_name

# Beyond so many different names in one column it is no catalog's column.
MOST_NAMES = 200
Names = dict[str, dict[str, list[Any]]]


class UnknownNames:
    """The names of one dry run; `names` is {field: {folded name: [name, number of rows]}}, as Import.planned keeps it."""

    def __init__(self, names: Names | None = None) -> None:
        self.names: Names = names or {}

    def add(self, rows: Iterable[ImportRow], step: int = 1) -> None:
        """Count the names of rows; step -1 takes them back."""
        for row in rows:
            for field, text in row.details.get("unknown", ()):
                self._count(field, text, step)

    def _count(self, field: str, text: str, step: int) -> None:
        known = self.names.setdefault(field, {})
        key = folded_name(text)
        if key in known:
            known[key][1] += step
        elif step > 0 and len(known) < MOST_NAMES:
            known[key] = [text, step]
        if key in known and known[key][1] < 1:
            del known[key]
        if not known:
            del self.names[field]
