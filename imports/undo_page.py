"""What the pages show of an undo: the card on the report, the figures, and the list of what goes, returns and stays."""

from collections import Counter
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.pages.deletion import count_lines, may_restore
from core.pages.job_card import job_card
from core.pages.pager import bounded_count, get_page, shown_count
from core.records.models import Change, Record
from core.records.registry import record_model, record_models
from core.records.undo import figure
from core.records.undo_log import KeptRecord, Undo

from .change_text import ChangeTexts
from .models import Import
from .record_lines import Lines
from .steps import url_of
from .target_list import target_of
from .undo import undo_of
from .writing import field_label

KEPT, TRASHED, REVERTED = "kept", "trashed", "reverted"
# Up to so many rows the report itself counts what was changed since.
MOST_COUNTED = 20_000
MOST_FIELDS = 6

Reason = KeptRecord.Reason
UPDATE, CREATE = Change.Kind.UPDATE, Change.Kind.CREATE


def card(work: Import, user: Any) -> dict[str, Any]:
    """What the report says of the undo, {} while it is not possible."""
    if not work.has_ended:
        return {}
    undo = undo_of(work)
    if work.undone_at is not None and undo is not None:
        return {"state": "undone", "undo": undo, "unit": unit_of(undo, user), **lines(work, undo.counts, is_done=True)}
    if undo is not None and undo.started_at is not None:
        return {"state": "begun"}
    if undo is not None and undo.planned_at is not None:
        return {"state": "planned", **lines(work, undo.planned)}
    own = target_of(work).record_type
    expected: dict[str, dict[str, int]] = {
        TRASHED: Counter(work.also_written) + Counter({own: work.counts.get("created", 0)}),
        REVERTED: {own: work.counts.get("updated", 0)},
        KEPT: {},
    }
    return {"state": "possible", **lines(work, expected), "since": _changed_since(work)}


def lines(work: Import, figures: dict[str, dict[str, int]], *, is_done: bool = False) -> dict[str, Any]:
    """The figures in words: what goes, what returns, what stays; "" for none."""
    kept = figure(figures, KEPT)
    return {
        "trashed": _listed(work, figures.get(TRASHED, {})),
        "reverted": _listed(work, figures.get(REVERTED, {})),
        "trashed_number": figure(figures, TRASHED),
        "reverted_number": figure(figures, REVERTED),
        "kept": kept,
        "kept_text": _kept_text(kept, figures.get("reasons", {})) if kept else "",
        "is_done": is_done,
    }


def _kept_text(kept: int, reasons: dict[str, int]) -> str:
    """How many records stay, with the reason where it is the same for all."""
    if reasons and not reasons.keys() & {Reason.CHANGED, Reason.USED, Reason.TOGETHER, Reason.REFUSED}:
        text = ngettext(
            "%(n)s record stays as it is: you may not delete or change it",
            "%(n)s records stay as they are: you may not delete or change them",
            kept,
        )
    elif reasons.keys() & {Reason.RIGHTS, Reason.REFUSED}:
        text = ngettext("%(n)s record stays as it is", "%(n)s records stay as they are", kept)
    else:
        text = ngettext(
            "%(n)s record was needed or changed since and stays as it is",
            "%(n)s records were needed or changed since and stay as they are",
            kept,
        )
    return text % {"n": shown_count(kept)}


def _listed(work: Import, counts: dict[str, int]) -> str:
    """ "958 contacts, 312 accounts and 5 sources": the kind that was imported first."""
    order = [target_of(work).record_type, *(model.record_type() for model in record_models())]
    present = {name: counts[name] for name in dict.fromkeys(order) if counts.get(name)}
    parts = [f"{shown_count(number)} {word}" for number, word in count_lines(present)]
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def _changed_since(work: Import) -> str:
    """How many of its records somebody changed since, in words; "" for none, and for an import too large to ask."""
    if work.counts.get("rows", 0) > MOST_COUNTED:
        return ""
    later = Change.objects.filter(
        record_type=OuterRef("record_type"), record_id=OuterRef("record_id"), kind=UPDATE, pk__gt=OuterRef("pk")
    ).exclude(operation=work.operation)
    touched = Change.objects.filter(Exists(later), operation=work.operation).values("record_type", "record_id")
    number, is_exact = bounded_count(touched.distinct())
    text = ngettext("%(n)s record was changed since", "%(n)s records were changed since", number)
    return text % {"n": shown_count(number, is_exact)} if number else ""


