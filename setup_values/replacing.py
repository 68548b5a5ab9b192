"""Deleting a value in use: all its records get a replacement in one transaction, then the value goes."""

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.records import child_rows
from core.records.door import BATCH, save_records
from core.records.means import Means
from core.records.models import Change, Record, TrashUnit
from core.records.refusals import BatchRefused, RecordChanged
from core.records.registry import record_model
from core.records.trash import delete_record
from core.records.undo import undo_operation
from core.records.undo_log import KeptRecord, Undo

from .catalogs import CATALOGS, catalog_of
from .models import CatalogValue, Process, Stage
from .usage import Relation, relations
from .values import delete_value


@dataclass(frozen=True)
class Replaced:
    """What a replacement did: the value's trash unit, records moved per type, doubles put into the trash."""

    unit: TrashUnit
    # All of it stands under this operation of the history; see `undo_replacement`.
    operation: uuid.UUID
    moved: Counter = field(default_factory=Counter)
    doubles: int = 0


class ReplacementRefused(ValidationError):
    """The replacement may not take the value's place, or a record refused it; nothing was changed."""


def replacements_for(value: CatalogValue) -> QuerySet:
    """The active values that may take its place: of the same meaning; stages of its own process first."""
    others = catalog_of(value).model.objects.filter(is_active=True).exclude(pk=value.pk)
    if hasattr(value, "meaning"):
        return others.filter(meaning=value.meaning)
    if isinstance(value, Stage):
        own_first = models.Case(models.When(process=value.process_id, then=0), default=1)
        others = others.filter(process__is_active=True, process__deleted_at__isnull=True)
        return others.select_related("process").order_by(own_first, "process__position", "process_id", "position", "id")
    return others


def may_be_left_empty(value: CatalogValue) -> bool:
    """Whether every record that uses such values can do without one."""
    return not hasattr(value, "meaning") and all(relation.is_nullable for relation in relations(type(value)))


def replace_and_delete(
    value: CatalogValue, *, replacement: CatalogValue | None, actor: Any, means: Means | None = None
) -> Replaced:
    """Give every record that uses value the replacement (None: leave it empty), then trash the value.

    One transaction under one operation of the history; records in the trash move too. Raises
    ReplacementRefused, RecordChanged when value is gone or a record was written meanwhile, NotAllToDelete
    when actor is no administrator; then nothing has changed.
    """
    means = means or Means("setup", str(value)[:200])
    moved: Counter = Counter()
    doubles = 0
    with transaction.atomic():
        value, replacement = _lock(value, replacement)
        swap = Swap(value, replacement)
        for relation in relations(type(value)):
            for ids in _batches(relation, value):
                doubles += _move(relation, ids, swap, actor, means)
                moved[relation.model.record_type()] += len(ids)
        unit = delete_value(value, actor=actor, means=means)
    return Replaced(unit, means.operation, +moved, doubles)


def undo_replacement(operation: uuid.UUID, *, actor: Any) -> Undo:
    """Bring a replaced value back, with the records that had it, but for what was changed since.

    The figures are in `counts`. Raises ReplacementRefused when the value cannot return (its name is taken) or
    there was no such replacement, AlreadyUndone; then nothing has changed.
    """
    kinds = [catalog.model.record_type() for catalog in CATALOGS]
    deletions = Change.objects.filter(operation=operation, means="setup", kind=Change.Kind.DELETE)
    deleted = deletions.filter(record_type__in=kinds).order_by("-pk").first()
    if deleted is None:
        raise ReplacementRefused(_("There is nothing to take back."), code="missing")
    with transaction.atomic():
        undo = undo_operation(operation, actor=actor, title=_("Undone replacement"))
        value = record_model(deleted.record_type)
        if not value.objects.filter(pk=deleted.record_id).exists():
            kept = KeptRecord.objects.filter(undo=undo, record_type__in=kinds).exclude(text="").first()
            raise ReplacementRefused(kept.text if kept else _("The value cannot be brought back."), code="refused")
    return undo


def _lock(value: CatalogValue, replacement: CatalogValue | None) -> tuple[CatalogValue, CatalogValue | None]:
    """Both rows as they are now, locked in order of id, so that two replacements cannot cross."""
    model = type(value)
    wanted = [value.pk, replacement.pk] if replacement else [value.pk]
    rows = {row.pk: row for row in model.objects.filter(pk__in=wanted).order_by("pk").select_for_update()}
    if value.pk not in rows:
        raise RecordChanged(value)
    if replacement is None:
        if not may_be_left_empty(value):
            raise ReplacementRefused(_("This catalog is required: choose a replacement."), code="needed")
        return rows[value.pk], None
    if not replacements_for(value).filter(pk=replacement.pk).exists():
        raise ReplacementRefused(_("This value cannot take its place: choose another one."), code="unfit")
    return rows[value.pk], rows[replacement.pk]


