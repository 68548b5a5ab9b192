"""Turns the texts of a row into values for columns and child rows; names of other records are left to the planner."""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.records.columns import tidy_text
from core.text.normalise import fold
from setup_values.models import Firm

from .cells import read_yes_no
from .contact_values import Problem
from .dates import AMBIGUOUS, EMPTY, read_day
from .numbers import AMBIGUOUS as TWO_NUMBERS
from .numbers import NUMBER_STYLES, number_text, read_number
from .person_names import suggest_parts
from .record_children import read_children
from .record_fields import RECORD_ID, RECORD_VERSION, Kind, RecordField, fields_of
from .record_rows import RecordRow
from .record_shapes import RecordShape
from .record_words import choice_words, choices_of, currencies, languages

_TIME = re.compile(
    r"[ T,]+(\d{1,2})[:.h](\d\d)(?::(\d\d))?(?:[.,]\d+)?\s*([ap])?\.?\s?m?\.?\s*(Z|[+-]\d\d:?\d\d)?$", re.I
)
LONGEST_SHOWN = 80
# Two digits of a year mean one so far ahead at the most.
YEARS_AHEAD = 20
# So near to now nobody needs to be told which century was taken.
SURE_YEARS = 10
# Currencies that are written with "$" where they are at home.
DOLLARS = frozenset("ARS AUD CAD CLP COP DOP HKD MXN NZD SGD TWD USD UYU".split())
# Digits of the number of a record; no database has longer ones.
_LONGEST_ID = 18


def no_record(number: int | str) -> str:
    """That a row of our own export names a record that is not there."""
    return _("There is no record with the number %(number)s any more.") % {"number": str(number)[:LONGEST_SHOWN]}


class WrongCell(Exception):
    """A cell that its field cannot take; the text says why."""


@dataclass(slots=True, eq=False)
class MadeAccount:
    """An account that the import makes because a row names it; `new` until it is written, pk from then on."""

    name: str
    key: str
    new: Any = None
    pk: int | None = None


