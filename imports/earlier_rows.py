"""Which rows of a file stand for a later one that means the same: only those that are written, never refused ones."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from .line_index import LinesByHash
from .models import ImportRow
from .planned_row import PlannedRow

# How often the rows behind refused ones are planned anew in a chunk: each time one of them may be refused as well.
MOST_ROUNDS = 5
Action = ImportRow.Action


@dataclass
class EarlierLines:
    """The lines of a file by what identifies their records; those of the chunk under way can be taken back."""

    _settled: LinesByHash = field(default_factory=LinesByHash)
    _fresh: dict[int, int] = field(default_factory=dict)

    def note(self, hashes: Iterable[int], line: int) -> None:
        """Remember what identifies a row; of rows that mean the same the first one counts."""
        for one in hashes:
            if one not in self._settled:
                self._fresh.setdefault(one, line)

    def first(self, hashes: Iterable[int]) -> int | None:
        """The line of the row that is known by one of these."""
        return next((line for one in hashes if (line := self._fresh.get(one) or self._settled.get(one))), None)

    def settle(self, refused: Iterable[int] = ()) -> None:
        """Take back the lines that were refused; what is left of the chunk stays."""
        lines = set(refused)
        for one, line in self._fresh.items():
            if line not in lines:
                self._settled.setdefault(one, line)
        self._fresh.clear()


def settle_chunk(
    planned: list[Any],
    *,
    settle: Callable[[list[Any]], Counter | None],
    plan: Callable[[list[Any]], list[Any]],
    forget: Callable[[list[Any]], None],
    in_sheet: bool,
) -> Counter:
    """Settle the rows of a chunk; rows left out for an earlier one that is refused are planned and settled anew.

    settle: checks or writes planned rows and may answer what else it has made; plan: plans rows; forget: takes back
    what is remembered of refused ones; in_sheet: whether the file has rows, not lines.
    The list gets the rows as they are in the end. After MOST_ROUNDS the rest are errors, so that none is lost.
    """
    also: Counter = Counter()
    todo = planned
    for left in reversed(range(MOST_ROUNDS)):
        also += settle(todo) or Counter()
        refused: list[PlannedRow] = [one for one in todo if one.action == Action.ERROR]
        forget(refused)
        lines = {one.line for one in refused}
        places = [place for place, one in enumerate(planned) if one.earlier in lines] if lines else []
        if not left:
            _refuse([planned[place] for place in places], in_sheet=in_sheet)
        if not places or not left:
            break
        todo = plan([planned[place].row for place in places])
        for place, one in zip(places, todo, strict=True):
            planned[place] = one
    return also


def _refuse(planned: list[Any], *, in_sheet: bool) -> None:
    text = (
        _("Row %(line)s of this file means the same and was refused.")
        if in_sheet
        else _("Line %(line)s of this file means the same and was refused.")
    )
    for one in planned:
        one.reasons.clear()
        one.leave(Action.ERROR, text % {"line": one.earlier})
        one.earlier = None
