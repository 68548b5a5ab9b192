"""The part of the write door that touches the tables: rows, child rows, history, indexes; and the way back."""

from collections import defaultdict
from typing import Any

from django.core.exceptions import SuspiciousOperation, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from . import bulk, child_rows, indexes
from .blank import blank
from .models import Change
from .refusals import RecordChanged
from .saving import Saving


def write(savings: list[Saving]) -> list[Change]:
    """Write prepared records of one model inside the caller's transaction; returns their history.

    Raises RecordChanged when one of them was written by somebody else since it was loaded.
    """
    now = timezone.now()
    for saving in savings:
        _store_files(saving)
        saving.settle()
        _stamp(saving, now)
    _update([saving for saving in savings if not saving.is_new])
    bulk.insert([saving.record for saving in savings if saving.is_new])
    child_rows.write(savings)
    changes = [_change_of(saving, now) for saving in savings if saving.is_new or saving.history_changes()]
    bulk.insert(changes)
    for saving in savings:
        saving.record.note_stored()
    indexes.refresh(savings)
    return changes


def hand_back(savings: list[Saving]) -> None:
    """After a rollback: a new record is new again and every other one knows what is stored, so both can be
    corrected and saved once more. Child rows and columns that rules assigned likewise."""
    for saving in savings:
        record = saving.record
        for name, value in saving.given.items():
            setattr(record, name, value)
        if saving.is_new:
            record.pk, record._state.adding = saving.given_pk, True
            record.__dict__.pop("_loaded", None)
        else:
            record._loaded = saving.loaded
            record.version = saving.loaded["version"]
        for row in saving.inserted_rows:
            row.pk, row._state.adding = None, True


def _store_files(saving: Saving) -> None:
    for column in saving.columns:
        if column.is_file and saving.record.__dict__.get(column.attname):
            try:
                column.field.pre_save(saving.record, add=saving.is_new)
            except (SuspiciousOperation, OSError) as error:
                raise ValidationError({column.name: _("The file could not be stored.")}) from error


def _stamp(saving: Saving, now) -> None:
    record = saving.record
    actor_id = saving.actor.pk if saving.actor is not None else None
    record.changed_at, record.changed_by_id = now, actor_id
    if saving.is_new:
        if record.created_by_id is None:
            record.created_by_id = actor_id
        record.version = 1
    else:
        record.version = saving.loaded["version"] + 1


def _update(savings: list[Saving]) -> None:
    """One UPDATE per record that also claims it: version and expected columns stand in the condition."""
    alike = defaultdict(list)
    # In order of id, so that two batches over the same rows wait for each other instead of locking each other out.
    for saving in sorted(savings, key=lambda saving: saving.record.pk):
        if saving.expect or len(savings) < bulk.FEW:
            record = saving.record
            found = type(record).all_objects.filter(**_claim(saving)).filter(**saving.expect)
            if not found.update(**_values(saving)):
                raise RecordChanged(record)
        else:
            alike[tuple(sorted(saving.changed()))].append(saving)
    for group in alike.values():
        model = type(group[0].record)
        rows = bulk.update(model, [_values(saving) for saving in group], [_claim(saving) for saving in group])
        if rows != len(group):
            raise RecordChanged(_stale(group))


def _claim(saving: Saving) -> dict[str, Any]:
    return {"id": saving.record.pk, "version": saving.loaded["version"]}


def _values(saving: Saving) -> dict[str, Any]:
    record = saving.record
    stamp = {
        "version": record.version,
        "changed_at": record.changed_at,
        "changed_by_id": record.changed_by_id,
    }
    return {**{name: new for name, (_old, new) in saving.changed().items()}, **stamp}


def _stale(savings: list[Saving]) -> Any:
    """One record that the group could not claim."""
    wanted = {saving.record.pk: saving.record for saving in savings}
    model = type(savings[0].record)
    found = model.all_objects.filter(pk__in=wanted).values_list("pk", "version")
    present = {pk for pk, version in found if wanted[pk].version == version}
    return next((record for pk, record in wanted.items() if pk not in present), savings[0].record)


def _change_of(saving: Saving, now) -> Change:
    pairs = saving.history_changes()
    record = saving.record
    return blank(
        Change,
        at=now,
        actor_id=saving.actor.pk if saving.actor is not None else None,
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
