"""Reads one unfolded vCard line, `group.NAME;parameters:value`, in time linear in its length.

Sources: vCard 2.1 (IMC), RFC 2426 (3.0), RFC 6350 (4.0), RFC 6868 (parameter escapes), and what phones write.
"""

from __future__ import annotations

import codecs
import re
from binascii import a2b_base64, a2b_qp
from dataclasses import dataclass, field
from encodings import normalize_encoding
from encodings.aliases import aliases
from functools import lru_cache

from .vcard_card import Problem

LONGEST_KEPT_HEAD = 256

# Type words of the standards; any other word is a label that the user chose.
TYPE_WORDS = frozenset((
    "pref", "work", "home", "other", "personal", "business", "school", "company", "internet", "x400",
    "voice", "fax", "cell", "mobile", "iphone", "pager", "beeper", "msg", "car", "main", "video", "text",
    "textphone", "sms", "isdn", "modem", "bbs", "pcs", "assistant", "callback", "radio", "telex", "tlx",
    "ttytdd", "main-number", "dom", "intl", "postal", "parcel", "homepage", "profile", "individual", "org",
    "jpeg", "jpg", "png", "gif", "bmp", "webp", "uri", "url", "cid", "inline",
))  # fmt: skip
_ENCODINGS = {"QUOTED-PRINTABLE": "qp", "QP": "qp", "Q": "qp", "BASE64": "base64", "B": "base64"}
_BARE_ENCODINGS = {"QUOTED-PRINTABLE": "qp", "BASE64": "base64", "8BIT": "", "7BIT": ""}


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the colon of a property line, names folded to one case."""

    group: str  # lower case, "" = none
    name: str  # upper case
    source: bytes  # as it stands in the file
    types: frozenset[str] = frozenset()  # lower case
    pref: int = 0  # 0 = not preferred, 1 = most preferred
    label: str = ""  # a type word of the user's own
    encoding: str = ""  # qp, base64 or ""
    charset: str = ""  # as it stands in the file
    params: dict[str, str] = field(default_factory=dict)  # the other parameters, names in upper case


class Property:
    """One property of a card; decodes its value when asked and reports what is wrong with it."""

    __slots__ = ("_problems", "head", "line", "value")

    def __init__(self, line: int, head: Head, value: bytes, problems: list[Problem]) -> None:
        self.line = line
        self.head = head
        self.value = value
        self._problems = problems

    def report(self, code: str, detail: str = "") -> None:
        self._problems.append(Problem(self.line, code, detail or self.head.name))

    def text(self) -> str:
        """The value as one text, never split, with line feeds for its line breaks."""
        encoding = self.head.encoding
        value = self.value
        if encoding == "qp":
            value = self._unquote(value)
        elif encoding == "base64":
            value = _base64_or_nothing(value)
        return unescape(self._decode(value))

    def components(self, separator: str = ";") -> list[str]:
        """The parts between unescaped separators, each with line feeds for its line breaks.

        Quoted-printable is split first and decoded then: writers hide a separator that is data behind it.
        """
        if self.head.encoding != "qp":
            if self.head.encoding == "base64":
                return [self.text()]
            return [unescape(part) for part in split_unescaped(self._decode(self.value), separator)]
        value = self.value
        if not _may_end_in_ascii(self.head.charset):
            value = value.replace(b"=5C", b"\\").replace(b"=5c", b"\\")
        if separator == ";" and b";" not in value:
            value = value.replace(b"=3B", b";").replace(b"=3b", b";")
        parts = split_unescaped(value.decode("latin-1"), separator)
        return [unescape(self._decode(self._unquote(part.encode("latin-1")))) for part in parts]

    def _unquote(self, value: bytes) -> bytes:
        if _BAD_QUOTED.search(value):
            self.report("bad_quoted_printable")
        return a2b_qp(value)

    def _decode(self, value: bytes) -> str:
        charset = self.head.charset
        if not charset:
            try:
                return value.decode()
            except UnicodeDecodeError:
                self.report("not_utf8")
                return value.decode("utf-8", _BYTES_AS_CP1252)
        codec = find_codec(charset)
        if not codec:
            self.report("unknown_charset", charset[:40])
            return value.decode("utf-8", _BYTES_AS_CP1252)
        try:
            return value.decode(codec)
        except UnicodeError:
            self.report("wrong_charset", charset[:40])
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode(codec, _BYTES_AS_CP1252)

    def unfolded_text(self) -> str:
        """The line as it stands, to be stored and written back; CHARSET goes where it is decoded.

        What is encoded (quoted-printable, base64) stays so.
        """
        head = raw_text(self.head.source)
        encoding = self.head.encoding
        if encoding == "base64":
            return f"{head}:{''.join(self.value.decode('latin-1').split())}"
        if encoding == "qp":
            return f"{head}:{raw_text(self.value)}"
        quiet = Property(self.line, self.head, self.value, [])
        return f"{_CHARSET_PARAM.sub('', head)}:{clean_controls(quiet._decode(self.value))}"


def lex_line(line: int, content: bytes, problems: list[Problem]) -> Property | None:
    """The property on an unfolded line, or None when it is none: no colon, or no name before it."""
    colon = content.find(b":")
    if colon <= 0:
        return None
    if content.find(b'"', 0, colon) >= 0:
        colon = _colon_outside_quotes(content)
    start = content[:colon]
    head = _kept_head(start) if colon <= LONGEST_KEPT_HEAD else _read_head(start)
    if head is None:
        return None
    return Property(line, head, content[colon + 1 :], problems)


def _colon_outside_quotes(content: bytes) -> int:
    """The first colon that is not inside double quotes; a quote that never closes is a character."""
    first = colon = content.find(b":")
    quote = content.find(b'"')
    while 0 <= quote < colon:
        close = content.find(b'"', quote + 1)
        if close < 0:
            break
        if colon < close:
            colon = content.find(b":", close + 1)
        quote = content.find(b'"', close + 1)
    return colon if colon > 0 else first


_NAME = re.compile(r"(?:([\w-]+)\.)?([\w/-]+)\Z", re.ASCII)
_CHARSET_PARAM = re.compile(r";CHARSET=[^;:]*", re.IGNORECASE)
_CUSTOM_LABEL = re.compile(r"X-(?:ANDROID-)?CUSTOM\((.*)\)\Z", re.IGNORECASE | re.DOTALL)
_PARAM_ESCAPE = re.compile(r"\^([n'^])")
_PARAM_ESCAPED = {"n": "\n", "'": '"', "^": "^"}


def _read_head(start: bytes) -> Head | None:
    text = start.decode("utf-8", _BYTES_AS_CP1252)
    name, *params = split_outside_quotes(text)
    match = _NAME.match(name.strip())
    if match is None:
        return None
    types: list[str] = []
    others: dict[str, str] = {}
    for param in params:
        _read_param(param.strip(), types, others)
    pref = 1 if "pref" in (word.lower() for word in types) else 0
    number = others.get("PREF", "").strip()
    if number.isdecimal():
        pref = max(int(number[:4]), 1)
    label = others.pop("X-LABEL", "") or next((word for word in types if _is_label(word)), "")
    return Head(
        group=(match[1] or "").lower(),
        name=match[2].upper(),
        source=start,
        types=frozenset(word.lower() for word in types),
        pref=pref,
        label=label,
        encoding=others.get("ENCODING", ""),
        charset=others.get("CHARSET", ""),
        params=others,
    )


_kept_head = lru_cache(maxsize=2048)(_read_head)  # a file has few different ones


def _read_param(param: str, types: list[str], others: dict[str, str]) -> None:
    custom = _CUSTOM_LABEL.match(param)
    if custom is not None:
        others["X-LABEL"] = _custom_label(custom[1])
        return
    key, equals, value = param.partition("=")
    key = key.strip().upper()
    if not equals:
        if key in _BARE_ENCODINGS:
            others["ENCODING"] = _BARE_ENCODINGS[key]
        elif param:
            types.append(param)
        return
    value = value.strip()
    if '"' in value:
        value = value.replace('"', "")
    if "^" in value:
        value = _PARAM_ESCAPE.sub(lambda match: _PARAM_ESCAPED[match[1]], value)
    if key == "TYPE":
        for word in value.split(","):
            word = word.strip()
            types.append(word[5:] if word[:5].upper() == "TYPE=" else word)
    elif key == "ENCODING":
        others[key] = _ENCODINGS.get(value.upper(), "")
    else:
        others.setdefault(key, value)


def _custom_label(inside: str) -> str:
    """The label in `X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=4D=C3=B3vil)` of Samsung phones."""
    *options, label = inside.split(",")
    if not any(option.upper().endswith("QUOTED-PRINTABLE") for option in options):
        return inside if not options else label
    return a2b_qp(label.encode()).decode("utf-8", _BYTES_AS_CP1252)


def _is_label(word: str) -> bool:
    return word.lower() not in TYPE_WORDS and word[:2].upper() != "X-" and word != ""


def split_outside_quotes(text: str) -> list[str]:
    """The parts between semicolons that are not inside double quotes."""
    if '"' not in text:
        return text.split(";")
    pieces = text.split('"')
    if len(pieces) % 2 == 0:  # the last quote never closes: it is a character
        pieces[-2:] = ['"'.join(pieces[-2:])]
    pieces[::2] = [piece.replace(";", "\n") for piece in pieces[::2]]  # no line feed is left in a line
    return '"'.join(pieces).split("\n")


_ESCAPE = re.compile(r"\\([\\;,:\"nN])")
_TO_ESCAPE = re.compile(r"[\\;,]")
_BAD_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2})")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def unescape(text: str) -> str:
    """Resolve backslash escapes (in 2.1 too, where writers use them); any other backslash stays."""
    if "\\" in text:
        text = _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def escape(text: str) -> str:
    """Text as a value of one part, the other way round than `unescape`."""
    return _TO_ESCAPE.sub(r"\\\g<0>", text).replace("\n", "\\n")


def split_unescaped(text: str, separator: str) -> list[str]:
    """The parts between separators that no backslash precedes; the escapes stay in the parts."""
    parts = text.split(separator)
    if "\\" not in text:
        return parts
    joined: list[str] = []
    open_parts: list[str] = []
    for part in parts:
        open_parts.append(part)
        if (len(part) - len(part.rstrip("\\"))) % 2 == 0:
            joined.append(separator.join(open_parts))
            open_parts = []
    if open_parts:
        joined.append(separator.join(open_parts))
    return joined


def clean_controls(text: str) -> str:
    """Without control characters, which databases refuse; tabs and line ends stay."""
    return text if text.isprintable() else _CONTROLS.sub("", text)


def raw_text(content: bytes) -> str:
    """A line or head as text to keep, however it is encoded."""
    return clean_controls(content.decode("utf-8", _BYTES_AS_CP1252))


def _base64_or_nothing(value: bytes) -> bytes:
    try:
        return a2b_base64(value)
    except ValueError:
        return b""


_BYTES_AS_CP1252 = "vcard-bytes-as-windows-1252"


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", "ignore") or wrong.decode("latin-1"), error.end


codecs.register_error(_BYTES_AS_CP1252, _as_cp1252)

_TEXT_CODECS = re.compile(
    r"utf_(8|16|32)|iso8859|iso2022|cp\d|latin|ascii|shift_jis|euc_|gb|big5|koi8|mac_|hz|johab|tis_620"
)
_ASCII_TAILS = re.compile(r"cp9[345]|shift_jis|gb|big5|hz|johab|iso2022|utf_(16|32)")


@lru_cache(maxsize=256)
def find_codec(charset: str) -> str:
    """Python's name of a character set, "" when it is not known or is no character set."""
    if not charset.isascii():
        return ""
    name = normalize_encoding(charset.strip().lower())
    name = aliases.get(name, name)
    if name not in _KNOWN_CODECS:
        return ""
    # Writers say Shift_JIS and GB2312 for the wider sets of Windows.
    return {"shift_jis": "cp932", "gb2312": "gbk", "latin_1": "cp1252"}.get(name, name)


_KNOWN_CODECS = {name for name in (*aliases.values(), "koi8_u", "cp874") if _TEXT_CODECS.match(name)}


@lru_cache(maxsize=256)
def _may_end_in_ascii(charset: str) -> bool:
    """Whether a byte that looks like a backslash may be the second half of a character."""
    return _ASCII_TAILS.match(find_codec(charset)) is not None
