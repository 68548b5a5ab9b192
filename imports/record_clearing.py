"""What an empty cell takes away from an existing record, for users who want that: what its form lets them empty."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from core.records.rights import seen_by
from setup_values.models import Firm

from .record_fields import Kind, RecordField, fields_of
from .record_matching import GIVEN_NUMBER
from .record_rules import RowRules
from .record_shapes import RecordShape
from .record_values import RecordData

# Of these one at least tells who a lead is.
_WHO = ("first_name", "last_name", "company")


def unseen_relations(shape: RecordShape, user: Any, records: list[Any]) -> dict[str, set[int]]:
    """{field: ids} of related records that user may not see: exports leave their cells empty. A query per field."""
    found = {}
    for one in fields_of(shape).values():
        if one.kind == Kind.RECORD and one.column is not None:
            ids = {getattr(record, one.column.attname) for record in records} - {None}
            if ids:
                seen = seen_by(one.column.related_model, user).filter(pk__in=ids)
                found[one.name] = ids - set(seen.values_list("pk", flat=True))
    return found


def clear_empty(
    shape: RecordShape, rules: RowRules, record: Any, data: RecordData, unseen: dict[str, set[int]]
) -> None:
    """Empty the columns whose cells are empty; what has to stay is said among the problems of the row.

    unseen: what `unseen_relations` has found; an empty cell says nothing about it.
    """
    staying = []
    on_form = {name for _group, names in shape.names for name in names}
    is_own = data.record_id is not None
    for one in _empty_cells(shape, data):
        assert one.column is not None
        value = getattr(record, one.column.attname)
        if value in (None, "", False) or value in unseen.get(one.name, ()):
            continue
        follows = not is_own and _follows(rules, record, one.name)
        if one.name in on_form and not follows and _may_be_emptied(shape, one, record, is_own=is_own):
            setattr(record, one.column.attname, _nothing(one.column))
        elif not follows:
            staying.append(str(one.label))
    if staying:
        text = _("An empty cell cannot empty this, so it stays: %(fields)s.")
        data.problems.append(text % {"fields": ", ".join(staying)})


def _empty_cells(shape: RecordShape, data: RecordData) -> Iterator[RecordField]:
    """The fields of the record whose cells are empty, and for which no other cell speaks (the account of the deal)."""
    said = {*data.row.values, *data.values, *data.new_values, *data.linked, *data.made}
    said |= data.picked.keys() & data.names
    for name, one in fields_of(shape).items():
        is_of_record = one.column is not None and one.kind not in (Kind.KEY, Kind.NAME)
        if is_of_record and data.said(name) and name not in said and f"{name}_id" not in data.row.values:
            yield one


def _may_be_emptied(shape: RecordShape, one: RecordField, record: Any, *, is_own: bool) -> bool:
    """Whether the form lets a user empty the field.

    Of other programs notes are only ever added to, and a sheet without owner takes a record from nobody.
    """
    assert one.column is not None
    if not one.column.blank or one.name == "number":  # who empties a number is given the next one
        return False
    if not is_own and one.name in (shape.notes, "owner"):
        return False
    if one.name in _WHO and hasattr(record, "company"):
        return any(getattr(record, name) for name in _WHO if name != one.name)
    return True


def _follows(rules: RowRules, record: Any, name: str) -> bool:
    """Whether a value is the one that a record gets where its row says nothing: the same file gives it once more."""
    zone = Firm.current().zone()
    if name == "number":
        return bool(GIVEN_NUMBER.fullmatch(record.number))
    if name == "stage":
        return record.process is not None and record.stage == rules.first_stage(record.process)
    if name == "process":
        return record.process == rules.process or record.stage_id is not None
    if name == "customer_since" and record.converted_at is not None:
        return record.converted_at.astimezone(zone).date() == record.customer_since
    if name == "due_date" and record.start_at is not None:
        return record.start_at.astimezone(zone).date() == record.due_date
    return False


def _nothing(column: models.Field) -> Any:
    if column.null:
        return None
    return False if isinstance(column, models.BooleanField) else ""
