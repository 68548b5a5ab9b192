"""The two jobs of an import: the dry run that counts, and the run that writes; both walk the same plan."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs.context import JobContext, JobFailed
from core.jobs.models import Job
from core.jobs.runner import cancel_job, resume_job, start_job
from core.records.means import Means
from core.records.undo import forget_plan
from setup_values.readiness import require_ready
from users.models import User

from .file_errors import UnusableFile
from .mapped_files import MappedFile
from .models import Import, ImportRow, figures
from .planned_row import PlannedRow
from .planning import in_chunks
from .row_choices import corrections_of, decisions_of
from .row_records import keep_rows
from .stored_files import stored_file
from .target_list import target_of
from .targets import Walk
from .unknown_names import UnknownNames

ENDED = (Job.State.STOPPED, Job.State.FAILED, Job.State.CANCELLED)


class ImportNotReady(Exception):
    """The import is not at the point where this may start; its page tells where it is."""


class DatesUndecided(Exception):
    """Whether day or month comes first in a column must be chosen first; `fields` names the columns."""

    def __init__(self, fields: list[str]):
        super().__init__(", ".join(fields))
        self.fields = fields


def means_of(work: Import) -> Means:
    """The means of everything that an import writes; its operation is the same for all of its rows."""
    return Means("import", str(work.pk), work.operation)


def require_dates(work: Import) -> None:
    """Raise DatesUndecided when it must be chosen first whether day or month comes first in a column."""
    undecided = [
        name
        for name, column in work.recognised.get("dates", {}).items()
        if column["order"] == "ambiguous" and not work.options.get("date_orders", {}).get(name)
    ]
    if undecided:
        raise DatesUndecided(undecided)


def start_check(*, work: Import, actor: Any) -> Import:
    """Begin the dry run in the background, again after another choice.

    Raises ImportNotReady while one or the run itself is under way, DatesUndecided, NotReady (the gate).
    """
    require_dates(work)
    is_over = work.check_job is not None and work.check_job.state in ENDED
    if work.stage == Import.Stage.RUNNING or (work.stage == Import.Stage.CHECKING and not is_over):
        raise ImportNotReady
    return _start(work, actor, "import_check", "check_job", stage=Import.Stage.CHECKING, planned={})


def start_run(*, work: Import, actor: Any) -> Import:
    """Begin writing in the background; a double click starts one run.

    Raises ImportNotReady unless a dry run is done, NotReady (the gate).
    """
    if work.stage != Import.Stage.CHECKED:
        raise ImportNotReady
    return _start(work, actor, "import", "job", stage=Import.Stage.RUNNING, started_at=timezone.now())


def _start(work: Import, actor: Any, kind: str, column: str, **values: Any) -> Import:
    """Claim the import as it was read, so that of several callers one begins."""
    require_ready(work.entity)
    with transaction.atomic():
        as_read = Import.objects.filter(
            pk=work.pk, stage=work.stage, check_job=work.check_job_id, job=None, started_at=None
        )
        job = start_job(kind, actor=actor, total=work.planned.get("rows") or work.recognised.get("rows"))
        if not as_read.update(**{column: job}, error="", **values):
            raise ImportNotReady
    work.refresh_from_db()
    return work


def cancel_check(*, work: Import) -> Import:
    """End a dry run that is under way and go back to the choices; nothing when there is none."""
    with transaction.atomic():
        is_ours = Import.objects.filter(pk=work.pk, stage=Import.Stage.CHECKING, check_job=work.check_job_id)
        if is_ours.update(stage=Import.Stage.UPLOADED) and work.check_job is not None:
            cancel_job(work.check_job)
    work.refresh_from_db()
    return work


def cancel_run(*, work: Import) -> None:
    """Ask a run to end behind the chunk that it is writing, a waiting or stopped one at once; else nothing."""
    if work.stage == Import.Stage.RUNNING and work.job is not None:
        cancel_job(work.job)


def resume(*, work: Import) -> bool:
    """Let a stopped dry run or run go on where it was, and a cancelled run unless its undo was asked for.

    False when there is nothing to go on with.
    """
    with transaction.atomic():
        current = locked(work)
        job = current.job or current.check_job
        if job is None or (current.is_cancelled and not _withdraw_undo(current)):
            return False
        return resume_job(job, even_cancelled=current.is_cancelled)


def _withdraw_undo(work: Import) -> bool:
    """Drop what was worked out for the undo of a cancelled run; False once an undo was asked for."""
    return not work.is_being_undone and work.undone_at is None and forget_plan(work.operation)


def locked(work: Import) -> Import:
    """The import as it is now; until the caller's transaction ends nobody else decides about it."""
    return Import.objects.select_for_update().get(pk=work.pk)


