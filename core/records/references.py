"""Checks that what a record starts to point at exists, is not in the trash and may be chosen."""

from collections import defaultdict

from django.db import models
from django.utils.translation import gettext as _

from .saving import Saving


def check(savings: list[Saving]) -> None:
    """Refuse new references to missing, trashed or retired rows; one query per related table of the batch."""
    wanted: dict[models.ForeignKey, list[tuple[Saving, models.Model | None]]] = defaultdict(list)
    for saving in savings:
        if saving.errors:
            continue
        changed = saving.changed()
        for column in saving.record._meta.concrete_fields:
            if isinstance(column, models.ForeignKey) and column.attname in changed and changed[column.attname][1]:
                cached = saving.record._state.fields_cache.get(column.name)
                wanted[column].append((saving, cached))
    for column, entries in wanted.items():
        found = _fetch(column, entries)
        for saving, _cached in entries:
            target = found.get(getattr(saving.record, column.attname))
            if target is None:
                saving.refuse(column.name, _("This choice does not exist any more."))
            elif hasattr(target, "refuses_new_reference") and (reason := target.refuses_new_reference()):
                saving.refuse(column.name, reason)


def _fetch(column: models.ForeignKey, entries) -> dict[int, models.Model]:
    """The related rows by id; rows that a record already carries are not asked for again."""
    found = {}
    missing = set()
    for saving, cached in entries:
        key = getattr(saving.record, column.attname)
        if cached is not None and cached.pk == key:
            found[key] = cached
        else:
            missing.add(key)
    missing -= found.keys()
    if missing:
        found.update(column.related_model._base_manager.in_bulk(missing))
    return found
