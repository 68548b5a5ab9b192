"""Cells of tables that go into or come out of spreadsheets: no text may become a formula."""

import re

# Full-width signs too: spreadsheets in Chinese, Japanese and Korean read them like the usual ones.
_STARTS_FORMULA = ("=", "@", "+", "-", "\t", "\r", "\n", "＝", "＠", "＋", "－")
_PLAIN_NUMBER = re.compile(r"[+-]?[\d .,()/]+%?")


def guard_formula(text: str) -> str:
    """Prefix ' where a spreadsheet would read a formula: first non-blank = @ + - TAB CR LF, except numbers and phones.

    A text that has such an apostrophe of its own gets another one, so that `unguard_formula` can tell them apart.
    Source: OWASP, CSV injection; a leading blank or no-break space does not make a formula harmless.
    """
    return f"'{text}" if _is_formula(text.lstrip("'")) else text


def guard_apostrophe(text: str) -> str:
    """Prefix ' where `unguard_formula` would take one away: for cells that are text, and so never a formula."""
    return guard_formula(text) if text.startswith("'") else text


def unguard_formula(text: str) -> str:
    """Take the prefix of `guard_formula` or `guard_apostrophe` away again; other text stays as it is."""
    return text[1:] if text.startswith("'") and _is_formula(text.lstrip("'")) else text


def _is_formula(text: str) -> bool:
    bare = text.lstrip(" \u00a0\u2007\u202f\ufeff")
    return bare.startswith(_STARTS_FORMULA) and not _PLAIN_NUMBER.fullmatch(bare)
