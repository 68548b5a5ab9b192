"""Suggests how a full name divides into its parts; the full name is always kept beside the suggestion."""

from functools import lru_cache
from typing import NamedTuple

from nameparser import HumanName
from nameparser.config import CONSTANTS

_TWO_SURNAMES = ("es", "pt")
_PARTICLES = frozenset(
    ("de", "del", "la", "las", "los", "y", "da", "do", "das", "dos", "von", "van", "der", "den", "di")
)
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
    """Return a suggestion for `name`; in Spanish and Portuguese the last two plain words are both surnames.

    "Ana López Ruiz" (es) -> Ana | López Ruiz; "López, Ana" -> Ana | López; one word is a first name. Titles,
    suffixes and particles are left to the parser of the library nameparser.
    """
    words = name.split()
    plain = all(
        word.replace("-", "").replace("'", "").isalpha() and word.lower() not in _PARTICLES for word in words
    )
    if len(words) < 2 or len(name) > _LONGEST_NAME:
        return NameParts(first=name if len(name) <= _LONGEST_NAME else "")
    if plain and len(words) == 2 and not _is_title(words[0]):
        return NameParts(first=words[0], last=words[1])
    if plain and language in _TWO_SURNAMES and len(words) in (3, 4) and not _is_title(words[0]):
        return NameParts(first=" ".join(words[:-2]), last=" ".join(words[-2:]))
    parsed = HumanName(name)
    return NameParts(parsed.title, parsed.first, parsed.middle, parsed.last, parsed.suffix)


def _is_title(word: str) -> bool:
    return word.lower().rstrip(".") in CONSTANTS.titles
