"""The two jobs of an import: the dry run that counts, and the run that writes; both walk the same plan."""

from collections import Counter
from typing import Any

from django.db import transaction
from django.utils import timezone


from core.jobs.context import JobContext, JobFailed
from core.jobs.runner import start_job
from core.records.means import Means

from .contact_files import open_contact_file
from .file_errors import UnusableFile
from .models import Import, ImportRow, figures
from .planning import Planned, Planner
from .writing import check_chunk, write_chunk

# At most this many rows that need a look are kept for the page; the figures count all of them.
MOST_KEPT = 10_000


class ImportNotReady(Exception):
    """The import is not at the point where this may start."""


def means_of(work: Import) -> Means:
    """The means of everything that an import writes; its operation is the same for all of its rows."""
    return Means("import", str(work.pk))


def start_check(*, work: Import, actor: Any) -> Import:
    """Begin the dry run in the background; raises ImportNotReady while one or the run itself is under way."""
    return _start(work, actor, {"uploaded", "checked", "failed"}, Import.Stage.CHECKING, "import_check", "check_job")


def start_run(*, work: Import, actor: Any) -> Import:
    """Begin writing in the background; raises ImportNotReady unless a dry run is done. A double click starts one."""
    return _start(work, actor, {"checked"}, Import.Stage.RUNNING, "import", "job")


def _start(work: Import, actor: Any, before: set[str], stage: str, kind: str, column: str) -> Import:
    with transaction.atomic():
        if not Import.objects.filter(pk=work.pk, stage__in=before).update(stage=stage, error=""):
            raise ImportNotReady
        job = start_job(kind, actor=actor)
        Import.objects.filter(pk=work.pk).update(**{column: job})
    work.refresh_from_db()
    return work


def run_check(context: JobContext) -> None:
    """The dry run: plan every row, count, keep those that need a look. Starts anew after a break."""
    work = Import.objects.select_related("created_by__role", "created_by__team").get(check_job=context.job)
    ImportRow.objects.filter(parent=work, is_planned=True).delete()
    actions: Counter = Counter()
    kept = 0
    with work.file.open("rb") as source:
        try:
            planner = Planner(work.created_by)
            for planned in planner.chunks(open_contact_file(source, work.options).rows()):
                check_chunk(planned, actor=work.created_by, means=means_of(work))
                actions.update(plan.action for plan in planned)
                kept += _keep_rows(work, planned, kept, is_planned=True)
                context.heartbeat(done=sum(actions.values()))
        except UnusableFile as error:
            _fail(work, error)
    Import.objects.filter(pk=work.pk).update(stage=Import.Stage.CHECKED, planned={"actions": actions, **figures(actions)})


def run_import(context: JobContext) -> None:
    """The run: write chunk by chunk, each in one transaction with its progress; goes on behind the last written line."""
    work = Import.objects.select_related("created_by__role", "created_by__team").get(job=context.job)
    means = means_of(work)
    with work.file.open("rb") as source:
        try:
            planner = Planner(work.created_by)
            for planned in planner.chunks(open_contact_file(source, work.options).rows()):
                if planned[-1].row.line <= context.cursor:
                    continue
                with context.step() as step:
                    also = write_chunk(planned, actor=work.created_by, means=means)
                    _note(work, planned, also)
                    step.cursor = planned[-1].row.line
                    step.done = context.job.done + len(planned)
        except UnusableFile as error:
            _fail(work, error)
    Import.objects.filter(pk=work.pk).update(stage=Import.Stage.FINISHED, finished_at=timezone.now())


def _fail(work: Import, error: UnusableFile) -> None:
    Import.objects.filter(pk=work.pk).update(stage=Import.Stage.FAILED, error=error.message)
    raise JobFailed(error.message) from error


def _note(work: Import, planned: list[Planned], also: Counter) -> None:
    """Add a chunk to the figures of the report, inside its transaction."""
    current = Import.objects.get(pk=work.pk)
    actions = Counter(current.counts.get("actions", {}))
    actions.update(plan.action for plan in planned)
    written = Counter(current.also_written)
    written.update(also)
    Import.objects.filter(pk=work.pk).update(counts={"actions": actions, **figures(actions)}, also_written=written)
    _keep_rows(work, planned, 0, is_planned=False)


def _keep_rows(work: Import, planned: list[Planned], kept: int, *, is_planned: bool) -> int:
    rows = [
        ImportRow(
            parent=work,
            is_planned=is_planned,
            line=plan.row.line,
            action=plan.action,
            title=plan.title,
            reasons=plan.reasons,
            record_id=plan.contact.pk if plan.contact is not None else None,
        )
        for plan in planned
        if plan.reasons
    ][: max(0, MOST_KEPT - kept)]
    ImportRow.objects.bulk_create(rows, batch_size=500)
    return len(rows)


