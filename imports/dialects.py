"""Finds how a text table is written: delimiter, line end, and what a first line `sep=;` says."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from imports.recognition import count_known_headers

CANDIDATES = (",", ";", "\t", "|")
SAMPLE_RECORDS = 100
SAMPLE_LINES = 400
SAMPLE_CHARS = 400_000
NO_DELIMITER = "\x1f"  # what the parser is given for a table of one column: no text holds it
_SAMPLE_CELLS = 2_000
_KNOWN_SEARCH = 10
_SEP_LINE = re.compile(r"\A\"?sep=(.)\"?\s*\Z", re.I | re.S)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are separated: `delimiter` None means one column."""

    delimiter: str | None
    blanks_before_quotes: bool = False

    def parser_options(self) -> dict[str, Any]:
        """Return the keyword arguments for `csv.reader`; quotes inside cells are doubled (RFC 4180)."""
        return {"delimiter": self.delimiter or NO_DELIMITER, "skipinitialspace": self.blanks_before_quotes}


def sep_line_delimiter(first_line: str) -> str | None:
    """Return the delimiter that a line like `sep=;` (written for Excel) announces, else None."""
    match = _SEP_LINE.match(first_line.rstrip("\r\n"))
    return match[1] if match and match[1] not in '"\r\n' else None


def line_end_name(first_line: str) -> str:
    """Return "CRLF", "LF" or "CR": how the first line ends; "" when the file is one line without end."""
    for end, name in (("\r\n", "CRLF"), ("\n", "LF"), ("\r", "CR")):
        if first_line.endswith(end):
            return name
    return ""


def find_dialect(lines: Sequence[str], *, delimiter: str | None = None) -> Dialect:
    """Return the dialect of the first lines of a file; `delimiter` is taken as given when the user chose it.

    Each candidate parses the sample as real CSV; the one that makes known headers wins, then the one whose
    records have most consistently the same number of cells.
    """
    if delimiter is None:
        ranks = {candidate: _rank(lines, candidate) for candidate in CANDIDATES}
        best = max(CANDIDATES, key=lambda candidate: ranks[candidate])
        delimiter = best if ranks[best] > (0, 0.0, 0) else None
    return Dialect(delimiter, delimiter is not None and _blanks_before_quotes(lines, delimiter))


def sample_records(lines: Sequence[str], dialect: Dialect) -> list[list[str]]:
    """Parse up to `SAMPLE_RECORDS` records of the sample; what the parser refuses ends the list."""
    records: list[list[str]] = []
    try:
        for record in csv.reader(lines, **dialect.parser_options()):
            records.append(record[:_SAMPLE_CELLS])
            if len(records) == SAMPLE_RECORDS:
                break
    except csv.Error:
        pass
    return records


def _blanks_before_quotes(lines: Sequence[str], delimiter: str) -> bool:
    text = "".join(lines[:SAMPLE_RECORDS])
    return text.count(f'{delimiter} "') > text.count(f'{delimiter}"')


def _rank(lines: Sequence[str], delimiter: str) -> tuple[int, float, int]:
    """Return (known headers, consistency 0 to 1, columns); zeros when the delimiter does not separate."""
    blanks = _blanks_before_quotes(lines, delimiter)
    records = [record for record in sample_records(lines, Dialect(delimiter, blanks)) if any(record)]
    if not records:
        return 0, 0.0, 0
    known = max(count_known_headers(record) if len(record) > 1 else 0 for record in records[:_KNOWN_SEARCH])
    widths = Counter(map(len, records))
    usual = max(widths, key=lambda width: (widths[width], width))
    first = len(records[0])
    same = widths[usual] / len(records)
    if known >= 2:
        return known, same, usual
    if first > 1:  # rows may be shorter than the header: trailing empty cells are left out by some programs
        shorter = sum(count for width, count in widths.items() if 1 < width <= first) / len(records)
        same, usual = max((same, usual), (0.9 * shorter, first))
    if usual > 1 and same >= 0.5 and (first > 1 or usual > 2):
        return (0, same, usual) if same == 1 or not _reads_like_prose(records) else (0, 0.0, 0)
    several = 1 - widths[1] / len(records)
    if first > 1 and several >= 0.5 and not _reads_like_prose(records):
        return 0, 0.1 * several, first  # ragged, but better than one column
    return 0, 0.0, 0


def _reads_like_prose(records: Sequence[Sequence[str]]) -> bool:
    """A comma followed by a blank nearly everywhere belongs to sentences and street addresses."""
    followers = [cell for record in records for cell in record[1:]]
    return sum(cell.startswith(" ") for cell in followers) > 0.8 * len(followers)
