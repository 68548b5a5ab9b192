"""Reads a sheet of an Excel or OpenDocument workbook as a table.

The archive is checked and copied here, within limits, and read by a process with limits of its own
(`imports.workbook_process`): the library holds a sheet in memory, and ends its process when that is not enough.
What it writes is kept in a temporary file, so that a table can be read as often as wanted. While somebody waits
only the top of a large sheet is read.
"""

import json
import logging
import re
import subprocess
import sys
import tempfile
import weakref
import zipfile
from collections.abc import Iterator
from itertools import dropwhile, islice
from pathlib import Path
from typing import IO, BinaryIO

from imports.archives import chunks, open_archive, open_entry, unpacked_size
from imports.file_errors import (
    DamagedFile,
    EmptyFile,
    NoSheet,
    PasswordProtected,
    SheetCellTooLong,
    SheetRowTooLong,
    TooManySheetColumns,
    UnknownSheet,
    UnusableFile,
    WorkbookTooLarge,
)
from imports.recognition import recognise_source
from imports.tables import (
    HEADER_RECORDS,
    MOST_SAMPLED,
    Choices,
    Limits,
    Recognised,
    Table,
    header_cells,
    header_position,
)

logger = logging.getLogger(__name__)
PROCESS = Path(__file__).with_name("workbook_process.py")
MEMORY_BYTES = 400 * 1024 * 1024
# Of the processor; on a busy machine it takes longer.
SAMPLE_SECONDS = 10
WHOLE_SECONDS = 60
MOST_SECONDS = 180
OUTPUT_BYTES = 512 * 1024 * 1024
MOST_UNPACKED = {"xlsx": 200 * 1024 * 1024, "xlsb": 200 * 1024 * 1024, "ods": 100 * 1024 * 1024}
# Of a larger sheet only so much is read while somebody waits.
SAMPLE_BYTES = 24 * 1024 * 1024
_COPY_BYTES = 1_000_000
# Parts of a workbook in which no cell stands.
_LEFT_OUT = re.compile(
    r"(xl/(media|drawings|theme|externallinks|pivot\w*|printersettings|embeddings|activex|ctrlprops|charts\w*|"
    r"threadedcomments|persons|richdata)/|xl/(comments\d*|calcchain|vbaproject)\.|docprops/|customxml/|"
    r"pictures/|thumbnails/|object|configurations2/)",
    re.I,
)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.I)
_DATA = re.compile(rb"<([\w.-]+:)?sheetData[\s>]")
_LONGEST_MARK = 200
_FAULTS: dict[str, type[UnusableFile]] = {
    "password": PasswordProtected,
    "damaged": DamagedFile,
    "too_large": WorkbookTooLarge,
    "no_sheet": NoSheet,
}


def open_workbook(kind: str, source: BinaryIO, choices: Choices, limits: Limits) -> Table:
    """Open a workbook; `choices.sheet` None: the first sheet that can be seen and holds a table."""
    reader = _SheetReader(kind, source, choices.sheet, limits)
    looked_at = max(HEADER_RECORDS, min(choices.header_line or 0, MOST_SAMPLED) + 1)
    filled = dropwhile(lambda record: not any(map(str.strip, record[1])), reader.records(None, MOST_SAMPLED))
    head = list(islice(filled, looked_at))
    if not head:
        raise EmptyFile
    position = header_position(head, choices.header_line)
    header = header_cells(head, position)
    line = None if position is None else head[position][0]
    recognised = Recognised(
        kind=kind,
        encoding="",
        bom=False,
        delimiter=None,
        newline="",
        header_row=line,
        header_line=line,
        columns=len(header),
        source=None if position is None else recognise_source(header),
        sheet=reader.sheet,
        sheets=tuple(reader.sheets),
    )
    return Table(recognised, header, limits, reader.records, count_rows=reader.count_rows)


