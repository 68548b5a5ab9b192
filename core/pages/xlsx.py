"""Writes a workbook row by row into a stream: text stays text, days are days, and nothing in it is ever a formula."""

import datetime
import re
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import IO, Any, cast
from xml.sax.saxutils import escape

from django.utils import timezone

from core.text.cells import guard_apostrophe

# Limits of Excel. A sheet also ends before its file needs the 64-bit form of zip, which some readers refuse.
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_TEXT = 32_767
_MOST_BYTES = 1_800_000_000
_LARGEST_NUMBER = 10**15
# Readers take _x0041_ for the character of that number.
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_DAY_ZERO = datetime.date(1899, 12, 30)
# Before this day Excel counts one day too many.
_FIRST_DAY = datetime.date(1900, 3, 1)
_TEXT, _HEAD, _DAY, _MOMENT = 1, 2, 3, 4
_WIDEST, _NARROWEST = 40, 10

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    # 49 is "text": what is typed over it stays text as well.
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def write_workbook(
    title: str, header: list[str], rows: Iterable[list[Any]], *, most_rows: int = MOST_ROWS
) -> Iterator[bytes]:
    """Yield the bytes of a workbook. rows: text, numbers, days, moments, True/False or None per cell.

    What does not fit on one sheet goes on with the same header on the next.
    """
    pieces = _Pieces()
    book = zipfile.ZipFile(cast(IO[bytes], pieces), "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    columns = [_letters(position) for position in range(min(len(header), MOST_COLUMNS))]
    every_row = iter(rows)
    sheets = 0
    following: list[Any] | None = None
    while sheets == 0 or following is not None:
        sheets += 1
        with book.open(f"xl/worksheets/sheet{sheets}.xml", "w") as sheet:
            writer = _Sheet(sheet, columns, header)
            yield pieces.take()
            if following is not None:
                writer.row(following)
            following = None
            for row in every_row:
                if writer.number >= most_rows or writer.size > _MOST_BYTES:
                    following = row
                    break
                writer.row(row)
                if writer.is_full:
                    writer.flush()
                    yield pieces.take()
            writer.finish()
    for name, text in _frame(title, sheets):
        book.writestr(name, text)
    book.close()
    yield pieces.take()


class _Pieces:
    """A file that cannot be searched: what zipfile writes is taken away and sent."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


class _Sheet:
    """One sheet while its rows are written."""

    def __init__(self, target: Any, columns: list[str], header: list[str]) -> None:
        self._target = target
        self._columns = columns
        self._buffer: list[str] = []
        self._held = 0
        self.number = 0
        self.size = 0
        widths = "".join(
            f'<col min="{position}" max="{position}" width="{min(max(len(name) + 2, _NARROWEST), _WIDEST)}" '
            'customWidth="1"/>'
            for position, name in enumerate(header[:MOST_COLUMNS], 1)
        )
        self._add(
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f"<cols>{widths}</cols><sheetData>"
        )
        self.row(header, style=_HEAD)

    def _add(self, text: str) -> None:
        self._buffer.append(text)
        self._held += len(text)

    @property
    def is_full(self) -> bool:
        """Whether enough has come together to be sent."""
        return self._held > 65_536

    def row(self, values: list[Any], style: int = _TEXT) -> None:
        self.number += 1
        number = self.number
        cells = [
            _cell(f"{column}{number}", value, style)
            for column, value in zip(self._columns, values, strict=False)
            if value is not None and value != ""
        ]
        self._add(f'<row r="{number}">{"".join(cells)}</row>')

    def flush(self) -> None:
        data = "".join(self._buffer).encode()
        self.size += len(data)
        self._target.write(data)
        self._buffer.clear()
        self._held = 0

    def finish(self) -> None:
        last = self._columns[-1] if self._columns else "A"
        self._add(f'</sheetData><autoFilter ref="A1:{last}{self.number}"/></worksheet>')
        self.flush()


def _letters(position: int) -> str:
    """The name of a column: A for 0, AA for 26."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(65 + rest) + name
    return name


def _cell(place: str, value: Any, style: int) -> str:
    kind = value.__class__
    if kind is str:
        return _text_cell(place, value, style)
    if kind is bool:
        return _text_cell(place, "yes", style) if value else ""
    if isinstance(value, datetime.datetime):
        return _moment_cell(place, value)
    if isinstance(value, datetime.date):
        if value < _FIRST_DAY:
            return _text_cell(place, value.isoformat(), style)
        return f'<c r="{place}" s="{_DAY}"><v>{(value - _DAY_ZERO).days}</v></c>'
    if isinstance(value, int | float | Decimal) and -_LARGEST_NUMBER < value < _LARGEST_NUMBER:
        return f'<c r="{place}"><v>{value}</v></c>'
    return _text_cell(place, str(value), style)


def _text_cell(place: str, text: str, style: int) -> str:
    if not text.isprintable():
        text = _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    shown = _LIKE_AN_ESCAPE.sub("_x005F_", escape(guard_apostrophe(text)[:MOST_TEXT]))
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _moment_cell(place: str, value: datetime.datetime) -> str:
    """A moment as the clock of the user shows it: workbooks know no zones."""
    local = timezone.make_naive(value) if timezone.is_aware(value) else value
    if local.date() < _FIRST_DAY:
        return _text_cell(place, local.isoformat(" "), _TEXT)
    since = local - datetime.datetime.combine(_DAY_ZERO, datetime.time.min)
    return f'<c r="{place}" s="{_MOMENT}"><v>{since / datetime.timedelta(days=1)!r}</v></c>'


def _frame(title: str, sheets: int) -> Iterator[tuple[str, str]]:
    """The small files around the sheets."""
    numbers = range(1, sheets + 1)
    base = _NOT_IN_NAMES.sub(" ", title).strip()[:27] or "1"
    names = [escape(base if number == 1 else f"{base} {number}", {'"': "&quot;"}) for number in numbers]
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>' for number, name in enumerate(names, 1)
        )
        + "</sheets></workbook>",
    )
    yield "xl/styles.xml", _STYLES
    yield (
        "xl/_rels/workbook.xml.rels",
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
            for number in numbers
        )
        + f'<Relationship Id="rId{sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    )
    yield (
        "_rels/.rels",
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    )
    yield (
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
            for number in numbers
        )
        + "</Types>",
    )
