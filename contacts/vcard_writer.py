"""Writes contacts as vCards 3.0 (RFC 2426) and 4.0 (RFC 6350) that Outlook, Apple, Google and `contacts.vcard` read.

A writer of our own: the libraries for it write 3.0 rules under a 4.0 heading and let a line end in a parameter through.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from core.text.normalise import fold
from setup_values.countries import country_name

from .birthdays import split_birthday
from .photos import ENDINGS
from .vcard_lexer import Property, clean_controls, escape, lex_line
from .vcard_values import one_line, picture_type

V3, V4 = "3.0", "4.0"
# Octets of a line without its end; the standards count octets, not characters.
_WIDTH = 75
_EMAIL_TYPES = {"work": ("work",), "home": ("home",)}
_PHONE_TYPES = {
    "work": ("work", "voice"), "mobile": ("cell",), "home": ("home", "voice"), "main": ("main",),
    "fax_work": ("work", "fax"), "fax_home": ("home", "fax"), "fax": ("fax",), "pager": ("pager",), "car": ("car",),
    "assistant": ("assistant",), "other": ("voice",),
}  # fmt: skip
_ADDRESS_TYPES = {"work": ("work",), "home": ("home",)}
_SCHEMES = {"jabber": "xmpp", "google talk": "xmpp", "googletalk": "xmpp", "msn": "msnim", "yahoo": "ymsgr"}
_NOT_IN_SCHEME = re.compile(r"[^a-z0-9+.-]")
_APPLE_GROUP = re.compile(r"item(\d{1,6})\.", re.IGNORECASE)
_ENCODING_PARAMS = re.compile(r";(?:(?:ENCODING|CHARSET)=[^;:]*|QUOTED-PRINTABLE|8BIT|7BIT)(?=[;]|\Z)", re.IGNORECASE)
# Never kept from an import, because a contact has all of them as rows of its own; and the frame of the card.
_NEVER_KEPT = frozenset(("BEGIN", "END", "VERSION", "EMAIL", "TEL", "ADR", "URL", "NOTE", "NICKNAME"))
# What a card has once; a second one that was kept goes beside it under a name of its own.
_ONCE = frozenset(("N", "FN", "BDAY", "UID", "REV", "KIND", "PRODID", "GENDER", "ANNIVERSARY"))
# Bytes of a photo that are encoded at once: a multiple of three, so that the pieces join.
_PHOTO_PIECE = 48 * 1024


def write_card(contact: Any, version: str, *, organization: str = "") -> Iterator[bytes]:
    """Yield one card in pieces, each made of whole lines; only the photo makes more than one.

    contact: with its child rows in `_children` ({name: rows}). organization: what stands for the firm where the contact
    itself has none written down.
    """
    card = _Card(version)
    _names(card, contact, organization or contact.company_name)
    for row in _primary_first(contact._children.get("emails", ())):
        card.labelled("EMAIL", _EMAIL_TYPES.get(row.kind, ()), escape(one_line(row.value)), row)
    for row in _primary_first(contact._children.get("phones", ())):
        _phone(card, row)
    for row in _primary_first(contact._children.get("addresses", ())):
        _address(card, row)
    for row in _primary_first(contact._children.get("websites", ())):
        # An address of the web is no text: commas and semicolons stand as they are.
        card.labelled("URL", (), one_line(row.value).replace("\\", "\\\\"), row)
    for row in _primary_first(contact._children.get("handles", ())):
        _handle(card, row)
    _birthday(card, contact.birthday)
    card.text("NOTE", contact.notes)
    if contact.language:
        # Preferred: what an imported card said of further languages is kept among its lines.
        card.add(f"LANG{card.types((), preferred=True)}", escape(one_line(contact.language)))
    card.text("UID", one_line(contact.vcard_uid))
    if contact.changed_at:
        card.add("REV", f"{contact.changed_at:%Y%m%dT%H%M%SZ}")
    for line in kept_lines(contact.vcard_extra, card.names):
        card.line(line, is_kept=True)
    yield card.finish()
    yield from _photo(contact, version)
    yield b"END:VCARD\r\n"


class _Card:
    """The lines of one card while they are collected."""

    def __init__(self, version: str) -> None:
        self.is_4 = version == V4
        self.names: set[str] = set()
        self._lines: list[str] = ["BEGIN:VCARD", f"VERSION:{version}"]
        self._labels: list[tuple[int, str]] = []
        self._taken_groups = 0

    def add(self, name: str, value: str) -> None:
        """A line whose value is written as the format wants it already."""
        self.names.add(name.partition(";")[0])
        self.line(f"{name}:{value}")

    def text(self, name: str, text: str) -> None:
        """A line of one text; nothing for an empty one."""
        if text:
            self.add(name, escape(_line_feeds(text)))

    def line(self, line: str, *, is_kept: bool = False) -> None:
        """A line as it stands; is_kept: one of an imported card, whose group is not given to another."""
        self._lines.append(line)
        group = _APPLE_GROUP.match(line) if is_kept else None
        if group:
            self._taken_groups = max(self._taken_groups, int(group[1]))

    def labelled(self, name: str, types: tuple[str, ...], value: str, row: Any, params: str = "") -> None:
        """A line with types, preference, and the label that the user gave it: Apple and Google read that in a group."""
        head = f"{name}{self.types(types, preferred=row.is_primary, internet=name == 'EMAIL')}{params}"
        label = one_line(getattr(row, "label", ""))
        if label:
            # The number of the group is not known before the lines that are kept from the import.
            self._labels.append((len(self._lines), label))
        self.add(head, value)

    def types(self, types: tuple[str, ...], *, preferred: bool, internet: bool = False) -> str:
        if self.is_4:
            return "".join(f";TYPE={word}" for word in types if word != "voice") + (";PREF=1" if preferred else "")
        words = [*(("internet",) if internet else ()), *types, *(("pref",) if preferred else ())]
        return f";TYPE={','.join(words).upper()}" if words else ""

    def finish(self) -> bytes:
        """All lines up to the photo, folded."""
        labels = dict(self._labels)
        lines: list[str] = []
        group = self._taken_groups
        for position, line in enumerate(self._lines):
            if position in labels:
                group += 1
                lines += (f"item{group}.{line}", f"item{group}.X-ABLabel:{escape(labels[position])}")
            else:
                lines.append(line)
        return b"".join(map(fold_line, lines))


def fold_line(line: str) -> bytes:
    """One line as bytes of at most 75 octets per piece, never cut inside a character."""
    data = line.encode("utf-8", "replace")
    if len(data) <= _WIDTH:
        return data + b"\r\n"
    pieces, start, width = [], 0, _WIDTH
    while start < len(data):
        end = min(start + width, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(data[start:end])
        start, width = end, _WIDTH - 1  # the blank that begins a further piece counts
    return b"\r\n ".join(pieces) + b"\r\n"


def param(text: str) -> str:
    """Text as the value of a parameter: quotes and line ends as RFC 6868 writes them, quoted where it must be."""
    text = clean_controls(text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    text = text.replace("^", "^^").replace("\n", "^n").replace('"', "^'")
    return f'"{text}"' if re.search("[:;,]", text) else text


def kept_lines(extra: str, names: set[str]) -> Iterator[str]:
    """The lines that a card had and no field holds, fit to be written again; what is no property is left out."""
    for text in extra.split("\n"):
        text = clean_controls(text.replace("\r", "")).strip(" \t")
        prop = lex_line(0, text.encode("utf-8", "replace"), []) if text else None
        if prop is None or prop.head.name in _NEVER_KEPT:
            continue
        line = _plain(prop, text)
        name = prop.head.name
        yield line if name not in _ONCE or name not in names else f"X-{line.partition('.')[2] or line}"


def _plain(prop: Property, text: str) -> str:
    """The line without quoted-printable, which 3.0 and 4.0 do not know."""
    head = prop.head
    if head.encoding == "qp":
        source = _ENCODING_PARAMS.sub("", head.source.decode("utf-8", "replace"))
        return f"{source}:{';'.join(escape(clean_controls(part)) for part in prop.components())}"
    return text


def _line_feeds(text: str) -> str:
    return clean_controls(text.replace("\r\n", "\n").replace("\r", "\n"))


def _primary_first(rows: Any) -> list[Any]:
    return sorted(rows, key=lambda row: not row.is_primary)


def _joined(*texts: str) -> str:
    """The parts of a value between semicolons."""
    return ";".join(escape(_line_feeds(text)) for text in texts)


def _names(card: _Card, contact: Any, organization: str) -> None:
    parts = (contact.last_name, contact.first_name, contact.middle_name, contact.prefix, contact.suffix)
    card.add("N", _joined(*map(one_line, parts)))
    card.add("FN", escape(one_line(contact.full_name)))
    card.text("NICKNAME", one_line(contact.nickname))
    card.text("X-PHONETIC-FIRST-NAME", one_line(contact.phonetic_first_name))
    card.text("X-PHONETIC-LAST-NAME", one_line(contact.phonetic_last_name))
    if organization or contact.department:
        texts = (organization, contact.department) if contact.department else (organization,)
        card.add("ORG", _joined(*map(one_line, texts)))
    card.text("TITLE", one_line(contact.job_title))


def _phone(card: _Card, row: Any) -> None:
    """A number as it was typed. Readers show the extension behind it; ours takes it apart again by the parameter."""
    value, extension = one_line(row.value), one_line(row.extension)
    params = f";X-EXT={param(extension)}" if extension else ""
    types = _PHONE_TYPES.get(row.kind, ("voice",))
    if card.is_4:
        types = tuple("main-number" if word == "main" else word for word in types)
    shown = f"{value} ext. {extension}" if extension else value
    card.labelled("TEL", types, escape(shown), row, params)


def _address(card: _Card, row: Any) -> None:
    """Countries in words of the user's language: readers show them as they stand."""
    parts = (row.po_box, row.extended, row.street, row.city, row.region, row.postcode, country_name(row.country))
    card.labelled("ADR", _ADDRESS_TYPES.get(row.kind, ()), _joined(*parts), row)


