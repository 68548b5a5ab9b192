"""Turns what the database refuses into the ValidationError that a form shows at the field."""

import re

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models
from django.utils.translation import gettext_lazy as _

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")
_SQLITE_INDEX = re.compile(r"UNIQUE constraint failed: index '(\w+)'")
_SQLITE_CHECK = re.compile(r"CHECK constraint failed: (\w+)")


class RecordChanged(Exception):
    """Somebody else wrote the record first, or it is no longer in the state that the use case expects."""

    def __init__(self, record):
        super().__init__(f"{record._meta.label} {record.pk} was changed meanwhile")
        self.record = record


class BatchRefused(Exception):
    """At least one record of a batch may not be written; nothing was. errors: {index: ValidationError}."""

    def __init__(self, errors: dict[int, ValidationError]):
        super().__init__(f"{len(errors)} records refused")
        self.errors = errors


def as_validation_error(error: IntegrityError, model: type[models.Model]) -> ValidationError:
    """Return the refusal in the user's words; raises the IntegrityError again when no constraint of model fits it."""
    name, database_columns = _violated(error)
    columns = {field.name for field in model._meta.concrete_fields if field.column in database_columns}
    for constraint in model._meta.constraints:
        same_columns = columns and set(getattr(constraint, "fields", ())) == columns
        if constraint.name == name or same_columns:
            field = getattr(model, "CONSTRAINT_FIELDS", {}).get(constraint.name, NON_FIELD_ERRORS)
            return ValidationError({field: [ValidationError(constraint.get_violation_error_message(), code="refused")]})
    for column in model._meta.concrete_fields:
        if column.unique and ({column.name} == columns or (name and f"_{column.column}_" in name)):
            text = _("%(value)s is taken already.") % {"value": column.verbose_name}
            return ValidationError({column.name: [ValidationError(text, code="unique")]})
    raise error


def _violated(error: IntegrityError) -> tuple[str, set[str]]:
    """The name of the violated constraint and, where the database tells only those, its columns."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or "", set()
    text = str(error)
    if match := _SQLITE_INDEX.search(text) or _SQLITE_CHECK.search(text):
        return match.group(1), set()
    if match := _SQLITE_UNIQUE.search(text):
        return "", {part.split(".")[-1].strip() for part in match.group(1).split(",")}
    return "", set()
