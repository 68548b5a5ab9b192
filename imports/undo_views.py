"""Pages of an import's undo: what it would do, its progress, what it did; and the list of what the import wrote."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.jobs.models import Job
from core.pages.job_card import job_part

from . import undo_page
from .access import owners_only
from .models import Import
from .steps import url_of
from .undo import UndoNotPossible, resume_undo, start_undo, start_undo_check, undo_of, undo_title


@owners_only
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, work: Import) -> HttpResponse:
    """GET: what an undo would do, its progress, or what it did. POST: work out what it would do."""
    if request.method == "POST":
        return _begin(request, work, start_undo_check)
    known, job = undo_of(work), work.undo_job
    is_at_work = job is not None and job.is_active
    is_stopped = job is not None and job.state in (Job.State.STOPPED, Job.State.FAILED) and work.undone_at is None
    if known is None and not is_at_work and not is_stopped:
        return redirect(url_of(work))
    context: dict[str, Any] = {
        "page_title": _("Undo import %(number)s") % {"number": work.pk},
        "work": work,
        "crumbs": [(_("Import"), reverse("import_list")), (undo_title(work), url_of(work))],
        "job": undo_page.progress_card(work),
        "stopped": is_stopped and not is_at_work,
        "can_resume": job is not None and job.state == Job.State.STOPPED,
        "stop_reason": job.error if job is not None else "",
    }
    if known is not None and not is_at_work and (known.planned_at or known.finished_at):
        context |= _list(request, work, known)
    return render(request, "imports/undo.html", context)


def _list(request: HttpRequest, work: Import, known: Any) -> dict[str, Any]:
    is_done = known.finished_at is not None
    figures = known.counts if is_done else known.planned
    show = undo_page.shown(request, figures)
    return {
        "undo": known,
        "figures": undo_page.lines(work, figures, is_done=is_done),
        "unit": undo_page.unit_of(known, request.user),
        "is_open": known.started_at is None,
        "show": show,
        "tabs": undo_page.tabs(figures, show, is_done=is_done),
        **undo_page.rows_page(work, known, request, show),
    }


@owners_only
@require_POST
def start(request: HttpRequest, work: Import) -> HttpResponse:
    """Undo; a second click finds it begun."""
    return _begin(request, work, start_undo)


def _begin(request: HttpRequest, work: Import, begin: Any) -> HttpResponse:
    try:
        begin(work=work, actor=request.user)
    except UndoNotPossible:
        if not work.has_ended:
            messages.error(request, _("An import can be undone when it has ended."))
            return redirect(url_of(work))
        if work.undone_at is not None:
            messages.error(request, _undone_text(work))
    return redirect("import_undo", work.pk)


def _undone_text(work: Import) -> str:
    """That an import is undone only once, and what to do with what has come back since."""
    known = undo_of(work)
    if known is None or known.unit is None or known.unit.restored_at is None:
        return _("This import was undone already.")
    return _(
        "This import was undone already, and an import is undone only once. What came back from the trash stays: "
        "delete the records that you do not want."
    )


@owners_only
@require_safe
def progress(request: HttpRequest, work: Import) -> HttpResponse:
    """The progress as a part of the page."""
    return job_part(request, undo_page.progress_card(work))


@owners_only
@require_POST
def resume(request: HttpRequest, work: Import) -> HttpResponse:
    """Let a stopped undo go on from where it was."""
    resume_undo(work=work)
    return redirect("import_undo", work.pk)


@owners_only
@require_safe
def written(request: HttpRequest, work: Import) -> HttpResponse:
    """What the import made or changed, record by record, from the history."""
    if not work.has_started:
        return redirect(url_of(work))
    context = {
        "page_title": _("What import %(number)s wrote") % {"number": work.pk},
        "work": work,
        "crumbs": [(_("Import"), reverse("import_list")), (undo_title(work), url_of(work))],
        **undo_page.written_page(work, request),
    }
    return render(request, "imports/written.html", context)
