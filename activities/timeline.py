"""The timeline of any record: interactions and changes, at most 25 of each, merged by time and paged by it."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import models
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.pages.templatetags.look import money
from core.records.means import means_text
from core.records.models import Change, Record
from core.records.rights import Right

from .models import Attachment, Interaction, Task

PAGE = 25
ICONS = {
    "note": "note",
    "call": "phone",
    "email": "mail",
    "meeting": "calendar-event",
    "quote_sent": "file-text",
    "quote_signed": "file-check",
}
TASK_ICONS = {"todo": "checkbox", "call": "phone", "meeting": "calendar-event"}
# Columns whose new value is said in the timeline; of the others only the name.
TOLD = ("status_id", "stage_id", "owner_id", "lifecycle")


# Entries of the same moment: interactions before changes.
INTERACTION, CHANGE = 0, 1


@dataclass(frozen=True)
class Cursor:
    """The last entry of a page: its moment, its table and its id."""

    at: datetime.datetime
    table: int
    pk: int

    @classmethod
    def of(cls, text: str) -> "Cursor | None":
        """Read an address; None for anything that no page wrote."""
        moment, _bar, rest = text[:80].partition("|")
        table, _bar, pk = rest.partition("|")
        try:
            at = parse_datetime(moment)
            number = int(pk)
        except ValueError:
            return None
        if at is None or at.tzinfo is None or table not in ("0", "1") or not 0 <= number < 2**63:
            return None
        return cls(at, int(table), number)

    def __str__(self) -> str:
        return f"{self.at.isoformat()}|{self.table}|{self.pk}"

    def interactions(self) -> Q:
        """Interactions behind this entry, in the order newest first, then by id."""
        same = Q(happened_at=self.at, pk__gt=self.pk) if self.table == INTERACTION else Q(pk__in=[])
        return Q(happened_at__lt=self.at) | same

    def changes(self) -> Q:
        """Changes behind this entry, in the order newest first, then by descending id."""
        same = Q(at=self.at) if self.table == INTERACTION else Q(at=self.at, pk__lt=self.pk)
        return Q(at__lt=self.at) | same


@dataclass(frozen=True)
class TimelineQuery:
    """What a reader asked for. kind: an interaction kind, "changes" or ""; mine: own entries only."""

    kind: str = ""
    mine: bool = False
    before: "Cursor | None" = None

    @classmethod
    def of(cls, data) -> "TimelineQuery":
        """Read a GET; what cannot be understood is left out."""
        kind = data.get("kind", "")
        known = kind in Interaction.Kind.values or kind == "changes"
        return cls(kind if known else "", data.get("by") == "me", Cursor.of(data.get("earlier", "")))


def read_timeline(record: Record, user: Any, query: TimelineQuery) -> dict:
    """{"items": [...] as look/_timeline_item.html shows them, "earlier": where the next page begins or ""}.

    Whoever sees the record sees what regards it; private entries only their author.
    """
    interactions = _interactions(record, user, query) if query.kind != "changes" else []
    changes = _changes(record, user, query) if query.kind in ("", "changes") else []
    entries = [(entry.happened_at, INTERACTION, entry) for entry in interactions]
    entries += [(entry.at, CHANGE, entry) for entry in changes]
    # Both lists come in order: sorting by moment and table keeps the order of ids within each.
    entries.sort(key=lambda item: (-item[0].timestamp(), item[1]))
    shown = entries[:PAGE]
    files = _files_of([entry for _at, _table, entry in shown if isinstance(entry, Interaction)])
    texts = _texts(record, [entry for _at, _table, entry in shown if isinstance(entry, Change)])
    items = []
    for _at, _table, entry in shown:
        if isinstance(entry, Interaction):
            items.append(_interaction_item(record, entry, user, files.get(entry.pk, [])))
        else:
            items.append(_change_item(record, entry, texts))
    earlier = ""
    if len(entries) > PAGE:
        at, table, entry = shown[-1]
        earlier = str(Cursor(at, table, entry.pk))
    return {"items": items, "earlier": earlier}


def _interactions(record: Record, user: Any, query: TimelineQuery) -> list[Interaction]:
    rows = Interaction.objects.filter(**{record.record_type(): record.pk})
    rows = rows.filter(Q(is_private=False) | Q(owner_id=user.pk))
    if query.kind:
        rows = rows.filter(kind=query.kind)
    if query.mine:
        rows = rows.filter(owner_id=user.pk)
    if query.before:
        rows = rows.filter(query.before.interactions())
    related = ("owner", "topic", "lead", "account", "contact", "opportunity")
    return list(rows.select_related(*related).order_by("-happened_at", "id")[: PAGE + 1])


def _changes(record: Record, user: Any, query: TimelineQuery) -> list[Change]:
    rows = Change.objects.filter(record_type=record.record_type(), record_id=record.pk)
    if query.mine:
        rows = rows.filter(actor_id=user.pk)
    if query.before:
        rows = rows.filter(query.before.changes())
    return list(rows.select_related("actor").order_by("-at", "-id")[: PAGE + 1])


def _files_of(interactions: list[Interaction]) -> dict[int, list[dict]]:
    found: dict[int, list[dict]] = {}
    ids = [entry.pk for entry in interactions]
    if ids:
        for file in Attachment.objects.filter(interaction__in=ids).order_by("id"):
            entry = {"name": file.name, "url": reverse("attachment", args=[file.pk]), "size": filesizeformat(file.size)}
            found.setdefault(file.interaction_id, []).append(entry)
    return found


def _interaction_item(record: Record, entry: Interaction, user: Any, files: list[dict]) -> dict:
    title = entry.subject or entry.get_kind_display()
    if entry.duration_minutes and entry.kind in (Interaction.Kind.CALL, Interaction.Kind.MEETING):
        minutes = _("%(n)s min") % {"n": intcomma(entry.duration_minutes)}
        title = f"{title}, {minutes}"
    others = [
        other
        for other in entry.regarding_records()
        if (other.record_type(), other.pk) != (record.record_type(), record.pk)
    ]
    return {
        "icon": ICONS.get(entry.kind, "note"),
        "tone": "accent" if entry.direction == Interaction.Direction.INCOMING else "",
        "title": title,
        "url": entry.get_absolute_url(),
        "who": entry.owner.name if entry.owner else "",
        "from": str(others[0]) if others and record.record_type() in ("account", "contact") else "",
        "at": entry.happened_at,
        "text": entry.body,
        "changes": [],
        "files": files,
        "amount": money(entry.amount, entry.currency, cents=True) if entry.amount is not None else "",
        "edit_url": reverse("interaction_edit", args=[entry.pk]) if entry.owner_id == user.pk else "",
        "private": entry.is_private,
    }


def _texts(record: Record, changes: list[Change]) -> dict[tuple[str, int], str]:
    """{(column, id): name} for the columns whose value is told; at most one query per such column."""
    found = {}
    for name in TOLD:
        column = next((one for one in record._meta.concrete_fields if one.attname == name), None)
        if not isinstance(column, models.ForeignKey):
            continue
        ids = {value for change in changes for side in (change.before, change.after) if (value := side.get(name))}
        if ids:
            rows = column.related_model._base_manager.in_bulk(ids)
            found.update({(name, pk): str(row) for pk, row in rows.items()})
    return found


def _change_item(record: Record, change: Change, texts: dict) -> dict:
    told, named = [], []
    columns = {column.attname: column for column in record._meta.concrete_fields}
    if change.kind == Change.Kind.UPDATE:
        for name in change.after:
            column = columns.get(name)
            label = str(capfirst(column.verbose_name)) if column is not None else _rows_label(record, name)
            if name in TOLD and column is not None:
                told.append(
                    (label, _told(column, change.before.get(name), texts), _told(column, change.after[name], texts))
                )
            elif name != "state":
                named.append(label)
    return {
        "icon": {"create": "plus", "delete": "trash", "restore": "arrow-back-up"}.get(change.kind, "arrow-right"),
        "title": _change_title(record, change),
        "who": change.actor.name if change.actor else "",
        "at": change.at,
        "text": ", ".join(named),
        "changes": told,
        "system": True,
        "more_url": "",
    }


def _rows_label(record: Record, name: str) -> str:
    """What child rows are called ("Stakeholders")."""
    return str(capfirst(record._meta.get_field(name).related_model._meta.verbose_name_plural))


def _told(column: models.Field, value: Any, texts: dict) -> str:
    if value in (None, ""):
        return ""
    if isinstance(column, models.ForeignKey):
        return texts.get((column.attname, value), "")
    return str(dict(column.flatchoices).get(value, value)) if column.choices else str(value)


def _change_title(record: Record, change: Change) -> str:
    if change.kind != Change.Kind.UPDATE:
        title = change.get_kind_display()
    elif "state" in change.after:
        column = record._meta.get_field("state")
        title = str(dict(column.flatchoices).get(change.after["state"], change.after["state"]))
    elif "lifecycle" in change.after:
        title = _("Lifecycle changed")
    else:
        count = len(change.after)
        title = ngettext("%(n)d change", "%(n)d changes", count) % {"n": count}
    if change.means in ("form", ""):
        return title
    return f"{title} · {means_text(change.means, change.means_detail)}"


def next_steps(record: Record, user: Any, limit: int = 10) -> list[dict]:
    """Open tasks that regard the record, the most urgent first, as look/_next_step.html shows them.

    Who may change no task at all is offered no tick.
    """
    tick = {} if user.may(Right.EDIT, "task") else {"done_url": ""}
    rows = (
        Task.objects.filter(**{record.record_type(): record.pk}, state=Task.State.OPEN)
        .select_related("owner")
        .order_by(models.F("due_date").asc(nulls_last=True), "id")
    )
    return [step_of(task) | tick for task in rows[:limit]]


def step_of(task: Task, about: str = "") -> dict:
    """One open task as look/_next_step.html shows it."""
    return {
        "title": task.subject,
        "url": task.get_absolute_url(),
        "done_url": reverse("task_complete", args=[task.pk]),
        "icon": TASK_ICONS.get(task.kind, "checkbox"),
        "owner": task.owner.name if task.owner_id else "",
        "due": task.due,
        "about": about,
        "high": task.priority == Task.Priority.HIGH,
    }


def next_activities(record_type: str, ids: list[int]) -> dict[int, dict]:
    """{record id: {"date", "word"}} of the next open task of each record; one query for a page of a list."""
    column = f"{record_type}_id"
    rows = (
        Task.objects.filter(**{f"{column}__in": ids}, state=Task.State.OPEN)
        .order_by(column, models.F("due_date").asc(nulls_last=True), "id")
        .only(column, "kind", "due_date", "start_at", "state", "subject")
    )
    found: dict[int, dict] = {}
    for task in rows:
        key = getattr(task, column)
        if key not in found:
            found[key] = {"date": task.due, "word": task.get_kind_display()}
    return found
