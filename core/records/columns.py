"""What each column of a model takes: quick answers for plain values, Django's own cleaning for the rest."""

import datetime
import math
import os
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.backends.base.operations import BaseDatabaseOperations
from django.utils import timezone
from django.utils.translation import gettext as _

from core.text.lines import one_line, several_lines, short_lines
from core.text.normalise import is_blank

from .fields import LinesField

BIGGEST_KEY = 9223372036854775807
DEEPEST_JSON = 20
# A file system takes 255 bytes; the storage adds a few characters when the name is taken.
LONGEST_STEM, LONGEST_ENDING = 150, 20


class Column:
    """One column with everything that can be known before its values; dates and amounts are of this class itself."""

    is_text = is_key = is_file = False
    # Whether what is stored has to be copied to be compared with later.
    is_copied = False

    def __init__(self, field: models.Field) -> None:
        self.field = field
        self.name, self.attname = field.name, field.attname
        # Nullable for the database is not yet optional for a person.
        self.takes_none = (field.null and (field.blank or not field.editable)) or field.primary_key
        self.takes_empty = field.blank or not field.editable
        self.choices = frozenset(value for value, _label in field.flatchoices) if field.choices else None

    def is_plainly_fine(self, value: Any) -> bool:
        """Whether value can be stored as it is; False means "look closer", not "refused"."""
        return value is None and self.takes_none

    def clean(self, raw: Any) -> Any:
        """Return the value as it is stored, or raise ValidationError; foreign keys are not looked up here."""
        if self.is_plainly_fine(raw):
            return raw
        if raw is None:
            raise self._refusal("blank" if self.field.null else "null")
        try:
            value = self.convert(raw)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise self._refusal("invalid", str(raw)[:100]) from error
        if value is None and not self.takes_none:
            raise self._refusal("blank")
        if value is not None:
            self.check(value)
        return value

    def convert(self, raw: Any) -> Any:
        """Django's conversion; may raise ValidationError, or what the conversion trips over."""
        return self.field.to_python(raw)

    def check(self, value: Any) -> None:
        """Raise ValidationError for a converted value that may not be kept."""
        if self.choices is not None and value not in self.choices and value not in self.field.empty_values:
            raise self._refusal("invalid_choice", value)
        self.field.run_validators(value)

    def copy(self, value: Any) -> Any:
        """The value to compare with later."""
        return value

    def _refusal(self, code: str, value: Any = None) -> ValidationError:
        text = self.field.error_messages.get(code, _("This value is not valid."))
        return ValidationError(text, code=code, params={"value": value})


class TextColumn(Column):
    """CharField and TextField: tidy, the length counts for both, and only storable characters."""

    is_text = True

    def __init__(self, field: models.Field) -> None:
        super().__init__(field)
        self.longest = field.max_length or BIGGEST_KEY
        self._tidier = _tidier(field)
        # Beyond the length, which is answered here.
        self.has_validators = bool(field._validators or field.default_validators)

    def is_plainly_fine(self, value: Any) -> bool:
        if not value:
            return value == "" and self.takes_empty if value is not None else self.takes_none
        return (
            type(value) is str
            and len(value) <= self.longest
            and not is_blank(value)
            and (self.choices is None or value in self.choices)
            and not self.has_validators
            and is_storable(value)
            and self.tidy(value) == value
        )

    def tidy(self, text: str) -> str:
        """The text as it is kept; one that cannot be stored stays as it is, to be refused."""
        return self._tidier(text) if is_storable(text) else text

    def convert(self, raw: Any) -> str:
        # Members of an enumeration and other kinds of text become text.
        return self.tidy(str(self.field.to_python(raw)))

    def check(self, value: str) -> None:
        if not self.takes_empty and is_blank(value):
            raise self._refusal("blank")
        MaxLengthValidator(self.longest)(value)
        refuse_unstorable(value)
        super().check(value)


