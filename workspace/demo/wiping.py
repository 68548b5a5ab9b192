"""Removes the demo firm again: its records and users for good, never a setup value or anything that others hang on."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError

from core.records.child_rows import child_model
from core.records.models import Change, Record, TrashUnit
from core.records.registry import record_models
from core.records.restamp import restamp
from core.records.trash import purge
from setup_values.models import CatalogValue, StageChange
from users.models import Team, User

# Records that point at each other in circles are taken apart in this order, the ones that only point first.
ORDER = ("attachment", "interaction", "task", "crossreference", "lead", "opportunity", "contact", "account")


@dataclass(frozen=True)
class Removed:
    """Records removed, records kept because own records hang on them, users removed, users switched off."""

    records: int
    kept: int
    users: int
    switched_off: int


def demo_ids() -> dict[str, set[int]]:
    """{record type: ids} of what the demo loader made; setup values are not among them."""
    found: dict[str, set[int]] = defaultdict(set)
    changes = Change.objects.filter(means="demo", kind=Change.Kind.CREATE, record_type__in=ORDER)
    for record_type, pk in changes.values_list("record_type", "record_id"):
        found[record_type].add(pk)
    return found


def remove_demo(*, actor: Any) -> Removed:
    """Remove all demo records that nothing else needs, and the demo users but actor; one transaction.

    What own records point at stays, with what it needs itself; users who still own something are switched off.
    """
    with transaction.atomic():
        doomed = demo_ids()
        kept = _spare_what_is_needed(doomed)
        _take_circles_apart(doomed)
        removed = 0
        for model in _in_order():
            ids = sorted(doomed.get(model.record_type(), ()))
            if ids:
                StageChange.objects.filter(record_type=model.record_type(), record_id__in=ids).delete()
                purge(model, ids)
                removed += len(ids)
        _forget_trash(doomed)
        users, switched_off = _remove_users(actor)
    return Removed(removed, kept, users, switched_off)


def _in_order() -> list[type[Record]]:
    by_type = {model.record_type(): model for model in record_models()}
    return [by_type[name] for name in ORDER if name in by_type]


def _sources() -> list[tuple[type[models.Model], str, type[Record]]]:
    """(model, "pk" or its parent's key, record model) of records and child rows; setup values point at none."""
    found: list[tuple[type[models.Model], str, type[Record]]] = []
    for model in record_models():
        if issubclass(model, CatalogValue):
            continue
        found.append((model, "pk", model))
        found += [(child_model(model, name), "parent_id", model) for name in model.CHILDREN]
    return found


def _spare_what_is_needed(doomed: dict[str, set[int]]) -> int:
    """Take out of doomed what a record that stays points at, until nothing is added; returns how many."""
    spared = 0
    while True:
        needed: dict[str, set[int]] = defaultdict(set)
        for model, own_key, owner in _sources():
            for column in model._meta.concrete_fields:
                target = column.related_model if isinstance(column, models.ForeignKey) else None
                if target is None or not issubclass(target, Record) or column.name == "parent":
                    continue
                ids = doomed.get(target.record_type())
                if not ids:
                    continue
                rows = model._base_manager.filter(**{f"{column.name}__isnull": False})
                for key, pointed in rows.values_list(own_key, column.attname).iterator(chunk_size=2000):
                    if pointed in ids and key not in doomed.get(owner.record_type(), ()):
                        needed[target.record_type()].add(pointed)
        if not needed:
            return spared
        for record_type, ids in needed.items():
            doomed[record_type] -= ids
            spared += len(ids)


def _take_circles_apart(doomed: dict[str, set[int]]) -> None:
    """Empty the keys among doomed records that run against the order of removal."""
    by_type = {model.record_type(): model for model in _in_order()}
    loose = {
        "account": ("primary_contact_id", "parent_id"),
        "contact": ("person_account_id",),
        "opportunity": ("originating_lead_id",),
    }
    for record_type, columns in loose.items():
        ids = doomed.get(record_type, set())
        if ids and record_type in by_type:
            restamp(by_type[record_type].all_objects.filter(pk__in=ids), **dict.fromkeys(columns))


def _forget_trash(doomed: dict[str, set[int]]) -> None:
    for record_type, ids in doomed.items():
        units = TrashUnit.objects.filter(record_type=record_type, record_id__in=ids)
        for unit in units:
            if not any(model.all_objects.filter(trash_unit=unit).exists() for model in record_models()):
                unit.delete()


def _remove_users(actor: Any) -> tuple[int, int]:
    """Remove demo users whom nothing needs, switch the others off; actor stays. (removed, switched off)"""
    removed = switched_off = 0
    people = User.objects.filter(is_demo=True)
    for user in people.exclude(pk=actor.pk) if actor is not None else people:
        try:
            with transaction.atomic():
                user.delete()
            removed += 1
        except ProtectedError:
            User.objects.filter(pk=user.pk).update(is_active=False)
            switched_off += 1
    for team in Team.objects.filter(users__isnull=True):
        try:
            with transaction.atomic():
                team.delete()
        except ProtectedError:
            continue
    return removed, switched_off
