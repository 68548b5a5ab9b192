"""Reads amounts as other programs write them; decimal point or comma is decided per column, never per row."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.formats import number_format

POINT, COMMA = NUMBER_STYLES = ("point", "comma")
AMBIGUOUS = "ambiguous"
INVALID = "invalid"

_LONGEST = 40
_SIGNS = str.maketrans("", "", "\u00a0\u202f\u2007 '’_")
# Letters and signs of currencies around a number: "1.234,50 EUR", "€ 12", "US$ 12".
_CURRENCY = re.compile(r"^(?P<before>[^\d.,+\-()]{0,6})(?P<number>[\d.,+\-()]+)(?P<after>[^\d.,+\-()]{0,6})$")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*|[+-]?[.,]\d+")
_GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+"),
    ",": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+"),
}


@dataclass(frozen=True, slots=True)
class NumberReading:
    """One cell read as a number; `fault` is INVALID or AMBIGUOUS; `beside`: the sign beside it or ""."""

    value: Decimal | None = None
    fault: str | None = None
    beside: str = ""


def read_number(text: str, style: str | None) -> NumberReading:
    """Read one cell; `style` is that of the whole column, None for unknown: then only single readings are read."""
    bare, beside = _bare(text)
    if not bare:
        return NumberReading(fault=INVALID)
    values = {one: value for one in NUMBER_STYLES if (value := _value(bare, one)) is not None}
    if style in NUMBER_STYLES:
        found = values.get(style)
        return NumberReading(found, None if found is not None else INVALID, beside)
    if not values:
        return NumberReading(fault=INVALID)
    if len(set(values.values())) > 1:
        return NumberReading(fault=AMBIGUOUS, beside=beside)
    return NumberReading(next(iter(values.values())), None, beside)


def _bare(text: str) -> tuple[str, str]:
    """(the digits with their signs, the letters or sign of a currency beside them)."""
    text = text.translate(_SIGNS).removesuffix("%")
    match = _CURRENCY.match(text) if len(text) <= _LONGEST else None
    if match is None:
        return "", ""
    beside = (match["before"] + match["after"]).strip()
    number = match["number"]
    if number.startswith("(") and number.endswith(")"):
        number = f"-{number[1:-1]}"
    return (number, beside) if _NUMBER.fullmatch(number) else ("", "")


def _value(bare: str, style: str) -> Decimal | None:
    """The number in that style, None where it cannot be one."""
    decimal, thousands = (".", ",") if style == POINT else (",", ".")
    whole, _mark, fraction = bare.partition(decimal)
    if decimal in fraction or thousands in fraction:
        return None
    if thousands in whole:
        if not _GROUPED[thousands].fullmatch(whole):
            return None
        whole = whole.replace(thousands, "")
    try:
        return Decimal(f"{whole or 0}.{fraction}" if fraction else whole)
    except InvalidOperation:
        return None


@dataclass(slots=True)
class NumberColumn:
    """Collects what the cells of one column tell about the decimal mark."""

    points: int = 0
    commas: int = 0
    undecided: int = 0
    example: str = ""

    def observe(self, text: str) -> None:
        """Count one cell; whole numbers say nothing."""
        bare, _beside = _bare(text)
        if "." not in bare and "," not in bare:
            return
        found = {style: _value(bare, style) for style in NUMBER_STYLES}
        if found[POINT] is not None and found[COMMA] is None:
            self.points += 1
        elif found[COMMA] is not None and found[POINT] is None:
            self.commas += 1
        elif found[POINT] is not None and found[POINT] != found[COMMA]:
            self._observe_both(text, found[POINT], found[COMMA])

    def _observe_both(self, text: str, point: Decimal, comma: Decimal | None) -> None:
        """12.50 is 1250 in no style: three digits behind the mark are what can be read in both ways."""
        self.undecided += 1
        self.example = self.example or text.strip()

    @property
    def order(self) -> str | None:
        """Return "point" or "comma" when the column tells, "ambiguous" when it must be asked, else None."""
        if self.points and not self.commas:
            return POINT
        if self.commas and not self.points:
            return COMMA
        return AMBIGUOUS if self.undecided else None

    def readings(self, *, this_year: int) -> dict[str, str]:
        """Return the example of an ambiguous column as both styles read it ({"point": ..., "comma": ...})."""
        found = {style: read_number(self.example, style).value for style in NUMBER_STYLES}
        return {style: f"{value:f}" for style, value in found.items() if value is not None}


def number_text(value: Decimal | str | None) -> str:
    """A number as the active language writes it, so that 1.234 and 1,234 are told apart."""
    return "" if value is None else str(number_format(value, use_l10n=True, force_grouping=True))
