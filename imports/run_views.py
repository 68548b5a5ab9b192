"""Pages of an import from its dry run on: progress, what would happen, the start, the report."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.proposal_page import proposals_url
from core.pages.job_card import job_part
from core.pages.pager import shown_count
from setup_values.readiness import NotReady

from . import outcome_page, row_views, undo_page
from .access import importers_only, owners_only
from .check_start import begin_check
from .mapping_page import facts, mapped_text
from .matching_page import chosen_facts
from .models import Import
from .numbers import NUMBER_STYLES
from .run import ImportNotReady, cancel_check, cancel_run, resume, rights_of, start_run
from .saved_maps import map_text
from .steps import CHECK, REPORT, is_stopped, job_of, progress_card, steps, url_of
from .target_list import target_of
from .unknown_names import questions
from .wording import ACTIONS, dates_text, source_text, start_facts

Stage = Import.Stage


@importers_only
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, work: Import) -> HttpResponse:
    """GET: the dry run under way, or what it found. POST: begin it; a second click finds it begun."""
    if request.method == "POST":
        return begin_check(request, work, refused="import_recognised")
    if work.has_started or work.stage not in (Stage.CHECKING, Stage.CHECKED):
        return redirect(url_of(work))
    context = _context(work, CHECK) | {"may_act": target_of(work).may_import(request.user)}
    if work.stage == Stage.CHECKED:
        show = request.GET.get("show", "")
        show = show if show in ACTIONS or show == outcome_page.REMARKS else ""
        context |= {
            "counts": outcome_page.counts(work.planned, show),
            "show": show,
            **start_facts(work.planned),
            "query": outcome_page.searched_text(request),
            "kept": row_views.kept(request.GET),
            "questions": questions(work, rights_of(work, request.user)) if context["may_act"] else [],
            **outcome_page.rows_page(work, request, is_planned=True, show=show),
        }
    return render(request, "imports/check.html", context)


@importers_only
@require_POST
def run(request: HttpRequest, work: Import) -> HttpResponse:
    """Begin to write; a second click finds it begun."""
    try:
        start_run(work=work, actor=request.user)
    except ImportNotReady:
        return redirect(url_of(work))
    except NotReady as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("import_check", work.pk)
    return redirect("import_report", work.pk)


@importers_only
@require_safe
def report(request: HttpRequest, work: Import) -> HttpResponse:
    """The run under way, or its report."""
    if not work.has_started:
        return redirect(url_of(work))
    context = _context(work, REPORT) | {
        "crumbs": [(_("Import"), reverse("import_list"))],
        "records_label": target_of(work).label(),
    }
    if work.stage != Stage.RUNNING or context["stopped"] or work.is_cancelled:
        show = request.GET.get("show", "")
        show = show if show in ACTIONS else ""
        remarks, rows = outcome_page.remarks_of(work), work.counts.get("rows", 0)
        undo_card, undo_job = undo_page.card(work, request.user), undo_page.progress_card(work)
        is_untouched = undo_card.get("state") in ("possible", "planned") and not undo_job["running"]
        context |= {
            "may_go_on": work.is_cancelled and is_untouched,
            "sum": outcome_page.sum_of(work.counts),
            "total": shown_count(rows),
            "total_label": ngettext("row in the file", "rows in the file", rows)
            if work.stage == Stage.FINISHED
            else ngettext("row so far", "rows so far", rows),
            "also_written": outcome_page.also_written(work),
            "uncrossed": outcome_page.uncrossed(work, request.user),
            "uncrossed_url": proposals_url(request.user) or f"{reverse('contact_list')}?view=not-cross-referenced",
            "records_url": target_of(work).list_url(),
            "tabs": outcome_page.report_tabs(work.counts, show, remarks),
            "how": _how_it_was_read(work),
            "error_rows": outcome_page.error_rows(work) if work.counts.get("errors") else [],
            "error_count": shown_count(work.counts.get("errors", 0)),
            "may_act": target_of(work).may_import(request.user),
            "corrects_url": f"{reverse('import_list')}?{urlencode({'entity': work.entity, 'corrects': work.pk})}",
            "undo_card": undo_card,
            "undo_job": undo_job,
            **outcome_page.rows_page(work, request, is_planned=False, show=show or outcome_page.WRITTEN_REMARKS),
        }
    return render(request, "imports/report.html", context)


def _context(work: Import, step: int) -> dict[str, Any]:
    job = job_of(work)
    return {
        "page_title": target_of(work).title(),
        "work": work,
        "steps": steps(work, step),
        "facts": facts(work) if work.recognised.get("columns_found") is not None else [],
        "job": progress_card(work),
        "stopped": is_stopped(work),
        "stop_reason": job.error if job is not None else "",
    }


def _how_it_was_read(work: Import) -> list[tuple[str, str]]:
    """(label, value) of how the file was read, as far as it was read by choice or recognition."""
    found = [
        (pgettext("file", "Source"), source_text(work)),
        (_("Saved mapping"), map_text(work)),
        (_("Mapping"), mapped_text(work)),
        (_("Dates"), dates_text(work)),
        (_("Amounts"), dates_text(work, NUMBER_STYLES)),
        *chosen_facts(work),
    ]
    return [fact for fact in found if fact[1]]


@importers_only
@require_safe
def progress(request: HttpRequest, work: Import) -> HttpResponse:
    """The progress as a part of the page."""
    return job_part(request, progress_card(work))


@owners_only
@require_POST
def cancel(request: HttpRequest, work: Import) -> HttpResponse:
    """End a dry run that takes too long, or a run on the way: what it has written stays until it is undone."""
    if not work.has_started:
        return redirect(url_of(cancel_check(work=work)))
    cancel_run(work=work)
    return redirect("import_report", work.pk)


@importers_only
@require_POST
def resume_import(request: HttpRequest, work: Import) -> HttpResponse:
    """Let a stopped dry run or run, or a cancelled run, go on from where it was."""
    resume(work=work)
    return redirect(url_of(work))
