"""The write door: the only place where a record is created, changed, put into the trash or restored."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.dispatch import Signal

from . import child_rows, references
from .means import Means
from .models import ChildRow, Record
from .refusals import BatchRefused, RecordChanged, as_validation_error, changed_meanwhile
from .rules import RecordRule, rules_for
from .saving import Saving
from .writing import hand_back, write

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
    Raises ValidationError (per field) when refused, RecordChanged when another write came first; then the record
    can be corrected and saved again. An unchanged record is not written, but still claimed when something is
    expected of it.
    """
    saving = Saving(record, actor, means, children, _own_columns(record, expect or {}))
    try:
        with transaction.atomic():
            _save([saving])
    except IntegrityError as error:
        hand_back([saving])
        raise as_validation_error(error, type(record)) from error
    except BaseException:
        hand_back([saving])
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
            for start in range(0, len(savings), BATCH):
                _prepare(savings[start : start + BATCH])
            if refused := {index: error for index, saving in enumerate(savings) if (error := saving.error())}:
                raise BatchRefused(refused)
            for start in range(0, len(savings), BATCH):
                _write(savings[start : start + BATCH])
    except (IntegrityError, RecordChanged, ValidationError) as error:
        hand_back(savings)
        if refused := _find_refused(savings):
            raise BatchRefused(refused) from error
        whole = dict.fromkeys(range(len(savings)), _in_words(error, savings[0].record))
        raise BatchRefused(whole, is_whole=True) from error
    except BaseException:
        hand_back(savings)
        raise
    return list(records)


def save_along(records: Sequence[Record], *, actor: Any, means: Means | Sequence[Means]) -> None:
    """Write what a rule changes together with the records that it looks at; [] writes nothing.

    Raises the refusal of one of them, as `save_record` does: then whoever is being saved is refused for it.
    """
    try:
        save_records(records, actor=actor, means=means)
    except BatchRefused as batch:
        index, error = next(iter(batch.errors.items()))
        if getattr(error, "code", "") == "changed":
            raise RecordChanged(records[index]) from batch
        raise error from batch


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
    for start in range(0, len(savings), BATCH):
        _prepare(savings[start : start + BATCH])
    return savings


def _savings(records, actor, means, children) -> list[Saving]:
    every_means = means if isinstance(means, Sequence) else [means] * len(records)
    every_children = children or [None] * len(records)
    return [
        Saving(record, actor, each_means, each_children)
        for record, each_means, each_children in zip(records, every_means, every_children, strict=True)
    ]


def _own_columns(record: Record, expect: dict[str, Any]) -> dict[str, Any]:
    """Refuse conditions that are not columns of the row itself: through a join, several callers would win."""
    known = {name for column in record._meta.concrete_fields for name in (column.name, column.attname)}
    if unknown := set(expect) - known:
        raise TypeError(f"only columns of {record._meta.label} itself can be expected, not {sorted(unknown)}")
    return expect


def _save(savings: list[Saving]) -> None:
    _prepare(savings)
    for saving in savings:
        if error := saving.error():
            raise error
    _write(savings)


def _prepare(savings: list[Saving]) -> None:
    """Clean, look up references, derive, let the rules check, and clean what these have set; per batch."""
    _read_unknown_columns(savings)
    child_rows.load_before(savings)
    for saving in savings:
        saving.clean()
        child_rows.clean(saving)
    references.check(savings)
    references.fetch_for_deriving(savings)
    for saving in savings:
        if not saving.errors:
            saving.record.derive(saving.children)
            try:
                saving.record.clean()
            except ValidationError as error:
                saving.refuse_all(error)
    sound = [saving for saving in savings if not saving.errors]
    if sound:
        for rule in rules_for(sound[0].record.record_type()):
            rule.check(sound)
    _clean_again(sound)


def _clean_again(savings: list[Saving]) -> None:
    """Check what deriving and rules have set, as if a person had typed it."""
    sound = [saving for saving in savings if not saving.errors]
    for saving in sound:
        saving.clean()
    references.check(sound)


def _read_unknown_columns(savings: list[Saving]) -> None:
    """Of columns that were set without having been loaded: what the database holds; a query for each such record."""
    for saving in savings:
        if names := saving.unknown_columns():
            stored = type(saving.record).all_objects.filter(pk=saving.record.pk).values(*names).first()
            if stored is None:
                raise RecordChanged(saving.record)
            saving.loaded = {**saving.loaded, **stored}


def _write(savings: list[Saving]) -> None:
    """Let the rules take what only a write may take, write what differs, and announce it."""
    changed = [saving for saving in savings if saving.is_new or saving.expect or saving.history_changes()]
    if not changed:
        return
    rules = rules_for(changed[0].record.record_type())
    preparing = [rule for rule in rules if type(rule).before_write is not RecordRule.before_write]
    for rule in preparing:
        rule.before_write(changed)
    if preparing:
        _clean_again(changed)
        for saving in changed:
            if error := saving.error():
                raise error
    changes = write(changed)
    for rule in rules:
        rule.follow(changed)
    announce(changes)


def announce(changes: list) -> None:
    """Wake the listeners once the transaction is committed."""
    transaction.on_commit(lambda: record_saved.send(sender=None, changes=changes), robust=True)


def _find_refused(savings: list[Saving]) -> dict[int, ValidationError]:
    """After a batch failed as a whole: which of its records are refused, each tried after those before it.

    Writes nothing. {} when each goes through now.
    """
    refused: dict[int, ValidationError] = {}
    again = [Saving(saving.record, saving.actor, saving.means, saving.children) for saving in savings]
    with transaction.atomic():
        for index, saving in enumerate(again):
            try:
                with transaction.atomic():
                    _save([saving])
            except (IntegrityError, RecordChanged, ValidationError) as error:
                refused[index] = _in_words(error, saving.record)
        transaction.set_rollback(True)
    hand_back(again)
    return refused


def _in_words(error: Exception, record: Record) -> ValidationError:
    if isinstance(error, RecordChanged):
        return changed_meanwhile()
    return error if isinstance(error, ValidationError) else as_validation_error(error, type(record))


def records_in(queryset: models.QuerySet, size: int = BATCH) -> Iterable[list[Record]]:
    """Yield the rows of queryset in lists of at most size, by id, each read afresh: for chunked work."""
    last = 0
    while batch := list(queryset.order_by("pk").filter(pk__gt=last)[:size]):
        yield batch
        last = batch[-1].pk
