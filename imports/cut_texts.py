"""Texts that a workbook has cut because its cells hold no more: an export that comes back does not shorten records."""

from typing import Any

from core.pages.xlsx import MOST_TEXT


def is_cut(text: Any, whole: Any) -> bool:
    """Whether text is all that a cell of a workbook keeps of whole."""
    if not isinstance(text, str) or not isinstance(whole, str) or len(whole) <= MOST_TEXT:
        return False
    return _plain(whole[:MOST_TEXT]) == _plain(text)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