def _handle(card: _Card, row: Any) -> None:
    value, service = one_line(row.value).replace("\\", "\\\\"), one_line(row.service)
    is_page = value.lower().startswith(("http://", "https://"))
    params = card.types((), preferred=row.is_primary)
    name = "IMPP"
    if service:
        params += f";{'SERVICE-TYPE' if card.is_4 else 'X-SERVICE-TYPE'}={param(service)}"
        if is_page:
            name = "SOCIALPROFILE" if card.is_4 else "X-SOCIALPROFILE"
        else:
            key = fold(service)
            scheme = _SCHEMES.get(key) or _NOT_IN_SCHEME.sub("", key.replace(" ", "-"))[:20].lstrip("0123456789+.-")
            value = f"{scheme if len(scheme) > 1 else 'im'}:{value}"
    card.add(f"{name}{params}", value)


def _birthday(card: _Card, text: str) -> None:
    """4.0 knows days without a year; for 3.0 Apple's way: a year that every reader takes for none."""
    parts = split_birthday(text)
    if parts is None:
        card.text("BDAY;VALUE=text", one_line(text))
        return
    year, month, day = parts
    if card.is_4:
        card.add("BDAY", f"{year:04d}{month:02d}{day:02d}" if year else f"--{month:02d}{day:02d}")
    elif year:
        card.add("BDAY", text)
    else:
        card.add("BDAY;X-APPLE-OMIT-YEAR=1604", f"1604-{month:02d}-{day:02d}")


def _photo(contact: Any, version: str) -> Iterator[bytes]:
    """The photo in base64, read and encoded piece by piece; nothing where there is none or its file is gone."""
    if not contact.photo:
        return
    try:
        opened = contact.photo.storage.open(contact.photo.name)
    except OSError:
        return
    with opened:
        piece = opened.read(_PHOTO_PIECE)
        mime = picture_type(piece[:32])
        if mime not in ENDINGS:
            return
        head = f"PHOTO:data:{mime};base64," if version == V4 else f"PHOTO;ENCODING=b;TYPE={mime[6:].upper()}:"
        rest = head.encode()
        width = _WIDTH
        first = True
        while piece:
            rest += base64.b64encode(piece)
            piece = opened.read(_PHOTO_PIECE)
            lines = []
            while len(rest) > width or (rest and not piece):
                lines.append((b"" if first else b" ") + rest[:width] + b"\r\n")
                rest, width, first = rest[width:], _WIDTH - 1, False
            yield b"".join(lines)
