"""Reads days as other programs write them; day or month first is decided per column, never per row."""

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeVar

from babel.dates import get_month_names

from core.text.normalise import fold

ORDERS = ("dmy", "mdy", "ymd")
EMPTY = "empty"
INVALID = "invalid"
AMBIGUOUS = "ambiguous"
NO_YEAR = 1604  # what Apple's address book stores for "year unknown"
OUTLOOK_NEVER = 4501  # Outlook's "no date" is 1 January 4501

_LONGEST = 60
_FILLER = re.compile(r"^0{1,4}([/.\-])0{1,2}\1(?:0{1,4})\b")
_TIME = re.compile(r"[ T]+\d{1,2}:\d\d(:\d\d)?([.,]\d+)?\s*([ap]\.?\s?m\.?)?\s*(Z|[+-]\d\d:?\d\d)?$", re.I)
_ISO = re.compile(r"^(\d{4})([-/.])(\d\d?)\2(\d\d?)$")
_ISO_COMPACT = re.compile(r"^\d{8}$")
_NO_YEAR = re.compile(r"^--(\d\d)-?(\d\d)$")
_NUMERIC = re.compile(r"^(\d{1,2})\s*[/.\-]\s*(\d{1,2})(?:\s*[/.\-]\s*(\d{4}|\d{2}))?\.?$")
_WORDS = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class DayReading:
    """One cell read as a day: `text` is "1980-05-17", "--05-17" (no year), or "" with a `fault`.

    `fault` is EMPTY, INVALID or AMBIGUOUS; `century_guessed` tells that the year had two digits.
    """

    text: str = ""
    fault: str | None = None
    century_guessed: bool = False


_IS_EMPTY, _IS_INVALID, _IS_AMBIGUOUS = (
    DayReading("", EMPTY),
    DayReading("", INVALID),
    DayReading("", AMBIGUOUS),
)


def read_day(text: str, order: str | None, *, this_year: int) -> DayReading:
    """Read one cell; `order` ("dmy", "mdy", "ymd" or None for unknown) is that of the whole column.

    Without order only what has a single reading is read (ISO, month as a word, 25/12/1980, 05/05/1980). Two
    digits of a year mean the latest such year that is not in the future. Times of day are dropped; fillers
    are empty.
    """
    text = text.strip()
    if not text or _FILLER.match(text):
        return _IS_EMPTY
    if len(text) > _LONGEST:
        return _IS_INVALID
    text = _TIME.sub("", text)
    no_year = _NO_YEAR.match(text)
    if no_year:
        return _day(None, int(no_year[1]), int(no_year[2]))
    if _ISO_COMPACT.match(text):
        return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
    iso = _ISO.match(text)
    if iso:
        return _day(int(iso[1]), int(iso[3]), int(iso[4]))
    numeric = _NUMERIC.match(text)
    if numeric:
        return _numeric(numeric, order, this_year)
    return _worded(text, this_year)


def _numeric(match: re.Match[str], order: str | None, this_year: int) -> DayReading:
    first, second, year_text = int(match[1]), int(match[2]), match[3]
    if order == "ymd" and year_text and len(year_text) == 2:
        return _day(_full_year(first, this_year), second, int(year_text), century_guessed=True)
    year = None if year_text is None else int(year_text)
    guessed = year_text is not None and len(year_text) == 2
    if guessed and year is not None:
        year = _full_year(year, this_year)
    readings = {"dmy": (second, first), "mdy": (first, second)}
    if order in readings:
        return _day(year, *readings[order], century_guessed=guessed)
    possible = {parts for parts in readings.values() if _day(year, *parts).fault != INVALID}
    if len(possible) > 1:
        return _IS_AMBIGUOUS
    return _day(year, *possible.pop(), century_guessed=guessed) if possible else _IS_INVALID