def _tidier(field: models.Field) -> Callable[[str], str]:
    """How a text is kept. What a program writes (a UID, the lines of a card) stays as it is.

    Notes without a field on the form of the record, such as the one on a loss, are told by their length.
    """
    if field.choices or not (field.editable or (isinstance(field, models.TextField) and field.max_length)):
        return str
    if isinstance(field, LinesField):
        return short_lines
    return several_lines if isinstance(field, models.TextField) else one_line


class FlagColumn(Column):
    """BooleanField."""

    def is_plainly_fine(self, value: Any) -> bool:
        return value is True or value is False or (value is None and self.takes_none)


class NumberColumn(Column):
    """Whole numbers, in the narrower ranges of PostgreSQL on both databases."""

    def __init__(self, field: models.Field) -> None:
        super().__init__(field)
        self.least, self.most = BaseDatabaseOperations.integer_field_ranges[field.get_internal_type()]
        self.has_validators = bool(field._validators)

    def is_plainly_fine(self, value: Any) -> bool:
        if value is None:
            return self.takes_none
        return type(value) is int and self.least <= value <= self.most and not self.has_validators

    def convert(self, raw: Any) -> Any:
        if isinstance(raw, float | Decimal) and raw != int(raw):
            raise ValueError
        return self.field.to_python(raw)

    def check(self, value: int) -> None:
        if not self.least <= value <= self.most:
            raise ValidationError(
                _("The number must lie between %(least)s and %(most)s."),
                code="out_of_range",
                params={"least": self.least, "most": self.most},
            )
        super().check(value)


class KeyColumn(Column):
    """Foreign keys by their id; the write door looks up all of a batch at once."""

    is_key = True

    def is_plainly_fine(self, value: Any) -> bool:
        return (type(value) is int and 0 < value <= BIGGEST_KEY) or (value is None and self.takes_none)

    def check(self, value: Any) -> None:
        if not (isinstance(value, int) and 0 < value <= BIGGEST_KEY):
            raise ValidationError(_("This choice does not exist any more."), code="invalid_choice")


class MomentColumn(Column):
    """DateTimeField: aware, and shown in any time zone without leaving the calendar."""

    def is_plainly_fine(self, value: Any) -> bool:
        if value is None:
            return self.takes_none
        return type(value) is datetime.datetime and value.tzinfo is not None and _is_far_from_the_ends(value)

    def convert(self, raw: Any) -> Any:
        value = self.field.to_python(raw)
        if value is not None and timezone.is_naive(value):
            value = timezone.make_aware(value)
        if value is not None and not _is_far_from_the_ends(value):
            raise ValueError
        return value


class JsonColumn(Column):
    """JSONField: what both databases keep and give back the same; a change in place is noticed."""

    is_copied = True

    def is_plainly_fine(self, value: Any) -> bool:
        return value == {} and self.takes_empty

    def convert(self, raw: Any) -> Any:
        _refuse_in_json(raw)
        return raw

    def copy(self, value: Any) -> Any:
        return _copy_json(value)


