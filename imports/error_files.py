"""The error rows of an import as a file of the same kind, each with its reason; read and written as a stream."""

import codecs
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from django.utils.translation import get_language

from core.text.cells import guard_formula
from core.text.lines import several_lines

from .cards import raw_card_files
from .mapped_files import MappedFile
from .models import RANKS, Import, ImportRow
from .reason_column import REASON, REASON_PROPERTY, is_reason
from .row_choices import corrections_of
from .target_list import target_of

BATCH = 500
LINE_ENDS = {"CRLF": "\r\n", "LF": "\n", "CR": "\r"}
# What a reason is written with where the encoding of the file has no such character.
_PLAIN = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "→": "->"})
_UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
_SEMICOLON_LANGUAGES = ("es",)


@dataclass(frozen=True)
class ErrorFile:
    """What the browser is given: a name, a content type and the content in pieces."""

    name: str
    content_type: str
    content: Iterator[bytes]


def error_file(work: Import, source: BinaryIO) -> ErrorFile:
    """The error rows of the run, or of the dry run before it, as they stood in the file, with what was corrected.

    source: the file of the import, open until the content has been read. Raises a subclass of UnusableFile.
    """
    opened = target_of(work).open(source, work.options)
    stem = PurePosixPath(work.file_name).stem or "import"
    if opened.is_vcard:
        return ErrorFile(f"{stem}-errors.vcf", "text/vcard; charset=utf-8", _cards(work, source, opened.recognised))
    opened.corrections = corrections_of(work)
    suffix = PurePosixPath(work.file_name).suffix.lower()
    is_text = opened.recognised.get("kind") == "csv"
    is_text_file = is_text and suffix in (".csv", ".txt", ".tsv", ".tab")
    suffix = suffix if is_text_file else ".csv"
    encoding = _encoding_of(opened) if is_text else "utf-8-sig"
    shown = "utf-8" if encoding == "utf-8-sig" else encoding
    # In a text file a formula is one already, and its cells stay as they stood; elsewhere they were harmless text.
    as_kept = str if is_text_file else harmless_cell
    content = _table(work, opened, encoding, _Words.now(), as_kept)
    return ErrorFile(f"{stem}-errors{suffix}", f"text/csv; charset={shown}", content)


def has_errors(work: Import) -> bool:
    """Whether there is anything to download."""
    return _errors(work).exists()


def _errors(work: Import):
    # The listing index holds them together, in the order of their rows.
    return ImportRow.objects.filter(parent=work, is_planned=not work.has_started, rank=RANKS[ImportRow.Action.ERROR])


def reasons_by_row(work: Import) -> Iterator[tuple[int, str]]:
    """(number, reasons) of the error rows in file order, a few at a time."""
    last = 0
    while True:
        rows = _errors(work).filter(pk__gt=last).order_by("pk").values_list("pk", "number", "reasons")[:BATCH]
        found = list(rows)
        for pk, number, reasons in found:
            last = pk
            yield number, " ".join(reasons)
        if len(found) < BATCH:
            return


def _encoding_of(opened: MappedFile) -> str:
    """The encoding of the file; UTF-8 with a mark where it cannot hold what was corrected since."""
    encoding = opened.recognised["encoding"]
    if encoding in _UNICODE:
        return encoding
    typed = "".join(text for cells in opened.corrections.values() for text in cells.values())
    try:
        typed.encode(encoding)
    except UnicodeError:
        return "utf-8-sig"
    return encoding


@dataclass(frozen=True)
class _Words:
    """What depends on the language of the user; the content is written when it is not at hand any more."""

    reason: str
    delimiter: str

    @classmethod
    def now(cls) -> "_Words":
        return cls(str(REASON), ";" if get_language() in _SEMICOLON_LANGUAGES else ",")


def _table(
    work: Import, opened: MappedFile, encoding: str, words: _Words, as_kept: Callable[[str], str]
) -> Iterator[bytes]:
    assert opened.table is not None
    recognised = opened.table.recognised
    is_text = recognised.kind == "csv"
    delimiter = recognised.delimiter or ("," if is_text else words.delimiter)
    line_end = LINE_ENDS.get(recognised.newline, "\r\n")
    encoder = codecs.getincrementalencoder(encoding)(_handler(encoding))
    kept = [index for index, text in enumerate(opened.table.header) if not is_reason(text)]

    def line(cells: list[str]) -> bytes:
        return encoder.encode(delimiter.join(_cell(text, delimiter) for text in cells) + line_end)

    yield line([*(as_kept(opened.table.header[index]) for index in kept), words.reason])
    wanted = reasons_by_row(work)
    number, reason = next(wanted, (0, ""))
    pieces: list[bytes] = []
    for row in opened.corrected_rows():
        if not number:
            break
        if row.number != number:
            continue
        cells = [as_kept(row.cells[index]) for index in kept]
        pieces.append(line([*cells, guard_formula(reason), *map(as_kept, row.extra)]))
        if len(pieces) == BATCH:
            yield b"".join(pieces)
            pieces = []
        number, reason = next(wanted, (0, ""))
    yield b"".join(pieces)


def harmless_cell(text: str) -> str:
    """A cell that no spreadsheet reads as a formula; an import of the file finds what stood there.

    An apostrophe of its own guards a text already, and is read as in the first file.
    """
    clean = several_lines(text)
    return text if clean.startswith("'") or guard_formula(text) == text else guard_formula(clean)


def _cell(text: str, delimiter: str) -> str:
    """A cell as it stands in a line: quoted where it would be read as something else."""
    if delimiter in text or '"' in text or "\n" in text or "\r" in text or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def _cards(work: Import, source: BinaryIO, recognised: dict[str, Any]) -> Iterator[bytes]:
    """The cards as they stood, their lines unfolded, each with the line of its reason at the end."""
    wanted = reasons_by_row(work)
    number, reason = next(wanted, (0, ""))
    for position, lines in enumerate(raw_card_files(source, recognised), 1):
        if not number:
            return
        if position != number:
            continue
        text = f"{REASON_PROPERTY}:{' '.join(reason.split())}".encode()
        yield b"\r\n".join([b"BEGIN:VCARD", *lines, text, b"END:VCARD", b""])
        number, reason = next(wanted, (0, ""))


@cache
def _handler(encoding: str) -> str:
    """The name of the error handler that writes what an encoding does not hold."""
    name = f"crm-error-file-{encoding}"

    def replaced(error: UnicodeError) -> tuple[str | bytes, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        text = error.object[error.start : error.end]
        own = [_undefined_byte(char, encoding) for char in text]
        if all(own):
            return b"".join(own), error.end
        plain = unicodedata.normalize("NFKD", text.translate(_PLAIN)).encode("ascii", "ignore").decode()
        return plain or "?", error.end

    codecs.register_error(name, replaced)
    return name


def _undefined_byte(char: str, encoding: str) -> bytes:
    """The byte without meaning in a Windows page that was read as char (see imports.encodings), b"" for none."""
    for page in ("cp1252", "latin-1") if encoding.startswith("cp125") else ():
        byte = char.encode(page, "ignore")
        if byte and not byte.decode(encoding, "ignore"):
            return byte
    return b""
