"""What each column of a model takes: quick answers for plain values, Django's own cleaning for the rest."""

import datetime
import math
import os
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

BIGGEST_KEY = 9223372036854775807
DEEPEST_JSON = 20
# A file system takes 255 bytes; the storage adds a few characters when the name is taken.
LONGEST_STEM, LONGEST_ENDING = 150, 20


class Column:
    """One column with everything that can be known before its values."""

    def __init__(self, field: models.Field) -> None:
        self.field = field
        self.name, self.attname = field.name, field.attname
        self.is_text = isinstance(field, models.CharField | models.TextField)
        self.is_json = isinstance(field, models.JSONField)
        self.is_file = isinstance(field, models.FileField)
        self.is_key = isinstance(field, models.ForeignKey)
        self.is_flag = isinstance(field, models.BooleanField)
        self.is_moment = isinstance(field, models.DateTimeField)
        # Nullable for the database is not yet optional for a person.
        self.takes_none = field.null and (field.blank or not field.editable) or field.primary_key
        self.takes_empty = field.blank or not field.editable
        self.longest = field.max_length or BIGGEST_KEY
        self.choices = frozenset(value for value, _label in field.flatchoices) if field.choices else None
        # Beyond the length and the range, which are answered here.
        self.has_validators = bool(field._validators or (self.is_text and field.default_validators))
        self.range = BaseDatabaseOperations.integer_field_ranges.get(field.get_internal_type())

    def is_plainly_fine(self, value: Any) -> bool:
        """Whether value can be stored as it is; False means "look closer", not "refused"."""
        if value is None:
            return self.takes_none
        if self.is_text:
            return (
                type(value) is str
                and (self.takes_empty if not value else not value.isspace() and len(value) <= self.longest)
                and (self.choices is None or not value or value in self.choices)
                and not self.has_validators
                and (value.isascii() and "\x00" not in value or is_storable(value))
            )
        kind = type(value)
        if self.is_flag:
            return kind is bool
        if self.is_key:
            return kind is int and 0 < value <= BIGGEST_KEY
        if self.is_moment:
            return kind is datetime.datetime and value.tzinfo is not None and _is_far_from_the_ends(value)
        if self.range:
            return kind is int and self.range[0] <= value <= self.range[1] and not self.has_validators
        return (self.is_json or self.is_file) and not value and kind in (dict, str) and self.takes_empty

    def clean(self, raw: Any, record: models.Model) -> Any:
        """Return the value as it is stored, or raise ValidationError; foreign keys are not looked up here."""
        if self.is_plainly_fine(raw):
            return raw
        if self.is_file:
            return _clean_file(self.field, raw)
        if raw is None:
            code = "blank" if self.field.null else "null"
            raise ValidationError(self.field.error_messages[code], code=code)
        if self.is_json:
            _refuse_in_json(raw)
            return raw
        value = self._to_python(raw)
        if self.is_text and not self.takes_empty and not value.strip():
            raise ValidationError(self.field.error_messages["blank"], code="blank")
        if self.choices is not None and value not in self.choices and value not in self.field.empty_values:
            raise ValidationError(
                self.field.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            )
        if value is None and not self.takes_none:
            raise ValidationError(self.field.error_messages["blank"], code="blank")
        if value is not None:
            self._refuse_out_of_range(value)
            self.field.run_validators(value)
        return value

    def _to_python(self, raw: Any) -> Any:
        """Django's conversion, with what it lets through or trips over taken care of."""
        try:
            if self.range and isinstance(raw, float | Decimal) and raw != int(raw):
                raise self._invalid(raw)
            value = self.field.to_python(raw)
            # Members of an enumeration and other kinds of text become text.
            value = str(value) if self.is_text and value is not None else value
        except (ArithmeticError, TypeError, ValueError) as error:
            raise self._invalid(raw) from error
        if self.is_moment and value is not None:
            value = timezone.make_aware(value) if timezone.is_naive(value) else value
            if not _is_far_from_the_ends(value):
                raise self._invalid(raw)
        return value

    def _refuse_out_of_range(self, value: Any) -> None:
        if self.is_text:
            MaxLengthValidator(self.longest)(value)
            refuse_unstorable(value)
        elif self.is_key and not (isinstance(value, int) and 0 < value <= BIGGEST_KEY):
            raise ValidationError(_("This choice does not exist any more."), code="invalid_choice")
        elif self.range:
            # The narrower ranges of PostgreSQL, on both databases.
            least, most = self.range
            if not least <= value <= most:
                raise ValidationError(
                    _("The number must lie between %(least)s and %(most)s."),
                    code="out_of_range",
                    params={"least": least, "most": most},
                )

    def _invalid(self, raw: Any) -> ValidationError:
        return ValidationError(
            self.field.error_messages.get("invalid", _("This value is not valid.")),
            code="invalid",
            params={"value": str(raw)[:100]},
        )

    def copy(self, value: Any) -> Any:
        """The value to compare with later: of JSON a copy, so that a change in place is noticed; files by name."""
        if self.is_json:
            return _copy_json(value)
        return value.name if self.is_file and value is not None and not isinstance(value, str) else value


def _is_far_from_the_ends(moment: datetime.datetime) -> bool:
    """Other time zones must be able to show the moment too, so the first and the last year are left out."""
    return datetime.MINYEAR < moment.year < datetime.MAXYEAR


@lru_cache(maxsize=256)
def columns_of(model: type[models.Model]) -> tuple[Column, ...]:
    """The columns of a model in the order of its table; one plan per model and process."""
    return tuple(Column(field) for field in model._meta.concrete_fields)


@lru_cache(maxsize=256)
def copied_columns(model: type[models.Model]) -> tuple[Column, ...]:
    """Those columns whose values are not simply kept to be compared with."""
    return tuple(column for column in columns_of(model) if column.is_json or column.is_file)


def is_storable(text: str) -> bool:
    """Whether both databases keep the text: no NUL, no halves of surrogate pairs."""
    if "\x00" in text:
        return False
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


def _clean_file(field: models.FileField, raw: Any) -> Any:
    """A file by its name; "" for none. What is uploaded gets a name that every file system takes."""
    name = raw if isinstance(raw, str) else getattr(raw, "name", "") or ""
    refuse_unstorable(name)
    if not name:
        if not field.blank:
            raise ValidationError(field.error_messages["blank"], code="blank")
        return ""
    if isinstance(raw, File) and not getattr(raw, "_committed", False):
        raw.name = _short_name(name)
    elif len(name) > (field.max_length or BIGGEST_KEY):
        raise ValidationError(_("The file name is too long."), code="max_length")
    return raw


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
