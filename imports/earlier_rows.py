"""Which rows of a file stand for a later one that means the same: only those that are written, never refused ones."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from .models import ImportRow
from .planned_row import PlannedRow

# How often the rows behind refused ones are planned anew in a chunk: each time one of them may be refused as well.
MOST_ROUNDS = 5
Action = ImportRow.Action


@dataclass
class EarlierLines:
    """The lines of a file by what identifies their records; those of the chunk under way can be taken back."""

    # By hash: a hundred thousand rows must fit into memory.
    lines: dict[int, int] = field(default_factory=dict)
    _fresh: list[int] = field(default_factory=list)

    def note(self, hashes: Iterable[int], line: int) -> None:
        """Remember what identifies a row; of rows that mean the same the first one counts."""
        for one in hashes:
            if self.lines.setdefault(one, line) == line:
                self._fresh.append(one)

    def first(self, hashes: Iterable[int]) -> int | None:
        """The line of the row that is known by one of these."""
        return next((line for one in hashes if (line := self.lines.get(one))), None)

    def settle(self, refused: Iterable[int] = ()) -> None:
        """Take back the lines that were refused; what is left of the chunk stays."""
        lines = set(refused)
        for one in self._fresh if lines else ():
            if self.lines.get(one) in lines:
                del self.lines[one]
        self._fresh.clear()


def settle_chunk(
    planned: list[Any],
    *,
    settle: Callable[[list[Any]], Counter | None],
    plan: Callable[[list[Any]], list[Any]],
    forget: Callable[[list[Any]], None],
) -> Counter:
    """Settle the rows of a chunk; rows left out for an earlier one that is refused are planned and settled anew.

    settle: checks or writes planned rows and may answer what else it has made; plan: plans rows; forget: takes back
    what is remembered of refused ones.
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
            _refuse([planned[place] for place in places])
        if not places or not left:
            break
        todo = plan([planned[place].row for place in places])
        for place, one in zip(places, todo, strict=True):
            planned[place] = one
    return also


def _refuse(planned: list[Any]) -> None:
    for one in planned:
        text = _("Line %(line)s of this file means the same and was refused.") % {"line": one.earlier}
        one.reasons.clear()
        one.earlier = None
        one.leave(Action.ERROR, text)
