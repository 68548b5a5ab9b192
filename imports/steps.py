"""The pages of an import in their order, and the page on which it stands."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.jobs.models import Job
from core.pages.job_card import job_card

from .models import Import

FILE, RECOGNISED, MAPPING, MATCHING, CHECK, REPORT = range(6)
Stage = Import.Stage


def page_of(work: Import) -> str:
    """The name of the page on which the import stands: whoever returns goes on there."""
    if work.has_started:
        return "import_report"
    if work.stage in (Stage.CHECKING, Stage.CHECKED):
        return "import_check"
    if work.options.get("policy"):
        return "import_matching"
    return "import_mapping" if work.options.get("columns") else "import_recognised"


def url_of(work: Import, name: str = "") -> str:
    """The address of one of its pages, of the one on which it stands without a name."""
    return reverse(name or page_of(work), args=[work.pk])


def steps(work: Import | None, current: int) -> list[dict[str, Any]]:
    """The steps as templates/look/_steps.html takes them; cards need no mapping."""
    names = [
        (FILE, _("File"), ""),
        (RECOGNISED, _("Recognised"), "import_recognised"),
        (MAPPING, _("Mapping"), "import_mapping"),
        (MATCHING, _("Matching"), "import_matching"),
        (CHECK, _("Dry run"), "import_check"),
        (REPORT, _("Report"), "import_report"),
    ]
    if work is not None and work.is_vcard:
        del names[MAPPING]
    found = []
    for number, label, name in names:
        state = "current" if number == current else "done" if number < current else "next"
        is_open = state == "done" and name and work is not None and not work.has_started
        found.append({"label": label, "state": state, "url": url_of(work, name) if is_open else ""})
    return found


def job_of(work: Import) -> Job | None:
    """The job that works on it now, or worked last."""
    return work.job or work.check_job


def progress_card(work: Import) -> dict[str, Any]:
    """The progress of its job as templates/look/_job.html takes it."""
    is_run = work.has_started
    return job_card(
        job_of(work),
        title=_("Importing") if is_run else _("Dry run"),
        line=_("Row %(done)s"),
        line_of_total=_("Row %(done)s of %(total)s"),
        note=_(
            "You can close this page: it goes on, and you find it again under Import. If you stop it, what is written "
            "until then stays: it can go on later, or be undone."
        )
        if is_run
        else _("Nothing is written yet. You can close this page and come back."),
        url=url_of(work, "import_progress"),
        page_url=url_of(work),
        cancel_url=url_of(work, "import_cancel"),
        cancel_label=_("Stop") if is_run else "",
    )


def is_stopped(work: Import) -> bool:
    """Whether its job has stopped and can be resumed."""
    job = job_of(work)
    return work.stage in (Stage.CHECKING, Stage.RUNNING) and job is not None and job.state == Job.State.STOPPED
