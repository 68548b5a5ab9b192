"""Taking an import back: a job works out what would happen, another one does it, chunk by chunk."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs.context import JobContext, JobFailed
from core.jobs.runner import resume_job, start_job
from core.records import undo as records
from core.records.models import Change
from core.records.undo_log import Undo
from users.models import User

from .models import Import
from .run import locked


class UndoNotPossible(Exception):
    """The import is under way, its undo has begun, or it is undone; its page tells which."""


def undo_of(work: Import) -> Undo | None:
    """What is known of the undo of an import, None while nobody has asked for one."""
    return records.undo_of(work.operation)


def undo_title(work: Import) -> str:
    """What the trash calls that which an undone import had created."""
    return _("Import %(number)s: %(name)s") % {"number": work.pk, "name": work.file_name}


def start_undo_check(*, work: Import, actor: Any) -> Import:
    """Work out in the background what an undo would do, again when asked again; writes no record.

    Raises UndoNotPossible.
    """
    known = undo_of(work)
    if known is not None and known.started_at is not None:
        raise UndoNotPossible
    return _start(work, actor, "import_undo_check")


def start_undo(*, work: Import, actor: Any) -> Import:
    """Undo the import in the background; a double click starts one undo. Raises UndoNotPossible."""
    return _start(work, actor, "import_undo")


def _start(work: Import, actor: Any, kind: str) -> Import:
    """Claim the import, so that of several callers one begins, and none while a cancelled run goes on."""
    with transaction.atomic():
        current = locked(work)
        if not current.has_ended or current.undone_at is not None or current.is_being_undone:
            raise UndoNotPossible
        Import.objects.filter(pk=work.pk).update(undo_job=start_job(kind, actor=actor))
    work.refresh_from_db()
    return work


def resume_undo(*, work: Import) -> bool:
    """Let a stopped undo go on; False when it is not stopped."""
    return work.undo_job is not None and resume_job(work.undo_job)


def undo_now(*, work: Import, actor: Any, dry_run: bool) -> Undo:
    """Undo an import, or only work out what that would do, while the caller waits. Raises UndoNotPossible."""
    job = work.undo_job
    if not work.has_ended or work.undone_at is not None or (job is not None and not job.is_finished):
        raise UndoNotPossible
    try:
        if dry_run:
            undo = records.plan_undo(work.operation, actor=actor, title=undo_title(work))
            while records.plan_chunk(undo, actor=actor):
                pass
            return undo
        return _undo_in_chunks(work, actor)
    except records.AlreadyUndone as error:
        raise UndoNotPossible from error


def _undo_in_chunks(work: Import, actor: Any) -> Undo:
    with transaction.atomic():
        if not locked(work).has_ended:  # a cancelled run goes on
            raise UndoNotPossible
        undo = undo_of(work)
        if undo is None or undo.started_at is None:
            undo = records.start_undo(work.operation, actor=actor, title=undo_title(work))
    while True:
        with transaction.atomic():
            if not records.undo_chunk(undo, actor=actor):
                _note_undone(work)
                return undo


def run_undo_check(context: JobContext) -> None:
    """The job that works out what an undo would do; begins anew after a break."""
    work, actor = _claimed(context)
    with context.step() as step:
        step.total, step.done = _changes(work), 0
        undo = records.plan_undo(work.operation, actor=actor, title=undo_title(work))
    is_over = False
    while not is_over:
        with context.step() as step:
            number = records.plan_chunk(undo, actor=actor)
            step.done, is_over = context.job.done + number, not number


def run_undo(context: JobContext) -> None:
    """The job that undoes; after a break it goes on with the next chunk."""
    work, actor = _claimed(context)
    undo = undo_of(work)
    if undo is None or undo.started_at is None:
        with context.step() as step:
            step.total = _changes(work)
            undo = records.start_undo(work.operation, actor=actor, title=undo_title(work))
    is_over = False
    while not is_over:
        with context.step() as step:
            number = records.undo_chunk(undo, actor=actor)
            step.done, is_over = context.job.done + number, not number
            if is_over:
                _note_undone(work)


def _note_undone(work: Import) -> None:
    Import.objects.filter(pk=work.pk).update(undone_at=timezone.now())


def _changes(work: Import) -> int:
    return Change.objects.filter(operation=work.operation).count()


def _claimed(context: JobContext) -> tuple[Import, User]:
    """The import of a job and the user who asked for it; raises JobFailed when that user may not work any more."""
    work = Import.objects.get(undo_job=context.job)
    actor = User.objects.select_related("role", "team").filter(pk=context.job.created_by_id, is_active=True).first()
    if actor is None:
        raise JobFailed(_("The user who asked for it may not do that any more."))
    return work, actor
