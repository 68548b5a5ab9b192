"""Form controls of all pages: they work as plain HTML and are enhanced by the scripts of static/js."""

import re
from datetime import date
from typing import Any

from django import forms
from django.db import models
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext_lazy as _

# A picker without JavaScript offers at most this many matches of what was typed.
PICKER_MATCHES = 50
# A year typed with two digits reaches us as 0026.
FIRST_YEAR, LAST_YEAR = 1800, 2199


def refuse_impossible_year(value: date) -> None:
    """Validator of days and times of day: nothing in a firm's books lies outside of these years."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        text = _("Enter a year between %(first)s and %(last)s.")
        raise forms.ValidationError(text, params={"first": FIRST_YEAR, "last": LAST_YEAR}, code="year")


class SelectOne(forms.Select):
    """A drop-down; with JavaScript it can be searched."""

    def __init__(self, attrs=None, choices=()):
        super().__init__({"class": "form-select", **(attrs or {})}, choices)


class DateInput(forms.DateInput):
    """A day, picked or typed; the browser sends ISO whatever the language."""

    input_type = "date"

    def __init__(self, attrs=None):
        bounds = {"min": f"{FIRST_YEAR}-01-01", "max": f"{LAST_YEAR}-12-31"}
        super().__init__({"class": "form-control", **bounds, **(attrs or {})}, format="%Y-%m-%d")


class DateTimeInput(forms.DateTimeInput):
    """A day and time in the user's zone."""

    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__({"class": "form-control", **(attrs or {})}, format="%Y-%m-%dT%H:%M")


class Lines(forms.Textarea):
    """Text of several lines. Browsers send two characters for a line end; one is kept, and counts for the length."""

    def value_from_datadict(self, data, files, name):
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


class AmountField(forms.DecimalField):
    """An amount as the language writes it, with or without thousands: 1.234,56 in Spanish, 1,234.56 in English."""

    def to_python(self, value):
        return super().to_python(_without_thousands(value) if isinstance(value, str) else value)


def _without_thousands(text: str) -> str:
    """The text without separators where they stand between groups of three digits; any other text as it is."""
    comma, point = formats.get_format("THOUSAND_SEPARATOR"), formats.get_format("DECIMAL_SEPARATOR")
    text = text.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    shape = rf"[+-]?\d{{1,3}}(?:{re.escape(comma)}\d{{3}})+(?:{re.escape(point)}\d*)?"
    return text.replace(comma, "") if re.fullmatch(shape, text, re.ASCII) else text


class RowsField(forms.ModelMultipleChoiceField):
    """Several rows by their ids; a number that no row can have is refused like any other that is not there."""

    def clean(self, value):
        for text in value if isinstance(value, list | tuple) else ():
            digits = str(text)
            if digits.isdecimal() and (len(digits) > 19 or int(digits) > models.BigIntegerField.MAX_BIGINT):
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": digits[:20]}
                )
        return super().clean(value)


class RecordSelect(forms.Select):
    """Picks one record among many thousands: the list holds only the present choice.

    With JavaScript it asks the options address while typing. Without, a second text box takes a few letters; sending
    the form then offers the matches (see RecordChoiceField).
    """

    template_name = "widgets/record_select.html"

    def __init__(self, model: type[models.Model], attrs=None):
        self.model = model
        super().__init__({"class": "form-select", **(attrs or {})})

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        options = reverse("record_options", args=[self.model.record_type()])
        context["widget"]["attrs"] |= {"data-tom": "remote", "data-url": options}
        context["search_name"] = f"{name}-search"
        context["search_id"] = f"{context['widget']['attrs'].get('id', name)}-search"
        return context

    def value_from_datadict(self, data, files, name):
        value = data.get(name)
        return value if value else _Typed.of(data.get(f"{name}-search", ""))

    def value_omitted_from_data(self, data, files, name):
        return name not in data and f"{name}-search" not in data


class _Typed(str):
    """What somebody without JavaScript typed instead of choosing."""

    __slots__ = ()

    @classmethod
    def of(cls, text: Any) -> "_Typed | None":
        text = str(text).strip()
        return cls(text[:200]) if text else None


class RecordChoiceField(forms.ModelChoiceField):
    """A record that the user may see; `search(queryset, text)` finds it by a few letters."""

    def __init__(self, queryset, *, search, **kwargs):
        self.search = search
        kwargs.setdefault("widget", RecordSelect(queryset.model))
        super().__init__(queryset, **kwargs)
        self.widget.choices = []

    def _get_choices(self):
        return self.widget.choices if hasattr(self, "widget") else []

    choices = property(_get_choices, forms.ChoiceField.choices.fset)

    def __deepcopy__(self, memo):
        copied = super().__deepcopy__(memo)
        copied.widget.choices = list(self.widget.choices)
        return copied

    def offer(self, record: models.Model | None) -> None:
        """Put the present choice into the list."""
        empty = [("", "")] if not self.required else [("", "---------")]
        self.widget.choices = empty + ([(record.pk, str(record))] if record is not None else [])

    def clean(self, value):
        if isinstance(value, _Typed):
            return self._clean_typed(value)
        record = super().clean(value)
        self.offer(record)
        return record

    def _clean_typed(self, text: str):
        """Nothing was chosen: take the only match, or offer the matches for a choice."""
        found = list(self.search(self.queryset, text)[:PICKER_MATCHES])
        if len(found) == 1:
            self.offer(found[0])
            return found[0]
        self.widget.choices = [("", "---------"), *((record.pk, str(record)) for record in found)]
        if not found:
            raise forms.ValidationError(_("Nothing is found for “%(text)s”."), params={"text": text}, code="no_match")
        raise forms.ValidationError(_("Several match “%(text)s”: choose one."), params={"text": text}, code="choose")
