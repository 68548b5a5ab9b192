"""Reads the CSV files of others (CRM_SAMPLE_FILES) and compares them with their expectation files."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from imports.cells import clean_cell
from imports.dates import read_day
from imports.mapping import ColumnMapping, map_headers
from imports.readers import Table, open_table
from tests.imports.tables import contacts_of

pytestmark = pytest.mark.samples

FOLDER = Path(os.environ.get("CRM_SAMPLE_FILES") or "/nowhere")
FILES = sorted(FOLDER.glob("csv/*/*.csv"))
HEADERS = sorted(FOLDER.glob("headers/*.header.csv"))
# What is read otherwise than the expectations say, and why.
DEVIATIONS: dict[tuple[str, str], Any] = {
    # The expectation names no source; the columns are those of a Salesforce account, in upper case.
    ("accountData-first60.csv", "source_profile"): "salesforce-accounts",
}


def name_of(path: Path) -> str:
    """Return a short name for a test."""
    return path.name


def opened(path: Path) -> tuple[Table, ColumnMapping, dict[str, Any]]:
    """Return the table, its automatic mapping and what is expected of them."""
    expected = json.loads(path.with_name(path.name + ".expect.json").read_text(encoding="utf-8"))
    table = open_table(io.BytesIO(path.read_bytes()))
    return table, map_headers(table.header), expected


def test_the_samples_are_there() -> None:
    assert len(FILES) >= 9
    assert len(HEADERS) >= 14


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_recognises_the_file(path: Path) -> None:
    table, mapping, expected = opened(path)
    found = {
        "encoding": table.recognised.encoding,
        "bom": table.recognised.bom,
        "delimiter": table.recognised.delimiter,
        "newline": table.recognised.newline,
        "header_row_number": table.recognised.header_row,
        "columns": table.recognised.columns,
        "data_rows": sum(1 for _row in table.rows()),
        "automatic_mapping": mapping.fields,
        "unmapped_headers": mapping.unmapped_headers,
        "source_profile": table.recognised.source and table.recognised.source.id,
    }
    wanted = {key: DEVIATIONS.get((path.name, key), expected[key]) for key in found}
    assert found == wanted
    assert table.warnings == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_reads_every_value(path: Path) -> None:
    table, mapping, expected = opened(path)
    if "cells" in expected:
        assert [table.header, *(row.cells for row in table.rows())] == expected["cells"]
        return
    for row, record in zip(table.rows(), expected["records"], strict=True):
        found = {
            column.field: clean_cell(row.cells[column.index])
            for column in mapping.columns
            if column.field and clean_cell(row.cells[column.index])
        }
        days = {
            key: read_day(found[key.removesuffix("_iso")], None, this_year=2025).text
            for key in record
            if key.endswith("_iso")
        }
        assert found | days == record


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_value_of_a_row_is_lost(path: Path) -> None:
    table, mapping, _expected = opened(path)
    for row, contact in zip(table.rows(), contacts_of(table), strict=True):
        found = json.dumps(contact.values, ensure_ascii=False)
        for column in mapping.columns:
            text = clean_cell(row.cells[column.index])
            if text and column.field != "created_at" and column.how != "ignored":
                assert json.dumps(text, ensure_ascii=False)[1:-1] in found, column.header


@pytest.mark.parametrize("path", HEADERS, ids=name_of)
def test_a_header_row_alone_tells_the_source(path: Path) -> None:
    table = open_table(io.BytesIO(path.read_bytes()))
    found = table.recognised
    assert found.source is not None
    assert found.source.id == path.name.removesuffix(".header.csv")
    assert (found.delimiter, found.newline, found.header_row, found.header_line) == (",", "CRLF", 1, 1)
    assert list(table.rows()) == []


def known_columns() -> list[Any]:
    """Return the columns of every source that the collection of header facts lists."""
    path = FOLDER / "header_aliases.json"
    sources = json.loads(path.read_text(encoding="utf-8"))["sources"] if path.exists() else []
    return [pytest.param(source["id"], source["columns"], id=source["id"]) for source in sources]


@pytest.mark.parametrize(("source", "columns"), known_columns())
def test_every_known_column_is_mapped(source: str, columns: list[dict[str, Any]]) -> None:
    """Numbered columns (`E-mail N - Value`) stand for their first; variants of one header are tried once."""
    seen: dict[tuple[str, str | None], None] = {}
    for column in columns:
        if "note" not in column:
            seen[column["header"].replace(" N ", " 1 "), column["field"]] = None
    mapping = map_headers([header for header, _field in seen])
    assert mapping.source is not None
    assert mapping.source.id == source
    expected = [field and field.replace("N", "1") for _header, field in seen]
    assert [column.field for column in mapping.columns] == expected
