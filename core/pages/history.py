"""The history of one record: who changed what, when, by which means; of one field on request."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.formats import localize, number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import TemplateView

from core.records.means import means_text
from core.records.models import Change, OwnedRecord, Record
from core.records.rights import Right

from .entity import Entity
from .mixins import EntityMixin
from .pager import get_page


class RecordHistoryView(EntityMixin, TemplateView):
    """GET of the changes of one record, newest first."""

    template_name = "pages/history.html"
    needs_right = Right.VIEW

    def parts(self, record: Record) -> list[tuple[type[Entity], Record]]:
        """What the history is of: the record, and what is written as one with it."""
        return [(self.entity, record)]

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        record = self.get_record()
        request = self.request
        parts = {one.record_type(): (entity, one) for entity, one in self.parts(record)}
        of_parts = models.Q()
        for record_type, (_entity, one) in parts.items():
            of_parts |= models.Q(record_type=record_type, record_id=one.pk)
        changes = Change.objects.filter(of_parts).select_related("actor")
        fields = {column.attname: column.name for column in record._meta.concrete_fields}
        names = {inline.name: inline.label for inline in self.entity.inlines}
        wanted = request.GET.get("field", "")
        attname = next((key for key, name in fields.items() if name == wanted), wanted if wanted in names else "")
        if attname:
            changes = changes.filter(models.Q(after__has_key=attname) | models.Q(before__has_key=attname))
        page = get_page(
            changes,
            sort="pk",
            descending=True,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
        texts = {
            record_type: related_texts(one, [row for row in page.rows if row.record_type == record_type], request.user)
            for record_type, (_entity, one) in parts.items()
        }
        rows = [
            {
                "change": change,
                "means": means_text(change.means, change.means_detail),
                "fields": changed_fields(*parts[change.record_type], change, texts[change.record_type], only=attname),
            }
            for change in page.rows
        ]
        return super().get_context_data(
            record=record,
            rows=rows,
            page=page,
            field_label=self._label(record, wanted, names) if attname else "",
            page_title=_("History of %(what)s") % {"what": str(record)},
            crumbs=[
                (capfirst(self.entity.verbose_name_plural()), self.entity.url("list")),
                (str(record), record.get_absolute_url()),
            ],
            **kwargs,
        )

    def _label(self, record: Record, wanted: str, names: dict) -> str:
        return str(names[wanted]) if wanted in names else capfirst(record._meta.get_field(wanted).verbose_name)


def related_texts(record: Record, changes: list[Change], user: Any) -> dict[tuple[str, int], str]:
    """{(column, id): name} of what foreign keys in these changes pointed at; one query per related table."""
    values = (pair for change in changes for side in (change.before, change.after) for pair in side.items())
    return related_names(type(record), values, user)


def related_names(model: type[Record], values: Iterable[tuple[str, Any]], user: Any) -> dict[tuple[str, int], str]:
    """{(column, id): name} of what these (column, value) point at, other columns left out; one query per foreign key.

    Of a record that user may not see it says only that.
    """
    keys = {column.attname: column for column in model._meta.concrete_fields if isinstance(column, models.ForeignKey)}
    wanted: dict[str, set[int]] = {}
    for name, value in values:
        if name in keys and value is not None:
            wanted.setdefault(name, set()).add(value)
    found = {}
    for name, ids in wanted.items():
        rows = keys[name].related_model._base_manager.all()
        if issubclass(rows.model, OwnedRecord):
            rows = rows.visible_to(user)
            found |= {(name, pk): _("a record that you may not see") for pk in ids}
        for pk, target in rows.in_bulk(ids).items():
            found[name, pk] = str(target)
    return found


def changed_fields(
    entity: type[Entity], record: Record, change: Change, texts: dict, only: str = ""
) -> list[tuple[str, str, str]]:
    """[(label, old, new)] of one change, as text."""
    columns = {column.attname: column for column in record._meta.concrete_fields}
    inlines = {inline.name: inline.label for inline in entity.inlines}
    lines = []
    for name in dict.fromkeys([*change.before, *change.after]):
        if only and name != only:
            continue
        old, new = change.before.get(name), change.after.get(name)
        if name in columns:
            label = capfirst(columns[name].verbose_name)
            lines.append((label, value_text(columns[name], old, texts), value_text(columns[name], new, texts)))
        else:
            label = str(inlines.get(name, name))
            lines.append((label, _rows_as_text(old), _rows_as_text(new)))
    return lines


def value_text(column: models.Field, value: Any, texts: dict) -> str:
    """A value of the history as its column means it; texts: what foreign keys point at, by (column, id)."""
    if value in (None, ""):
        return ""
    if isinstance(column, models.ForeignKey):
        return texts.get((column.attname, value), f"#{value}")
    if hasattr(column, "show"):
        return column.show(value)
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(column, models.DecimalField | models.IntegerField | models.FloatField):
        return number_format(value, use_l10n=True, force_grouping=True)
    if isinstance(column, models.DateTimeField | models.DateField):
        moment = column.to_python(value)
        return localize(timezone.localtime(moment) if isinstance(moment, datetime.datetime) else moment)
    return str(value)


def _rows_as_text(rows: Any) -> str:
    if not isinstance(rows, list):
        return "" if rows in (None, {}) else str(rows)
    texts = [text for row in rows if (text := child_text(row))]
    if rows and not texts:
        return ngettext("%(n)d entry", "%(n)d entries", len(rows)) % {"n": len(rows)}
    return ", ".join(texts)


def child_text(row: dict[str, Any]) -> str:
    """A child row by its value, an address by its parts, "" for one that only points at others."""
    if value := row.get("value"):
        return str(value)
    place = f"{row.get('postcode') or ''} {row.get('city') or ''}".strip()
    parts = [row.get("street"), place, row.get("region"), row.get("country")]
    return ", ".join(str(part) for part in parts if part)
