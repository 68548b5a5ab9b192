"""Changes of records as imports show them: names, labels, numbers and days, in the language of whoever reads them."""

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from core.pages.history import child_text, related_names, value_text
from core.records.models import Record

LONGEST_VALUE = 80


class ChangeTexts:
    """The values of one kind of record as text; what they point at is read with one query per foreign key.

    Of a record that user may not see it says only that.
    """

    def __init__(self, model: type[Record], values: Iterable[tuple[str, Any]], user: Any) -> None:
        self.columns = {column.attname: column for column in model._meta.concrete_fields}
        pointers = ((name, _id_of(value)) for name, value in values if self._points(name))
        self.names = related_names(model, pointers, user)

    def text(self, name: str, value: Any) -> str:
        """A value of the history as a short text; child rows by their first value."""
        column = self.columns.get(name)
        if column is None or isinstance(value, list):
            return shown_rows(value)
        if self._points(name):
            value = _id_of(value)
        try:
            return shortened(value_text(column, value, self.names))
        except (ValidationError, ValueError):  # a dry run of a version before kept texts in another form
            return shortened(str(value))

    def _points(self, name: str) -> bool:
        return isinstance(self.columns.get(name), models.ForeignKey)


def _id_of(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def kept_value(value: Any) -> Any:
    """A value as JSON keeps it until it is shown: child rows as their texts, long texts cut."""
    if isinstance(value, list):
        return shown_rows(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else shortened(str(value))


def shown_rows(rows: Any) -> str:
    """Child rows by their first value."""
    if not isinstance(rows, list):
        return "" if rows in (None, {}) else shortened(str(rows))
    return shortened(", ".join(child_text(row) or "…" for row in rows))


def shortened(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
