"""Checks that what a record starts to point at exists, is not in the trash and may be chosen."""

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from django.db import models
from django.utils.translation import gettext as _

from .columns import Column, key_columns
from .saving import Saving

# (what refuses, name of the field that shows it, row that holds the key)
Pointer = tuple[Saving, str, models.Model]


def check(savings: list[Saving]) -> None:
    """Refuse new references to missing, trashed or retired rows; one query per related table of the batch.

    What a record keeps pointing at is not asked about. The found rows stay at the records, so that nobody
    fetches them again.
    """
    wanted: dict[models.ForeignKey, list[Pointer]] = defaultdict(list)
    for saving in savings:
        if not saving.errors:
            for column, pointer in _new_references(saving):
                wanted[column.field].append(pointer)
    for field, pointers in wanted.items():
        _check_field(field, pointers)


def _new_references(saving: Saving) -> Iterator[tuple[Column, Pointer]]:
    record, values = saving.record, saving.record.__dict__
    for column in key_columns(type(record)):
        if (key := values.get(column.attname)) and saving.loaded.get(column.attname) != key:
            yield column, (saving, column.name, record)
    for name, rows in (saving.children or {}).items():
        stored = saving.children_stored[name]
        keys = _keys_of(type(rows[0])) if rows else ()
        for row in rows if keys else ():
            for column in keys:
                key = row.__dict__.get(column.attname)
                if key and key != getattr(stored.get(row.pk), column.attname, None):
                    yield column, (saving, name, row)


@lru_cache(maxsize=64)
def _keys_of(model: type[models.Model]) -> tuple[Column, ...]:
    return tuple(column for column in key_columns(model) if column.name != "parent")


def _check_field(field: models.ForeignKey, pointers: list[Pointer]) -> None:
    found = _fetch(field, [row for _saving, _name, row in pointers])
    # Of a batch many point at the same few rows.
    asking = {key: target for key, target in found.items() if hasattr(target, "refuses_new_reference")}
    reasons = {key: reason for key, target in asking.items() if (reason := target.refuses_new_reference())}
    for saving, name, row in pointers:
        key = row.__dict__[field.attname]
        target = found.get(key)
        if target is None:
            saving.refuse(name, _("This choice does not exist any more."))
        elif key in reasons:
            saving.refuse(name, reasons[key])
        else:
            row._state.fields_cache.setdefault(field.name, target)


def fetch_for_deriving(savings: list[Saving]) -> None:
    """Give the records what deriving and indexing them reads (DERIVES_FROM); one query per related table."""
    if not savings:
        return
    model = type(savings[0].record)
    for name in model.DERIVES_FROM:
        field = model._meta.get_field(name)
        records = [saving.record for saving in savings if not saving.errors]
        records = [record for record in records if record.__dict__.get(field.attname)]
        found = _fetch(field, records)
        for record in records:
            if target := found.get(record.__dict__[field.attname]):
                record._state.fields_cache.setdefault(field.name, target)


def _fetch(field: models.ForeignKey, rows: list[models.Model]) -> dict[int, models.Model]:
    """The related rows by id; those that a row already carries are not asked for again."""
    found = {}
    missing = set()
    for row in rows:
        key = row.__dict__[field.attname]
        cached = row._state.fields_cache.get(field.name)
        if cached is not None and cached.pk == key:
            found[key] = cached
        else:
            missing.add(key)
    missing -= found.keys()
    if missing:
        found.update(field.related_model._base_manager.in_bulk(missing))
    return found
