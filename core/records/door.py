"""The write door: the only place where a record is created, changed, put into the trash or restored."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.dispatch import Signal
from django.utils import timezone

from . import child_rows, indexes, references
from .means import Means
from .models import Change, ChildRow, Record
from .refusals import BatchRefused, RecordChanged, as_validation_error
from .rules import rules_for
from .saving import Saving

# Sent once after commit with `changes`; it only wakes listeners, the Change rows are the outbox.
record_saved = Signal()

BATCH = 500


def save_record(
    record: Record,
    *,
    actor: Any,
    means: Means,
    expect: dict[str, Any] | None = None,
    children: dict[str, list[ChildRow]] | None = None,
) -> Record:
    """Validate and write one record with its child rows, note the history, apply rules and indexes; all or nothing.

    expect: columns of the row itself that must still have these values in the database ({"state": "open"}).
    children: the complete wanted rows per related name; a name left out stays as it is.
    Raises ValidationError (per field) when refused, RecordChanged when another write came first. An unchanged
    record is not written, but still claimed when something is expected of it.
    """
    saving = Saving(record, actor, means, children, expect or {})
    try:
        with transaction.atomic():
            _prepare([saving])
            if error := saving.error():
                raise error
            _write([saving])
    except IntegrityError as error:
        _unwritten([saving])
        raise as_validation_error(error, type(record)) from error
    except Exception:
        _unwritten([saving])
        raise
    return record


def save_records(
    records: Sequence[Record],
    *,
    actor: Any,
    means: Means | Sequence[Means],
    children: Sequence[dict[str, list[ChildRow]] | None] | None = None,
) -> list[Record]:
    """Write many records of one model as `save_record` does, in few statements; raises BatchRefused, then writes none.

    means: one for all or one per record (with the row of an import as detail). [] is answered with [].
    """
    savings = _savings(records, actor, means, children)
    try:
        with transaction.atomic():
            _prepare(savings)
            refused = {index: error for index, saving in enumerate(savings) if (error := saving.error())}
            if refused:
                raise BatchRefused(refused)
            _write(savings)
    except IntegrityError as error:
        _unwritten(savings)
        raise BatchRefused(_find_refused(savings, error)) from error
    except Exception:
        _unwritten(savings)
        raise
    return list(records)


def _unwritten(savings: list[Saving]) -> None:
    """After a rollback a new record is new again, so that a form can show and save it once more."""
    for saving in savings:
        if saving.is_new:
            saving.record.pk, saving.record._state.adding = None, True
        elif "version" in saving.loaded:
            saving.record.version = saving.loaded["version"]


def check_records(
    records: Sequence[Record],
    *,
    actor: Any,
    means: Means,
    children: Sequence[dict[str, list[ChildRow]] | None] | None = None,
) -> list[Saving]:
    """Validate without writing (dry run): one Saving per record, with its errors and `history_changes()`.

    What only the database would refuse (two new rows with one number) is not seen here.
    """
    savings = _savings(records, actor, means, children)
    _prepare(savings)
    return savings


def _savings(records, actor, means, children) -> list[Saving]:
    every_means = means if isinstance(means, Sequence) else [means] * len(records)
    every_children = children or [None] * len(records)
    return [
        Saving(record, actor, each_means, each_children)
        for record, each_means, each_children in zip(records, every_means, every_children, strict=True)
    ]


def _prepare(savings: list[Saving]) -> None:
    """Clean, derive, let the rules check, clean what they set, and look up references, per batch."""
    child_rows.load_before(savings)
    for saving in savings:
        saving.clean()
        child_rows.clean(saving)
        if not saving.errors:
            saving.record.derive(saving.children)
            try:
                saving.record.clean()
            except ValidationError as error:
                _refuse_all(saving, error)
    if savings:
        for rule in rules_for(savings[0].record.record_type()):
            rule.check([saving for saving in savings if not saving.errors])
    for saving in savings:
        if not saving.errors:
            saving.clean()
    references.check(savings)


def _refuse_all(saving: Saving, error: ValidationError) -> None:
    for name, messages in error.message_dict.items() if hasattr(error, "error_dict") else {"": [error]}.items():
        for message in messages:
            saving.refuse("" if name == "__all__" else name, message)


def _write(savings: list[Saving]) -> None:
    """Write what differs; history, consequences and indexes in the same transaction."""
    changed = [saving for saving in savings if saving.is_new or saving.expect or saving.history_changes()]
    if not changed:
        return
    now = timezone.now()
    new = [saving for saving in changed if saving.is_new]
    for saving in changed:
        _stamp(saving, now)
        if not saving.is_new:
            _update(saving)
    if new:
        type(new[0].record).all_objects.bulk_create([saving.record for saving in new], batch_size=BATCH)
    child_rows.write(changed)
    changes = [_change_of(saving, now) for saving in changed if saving.is_new or saving.history_changes()]
    Change.objects.bulk_create(changes, batch_size=BATCH)
    for saving in changed:
        saving.settle()
        _reload_snapshot(saving.record)
    for rule in rules_for(changed[0].record.record_type()):
        rule.follow(changed)
    indexes.refresh(changed)
    announce(changes)


def announce(changes: list[Change]) -> None:
    """Wake the listeners once the transaction is committed."""
    transaction.on_commit(lambda: record_saved.send(sender=None, changes=changes), robust=True)


def _stamp(saving: Saving, now) -> None:
    record = saving.record
    for column in record._meta.concrete_fields:
        if isinstance(column, models.FileField):
            column.pre_save(record, add=saving.is_new)
    record.changed_at, record.changed_by = now, saving.actor
    if saving.is_new:
        if record.created_by_id is None:
            record.created_by = saving.actor
        record.version = 1
    else:
        record.version = saving.loaded["version"] + 1


def _update(saving: Saving) -> None:
    """One UPDATE that also claims the row: its version and the expected columns stand in the condition."""
    record = saving.record
    values = {name: new for name, (_old, new) in saving.changed().items()}
    claimed = (
        type(record)
        .all_objects.filter(pk=record.pk, version=saving.loaded["version"], **saving.expect)
        .update(**values)
    )
    if not claimed:
        raise RecordChanged(record)


def _change_of(saving: Saving, now) -> Change:
    pairs = saving.history_changes()
    record = saving.record
    return Change(
        at=now,
        actor=saving.actor,
        kind=Change.Kind.CREATE if saving.is_new else Change.Kind.UPDATE,
        means=saving.means.kind,
        means_detail=saving.means.detail[:200],
        operation=saving.means.operation,
        record_type=record.record_type(),
        record_id=record.pk,
        record_version=record.version,
        before={} if saving.is_new else {name: _plain(old) for name, (old, _new) in pairs.items()},
        after={name: _plain(new) for name, (_old, new) in pairs.items()},
    )


def _plain(value: Any) -> Any:
    """A value that JSON keeps; files by their name."""
    return value.name if hasattr(value, "storage") else value


def _reload_snapshot(record: Record) -> None:
    record._loaded = {
        column.attname: dict(value) if type(value) is dict else value
        for column in record._meta.concrete_fields
        if (value := record.__dict__.get(column.attname, record)) is not record
    }


def _find_refused(savings: list[Saving], error: IntegrityError) -> dict[int, ValidationError]:
    """After the database refused a batch: which of its records it refuses on their own; writes nothing."""
    refused = {}
    for index, saving in enumerate(savings):
        if not saving.is_new:
            continue
        record = saving.record
        try:
            with transaction.atomic():
                type(record).all_objects.bulk_create([record])
                transaction.set_rollback(True)
        except IntegrityError as own_error:
            refused[index] = as_validation_error(own_error, type(record))
        record.pk, record._state.adding = None, True
    if not refused:
        # Each is fine alone: two of the batch collide with each other; the whole batch is answered with the reason.
        reason = as_validation_error(error, type(savings[0].record))
        refused = dict.fromkeys(range(len(savings)), reason)
    return refused


def records_in(queryset: models.QuerySet, size: int = BATCH) -> Iterable[list[Record]]:
    """Yield the rows of queryset in lists of at most size, by id, each read afresh: for chunked work."""
    last = 0
    while batch := list(queryset.order_by("pk").filter(pk__gt=last)[:size]):
        yield batch
        last = batch[-1].pk
