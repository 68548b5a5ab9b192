"""Opens zip archives (workbooks, folders of vCards) within limits, whatever their directory claims."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from imports.file_errors import DamagedFile, PasswordProtected, TooManyEntries, TooMuchUnpacked

CHUNK = 262_144
MOST_ENTRIES = 50_000
# The others can unpack a few bytes into hundreds of megabytes at once.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MOST_DIRECTORY = MOST_ENTRIES * 160  # bytes, read as a whole
# The end of the directory and its forms for large archives, from the specification of the format (APPNOTE).
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LONGEST_COMMENT = 65_535
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, ValueError, NotImplementedError)


def open_archive(source: BinaryIO) -> zipfile.ZipFile:
    """Open an archive whose directory is small enough to be read; raises `DamagedFile` or `TooManyEntries`."""
    try:
        count, size = _directory_size(source)
        if count > MOST_ENTRIES or size > _MOST_DIRECTORY:
            raise TooManyEntries(limit=MOST_ENTRIES)
        source.seek(0)
        archive = zipfile.ZipFile(source)
    except _FAULTS as error:
        raise DamagedFile from error
    if len(archive.infolist()) > MOST_ENTRIES:  # the directory need not hold as many as it announces
        raise TooManyEntries(limit=MOST_ENTRIES)
    return archive


def _directory_size(source: BinaryIO) -> tuple[int, int]:
    """(number of entries, bytes) of the directory as the end of the file announces them."""
    size = source.seek(0, io.SEEK_END)
    start = max(0, size - _END.size - _LONGEST_COMMENT)
    source.seek(start)
    tail = source.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise zipfile.BadZipFile
    end = _END.unpack_from(tail, at)
    place = start + at - _LOCATOR.size
    if place < 0:
        return end[4], end[5]
    source.seek(place)
    locator = _LOCATOR.unpack(source.read(_LOCATOR.size))
    if locator[0] != b"PK\x06\x07":
        return end[4], end[5]
    source.seek(max(0, place - _END_64.size))
    near = source.read(_END_64.size)
    if not near.startswith(b"PK\x06\x06"):
        source.seek(locator[2])
        near = source.read(_END_64.size)
    end_64 = _END_64.unpack(near)
    return end_64[7], end_64[8]


def unpacked_size(
    entries: list[zipfile.ZipInfo], most: int, *, refusal: type[TooMuchUnpacked] = TooMuchUnpacked
) -> int:
    """What the entries announce to be unpacked; raises `refusal` when that is more than `most` bytes."""
    size = sum(entry.file_size for entry in entries)
    if size > most:
        raise refusal(size=size // 1024**2, limit=most // 1024**2)
    return size


@contextmanager
def open_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[BinaryIO]:
    """One file of an archive, never longer than it announces; what is wrong with it is raised as an `UnusableFile`."""
    if entry.flag_bits & 1:
        raise PasswordProtected
    if entry.compress_type not in _METHODS:
        raise DamagedFile
    try:
        with archive.open(entry) as unpacked:
            yield unpacked
    except _FAULTS as error:
        raise DamagedFile from error


def chunks(unpacked: BinaryIO) -> Iterator[bytes]:
    """The bytes of an entry in pieces."""
    while chunk := unpacked.read(CHUNK):
        yield chunk
