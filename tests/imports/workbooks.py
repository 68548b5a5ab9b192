"""Workbooks that tests make: XLSX by a library, ODS and old XLS by hand, since nothing here writes those."""

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl

_ODS_ROOT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
)
_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS_TYPE}"/>%s</manifest:manifest>'
)

Cells = Sequence[Sequence[Any]]
PEOPLE = [["First Name", "Last Name", "E-mail"], ["Ana", "Ruiz", "ana@montsant.example"], ["Eva", "Pons", ""]]
SHEET = "xl/worksheets/sheet1.xml"


def xlsx_of(cells: Cells, *, sheet: str = "Contacts", more: dict[str, Cells] | None = None) -> bytes:
    """An Excel workbook of one sheet, and `more` behind it."""
    book = openpyxl.Workbook(write_only=True)
    for name, rows in {sheet: cells, **(more or {})}.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def book_of(**cells: object) -> openpyxl.Workbook:
    """A workbook of names and birthdays with these cells {place: value}."""
    book = openpyxl.Workbook()
    for place, value in {"A1": "Name", "B1": "Birthday", **cells}.items():
        book.active[place] = value
    return book


def zip_of(files: dict[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of {name: content}."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method, compresslevel=1) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def changed_zip(content: bytes, **changes: Any) -> bytes:
    """The archive with `replace` {name: [(old, new), ...]} done and `add` {name: content}."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for name, pairs in changes.get("replace", {}).items():
        for old, new in pairs:
            assert old in files[name], (old, files[name][:500])
            files[name] = files[name].replace(old, new)
    return zip_of(files | changes.get("add", {}))


def ods_of(cells: Cells, *, sheet: str = "Contacts", manifest: str = "") -> bytes:
    """An OpenDocument spreadsheet; a cell may be a text, a number, a bool, or a finished XML element ("<...")."""
    rows = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in cells)
    body = f"<table:table table:name={quoteattr(sheet)}>{rows}</table:table>"
    content = f"{_ODS_ROOT}<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
    return zip_of(
        {
            "mimetype": _ODS_TYPE,
            "META-INF/manifest.xml": _MANIFEST % manifest,
            "content.xml": f'<?xml version="1.0" encoding="UTF-8"?>{content}</office:document-content>',
        }
    )


def _ods_cell(value: Any) -> str:
    if isinstance(value, str) and value.startswith("<table:"):
        return value
    if isinstance(value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"/>'
    if isinstance(value, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    if value in ("", None):
        return "<table:table-cell/>"
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in value.split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


def xls_of(cells: Cells, *, sheet: str = "Contacts", records: bytes = b"") -> bytes:
    """A workbook of Excel 97 to 2003 (BIFF8); `records` go in front of the sheets, such as one that encrypts it."""
    start = _biff(0x0809, struct.pack("<HHHHLL", 0x0600, 0x0005, 0, 0, 0, 0)) + records
    start += _biff(0x0042, struct.pack("<H", 1200))
    start += _biff(0x00E0, struct.pack("<HHHHHLLHH", 0, 0, 0, 0, 0, 0, 0, 0, 0)[:20])
    start += _biff(0x00E0, struct.pack("<HHHHHLLHH", 0, 14, 0, 0, 0, 0, 0, 0, 0)[:20])
    name = sheet.encode("utf-16-le")
    place = len(start) + 4 + 8 + len(name) + 4
    start += _biff(0x0085, struct.pack("<LBBBB", place, 0, 0, len(sheet), 1) + name) + _biff(0x000A, b"")
    page = _biff(0x0809, struct.pack("<HHHHLL", 0x0600, 0x0010, 0, 0, 0, 0))
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            page += _xls_cell(row, column, value)
    return _compound_file(start + page + _biff(0x000A, b""))


def _biff(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _xls_cell(row: int, column: int, value: Any) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if value in ("", None):
        return b""
    if isinstance(value, bool):
        return _biff(0x0205, place + bytes((value, 0)))
    if isinstance(value, tuple):  # the number of a day
        return _biff(0x0203, struct.pack("<HHHd", row, column, 1, value[0]))
    if isinstance(value, (int, float)):
        return _biff(0x0203, place + struct.pack("<d", value))
    text = value.encode("utf-16-le")
    return _biff(0x0204, place + struct.pack("<HB", len(text) // 2, 1) + text)


def _compound_file(stream: bytes, name: str = "Workbook") -> bytes:
    """A file system of 512-byte sectors (MS-CFB) with one stream."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    fat_sectors = -(-(sectors + 1) // 127)
    chain = [*range(1, sectors), 0xFFFFFFFE, 0xFFFFFFFE, *[0xFFFFFFFD] * fat_sectors]
    chain += [0xFFFFFFFF] * (fat_sectors * 128 - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xLLLLLLLLL", 0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors, sectors, 0, 4096,
                          0xFFFFFFFE, 0, 0xFFFFFFFE, 0)  # fmt: skip
    places = [sectors + 1 + number for number in range(fat_sectors)]
    header += struct.pack("<109L", *places, *[0xFFFFFFFF] * (109 - fat_sectors))
    directory = _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1) + _entry(name, 2, 0, len(stream)) + bytes(256)
    return header + stream + directory + struct.pack(f"<{len(chain)}L", *chain)


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<LLL", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBB", len(text), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<LQ", start, size)
    )
