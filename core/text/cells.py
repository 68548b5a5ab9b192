"""Cells of tables that go into or come out of spreadsheets: no text may become a formula."""

import re

# Full-width signs too: spreadsheets in Chinese, Japanese and Korean read them like the usual ones.
_STARTS_FORMULA = ("=", "@", "+", "-", "\t", "\r", "\n", "＝", "＠", "＋", "－")
_PLAIN_NUMBER = re.compile(r"[+-]?[\d .,()/]+%?")


def guard_formula(text: str) -> str:
    """Prefix ' where a spreadsheet would read a formula: first non-blank = @ + - TAB CR LF, except numbers and phones.

    Source: OWASP, CSV injection; a leading blank or no-break space does not make a formula harmless.
    """
    bare = text.lstrip(" \u00a0\u2007\u202f\ufeff")
    if not bare.startswith(_STARTS_FORMULA) or _PLAIN_NUMBER.fullmatch(bare):
        return text
    return f"'{text}"


def unguard_formula(text: str) -> str:
    """Take the prefix of `guard_formula` away again; other text stays as it is."""
    if text.startswith("'") and guard_formula(text[1:]) == text:
        return text[1:]
    return text
