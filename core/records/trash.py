"""The trash: what a deletion takes along, shown beforehand, put away as one unit and restored as one unit."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from . import bulk, indexes
from .door import BATCH, announce
from .means import Means
from .models import Change, Record, TrashUnit
from .refusals import RecordChanged, as_validation_error
from .registry import record_models
from .rights import Right
from .rules import rules, rules_for

# SQLite takes 32,766 values in one statement, and a rule may name the ids several times.
MOST_IDS = 5000
# Records that one part of a restoration brings back.
RESTORED = 2000
# Values that the refusal of a restoration names.
MOST_NAMED = 5


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
    known: dict[type[Record], set[int]] = {model: {record.pk}}
    queue: list[tuple[type[Record], list[int]]] = [(model, [record.pk])]
    while queue:
        current, ids = queue.pop(0)
        for rows in _asked("goes_with", current, ids):
            target = rows.model._meta.concrete_model
            seen = known.setdefault(target, set())
            added = [pk for pk in rows.order_by("pk").values_list("pk", flat=True) if pk not in seen]
            added = list(dict.fromkeys(added))
            if added:
                seen.update(added)
                plan.goes.setdefault(target, []).extend(added)
                queue.append((target, added))
    for current, ids in plan.goes.items():
        for rows in _asked("stays", current, ids):
            target = rows.model._meta.concrete_model
            staying = set(rows.values_list("pk", flat=True)) - known.get(target, set())
            plan.stays.setdefault(target, set()).update(staying)
    return plan


def _asked(question: str, model: type[Record], ids: list[int]) -> Iterator[models.QuerySet]:
    """What every rule answers about these rows, some thousands of ids at a time."""
    for start in range(0, len(ids), MOST_IDS):
        for rule in rules():
            yield from getattr(rule, question)(model.record_type(), ids[start : start + MOST_IDS])


def delete_record(record: Record, *, actor: Any, means: Means) -> TrashUnit:
    """Put a record and all that goes with it into the trash as one unit.

    The unit is collected here, whatever plan was shown: others may have added to it since.
    Raises RecordChanged when the record is already in the trash, NotAllToDelete when actor may not delete every
    part (actor None is the system and may), ValidationError when a rule says that a part has to stay.
    """
    model = record._meta.concrete_model
    now = timezone.now()
    with transaction.atomic():
        # On PostgreSQL the second of two callers waits here until the first has put it away.
        if not model.objects.select_for_update().filter(pk=record.pk).exists():
            raise RecordChanged(record)
        plan = plan_deletion(record)
        if actor is not None:
            refuse_foreign_parts(plan, actor)
        for part, ids in plan.goes.items():
            for rule in rules_for(part.record_type()):
                rule.check_deletion(part.record_type(), ids)
        unit = TrashUnit.objects.create(
            deleted_at=now,
            deleted_by=actor,
            record_type=record.record_type(),
            record_id=record.pk,
            title=record.trash_title()[:300],
        )
        for part, ids in plan.goes.items():
            put_away(unit, part, ids, actor=actor, means=means)
    record.refresh_from_db()
    return unit


def put_away(unit: TrashUnit, model: type[Record], ids: list[int], *, actor: Any, means: Means) -> int:
    """Add live records to a unit, with their history, inside the caller's transaction; returns how many there were.

    Asks nobody: the caller has decided that they go.
    """
    now = timezone.now()
    number = 0
    for start in range(0, len(ids), MOST_IDS):
        live = model.objects.filter(pk__in=ids[start : start + MOST_IDS])
        versions = list(live.order_by("pk").values_list("pk", "version"))
        rows = model.all_objects.filter(pk__in=[pk for pk, _version in versions])
        rows.update(deleted_at=now, trash_unit=unit, **_stamp(actor, now))
        _note(model, versions, Change.Kind.DELETE, actor, means, now)
        number += len(versions)
    if number:
        unit.counts[model.record_type()] = unit.counts.get(model.record_type(), 0) + number
        unit.save(update_fields=["counts"])
    return number


def refuse_foreign_parts(plan: UnitPlan, actor: Any) -> None:
    """Raise NotAllToDelete unless actor has the right to delete every part of the plan."""
    for model, ids in plan.goes.items():
        for chunk in _chunks(ids):
            allowed = model.objects.allowed_to(actor, Right.DELETE).filter(pk__in=chunk).count()
            if allowed != len(chunk):
                raise NotAllToDelete


def _stamp(actor: Any, now) -> dict[str, Any]:
    return {"version": models.F("version") + 1, "changed_at": now, "changed_by": actor}


def restore(unit: TrashUnit, *, actor: Any, means: Means) -> dict[str, int]:
    """Bring exactly that unit back; returns {record type: number}.

    Raises AlreadyRestored, or ValidationError when a live record has taken the place of one of its parts
    (a number, a name): then nothing is restored.
    """
    counts: Counter = Counter()
    with transaction.atomic():
        note_restored(unit, actor=actor)
        while restored := restore_chunk(unit, actor=actor, means=means):
            counts.update(restored)
    return dict(counts)


def restore_chunk(unit: TrashUnit, *, actor: Any, means: Means) -> dict[str, int]:
    """Bring some records of the unit back inside the caller's transaction; {} when none is left.

    So a unit that fits into no transaction comes back; raises ValidationError as `restore` does.
    """
    now = timezone.now()
    for model in record_models():
        versions = list(model.all_objects.filter(trash_unit=unit).values_list("pk", "version")[:RESTORED])
        if not versions:
            continue
        ids = [pk for pk, _version in versions]
        rows = model.all_objects.filter(pk__in=ids)
        for rule in rules_for(model.record_type()):
            rule.restoring(model.record_type(), ids, actor=actor, means=means)
        _note(model, versions, Change.Kind.RESTORE, actor, means, now)
        try:
            with transaction.atomic():
                rows.update(deleted_at=None, trash_unit=None, **_stamp(actor, now))
        except IntegrityError as error:
            raise _with_values(as_validation_error(error, model), model, rows, actor) from error
        for rule in rules_for(model.record_type()):
            rule.restored(model.record_type(), ids, actor=actor, means=means)
        return {model.record_type(): len(versions)}
    return {}


def _with_values(refusal: ValidationError, model: type[Record], rows: models.QuerySet, actor: Any) -> ValidationError:
    """A refusal that names the values whose place live records have taken, and those records as far as actor sees
    them; the first few."""
    # What a record is tied to may be shared by many: only with a value of its own another one is in the way.
    columns = {column.name for column in model._meta.concrete_fields if not column.is_relation}
    errors: dict[str, list[str]] = {}
    for name, texts in refusal.message_dict.items() if hasattr(refusal, "error_dict") else ():
        taken: list[Any] = []
        if name in columns:
            values = list(rows.values_list(name, flat=True))
            live = model.objects.filter(**{f"{name}__in": values}).order_by(name)[:MOST_NAMED]
            seen = {record.pk for record in live}
            if actor is not None:
                seen = set(model.objects.visible_to(actor).filter(pk__in=seen).values_list("pk", flat=True))
            taken = [
                f"{getattr(record, name)}: {record}" if record.pk in seen else getattr(record, name) for record in live
            ]
        shown = f" ({', '.join(map(str, taken))})" if taken else ""
        errors[name] = [text + shown for text in texts]
    return ValidationError(errors) if errors else refusal


def note_restored(unit: TrashUnit, *, actor: Any) -> None:
    """Take the unit out of the list of the trash; raises AlreadyRestored when it is not there any more."""
    waiting = TrashUnit.objects.filter(pk=unit.pk, restored_at__isnull=True)
    if not waiting.update(restored_at=timezone.now(), restored_by=actor):
        raise AlreadyRestored


def _note(
    model: type[Record], versions: list[tuple[int, int]], kind: str, actor: Any, means: Means, now: datetime
) -> None:
    """Write the history of what happens to these rows, given as (id, version before it)."""
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
            record_version=version + 1,
        )
        for pk, version in versions
    ]
    bulk.insert(changes)
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
