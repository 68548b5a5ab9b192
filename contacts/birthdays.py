"""Birthdays with or without a year: kept as YYYY-MM-DD, --MM-DD or the text as it stood, typed as day, month and year.

The form of a birthday without a year is that of vCard (RFC 6350, 4.3.1).
"""

import datetime
import re
from typing import Any

from babel import Locale
from babel.dates import format_skeleton, get_month_names
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

_DAY = re.compile(r"(\d{4}|-)-(\d{2})-(\d{2})", re.ASCII)
EARLIEST_YEAR = 1850
# A year in which the 29th of February exists, for birthdays that name none.
_LEAP_YEAR = 2000


def split_birthday(text: str) -> tuple[int, int, int] | None:
    """(year or 0, month, day) of a birthday as it is kept, None for any other text."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    year = 0 if match[1] == "-" else int(match[1])
    month, day = int(match[2]), int(match[3])
    try:
        datetime.date(year or _LEAP_YEAR, month, day)
    except ValueError:
        return None
    return year, month, day


def _locale() -> Locale:
    # British order for English, as in all other dates of the product.
    language = (get_language() or "en").split("-")[0]
    return Locale("en", "GB") if language == "en" else Locale.parse(language)


def show_birthday(text: str) -> str:
    """A birthday in words of the active language ("19 May 1974", "30 September"); other text as it stands."""
    parts = split_birthday(text)
    if parts is None:
        return text
    year, month, day = parts
    return format_skeleton(
        "yMMMMd" if year else "MMMMd", datetime.date(year or _LEAP_YEAR, month, day), locale=_locale()
    )


def month_choices() -> list[tuple[str, str]]:
    """("1", "January") to ("12", "December") in the active language."""
    names = get_month_names("wide", context="stand-alone", locale=_locale())
    return [(str(number), names[number].capitalize()) for number in range(1, 13)]


class BirthdayInput(forms.Widget):
    """Day, month and year (which may stay empty); a text that is no day stands in a box of its own."""

    template_name = "contacts/_birthday_input.html"
    # The parts of the control: NAME-day and so on.
    PARTS = ("day", "month", "year", "text")

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        typed = value if isinstance(value, dict) else self._parts(value or "")
        widget = context["widget"]
        invalid = "is-invalid" in str(widget["attrs"].get("class", "")) or widget["attrs"].get("aria-invalid")
        return context | {
            "typed": typed,
            "days": [str(number) for number in range(1, 32)],
            "months": month_choices(),
            "invalid": bool(invalid),
            "described_by": widget["attrs"].get("aria-describedby", ""),
        }

    @staticmethod
    def _parts(value: str) -> dict[str, str]:
        found = split_birthday(value)
        if found is None:
            return {"day": "", "month": "", "year": "", "text": value}
        year, month, day = found
        return {"day": str(day), "month": str(month), "year": str(year or ""), "text": ""}

    def value_from_datadict(self, data, files, name):
        if name in data:
            return data[name]
        return {part: str(data.get(f"{name}-{part}", "")).strip() for part in self.PARTS}

    def value_omitted_from_data(self, data, files, name):
        return name not in data and not any(f"{name}-{part}" in data for part in self.PARTS)

    def id_for_label(self, id_):
        return f"{id_}-day" if id_ else ""


class BirthdayFormField(forms.CharField):
    """Puts day, month and year together; raises ValidationError in words for what is no day."""

    widget = BirthdayInput

    def to_python(self, value: Any) -> str:
        if not isinstance(value, dict):
            return super().to_python(value)
        day, month, year = (value.get(part, "") for part in ("day", "month", "year"))
        if not (day or month or year):
            return super().to_python(value.get("text", ""))
        if not (day and month):
            raise ValidationError(_("Choose day and month; the year may stay empty."), code="incomplete")
        if not all(part.isascii() and part.isdigit() for part in (day, month, year or "0")):
            raise ValidationError(_("This day does not exist."), code="invalid")
        return self._joined(int(year or 0), int(month), int(day), bool(year))

    def _joined(self, year: int, month: int, day: int, has_year: bool) -> str:
        if has_year and not EARLIEST_YEAR <= year <= timezone.localdate().year:
            raise ValidationError(
                _("Give the year with four digits, from %(first)s to today."),
                params={"first": EARLIEST_YEAR},
                code="year",
            )
        try:
            date = datetime.date(year or _LEAP_YEAR, month, day)
        except ValueError:
            raise ValidationError(_("This day does not exist."), code="invalid") from None
        if has_year and date > timezone.localdate():
            raise ValidationError(_("A birthday does not lie in the future."), code="future")
        return date.isoformat() if has_year else date.strftime("--%m-%d")

    def has_changed(self, initial, data) -> bool:
        try:
            return (initial or "") != self.to_python(data)
        except ValidationError:
            return True


class BirthdayField(models.CharField):
    """The column of a birthday; the migrations see a plain text column."""

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def formfield(self, **kwargs):
        return super().formfield(**{**kwargs, "form_class": BirthdayFormField, "widget": BirthdayInput})

    def show(self, value: str) -> str:
        """The value as pages show it."""
        return show_birthday(value)