class FileColumn(Column):
    """FileField by the name of its file; what is uploaded gets a name that every file system takes."""

    is_file = is_copied = True

    def is_plainly_fine(self, value: Any) -> bool:
        return value == "" and self.takes_empty

    def clean(self, raw: Any) -> Any:
        name = raw if isinstance(raw, str) else getattr(raw, "name", "") or ""
        refuse_unstorable(name)
        if not name and not self.takes_empty:
            raise self._refusal("blank")
        if isinstance(raw, File) and not getattr(raw, "_committed", False):
            if name:
                raw.name = _short_name(name)
        elif len(name) > (self.field.max_length or BIGGEST_KEY):
            raise ValidationError(_("The file name is too long."), code="max_length")
        return raw if name else ""

    def copy(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else value.name


# The first that fits; what is in none of them is a plain Column.
KINDS: tuple[tuple[type[models.Field], type[Column]], ...] = (
    (models.FileField, FileColumn),
    (models.CharField, TextColumn),
    (models.TextField, TextColumn),
    (models.BooleanField, FlagColumn),
    (models.ForeignKey, KeyColumn),
    (models.IntegerField, NumberColumn),
    (models.DateTimeField, MomentColumn),
    (models.JSONField, JsonColumn),
)


def _column(field: models.Field) -> Column:
    return next((column for kind, column in KINDS if isinstance(field, kind)), Column)(field)


def _is_far_from_the_ends(moment: datetime.datetime) -> bool:
    """Other time zones must be able to show the moment too, so the first and the last year are left out."""
    return datetime.MINYEAR < moment.year < datetime.MAXYEAR


@lru_cache(maxsize=256)
def columns_of(model: type[models.Model]) -> tuple[Column, ...]:
    """The columns of a model in the order of its table; one plan per model and process."""
    return tuple(_column(field) for field in model._meta.concrete_fields)


def tidy_text(field: models.Field, text: str) -> str:
    """A text as the column of a field keeps it, whoever brings it: forms and imports compare in this form."""
    column = _text_columns(field.model).get(field.name)
    return column.tidy(text) if column is not None else text


@lru_cache(maxsize=256)
def _text_columns(model: type[models.Model]) -> dict[str, TextColumn]:
    return {column.name: column for column in columns_of(model) if isinstance(column, TextColumn)}


@lru_cache(maxsize=256)
def names_of(model: type[models.Model]) -> tuple[str, ...]:
    """The attnames of `columns_of`."""
    return tuple(column.attname for column in columns_of(model))


@lru_cache(maxsize=256)
def key_columns(model: type[models.Model]) -> tuple[Column, ...]:
    """Those columns that point at other rows."""
    return tuple(column for column in columns_of(model) if column.is_key)


@lru_cache(maxsize=256)
def fine_defaults(model: type[models.Model]) -> dict[str, Any]:
    """{attname: default} of the columns whose default can be stored as it is; functions are not called."""
    columns = [column for column in columns_of(model) if not callable(column.field.default)]
    defaults = {column.attname: column.field.get_default() for column in columns}
    return {c.attname: defaults[c.attname] for c in columns if c.is_plainly_fine(defaults[c.attname])}


@lru_cache(maxsize=256)
def copied_columns(model: type[models.Model]) -> tuple[Column, ...]:
    """Those columns whose values are not simply kept to be compared with."""
    return tuple(column for column in columns_of(model) if column.is_copied)


def is_storable(text: str) -> bool:
    """Whether both databases keep the text: no NUL, no halves of surrogate pairs."""
    if "\x00" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def refuse_unstorable(text: str) -> None:
    """Raise ValidationError for what one of the databases cannot keep."""
    if "\x00" in text:
        raise ValidationError(_("Null characters are not allowed."), code="null_characters")
    if not is_storable(text):
        raise ValidationError(_("The text holds characters that cannot be stored."), code="unstorable")


def _short_name(name: str) -> str:
    stem, ending = os.path.splitext(os.path.basename(name))
    return _cut(stem, LONGEST_STEM) + _cut(ending, LONGEST_ENDING)


def _cut(text: str, longest: int) -> str:
    return text.encode()[:longest].decode(errors="ignore")


def _refuse_in_json(value: Any, depth: int = 0) -> None:
    """Raise ValidationError for what JSON of either database cannot keep or would give back differently."""
    if isinstance(value, str):
        refuse_unstorable(value)
    elif isinstance(value, dict) and depth < DEEPEST_JSON and all(type(key) is str for key in value):
        for key, part in value.items():
            refuse_unstorable(key)
            _refuse_in_json(part, depth + 1)
    elif type(value) is list and depth < DEEPEST_JSON:
        for part in value:
            _refuse_in_json(part, depth + 1)
    elif not (
        value is None
        or isinstance(value, bool)
        or (type(value) is int and abs(value) <= BIGGEST_KEY)
        or (type(value) is float and math.isfinite(value))
    ):
        raise ValidationError(_("This value cannot be stored."), code="unstorable")


def _copy_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy_json(part) for key, part in value.items()}
    return [_copy_json(part) for part in value] if isinstance(value, list) else value
