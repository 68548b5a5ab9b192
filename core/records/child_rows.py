"""Child rows (e-mails, phones, addresses) on their way through the write door, with their parent's history."""

from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from . import bulk
from .columns import Column, TextColumn, columns_of, fine_defaults
from .models import ChildRow, Record
from .saving import Saving


def child_model(record_model: type[Record], name: str) -> type[ChildRow]:
    """The model behind a related name listed in CHILDREN."""
    return record_model._meta.get_field(name).related_model


def load(record_model: type[Record], name: str, ids: list[int]) -> dict[int, list[ChildRow]]:
    """The child rows of many records by parent id, in order; parents without rows are missing. [] asks nothing."""
    rows: dict[int, list[ChildRow]] = {}
    if ids:
        found = child_model(record_model, name).objects.filter(parent__in=ids)
        for row in found.order_by("parent_id", "position", "id"):
            rows.setdefault(row.parent_id, []).append(row)
    return rows


def names_of(savings: list[Saving]) -> list[str]:
    """The related names that a batch writes, in the order of CHILDREN; raises TypeError for a name not in it."""
    names = {name for saving in savings for name in saving.children or ()}
    known = savings[0].record.CHILDREN if savings else ()
    if names - set(known):
        raise TypeError(f"no child rows of {savings[0].record._meta.label}: {sorted(names - set(known))}")
    return [name for name in known if name in names]


def load_before(savings: list[Saving]) -> None:
    """Note what the child rows are before writing: one query per related name that is being written."""
    for name in names_of(savings):
        touched = [saving for saving in savings if saving.children and name in saving.children]
        model = type(touched[0].record)
        existing = load(model, name, [saving.record.pk for saving in touched if not saving.is_new])
        for saving in touched:
            rows = [] if saving.is_new else existing.get(saving.record.pk, [])
            saving.children_stored[name] = {row.pk: row for row in rows}
            saving.children_before[name] = [row.as_history() for row in rows]


def clean(saving: Saving) -> None:
    """Validate the wanted rows, number them, give them one primary, and note their history form."""
    for name, rows in (saving.children or {}).items():
        _refuse_foreign_rows(saving, name, rows)
        for position, row in enumerate(rows):
            row.position = position
            try:
                clean_row(row)
            except ValidationError as error:
                saving.refuse(name, ValidationError(error.messages))
        _settle_primary(rows)
        saving.children_after[name] = [row.as_history() for row in rows]


def _refuse_foreign_rows(saving: Saving, name: str, rows: list[ChildRow]) -> None:
    """A row that exists already must be one of this record's own, and be named once."""
    ids = [row.id for row in rows if row.id is not None]
    if ids and (len(ids) != len(set(ids)) or not saving.children_stored[name].keys() >= set(ids)):
        saving.refuse(name, ValidationError(_("A row that is not there any more cannot be changed."), code="foreign"))


def clean_row(row: ChildRow) -> None:
    """Derive and validate one row as the write door does; raises ValidationError. References are not looked up."""
    values = row.__dict__
    errors: dict[str, ValidationError] = {}
    columns, texts = _own_columns(type(row))
    fine = fine_defaults(type(row))
    for column in texts:
        # Deriving works on text, whatever a script has put there.
        text = values[column.attname]
        if text is None:
            errors[column.name] = ValidationError(column.field.error_messages["null"], code="null")
        elif fine.get(column.attname) is not text:
            values[column.attname] = column.tidy(str(text))
    if not errors:
        row.derive()
        for column in columns:
            raw = values[column.attname]
            if fine.get(column.attname, errors) is not raw and not column.is_plainly_fine(raw):
                try:
                    values[column.attname] = column.clean(raw)
                except ValidationError as error:
                    errors[column.name] = error
    if errors:
        raise ValidationError(errors)


@lru_cache(maxsize=64)
def _own_columns(model: type[ChildRow]) -> tuple[tuple[Column, ...], tuple[TextColumn, ...]]:
    """(the columns beside the parent, those of them that hold text)."""
    columns = tuple(column for column in columns_of(model) if column.name != "parent")
    return columns, tuple(column for column in columns if isinstance(column, TextColumn))


def _settle_primary(rows: list[ChildRow]) -> None:
    """Exactly one primary among rows that know one: the first that asks for it, else the first."""
    if not rows or not hasattr(rows[0], "is_primary"):
        return
    primary = next((row for row in rows if row.is_primary), rows[0])
    for row in rows:
        row.is_primary = row is primary


def write(savings: list[Saving]) -> None:
    """Delete rows that are no longer wanted, change those that differ, add the new ones."""
    for name in names_of(savings):
        touched = [s for s in savings if name in s.children_after and _differs(s, name)]
        if touched:
            _write_rows(child_model(type(touched[0].record), name), touched, name)


def _differs(saving: Saving, name: str) -> bool:
    return saving.is_new or saving.children_before[name] != saving.children_after[name]


def _write_rows(model: type[ChildRow], touched: list[Saving], name: str) -> None:
    new, changed, gone, demoted = [], [], [], []
    for saving in touched:
        stored, parent_id = saving.children_stored[name], saving.record.pk
        kept = set()
        for row in saving.children[name]:
            row.parent_id = parent_id
            if row.id is None:
                new.append(row)
                saving.inserted_rows.append(row)
                continue
            kept.add(row.pk)
            if _row_differs(row, stored[row.pk]):
                changed.append(row)
                if getattr(stored[row.pk], "is_primary", False) and not row.is_primary:
                    demoted.append(row.pk)
        gone.extend(pk for pk in stored if pk not in kept)
    if gone:
        model.objects.filter(pk__in=gone).delete()
    if demoted:
        # The old primary goes first: one primary per parent holds at every statement.
        model.objects.filter(pk__in=demoted).update(is_primary=False)
    columns = [column.name for column in columns_of(model) if not column.field.primary_key]
    for row in changed:
        row.save(force_update=True, update_fields=columns)
    bulk.insert(new)


def _row_differs(row: ChildRow, stored: ChildRow) -> bool:
    values, before = row.__dict__, stored.__dict__
    return any(values[column.attname] != before[column.attname] for column in columns_of(type(row)))
