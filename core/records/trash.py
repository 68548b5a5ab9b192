"""The trash: what a deletion takes along, shown beforehand, put away as one unit and restored as one unit."""

from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from . import indexes
from .door import BATCH, announce
from .means import Means
from .models import Change, Record, TrashUnit
from .refusals import RecordChanged, as_validation_error
from .registry import record_models
from .rights import Right
from .rules import rules, rules_for


class NotAllToDelete(Exception):
    """Parts of the unit belong to others; says neither which nor how many."""


class AlreadyRestored(Exception):
    """The unit is no longer in the trash."""


@dataclass
class UnitPlan:
    """What a deletion would take along and what it would leave. Ids per model, in the order found."""

    goes: dict[type[Record], list[int]] = field(default_factory=dict)
    stays: dict[type[Record], set[int]] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """{record type: number} of what goes, the record itself included."""
        return {model.record_type(): len(ids) for model, ids in self.goes.items() if ids}

    def counts_staying(self) -> dict[str, int]:
        """{record type: number} of live records that point at it and stay."""
        return {model.record_type(): len(ids) for model, ids in self.stays.items() if ids}


def plan_deletion(record: Record) -> UnitPlan:
    """Collect the unit of a record by asking every rule what goes with each new part, until nothing is added."""
    model = record._meta.concrete_model
    plan = UnitPlan(goes={model: [record.pk]})
    queue: list[tuple[type[Record], list[int]]] = [(model, [record.pk])]
    while queue:
        current, ids = queue.pop(0)
        for rule in rules():
            for rows in rule.goes_with(current.record_type(), ids):
                target = rows.model._meta.concrete_model
                known = set(plan.goes.setdefault(target, []))
                added = [pk for pk in rows.order_by("pk").values_list("pk", flat=True) if pk not in known]
                if added:
                    plan.goes[target].extend(added)
                    queue.append((target, added))
    for current, ids in plan.goes.items():
        for rule in rules():
            for rows in rule.stays(current.record_type(), ids):
                target = rows.model._meta.concrete_model
                gone = set(plan.goes.get(target, []))
                plan.stays.setdefault(target, set()).update(
                    pk for pk in rows.values_list("pk", flat=True) if pk not in gone
                )
    return plan


def delete_record(record: Record, *, actor: Any, means: Means, plan: UnitPlan | None = None) -> TrashUnit:
    """Put a record and all that goes with it into the trash as one unit.

    Raises NotAllToDelete when actor may not delete every part (actor None is the system and may),
    RecordChanged when the record is already in the trash, ValidationError when a rule says that a part has to stay.
    """
    with transaction.atomic():
        plan = plan or plan_deletion(record)
        if actor is not None:
            _refuse_foreign_parts(plan, actor)
        for model, ids in plan.goes.items():
            for rule in rules_for(model.record_type()):
                rule.check_deletion(model.record_type(), ids)
        now = timezone.now()
        unit = TrashUnit.objects.create(
            deleted_at=now,
            deleted_by=actor,
            record_type=record.record_type(),
            record_id=record.pk,
            title=str(record)[:300],
            counts=plan.counts(),
        )
        if not _put_away(record._meta.concrete_model, [record.pk], unit, now):
            raise RecordChanged(record)
        for model, ids in plan.goes.items():
            _put_away(model, ids, unit, now)
            _note(model, ids, Change.Kind.DELETE, actor, means, now)
    record.deleted_at, record.trash_unit = now, unit
    return unit


def _refuse_foreign_parts(plan: UnitPlan, actor: Any) -> None:
    for model, ids in plan.goes.items():
        for chunk in _chunks(ids):
            allowed = model.objects.allowed_to(actor, Right.DELETE).filter(pk__in=chunk).count()
            if allowed != len(chunk):
                raise NotAllToDelete


def _put_away(model: type[Record], ids: list[int], unit: TrashUnit, now) -> int:
    return sum(
        model.objects.filter(pk__in=chunk).update(
            deleted_at=now, trash_unit=unit, version=models.F("version") + 1, changed_at=now
        )
        for chunk in _chunks(ids)
    )


def restore(unit: TrashUnit, *, actor: Any, means: Means) -> dict[str, int]:
    """Bring exactly that unit back; returns {record type: number}.

    Raises AlreadyRestored, or ValidationError when a live record has taken the place of one of its parts
    (a number, a name): then nothing is restored.
    """
    now = timezone.now()
    counts: dict[str, int] = {}
    with transaction.atomic():
        waiting = TrashUnit.objects.filter(pk=unit.pk, restored_at__isnull=True)
        if not waiting.update(restored_at=now, restored_by=actor):
            raise AlreadyRestored
        for model in record_models():
            ids = list(model.all_objects.filter(trash_unit=unit).values_list("pk", flat=True))
            if not ids:
                continue
            try:
                with transaction.atomic():
                    model.all_objects.filter(trash_unit=unit).update(
                        deleted_at=None, trash_unit=None, version=models.F("version") + 1, changed_at=now
                    )
            except IntegrityError as error:
                raise as_validation_error(error, model) from error
            _note(model, ids, Change.Kind.RESTORE, actor, means, now)
            counts[model.record_type()] = len(ids)
    return counts


def _note(model: type[Record], ids: list[int], kind: str, actor: Any, means: Means, now) -> None:
    changes = [
        Change(
            at=now,
            actor=actor,
            kind=kind,
            means=means.kind,
            means_detail=means.detail[:200],
            operation=means.operation,
            record_type=model.record_type(),
            record_id=pk,
            record_version=0,
        )
        for pk in ids
    ]
    Change.objects.bulk_create(changes, batch_size=BATCH)
    announce(changes)


def _chunks(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]


def purge(model: type[Record], ids: list[int]) -> int:
    """Remove rows for good with their history and derived rows; returns how many. The caller knows nothing needs them.

    Rows that others still point at raise django.db.models.ProtectedError or IntegrityError, and stay.
    """
    removed = 0
    for chunk in _chunks(ids):
        with transaction.atomic():
            for name in model.CHILDREN:
                model._meta.get_field(name).related_model.objects.filter(parent__in=chunk).delete()
            removed += model.all_objects.filter(pk__in=chunk).delete()[0]
            Change.objects.filter(record_type=model.record_type(), record_id__in=chunk).delete()
            indexes.forget(model.record_type(), chunk)
    return removed
