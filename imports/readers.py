"""Opens a file of contacts or other records as a table: what it is, its header, and its rows as a stream.

Every reader yields the same `Row` objects, so that what follows (mapping, planning, running) knows no file
format.
"""

import csv
import io
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from django.utils.translation import gettext as _

from imports.content import sniff_kind
from imports.dialects import (
    SAMPLE_CHARS,
    SAMPLE_LINES,
    Dialect,
    find_dialect,
    line_end_name,
    sep_line_delimiter,
)
from imports.encodings import TextEncoding, find_encoding
from imports.file_errors import (
    CellTooLong,
    EmptyFile,
    RecordTooLong,
    TooManyBytes,
    TooManyColumns,
    TooManyOpenQuotes,
    TooManyRows,
    WrongEncoding,
    WrongKind,
)
from imports.recognition import SourceMatch, find_header, recognise_source

HEADER_RECORDS = 40
_END = "\0end\0"  # a line that no text holds: NUL bytes are taken out before
_MOST_OPEN_QUOTES = 50
_MOST_WARNINGS = 1_000
_CONTROLS = {0: None, 26: None}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold at most; each limit has an exception of its own in `imports.file_errors`."""

    bytes: int = 200 * 1024 * 1024
    rows: int = 1_000_000
    columns: int = 1_000
    cell_chars: int = 100_000
    record_chars: int = 2_000_000


DEFAULT_LIMITS = Limits()


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

    @property
    def message(self) -> str:
        """Return the warning in the active language."""
        texts = {
            "nul_removed": _("The file holds NUL or Ctrl-Z characters; they were left out."),
            "open_quote": _(
                "Line %(line)s: a quotation mark is opened and never closed; it was taken literally."
            ),
            "extra_cells": _(
                "Line %(line)s has more cells than the header; the extra ones are kept as text."
            ),
            "repeated_header": _("Line %(line)s repeats the header and was left out."),
        }
        return texts[self.code] % {"line": self.line}


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file turned out to be.

    `header_row` counts records and `header_line` physical lines, both from 1; None means that there is no
    header. `delimiter` None means one column; `newline` is "CRLF", "LF", "CR" or "" and belongs to the
    first line.
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

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; `source` is the profile's id or None."""
        names = ("kind", "encoding", "bom", "delimiter", "newline", "header_row", "header_line", "columns")
        return {
            "source": self.source.id if self.source else None,
            "source_name": self.source.name if self.source else None,
            **{name: getattr(self, name) for name in names},
        }


Records = Iterable[tuple[int, list[str]]]


@dataclass
class Table:
    """An opened file: `recognised`, `header` (one text per column), and `rows()` as often as wanted.

    `read_records` starts a new pass over all records as (line, cells); two passes must not be interleaved.
    `warnings` grows while rows are read and begins anew with each pass.
    """

    recognised: Recognised
    header: list[str]
    limits: Limits
    read_records: Callable[["Table"], Records] = field(repr=False)
    opening_warnings: tuple[TableWarning, ...] = ()
    warnings: list[TableWarning] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.warnings = list(self.opening_warnings)

    def warn(self, line: int, code: str) -> None:
        """Note a warning; beyond a thousand nobody reads them."""
        if len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(TableWarning(line, code))

    def sample(self, count: int = 20) -> list[Row]:
        """Return the first rows."""
        return list(islice(self.rows(), count))

    def rows(self) -> Iterator[Row]:
        """Yield the data rows from the top, in bounded memory: padded to the header, blank rows left out.

        Raises `CellTooLong`, `RecordTooLong`, `TooManyColumns`, `TooManyRows` or `TooManyOpenQuotes` on the
        way.
        """
        self.warnings = list(self.opening_warnings)
        header, width = self.header, len(self.header)
        skipped = self.recognised.header_row or 0
        repeatable = skipped and width > 2  # narrower rows may equal a header by chance
        most_rows = self.limits.rows
        number = 0
        for line, cells in islice(self.read_records(self), skipped, None):
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
            if repeatable and cells[0].strip() == header[0] and _header_texts(cells) == header:
                self.warn(line, "repeated_header")
                continue
            number += 1
            if number > most_rows:
                raise TooManyRows(limit=most_rows)
            yield Row(line, number, cells, extra)


