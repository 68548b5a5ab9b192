"""Suggests how a full name divides into its parts; the full name is always kept beside the suggestion."""

from functools import cache, lru_cache
from typing import NamedTuple

from nameparser import HumanName
from nameparser.config import CONSTANTS

_TWO_SURNAMES = ("es", "pt")
_LONGEST_NAME = 200


class NameParts(NamedTuple):
    """The parts of a person's name, each "" when absent."""

    prefix: str = ""
    first: str = ""
    middle: str = ""
    last: str = ""
    suffix: str = ""


@lru_cache(maxsize=4_096)
def suggest_parts(name: str, language: str = "en") -> NameParts:
    """Return a suggestion for `name`; in Spanish and Portuguese the last two of three or four are surnames.

    "Ana López Ruiz" (es) -> Ana | López Ruiz; "López, Ana" -> Ana | López; one word is a first name. Whatever
    holds a comma, title, suffix or particle is left to the library nameparser, which takes 0.4 ms for a name.
    """
    words = name.split()
    if len(words) < 2 or len(name) > _LONGEST_NAME:
        return NameParts(first=name if len(name) <= _LONGEST_NAME else "")
    if all(word.isalpha() and word.lower() not in _special_words() for word in words):
        if language in _TWO_SURNAMES and len(words) in (3, 4):
            return NameParts(first=" ".join(words[:-2]), last=" ".join(words[-2:]))
        return NameParts(first=words[0], middle=" ".join(words[1:-1]), last=words[-1])
    parsed = HumanName(name)
    return NameParts(parsed.title, parsed.first, parsed.middle, parsed.last, parsed.suffix)


@cache
def _special_words() -> frozenset[str]:
    """Return the words that are not plainly names: titles, suffixes, particles, conjunctions."""
    return frozenset(
        word
        for words in (
            CONSTANTS.titles,
            CONSTANTS.first_name_titles,
            CONSTANTS.suffix_acronyms,
            CONSTANTS.suffix_not_acronyms,
            CONSTANTS.prefixes,
            CONSTANTS.conjunctions,
        )
        for word in words
    )
