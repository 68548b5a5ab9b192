"""What an export holds: every field of an entity under its own name, or the columns of the list as they are shown."""

import datetime
import html
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.text import capfirst

from core.records.child_rows import child_model
from core.records.models import ChildRow, Record
from core.records.rights import seen_by

from .columns import Column
from .entity import Entity, Inline
from .pager import get_page

BATCH = 500
# Child rows that have columns of their own; further ones stand together in one column.
VALUES_IN_COLUMNS, ROWS_IN_COLUMNS = 4, 3
# As the readers of imports take lists apart.
SEPARATOR, PARTS = " ::: ", " | "
# Names that are kept while a file is written, per kind of record.
_MOST_NAMES = 20_000


def record_header(entity: type[Entity]) -> list[str]:
    """The headers of an export with all fields: id, version, the fields, then the child rows.

    A field that names another record is followed by that record's id (`account`, `account_id`).
    """
    names = [header for header, _attname, _model in _own_columns(entity)]
    names += entity.export_extra_names
    for inline in entity.inlines:
        names += _ChildColumns.of(entity, inline).header
    return names


def record_rows(entity: type[Entity], rows: models.QuerySet, user: Any) -> Iterator[list[Any]]:
    """The rows behind `record_header` in order of id, batch by batch: a fixed number of queries each.

    No transaction is held: what changes meanwhile is exported as it is when its batch is read.
    """
    own = _own_columns(entity)
    names = {
        position: _Names(model, user) for position, (_header, _attname, model) in enumerate(own) if model is not None
    }
    children = [_ChildColumns.of(entity, inline) for inline in entity.inlines]
    texts: dict[type, _Names] = {}
    blank_extra = [None] * len(entity.export_extra_names)
    found = rows.order_by("pk").values_list("pk", *(attname for _header, attname, _model in own))
    last = 0
    while batch := list(found.filter(pk__gt=last)[:BATCH]):
        last = batch[-1][0]
        ids = [row[0] for row in batch]
        for position, known in names.items():
            known.learn({row[position + 1] for row in batch})
        extra = entity.export_extra(ids, user)
        child_cells = [part.load(ids, texts, user) for part in children]
        for pk, *cells in batch:
            for position, known in names.items():
                known.put(cells, position)
            cells += extra.get(pk, blank_extra)
            for part, loaded in zip(children, child_cells, strict=True):
                cells += loaded.get(pk) or part.blank
            yield cells


@lru_cache(maxsize=32)
def _own_columns(entity: type[Entity]) -> list[tuple[str, str, type[models.Model] | None]]:
    """(header, column, model whose name stands there or None) of the fields of the record itself."""
    known = {column.name for column in entity.model._meta.concrete_fields}
    names = [*entity.field_names(), "owner", "team", "created_at", "changed_at"]
    found: list[tuple[str, str, type[models.Model] | None]] = [("id", "id", None), ("version", "version", None)]
    for name in dict.fromkeys(names):
        if name in known:
            found += _columns_of(entity.model._meta.get_field(name))
    return found


def _columns_of(column: models.Field) -> list[tuple[str, str, type[models.Model] | None]]:
    """One column, or name and id of another record; of what an administrator sets up the name is enough."""
    related = column.related_model
    if related is None:
        return [(column.name, column.attname, None)]
    found: list[tuple[str, str, type[models.Model] | None]] = [(column.name, column.attname, related)]
    if related is get_user_model() or _is_record(related):
        found.append((column.attname, column.attname, None))
    return found


def _is_record(model: type[models.Model]) -> bool:
    """Whether rights decide who sees the rows of a model; setup values and users are everybody's."""
    return issubclass(model, Record) and not hasattr(model, "is_active")


class _Names(dict):
    """{id: name} of the records of one kind, None for no id and for records that the user may not see."""

    def __init__(self, model: type[models.Model], user: Any) -> None:
        super().__init__({None: None})
        self._model = model
        self._user = user
        self._is_record = _is_record(model)
        self._has_id = self._is_record or model is get_user_model()

    def put(self, cells: list[Any], position: int) -> None:
        """Write the name in place of the id; the cell behind it, which keeps the id, is emptied where it has none."""
        cells[position] = self[cells[position]]
        if self._has_id and cells[position] is None:
            cells[position + 1] = None

    def learn(self, ids: set[int | None]) -> None:
        """Read the names that are not known yet with one query."""
        missing = ids - self.keys()
        if missing:
            if len(self) > _MOST_NAMES:
                self.clear()
                missing = ids
            self[None] = None
            self.update(dict.fromkeys(missing))
            rows = seen_by(self._model, self._user) if self._is_record else self._model._base_manager.all()
            self.update((row.pk, str(row)) for row in rows.filter(pk__in=missing - {None}))


