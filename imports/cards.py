"""Files of vCards, one or a compressed folder of them: what they are, their cards one by one, how many there are."""

import re
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.vcard import Card, NotAVCardFile, Problem, VCardFileError, raw_cards, read_cards

from .archives import open_archive, open_entry, unpacked_size
from .file_errors import DamagedFile, EmptyFile, PasswordProtected, TooManyCardsUnpacked, UnusableFile

CARD_KINDS = ("vcard", "vcard-zip")
MOST_UNPACKED = 300 * 1024 * 1024
_ENDINGS = (".vcf", ".vcard")
_LONGEST_NAME = 80
_NAMES_SHOWN = 5
# Of more files than these the cards are not counted while somebody waits: most hold one.
_MOST_COUNTED = 2_000
_HEAD_BYTES = 4_096
_CHUNK = 1_000_000
_BEGIN = re.compile(rb"^[ \t]*BEGIN[ \t]*:[ \t]*VCARD\b", re.I | re.M)


class UnusableVCard(UnusableFile):
    """A vCard file that cannot be read as a whole."""

    code = "unusable_vcard"

    def __init__(self, error: VCardFileError):
        super().__init__()
        self.error = error

    @property
    def message(self) -> str:
        return str(self.error)


def recognise_cards(source: BinaryIO, kind: str) -> dict[str, Any]:
    """What Import keeps of a file of cards; raises a subclass of `UnusableFile` for a folder that cannot be read."""
    recognised = {
        "kind": "vcard",
        "source": "vcard",
        "source_name": "vCard",
        "encoding": "",
        "delimiter": None,
        "header_line": None,
    }
    if kind == "vcard":
        source.seek(0)
        return recognised | {"encoding": _encoding(source.read(_HEAD_BYTES))}
    with open_archive(source) as archive:
        entries = _card_files(archive)
        unpacked_size(entries, MOST_UNPACKED, refusal=TooManyCardsUnpacked)
        if any(entry.flag_bits & 1 for entry in entries):
            raise PasswordProtected
        if not any(entry.file_size for entry in entries):
            raise EmptyFile
    return recognised | {"files": len(entries)}


def read_card_files(source: BinaryIO, recognised: dict[str, Any]) -> Iterator[tuple[str, Card]]:
    """(name of the file in the folder or "", card) for every card, in bounded memory.

    A file of a folder that cannot be read is a card with an error and does not lose the others. Raises `UnusableVCard`.
    """
    source.seek(0)
    if "files" not in recognised:
        try:
            for card in read_cards(source):
                yield "", card
        except VCardFileError as error:
            raise UnusableVCard(error) from error
        return
    with open_archive(source) as archive:
        for entry in _card_files(archive):
            name = _shown(entry.filename)
            try:
                with open_entry(archive, entry) as file:
                    for card in _cards_or_error(file):
                        yield name, card
            except DamagedFile:
                yield name, _unreadable("damaged_file")


def raw_card_files(source: BinaryIO, recognised: dict[str, Any]) -> Iterator[list[bytes]]:
    """The lines of every card as they stand, in the order of `read_card_files`; of a file without a card none."""
    source.seek(0)
    if "files" not in recognised:
        yield from raw_cards(source)
        return
    with open_archive(source) as archive:
        for entry in _card_files(archive):
            try:
                with open_entry(archive, entry) as file:
                    yield from raw_cards(file)
            except (DamagedFile, VCardFileError):
                yield []


def _cards_or_error(file: BinaryIO) -> Iterator[Card]:
    try:
        yield from read_cards(file)
    except NotAVCardFile:
        yield _unreadable("no_card")
    except VCardFileError:
        yield _unreadable("damaged_file")


def _unreadable(code: str) -> Card:
    return Card(line=1, error=Problem(1, code))


def count_cards(source: BinaryIO, recognised: dict[str, Any]) -> int:
    """The number of lines that begin a card; quick, and off by those inside other cards."""
    source.seek(0)
    if "files" not in recognised:
        return _count(source)
    with open_archive(source) as archive:
        entries = _card_files(archive)
        if len(entries) > _MOST_COUNTED:
            return len(entries)
        count = 0
        for entry in entries:
            try:
                with open_entry(archive, entry) as file:
                    count += _count(file)
            except DamagedFile:
                count += 1
        return count


def card_warnings(source: BinaryIO, recognised: dict[str, Any]) -> list[str]:
    """What of a folder is not read."""
    if "files" not in recognised:
        return []
    with open_archive(source) as archive:
        names = [
            entry.filename for entry in archive.infolist() if not entry.is_dir() and not _is_hidden(entry.filename)
        ]
    others = [_shown(name) for name in names if not name.lower().endswith(_ENDINGS)]
    if not others:
        return []
    text = ngettext(
        "%(n)s file of the folder is no vCard and is left out: %(names)s",
        "%(n)s files of the folder are no vCards and are left out: %(names)s",
        len(others),
    )
    more = "" if len(others) <= _NAMES_SHOWN else " …"
    return [text % {"n": len(others), "names": ", ".join(others[:_NAMES_SHOWN]) + more}]


def place_text(file: str, line: int, text: str) -> str:
    """A problem with the place where it stands."""
    if file:
        return _("%(file)s, line %(line)s: %(text)s") % {"file": file, "line": line, "text": text}
    return _("Line %(line)s: %(text)s") % {"line": line, "text": text}


def _card_files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files that say they are vCards, in the order of the folder."""
    return [
        entry
        for entry in archive.infolist()
        if entry.filename.lower().endswith(_ENDINGS) and not entry.is_dir() and not _is_hidden(entry.filename)
    ]


def _is_hidden(name: str) -> bool:
    """What macOS and Windows add to a folder on their own."""
    last = name.replace("\\", "/").rpartition("/")[2].lower()
    return name.startswith("__MACOSX/") or last.startswith(".") or last in ("thumbs.db", "desktop.ini")


def _shown(name: str) -> str:
    """The name of a file without its folders and characters that cannot be seen."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable())[-_LONGEST_NAME:] or "?"


def _count(source: BinaryIO) -> int:
    count, rest = 0, b""
    while chunk := source.read(_CHUNK):
        text = rest + chunk.replace(b"\0", b"").replace(b"\r", b"\n")
        end = text.rfind(b"\n") + 1
        count += len(_BEGIN.findall(text, 0, end))
        rest = text[end:][-_CHUNK:]
    return count + len(_BEGIN.findall(rest))


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8-sig" if head.startswith(b"\xef\xbb\xbf") else "utf-8"