def open_table(
    source: BinaryIO,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_line: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Recognise `source` (binary, seekable, kept open by the caller) by its content and return it as a table.

    What the user chose overrides the recognition: `encoding` (of `imports.encodings.ENCODINGS`),
    `delimiter` (one character), `header_line` (physical line of the header row, 0 for a file without
    header). Without header the columns are called "Column 1" and so on. Raises a subclass of
    `UnusableFile`; a file of another kind (vCard, workbook, ...) raises `WrongKind`, whose `kind` tells
    where it belongs; `ValueError` a delimiter of other length.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise ValueError("A delimiter is one character, and neither a quotation mark nor a line end.")
    size = source.seek(0, io.SEEK_END)
    if size > limits.bytes:
        raise TooManyBytes(size=size // 1024**2, limit=limits.bytes // 1024**2)
    kind = sniff_kind(source)
    if kind not in READERS:
        raise WrongKind(kind)
    return READERS[kind](source, encoding, delimiter, header_line, limits)


def open_text(
    source: BinaryIO, encoding: str | None, delimiter: str | None, header_line: int | None, limits: Limits
) -> Table:
    """Open a delimited text file; arguments as for `open_table`."""
    text_encoding = find_encoding(source, chosen=encoding, longest_line=4 * limits.record_chars)
    lines = _sample_lines(source, text_encoding)
    if not "".join(lines).strip("\ufeff \t\r\n"):
        raise EmptyFile
    announced = sep_line_delimiter(lines[0])
    dialect = find_dialect(lines[1:] if announced else lines, delimiter=delimiter or announced)
    reader = _TextReader(source, text_encoding, dialect, limits)
    head = list(islice(reader.records(lambda _line, _code: None), HEADER_RECORDS))
    position = _header_position(head, header_line, skip=1 if announced else 0)
    header = _header_cells(head, position)
    recognised = Recognised(
        kind="csv",
        encoding=text_encoding.name,
        bom=text_encoding.bom,
        delimiter=dialect.delimiter,
        newline=line_end_name(lines[0]),
        header_row=None if position is None else position + 1,
        header_line=None if position is None else head[position][0],
        columns=len(header),
        source=None if position is None else recognise_source(header),
    )
    removed = (TableWarning(1, "nul_removed"),) if text_encoding.has_controls else ()
    start = 1 if announced and position is None else 0
    return Table(
        recognised, header, limits, lambda table: islice(reader.records(table.warn), start, None), removed
    )


READERS: dict[str, Callable[..., Table]] = {"text": open_text}


def _header_position(head: list[tuple[int, list[str]]], header_line: int | None, skip: int) -> int | None:
    """Return the index of the header among the first records; `header_line` as for `open_table`."""
    if header_line == 0:
        return None
    if header_line is not None:
        beyond = (index for index, (line, _cells) in enumerate(head) if line >= header_line)
        return next(beyond, len(head) - 1)
    found = find_header([cells for _line, cells in head[skip:]])
    return None if found is None else found + skip


def _header_cells(head: list[tuple[int, list[str]]], position: int | None) -> list[str]:
    if position is None:
        width = max((len(cells) for _line, cells in head), default=0)
        return [_("Column %(number)s") % {"number": number} for number in range(1, width + 1)]
    return _header_texts(head[position][1])


def _header_texts(cells: Iterable[str]) -> list[str]:
    return [" ".join(cell.replace("\ufeff", "").split()) for cell in cells]


def _sample_lines(source: BinaryIO, encoding: TextEncoding) -> list[str]:
    lines: list[str] = []
    chars = 0
    for line in _text_lines(source, encoding):
        lines.append(line)
        chars += len(line)
        if len(lines) == SAMPLE_LINES or chars > SAMPLE_CHARS:
            break
    return lines


def _text_lines(source: BinaryIO, encoding: TextEncoding) -> Iterator[str]:
    """Yield the physical lines with their ends, from the top of the file; NUL and Ctrl-Z are taken out."""
    source.seek(0)
    has_controls = encoding.has_controls
    text = io.TextIOWrapper(source, encoding.name, encoding.errors, newline="")
    try:
        for line in text:  # not "yield from": an abandoned pass would close the file, which is the caller's
            yield line.translate(_CONTROLS) if has_controls else line
    except UnicodeError:  # the file changed between two passes
        raise WrongEncoding(encoding=encoding.name) from None
    finally:
        if not source.closed:
            text.detach()


class _TextReader:
    """Reads the records of a text with the line each begins in, and survives a quote that is never closed."""

    def __init__(self, source: BinaryIO, encoding: TextEncoding, dialect: Dialect, limits: Limits) -> None:
        self.source = source
        self.encoding = encoding
        self.options = dialect.parser_options()
        self.limits = limits

    def records(self, warn: Callable[[int, str], None]) -> Iterator[tuple[int, list[str]]]:
        """Yield (line, cells) for every record, blank lines too (no cells)."""
        lines: Iterable[str] = _text_lines(self.source, self.encoding)
        line = 1
        for _repair in range(_MOST_OPEN_QUOTES):
            unclosed = yield from self._records_until_open_quote(lines, line)
            if unclosed is None:
                return
            line, held = unclosed
            warn(line, "open_quote")
            yield line, self._literal_record(held[0])
            line, lines = line + 1, held[1:]
        raise TooManyOpenQuotes(line=line)

    def _literal_record(self, text: str) -> list[str]:
        return next(csv.reader([text], quoting=csv.QUOTE_NONE, **self.options), [])

    def _records_until_open_quote(
        self, lines: Iterable[str], first_line: int
    ) -> Generator[tuple[int, list[str]], None, tuple[int, list[str]] | None]:
        """Yield records; return None at a clean end, or (line, its lines) of a record whose quote stays open.

        The parser does not tell an open quote at the end of the file, so a last line of our own is added:
        it comes back alone only when no quote was open.
        """
        limits = self.limits
        feed = _LineFeed(lines, first_line, limits.record_chars)
        reader = csv.reader(feed.lines(), **self.options)
        held = feed.held
        line = first_line
        while True:
            try:
                record = next(reader)
            except csv.Error:  # only the parser's own limit on the length of a cell is left to complain about
                raise CellTooLong(line=line, limit=min(limits.cell_chars, csv.field_size_limit())) from None
            if feed.ended:
                return None if record == [_END] else (line, held[:-1])
            if feed.chars > limits.cell_chars and max(map(len, record)) > limits.cell_chars:
                raise CellTooLong(line=line, limit=limits.cell_chars)
            if len(record) > limits.columns:
                raise TooManyColumns(line=line, count=len(record), limit=limits.columns)
            yield line, record
            line += len(held)
            held.clear()
            feed.chars = 0
            feed.line = line


class _LineFeed:
    """Hands lines to the parser and keeps those of the record at hand, within a limit."""

    def __init__(self, lines: Iterable[str], line: int, most_chars: int) -> None:
        self.source = lines
        self.held: list[str] = []
        self.chars = 0
        self.line = line
        self.ended = False
        self.most_chars = most_chars

    def lines(self) -> Iterator[str]:
        """Yield all lines and `_END`."""
        held, most_chars = self.held, self.most_chars
        for text in self.source:
            held.append(text)
            self.chars += len(text)
            if self.chars > most_chars:
                raise RecordTooLong(line=self.line, limit=most_chars)
            yield text
        held.append(_END)
        self.ended = True
        yield _END
