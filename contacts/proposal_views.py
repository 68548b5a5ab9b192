"""Pages of contacts without account: proposed accounts, accepted singly or all above a score, and taken back."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.jobs.runner import cancel_job, resume_job
from core.pages.job_card import job_part
from core.pages.mixins import MAX_ID
from core.pages.pager import get_page, shown_count
from core.records.means import Means
from core.records.rights import Right
from core.records.undo import AlreadyUndone, figure, undo_of
from setup_values.choices import active_values
from setup_values.models import ContactRole

from . import proposal_page
from .acceptance_models import AcceptanceRun
from .accepting import accept, accept_above, is_undone_by, take_back, undo_run
from .proposal_page import LEAST_SCORES, PAGE_SIZE, SEARCHED_SIZE
from .proposing import propose, waiting_contacts
from .reference_views import back_to, chosen_records, posted_role


def for_linkers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Http404 for whoever sees no contacts or accounts, 403 for whoever may not cross-reference them."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not (user.may(Right.VIEW, "account") and user.may(Right.VIEW, "contact")):
            raise Http404
        if not proposal_page.may_link(user):
            raise PermissionDenied(_("You may not cross-reference contacts to accounts."))
        return view(request, **kwargs)

    return guarded


def asked_score(values: Any) -> int:
    """The least score that an address or a form asks for, 0 for all."""
    text = values.get("least", "")
    return int(text) if text in {str(score) for score in LEAST_SCORES} else 0


@for_linkers
@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """The contacts without account, each with its proposals; with a least score only those that reach it."""
    least = asked_score(request.GET)
    waiting = waiting_contacts(request.user)
    get = request.GET
    page = get_page(
        waiting,
        # The newest first: those of the last import, and found without reading through all that have an account.
        sort="pk",
        descending=True,
        after=get.get("after", ""),
        before=get.get("before", ""),
        size=SEARCHED_SIZE if least else PAGE_SIZE,
    )
    found = [one for one in propose(page.rows, user=request.user) if one.score >= least]
    context = {
        "page_title": _("Contacts without account"),
        "count": proposal_page.count(waiting),
        "page": page,
        "rows": [proposal_page.row(one) for one in found],
        "looked_at": len(page.rows),
        "least": least,
        "filters": proposal_page.filters(least),
        "roles": active_values(ContactRole),
        "run": AcceptanceRun.objects.filter(created_by=request.user).select_related("job", "undo_job").last(),
        "here": request.get_full_path(),
    }
    return render(request, "contacts/proposals.html", context)


@for_linkers
@require_POST
def proposal_accept(request: HttpRequest) -> HttpResponse:
    """Cross-reference one contact to the account that was chosen for it; a second click finds it done."""
    contacts, accounts = chosen_records(request, "contact"), chosen_records(request, "account")
    here = reverse("contact_proposals")
    if len(contacts) != 1:
        raise Http404
    if not contacts[0].allows(request.user, Right.EDIT):
        raise PermissionDenied
    if len(accounts) != 1:
        messages.error(request, _("Choose the account of %(name)s first.") % {"name": contacts[0]})
        return back_to(request, here)
    means = Means("form")
    accepted = accept(pairs=[(contacts[0], accounts[0])], role=posted_role(request), actor=request.user, means=means)
    names = {"name": contacts[0], "account": accounts[0]}
    if accepted.made:
        text = _("Cross-referenced to %(account)s: %(name)s") % names
        messages.success(request, text, extra_tags=f"undo:{reverse('contact_proposals_undo', args=[means.operation])}")
    for reason in accepted.refused.values():
        messages.error(request, reason)
    if accepted.late:
        messages.info(request, _("%(name)s has an account meanwhile.") % names)
    return back_to(request, here)


@for_linkers
@require_http_methods(["GET", "HEAD", "POST"])
def proposals_all(request: HttpRequest) -> HttpResponse:
    """GET: how many would be accepted, among the first contacts. POST: accept them, in the background when many."""
    least = asked_score(request.POST or request.GET) or LEAST_SCORES[-1]
    if request.method == "POST":
        return _accept_all(request, least)
    context = {
        "page_title": _("Accept all above a score"),
        "crumbs": [(_("Contacts without account"), reverse("contact_proposals"))],
        "least": least,
        "roles": active_values(ContactRole),
        **proposal_page.preview(request.user, least),
    }
    return render(request, "contacts/proposals_all.html", context)


def _accept_all(request: HttpRequest, least: int) -> HttpResponse:
    run = accept_above(least_score=least, actor=request.user, role=posted_role(request))
    if run.job_id is not None:
        return redirect("contact_proposals_run", run.pk)
    if run.made:
        text = ngettext("%(n)s contact was cross-referenced.", "%(n)s contacts were cross-referenced.", run.made)
        undo = f"undo:{reverse('contact_proposals_undo', args=[run.operation])}"
        messages.success(request, text % {"n": shown_count(run.made)}, extra_tags=undo)
    else:
        messages.info(request, _("No proposal reaches %(score)s %%.") % {"score": least})
    return redirect("contact_proposals")


def runs_of(user: Any) -> QuerySet[AcceptanceRun]:
    """The acceptances that user has started; nobody else sees them."""
    return AcceptanceRun.objects.filter(created_by=user).select_related("job", "undo_job", "role")


def _run_of(request: HttpRequest, pk: int) -> AcceptanceRun:
    if pk > MAX_ID:
        raise Http404
    return get_object_or_404(runs_of(request.user), pk=pk)


@for_linkers
@require_safe
def proposals_run(request: HttpRequest, pk: int) -> HttpResponse:
    """One acceptance of all above a score: its progress, then what it did, and the way to undo it."""
    run = _run_of(request, pk)
    undo = undo_of(run.operation)
    context = {
        "page_title": _("Cross-referencing all above %(score)s %%") % {"score": run.least_score},
        "crumbs": [(_("Contacts without account"), reverse("contact_proposals"))],
        "run": run,
        "job": proposal_page.progress_card(run),
        "sum": proposal_page.figures(run, undo),
        "is_undone": undo is not None and undo.started_at is not None,
    }
    return render(request, "contacts/proposals_run.html", context)


@for_linkers
@require_safe
def proposals_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress as a part of the page."""
    return job_part(request, proposal_page.progress_card(_run_of(request, pk)))


