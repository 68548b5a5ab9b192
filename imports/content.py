"""Tells from the first bytes what a file is, whatever its name says."""

import re
import zipfile
from typing import BinaryIO

HEAD_BYTES = 65_536

# The first bytes of formats, from their published specifications.
_SIGNATURES = (
    (b"%PDF-", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"!BDN", "pst"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"{\\rtf", "rtf"),
)
_TEXT_MARKS = (
    (re.compile(rb"^[ \t]*BEGIN[ \t]*:[ \t]*VCARD[ \t]*\r?$", re.I | re.M), "vcard"),
    (re.compile(rb"\A\s*BEGIN:VCALENDAR", re.I), "ical"),
    (re.compile(rb"\A\s*<\?xml[^>]*>\s*<html|\A\s*<(!doctype\s+html|html|table)\b", re.I), "html"),
    (re.compile(rb"\A\s*<\?xml\b", re.I), "xml"),
    (re.compile(rb"\A\s*(\{\s*\"|\[\s*\{)"), "json"),
    (re.compile(rb"\A(\s*version:\s*1\s)?\s*dn: ", re.I), "ldif"),
)
_VCARD_HEAD_BYTES = 4_096  # a BEGIN further down stands inside a cell


def sniff_kind(source: BinaryIO) -> str:
    """Return what `source` (seekable) holds: "text", or "vcard", "xlsx", ... (a key of `KIND_MESSAGES`).

    Nothing is unpacked; an empty file is "text". The position afterwards is undefined.
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
    text = _as_ascii(head)
    for mark, kind in _TEXT_MARKS:
        if mark.search(text[:_VCARD_HEAD_BYTES]):
            return kind
    return "text"


def _as_ascii(head: bytes) -> bytes:
    """Strip byte order marks, and the NUL bytes that UTF-16 puts between ASCII letters."""
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"").replace(b"\r", b"\n")


def _zip_kind(source: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
    except Exception:  # zipfile raises half a dozen kinds on damaged archives
        return "zip"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    if any(name.lower().endswith(".vcf") for name in names):
        return "vcard-zip"
    return "zip"
