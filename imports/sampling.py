"""What the pages of an import show of its file without opening it again: columns, first rows, dates, number of rows."""

import datetime
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from .dates import observe_columns
from .mapped_files import MappedFile
from .mapping import ColumnMapping
from .readers import Row, Table, open_table
from .tables import MOST_SAMPLED, TableWarning

# At most this many rows are read while the user waits; the dry run reads them all.
MOST_ROWS = 20_000
MOST_CELLS = 2_000_000
SAMPLE_ROWS = 10
TOP_RECORDS = 8
MOST_COLUMNS_SHOWN = 12
LONGEST_CELL = 200
MOST_WARNINGS = 20
_CARD = re.compile(rb"^[ \t]*BEGIN[ \t]*:[ \t]*VCARD\b", re.I | re.M)
_CHUNK = 1_000_000


def describe(opened: MappedFile) -> tuple[dict[str, Any], dict[str, Any]]:
    """(recognised, sample) of an opened file as Import keeps them, plain values for JSON; raises UnusableFile.

    recognised: what imports.tables.Recognised says, and rows (at most so many, unless rows_exact), columns_found
    [{header, field, how, filled}], dates {field: {order, undecided, example, readings}}, usual_dates, language, record,
    warnings. sample: rows [{number, line, cells or card}], top [{line, cells}] (the records from the first line on).
    """
    return _describe_cards(opened) if opened.table is None else _describe_table(opened, opened.table)


def _describe_table(opened: MappedFile, table: Table) -> tuple[dict[str, Any], dict[str, Any]]:
    assert opened.mapping is not None
    mapping = opened.mapping
    indices = {index: name for name in opened.date_fields for index in mapping.indices_in_file(name)[:1]}
    first: list[Row] = []
    filled = [0] * len(table.header)
    most_rows = max(SAMPLE_ROWS, min(MOST_ROWS, MOST_CELLS // (len(filled) or 1)))
    count = 0

    def cells() -> Iterator[list[str]]:
        nonlocal count
        for row in islice(table.rows(MOST_SAMPLED), most_rows + 1):
            count += 1
            if len(first) < SAMPLE_ROWS:
                first.append(row)
            for index, cell in enumerate(row.cells):
                if cell:
                    filled[index] += 1
            yield row.cells

    year = datetime.datetime.now(tz=datetime.UTC).year
    dates = {
        indices[index]: {
            "order": column.order,
            "undecided": column.undecided,
            "example": column.example,
            "readings": column.readings(this_year=year),
        }
        for index, column in observe_columns(cells(), opened.observers(indices)).items()
    }
    is_exact = count <= most_rows and not table.was_cut
    recognised = opened.recognised | {
        "rows": count if is_exact else _count_lines(opened.source),
        "rows_exact": is_exact,
        "columns_found": columns_found(mapping, filled),
        "dates": dates,
        "usual_dates": mapping.source.profile.dates if mapping.source else None,
        "language": mapping.language,
        "record": mapping.source.profile.record if mapping.source else None,
        "warnings": _warnings(table.warnings),
    }
    rows = [{"number": row.number, "line": row.line, "cells": [_cut(cell) for cell in row.cells]} for row in first]
    return recognised, {"rows": rows, "top": _top(opened.source, recognised)}


def columns_found(mapping: ColumnMapping, filled: list[int]) -> list[dict[str, Any]]:
    """The columns as Import keeps them. filled: in how many of the rows that were read each has a value."""
    return [
        {"header": column.header[:LONGEST_CELL], "field": column.field, "how": column.how, "filled": number}
        for column, number in zip(mapping.columns[: len(filled)], filled, strict=True)
    ]


def date_indices(columns: list[dict[str, Any]], names: Iterable[str]) -> dict[str, int]:
    """{date field: position of the first column that feeds it}."""
    fields = [column["field"] for column in columns]
    return {name: fields.index(name) for name in names if name in fields}


def _count_lines(source: BinaryIO) -> int:
    """The number of line ends: at least as many as there are rows, and quick."""
    source.seek(0)
    count = 0
    while chunk := source.read(_CHUNK):
        count += max(chunk.count(b"\n"), chunk.count(b"\r"))
    return count


def _warnings(warnings: list[TableWarning]) -> list[str]:
    return [warning.message for warning in warnings[:MOST_WARNINGS]]


def _top(source: BinaryIO, recognised: dict[str, Any]) -> list[dict[str, Any]]:
    """The first records whatever they are, to choose the header row among them."""
    source.seek(0)
    delimiter = recognised["delimiter"]
    table = open_table(source, encoding=_chosen_encoding(recognised), delimiter=delimiter, header_line=0)
    return [
        {"line": row.line, "cells": [_cut(cell) for cell in row.cells[:MOST_COLUMNS_SHOWN]]}
        for row in table.sample(TOP_RECORDS)
    ]


def _chosen_encoding(recognised: dict[str, Any]) -> str | None:
    """The encoding as a user may choose it; with a byte order mark the file says it again."""
    return None if recognised["bom"] else recognised["encoding"]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


def _describe_cards(opened: MappedFile) -> tuple[dict[str, Any], dict[str, Any]]:
    rows = []
    for row in islice(opened.rows(), SAMPLE_ROWS):
        values = row.values
        shown = {
            "title": values["display_name"],
            "organization": values["organization"],
            "email": ", ".join(entry["value"] for entry in values["emails"][:2]),
            "phone": ", ".join(entry["value"] for entry in values["phones"][:2]),
            "error": row.error,
        }
        card = {name: _cut(text) for name, text in shown.items()}
        rows.append({"number": row.number, "line": row.line, "card": card})
    found = {"rows": _count_cards(opened.source), "rows_exact": False}
    known = {"columns_found": [], "dates": {}, "record": None, "warnings": []}
    return opened.recognised | found | known, {"rows": rows, "top": []}


def _count_cards(source: BinaryIO) -> int:
    """The number of lines that begin a card; quick, and off by those inside other cards."""
    source.seek(0)
    count, rest = 0, b""
    while chunk := source.read(_CHUNK):
        text = rest + chunk.replace(b"\0", b"").replace(b"\r", b"\n")
        end = text.rfind(b"\n") + 1
        count += len(_CARD.findall(text, 0, end))
        rest = text[end:][-_CHUNK:]
    return count + len(_CARD.findall(rest))


def fullest_row(sample: dict[str, Any]) -> int:
    """The position of the sample row that fills most columns, 0 without rows: the one to show first."""
    filled = [sum(map(bool, row.get("cells", ()))) for row in sample.get("rows", [])]
    return filled.index(max(filled)) if filled else 0
