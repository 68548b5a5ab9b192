"""What the write door checks because of setup values: the gate, one name once, no meaning lost."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.records.rules import RecordRule
from core.records.saving import Saving

from .catalogs import CATALOGS, Catalog, attname, catalog_of
from .models import CatalogValue, Process, Stage
from .readiness import GATED, missing_values, refusal
from .usage import Usage, usage_of


class GateRule(RecordRule):
    """Refuses new leads and opportunities while a required catalog lacks a value."""

    record_types = GATED

    def check(self, savings: list[Saving]) -> None:
        new = [saving for saving in savings if saving.is_new]
        if new and (missing := missing_values()):
            for saving in new:
                saving.refuse("", ValidationError(refusal(missing), code="not_ready"))


class CatalogRule(RecordRule):
    """Keeps catalogs sound, whoever writes them: page, administration, import, starter set."""

    record_types = tuple(catalog.model.record_type() for catalog in CATALOGS)

    def check(self, savings: list[Saving]) -> None:
        if not savings:
            return
        catalog = catalog_of(savings[0].record)
        _refuse_taken_names(catalog, savings)
        _refuse_moving_used_values(catalog, savings)
        if catalog.needed_meanings:
            _refuse_losing_a_meaning(catalog, savings)
        _drop_defaults(catalog, savings)
        _append(catalog, savings)

    def check_deletion(self, record_type: str, ids: list[int]) -> None:
        catalog = next(one for one in CATALOGS if one.model.record_type() == record_type)
        usage = usage_of(catalog.model, ids)
        for pk in ids:
            if pk in usage:
                raise ValidationError(in_use(usage[pk]), code="in_use")
        if catalog.needed_meanings:
            left = {pk: row for pk, row in _active(catalog).items() if pk not in ids}
            lost = _meanings(_active(catalog).values()) - _meanings(left.values())
            if lost:
                raise ValidationError(last_of_meaning(catalog, sorted(lost)[0]), code="last_of_meaning")

    def must_stay(self, record_type: str, ids: list[int]) -> dict[int, str]:
        catalog = next(one for one in CATALOGS if one.model.record_type() == record_type)
        if not catalog.needed_meanings:
            return {}
        active = _active(catalog)
        left = _meanings(row for pk, row in active.items() if pk not in ids)
        return {
            pk: last_of_meaning(catalog, active[pk].meaning)
            for pk in ids
            if pk in active and active[pk].meaning not in left
        }

    def goes_with(self, record_type: str, ids: list[int]) -> Iterable[QuerySet]:
        if record_type == Process.record_type():
            yield Stage.objects.filter(process__in=ids)


def in_use(usage: Usage) -> str:
    """Why a used value cannot go, with the number of records, the trash included."""
    return ngettext(
        "%(count)d record uses this value: choose a replacement first.",
        "%(count)d records use this value: choose a replacement first.",
        usage.total,
    ) % {"count": usage.total}


def last_of_meaning(catalog: Catalog, meaning: str) -> str:
    """Why the last active value of a meaning has to stay."""
    return _("This is the last active value that means “%(meaning)s”: add another one first.") % {
        "meaning": catalog.meaning_label(meaning)
    }


def _refuse_taken_names(catalog: Catalog, savings: list[Saving]) -> None:
    """Two live values never share a folded name; said here so that a dry run says it too. One query."""
    columns = [attname(catalog.model, name) for name in catalog.names_within]
    changed = [saving for saving in savings if saving.is_changed("folded_name", *columns)]
    if not changed:
        return
    names = {saving.record.folded_name for saving in changed}
    taken: dict[tuple, Any] = {_place(row, columns): row for row in catalog.model.objects.filter(folded_name__in=names)}
    for saving in changed:
        other = taken.setdefault(_place(saving.record, columns), saving.record)
        if other is not saving.record and (other.pk is None or other.pk != saving.record.pk):
            saving.refuse("name", _taken(other))


def _place(value: CatalogValue, columns: list[str]) -> tuple:
    return (value.folded_name, *(getattr(value, column) for column in columns))


def _taken(other: CatalogValue) -> str:
    text = (
        _("“%(name)s” exists already (case, accents and blanks do not count).")
        if other.is_active
        else _("“%(name)s” exists already and is retired: reactivate it instead.")
    )
    return text % {"name": other.name}


def _refuse_moving_used_values(catalog: Catalog, savings: list[Saving]) -> None:
    """The meaning of a status and the process of a stage stay while a record uses the value."""
    names = [name for name in ("meaning", "process") if name in _fields(catalog)]
    moved = [
        (saving, name)
        for name in names
        for saving in savings
        if not saving.is_new and saving.is_changed(attname(catalog.model, name))
    ]
    if not moved:
        return
    usage = usage_of(catalog.model, [saving.record.pk for saving, _name in moved])
    for saving, name in moved:
        if saving.record.pk in usage:
            text = (
                _("Records use this value: its meaning stays as it is.")
                if name == "meaning"
                else _("Records stand in this stage: it stays in its process.")
            )
            saving.refuse(name, text)


def _fields(catalog: Catalog) -> set[str]:
    return {column.name for column in catalog.model._meta.concrete_fields}


def _active(catalog: Catalog) -> dict[int, CatalogValue]:
    """The active values by id; locked, so that two people cannot each take one of the last two."""
    rows = catalog.model.objects.filter(is_active=True).order_by("pk")
    if transaction.get_connection().in_atomic_block:
        rows = rows.select_for_update()
    return {row.pk: row for row in rows}


def _meanings(values: Iterable[CatalogValue]) -> set[str]:
    return {value.meaning for value in values}


def _refuse_losing_a_meaning(catalog: Catalog, savings: list[Saving]) -> None:
    """Of every needed meaning that has an active value one stays; the batch is looked at as a whole."""
    changed = [s for s in savings if not s.is_new and s.is_changed("is_active", "meaning")]
    if not changed:
        return
    active = _active(catalog)
    before = _meanings(active.values())
    for saving in savings:
        active.pop(saving.record.pk, None)
    after = _meanings(active.values()) | _meanings(s.record for s in savings if s.record.is_active)
    for saving in changed:
        meaning = saving.old("meaning")
        if saving.old("is_active") and meaning in before - after:
            field = "meaning" if saving.is_changed("meaning") else ""
            saving.refuse(field, last_of_meaning(catalog, meaning))


def _drop_defaults(catalog: Catalog, savings: list[Saving]) -> None:
    """A retired value is no default, and one that changes its meaning or process is none there."""
    columns = [attname(catalog.model, name) for name in catalog.default_within]
    for saving in savings:
        moved = not saving.is_new and columns and saving.is_changed(*columns)
        if saving.record.is_default and (moved or not saving.record.is_active):
            saving.record.is_default = False


def _append(catalog: Catalog, savings: list[Saving]) -> None:
    """New values without a position come last; one query per scope."""
    last: dict[tuple, int] = {}
    for saving in savings:
        value = saving.record
        if not saving.is_new or value.position:
            continue
        scope = tuple(getattr(value, attname(catalog.model, name)) for name in catalog.order_within)
        if scope not in last:
            highest = catalog.scope(value, catalog.order_within).aggregate(highest=Max("position"))["highest"]
            last[scope] = -1 if highest is None else highest
        last[scope] += 1
        value.position = last[scope]