def unit_of(undo: Undo, user: Any) -> dict[str, Any]:
    """The unit in the trash with the way to restore it; {} when nothing went there."""
    unit = undo.unit
    if unit is None:
        return {}
    can = unit.restored_at is None and may_restore(user, unit)
    return {"restored_at": unit.restored_at, "restore_url": reverse("trash_restore", args=[unit.pk]) if can else ""}


def progress_card(work: Import) -> dict[str, Any]:
    """The progress of an undo, or of its working out, as templates/look/_job.html takes it."""
    job = work.undo_job
    is_undo = job is not None and job.kind == "import_undo"
    return job_card(
        job,
        title=_("Undoing the import") if is_undo else _("Working out what an undo would do"),
        line=_("Change %(done)s"),
        line_of_total=_("Change %(done)s of %(total)s"),
        note=_("You can close this page: it goes on, and you find it again under Import.")
        if is_undo
        else _("Nothing is changed yet. You can close this page and come back."),
        url=url_of(work, "import_undo_progress"),
        page_url=url_of(work, "import_undo"),
    )


def tabs(figures: dict[str, dict[str, int]], show: str, *, is_done: bool) -> list[dict[str, Any]]:
    """The filters of the list by what happens, each with its number."""
    labels = {
        KEPT: _("Stayed as it is") if is_done else _("Stays as it is"),
        TRASHED: _("Went to the trash") if is_done else _("Goes to the trash"),
        REVERTED: _("Got old values back") if is_done else _("Gets old values back"),
    }
    return [
        {"label": label, "url": f"?show={name}", "active": show == name, "count": shown_count(figure(figures, name))}
        for name, label in labels.items()
    ]


def shown(request: HttpRequest, figures: dict[str, dict[str, int]]) -> str:
    """Which part of the list is asked for; by itself what stays, when there is anything."""
    wanted = request.GET.get("show", "")
    if wanted in (KEPT, TRASHED, REVERTED):
        return wanted
    return next((name for name in (KEPT, TRASHED, REVERTED) if figure(figures, name)), TRASHED)


def rows_page(work: Import, undo: Undo, request: HttpRequest, show: str) -> dict[str, Any]:
    """One page of the list."""
    rows: QuerySet = _kept(work, undo) if show == KEPT else _going(work, undo, show)
    page = get_page(rows, sort="pk", after=request.GET.get("after", ""), before=request.GET.get("before", ""), size=50)
    others = [(row.other_type, row.other_id) for row in page.rows if show == KEPT and row.other_type]
    found = Lines([*((row.record_type, row.record_id) for row in page.rows), *others], request.user)
    lines_of = [found.line(row.record_type, row.record_id) for row in page.rows]
    return {
        "page": page,
        "rows": [line | told for line, told in zip(lines_of, _told(page.rows, show, found, request.user), strict=True)],
    }


def _told(rows: list[Any], show: str, found: Lines, user: Any) -> list[dict[str, Any]]:
    """What the list says of each record beside its name."""
    if show == KEPT:
        since = _since(rows)
        return [_tell_kept(row, found, since) for row in rows]
    if show != REVERTED:
        return [{} for _row in rows]
    texts = {
        kind: ChangeTexts(
            record_model(kind), (pair for row in rows if row.record_type == kind for pair in _old_values(row)), user
        )
        for kind in {row.record_type for row in rows}
    }
    return [_tell_values(row, texts[row.record_type]) for row in rows]


