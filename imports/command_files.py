"""The file that the command line names: opened where it stands; standard input and pipes are kept for a while first."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from .choosing import clean_name
from .file_errors import TooManyBytes
from .readers import DEFAULT_LIMITS

STANDARD_INPUT = "-"
_PIECE = 1_000_000


@contextmanager
def named_file(text: str) -> Iterator[tuple[BinaryIO, str]]:
    """(the file, its name as pages show it); "-" means standard input. Raises OSError and TooManyBytes."""
    if text == STANDARD_INPUT:
        with _kept(sys.stdin.buffer) as kept:
            yield kept, "stdin"
        return
    path = Path(text)
    with path.open("rb") as source:
        if source.seekable():
            yield source, shown_name(path.name)
            return
        with _kept(source) as kept:
            yield kept, shown_name(path.name)


def shown_name(name: str) -> str:
    """The name of a file of this system: bytes that are no UTF-8 are read as Latin-1."""
    try:
        name.encode()
    except UnicodeEncodeError:
        name = os.fsencode(name).decode("latin-1")
    return clean_name(name)


@contextmanager
def _kept(source: BinaryIO) -> Iterator[BinaryIO]:
    """What comes through a pipe, as a file that can be read again."""
    limit = DEFAULT_LIMITS.bytes
    with TemporaryFile() as kept:
        size = 0
        while piece := source.read(_PIECE):
            size += kept.write(piece)
            if size > limit:
                raise TooManyBytes(size=f"> {limit // 1024**2}", limit=limit // 1024**2)
        kept.seek(0)
        yield kept