@for_linkers
@require_POST
def proposals_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """End an acceptance, a running one after its present step; what it has accepted stays and can be undone."""
    run = _run_of(request, pk)
    if (run.is_active or run.is_stopped) and run.undo_job_id is None:
        cancel_job(run.job)
    return redirect("contact_proposals_run", pk)


@for_linkers
@require_POST
def proposals_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a stopped acceptance, or its undo, go on from where it was."""
    run = _run_of(request, pk)
    if run.is_stopped:
        resume_job(run.present_job)
    return redirect("contact_proposals_run", pk)


@for_linkers
@require_POST
def proposals_undo(request: HttpRequest, operation: uuid.UUID) -> HttpResponse:
    """Take back what was accepted in one go, as far as nobody has changed it since."""
    run = runs_of(request.user).filter(operation=operation).first()
    if run is None and not is_undone_by(operation, request.user):
        raise Http404
    try:
        if run is None:
            take_back(operation=operation, actor=request.user)
        elif undo_run(run=run, actor=request.user).is_active:
            return redirect("contact_proposals_run", run.pk)
    except AlreadyUndone:
        messages.info(request, _("It has been taken back already."))
    else:
        _tell(request, operation)
    return redirect("contact_proposals")


def _tell(request: HttpRequest, operation: uuid.UUID) -> None:
    """What an undo that was done at once did."""
    undo = undo_of(operation)
    removed, kept = (figure(undo.counts, name) if undo else 0 for name in ("trashed", "kept"))
    if removed:
        text = ngettext("%(n)s cross-reference was taken back.", "%(n)s cross-references were taken back.", removed)
        messages.success(request, text % {"n": shown_count(removed)})
    if kept:
        text = ngettext("%(n)s stays: it was changed since.", "%(n)s stay: they were changed since.", kept)
        messages.warning(request, text % {"n": shown_count(kept)})
    if not removed and not kept:
        messages.info(request, _("There is nothing left to take back."))
