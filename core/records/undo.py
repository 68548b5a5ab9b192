"""Takes back what one operation of the history did: created records go into the trash, old values come back."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from . import child_rows
from .columns import columns_of
from .door import save_records
from .means import Means
from .models import Change, ChildRow, Record, TrashUnit
from .refusals import BatchRefused
from .registry import record_model
from .trash import AlreadyRestored, put_away, restore
from .undo_decisions import Decisions, Step, steps
from .undo_log import KeptRecord, Undo

# Changes that one transaction takes back.
CHUNK = 1000
FIGURES = ("trashed", "restored", "reverted", "kept")

Values = dict[int, dict[str, Any]]


class AlreadyUndone(Exception):
    """The operation has been undone, or somebody is at it."""


def undo_of(operation: Any) -> Undo | None:
    """What is known of the undo of an operation, None while nobody has asked for one."""
    return Undo.objects.select_related("unit", "by").filter(operation=operation).first()


def undo_operation(operation: Any, *, actor: Any, title: str) -> Undo:
    """Undo a small operation at once, in one transaction; its figures are in `counts`, what stays in `kept`.

    title: what the unit in the trash is called. Raises AlreadyUndone; then nothing has changed.
    """
    with transaction.atomic():
        undo = start_undo(operation, actor=actor, title=title)
        while undo_chunk(undo, actor=actor):
            pass
        return undo


def plan_undo(operation: Any, *, actor: Any, title: str) -> Undo:
    """Begin to work out what an undo would do, again if it was worked out before; `plan_chunk` does the work.

    Raises AlreadyUndone once the undo itself has begun.
    """
    with transaction.atomic():
        undo = _fresh(operation, title)
        KeptRecord.objects.filter(undo=undo).delete()
        undo.planned, undo.planned_at, undo.cursor = _no_figures(), None, None
        undo.save(update_fields=["planned", "planned_at", "cursor"])
    return undo


def start_undo(operation: Any, *, actor: Any, title: str) -> Undo:
    """Claim the undo of an operation; `undo_chunk` does the work. Raises AlreadyUndone, so that one caller begins."""
    with transaction.atomic():
        undo = _fresh(operation, title)
        now = timezone.now()
        if not Undo.objects.filter(pk=undo.pk, started_at=None).update(
            started_at=now, by=actor, title=title[:300], cursor=None, counts=_no_figures()
        ):
            raise AlreadyUndone
        # What stays is decided anew: it may have been worked out days ago.
        KeptRecord.objects.filter(undo=undo).delete()
        undo.refresh_from_db()
    return undo


def forget_plan(operation: Any) -> bool:
    """Drop what was worked out for an undo, for the operation goes on; False when the undo has begun."""
    with transaction.atomic():
        undo = Undo.objects.select_for_update().filter(operation=operation).first()
        if undo is None:
            return True
        if undo.started_at is None:
            undo.delete()
    return undo.started_at is None


def plan_chunk(undo: Undo, *, actor: Any) -> int:
    """Look at the next part of the history without taking anything back; returns how many changes, 0 at the end."""
    return _walk(undo, actor, undo.planned, writes=False)


def undo_chunk(undo: Undo, *, actor: Any) -> int:
    """Take back the next part, inside the caller's transaction; returns how many changes, 0 at the end.

    The place reached is stored with it: after a break another call goes on there.
    """
    return _walk(undo, actor, undo.counts, writes=True)


def figure(figures: dict[str, dict[str, int]], name: str, record_type: str = "") -> int:
    """A number of `planned` or `counts`, of one record type or of all."""
    found = figures.get(name, {})
    return found.get(record_type, 0) if record_type else sum(found.values())


def _fresh(operation: Any, title: str) -> Undo:
    undo, _made = Undo.objects.get_or_create(operation=operation, defaults={"title": title[:300]})
    if undo.started_at is not None:
        raise AlreadyUndone
    return undo


def _no_figures() -> dict[str, dict[str, int]]:
    return {name: {} for name in FIGURES}


def _walk(undo: Undo, actor: Any, figures: dict[str, dict[str, int]], *, writes: bool) -> int:
    changes = _next_changes(undo)
    if not changes:
        undo.finished_at, undo.planned_at = (timezone.now(), undo.planned_at) if writes else (None, timezone.now())
        undo.save(update_fields=["finished_at", "planned_at"])
        return 0
    part = _Part(undo, actor, changes, figures, writes=writes)
    for is_deletion, run in groupby(changes, key=lambda change: change.kind == Change.Kind.DELETE):
        if is_deletion:
            part.restore(list(run))
        else:
            run_changes = list(run)
            part.revert(run_changes)
            part.remove(run_changes)
    # Whoever else is at the same part waits here, finds it done, and rolls back.
    as_read = Undo.objects.filter(pk=undo.pk, cursor=undo.cursor)
    undo.cursor = changes[-1].pk
    if not as_read.update(cursor=undo.cursor, planned=undo.planned, counts=undo.counts, unit=undo.unit):
        raise AlreadyUndone
    return len(changes)


def _next_changes(undo: Undo) -> list[Step]:
    """The next changes backwards, so that whatever points at a record is taken back before the record."""
    rows = Change.objects.filter(operation=undo.operation)
    if undo.cursor is not None:
        rows = rows.filter(pk__lt=undo.cursor)
    changes = steps(rows.order_by("-pk")[:CHUNK])
    updates = [change.pk for change in changes if change.kind == Change.Kind.UPDATE]
    values = dict(Change.objects.filter(pk__in=updates).values_list("pk", "before")) if updates else {}
    for change in changes:
        change.before = values.get(change.pk, {})
    return changes


class _Part:
    """One chunk of an undo: asks what is to be done, does it unless it is only planned, and counts."""

    def __init__(
        self, undo: Undo, actor: Any, changes: list[Step], figures: dict[str, dict[str, int]], *, writes: bool
    ) -> None:
        self.undo = undo
        self.actor = actor
        self.changes = changes
        self.figures = figures
        self.writes = writes
        self.decisions = Decisions(undo, actor)
        self.means = Means("undo", undo.title[:200], undo.own_operation)

    def count(self, name: str, key: str, number: int) -> None:
        """Add to a figure of a record type, or of a reason to stay; nothing for 0."""
        if number:
            found = self.figures.setdefault(name, {})
            found[key] = found.get(key, 0) + number

    def keep(self, rows: list[KeptRecord]) -> None:
        """Note what stays: once per record, its fields put together."""
        for record_type, group in groupby(sorted(rows, key=lambda row: row.record_type), lambda row: row.record_type):
            wanted = {row.record_id: row for row in group}
            present = KeptRecord.objects.filter(undo=self.undo, record_type=record_type, record_id__in=list(wanted))
            for old in present:
                new = wanted.pop(old.record_id)
                old.fields = list(dict.fromkeys([*old.fields, *new.fields]))
                old.save(update_fields=["fields"])
            KeptRecord.objects.bulk_create(wanted.values())
            self.count("kept", record_type, len(wanted))
            for row in wanted.values():
                self.count("reasons", row.reason, 1)

    def restore(self, deletions: list[Step]) -> None:
        """Bring back what the operation put into the trash, unit by unit."""
        for record_type, group in groupby(deletions, lambda change: change.record_type):
            model = record_model(record_type)
            rows = model.all_objects.filter(pk__in=[change.record_id for change in group], trash_unit__isnull=False)
            for unit in TrashUnit.objects.filter(pk__in=rows.values("trash_unit")):
                self._restore_unit(unit)

    def _restore_unit(self, unit: TrashUnit) -> None:
        counts = unit.counts
        if self.writes:
            try:
                with transaction.atomic():
                    counts = restore(unit, actor=self.actor, means=self.means)
            except (ValidationError, AlreadyRestored) as error:
                text = " ".join(error.messages) if isinstance(error, ValidationError) else ""
                key = (unit.record_type, unit.record_id)
                self.keep([self.decisions.kept(key, KeptRecord.Reason.REFUSED, text=text)])
                return
        for record_type, number in counts.items():
            self.count("restored", record_type, number)

    def revert(self, changes: list[Step]) -> None:
        """Give the records that the operation changed their old values back."""
        found = self.decisions.reverts(changes)
        kept = found.kept
        for record_type, values in found.values.items():
            if self.writes:
                kept += self._write(record_type, {pk: names for pk, names in values.items() if names})
        self.keep(kept)
        for record_type, values in found.values.items():
            stay = KeptRecord.objects.filter(undo=self.undo, record_type=record_type, record_id__in=list(values))
            done = set(values) - set(stay.values_list("record_id", flat=True))
            # A record that the operation changed several times counts when its first change is taken back.
            earlier = Change.objects.filter(
                operation=self.undo.operation,
                record_type=record_type,
                record_id__in=list(done),
                pk__lt=self.changes[-1].pk,
            )
            done -= set(earlier.values_list("record_id", flat=True)) if done else set()
            self.count("reverted", record_type, len(done))

    def _write(self, record_type: str, values: Values) -> list[KeptRecord]:
        """Save the old values; records that refuse them are left out and noted, the others are saved."""
        model, kept = record_model(record_type), []
        while values:
            records, children = _with_old_values(model, values)
            try:
                with transaction.atomic():
                    save_records(records, actor=self.actor, means=self.means, children=children)
                break
            except BatchRefused as refused:
                for index, error in refused.errors.items():
                    pk = records[index].pk
                    key, names = (record_type, pk), list(values.pop(pk))
                    text = " ".join(error.messages)
                    kept.append(self.decisions.kept(key, KeptRecord.Reason.REFUSED, fields=names, text=text))
        return kept

    def remove(self, changes: list[Step]) -> None:
        """Put what the operation created into the trash, as parts of one unit."""
        found = self.decisions.removals(changes)
        self.keep(found.kept)
        for record_type, ids in found.goes.items():
            if self.writes:
                model = record_model(record_type)
                put_away(self._unit(model), model, ids, actor=self.actor, means=self.means)
            self.count("trashed", record_type, len(ids))

    def _unit(self, model: type[Record]) -> TrashUnit:
        """The unit of this undo, made when the first record goes; it is named by the undo, not by a record."""
        if self.undo.unit is None:
            self.undo.unit = TrashUnit.objects.create(
                deleted_by=self.actor, record_type=model.record_type(), record_id=0, title=self.undo.title
            )
        return self.undo.unit


def _with_old_values(model: type[Record], values: Values) -> tuple[list[Record], list[dict[str, list[ChildRow]]]]:
    """The records with their old values set, and the child rows that they are to have."""
    names = {name for fields in values.values() for name in fields}
    columns = {column.attname: column for column in columns_of(model)}
    records = list(model.all_objects.filter(pk__in=values).order_by("pk"))
    present = {name: child_rows.load(model, name, list(values)) for name in model.CHILDREN if name in names}
    children = []
    for record in records:
        wanted: dict[str, list[ChildRow]] = {}
        for name, old in values[record.pk].items():
            if name in columns:
                setattr(record, name, _value(columns[name], old))
            elif name in present:
                wanted[name] = _old_rows(model, name, present[name].get(record.pk, []), old or [])
        children.append(wanted)
    return records, children


def _value(column: Any, old: Any) -> Any:
    """A value of the history as the column holds it."""
    return old if old is None or column.is_file else column.field.to_python(old)


def _old_rows(model: type[Record], name: str, present: list[ChildRow], old: list[dict]) -> list[ChildRow]:
    """Child rows that say what they said before; rows that are still there keep their ids."""
    kind = child_rows.child_model(model, name)
    wanted = [_typed(kind, said) for said in old]
    left = list(present)
    rows = [_take(left, said.__eq__) for said in wanted]
    return [
        _saying(row or _take(left, _names_like(kind, said)) or kind(), said)
        for row, said in zip(rows, wanted, strict=True)
    ]


def _take(rows: list[ChildRow], fits: Callable[[dict], bool]) -> ChildRow | None:
    """Take the first row out of the list whose history fits, None without one."""
    found = next((row for row in rows if fits(row.as_history())), None)
    if found is not None:
        rows.remove(found)
    return found


def _names_like(kind: type[ChildRow], said: dict) -> Callable[[dict], bool]:
    """Whether a row is about the same thing (the same address with another label)."""
    name = "value" if "value" in kind.VALUE_FIELDS else kind.VALUE_FIELDS[0]
    return lambda other: other.get(name) == said.get(name)


def _saying(row: ChildRow, said: dict) -> ChildRow:
    empty = type(row)()
    for name in row.VALUE_FIELDS:
        setattr(row, name, said.get(name, getattr(empty, name)))
    return row


def _typed(kind: type[ChildRow], said: dict) -> dict:
    """The history of a row, read from JSON, as the row itself would tell it."""
    columns = {column.attname: column.field for column in columns_of(kind)}
    return {name: columns[name].to_python(value) if name in columns else value for name, value in said.items()}
