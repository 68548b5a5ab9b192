"""Cuts the bytes of a vCard file into cards of unfolded lines, whatever is broken in or between the cards."""

from __future__ import annotations

import codecs
import io
import os
import re
from collections.abc import Iterator
from math import inf
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from .vcard_card import (
    DEFAULT_LIMITS,
    Limits,
    NotAVCardFile,
    Problem,
    VCardFileTooLarge,
    size_text,
)

CHUNK = 64 * 1024
DEEPEST_AGENT = 8
# Where a head is looked for: in so many bytes of each of the first physical lines of a property.
LONGEST_HEAD = 1_000
MOST_HEAD_PARTS = 64

_BOM = rb"(?:\xef\xbb\xbf)?"
_MARK = re.compile(
    _BOM + rb"(?P<end>END[ \t]*:[ \t]*VCARD[ \t]*)?" + _BOM + rb"(?P<begin>BEGIN[ \t]*:[ \t]*VCARD[ \t]*)?\Z",
    re.IGNORECASE,
)
_MARK_STARTS = frozenset((b"B", b"b", b"E", b"e", b"\xef"))
_OPEN_AGENT = re.compile(rb"(?:[\w-]+\.)?AGENT(?:;[^:]*)?:[ \t]*\Z", re.IGNORECASE)
_INLINE_AGENT = re.compile(rb"(?:[\w-]+\.)?AGENT(?:;[^:]*)?:[ \t]*BEGIN:VCARD[ \t]*\Z", re.IGNORECASE)
_BASE64_HEAD = re.compile(rb";(?:ENCODING=)?(?:BASE64|B)(?:;|$)")
_RETURNS = re.compile(rb"\r+\n?")
MOST_RETURNS_HELD = 64


def _limit(value: int | None) -> float:
    return inf if value is None else value


