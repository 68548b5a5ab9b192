"""A row of a file with what an import will do with it, whatever kind of record it is."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _


@dataclass
class PlannedRow:
    """Base of the planned rows of all targets. record: unsaved or changed, None where nothing is written."""

    row: Any
    data: Any
    action: str
    reasons: list[str] = field(default_factory=list)
    record: Any = None
    # The child rows of the record that change, by kind.
    children: dict[str, list[Any]] | None = None
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    # The existing record that the row means, whether it may be written or not.
    matched_id: int | None = None
    # Records that the row may mean: [[id, name, why]].
    near: list[list[Any]] = field(default_factory=list)
    # The line of the earlier row for which this one is left out.
    earlier: int | None = None

    @property
    def number(self) -> int:
        """The number of the row in its file, from 1."""
        return self.row.number

    @property
    def line(self) -> int:
        """The line in which the row begins."""
        return self.row.line

    @property
    def record_id(self) -> int | None:
        """The record that the row means, None for one that is not made."""
        return self.record.pk if self.record is not None else self.matched_id

    @property
    def title(self) -> str:
        """What the row is called, "" for nothing."""
        raise NotImplementedError

    def details(self) -> dict[str, Any]:
        """What ImportRow.details keeps."""
        raise NotImplementedError


def no_version() -> str:
    """Why a row is refused that names a record without the version that a column of its file is there for."""
    return _(
        "The row has an id but no version, so that nobody can tell whether it was changed since: take the version from "
        "the export, or leave that column out of the file."
    )
