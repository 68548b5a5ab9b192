"""One record on its way through the write door: what it was, what it becomes, and why it may not."""

from dataclasses import dataclass, field
from itertools import compress, repeat
from operator import is_not
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from .columns import columns_of, fine_defaults, names_of
from .means import Means
from .models import ChildRow, Record

_MISSING = object()


@dataclass
class Saving:
    """A record being written. Rules read `is_new`, `old()`, `changed()` and call `refuse()` and `assign()`."""

    record: Record
    actor: Any
    means: Means
    children: dict[str, list[ChildRow]] | None = None
    expect: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list] = field(default_factory=dict)
    # The child rows as they are stored, by id, per related name that is being written.
    children_stored: dict[str, dict[int, ChildRow]] = field(default_factory=dict)
    children_before: dict[str, list[dict]] = field(default_factory=dict)
    children_after: dict[str, list[dict]] = field(default_factory=dict)
    inserted_rows: list[ChildRow] = field(default_factory=list)
    # What assign() replaced, so that a record that was not written can be handed back as it came.
    given: dict[str, Any] = field(default_factory=dict)
    _cleaned: dict[str, Any] = field(default_factory=dict)
    _written: dict[str, tuple[Any, Any]] | None = None
    _history: dict[str, tuple[Any, Any]] | None = None

    def __post_init__(self) -> None:
        self.is_new = self.record._state.adding
        self.given_pk = self.record.pk
        self.columns = columns_of(type(self.record))
        self.loaded: dict[str, Any] = {} if self.is_new else getattr(self.record, "_loaded", {})
        if not self.is_new and "version" not in self.loaded:
            raise TypeError(f"{self.record._meta.label} {self.record.pk} was loaded without its version")

    def old(self, name: str) -> Any:
        """The stored value of a column (attname: "owner_id"), None for a new record."""
        return self.loaded.get(name)

    def unknown_columns(self) -> list[str]:
        """Columns that were set although they had not been loaded (`only()`, `defer()`)."""
        if self.is_new or len(self.loaded) == len(self.columns):
            return []
        values = self.record.__dict__
        return [c.attname for c in self.columns if c.attname in values and c.attname not in self.loaded]

    def changed(self) -> dict[str, tuple[Any, Any]]:
        """{column: (old, new)} of what differs from the database; for a new record, of what is not empty.

        After writing it stays what was written.
        """
        if self._written is not None:
            return self._written
        values, loaded = self.record.__dict__, self.loaded
        if self.is_new:
            return {
                name: (None, new)
                for name in names_of(type(self.record))
                if (new := values.get(name)) or (new is not None and new is not False and new == 0)
            }
        return {
            name: (loaded[name], values[name])
            for column in self.columns
            if (name := column.attname) in loaded and name in values and loaded[name] != values[name]
        }

    def history_changes(self) -> dict[str, tuple[Any, Any]]:
        """What `changed()` says without technical columns, with the child rows."""
        if self._history is not None:
            return self._history
        hidden = self.record.NOT_IN_HISTORY
        result = {name: pair for name, pair in self.changed().items() if name not in hidden}
        for name, after in self.children_after.items():
            before = self.children_before.get(name, [])
            if before != after:
                result[name] = (before, after)
        return result

    def is_changed(self, *names: str) -> bool:
        """Whether one of these columns is about to change (on a new record: is set)."""
        if self._written is not None:
            return any(name in self._written for name in names)
        values, loaded = self.record.__dict__, self.loaded
        if self.is_new:
            return any((new := values.get(name)) or (new == 0 and new is not False) for name in names)
        return any(name in loaded and name in values and loaded[name] != values[name] for name in names)

    def assign(self, name: str, value: Any) -> None:
        """Set a column that only a real write may set (a number); taken back when the record is not written."""
        self.given.setdefault(name, getattr(self.record, name))
        setattr(self.record, name, value)

    def refuse(self, name: str, message: Any) -> None:
        """Note that the record may not be written; name is a field, or "" for the record as a whole."""
        error = message if isinstance(message, ValidationError) else ValidationError(message)
        self.errors.setdefault(name or NON_FIELD_ERRORS, []).extend(error.error_list)

    def refuse_all(self, error: ValidationError) -> None:
        """Note what a clean() raised, each message at its field."""
        if hasattr(error, "error_dict"):
            for name, errors in error.error_dict.items():
                self.errors.setdefault(name, []).extend(errors)
        else:
            self.refuse("", error)

    def error(self) -> ValidationError | None:
        """All refusals as one ValidationError, None when there are none."""
        return ValidationError(self.errors) if self.errors else None

    def clean(self) -> None:
        """Clean the columns that differ from the database; may be called again after rules have set some."""
        values, loaded = self.record.__dict__, self.loaded
        if values == self._cleaned:
            return
        # What was clean last time, at first a default that needs no look: only another object is looked at.
        known = self._cleaned or (fine_defaults(type(self.record)) if self.is_new else {})
        names = names_of(type(self.record))
        before = map(known.get, names, repeat(_MISSING))
        differs = map(is_not, map(values.get, names, repeat(_MISSING)), before)
        for column in compress(self.columns, list(differs)):
            name = column.attname
            raw = values.get(name, _MISSING)
            if raw is _MISSING:
                continue
            if not column.is_plainly_fine(raw) and not (name in loaded and loaded[name] == raw):
                try:
                    values[name] = column.clean(raw)
                except ValidationError as error:
                    self.refuse(column.name, error)
        self._cleaned = values.copy()

    def settle(self) -> None:
        """Freeze what is written, so that rules and indexes that run afterwards still see it."""
        self._written = self.changed()
        self._history = self.history_changes()
