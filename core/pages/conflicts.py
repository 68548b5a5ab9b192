"""Two people edit one record: finds the fields in which their changes collide and keeps the rest of both."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.records.models import Change, Record

from .details import show_value
from .entity import Entity
from .forms import ChildFormSet, RecordForm

# On the conflict page: the versions that it compared, so that a still later change is asked about again.
COMPARED = "compared_versions"


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

    seen: the version the form was shown with. None (a form without it) and one that does not exist yet count as the
    very first: whatever was changed since is then asked, because nobody's change is to be lost silently.
    """
    present = record._loaded["version"]
    conflict = Conflict(version=present)
    if seen == present:
        return conflict
    if seen is None or not 0 <= seen < present:
        seen = 0
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
    base = before[column.attname]
    if not isinstance(column, models.ForeignKey):
        base = column.to_python(base)
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


def is_decided(data: QueryDict, *conflicts: Conflict) -> bool:
    """Whether data comes from the conflict page that showed these very versions."""
    return "take" in data and data.get(COMPARED) == _compared(conflicts)


def send_again(data: QueryDict, *conflicts: Conflict) -> list[tuple[str, str]]:
    """[(name, value)] that the conflict page sends once more, with the version the form was first shown with.

    That version stays the base of the comparison: with a newer one the others' changes would look like ours undone.
    """
    left_out = {"csrfmiddlewaretoken", "take", COMPARED}
    again = [
        (name, value)
        for name, values in data.lists()
        for value in values
        if name not in left_out and not name.startswith("choice_")
    ]
    return [*again, (COMPARED, _compared(conflicts))]


def _compared(conflicts: tuple[Conflict, ...]) -> str:
    return "-".join(str(conflict.version) for conflict in conflicts)


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
