"""How a row of the sample will look as a record, for the mapping page."""

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.pages.templatetags.look import money

from .mapped_files import AS_TEXT, WAYS, chosen_mapping
from .models import Import
from .preview import LONGEST_NOTES, RecordCard
from .readers import Row
from .record_fields import Kind, fields_of, map_record_headers
from .record_names import NameResolver
from .record_rows import Reading, RecordRow, row_of
from .record_shapes import RecordShape
from .record_values import CellReader, RecordData
from .record_words import choices_of


def card_of(shape: RecordShape, work: Import, position: int, user: Any) -> RecordCard | None:
    """The record that the sample row at position becomes, None when the sample has no such row; few queries."""
    rows = work.sample.get("rows", [])
    if not 0 <= position < len(rows) or "cells" not in rows[position]:
        return None
    data = CellReader(shape, timezone.now().year).read(_row(shape, work, rows[position]))
    NameResolver.of(shape, user, user, user, work.options).resolve([data])
    card = RecordCard(title=_title(data), facts=[], problems=list(data.problems))
    fields = fields_of(shape)
    for name in data.row.values:
        one = fields.get(name)
        if one is None or one.kind in (Kind.CHILD, Kind.KEY) or name in data.errors:
            continue
        card.facts.append((str(one.label), _shown(data, name), ""))
    for name, children in data.children.items():
        label = str(next(one.label for one in shape.inlines if one.name == name))
        card.facts += [(label, row.value, str(row.get_kind_display())) for row in children]
    card.problems += [
        f"{fields[name].label}: {reason}"
        if name in fields and not reason.startswith(str(fields[name].label))
        else reason
        for name, reason in data.errors.items()
    ]
    if data.notes and shape.notes:
        card.facts.append((_("Notes"), "\n".join(data.notes)[:LONGEST_NOTES], ""))
    card.error = data.row.error
    return card


def _row(shape: RecordShape, work: Import, row: dict[str, Any]) -> RecordRow:
    header = [column["header"] for column in work.recognised["columns_found"]]
    mapping = chosen_mapping(map_record_headers(shape, header), work.options.get("columns", {}))
    chosen = work.options.get("date_orders", {})
    orders = {name: chosen.get(name) or one["order"] for name, one in work.recognised["dates"].items()}
    reading = Reading(
        shape,
        {name: order if order in WAYS else None for name, order in orders.items()},
        {},
        {column.field: column.header for column in reversed(mapping.columns) if column.field},
        as_text=frozenset(name for name, order in chosen.items() if order == AS_TEXT),
    )
    return row_of(Row(row["line"], row["number"], list(row["cells"])), mapping, reading)


def _title(data: RecordData) -> str:
    values, names = data.values, data.names
    person = f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
    shown = person or values.get("name") or values.get("topic") or values.get("subject") or values.get("company")
    return str(shown or names.get("contact") or names.get("account") or "")


def _shown(data: RecordData, name: str) -> str:
    """The value of a field as a page shows it."""
    value = data.values.get(name)
    if value is None:
        return str(data.picked.get(name) or data.names.get(name) or data.row.values[name])
    one = fields_of(data.row.reading.shape)[name]
    if one.kind == Kind.CHOICE:
        return str(dict(choices_of(one.column)).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if hasattr(value, "hour"):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if hasattr(value, "month"):
        return date_format(value)
    if name in ("amount", "actual_amount", "revenue"):
        return str(money(value, data.values.get("currency", ""))) if data.values.get("currency") else f"{value:,}"
    return str(value)[:LONGEST_NOTES]
