"""Tells from the first bytes what a file is, whatever its name says."""

import re
from typing import BinaryIO

from imports.archives import open_archive

HEAD_BYTES = 65_536

# The first bytes of formats, from their published specifications.
_SIGNATURES = (
    (b"%PDF-", "pdf"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "7z"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"!BDN", "pst"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"{\\rtf", "rtf"),
)
# Office files of before 2007, and those with a password, are file systems of their own: what they are is told by
# the names of the streams in them.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = tuple(
    (name.encode("utf-16-le") + b"\0\0", kind)
    for name, kind in (("EncryptedPackage", "locked"), ("Workbook", "xls"), ("Book", "xls"))
)
_CHUNK = 1_000_000
# Which file of an archive tells what it is; the first that is there counts.
_MEMBERS = (("xl/workbook.bin", "xlsb"), ("word/document.xml", "word"), ("index/document.iwa", "numbers"))
_CARD = re.compile(rb"^[ \t]*BEGIN[ \t]*:[ \t]*VCARD[ \t]*\r?$", re.I | re.M)
_TEXT_MARKS = (
    (re.compile(rb"\A\s*BEGIN:VCALENDAR", re.I), "ical"),
    (re.compile(rb"\A\s*<\?xml[^>]*>\s*<html|\A\s*<(!doctype\s+html|html|table)\b", re.I), "html"),
    (re.compile(rb"\A\s*<\?xml.{0,500}<\?mso-application\s+progid=.Excel\.Sheet", re.I | re.S), "excel-xml"),
    (re.compile(rb"\A\s*<\?xml\b", re.I), "xml"),
    (re.compile(rb"\AMIME-Version:.{0,2000}^Content-Type:[ \t]*multipart/related", re.I | re.S | re.M), "html"),
    (re.compile(rb"\A\s*(\{\s*\"|\[\s*\{)"), "json"),
    (re.compile(rb"\A(\s*version:\s*1\s)?\s*dn: ", re.I), "ldif"),
)
_TOP_BYTES = 4_096


def sniff_kind(source: BinaryIO) -> str:
    """Return what `source` (seekable) holds: "text", or "vcard", "xlsx", ... (a key of `KIND_MESSAGES`).

    Nothing is unpacked; an empty file is "text". The position afterwards is undefined. Raises `DamagedFile` or
    `TooManyEntries` for an archive that cannot be looked into.
    """
    source.seek(0)
    head = source.read(HEAD_BYTES)
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(source)
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head.startswith(b"BM") and b"\0" in head[:26]:
        return "image"
    if head.startswith(_OLE):
        return _ole_kind(source)
    text = _as_ascii(head)
    for mark, kind in _TEXT_MARKS:
        if mark.search(text[:_TOP_BYTES]):
            return kind
    return "vcard" if _begins_card(text) else "text"


def _begins_card(text: bytes) -> bool:
    """Whether a card begins in the first lines, whatever stands above it; in a quoted cell of a table none does."""
    return any(text.count(b'"', 0, card.start()) % 2 == 0 for card in _CARD.finditer(text))


def _as_ascii(head: bytes) -> bytes:
    """Strip byte order marks, and the NUL bytes that UTF-16 puts between ASCII letters."""
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"").replace(b"\r", b"\n")


def _ole_kind(source: BinaryIO) -> str:
    source.seek(0)
    found, rest = set(), b""
    while chunk := source.read(_CHUNK):
        text = rest + chunk
        found |= {kind for name, kind in _STREAMS if name in text}
        rest = text[-64:]
    return next((kind for kind in ("locked", "xls") if kind in found), "ole")


def _zip_kind(source: BinaryIO) -> str:
    with open_archive(source) as archive:
        names = {name.lower() for name in archive.namelist()}
    for member, kind in _MEMBERS:
        if member in names:
            return kind
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    return "vcard-zip" if any(name.endswith(".vcf") for name in names) else "zip"
