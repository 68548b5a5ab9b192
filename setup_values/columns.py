"""Text columns that a form offers as a list of countries or languages and a page shows by name.

What is not in the list (a country as an old file wrote it) stays as text and is offered as the present choice.
The database and the migrations see plain text columns.
"""

from collections.abc import Callable
from functools import lru_cache

from django import forms
from django.db import models
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from .countries import country_choices, country_name
from .languages import language_choices, language_name

_OPTION, _CHOSEN = '<option value="{}">{}</option>', '<option value="{}" selected>{}</option>'


@lru_cache(maxsize=256)
def _options(choices_of: Callable[[], list[tuple[str, str]]], language: str, present: str) -> SafeString:
    """All options with the present one chosen, as HTML: several hundred are too many to write for every page."""
    choices = {"": "", **dict(choices_of())}
    choices.setdefault(present, present)
    return format_html_join(
        "", "{}", ((format_html(_CHOSEN if key == present else _OPTION, key, name),) for key, name in choices.items())
    )


class OpenSelect(forms.Select):
    """A drop-down of a long list that also offers the present value when it is none of the choices."""

    def __init__(self, choices_of: Callable[[], list[tuple[str, str]]], attrs=None):
        self.choices_of = choices_of
        super().__init__({"class": "form-select", "data-tom": "", **(attrs or {})})

    def render(self, name, value, attrs=None, renderer=None):
        options = _options(self.choices_of, get_language() or "en", "" if value is None else str(value)[:200])
        attributes = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html("<select{}>{}</select>", attributes, options)


class NamedTextField(models.CharField):
    """The base: `choices_of` gives (value, name) in the active language, `name_of` the name of one value."""

    choices_of: Callable[[], list[tuple[str, str]]]
    name_of: Callable[[str], str]

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def formfield(self, **kwargs):
        return super().formfield(**{**kwargs, "widget": OpenSelect(type(self).choices_of)})

    def show(self, value: str) -> str:
        """The value as pages show it."""
        return type(self).name_of(value)


class CountryField(NamedTextField):
    """An ISO 3166 code, or a country as somebody wrote it."""

    choices_of = staticmethod(country_choices)
    name_of = staticmethod(country_name)


class LanguageField(NamedTextField):
    """A BCP 47 tag, or a language as somebody wrote it."""

    choices_of = staticmethod(language_choices)
    name_of = staticmethod(language_name)