class _ChildColumns:
    """The columns of one kind of child rows: the primary one first, the others in their order."""

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, entity: type[Entity], inline: Inline) -> "_ChildColumns":
        return cls(child_model(entity.model, inline.name), inline.name)

    def __init__(self, model: type[ChildRow], name: str) -> None:
        self._model = model
        fields = [model._meta.get_field(one) for one in model.VALUE_FIELDS if one != "is_primary"]
        self._has_value = any(field.name == "value" for field in fields)
        self._has_primary = any(field.name == "is_primary" for field in model._meta.concrete_fields)
        fields.sort(key=lambda field: field.name != "value")
        self._parts = [part for field in fields for part in _columns_of(field)]
        self._in_columns = VALUES_IN_COLUMNS if self._has_value else ROWS_IN_COLUMNS
        singular = name.removesuffix("es") if name.endswith("sses") else name.removesuffix("s")
        self.header = [
            f"{singular}{position}" if part == "value" else f"{singular}{position}_{part}"
            for position in range(1, self._in_columns + 1)
            for part, _attname, _model in self._parts
        ] + [f"other_{name}"]
        self.blank: list[Any] = [None] * len(self.header)

    def load(self, ids: list[int], texts: dict[type, _Names], user: Any) -> dict[int, list[Any]]:
        """{parent id: cells} of those that have rows; one query, and one per kind of record that they name."""
        order = ["parent_id", *(["-is_primary"] if self._has_primary else []), "position", "id"]
        columns = [attname for _part, attname, _model in self._parts]
        rows = list(self._model.objects.filter(parent__in=ids).order_by(*order).values_list("parent_id", *columns))
        named = [(place, model) for place, (_part, _attname, model) in enumerate(self._parts, 1) if model is not None]
        for place, model in named:
            texts.setdefault(model, _Names(model, user)).learn({row[place] for row in rows})
        by_parent: dict[int, list[list[Any]]] = {}
        for parent_id, *cells in rows:
            for place, model in named:
                texts[model].put(cells, place - 1)
            by_parent.setdefault(parent_id, []).append(cells)
        return {parent_id: self._cells(found) for parent_id, found in by_parent.items()}

    def _cells(self, rows: list[list[Any]]) -> list[Any]:
        cells = [cell for row in rows[: self._in_columns] for cell in row]
        cells += [None] * (len(self.header) - 1 - len(cells))
        others = rows[self._in_columns :]
        return [*cells, SEPARATOR.join(map(self._as_text, others)) if others else None]

    def _as_text(self, row: list[Any]) -> str:
        """A row beyond those with columns: its value, or all its parts in order, as a reader finds them again."""
        if not self._has_value:
            return PARTS.join(str(cell or "") for cell in row)
        parts = {part: cell for (part, _attname, _model), cell in zip(self._parts, row, strict=True) if cell}
        text = str(parts.get("value", ""))
        if "extension" in parts:
            text = f"{text} ext. {parts['extension']}"
        return f"{parts['service']}: {text}" if "service" in parts else text


def view_header(entity: type[Entity]) -> list[str]:
    """The headers of an export with the columns of the list, in the user's language; amounts have their currency."""
    names: list[str] = []
    for column in entity.list_display:
        names.append(capfirst(str(column.label)))
        if column.kind == "money":
            names.append(capfirst(str(entity.model._meta.get_field("currency").verbose_name)))
    return names


def view_rows(
    entity: type[Entity], rows: models.QuerySet, user: Any, *, sort: str, descending: bool
) -> Iterator[list[Any]]:
    """The rows behind `view_header` in the order of the list, as it reads its pages."""
    rows = rows.select_related(*entity.list_select_related)
    after = ""
    while True:
        page = get_page(rows, sort=sort, descending=descending, after=after, size=BATCH)
        entity.decorate(page.rows, user)
        for record in page.rows:
            yield list(_shown(entity.list_display, record))
        if not page.after:
            return
        after = page.after


def _shown(columns: Iterable[Column], record: models.Model) -> Iterator[Any]:
    for column in columns:
        yield _shown_value(column, record)
        if column.kind == "money":
            yield record.currency


def _shown_value(column: Column, record: models.Model) -> Any:
    """Numbers and days as such, names of related records, words for choices; else the text of the cell."""
    if column.kind == "choice":
        return str(column.cell(record))
    try:
        value = column.value(record)
    except AttributeError:
        # A cell that puts several things together, such as what a task regards.
        return html.unescape(strip_tags(str(column.cell(record)))).strip()
    if isinstance(value, dict):
        value = value.get("date")
    if isinstance(value, datetime.datetime):
        return timezone.make_naive(value)  # the user's clock, as the list shows it
    if value is None or isinstance(value, str | int | float | Decimal | datetime.date):
        return value
    return str(value)
