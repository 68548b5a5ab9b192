"""Texts as they are kept, whoever brings them: without what nobody sees around them, and names on one line."""

from .normalise import is_blank

# Blanks of every kind, then marks without width; the latter are text inside a word, and leftovers of copying around it.
_BLANKS = "".join(char for char in map(chr, range(0x3001)) if char.isspace())
_INVISIBLE = "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069"
_AROUND = _BLANKS + _INVISIBLE
# FileMaker and others write a vertical tab for a line break inside a cell; what else cannot be shown is left out.
_CONTROLS: dict[int, str | None] = dict.fromkeys((*range(9), *range(14, 32), 127)) | {11: "\n", 12: "\n"}
# They turn the order of characters around: in a name only to show another one than it is (Unicode TR36, 3.1).
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def several_lines(text: str) -> str:
    """The text without blanks and invisible marks around it; line ends are LF, control characters left out."""
    if not text.isprintable():
        text = text.translate(_CONTROLS)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.strip()
    if text and (text[0] in _INVISIBLE or text[-1] in _INVISIBLE):
        text = text.strip(_AROUND)
    # Joiners alone show nothing either.
    return "" if not text.isascii() and is_blank(text) else text


def one_line(text: str) -> str:
    """The text on one line with single blanks, and without characters that turn its order around.

    What Persian, Hebrew or an emoji needs to be written right stays (U+200C to U+200F).
    """
    if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text
    return several_lines(" ".join(text.translate(_TURNING).translate(_CONTROLS).split()))


def short_lines(text: str) -> str:
    """Several lines, each as `one_line` keeps it: streets."""
    if "\n" not in text and "\r" not in text:
        return one_line(text)
    return "\n".join(map(one_line, several_lines(text).split("\n"))).strip("\n")
