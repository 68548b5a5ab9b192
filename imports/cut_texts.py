"""Texts that a workbook has cut because its cells hold no more: an export that comes back does not shorten records."""

from core.pages.xlsx import MOST_TEXT

# By so many characters a text that fills a cell may be shorter: the mark before a formula, blanks at the end.
_SPARE = 100


def is_cut(text: str, whole: str) -> bool:
    """Whether text is all that a cell of a workbook keeps of whole."""
    return len(whole) > MOST_TEXT - _SPARE <= len(text) and whole.startswith(text)
