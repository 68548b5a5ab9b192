"""The rows of a dry run or a report as the pages list them: filters with counts, what becomes of each row."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext

from contacts.cross_referencing import not_cross_referenced
from contacts.models import Contact
from core.pages.pager import bounded_count, get_page, shown_count
from core.records.registry import record_model
from core.text.normalise import fold
from setup_values.models import Firm

from .change_text import ChangeTexts
from .models import RANK_OF_REMARKS, RANKS, Import, ImportRow, RowChoice
from .near_names import near_names
from .target_list import target_of
from .targets import Label, Target
from .wording import ACTIONS, DONE_ACTIONS

REMARKS = "remarks"
# Those of a report without its errors, which have a list of their own there.
WRITTEN_REMARKS = "written-remarks"
LONGEST_SEARCH = 100
ERRORS_SHOWN = 10
# {column: the column that it follows from}
FOLLOWS = {"state": "status_id", "stage_entered_at": "stage_id"}
DECIDED: dict[str, Label] = {
    RowChoice.Decision.CREATE: gettext_lazy("You decided: a new record"),
    RowChoice.Decision.UPDATE: gettext_lazy("You decided: update it"),
    RowChoice.Decision.SKIP: gettext_lazy("You decided: left out"),
}


def rows_page(work: Import, request: HttpRequest, *, is_planned: bool, show: str) -> dict[str, Any]:
    """One page of rows, those that need a look first. show: an action, REMARKS, WRITTEN_REMARKS or "" for all."""
    rows = ImportRow.objects.filter(parent=work, is_planned=is_planned)
    if show in ACTIONS:
        # The index knows the ranks: rows of an action stand in its own and in that of the remarks.
        rows = rows.filter(action=show, rank__in={RANKS[ImportRow.Action(show)], RANK_OF_REMARKS})
    elif show == REMARKS:
        rows = rows.filter(rank__lte=RANK_OF_REMARKS)
    elif show == WRITTEN_REMARKS:
        rows = _written_remarks(rows)
    if wanted := searched_text(request):
        by_line = Q(line=int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) < 8 else Q()
        rows = rows.filter(by_line | Q(folded__contains=fold(wanted)))
    page = get_page(
        rows, sort="rank", after=request.GET.get("after", ""), before=request.GET.get("before", ""), size=50
    )
    return {"page": page, "rows": shown_rows(work, page.rows, request.user)}


def _written_remarks(rows: QuerySet[ImportRow]) -> QuerySet[ImportRow]:
    return rows.filter(rank__gt=RANKS[ImportRow.Action.ERROR], rank__lte=RANK_OF_REMARKS)


def searched_text(request: HttpRequest) -> str:
    """What is looked for among the rows, "" for nothing."""
    return request.GET.get("q", "").strip()[:LONGEST_SEARCH]


def shown_rows(work: Import, rows: list[ImportRow], user: Any) -> list[dict[str, Any]]:
    """Rows as templates/imports/_row.html takes them; a fixed number of queries."""
    target = target_of(work)
    may_act = target.may_import(user)
    near = {pk for row in rows for pk, _title, _why in row.details.get("near", ())}
    urls = target.urls([*near, *(row.record_id for row in rows if row.record_id)], user)
    planned = [row.number for row in rows if row.is_planned]
    choices = {choice.number: choice for choice in RowChoice.objects.filter(parent=work, number__in=planned)}
    model = record_model(target.record_type)
    texts = ChangeTexts(model, _changed_values(rows), user)
    apart = near_names(rows, model, user) if planned else {}
    return [
        _row(row, urls, target, texts)
        | (_offers(work, row, _near(row, urls, apart), target, choices.get(row.number)) if may_act else {})
        for row in rows
    ]


def _near(row: ImportRow, urls: dict[int, str], apart: dict[int, str]) -> list[dict[str, Any]]:
    """The records that a row may mean, as far as the user sees them; namesakes with what tells them apart."""
    return [
        {"id": pk, "title": f"{title} ({apart[pk]})" if pk in apart else title, "why": why, "url": urls[pk]}
        for pk, title, why in row.details.get("near", ())
        if pk in urls
    ]


def _changed_values(rows: list[ImportRow]) -> Iterator[tuple[str, Any]]:
    for row in rows:
        for name, old, new in row.details.get("changes", ()):
            yield name, old
            yield name, new


def _row(row: ImportRow, urls: dict[int, str], target: Target, texts: ChangeTexts) -> dict[str, Any]:
    words, details = ACTIONS[row.action], row.details
    return {
        "number": row.number,
        "line": row.line,
        "badge": {
            "text": words.label if row.is_planned else DONE_ACTIONS[row.action],
            "icon": words.icon,
            "tone": words.tone,
        },
        "title": row.title or _("(no name)"),
        "url": urls.get(row.record_id or 0, ""),
        "subtitle": details.get("account", ""),
        "is_error": row.action == ImportRow.Action.ERROR,
        "reason_icon": words.icon if row.action in ("error", "duplicate") else "alert-triangle",
        "reasons": row.reasons,
        "trash_url": reverse("trash") if details.get("trash_unit") else "",
        "changes": [
            (target.column_label(name), texts.text(name, old), texts.text(name, new))
            for name, old, new in _told_changes(details.get("changes", ()))
        ],
        "more": _more(details.get("more", 0)),
        "text": target.text_of(row),
    }


def _told_changes(changes: list[list[Any]]) -> list[list[Any]]:
    """The changes without those that only repeat another one in words of the machinery."""
    names = {name for name, _old, _new in changes}
    return [change for change in changes if FOLLOWS.get(change[0]) not in names]


def _offers(
    work: Import, row: ImportRow, near: list[dict[str, Any]], target: Target, choice: RowChoice | None
) -> dict[str, Any]:
    """What the user may correct or decide in a row of a dry run, and what he has decided."""
    if not row.is_planned:
        return {}
    cells = faulty_cells(work, row, target)
    decision = choice.decision if choice is not None else ""
    is_open = row.action == ImportRow.Action.DUPLICATE or bool(near)
    return {
        "cells": cells,
        "reasons": [reason for reason in row.reasons if reason not in {cell["reason"] for cell in cells}],
        "near": near,
        "decision": decision,
        "decided_text": DECIDED.get(decision, ""),
        "offers_create": row.action == ImportRow.Action.DUPLICATE,
        "offers_skip": is_open and row.action != ImportRow.Action.DUPLICATE or bool(row.details.get("near")),
        "is_open": is_open and not decision,
    }


def faulty_cells(work: Import, row: ImportRow, target: Target) -> list[dict[str, Any]]:
    """The cells of a row that are wrong: position, label of the field, text, reason, and what to say beside them."""
    columns = work.recognised.get("columns_found", [])
    texts = row.details.get("cells", {})
    found = []
    for key, reason in row.details.get("fields", {}).items():
        position = int(key)
        if key not in texts or position >= len(columns):
            continue
        field, header = columns[position]["field"], columns[position]["header"]
        label = target.field_label(field) if field else header
        found.append(
            {"position": position, "label": label, "text": texts[key], "reason": reason, "said": _said(reason, label)}
        )
    return found


def _said(reason: str, label: Label) -> str:
    """A reason without the label of its field, for where that stands beside it."""
    return capfirst(reason.removeprefix(f"{label}: "))


def error_rows(work: Import) -> list[dict[str, Any]]:
    """The first error rows of a report: line, title, and per wrong cell its field, value and reason."""
    target = target_of(work)
    rows = ImportRow.objects.filter(parent=work, is_planned=False, rank=RANKS[ImportRow.Action.ERROR]).order_by("pk")
    found = []
    for row in rows[:ERRORS_SHOWN]:
        cells = faulty_cells(work, row, target)
        # Remarks of an error row stand in its file; here it is told why nothing was written.
        errors = [cell for cell in cells if cell["reason"] in row.reasons[-1:]]
        known = {cell["reason"] for cell in errors}
        faults = errors + [{"label": "", "said": text} for text in row.reasons[-1:] if text not in known]
        found.append({"line": row.line, "title": row.title or _("(no name)"), "faults": faults})
    return found


def _more(number: int) -> str:
    return ngettext("and %(n)s more", "and %(n)s more", number) % {"n": number} if number else ""


def counts(figures: dict[str, Any], show: str) -> list[dict[str, Any]]:
    """All rows and each action with its number, as links that filter. figures: Import.planned."""
    actions = figures.get("actions", {})
    all_rows = {"label": _("All rows"), "value": figures.get("rows", 0), "url": "?", "icon": "", "tone": ""}
    found = [all_rows | {"active": not show}]
    for action, words in ACTIONS.items():
        tint = words.tone if words.tone in ("warning", "danger") else ""
        found.append(
            {
                "label": words.label,
                "value": actions.get(action, 0),
                "url": f"?show={action}",
                "icon": words.icon,
                "tone": tint if actions.get(action) else "",
                "active": show == action,
            }
        )
    for count in found:
        count["value"] = shown_count(count["value"])
    return found


def report_tabs(figures: dict[str, Any], show: str, remarks: str) -> list[dict[str, Any]]:
    """The filters of a report: what needs a look, then every action that occurred."""
    actions = figures.get("actions", {})
    tabs = [{"label": _("With remarks"), "url": "?", "active": not show, "count": remarks}]
    tabs += [
        {
            "label": DONE_ACTIONS[action],
            "url": f"?show={action}",
            "active": show == action,
            "count": shown_count(actions[action]),
        }
        for action in ACTIONS
        if actions.get(action)
    ]
    return tabs


def remarks_of(work: Import) -> str:
    """How many rows of the run need a look beside the errors, "1,000+" for more."""
    rows = _written_remarks(ImportRow.objects.filter(parent=work, is_planned=False))
    return shown_count(*bounded_count(rows))


def sum_of(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of the sum that makes the rows of the file, each with its share in per cent for the bar."""
    rows = figures.get("rows", 0)
    labels = {
        "created": npgettext("rows", "created", "created", figures.get("created", 0)),
        "updated": npgettext("rows", "updated", "updated", figures.get("updated", 0)),
        "skipped": npgettext("rows", "skipped", "skipped", figures.get("skipped", 0)),
        "unchanged": npgettext("rows", "unchanged", "unchanged", figures.get("unchanged", 0)),
        "errors": npgettext("rows", "error", "errors", figures.get("errors", 0)),
    }
    return [
        {
            "name": name,
            "label": label,
            "value": shown_count(figures.get(name, 0)),
            "is_danger": name == "errors" and figures.get(name, 0) > 0,
            "share": f"{100 * figures.get(name, 0) / rows:.2f}%" if rows and figures.get(name, 0) else "",
        }
        for name, label in labels.items()
    ]