class _SheetReader:
    """The records of one sheet; what the process made of it is kept until the reader is gone."""

    def __init__(self, kind: str, source: BinaryIO, sheet: str | None, limits: Limits) -> None:
        self.kind = kind
        self.source = source
        self.sheet = sheet
        self.sheets: list[str] = []
        self.limits = limits
        self.rows_seen = 0  # while copying; a sheet may say more rows than it has
        self.whole: BinaryIO | None = None
        self.top: BinaryIO | None = None

    def records(self, table: Table | None, most: int | None) -> Iterator[tuple[int, list[str]]]:
        """Yield (row of the sheet, cells); `most` other than None allows to read the top alone."""
        file, is_cut = self._read(most)
        file.seek(0)
        file.readline()
        limits = self.limits
        for line, text in enumerate(file, 1):
            if len(text) > limits.cell_chars:
                self._refuse_long(text, line)
            cells = json.loads(text)
            if len(cells) > limits.columns:
                raise TooManySheetColumns(line=line, count=len(cells), limit=limits.columns)
            yield line, cells
        if is_cut and table is not None:
            table.was_cut = True

    def _refuse_long(self, text: bytes, line: int) -> None:
        cells = json.loads(text)
        if any(len(cell) > self.limits.cell_chars for cell in cells):
            raise SheetCellTooLong(line=line, limit=self.limits.cell_chars)
        if sum(map(len, cells)) > self.limits.record_chars:
            raise SheetRowTooLong(line=line, limit=self.limits.record_chars)

    def count_rows(self) -> int:
        """How many rows the sheet seems to have, as seen without reading it."""
        return self.rows_seen

    def _read(self, most: int | None) -> tuple[BinaryIO, bool]:
        """(what the process wrote, whether that is the top of the sheet alone)."""
        if self.whole is None and (most is None or self.top is None):
            file, is_cut = self._convert(most)
            if is_cut:
                self.top = file
            else:
                self.whole = file
        if self.whole is not None:
            return self.whole, False
        assert self.top is not None
        return self.top, True

    def _convert(self, most: int | None) -> tuple[BinaryIO, bool]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"workbook.{self.kind}")
            with path.open("wb") as target:
                is_cut = self._copy(target, most)
            output = tempfile.TemporaryFile()  # noqa: SIM115 (read for as long as this reader is there)
            weakref.finalize(self, output.close)
            self._run(path, most, output)
        output.seek(0)
        found = json.loads(output.readline() or "{}")
        if fault := found.get("error"):
            raise UnknownSheet(sheet=self.sheet) if fault == "unknown_sheet" else _FAULTS[fault]
        self.sheet, self.sheets = found["sheet"], found["sheets"]
        self.rows_seen = max(self.rows_seen, found["rows"])
        return output, is_cut or (most is not None and found["rows"] > most + 1)

    def _run(self, path: Path, most: int | None, output: BinaryIO) -> None:
        order = {
            "path": str(path),
            "sheet": self.sheet,
            "rows": None if most is None else most + 1,
            "memory": MEMORY_BYTES,
            "seconds": WHOLE_SECONDS if most is None else SAMPLE_SECONDS,
            "output": OUTPUT_BYTES,
        }
        try:
            done = subprocess.run(  # noqa: S603 (our own script, nothing of the file on its command line)
                [sys.executable, "-I", str(PROCESS)],
                input=json.dumps(order).encode(),
                stdout=output,
                stderr=subprocess.DEVNULL,
                timeout=MOST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise WorkbookTooLarge from error
        if done.returncode:
            logger.warning("The process that reads a workbook ended with %s.", done.returncode)
            raise WorkbookTooLarge

    def _copy(self, target: BinaryIO, most: int | None) -> bool:
        """Copy what is needed of the workbook, unpacked; return whether sheets were cut behind `most` rows."""
        if self.kind == "xls":
            self.source.seek(0)
            while piece := self.source.read(_COPY_BYTES):
                target.write(piece)
            return False
        is_cut = False
        self.rows_seen = 0
        with open_archive(self.source) as archive, zipfile.ZipFile(target, "w") as copy:
            entries = [entry for entry in archive.infolist() if not _LEFT_OUT.match(entry.filename)]
            unpacked_size(entries, MOST_UNPACKED[self.kind])
            names: set[str] = set()
            for entry in entries:
                if entry.filename in names:
                    raise DamagedFile
                names.add(entry.filename)
                with open_entry(archive, entry) as unpacked, copy.open(entry.filename, "w") as part:
                    if _SHEET.fullmatch(entry.filename):
                        is_cut = self._copy_sheet(unpacked, part, most) or is_cut
                    else:
                        for piece in chunks(unpacked):
                            part.write(piece)
        return is_cut

    def _copy_sheet(self, unpacked: BinaryIO, part: IO[bytes], most: int | None) -> bool:
        """Copy a sheet of an .xlsx, its top alone when `most` rows are enough; return whether it was cut."""
        rows = written = 0
        end, closing, rest, is_cut = b"", b"", b"", False
        for piece in chunks(unpacked):
            text = rest + piece
            if not end and (match := _DATA.search(text)):
                prefix = match[1] or b""
                end = b"</" + prefix + b"row>"
                closing = b"</" + prefix + b"sheetData></" + prefix + b"worksheet>"
            last = text.rfind(end) if end else -1
            border = last + len(end) if last >= 0 else max(0, len(text) - _LONGEST_MARK)
            done, rest = text[:border], text[border:]
            rows += done.count(end) if end else 0
            if is_cut:
                continue
            part.write(done)
            written += len(done)
            if most is not None and last >= 0 and (rows > most or written > SAMPLE_BYTES):
                part.write(closing)
                is_cut = True
        if not is_cut:
            part.write(rest)
        self.rows_seen = max(self.rows_seen, rows)
        return is_cut
