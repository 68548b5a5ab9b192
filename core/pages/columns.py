"""Columns of a list: what they read, how they sort, and how a cell looks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .templatetags.look import avatar, day, due, icon, money

_ON_PHONE = {"": "", "left": " on-card", "right": " on-card on-card--right"}


@dataclass(frozen=True)
class Column:
    """One column of a list.

    name: attribute of the record, dotted over relations ("account.name"); kind: a key of RENDERERS; sort: the column
    by which the database sorts, "" for none; needs: further columns that the cell reads ("account__lifecycle");
    phone: what becomes of it on a phone: "left" or "right" in the row's card, "" is left out there.
    """

    name: str
    label: Any
    kind: str = "text"
    sort: str = ""
    needs: tuple[str, ...] = ()
    phone: str = ""
    render: Callable[[Any], SafeString | str] | None = None

    @property
    def css(self) -> str:
        """Classes of the cells: amounts and days to the right, long text cut."""
        base = {"money": "money", "day": "day", "number": "num", "percent": "num", "due": ""}.get(self.kind, "cut")
        return f"{base}{_ON_PHONE[self.phone]}"

    @property
    def head_css(self) -> str:
        return {"money": "num", "day": "day", "number": "num", "percent": "num"}.get(self.kind, "")

    def value(self, record: models.Model) -> Any:
        """The value behind the cell, None where a relation on the way is empty."""
        value: Any = record
        for part in self.name.split("."):
            value = getattr(value, part)
            if value is None:
                return None
        return value

    def cell(self, record: models.Model) -> SafeString | str:
        """The cell's HTML; "" for an empty value."""
        if self.render is not None:
            return self.render(record)
        if self.kind == "choice":
            return getattr(record, f"get_{self.name}_display")()
        return RENDERERS[self.kind](self.value(record), record)


def _text(value: Any, record) -> str:
    return "" if value is None else str(value)


def _link(value: Any, record) -> SafeString:
    """The record itself: the row's title."""
    return format_html('<a href="{}">{}</a>', record.get_absolute_url(), value or "–")


def _related(value: Any, record) -> SafeString | str:
    if value is None:
        return ""
    return format_html('<a href="{}">{}</a>', value.get_absolute_url(), value)


def _dot(value: Any, record) -> SafeString | str:
    if value is None:
        return ""
    return format_html('<span class="value"><span class="dot dot-{}"></span>{}</span>', value.colour, value.name)


def _person(value: Any, record) -> SafeString | str:
    if value is None:
        return ""
    return format_html('<span class="person">{}<span class="cut">{}</span></span>', avatar(value.name), value.name)


def _money(value: Any, record) -> str:
    return "" if value is None else money(value, record.currency)


def _day(value: Any, record) -> SafeString | str:
    return day(value)


def _due(value: Any, record) -> SafeString:
    """value: {"date", "word"} or None, as the activities room hands it to the list."""
    return due(value["date"], value["word"]) if value else due(None)


def _percent(value: Any, record) -> str:
    return "" if value is None else f"{value} %"


def _email(value: Any, record) -> SafeString | str:
    return format_html('<a href="mailto:{}">{}</a>', value, value) if value else ""


def _phone(value: Any, record) -> SafeString | str:
    return format_html('<a href="tel:{}">{}</a>', "".join(str(value).split()), value) if value else ""


def _yes(value: Any, record) -> SafeString | str:
    return icon("check") if value else ""


RENDERERS: dict[str, Callable[[Any, Any], SafeString | str]] = {
    "text": _text,
    "number": _text,
    "link": _link,
    "related": _related,
    "dot": _dot,
    "person": _person,
    "money": _money,
    "day": _day,
    "due": _due,
    "percent": _percent,
    "email": _email,
    "phone": _phone,
    "yes": _yes,
}
