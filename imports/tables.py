"""What every reader yields: a table with its header, what was recognised, and its rows as a stream."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from math import inf
from typing import Any, NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from imports.file_errors import TooManyRows
from imports.recognition import SourceMatch, find_header

_MOST_WARNINGS = 1_000
# Among so many first records the header is looked for.
HEADER_RECORDS = 40
# While somebody waits no more records are read than these, blank ones too.
MOST_SAMPLED = 50_000
_WARNINGS = {
    "nul_removed": _("The file holds NUL or Ctrl-Z characters; they were left out."),
    "open_quote": _("Line %(line)s: a quotation mark is opened and never closed; it was taken literally."),
    "extra_cells": _("Line %(line)s has more cells than the header; the extra ones are kept as text."),
    "repeated_header": _("Line %(line)s repeats the header and was left out."),
}
# The same of a sheet, which has rows.
_SHEET_WARNINGS = _WARNINGS | {
    "extra_cells": _("Row %(line)s has more cells than the header; the extra ones are kept as text."),
    "repeated_header": _("Row %(line)s repeats the header and was left out."),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold at most; each limit has an exception of its own in `imports.file_errors`."""

    bytes: int = 200 * 1024 * 1024
    rows: int = 1_000_000
    columns: int = 1_000
    cell_chars: int = 100_000
    record_chars: int = 2_000_000


DEFAULT_LIMITS = Limits()


class Choices(NamedTuple):
    """What a user chose of how a file is read, see `imports.readers.open_table`; None leaves it to the recognition."""

    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    sheet: str | None = None


class Row(NamedTuple):
    """One data row: the physical `line` it begins in, its `number` (both from 1, blank rows not counted).

    `cells` has exactly one text per header; `extra` holds what stood beyond the last header.
    """

    line: int
    number: int
    cells: list[str]
    extra: tuple[str, ...] = ()


class TableWarning(NamedTuple):
    """Something put right: `code` is nul_removed, open_quote, extra_cells or repeated_header."""

    line: int
    code: str
    in_sheet: bool = False

    @property
    def message(self) -> str:
        """Return the warning in the active language."""
        return str((_SHEET_WARNINGS if self.in_sheet else _WARNINGS)[self.code]) % {"line": self.line}


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file turned out to be.

    `header_row` counts records and `header_line` physical lines, both from 1; None means that there is no
    header. `delimiter` None means one column; `newline` is "CRLF", "LF", "CR" or "" and belongs to the
    first line. A workbook has no encoding ("") and delimiter, but the `sheet` that is read and all its `sheets`.
    """

    kind: str
    encoding: str
    bom: bool
    delimiter: str | None
    newline: str
    header_row: int | None
    header_line: int | None
    columns: int
    source: SourceMatch | None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; `source` is the profile's id or None."""
        names = ("kind", "encoding", "bom", "delimiter", "newline", "header_row", "header_line", "columns")
        return {
            "source": self.source.id if self.source else None,
            "source_name": self.source.name if self.source else None,
            **{name: getattr(self, name) for name in names},
            **({"sheet": self.sheet, "sheets": list(self.sheets)} if self.sheets else {}),
        }


Records = Iterable[tuple[int, list[str]]]


@dataclass
class Table:
    """An opened file: `recognised`, `header` (one text per column), and `rows()` as often as wanted.

    `read_records(table, most)` starts a new pass over the records as (line, cells), over all of them when `most`
    is None; two passes must not be interleaved. `count_rows` says quickly how many rows there are about.
    `warnings` grows while rows are read and begins anew with each pass; `was_cut` says that a pass ended early.
    """

    recognised: Recognised
    header: list[str]
    limits: Limits
    read_records: Callable[["Table", int | None], Records] = field(repr=False)
    count_rows: Callable[[], int] = field(repr=False)
    opening_warnings: tuple[TableWarning, ...] = ()
    opening_records: int = 0  # such as a line that announces the delimiter
    warnings: list[TableWarning] = field(default_factory=list)
    was_cut: bool = False

    def __post_init__(self) -> None:
        self.warnings = list(self.opening_warnings)

    def warn(self, line: int, code: str) -> None:
        """Note a warning; beyond a thousand nobody reads them."""
        if len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(TableWarning(line, code, bool(self.recognised.sheet)))

    def sample(self, count: int = 20) -> list[Row]:
        """Return the first rows."""
        return list(islice(self.rows(MOST_SAMPLED), count))

    def top(self, count: int) -> list[tuple[int, list[str]]]:
        """Return the first records that are not blank as (line, cells), whatever they are."""
        records = islice(self.read_records(self, MOST_SAMPLED), self.opening_records, MOST_SAMPLED)
        return list(islice(((line, cells) for line, cells in records if "".join(cells).strip()), count))

    def rows(self, most_records: int | None = None) -> Iterator[Row]:
        """Yield the data rows from the top, in bounded memory: padded to the header, blank rows left out.

        `most_records` ends the pass after so many records, with the header and blank ones. Raises
        `CellTooLong`, `RecordTooLong`, `TooManyColumns`, `TooManyRows` or `TooManyOpenQuotes` on the way.
        """
        self.warnings = list(self.opening_warnings)
        header, width = self.header, len(self.header)
        skipped = self.recognised.header_row or 0
        repeatable = skipped and width > 2  # narrower rows may equal a header by chance
        most_rows = self.limits.rows
        number = 0
        most = inf if most_records is None else most_records
        self.was_cut = False
        for position, (line, cells) in enumerate(islice(self.read_records(self, most_records), skipped, None), skipped):
            if position >= most:
                self.was_cut = True
                return
            if not "".join(cells).strip():
                continue
            extra: tuple[str, ...] = ()
            if len(cells) < width:
                cells += [""] * (width - len(cells))
            elif len(cells) > width:
                extra = tuple(cells[width:])
                del cells[width:]
                if "".join(extra).strip():
                    self.warn(line, "extra_cells")
                else:
                    extra = ()
            if repeatable and cells[0].strip() == header[0] and header_texts(cells) == header:
                self.warn(line, "repeated_header")
                continue
            number += 1
            if number > most_rows:
                raise TooManyRows(limit=most_rows)
            yield Row(line, number, cells, extra)


def header_texts(cells: Iterable[str]) -> list[str]:
    """Return header cells without superfluous blanks and byte order marks."""
    return [" ".join(cell.replace("\ufeff", "").split()) for cell in cells]


def header_position(head: list[tuple[int, list[str]]], header_line: int | None, skip: int = 0) -> int | None:
    """Return the index of the header among the first records; `header_line` as for `open_table`."""
    if header_line == 0:
        return None
    if header_line is not None:
        beyond = (index for index, (line, _cells) in enumerate(head) if line >= header_line)
        return next(beyond, len(head) - 1)
    found = find_header([cells for _line, cells in head[skip:]])
    return None if found is None else found + skip


def header_cells(head: list[tuple[int, list[str]]], position: int | None) -> list[str]:
    """Return the texts of the header row; without one the columns are numbered."""
    if position is None:
        width = max((len(cells) for _line, cells in head), default=0)
        return [gettext("Column %(number)s") % {"number": number} for number in range(1, width + 1)]
    return header_texts(head[position][1])
