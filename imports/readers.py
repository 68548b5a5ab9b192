"""Opens a file of contacts or other records as a table, by its content and whatever its name says.

Every reader yields the same `Row` objects, so that what follows (mapping, planning, running) knows no file
format. A new format is a function like `open_text` and one line in `READERS`.
"""

import io
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from imports.content import sniff_kind
from imports.file_errors import PasswordProtected, TooManyBytes, WrongKind
from imports.tables import DEFAULT_LIMITS, Choices, Limits, Recognised, Row, Table, TableWarning
from imports.text_tables import open_text
from imports.workbooks import open_workbook

__all__ = ["DEFAULT_LIMITS", "READERS", "Limits", "Recognised", "Row", "Table", "TableWarning", "open_table"]

Opener = Callable[[BinaryIO, Choices, Limits], Table]
WORKBOOKS = ("xlsx", "xlsb", "xls", "ods")
READERS: dict[str, Opener] = {"text": open_text, **{kind: partial(open_workbook, kind) for kind in WORKBOOKS}}


def open_table(
    source: BinaryIO,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_line: int | None = None,
    sheet: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Table:
    """Recognise `source` (binary, seekable, kept open by the caller) by its content and return it as a table.

    What the user chose overrides the recognition: `encoding` (of `imports.encodings.ENCODINGS`),
    `delimiter` (one character), `header_line` (physical line of the header row, 0 for a file without
    header), `sheet` (the name of one of a workbook; encoding and delimiter mean nothing there). Without header
    the columns are called "Column 1" and so on. Raises a subclass of `UnusableFile`; a file of another kind
    (vCard, picture, ...) raises `WrongKind`, whose `kind` tells where it belongs; `ValueError` a delimiter of
    other length.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise ValueError("A delimiter is one character, and neither a quotation mark nor a line end.")
    size = source.seek(0, io.SEEK_END)
    if size > limits.bytes:
        raise TooManyBytes(size=size // 1024**2, limit=limits.bytes // 1024**2)
    kind = sniff_kind(source)
    if kind == "locked":
        raise PasswordProtected
    if kind not in READERS:
        raise WrongKind(kind)
    return READERS[kind](source, Choices(encoding, delimiter, header_line, sheet), limits)
