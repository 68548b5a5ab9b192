"""Brings a large unit of the trash back in the background, chunk by chunk, so that nobody waits for it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from core.records.means import Means
from core.records.models import TrashUnit
from core.records.trash import AlreadyRestored, note_restored, restore_chunk

from .context import JobContext, JobFailed
from .runner import start_job

# More records than this are not brought back while a page waits.
MOST_AT_ONCE = 2000


def is_large(unit: TrashUnit) -> bool:
    """Whether the unit comes back in the background."""
    return sum(unit.counts.values()) > MOST_AT_ONCE


def start_restoring(unit: TrashUnit, *, actor: Any) -> None:
    """Begin to bring a unit back; a second call while it comes back does nothing. Raises AlreadyRestored."""
    if unit.restored_at is not None:
        raise AlreadyRestored
    if unit.restore_job is not None and unit.restore_job.is_active:
        return
    with transaction.atomic():
        as_read = TrashUnit.objects.filter(pk=unit.pk, restored_at=None, restore_job=unit.restore_job_id)
        job = start_job("trash_restore", actor=actor, total=sum(unit.counts.values()))
        if not as_read.update(restore_job=job):
            transaction.set_rollback(True)


def run_restoring(context: JobContext) -> None:
    """The job. What has come back stays when a later record is refused; another attempt brings the rest."""
    unit = TrashUnit.objects.get(restore_job=context.job)
    actor = context.job.created_by
    means = Means("trash")
    is_over = False
    while not is_over:
        try:
            with context.step() as step:
                restored = restore_chunk(unit, actor=actor, means=means)
                step.done, is_over = context.job.done + sum(restored.values()), not restored
                if is_over:
                    note_restored(unit, actor=actor)
        except ValidationError as error:
            raise JobFailed(" ".join(error.messages)) from error