class CardLines:
    """The unfolded lines of one card, BEGIN and END left out, as (line number, bytes); grows line by line."""

    __slots__ = (
        "_coding",
        "_full",
        "_limits",
        "_line_limit",
        "_parts",
        "_room",
        "_size",
        "_soft",
        "_start",
        "begins_agent",
        "inner",
        "line",
        "lines",
        "problems",
    )  # fmt: skip

    def __init__(self, line: int, limits: Limits) -> None:
        self.line = line
        self.lines: list[tuple[int, bytes]] = []
        self.problems: list[Problem] = []
        self.inner: CardLines | None = None  # the last card inside this one, until a property follows it
        self.begins_agent = False  # the line just closed is `AGENT:BEGIN:VCARD`
        self._limits = limits
        self._line_limit = _limit(limits.line)
        self._room = _limit(limits.card)
        self._full = False
        self._start = 0  # number of the open line's first physical line, 0 = no line is open
        self._parts: list[bytes] = []
        self._size = 0
        self._soft = False  # the open line ended with a quoted-printable soft break
        self._coding: str | None = None

    def open_line(self, number: int, line: bytes) -> None:
        self._start, self._size, self._soft, self._coding = number, 0, False, None
        self._parts = []
        self.inner = None
        self._append(line)

    def fold(self, number: int, line: bytes) -> None:
        """Take a physical line that begins with a blank: the blank goes, except after a soft break."""
        if self._soft:
            self._append(line)
        elif self._start:
            self._append(line[1:])
        else:
            self.open_line(number, line.lstrip(b" \t"))

    def takes(self, line: bytes) -> bool:
        """Whether a line without leading blank belongs to the open one; if so it is taken.

        That is so after a soft break, for base64 lines that were not indented, and for empty lines, which end
        both.
        """
        if not line:
            self._soft, self._coding = False, ""
            return True
        if self._soft:
            self._append(line)
            return True
        if self._start and b":" not in line and self._open_coding() == "base64":
            self._append(line)
            return True
        return False

    def close_line(self) -> None:
        """File the open line, unless a limit is passed."""
        self.begins_agent = False
        start, self._start = self._start, 0
        parts, self._parts = self._parts, []
        if not start or self._full:
            return
        if self._size > self._line_limit:
            self.problems.append(Problem(start, "line_too_long", size_text(self._limits.line)))
            return
        self._room -= self._size
        if self._room < 0:
            self._full = True
            self.problems.append(Problem(start, "card_too_large", size_text(self._limits.card)))
        elif len(self.lines) >= _limit(self._limits.properties):
            self._full = True
            self.problems.append(Problem(start, "too_many_properties", str(self._limits.properties)))
        else:
            line = parts[0] if len(parts) == 1 else b"".join(parts)
            self.lines.append((start, line))
            if line[-5:].upper() == b"VCARD":
                self.begins_agent = _INLINE_AGENT.match(line) is not None

    def expects_agent(self) -> bool:
        """Whether the last line is an AGENT without value, so that a BEGIN:VCARD is the agent's."""
        return bool(self.lines) and _OPEN_AGENT.match(self.lines[-1][1]) is not None

    def _append(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._full or self._size > self._line_limit:
            self._parts = []
            return
        self._soft = False
        if piece[-1:] in b"= \t":
            stripped = piece.rstrip(b" \t")
            self._parts.append(piece)
            if stripped[-1:] == b"=" and self._open_coding() == "qp":
                self._parts[-1] = stripped[:-1]
                self._soft = True
        else:
            self._parts.append(piece)

    def _open_coding(self) -> str:
        """How the value of the open line is encoded: qp, base64 or "", known once its colon has come."""
        if self._coding is None:
            start = b"".join([part[:LONGEST_HEAD] for part in self._parts[:MOST_HEAD_PARTS]])
            head, colon, _value = start.partition(b":")
            if not colon and len(self._parts) < MOST_HEAD_PARTS:
                return ""
            head = head.upper()
            is_base64 = _BASE64_HEAD.search(head) is not None
            self._coding = "qp" if b"QUOTED-PRINTABLE" in head else "base64" if is_base64 else ""
        return self._coding


def scan_cards(source: BinaryIO | bytes, limits: Limits = DEFAULT_LIMITS) -> Iterator[CardLines]:
    """The cards of a file one by one, in bounded memory; text between cards is skipped.

    A BEGIN without the END of the card before it closes that card, except behind an empty AGENT property:
    the card inside is then its agent and left out. Raises NotAVCardFile when no card begins (at the end of
    the file), VCardFileTooLarge before the first card when the size is known, else when it is passed.
    """
    stack: list[CardLines] = []  # the open card, and the open agents inside it
    number = 0
    found, first = False, b""
    for lines in _physical_lines(source, limits):
        for line in lines:
            number += 1
            if stack:
                start = line[:1]
                if start == b" " or start == b"\t":
                    stack[-1].fold(number, line)
                    continue
                mark = _MARK.match(line) if start in _MARK_STARTS else None
                if mark is None:
                    _add_line(stack, number, line, limits)
                    continue
            else:
                mark = _MARK.match(line.lstrip())
                first = first or line.strip()[:40]
                if mark is None:
                    continue
            if mark["end"] and stack:
                card = _close_card(stack)
                if card is not None:
                    yield card
            if mark["begin"]:
                found = True
                if not _begins_agent(stack):
                    yield from _unfinished(stack)
                    stack = []
                stack.append(CardLines(number, limits))
    yield from _unfinished(stack)
    if not found:
        raise _no_card(first)


def _add_line(stack: list[CardLines], number: int, line: bytes, limits: Limits) -> None:
    card = stack[-1]
    if card.takes(line):
        return
    card.close_line()
    if card.begins_agent and len(stack) < DEEPEST_AGENT:
        card.begins_agent = False
        card = CardLines(card.lines[-1][0], limits)
        stack.append(card)
    card.open_line(number, line)


def _begins_agent(stack: list[CardLines]) -> bool:
    if not stack or len(stack) >= DEEPEST_AGENT:
        return False
    stack[-1].close_line()
    return stack[-1].expects_agent() and stack[-1].inner is None


def _close_card(stack: list[CardLines]) -> CardLines | None:
    card = stack.pop()
    card.close_line()
    if not stack:
        return card
    stack[-1].inner = card
    return None


def _unfinished(stack: list[CardLines]) -> Iterator[CardLines]:
    """The cards whose END is missing; what looked like the agent of one is then a card of its own."""
    for card in stack:
        card.close_line()
        card.problems.append(Problem(card.line, "missing_end"))
        yield card
        if card.inner is not None:
            yield card.inner


def looks_like_vcard(head: bytes) -> bool:
    """Whether the first bytes of a file (a few kilobytes) hold the beginning of a card, in any encoding."""
    codec = _wide_codec(head)
    if codec:
        head = head.decode(codec, "ignore").encode()
    lines = head.replace(b"\r", b"\n").split(b"\n")
    return any((mark := _MARK.match(line.strip())) is not None and mark["begin"] for line in lines)


def _no_card(first_line: bytes) -> NotAVCardFile:
    if not first_line:
        return NotAVCardFile(_("The file is empty."))
    if first_line.upper().replace(b" ", b"") == b"BEGIN:VCALENDAR":
        return NotAVCardFile(_("The file is a calendar, not a file of contacts (vCard)."))
    return NotAVCardFile(_("The file is not a vCard file: there is no line BEGIN:VCARD in it."))


def _wide_codec(head: bytes) -> str:
    """The codec of a file in UTF-16 or UTF-32, by its mark or its first BEGIN; "" for all others."""
    upper = head.upper()
    if b"BEGIN:VCARD" in upper:
        return ""
    for mark, codec in (
        (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if head.startswith(mark):
            return codec
    at = upper.find(b"B\0E\0G\0I\0N\0:")
    return "" if at < 0 else "utf-16-be" if at % 2 else "utf-16-le"


def _chunks(source: BinaryIO | bytes, limits: Limits) -> Iterator[bytes]:
    """The file in pieces of about 64 KB, UTF-16 turned into UTF-8."""
    stream = io.BytesIO(source) if isinstance(source, (bytes, bytearray, memoryview)) else source
    limit = _limit(limits.file)
    too_large = VCardFileTooLarge(_("The file is larger than %(detail)s."), size_text(limits.file))
    if _known_size(source) > limit:
        raise too_large
    chunk = stream.read(CHUNK)
    codec = _wide_codec(chunk)
    decoder = codecs.getincrementaldecoder(codec)("ignore") if codec else None
    total = 0
    while chunk:
        total += len(chunk)
        if total > limit:
            raise too_large
        yield decoder.decode(chunk).encode() if decoder else chunk
        chunk = stream.read(CHUNK)


def _known_size(source: BinaryIO | bytes) -> int:
    """The size of a file, 0 when it would have to be read for it (as in a .zip)."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return len(source)
    try:
        return os.fstat(source.fileno()).st_size
    except (AttributeError, OSError):
        return 0


def _physical_lines(source: BinaryIO | bytes, limits: Limits) -> Iterator[list[bytes]]:
    """The lines of the file in batches, without their ends (CR LF, LF, CR, and CR CR LF as one).

    Of a line over the limit no more than the limit and one piece is held.
    """
    line_limit = _limit(limits.line)
    tail: list[bytes] = []
    tail_size = 0
    held = b""  # carriage returns at the end of a piece, which may belong to a line feed to come
    for piece in _chunks(source, limits):
        data = held + piece
        held = b""
        if data[-1:] == b"\r":
            data, held = _hold_back_returns(data)
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
            if b"\r" in data:
                data = _RETURNS.sub(_line_feeds, data)
        lines = data.split(b"\n")
        if len(lines) > 1:
            tail.append(lines[0])
            lines[0] = b"".join(tail)
            tail, tail_size = [], 0
            last = lines.pop()
            yield lines
        else:
            last = lines[0]
        if tail_size <= line_limit:
            tail.append(last)
            tail_size += len(last)
    if tail_size or held:
        yield [b"".join(tail)]


def _line_feeds(match: re.Match[bytes]) -> bytes:
    returns = match[0]
    return b"\n" if returns.endswith(b"\n") else b"\n" * len(returns)


def _hold_back_returns(data: bytes) -> tuple[bytes, bytes]:
    kept = len(data.rstrip(b"\r"))
    kept = max(kept, len(data) - MOST_RETURNS_HELD)
    return data[:kept], data[kept:]