def _worded(text: str, this_year: int) -> DayReading:
    """Read "12 Mar 2024", "May 17, 1980", "17 de mayo de 1980", "7-Feb-22", "17. Mai"."""
    numbers: list[str] = []
    month = None
    for word in _WORDS.findall(text):
        if word.isdecimal():
            numbers.append(word)
        elif month is None and (known := _months().get(fold(word))):
            month = known
        elif len(word) > 2:
            return _IS_INVALID
    if month is None or not 1 <= len(numbers) <= 2 or any(len(number) > 4 for number in numbers):
        return _IS_INVALID
    years = [number for number in numbers if len(number) == 4]
    if len(numbers) == 1:
        return _IS_INVALID if years else _day(None, month, int(numbers[0]))
    year_text = years[0] if years else numbers[1]
    day_text = numbers[0] if numbers[0] is not year_text else numbers[1]
    guessed = len(year_text) == 2
    year = _full_year(int(year_text), this_year) if guessed else int(year_text)
    return _day(year, month, int(day_text), century_guessed=guessed)


def _full_year(two_digits: int, this_year: int) -> int:
    year = this_year // 100 * 100 + two_digits
    return year if year <= this_year else year - 100


def _day(year: int | None, month: int, day: int, *, century_guessed: bool = False) -> DayReading:
    if year == OUTLOOK_NEVER:
        return _IS_EMPTY
    if year == NO_YEAR:
        year = None
    try:
        datetime.date(2000 if year is None else year, month, day)  # 2000 has a 29 February
    except ValueError:
        return _IS_INVALID
    written = f"--{month:02}-{day:02}" if year is None else f"{year:04}-{month:02}-{day:02}"
    return DayReading(written, None, century_guessed)


@cache
def _months() -> dict[str, int]:
    """Return month names and abbreviations of six languages, folded, each with its number."""
    names: dict[str, int] = {}
    for language in ("en", "es", "fr", "de", "it", "pt"):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, language).items():
                    names.setdefault(fold(name).rstrip("."), number)
    return names | {"sept": 9, "set": 9}


@dataclass(slots=True)
class DateColumn:
    """Collects what the cells of one column tell about the order of day and month."""

    day_first: int = 0
    month_first: int = 0
    undecided: int = 0
    certain: int = 0
    example: str = ""

    def observe(self, text: str) -> None:
        """Count one cell; anything that is not a day in figures says nothing."""
        text = text.strip()
        if not text or len(text) > _LONGEST or _FILLER.match(text):
            return
        match = _NUMERIC.match(_TIME.sub("", text))
        if match is None:
            self.certain += 1
            return
        first, second = int(match[1]), int(match[2])
        if first > 12 >= second:
            self.day_first += 1
        elif second > 12 >= first:
            self.month_first += 1
        elif first != second:
            self.undecided += 1
            self.example = self.example or text

    @property
    def order(self) -> str | None:
        """Return "dmy" or "mdy" when the column tells, "ambiguous" when it must be asked, else None."""
        if self.day_first and not self.month_first:
            return "dmy"
        if self.month_first and not self.day_first:
            return "mdy"
        return AMBIGUOUS if self.undecided else None

    def readings(self, *, this_year: int) -> dict[str, str]:
        """Return the example of an ambiguous column as both orders read it ({"dmy": ..., "mdy": ...})."""
        if not self.example:
            return {}
        return {order: read_day(self.example, order, this_year=this_year).text for order in ("dmy", "mdy")}


class Observer(Protocol):
    """What collects how the cells of one column are written."""

    def observe(self, text: str) -> None:
        """Count one cell."""


AnyObserver = TypeVar("AnyObserver", bound=Observer)


def observe_columns(rows: Iterable[Sequence[str]], columns: dict[int, AnyObserver]) -> dict[int, AnyObserver]:
    """Show the cells of `rows` (one pass) to what collects them by position; returns these."""
    for cells in rows:
        for index, column in columns.items():
            if cells[index]:
                column.observe(cells[index])
    return columns
