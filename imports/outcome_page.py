"""The rows of a dry run or a report as the pages list them: filters with counts, what becomes of each row."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from contacts.cross_referencing import not_cross_referenced
from contacts.models import Contact
from core.pages.pager import bounded_count, get_page, shown_count
from setup_values.models import Firm

from .models import RANK_OF_REMARKS, RANKS, Import, ImportRow
from .target_list import target_of
from .targets import Target
from .wording import ACTIONS, DONE_ACTIONS

REMARKS = "remarks"


def rows_page(work: Import, request: HttpRequest, *, is_planned: bool, show: str) -> dict[str, Any]:
    """One page of rows, those that need a look first. show: an action, REMARKS or "" for all."""
    rows = ImportRow.objects.filter(parent=work, is_planned=is_planned)
    if show in ACTIONS:
        # The index knows the ranks: rows of an action stand in its own and in that of the remarks.
        rows = rows.filter(action=show, rank__in={RANKS[ImportRow.Action(show)], RANK_OF_REMARKS})
    elif show == REMARKS:
        rows = rows.filter(rank__lte=RANK_OF_REMARKS)
    page = get_page(
        rows, sort="rank", after=request.GET.get("after", ""), before=request.GET.get("before", ""), size=50
    )
    target = target_of(work)
    urls = target.urls([row.record_id for row in page.rows if row.record_id], request.user)
    return {"page": page, "rows": [_row(row, urls, target) for row in page.rows]}


def _row(row: ImportRow, urls: dict[int, str], target: Target) -> dict[str, Any]:
    words, details = ACTIONS[row.action], row.details
    return {
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
        "changes": [(target.column_label(name), old, new) for name, old, new in details.get("changes", ())],
        "more": _more(details.get("more", 0)),
        "text": target.text_of(row),
    }


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
    tabs = [{"label": _("Needs a look"), "url": "?", "active": not show, "count": remarks}]
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
    """How many rows of the run need a look, "1,000+" for more."""
    rows = ImportRow.objects.filter(parent=work, is_planned=False, rank__lte=RANK_OF_REMARKS)
    return shown_count(*bounded_count(rows))


def sum_of(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of the sum that makes the rows of the file, each with its share in per cent for the bar."""
    rows = figures.get("rows", 0)
    labels = {
        "created": pgettext("rows", "created"),
        "updated": _("updated"),
        "skipped": _("skipped"),
        "unchanged": _("unchanged"),
        "errors": _("errors"),
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