def _kept(work: Import, undo: Undo) -> QuerySet:
    later = Change.objects.filter(
        record_type=OuterRef("record_type"), record_id=OuterRef("record_id"), kind=UPDATE
    ).exclude(operation__in=[undo.operation, undo.own_operation])
    return KeptRecord.objects.filter(undo=undo).annotate(since=Subquery(later.order_by("-pk").values("pk")[:1]))


def _going(work: Import, undo: Undo, show: str) -> QuerySet:
    """The changes of the import whose records go, or get old values back: each record once."""
    same = {"record_type": OuterRef("record_type"), "record_id": OuterRef("record_id")}
    rows = Change.objects.filter(~Exists(KeptRecord.objects.filter(undo=undo, **same)), operation=work.operation)
    if show == TRASHED:
        return rows.filter(kind=CREATE).defer("before", "after")
    before = Change.objects.filter(operation=work.operation, pk__lt=OuterRef("pk"), **same)
    return rows.filter(~Exists(before), kind=UPDATE)


def _since(rows: list[KeptRecord]) -> dict[int, Change]:
    changes = Change.objects.filter(pk__in=[row.since for row in rows if row.since])
    return changes.defer("before", "after").select_related("actor").in_bulk()


def _tell_kept(row: KeptRecord, found: Lines, since: dict[int, Change]) -> dict[str, Any]:
    model = record_model(row.record_type)
    fields = ", ".join(field_label(model, name) for name in row.fields)
    other = found.text(row.other_type, row.other_id) if row.other_type else ""
    texts = {
        Reason.CHANGED: _("Changed since: %(fields)s") % {"fields": fields} if fields else _("Changed since"),
        Reason.USED: _("Needed by %(what)s") % {"what": other},
        Reason.TOGETHER: _("Belongs to %(what)s, which stays") % {"what": other},
        Reason.RIGHTS: _("You may not change it") if fields else _("You may not delete it"),
        Reason.REFUSED: row.text or _("It cannot be taken back"),
    }
    change = since.get(row.since) if row.reason == Reason.CHANGED and row.since else None
    return {"text": texts[Reason(row.reason)], "change": change}


def _old_values(row: Change) -> list[tuple[str, Any]]:
    return list(row.before.items())[:MOST_FIELDS]


def _tell_values(row: Change, texts: ChangeTexts) -> dict[str, Any]:
    model = record_model(row.record_type)
    return {
        "old_values": [(field_label(model, name), texts.text(name, old)) for name, old in _old_values(row)],
        "more": max(0, len(row.before) - MOST_FIELDS),
    }


# --- what an import made or changed ------------------------------------------------------------


def written_page(work: Import, request: HttpRequest) -> dict[str, Any]:
    """One page of what the import made or changed, by the kind of record that is asked for."""
    own = target_of(work).record_type
    kinds = [own, *(name for name, number in work.also_written.items() if number and name != own)]
    show = request.GET.get("show", "")
    show = show if show in kinds else ""
    rows = Change.objects.filter(operation=work.operation, kind__in=[CREATE, UPDATE])
    rows = rows.filter(record_type=show) if show else rows
    page = get_page(rows, sort="pk", after=request.GET.get("after", ""), before=request.GET.get("before", ""), size=50)
    found = Lines([(row.record_type, row.record_id) for row in page.rows], request.user)
    return {
        "page": page,
        "rows": [
            found.line(row.record_type, row.record_id)
            | {"is_new": row.kind == CREATE, "fields": "" if row.kind == CREATE else _fields(row)}
            for row in page.rows
        ],
        "tabs": [
            {"label": _("All"), "url": "?", "active": not show},
            *({"label": _kind(name), "url": f"?show={name}", "active": show == name} for name in kinds),
        ],
    }


def _kind(record_type: str) -> str:
    return capfirst(str(record_model(record_type)._meta.verbose_name_plural))


def _fields(change: Change) -> str:
    model: type[Record] = record_model(change.record_type)
    return ", ".join(field_label(model, name) for name in change.after)
