"""Recognises in the records of a table which one is the header row, and which program wrote the file."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from imports.header_synonyms import Profile, generic_table, header_key, profiles

HEADER_SEARCH_RECORDS = 30
# A value, not a header: an address, a web page, or something that begins and ends like a number, phone or
# date.
_VALUE = re.compile(r"@.*\.|://|^www\.|^[+(]?\d[\d\s./:,()+-]*[%€$]?$|^\d{4}-\d\d-\d\dT", re.I)
_LONGEST_HEADER = 80

# A source is recognised when it explains half of the headers, and they are rare enough to point to it
# (a header of n products weighs 1/n, a common word little) or make up most of the columns that it writes.
_LEAST_SHARE = 0.5
_LEAST_EVIDENCE = 1.5
_LEAST_COVERAGE = 0.6
_COMMON_WORD = 0.2


@dataclass(frozen=True, slots=True)
class SourceMatch:
    """The program that wrote a file: `share` of the file's headers, `coverage` of its columns, 0 to 1."""

    id: str
    share: float
    coverage: float

    @property
    def profile(self) -> Profile:
        """Return the columns that the program writes."""
        return profiles()[self.id]

    @property
    def name(self) -> str:
        """Return the program's name in the active language."""
        return self.profile.name

    @property
    def language(self) -> str:
        """Return the language of the headers ("en", "es", "pt-BR", ...)."""
        return self.profile.language


def count_known_headers(cells: Sequence[str]) -> int:
    """Return how many different cells are headers that some program or person writes."""
    table = generic_table()
    return sum(1 for key in {header_key(cell) for cell in cells} if key and table.candidates(key))


def find_header(records: Sequence[Sequence[str]]) -> int | None:
    """Return the index of the header row among the first records of a file, None when there is none.

    The row with the most known headers wins; lines of explanation above it are skipped. Where no header is
    known, the first full row is taken for one unless a cell of it looks like a value (e-mail, number, date,
    address) or some of its cells are equal: all of them may be, when the rows below differ.
    """
    best, best_known = None, 0
    for position, cells in enumerate(records[:HEADER_SEARCH_RECORDS]):
        filled = [cell for cell in cells if cell.strip()]
        known = count_known_headers(cells) if filled else 0
        looks_like_headers = known >= 2 or (known == 1 and len(filled) == 1)
        if looks_like_headers and known > best_known and known >= 0.25 * len(filled):
            best, best_known = position, known
    # The question of a web form may stand beside them at any length.
    if best is not None and not any(map(_is_value, records[best])) and not _stands_among_rows(records, best):
        return best
    return _first_row_of_names(records)


def _stands_among_rows(records: Sequence[Sequence[str]], position: int) -> bool:
    """A row that follows one as wide and as full is data in which words like "Company" happen to occur."""
    if position == 0:
        return False
    above, row = records[position - 1], records[position]
    return len(above) == len(row) > 1 and sum(map(bool, above)) >= sum(map(bool, row))


def _first_row_of_names(records: Sequence[Sequence[str]]) -> int | None:
    width = _usual_width(records)
    for position, cells in enumerate(records):
        filled = [cell.strip() for cell in cells if cell.strip()]
        if not filled or len(cells) < max(1, width // 2) or (width > 1 and len(cells) == 1):
            continue
        if _has_value(cells):
            return None
        different = len({header_key(cell) for cell in filled})
        below = records[position + 1] if position + 1 < len(records) else cells
        names = different == len(filled) or (different == 1 and len(filled) > 2 and [*below] != [*cells])
        return position if names else None
    return None


def _usual_width(records: Sequence[Sequence[str]]) -> int:
    widths = Counter(len(cells) for cells in records if any(cells))
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _has_value(cells: Sequence[str]) -> bool:
    return any(len(cell) > _LONGEST_HEADER or _is_value(cell) for cell in cells)


def _is_value(cell: str) -> bool:
    return _VALUE.search(cell.strip()) is not None


def recognise_source(header: Sequence[str]) -> SourceMatch | None:
    """Return the program whose columns explain most of `header`, or None when no one does well enough.

    A whole-file decision: headers that only one product writes count most, so that a sheet with "First
    Name" and "Email" is not taken for a certain program's.
    """
    keys = Counter(key for key in map(header_key, header) if key)
    total = sum(keys.values())
    if not total:
        return None
    best, best_rank = None, (0.0, 0.0)
    for profile in profiles().values():
        if not profile.needs <= keys.keys():
            continue
        found = _explained(profile, keys)
        share = len(found) / total
        coverage = min(1.0, len(set(found)) / profile.size)
        evidence = sum(_rarity().get(key, 1.0) for key in set(found))
        if share < _LEAST_SHARE or (evidence < _LEAST_EVIDENCE and coverage < _LEAST_COVERAGE):
            continue
        rank = (share + evidence / total, coverage)
        if rank > best_rank:
            best, best_rank = SourceMatch(profile.id, round(share, 3), round(coverage, 3)), rank
    return best


def _explained(profile: Profile, keys: Counter[str]) -> list[str]:
    """Return the keys that the profile knows, once per occurrence that it has a column for."""
    found = []
    for key, count in keys.items():
        fields, _without_accents = profile.index.find(key)
        found += [key] * min(count, len(fields))
    return found


@cache
def _rarity() -> dict[str, float]:
    """Return per header 1 / (number of products that write it), little for a word that anybody may choose."""
    products: dict[str, set[str]] = {}
    for profile in profiles().values():
        for key in profile.index.exact_keys():
            products.setdefault(key, set()).add(profile.product)
    table = generic_table()
    return {
        key: 1 / len(names) if not table.is_common(key) else min(_COMMON_WORD, 1 / len(names))
        for key, names in products.items()
    }
