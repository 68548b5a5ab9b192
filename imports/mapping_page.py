"""What the pages of recognition and mapping show: facts of the file, columns, dates to decide, a row as a contact."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from contacts.birthdays import show_birthday
from core.pages.pager import shown_count

from .choosing import present_choice
from .mapped_files import AS_TEXT, DATE_ORDERS, INTO_NOTES
from .models import Import
from .numbers import NUMBER_STYLES, number_text
from .run import rights_of
from .sampling import fullest_row
from .saved_maps import is_from_map
from .target_list import target_named, target_of
from .wording import DATE_ORDER_NAMES, dates_text, delimiter_name, encoding_name, rows_text, source_text

SHOWN_COLUMNS = 8
# Of so many columns the fields can be chosen at once; each has a list of all fields.
MOST_SELECTS = 100
_OPTION, _CHOSEN = '<option value="{}">{}</option>', '<option value="{}" selected>{}</option>'
_ICONS = {
    "email": "mail", "phone": "phone", "fax": "phone", "pager": "phone", "isdn": "phone", "company": "building",
    "account": "building", "work": "map-pin", "home": "map-pin", "other": "map-pin", "billing": "map-pin",
    "shipping": "map-pin", "address": "map-pin", "website": "world", "linkedin": "world", "birthday": "calendar",
    "notes": "note", "description": "note", "categories": "tag", "language": "language", "im": "message",
    "first": "user", "last": "user", "middle": "user", "display": "user", "name": "user", "nickname": "user",
    "job": "briefcase", "department": "briefcase", "anniversary": "calendar",
}  # fmt: skip
TABS = ("all", "mapped", "check", "unmapped")


def facts(work: Import) -> list[tuple[str, str]]:
    """(label, value) of what the file turned out to be, for the strip above the pages."""
    if work.is_vcard:
        files = work.recognised.get("files")
        found = [
            (pgettext("file", "Source"), "vCard"),
            (_("Files"), shown_count(files) if files else ""),
            (_("Encoding"), encoding_name(work.recognised["encoding"])),
            (_("Cards"), rows_text(work)),
        ]
        return [fact for fact in found if fact[1]]
    found = [
        (pgettext("file", "Source"), source_text(work)),
        *_reading_facts(work.recognised),
        (_("Dates"), dates_text(work)),
        (_("Amounts"), dates_text(work, NUMBER_STYLES)),
        (_("Rows"), rows_text(work)),
    ]
    return [fact for fact in found if fact[1]]


def _reading_facts(recognised: dict[str, Any]) -> list[tuple[str, str]]:
    if recognised.get("sheet"):
        return [(_("Sheet"), recognised["sheet"])]
    return [
        (_("Encoding"), encoding_name(recognised["encoding"])),
        (_("Delimiter"), delimiter_name(recognised["delimiter"])),
    ]


def sample_table(work: Import) -> dict[str, Any]:
    """The first rows with the header above them; of cards who they are. Only the first columns, and how many more."""
    rows = work.sample.get("rows", [])
    if work.is_vcard:
        return {"cards": [{"line": row["line"], **row["card"]} for row in rows]}
    columns = work.recognised["columns_found"]
    with_values = [index for index, column in enumerate(columns) if column["filled"]]
    filled = with_values[:SHOWN_COLUMNS]
    return {
        "header": [columns[index]["header"] for index in filled],
        "rows": [{"line": row["line"], "cells": [row["cells"][index] for index in filled]} for row in rows],
        "more_columns": len(with_values) - len(filled),
    }


def posted(data: Mapping[str, Any]) -> tuple[dict[int, str], dict[str, str]]:
    """({position: choice}, {date field: order}) of a posted mapping form."""
    columns, orders = {}, {}
    for name, value in data.items():
        kind, _underscore, key = name.partition("_")
        if kind == "column" and key.isascii() and key.isdigit() and len(key) < 6:
            columns[int(key)] = value
        elif kind == "date":
            orders[key] = value
    return columns, orders


def address(work: Import, data: Mapping[str, Any]) -> str:
    """The mapping page on which the posted form stood, with the row that it asked to see."""
    query = {name: data[name] for name in ("show", "row", "part") if data.get(name, "").isalnum()}
    return reverse("import_mapping", args=[work.pk]) + (f"?{urlencode(query)}" if query else "")


def context(work: Import, request: HttpRequest, asked: list[str]) -> dict[str, Any]:
    """Everything that the mapping page shows. asked: date fields whose order must be chosen before going on."""
    position = _position(work, request.POST.get("row") or request.GET.get("row", ""))
    columns = [_column(work, index, position) for index in range(len(work.recognised["columns_found"]))]
    query = request.POST if request.method == "POST" else request.GET
    filled = [column for column in columns if column["filled"]]
    groups = {
        "all": filled,
        "mapped": [column for column in filled if column["is_mapped"]],
        "check": [column for column in filled if column["needs_check"]],
        "unmapped": [column for column in filled if not column["is_mapped"]],
    }
    show = query.get("show", "")
    show = show if show in TABS else "all"
    shown, parts = _parts(work.entity, groups[show], query.get("part", ""), f"?show={show}&row={position}")
    labels = (_("All"), _("Mapped"), _("To check"), _("Not mapped"))
    number = work.sample["rows"][position]["number"] if work.sample["rows"] else 0
    last = len(work.sample["rows"]) - 1
    return {
        "columns": shown,
        "parts": parts,
        "empty_columns": [column for column in columns if not column["filled"]] if show == "all" else [],
        "total": len(columns),
        "tabs": [
            {"label": label, "url": f"?show={key}&row={position}", "active": key == show, "count": len(groups[key])}
            for key, label in zip(TABS, labels, strict=True)
        ],
        "show": show,
        "card": target_of(work).card(work, position, rights_of(work, request.user)),
        "position": position,
        "place": _("Row %(n)s of %(total)s") % {"n": number, "total": rows_text(work)},
        "previous": position - 1 if position > 0 else None,
        "next": position + 1 if position < last else None,
        "questions": _questions(work, asked),
        "mapped_count": len(groups["mapped"]),
    }


def _parts(
    entity: str, columns: list[dict[str, Any]], wanted: str, url: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(the columns of the part that is shown, with their selects; links to all parts when there are several)."""
    count = -(-len(columns) // MOST_SELECTS)
    number = min(int(wanted), count - 1) if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 and count else 0
    shown = columns[number * MOST_SELECTS :][:MOST_SELECTS]
    for column in shown:
        column["options"] = _options(entity, column["choice"])
    if count < 2:
        return shown, []
    parts = []
    for part in range(count):
        first, last = part * MOST_SELECTS + 1, min((part + 1) * MOST_SELECTS, len(columns))
        parts.append(
            {"label": f"{first}–{last}", "url": f"{url}&part={part}", "number": part, "active": part == number}
        )
    return shown, parts


def mapped_text(work: Import) -> str:
    """How many of the columns that hold something feed a field, "" for cards."""
    target = target_of(work)
    filled = [column for column in work.recognised.get("columns_found", []) if column.get("filled")]
    mapped = [column for column in filled if present_choice(column, target) not in ("", INTO_NOTES)]
    return _("%(n)s of %(total)s columns") % {"n": len(mapped), "total": len(filled)} if filled else ""


def _position(work: Import, text: str) -> int:
    """The sample row that is asked for, else the fullest one."""
    last = len(work.sample.get("rows", [])) - 1
    if text.isascii() and text.isdigit() and len(text) < 4:
        return max(0, min(int(text), last))
    return fullest_row(work.sample)


def _column(work: Import, index: int, position: int) -> dict[str, Any]:
    found = work.recognised["columns_found"][index]
    rows = [row["cells"][index] for row in work.sample["rows"]]
    present = present_choice(found, target_of(work))
    field = found["field"] or ""
    dates = work.recognised["dates"].get(field, {})
    undecided = dates.get("order") == "ambiguous" and not work.options.get("date_orders", {}).get(field)
    return {
        "index": index,
        "header": found["header"] or _("Column %(number)s") % {"number": index + 1},
        "sample": rows[position] if rows else "",
        "other_sample": next(filter(None, rows), ""),
        "filled": found["filled"],
        "icon": _icon(present),
        "choice": present,
        "is_mapped": present not in ("", INTO_NOTES),
        "needs_check": undecided,
        "how": "check" if undecided else "saved" if is_from_map(work, index) and present else _how(found, present),
    }


def _how(found: dict[str, Any], present: str) -> str:
    """chosen, automatic, notes or left (out)."""
    if present == INTO_NOTES:
        return "notes"
    if not present:
        return "left"
    return "chosen" if found["how"] == "chosen" else "automatic"


def _icon(present: str) -> str:
    if present in ("", INTO_NOTES):
        return "note" if present else "minus"
    return _ICONS.get(present.split("_")[0].rstrip("0123456789"), "forms")


def _options(entity: str, present: str) -> SafeString:
    """The options of one select; there may be a thousand selects on a page, and most of them show the same."""
    return _options_in(entity, get_language() or "en", present)


@lru_cache(maxsize=500)
def _options_in(entity: str, language: str, present: str) -> SafeString:
    usual, target = _option_groups(entity, language), target_named(entity)
    assert target is not None
    found = []
    for label, options in usual:
        parts = [_chosen(value, text) if value == present else option for value, text, option in options]
        inner = format_html_join("", "{}", ((part,) for part in parts))
        found.append(format_html('<optgroup label="{}">{}</optgroup>', label, inner) if label else inner)
    if not any(value == present for _label, options in usual for value, _text, _option in options):
        found.insert(0, _chosen(present, str(target.field_label(present))))
    return format_html_join("", "{}", ((part,) for part in found))


def _chosen(value: str, text: str) -> SafeString:
    return format_html(_CHOSEN, value, text)


@lru_cache(maxsize=40)
def _option_groups(entity: str, _language: str) -> list[tuple[str, list[tuple[str, str, SafeString]]]]:
    target = target_named(entity)
    assert target is not None
    own = [(INTO_NOTES, _("Keep in the notes"))] if target.has_notes else []
    own.append(("", _("Leave out")))
    groups = [("", own)]
    groups += [
        (str(group), [(name, str(label)) for name, label in choices]) for group, choices in target.field_choices()
    ]
    return [
        (group, [(value, text, format_html(_OPTION, value, text)) for value, text in choices])
        for group, choices in groups
    ]


def _questions(work: Import, asked: list[str]) -> list[dict[str, Any]]:
    """One question per column whose days or amounts may be read in two ways, with both readings of an example."""
    found = []
    for field, column in work.recognised["dates"].items():
        if column["order"] != "ambiguous":
            continue
        readings = column["readings"]
        chosen = work.options.get("date_orders", {}).get(field) or ""
        found.append(
            {
                "field": field,
                "label": target_of(work).field_label(field),
                "text": _question_text(column),
                "example": column["example"],
                "options": [
                    {
                        "value": order,
                        "label": DATE_ORDER_NAMES[order],
                        "reading": show_birthday(readings[order])
                        if order in DATE_ORDERS
                        else number_text(readings[order]),
                        "checked": order == (chosen or work.recognised.get("usual_dates")),
                    }
                    for order in readings
                ]
                + [{"value": AS_TEXT, "label": _("keep as text"), "reading": "", "checked": chosen == AS_TEXT}],
                "error": field in asked,
            }
        )
    return found


def _question_text(column: dict[str, Any]) -> str:
    """What is asked about a column that may be read in two ways."""
    number = column["undecided"]
    if set(column["readings"]) <= set(DATE_ORDERS):
        text = ngettext(
            "%(n)s date can be read as day/month and as month/day. Which is it?",
            "%(n)s dates can be read as day/month and as month/day. Which is it?",
            number,
        )
    else:
        text = ngettext(
            "%(n)s amount can be read with a decimal point and with a decimal comma. Which is it?",
            "%(n)s amounts can be read with a decimal point and with a decimal comma. Which is it?",
            number,
        )
    return text % {"n": shown_count(number)}