@dataclass
class RecordData:
    """What one row says: values by field, names that are looked up, child rows, errors by field."""

    row: RecordRow
    values: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    children: dict[str, list[Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    unknown: list[list[str]] = field(default_factory=list)
    # What the names mean: setup values and those that the run makes, other records by id, accounts that are made,
    # and what stands for each of them where rows are compared.
    picked: dict[str, Any] = field(default_factory=dict)
    new_values: dict[str, Any] = field(default_factory=dict)
    linked: dict[str, int] = field(default_factory=dict)
    made: dict[str, "MadeAccount"] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    # The name of a parent account that comes later in the file.
    waits_for: str = ""
    record_id: int | None = None
    version: int | None = None

    def keep(self, name: str, text: str) -> None:
        """Keep a text that has no place in the notes, under the header that it had."""
        header = self.row.reading.headers.get(name, "")
        self.notes.append(f"{header}: {text}" if header else text)

    def fail(self, name: str, reason: str) -> None:
        """Note why the cell of a field is wrong."""
        self.errors.setdefault(name, reason)

    def said(self, name: str) -> bool:
        """Whether a column feeds the field, empty or not."""
        return name in self.row.reading.positions


@dataclass
class CellReader:
    """Reads the rows of one file."""

    shape: RecordShape
    this_year: int

    def read(self, row: RecordRow) -> RecordData:
        """What a row says; raises nothing: wrong cells stand in its errors."""
        data = RecordData(row, notes=list(row.notes), problems=list(row.problems))
        fields = fields_of(self.shape)
        children: dict[str, str] = {}
        for name, text in row.values.items():
            one = fields.get(name)
            if one is None:
                data.keep(name, text)
            elif one.kind == Kind.CHILD:
                children[name] = text
            elif one.kind in (Kind.VALUE, Kind.PERSON, Kind.RECORD) or (one.kind == Kind.KEY and one.column):
                data.names[name] = text
            else:
                self._read(data, one, text)
        if children:
            read_children(self.shape, data, children)
        return data

    def _read(self, data: RecordData, one: RecordField, text: str) -> None:
        try:
            if one.name == RECORD_ID and text.isascii() and text.isdigit() and len(text) > _LONGEST_ID:
                raise WrongCell(no_record(text))
            if one.name in (RECORD_ID, RECORD_VERSION):
                setattr(data, "record_id" if one.name == RECORD_ID else "version", _whole(text, one))
            elif one.kind == Kind.NAME:
                parts = suggest_parts(text)
                data.values.setdefault("first_name", " ".join(filter(None, (parts.first, parts.middle))))
                data.values.setdefault("last_name", " ".join(filter(None, (parts.last, parts.suffix))))
            elif one.kind == Kind.AMOUNT:
                self._read_amount(data, one, text)
            else:
                value = _READERS[one.kind](self, data, one, text)
                if value is not None:
                    data.values[one.name] = value
        except WrongCell as error:
            if one.name in data.row.reading.as_text:
                data.keep(one.name, text)
            else:
                data.fail(one.name, str(error))

    def _read_amount(self, data: RecordData, one: RecordField, text: str) -> None:
        reading = read_number(text, data.row.reading.styles.get(one.name))
        both = {style: read_number(text, style).value for style in NUMBER_STYLES}
        if reading.fault == TWO_NUMBERS or (_is_too_exact(reading.value) and None not in both.values()):
            raise WrongCell(
                _("“%(text)s” may be %(first)s or %(second)s: choose how the column is written.")
                % {
                    "text": text[:LONGEST_SHOWN],
                    "first": number_text(both["point"]),
                    "second": number_text(both["comma"]),
                }
            )
        if reading.value is None or _is_too_exact(reading.value) or text.endswith("%"):
            raise WrongCell(_("“%(text)s” is not a number.") % {"text": text[:LONGEST_SHOWN]})
        if reading.beside and "currency" in fields_of(self.shape):
            self._take_currency(data, reading.beside, text)
        data.values[one.name] = reading.value

    @staticmethod
    def _take_currency(data: RecordData, beside: str, text: str) -> None:
        """The currency that stands beside an amount; a column of its own, or a value for every row, counts before it.

        An unknown one is wrong: the amount would be one of the firm's currency.
        """
        if data.row.values.get("currency"):
            return
        code = currencies().get(fold(beside)) or (beside == "$" and Firm.current().currency)
        if not code or (beside == "$" and code not in DOLLARS):
            said = _(
                "“%(text)s”: it is not known which currency this is. Write its code (USD), or choose one for all rows."
            )
            raise WrongCell(said % {"text": text[:LONGEST_SHOWN]})
        data.values.setdefault("currency", code)

    def text(self, data: RecordData, one: RecordField, text: str) -> str:
        """A text, cut to its column; the whole of a longer one goes into the notes."""
        assert one.column is not None
        longest = one.column.max_length
        text = tidy_text(one.column, text)
        if longest is None or len(text) <= longest:
            return text
        if not self.shape.notes or one.name == self.shape.notes:
            raise WrongCell(_("The text is longer than %(most)s characters.") % {"most": longest})
        data.keep(one.name, text)
        data.problems.append(
            _("“%(text)s…” is too long for its field; all of it is in the notes.") % {"text": text[:40]}
        )
        return text[:longest].rstrip()

    def choice(self, data: RecordData, one: RecordField, text: str) -> str:
        """A choice by its stored word or its label."""
        found = choice_words(one.column).get(fold(text))
        if found is None:
            offered = ", ".join(dict.fromkeys(str(label) for value, label in choices_of(one.column) if value))
            raise WrongCell(
                _("“%(text)s” is none of: %(offered)s.") % {"text": text[:LONGEST_SHOWN], "offered": offered}
            )
        return found

    def currency(self, data: RecordData, one: RecordField, text: str) -> str:
        """A currency by code, sign or name."""
        found = currencies().get(fold(text))
        if found is None:
            raise WrongCell(_("“%(text)s” is not a currency.") % {"text": text[:LONGEST_SHOWN]})
        return found

    def language(self, data: RecordData, one: RecordField, text: str) -> str:
        """A language by tag or name; what is none stays as it is."""
        return languages().get(fold(text)) or self.text(data, one, text)

    def integer(self, data: RecordData, one: RecordField, text: str) -> int:
        """A whole number; marks between thousands count for nothing."""
        return _whole(text, one)

    def flag(self, data: RecordData, one: RecordField, text: str) -> bool:
        """Yes or no; an unclear opt-out is taken for one, to be safe."""
        found = read_yes_no(text)
        if found is None and one.name.startswith("do_not_"):
            data.problems.append(Problem(data.row.line, one.name, "unclear_opt_out", text).message)
            return True
        if found is None:
            raise WrongCell(_("“%(text)s” is neither yes nor no.") % {"text": text[:LONGEST_SHOWN]})
        return found

    def day(self, data: RecordData, one: RecordField, text: str) -> datetime.date | None:
        """A day, in the order of its column."""
        reading = read_day(text, data.row.reading.styles.get(one.name), this_year=self.this_year + YEARS_AHEAD)
        if reading.fault == EMPTY:
            return None
        if reading.fault == AMBIGUOUS:
            raise WrongCell(Problem(data.row.line, one.name, "ambiguous_date", text).message)
        if reading.fault or reading.text.startswith("--"):
            raise WrongCell(_("“%(text)s” is not a date.") % {"text": text[:LONGEST_SHOWN]})
        found = datetime.date.fromisoformat(reading.text)
        if reading.century_guessed and abs(found.year - self.this_year) > SURE_YEARS:
            data.problems.append(Problem(data.row.line, one.name, "two_digit_year", text).message)
        return found

    def moment(self, data: RecordData, one: RecordField, text: str) -> datetime.datetime | None:
        """A day with its time, in the firm's zone unless it says another; a day alone is its beginning."""
        try:
            found = datetime.datetime.fromisoformat(text)
        except ValueError:
            time = _TIME.search(text)
            day = self.day(data, one, text[: time.start()] if time else text)
            if day is None:
                return None
            found = datetime.datetime.combine(day, _time_of(time, text))
        if timezone.is_naive(found):
            found = timezone.make_aware(found, Firm.current().zone())
        if not datetime.MINYEAR < found.year < datetime.MAXYEAR:
            raise WrongCell(_("“%(text)s” is not a date.") % {"text": text[:LONGEST_SHOWN]})
        return found


_READERS: dict[Kind, Callable[[CellReader, RecordData, RecordField, str], Any]] = {
    Kind.TEXT: CellReader.text,
    Kind.CHOICE: CellReader.choice,
    Kind.CURRENCY: CellReader.currency,
    Kind.LANGUAGE: CellReader.language,
    Kind.INTEGER: CellReader.integer,
    Kind.FLAG: CellReader.flag,
    Kind.DAY: CellReader.day,
    Kind.MOMENT: CellReader.moment,
}


def _is_too_exact(value: Decimal | None) -> bool:
    """Whether an amount has more decimals than one is kept with."""
    # As a text: the arithmetic of decimals refuses numbers of more than 28 digits.
    return value is not None and len(f"{value:f}".partition(".")[2].rstrip("0")) > 2


def _time_of(match: re.Match[str] | None, text: str) -> datetime.time:
    if match is None:
        return datetime.time()
    hour, half = int(match[1]), (match[4] or "").lower()
    if half and not 1 <= hour <= 12:
        raise WrongCell(_("“%(text)s” is not a time.") % {"text": text[:LONGEST_SHOWN]})
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    zone = None
    try:
        if match[5]:
            zone = datetime.datetime.fromisoformat(f"2000-01-01T00:00:00{match[5]}").tzinfo
        return datetime.time(hour, int(match[2]), int(match[3] or 0), tzinfo=zone)
    except ValueError as error:
        raise WrongCell(_("“%(text)s” is not a time.") % {"text": text[:LONGEST_SHOWN]}) from error


def _whole(text: str, one: RecordField) -> int:
    reading = read_number(text, None)
    values = [read_number(text, style).value for style in NUMBER_STYLES]
    whole = {int(value) for value in values if value is not None and value == value.to_integral_value()}
    if len(whole) != 1 or (reading.value is not None and reading.value != reading.value.to_integral_value()):
        raise WrongCell(_("“%(text)s” is not a whole number.") % {"text": text[:LONGEST_SHOWN]})
    found = whole.pop()
    if not -(10**18) < found < 10**18:
        raise WrongCell(_("“%(text)s” is not a whole number.") % {"text": text[:LONGEST_SHOWN]})
    return found