def also_written(work: Import) -> str:
    """Accounts and cross-references that came with the contacts, in words; "" for none."""
    accounts, links = (work.also_written.get(name, 0) for name in ("account", "crossreference"))
    parts = []
    if accounts:
        parts.append(ngettext("%(n)s account", "%(n)s accounts", accounts) % {"n": shown_count(accounts)})
    if links:
        text = ngettext("%(n)s cross-reference", "%(n)s cross-references", links)
        parts.append(text % {"n": shown_count(links)})
    return _("Also written: %(what)s.") % {"what": ", ".join(parts)} if parts else ""


def uncrossed(work: Import, user: Any) -> str:
    """How many of its contacts still wait for an account, in words; "" for none and for firms that need no accounts."""
    if work.entity != "contact" or Firm.current().mode != Firm.Mode.B2B:
        return ""
    ids = ImportRow.objects.filter(parent=work, is_planned=False, record_id__isnull=False).values("record_id")
    waiting = Contact.objects.visible_to(user).filter(not_cross_referenced(), pk__in=ids)
    number, is_exact = bounded_count(waiting)
    text = ngettext("%(n)s contact is not cross-referenced yet", "%(n)s contacts are not cross-referenced yet", number)
    return text % {"n": shown_count(number, is_exact)} if number else ""