def run_check(context: JobContext) -> None:
    """The dry run: plan every row, count, keep what becomes of it. Begins anew after a break."""
    work = Import.objects.select_related("created_by__role", "created_by__team").get(check_job=context.job)
    actor = _actor_of(work)
    with context.step() as step:
        ImportRow.objects.filter(parent=work, is_planned=True).delete()
        step.done = 0
    actions: Counter = Counter()
    unknown = UnknownNames()
    with _opened(work) as opened:
        walk = walk_of(work, actor)
        for batch in in_chunks(opened.rows()):
            planned = walk.plan(batch)
            walk.check(planned, means_of(work))
            actions.update(plan.action for plan in planned)
            with context.step() as step:
                unknown.add(keep_rows(work, planned, is_planned=True, opened=opened))
                step.done = context.job.done + len(planned)
        dates = opened.date_orders() if opened.table is not None else {}
    with context.step():
        found = {"actions": actions, **figures(actions), "unknown": unknown.names, "dates": dates}
        Import.objects.filter(pk=work.pk, stage=Import.Stage.CHECKING).update(stage=Import.Stage.CHECKED, planned=found)


def walk_of(work: Import, actor: User) -> Walk:
    """Begin to plan the rows of an import, as the user has decided about single ones."""
    walk = target_of(work).walk(actor, actor, work.options | {"in_sheet": bool(work.recognised.get("sheet"))})
    walk.decisions = decisions_of(work)
    return walk


def run_import(context: JobContext) -> None:
    """The run: write chunk by chunk, each in one transaction with its progress; goes on behind the last written row."""
    work = Import.objects.select_related("created_by__role", "created_by__team").get(job=context.job)
    actor = _actor_of(work)
    with _opened(work) as opened:
        walk = walk_of(work, actor)
        for batch in in_chunks(opened.rows()):
            todo = _remember_written(work, walk, batch, context.cursor)
            if not todo:
                context.heartbeat()
                continue
            planned = walk.plan(todo)
            with context.step() as step:
                apply_chunk(work, planned, walk, opened)
                step.cursor, step.done = todo[-1].number, context.job.done + len(todo)
    with context.step():
        finish(work)


def _remember_written(work: Import, walk: Walk, batch: list[Any], cursor: int) -> list[Any]:
    """Tell the walk what was written before a break; returns the rows that are still to be written."""
    written = [row for row in batch if row.number <= cursor]
    if written:
        found = ImportRow.objects.filter(parent=work, is_planned=False)
        found = found.filter(number__gte=written[0].number, number__lte=written[-1].number)
        walk.remember(written, {n: (act, pk) for n, act, pk in found.values_list("number", "action", "record_id")})
    return batch[len(written) :]


def apply_chunk(work: Import, planned: list[PlannedRow], walk: Walk, opened: MappedFile) -> None:
    """Write a planned chunk with its rows and figures inside the caller's transaction."""
    also = walk.write(planned, means_of(work))
    actions = Counter(work.counts.get("actions", {}))
    actions.update(plan.action for plan in planned)
    work.counts = {"actions": dict(actions), **figures(actions)}
    work.also_written = dict(Counter(work.also_written) + also)
    Import.objects.filter(pk=work.pk).update(counts=work.counts, also_written=work.also_written)
    keep_rows(work, planned, is_planned=False, opened=opened)


def finish(work: Import) -> None:
    """Note that every row has been written; the rows of the dry run have served their time."""
    ImportRow.objects.filter(parent=work, is_planned=True).delete()
    Import.objects.filter(pk=work.pk).update(
        stage=Import.Stage.FINISHED, finished_at=timezone.now(), counts={"actions": {}, **figures({}), **work.counts}
    )


def actor_of(work: Import) -> User | None:
    """The user with whose rights the import acts, None when he may not import any more."""
    actor = work.created_by
    return actor if actor is not None and actor.is_active and target_of(work).may_import(actor) else None


def rights_of(work: Import, viewer: User) -> User:
    """With whose rights its pages ask and offer: the import's own, whoever looks at it.

    An import whose user may not import any more does nothing; its pages stay readable with the rights of the viewer.
    """
    return actor_of(work) or viewer


def _actor_of(work: Import) -> User:
    """The user who brought the file; raises JobFailed when he may not import any more, or nothing can be imported."""
    try:
        require_ready(work.entity)
    except ValidationError as error:
        raise _failed(work, " ".join(error.messages)) from error
    actor = actor_of(work)
    if actor is None:
        raise _failed(work, _("The user who brought this file may not import any more."))
    return actor


@contextmanager
def _opened(work: Import) -> Iterator[MappedFile]:
    """The file of an import, opened as the user chose; what makes it unusable ends the job with a reason."""
    try:
        with stored_file(work) as source:
            opened = target_of(work).open(source, work.options)
            opened.corrections = corrections_of(work)
            yield opened
    except UnusableFile as error:
        raise _failed(work, error.message) from error


def _failed(work: Import, text: str) -> JobFailed:
    """Note why it cannot be done, unless it was begun anew meanwhile; the answer is to be raised."""
    as_read = Import.objects.filter(pk=work.pk, stage=work.stage, check_job=work.check_job_id, job=work.job_id)
    as_read.update(stage=Import.Stage.FAILED, error=text, finished_at=timezone.now())
    return JobFailed(text)