class Swap:
    """Puts the replacement in the place of a value; what belongs to it (the stage of a process) follows."""

    def __init__(self, value: CatalogValue, replacement: CatalogValue | None):
        self.value, self.replacement = value, replacement
        self.stages = stage_mapping(value, replacement) if isinstance(value, Process) else {}

    def apply(self, row: models.Model, name: str) -> None:
        setattr(row, name, self.replacement)
        if isinstance(self.value, Process):
            row.stage = self.stages.get(row.stage_id)
        elif isinstance(self.value, Stage) and self.replacement is not None:
            row.process = self.replacement.process


def stage_mapping(value: Process, replacement: Process | None) -> dict[int | None, Stage | None]:
    """{stage of value: stage of replacement}: the one of the same name, else of the nearest probability."""
    if replacement is None:
        return {}
    targets = list(Stage.objects.filter(process=replacement, is_active=True).select_related("process"))
    by_name = {stage.folded_name: stage for stage in targets}
    found: dict[int | None, Stage | None] = {}
    for stage in Stage.all_objects.filter(process=value):
        nearest = min(targets, key=lambda one: abs(one.probability - stage.probability), default=None)
        found[stage.pk] = by_name.get(stage.folded_name, nearest)
    return found


def _batches(relation: Relation, value: CatalogValue) -> Iterator[list[int]]:
    """Ids of the records that use the value, locked, in lists of at most BATCH; the trash included."""
    if relation.child:
        users = relation.carrier.objects.filter(**{relation.field: value}).values("parent_id")
        rows = relation.model.all_objects.filter(pk__in=users)
    else:
        rows = relation.model.all_objects.filter(**{relation.field: value})
    last = 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").select_for_update().values_list("pk", flat=True)[:BATCH]):
        yield ids
        last = ids[-1]


def _move(relation: Relation, ids: list[int], swap: Swap, actor: Any, means: Means) -> int:
    """Swap the value on these records; returns how many doubles went into the trash."""
    records = _read(relation, ids, swap)
    children = _swapped_children(relation, records, swap) if relation.child else None
    try:
        with transaction.atomic():
            save_records(records, actor=actor, means=means, children=children)
        return 0
    except BatchRefused as refused:
        if relation.child:
            raise _refusal(refused) from refused
    doubles = _put_doubles_away(_read(relation, ids, swap), actor, means)
    try:
        # Read anew: what went into the trash there gets the replacement too, so that nothing points at value.
        save_records(_read(relation, ids, swap), actor=actor, means=means)
    except BatchRefused as refused:
        raise _refusal(refused) from refused
    return doubles


def _read(relation: Relation, ids: list[int], swap: Swap) -> list[Record]:
    """The records as they are now, with the replacement set on those that carry the value themselves."""
    records = list(relation.model.all_objects.filter(pk__in=ids).order_by("pk"))
    if not relation.child:
        for record in records:
            swap.apply(record, relation.field)
    return records


def _swapped_children(relation: Relation, records: list[Record], swap: Swap) -> list[dict]:
    rows = child_rows.load(relation.model, relation.child, [record.pk for record in records])
    wanted = []
    for record in records:
        own = rows.get(record.pk, [])
        for row in own:
            if getattr(row, f"{relation.field}_id") == swap.value.pk:
                swap.apply(row, relation.field)
        wanted.append({relation.child: own})
    return wanted


def _put_doubles_away(records: list[Record], actor: Any, means: Means) -> int:
    """Records that with the replacement would say the same as another one (a contact twice in one role).

    One of each pair goes into the trash, never the primary one. Returns how many.
    """
    count = 0
    for record in records:
        twin = None if record.is_trashed else _twin(record)
        if twin is not None:
            loser = twin if getattr(record, "is_primary", False) else record
            delete_record(type(record).objects.get(pk=loser.pk), actor=actor, means=means)
            count += 1
    return count


def _twin(record: Record) -> Record | None:
    """The live record that a unique constraint would let stand only once beside this one."""
    for constraint in record._meta.constraints:
        if not isinstance(constraint, models.UniqueConstraint):
            continue
        try:
            constraint.validate(type(record), record)
        except ValidationError:
            same = {name: getattr(record, name) for name in constraint.fields}
            rows = type(record).objects.filter(constraint.condition or models.Q(), **same).exclude(pk=record.pk)
            return rows.first()
    return None


def _refusal(refused: BatchRefused) -> ReplacementRefused:
    first = next(iter(refused.errors.values()))
    return ReplacementRefused(
        _("%(count)d records refuse the replacement: %(reason)s")
        % {"count": len(refused.errors), "reason": " ".join(first.messages)},
        code="refused",
    )
