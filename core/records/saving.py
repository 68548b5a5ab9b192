"""One record on its way through the write door: what it was, what it becomes, and why it may not."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.translation import gettext as _

from .means import Means
from .models import ChildRow, Record


@dataclass
class Saving:
    """A record being written. Rules read `is_new`, `old()`, `changed()` and call `refuse()`."""

    record: Record
    actor: Any
    means: Means
    children: dict[str, list[ChildRow]] | None = None
    expect: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list] = field(default_factory=dict)
    children_before: dict[str, list[dict]] = field(default_factory=dict)
    children_after: dict[str, list[dict]] = field(default_factory=dict)
    _cleaned: dict[str, Any] = field(default_factory=dict)
    _written: dict[str, tuple[Any, Any]] | None = None

    def __post_init__(self) -> None:
        self.is_new = self.record._state.adding
        self.loaded: dict[str, Any] = {} if self.is_new else getattr(self.record, "_loaded", {})

    def old(self, name: str) -> Any:
        """The stored value of a column (attname: "owner_id"), None for a new record."""
        return self.loaded.get(name)

    def changed(self) -> dict[str, tuple[Any, Any]]:
        """{column: (old, new)} of what differs from the database; for a new record, of what is not empty.

        After writing it stays what was written.
        """
        if self._written is not None:
            return self._written
        result = {}
        for column in self.record._meta.concrete_fields:
            name = column.attname
            if name not in self.record.__dict__:
                continue
            new = self.record.__dict__[name]
            if self.is_new:
                if new not in (None, "", {}, False):
                    result[name] = (None, new)
            elif name in self.loaded and self.loaded[name] != new:
                result[name] = (self.loaded[name], new)
        return result

    def history_changes(self) -> dict[str, tuple[Any, Any]]:
        """What `changed()` says without technical columns, with the child rows."""
        hidden = self.record.NOT_IN_HISTORY
        result = {name: pair for name, pair in self.changed().items() if name not in hidden}
        for name, after in self.children_after.items():
            before = self.children_before.get(name, [])
            if before != after:
                result[name] = (before, after)
        return result

    def is_changed(self, *names: str) -> bool:
        """Whether one of these columns is about to change (on a new record: is set)."""
        changed = self.changed()
        return any(name in changed for name in names)

    def refuse(self, name: str, message: Any) -> None:
        """Note that the record may not be written; name is a field, or "" for the record as a whole."""
        error = message if isinstance(message, ValidationError) else ValidationError(message)
        self.errors.setdefault(name or NON_FIELD_ERRORS, []).extend(error.error_list)

    def error(self) -> ValidationError | None:
        """All refusals as one ValidationError, None when there are none."""
        return ValidationError(self.errors) if self.errors else None

    def clean(self) -> None:
        """Clean the columns that differ from the database; may be called again after rules have set some."""
        for column in self.record._meta.concrete_fields:
            name = column.attname
            if name not in self.record.__dict__:
                continue
            raw = self.record.__dict__[name]
            if name in self._cleaned and self._cleaned[name] is raw:
                continue
            if not self.is_new and name in self.loaded and self.loaded[name] == raw:
                continue
            try:
                self.record.__dict__[name] = self._cleaned[name] = clean_value(column, raw, self.record)
            except ValidationError as error:
                self.refuse(column.name, error)
                self._cleaned[name] = raw

    def settle(self) -> None:
        """Freeze what was written, so that rules and indexes that run afterwards still see it."""
        self._written = self.changed()


def clean_value(column: models.Field, raw: Any, record: models.Model) -> Any:
    """Return the validated Python value of one column, or raise ValidationError.

    Foreign keys are not looked up here: the write door asks for all of a batch at once.
    """
    if raw is None and (column.null or column.primary_key):
        if not column.blank and column.editable:
            raise ValidationError(column.error_messages["blank"], code="blank")
        return None
    if isinstance(column, models.FileField):
        return raw
    value = column.to_python(raw)
    if isinstance(column, models.ForeignKey):
        models.Field.validate(column, value, record)
    elif column.editable:
        column.validate(value, record)
    elif value is None:
        raise ValidationError(column.error_messages["null"], code="null")
    column.run_validators(value)
    if isinstance(value, str):
        refuse_unstorable(value)
    return value


def refuse_unstorable(text: str) -> None:
    """Raise ValidationError for what one of the databases cannot keep: NUL and halves of surrogate pairs."""
    if "\x00" in text:
        raise ValidationError(_("Null characters are not allowed."), code="null_characters")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValidationError(_("The text holds characters that cannot be stored."), code="unstorable") from None
