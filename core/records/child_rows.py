"""Child rows (e-mails, phones, addresses) on their way through the write door, with their parent's history."""

from django.core.exceptions import ValidationError
from django.db import models

from .models import ChildRow, Record
from .saving import Saving, refuse_unstorable


def child_model(record_model: type[Record], name: str) -> type[ChildRow]:
    """The model behind a related name listed in CHILDREN."""
    return record_model._meta.get_field(name).related_model


def load(record_model: type[Record], name: str, ids: list[int]) -> dict[int, list[ChildRow]]:
    """The child rows of many records by parent id, in order; parents without rows are missing. [] asks nothing."""
    rows: dict[int, list[ChildRow]] = {}
    if ids:
        for row in child_model(record_model, name).objects.filter(parent__in=ids).order_by("parent_id", "position", "id"):
            rows.setdefault(row.parent_id, []).append(row)
    return rows


def load_before(savings: list[Saving]) -> None:
    """Note what the child rows are before writing: one query per related name that is being written."""
    for name in {name for saving in savings for name in saving.children or {}}:
        touched = [saving for saving in savings if saving.children and name in saving.children]
        model = type(touched[0].record)
        existing = load(model, name, [saving.record.pk for saving in touched if not saving.is_new])
        for saving in touched:
            saving.children_before[name] = [row.as_history() for row in existing.get(saving.record.pk, [])]


def clean(saving: Saving) -> None:
    """Validate the wanted rows, number them, give them one primary, and note their history form."""
    for name, rows in (saving.children or {}).items():
        for position, row in enumerate(rows):
            row.position = position
            try:
                _clean_row(row)
            except ValidationError as error:
                saving.refuse(name, ValidationError(error.messages))
        _settle_primary(rows)
        saving.children_after[name] = [row.as_history() for row in rows]


def _clean_row(row: ChildRow) -> None:
    row.derive()
    row.clean_fields(exclude=["parent"])
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        if isinstance(column, models.CharField | models.TextField) and isinstance(value, str):
            refuse_unstorable(value)


def _settle_primary(rows: list[ChildRow]) -> None:
    """Exactly one primary among rows that know one: the first that asks for it, else the first."""
    if not rows or not hasattr(rows[0], "is_primary"):
        return
    primary = next((row for row in rows if row.is_primary), rows[0])
    for row in rows:
        row.is_primary = row is primary


def write(savings: list[Saving]) -> None:
    """Delete rows that are no longer wanted and write the others; at most three statements per related name."""
    for name in sorted({name for saving in savings for name in saving.children or {}}):
        touched = [saving for saving in savings if saving.children and name in saving.children and _differs(saving, name)]
        if not touched:
            continue
        model = child_model(type(touched[0].record), name)
        kept = {row.pk for saving in touched for row in saving.children[name] if row.pk}
        old_parents = [saving.record.pk for saving in touched if not saving.is_new]
        if old_parents:
            model.objects.filter(parent__in=old_parents).exclude(pk__in=kept).delete()
        _write_rows(model, touched, name)


def _differs(saving: Saving, name: str) -> bool:
    return saving.is_new or saving.children_before.get(name, []) != saving.children_after[name]


def _write_rows(model: type[ChildRow], touched: list[Saving], name: str) -> None:
    new, old = [], []
    for saving in touched:
        for row in saving.children[name]:
            row.parent = saving.record
            (old if row.pk else new).append(row)
    columns = [column.name for column in model._meta.concrete_fields if not column.primary_key and column.name != "parent"]
    if old:
        if "is_primary" in columns:
            # The old primary goes first: one primary per parent holds at every statement.
            model.objects.filter(pk__in=[row.pk for row in old], is_primary=True).update(is_primary=False)
        for row in old:
            row.save(force_update=True, update_fields=columns)
    model.objects.bulk_create(new, batch_size=500)
