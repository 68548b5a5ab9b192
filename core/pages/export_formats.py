"""The formats of files that lists are exported to, and how a table becomes CSV or a workbook."""

import csv
import datetime
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.text.cells import guard_formula

from .xlsx import write_workbook

# Semicolons where a comma stands before the decimals: spreadsheets in that language expect both.
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
DELIMITER_LABELS = {"comma": _("Comma ( , )"), "semicolon": _("Semicolon ( ; )"), "tab": _("Tab")}
_COMMA_LANGUAGES = ("en",)
_MAY_BE_GUARDED = frozenset("'=@+-＝＠＋－\t\r\n \u00a0\u2007\u202f\ufeff")
_ROWS_AT_ONCE = 200

Cells = Iterable[list[Any]]


@dataclass(frozen=True)
class ExportFormat:
    """One format. write_records: makes the bytes of chosen records (rows, user); None for tables."""

    key: str
    label: Any
    about: Any
    ending: str
    content_type: str
    icon: str = "file-spreadsheet"
    write_records: Callable[[models.QuerySet, Any], Iterator[bytes]] | None = None

    @property
    def is_table(self) -> bool:
        """Whether it has columns to choose from."""
        return self.write_records is None


CSV = ExportFormat("csv", "CSV", _("Plain text, for every spreadsheet and program."), "csv", "text/csv; charset=utf-8")
XLSX = ExportFormat(
    "xlsx",
    _("Excel (XLSX)"),
    _("A workbook: leading zeros stay, days are days. Texts end after 32,767 characters."),
    "xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
TABLES = (CSV, XLSX)


def usual_delimiter() -> str:
    """The key of the delimiter that spreadsheets in the user's language expect."""
    return "comma" if (get_language() or "en").split("-")[0] in _COMMA_LANGUAGES else "semicolon"


def write_table(chosen: ExportFormat, title: str, header: list[str], rows: Cells, *, delimiter: str) -> Iterator[bytes]:
    """The bytes of a table in a format of TABLES. delimiter: a key of DELIMITERS, for CSV."""
    if chosen is XLSX:
        return write_workbook(title, header, rows)
    return write_csv(header, rows, delimiter=DELIMITERS[delimiter])


def write_csv(header: list[str], rows: Cells, *, delimiter: str) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, by which Excel knows it; no cell is read as a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    decimal = "," if delimiter == ";" else "."
    writer.writerow(header)
    yield b"\xef\xbb\xbf" + buffer.getvalue().encode()
    held = 0
    buffer.seek(0)
    buffer.truncate()
    for row in rows:
        writer.writerow(
            [
                (guard_formula(cell) if cell[:1] in _MAY_BE_GUARDED else cell)
                if cell.__class__ is str
                else cell
                if cell is None or cell.__class__ is int
                else _as_text(cell, decimal)
                for cell in row
            ]
        )
        held += 1
        if held == _ROWS_AT_ONCE:
            yield buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
            held = 0
    if held:
        yield buffer.getvalue().encode("utf-8", "replace")


def _as_text(value: Any, decimal: str) -> str:
    """ISO days and moments, "yes" for what is so, decimals as the readers of the delimiter write them.

    A moment without zone is one for people: as a clock shows it.
    """
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        return value.isoformat(" ", "minutes")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    text = str(value)
    return text.replace(".", ",") if decimal == "," else text
