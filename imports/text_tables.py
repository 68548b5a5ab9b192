"""Reads delimited text (CSV, TSV and their kin) as a table."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO

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
    TooManyColumns,
    TooManyOpenQuotes,
    WrongEncoding,
)
from imports.recognition import recognise_source
from imports.tables import (
    HEADER_RECORDS,
    Choices,
    Limits,
    Recognised,
    Table,
    TableWarning,
    header_cells,
    header_position,
)

_CHUNK = 1_000_000
_DEEPEST_HEADER = 10_000  # a line that the user names
_END = "\0end\0"  # a line that no text holds: NUL bytes are taken out before
_MOST_READ_AGAIN = 50_000_000  # characters, all repairs of open quotes together
_CONTROLS = {0: None, 26: None}


def open_text(source: BinaryIO, choices: Choices, limits: Limits) -> Table:
    """Open a delimited text file; arguments as for `open_table`."""
    text_encoding = find_encoding(source, chosen=choices.encoding, longest_line=4 * limits.record_chars)
    lines = _sample_lines(source, text_encoding)
    if not "".join(lines).strip("\ufeff \t\r\n"):
        raise EmptyFile
    announced = sep_line_delimiter(lines[0])
    dialect = find_dialect(lines[1:] if announced else lines, delimiter=choices.delimiter or announced)
    reader = _TextReader(source, text_encoding, dialect, limits)
    looked_at = max(HEADER_RECORDS, min(choices.header_line or 0, _DEEPEST_HEADER) + 1)
    head = list(islice(reader.records(lambda _line, _code: None), looked_at))
    position = header_position(head, choices.header_line, skip=1 if announced else 0)
    header = header_cells(head, position)
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
        recognised,
        header,
        limits,
        lambda table, _most: islice(reader.records(table.warn), start, None),
        lambda: _count_lines(source),
        removed,
        opening_records=1 if announced and not start else 0,
    )


def _sample_lines(source: BinaryIO, encoding: TextEncoding) -> list[str]:
    lines: list[str] = []
    chars = 0
    for line in _text_lines(source, encoding):
        lines.append(line)
        chars += len(line)
        if len(lines) == SAMPLE_LINES or chars > SAMPLE_CHARS:
            break
    return lines


def _count_lines(source: BinaryIO) -> int:
    """The number of line ends: at least as many as there are rows, and quick."""
    source.seek(0)
    count = 0
    while chunk := source.read(_CHUNK):
        count += max(chunk.count(b"\n"), chunk.count(b"\r"))
    return count


def _text_lines(source: BinaryIO, encoding: TextEncoding) -> Iterator[str]:
    """Yield the physical lines with their ends, from the top of the file; NUL and Ctrl-Z are taken out."""
    source.seek(0)
    has_controls = encoding.has_controls
    text = io.TextIOWrapper(source, encoding.codec, encoding.errors, newline="")
    try:
        for line in text:  # not "yield from": an abandoned pass would close the file, which is the caller's
            yield line.translate(_CONTROLS) if has_controls else line
    except UnicodeError:  # the file changed between two passes
        raise WrongEncoding(encoding=encoding.name) from None
    finally:
        if not source.closed:
            text.detach()


class _TextReader:
    """Reads the records of a text with the line each begins in, and survives quotes that are never closed."""

    def __init__(self, source: BinaryIO, encoding: TextEncoding, dialect: Dialect, limits: Limits) -> None:
        self.source = source
        self.encoding = encoding
        self.options = dialect.parser_options()
        self.limits = limits

    def records(self, warn: Callable[[int, str], None]) -> Iterator[tuple[int, list[str]]]:
        """Yield (line, cells) for every record, blank lines too (no cells)."""
        feed = _LineFeed(_text_lines(self.source, self.encoding), 1, self.limits.record_chars)
        read_again = 0
        while True:
            yield from self._records_until_open_quote(feed)
            if not feed.held:
                return
            read_again += feed.chars
            if read_again > _MOST_READ_AGAIN:
                raise TooManyOpenQuotes(line=feed.line)
            warn(feed.line, "open_quote")
            yield feed.line, self._parse_line(feed.held[0], quoting=csv.QUOTE_NONE)
            feed = feed.after_first_line()

    def _parse_line(self, text: str, **options: int) -> list[str]:
        return next(csv.reader([text], **self.options, **options), [])

    def _records_until_open_quote(self, feed: "_LineFeed") -> Iterator[tuple[int, list[str]]]:
        """Yield records until the end, or until one of several lines proves to begin with an open quote.

        Such a record is left in `feed.held`; at a clean end nothing is. The parser does not tell an open
        quote at the end of the file, so the feed adds a last line of its own: it comes back alone only when
        none was open.
        """
        limits = self.limits
        reader = csv.reader(feed.lines(), strict=True, **self.options)
        held = feed.held
        while True:
            try:
                record = next(reader)
            except csv.Error as error:
                if "field limit" in str(error):
                    raise CellTooLong(line=feed.line, limit=csv.field_size_limit()) from None
                if feed.ended:
                    held.pop()
                if len(held) > 1 or feed.ended:
                    return
                record = self._sloppy_record(held[0])
            if feed.ended and record == [_END]:
                held.clear()
                return
            if feed.chars > limits.cell_chars and max(map(len, record)) > limits.cell_chars:
                raise CellTooLong(line=feed.line, limit=limits.cell_chars)
            if len(record) > limits.columns:
                raise TooManyColumns(line=feed.line, count=len(record), limit=limits.columns)
            yield feed.line, record
            feed.line += len(held)
            held.clear()
            feed.chars = 0

    def _sloppy_record(self, text: str) -> list[str]:
        """Parse a line whose quotes are not doubled: literally where that makes the same cells."""
        literal, lenient = self._parse_line(text, quoting=csv.QUOTE_NONE), self._parse_line(text)
        return literal if len(literal) == len(lenient) else lenient


class _LineFeed:
    """Hands lines to the parser and keeps those of the record that begins in `line`, within a limit."""

    def __init__(self, lines: Iterable[str], line: int, most_chars: int) -> None:
        self.source = iter(lines)
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

    def after_first_line(self) -> "_LineFeed":
        """Return a feed of what follows the first line held."""
        return _LineFeed(chain(self.held[1:], self.source), self.line + 1, self.most_chars)
