"""Two people edit one record: finds the fields in which their changes collide and keeps the rest of both."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.records.models import Change, Record

from .details import show_value
from .entity import Entity
from .forms import ChildFormSet, RecordForm


@dataclass
class Conflict:
    """rows: colliding fields as look/_conflict.html shows them; kept: fields that only the others changed."""

    version: int
    who: str = ""
    rows: list[dict] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)

    @property
    def title(self) -> str:
        return _("%(who)s changed this record while you were editing") % {"who": self.who}

    @property
    def note(self) -> str:
        return _("Fields that do not collide are kept from both.") if self.kept else ""


def find_conflict(
    entity: type[Entity], record: Record, form: RecordForm, sets: dict[str, ChildFormSet], seen: int | None
) -> Conflict:
    """Compare what the form was shown, what it now says, and what others wrote since.

    seen: the version the form was shown with; None (a form without it) and the present one mean no conflict.
    """
    present = record._loaded["version"]
    conflict = Conflict(version=present)
    if seen is None or seen >= present:
        return conflict
    changes = list(
        Change.objects.filter(record_type=record.record_type(), record_id=record.pk, record_version__gt=seen)
        .select_related("actor")
        .order_by("id")
    )
    conflict.who = str(changes[-1].actor) if changes and changes[-1].actor else _("Somebody")
    before: dict[str, Any] = {}
    for change in changes:
        for name, value in change.before.items():
            before.setdefault(name, value)
    for name in form.fields:
        _compare_field(entity, record, form, name, before, conflict)
    for name, formset in sets.items():
        _compare_rows(entity, formset, name, before, conflict)
    return conflict


def _compare_field(entity, record: Record, form: RecordForm, name: str, before: dict, conflict: Conflict) -> None:
    try:
        column = record._meta.get_field(name)
    except FieldDoesNotExist:
        return
    if column.attname not in before:
        return
    mine, theirs = getattr(record, column.attname), record._loaded[column.attname]
    base = column.to_python(before[column.attname]) if not isinstance(column, models.ForeignKey) else before[column.attname]
    if mine == theirs:
        return
    if mine == base:
        conflict.kept.add(name)
        return
    conflict.rows.append(
        {
            "name": name,
            "label": capfirst(column.verbose_name),
            "mine": show_value(record, column),
            "theirs": show_value(type(record)(**_one(column, theirs), **_currency(record)), column),
            "chosen": "mine",
        }
    )


def _one(column: models.Field, value: Any) -> dict:
    return {column.attname: value}


def _currency(record: Record) -> dict:
    return {"currency": record.currency} if hasattr(record, "currency") else {}


def _compare_rows(entity: type[Entity], formset: ChildFormSet, name: str, before: dict, conflict: Conflict) -> None:
    if name not in before:
        return
    present = list(formset.model.objects.filter(parent=formset.instance.pk))
    mine = [row.as_history() for row in formset.wanted()]
    theirs = [row.as_history() for row in present]
    if mine == theirs:
        return
    if mine == before[name]:
        conflict.kept.add(name)
        return
    label = next(inline.label for inline in entity.inlines if inline.name == name)
    conflict.rows.append(
        {
            "name": name,
            "label": label,
            "mine": ", ".join(str(row) for row in formset.wanted()),
            "theirs": ", ".join(str(row) for row in present),
            "chosen": "mine",
        }
    )


def merge_theirs(form: RecordForm, sets: dict[str, ChildFormSet], conflict: Conflict, data) -> frozenset[str]:
    """Give the fields that the others keep their stored values back; returns the inlines that stay as they are.

    data: the POST; `take=theirs` takes all colliding fields, else `choice_FIELD` decides.
    """
    theirs = set(conflict.kept)
    for row in conflict.rows:
        if data.get("take") == "theirs" or data.get(f"choice_{row['name']}") == "theirs":
            theirs.add(row["name"])
    record = form.instance
    for name in theirs - set(sets):
        column = record._meta.get_field(name)
        setattr(record, column.attname, record._loaded[column.attname])
    return frozenset(theirs & set(sets))
