"""The card of background work: how far its job is; it asks for itself until there is nothing to wait for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.jobs.models import Job

from .pager import shown_count


def job_card(
    job: Job | None,
    *,
    title: str,
    line: str,
    line_of_total: str,
    note: str,
    url: str,
    page_url: str,
    cancel_url: str = "",
    cancel_label: str = "",
) -> dict[str, Any]:
    """The progress of a job as templates/look/_job.html takes it; None is one that was never asked for.

    line: says how far it is, with %(done)s; line_of_total: the same once the total is known, with %(total)s too.
    cancel_url: where its end is asked for, "" where that is not offered, with the label of the button.
    """
    done, total = (job.done, job.total) if job is not None else (0, None)
    is_waiting = job is not None and job.state == Job.State.WAITING and not done
    figures = {"done": shown_count(done), "total": shown_count(max(total or 0, done))}
    is_ending = job is not None and job.is_active and job.cancel_asked
    text = _("Waiting for its turn") if is_waiting else (line_of_total if total else line) % figures
    return {
        "title": title,
        "line": _("%(line)s · being stopped") % {"line": text} if is_ending else text,
        "percent": (job.percent if job is not None else 0) or 0,
        "note": note,
        "running": job is not None and job.is_active,
        "url": url,
        "page_url": page_url,
        "cancel_url": "" if is_ending else cancel_url,
        "cancel_label": cancel_label,
    }


def job_part(request: HttpRequest, card: dict[str, Any]) -> HttpResponse:
    """The card as a part of its page; the whole page is asked for anew once there is nothing to wait for."""
    if not card["running"]:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "look/_job.html", {"job": card})
