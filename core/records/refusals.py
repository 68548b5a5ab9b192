"""Turns what the database refuses into the ValidationError that a form shows at the field."""

import re

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models
from django.utils.translation import gettext_lazy as _

_SQLITE_COLUMNS = re.compile(r"UNIQUE constraint failed: (.+)")
_SQLITE_INDEX = re.compile(r"UNIQUE constraint failed: index '(\w+)'")
_SQLITE_CHECK = re.compile(r"CHECK constraint failed: (\w+)")
_SQLITE_KEY = "FOREIGN KEY constraint failed"
_POSTGRES_KEY = "23503"


class RecordChanged(Exception):
    """Somebody else wrote the record first, or it is no longer in the state that the use case expects."""

    def __init__(self, record):
        super().__init__(f"{record._meta.label} {record.pk} was changed meanwhile")
        self.record = record


class BatchRefused(Exception):
    """At least one record of a batch may not be written; nothing was. errors: {index: ValidationError}.

    A record that somebody else wrote first is among them with the code "changed". is_whole: each of them goes through
    by itself, only all together do not; they share the reason.
    """

    def __init__(self, errors: dict[int, ValidationError], *, is_whole: bool = False):
        super().__init__(f"{len(errors)} records refused")
        self.errors = errors
        self.is_whole = is_whole


def changed_meanwhile() -> ValidationError:
    """What a batch says of a record that somebody else wrote first."""
    return ValidationError(_("Somebody else has changed it meanwhile."), code="changed")


def as_validation_error(error: IntegrityError, model: type[models.Model]) -> ValidationError:
    """Return the refusal in the user's words; raises the IntegrityError again when no constraint fits it.

    Looks at the constraints of the model and of its child rows; a child's refusal stands at its related name.
    """
    model = model._meta.concrete_model
    if refusal := _refusal(error, model):
        return refusal
    for name in getattr(model, "CHILDREN", ()):
        if refusal := _refusal(error, model._meta.get_field(name).related_model):
            return ValidationError({name: refusal.messages})
    if _SQLITE_KEY in str(error) or getattr(error.__cause__, "sqlstate", "") == _POSTGRES_KEY:
        return ValidationError(_("Something that it refers to does not exist any more."), code="missing")
    raise error


def _refusal(error: IntegrityError, model: type[models.Model]) -> ValidationError | None:
    """The constraint of this very model that the error speaks of, in words; None when it is another table's."""
    table, name, database_columns = _violated(error)
    if table and table != model._meta.db_table:
        return None
    columns = {field.name for field in model._meta.concrete_fields if field.column in database_columns}
    for constraint in model._meta.constraints:
        same_columns = columns and set(getattr(constraint, "fields", ())) == columns
        if constraint.name == name or same_columns:
            field = getattr(model, "CONSTRAINT_FIELDS", {}).get(constraint.name, NON_FIELD_ERRORS)
            text = constraint.get_violation_error_message()
            return ValidationError({field: [ValidationError(text, code="refused")]})
    if column := _violated_column(model, name if table else "", columns):
        text = _("%(value)s is taken already.")
        params = {"value": column.verbose_name}
        return ValidationError({column.name: [ValidationError(text, code="unique", params=params)]})
    return None


def _violated_column(model: type[models.Model], name: str, columns: set[str]) -> models.Field | None:
    """The unique column that is meant: SQLite names it, PostgreSQL has it in the name of the constraint."""
    unique = [column for column in model._meta.concrete_fields if column.unique]
    for column in sorted(unique, key=lambda column: -len(column.column)):
        if column.primary_key:
            named = name.endswith("_pkey")
        else:
            named = f"_{column.column}_" in name
        if named or {column.name} == columns:
            return column
    return None


def _violated(error: IntegrityError) -> tuple[str, str, set[str]]:
    """(table, constraint, columns) of the violation, as far as the database tells them."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        return diagnosis.table_name or "", diagnosis.constraint_name or "", set()
    text = str(error)
    if match := _SQLITE_INDEX.search(text) or _SQLITE_CHECK.search(text):
        return "", match.group(1), set()
    if match := _SQLITE_COLUMNS.search(text):
        parts = [part.strip().split(".") for part in match.group(1).split(",")]
        return parts[0][0], "", {part[-1] for part in parts}
    return "", "", set()
