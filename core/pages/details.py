"""The details of a record by section, each value as it is shown."""

from typing import Any

from django.db import models
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.records.fields import LinesField, MoneyField
from core.records.models import Record

from .entity import Entity
from .templatetags.look import day, moment, money


def detail_sections(entity: type[Entity], record: Record, children: dict[str, list]) -> list[dict]:
    """[{"title", "rows": [{"label", "value", "name"}], "empty": number of empty ones}]; values: safe HTML or text."""
    inlines = {inline.name: inline for inline in entity.inlines}
    hidden = entity.hidden_fields(record)
    sections = []
    for position, (title, names) in enumerate(entity.fieldsets):
        rows = [_row(record, name) for name in names if name not in hidden]
        if position == 0:
            rows += [
                {"label": inline.label, "value": _child_list(children.get(name, [])), "name": name}
                for name, inline in inlines.items()
            ]
        filled = [row for row in rows if row["value"] not in (None, "")]
        sections.append({"title": title, "rows": filled, "empty": len(rows) - len(filled)})
    return sections


def _row(record: Record, name: str) -> dict:
    column = record._meta.get_field(name)
    return {"label": capfirst(column.verbose_name), "value": show_value(record, column), "name": name}


def _child_list(rows: list) -> SafeString | str:
    if not rows:
        return ""
    items = format_html_join(
        "", '<li>{} <span class="muted">{}</span></li>', ((child_link(row), _kind(row)) for row in rows)
    )
    return format_html("<ul>{}</ul>", items)


def _kind(row) -> str:
    for name in ("label", "role"):
        if text := getattr(row, name, None):
            return str(text)
    return row.get_kind_display() if hasattr(row, "get_kind_display") else ""


def child_link(row) -> SafeString | str:
    """A child row as a link where it is an e-mail, a phone or a web address."""
    value = str(row)
    name = row._meta.model_name
    if name.endswith("email") and "@" in value:
        return format_html('<a href="mailto:{}">{}</a>', value, value)
    if name.endswith("phone"):
        return format_html('<a href="tel:{}">{}</a>', getattr(row, "normalized", "") or value, value)
    if name.endswith("website"):
        return web_link(value)
    return value


def web_link(value: str) -> SafeString | str:
    """An address as a link when it is http(s); anything else (javascript:, data:) stays plain text."""
    address = value if "://" in value else f"https://{value}"
    if not address.lower().startswith(("http://", "https://")) or any(char.isspace() for char in address):
        return value
    return format_html('<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>', address, value)


def show_value(record: Record, column: models.Field) -> Any:
    """The value of one field as its page shows it; "" for an empty one."""
    if isinstance(column, models.ForeignKey):
        return _show_related(getattr(record, column.name))
    value = getattr(record, column.attname)
    if value in (None, ""):
        return ""
    if hasattr(column, "show"):
        return column.show(value)
    if column.choices:
        return getattr(record, f"get_{column.name}_display")()
    if isinstance(column, models.BooleanField):
        return _("Yes") if value else ""
    if isinstance(column, MoneyField):
        return money(value, record.currency, cents=True)
    if isinstance(column, models.DateTimeField):
        return moment(value)
    if isinstance(column, models.DateField):
        return day(value, year=True)
    if column.name == "website":
        return web_link(value)
    if isinstance(column, models.TextField) or (isinstance(column, LinesField) and "\n" in value):
        return format_html('<span class="long-text">{}</span>', value)
    return value


def _show_related(target: Any) -> Any:
    if target is None:
        return ""
    if hasattr(target, "colour"):
        return format_html('<span class="value"><span class="dot dot-{}"></span>{}</span>', target.colour, target.name)
    if hasattr(target, "get_absolute_url"):
        if getattr(target, "is_trashed", False):
            return format_html('{} <span class="muted">({})</span>', target, _("in the trash"))
        return format_html('<a href="{}">{}</a>', target.get_absolute_url(), target)
    return str(target)
