"""Finds the encoding of a text file: byte order mark, then strict UTF-8 throughout, then Windows-1252."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from imports.file_errors import NotText, RecordTooLong, UnknownEncoding, WrongEncoding

CHUNK_BYTES = 262_144
SAMPLE_BYTES = 65_536

# What a user may choose, as Python codec names: Unicode, then the Windows and ISO pages of European
# languages.
ENCODINGS = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    *(f"cp125{page}" for page in range(9)),
    "iso8859-1",
    "iso8859-2",
    "iso8859-15",
    "mac-roman",
    "cp437",
    "cp850",
    "koi8-r",
    "shift_jis",
    "gb18030",
    "big5",
    "euc-kr",
)
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(range(9)) + bytes(range(14, 26)) + bytes(range(28, 32))
_LENIENT = "crm-cp1252"
_TABLE_CODEC = "crm_table_"


def _character(byte: int, *pages: str) -> str:
    """What a byte means in the first of the code pages that knows it."""
    text = bytes((byte,))
    return next(char for page in pages if (char := text.decode(page, "ignore")))


_WINDOWS = [_character(byte, "cp1252", "latin-1") for byte in range(256)]


def _undecodable_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join([_WINDOWS[byte] for byte in error.object[error.start : error.end]]), error.end


codecs.register_error(_LENIENT, _undecodable_as_cp1252)


def _table_codec(name: str) -> codecs.CodecInfo | None:
    """A Windows page whose undefined bytes are those of Windows-1252, as one table: handlers take too long."""
    if not name.startswith(_TABLE_CODEC):
        return None
    page = name.removeprefix(_TABLE_CODEC)
    table = "".join(_character(byte, page, "cp1252", "latin-1") for byte in range(256))

    class Decoder(codecs.IncrementalDecoder):
        def decode(self, data: Any, final: bool = False) -> str:
            return codecs.charmap_decode(data, "strict", table)[0]

    return codecs.CodecInfo(
        encode=codecs.lookup(page).encode,
        decode=lambda data, errors="strict": codecs.charmap_decode(data, errors, table),
        incrementalencoder=codecs.lookup(page).incrementalencoder,
        incrementaldecoder=Decoder,
        name=name,
    )


codecs.register(_table_codec)


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """An encoding as found: `name` to show, how to decode, and whether NUL or Ctrl-Z must be taken out."""

    name: str
    errors: str = "strict"
    bom: bool = False
    has_controls: bool = False

    @property
    def codec(self) -> str:
        """The name of the Python codec that decodes it."""
        is_table = self.errors == _LENIENT and self.name.startswith("cp125")
        return _TABLE_CODEC + self.name if is_table else self.name


def find_encoding(source: BinaryIO, *, chosen: str | None, longest_line: int) -> TextEncoding:
    """Return the encoding of `source` (seekable) after one pass over all its bytes, in bounded memory.

    `chosen` is a name of `ENCODINGS` or None. Windows-1252 never fails: its five undefined bytes become the
    characters of ISO 8859-1. Raises `UnknownEncoding`, `WrongEncoding`, `NotText`, or `RecordTooLong` when
    more than `longest_line` bytes follow each other without a line end.
    """
    source.seek(0)
    head = source.read(SAMPLE_BYTES)
    candidates = _candidates(head, chosen)
    found, has_controls = _first_that_decodes(source, candidates, longest_line)
    if found is None:
        raise WrongEncoding(encoding=chosen or candidates[-1].name)
    if found.name not in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        _refuse_binary(head)
    return TextEncoding(found.name, found.errors, found.bom, has_controls)


def _candidates(head: bytes, chosen: str | None) -> list[TextEncoding]:
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if chosen is not None:
        return [_chosen_encoding(chosen, marked)]
    if marked == "utf-8-sig":  # invalid bytes behind the mark: parts of several files were joined
        return [TextEncoding(marked, bom=True), TextEncoding(marked, errors=_LENIENT, bom=True)]
    if marked:
        return [TextEncoding(marked, bom=True)]
    unmarked = _utf16_without_mark(head)
    if unmarked:
        return [TextEncoding(unmarked), TextEncoding("cp1252", errors=_LENIENT)]
    return [TextEncoding("utf-8"), TextEncoding("cp1252", errors=_LENIENT)]


def _chosen_encoding(chosen: str, marked: str | None) -> TextEncoding:
    name = chosen.strip().lower()
    if name in ("utf-8-sig", "utf-8") and marked == "utf-8-sig":
        return TextEncoding("utf-8-sig", bom=True)
    if name.startswith("utf-16") and marked == "utf-16":
        return TextEncoding("utf-16", bom=True)
    try:
        canonical = codecs.lookup(name).name
    except (LookupError, ValueError):
        raise UnknownEncoding(encoding=chosen) from None
    if canonical not in {codecs.lookup(offered).name for offered in ENCODINGS}:
        raise UnknownEncoding(encoding=chosen)
    errors = _LENIENT if canonical.startswith("cp125") else "strict"
    return TextEncoding("utf-16-le" if canonical == "utf-16" else canonical, errors=errors)


def _utf16_without_mark(head: bytes) -> str | None:
    """European text in UTF-16 has a NUL in nearly every second byte, always on the same side."""
    pairs = len(head) // 2
    even = head[: pairs * 2 : 2].count(0)
    odd = head[1 : pairs * 2 : 2].count(0)
    if odd > 1 and odd > 0.4 * pairs and even <= 0.05 * pairs:
        return "utf-16-le"
    if even > 1 and even > 0.4 * pairs and odd <= 0.05 * pairs:
        return "utf-16-be"
    return None


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    source.seek(0)
    while chunk := source.read(CHUNK_BYTES):
        yield chunk


def _first_that_decodes(
    source: BinaryIO, candidates: list[TextEncoding], longest_line: int
) -> tuple[TextEncoding | None, bool]:
    """Decode the whole file with each candidate in turn; also tell whether it holds NUL or Ctrl-Z."""
    for encoding in candidates:
        decoder = codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
        has_controls = False
        run, line = 0, 1
        try:
            for chunk in _chunks(source):
                text = decoder.decode(chunk)
                has_controls = has_controls or "\0" in text or "\x1a" in text
                run = _unbroken_run(run, chunk)
                line += max(text.count("\n"), text.count("\r"))
                if run > longest_line:
                    raise RecordTooLong(line=line, limit=longest_line)
            decoder.decode(b"", final=True)
        except UnicodeError:
            continue
        return encoding, has_controls
    return None, False


def _unbroken_run(run: int, chunk: bytes) -> int:
    """Count bytes since the last line end, to the precision of a chunk."""
    last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
    return run + len(chunk) if last < 0 else len(chunk) - last


def _refuse_binary(head: bytes) -> None:
    """Raise `NotText` when over a twentieth are control characters; a few NULs in a text are forgiven."""
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > max(2, len(head) // 20):
        raise NotText
