"""Starts jobs, runs each by one worker at a time, and settles how it ended."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, close_old_connections, transaction
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_tasks import task

from .context import JobCancelled, JobContext, JobFailed, JobLost, claim
from .models import Job

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
SECONDS_BEFORE_NEXT_ATTEMPT = 10

Runner = Callable[[JobContext], None]


def runner_of(kind: str) -> Runner:
    """The function that settings.JOB_RUNNERS names for a kind; ImproperlyConfigured when there is none."""
    try:
        return import_string(settings.JOB_RUNNERS[kind])
    except (KeyError, ImportError) as error:
        raise ImproperlyConfigured(f"JOB_RUNNERS names no function for jobs of kind {kind!r}") from error


def start_job(kind: str, *, actor: Any, total: int | None = None) -> Job:
    """Create a waiting job; it enters the queue when the caller's transaction commits.

    actor: the user who asked for it, None for the system. total: how many rows it will take, if known.
    Raises ImproperlyConfigured for a kind without a runner.
    """
    runner_of(kind)
    job = Job.objects.create(kind=kind, created_by=actor, total=total, heartbeat_at=timezone.now())
    enqueue_after_commit(job.pk)
    return job


def resume_job(job: Job, *, even_cancelled: bool = False) -> bool:
    """Let a stopped job go on from its cursor, with fresh attempts; False when it is not stopped.

    even_cancelled: one that somebody ended may go on as well.
    """
    states = [Job.State.STOPPED, *([Job.State.CANCELLED] if even_cancelled else [])]
    with transaction.atomic():
        resumed = Job.objects.filter(pk=job.pk, state__in=states).update(
            state=Job.State.WAITING,
            attempt=0,
            error="",
            cancel_asked=False,
            finished_at=None,
            heartbeat_at=timezone.now(),
        )
        if resumed:
            enqueue_after_commit(job.pk)
    return bool(resumed)


def cancel_job(job: Job) -> None:
    """Ask a job to end: a waiting or stopped one ends now, a running one after its present step."""
    ended = Job.objects.filter(pk=job.pk, state__in=[Job.State.WAITING, Job.State.STOPPED]).update(
        state=Job.State.CANCELLED, cancel_asked=True, finished_at=timezone.now()
    )
    if not ended:
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(cancel_asked=True)


def enqueue_after_commit(job_id: int, *, wait_seconds: int = 0) -> None:
    """Put the job into the queue once the transaction is committed; a failure is left to the ticker."""
    transaction.on_commit(partial(_enqueue, job_id, wait_seconds), robust=True)


def _enqueue(job_id: int, wait_seconds: int) -> None:
    run_after = timezone.now() + timedelta(seconds=wait_seconds) if wait_seconds else None
    run_job.using(run_after=run_after).enqueue(job_id)


def _reason(error: Exception) -> str:
    """Why the work stopped, as far as the user or an administrator can do something about it."""
    if isinstance(error, OperationalError) and _is_disk_full(error):
        return _("The disk of the database is full. Make room there, then resume (job %(number)s).")
    if isinstance(error, DatabaseError):
        return _("The database refused to write; the log of the server says more (job %(number)s).")
    return _("An unexpected error stopped the work; the log of the server says more (job %(number)s).")


def _is_disk_full(error: OperationalError) -> bool:
    """SQLite says so in words, PostgreSQL by SQLSTATE 53100."""
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) == "53100" or str(cause) == "database or disk is full"


@task()
def run_job(job_id: int) -> None:
    """Run a waiting job from its cursor to its end; nothing when it is not waiting or is taken."""
    context = claim(job_id)
    if context is None:
        return
    with translation.override(getattr(context.job.created_by, "language", settings.LANGUAGE_CODE)):
        try:
            _run(context)
        except JobLost:
            logger.warning("Job %s was taken over by another worker", job_id)


def _run(context: JobContext) -> None:
    """Call the runner and settle the outcome; raises JobLost when it is no longer this worker's to tell."""
    try:
        runner_of(context.job.kind)(context)
    except JobLost:
        raise
    except JobCancelled:
        context.settle(Job.State.CANCELLED)
    except JobFailed as failure:
        context.settle(Job.State.FAILED, str(failure))
    except Exception as error:
        logger.exception("Job %s failed in attempt %s", context.job, context.job.attempt)
        # The connection itself may be what broke.
        if not transaction.get_connection().in_atomic_block:
            close_old_connections()
        _try_again(context, error)
    else:
        context.settle(Job.State.FINISHED)


def _try_again(context: JobContext, error: Exception) -> None:
    if context.job.attempt >= MAX_ATTEMPTS:
        kept = _("What was done until then is kept, and it can be resumed.")
        context.settle(Job.State.STOPPED, f"{_reason(error) % {'number': context.job.pk}} {kept}")
        return
    with transaction.atomic():
        context.settle(Job.State.WAITING)
        enqueue_after_commit(context.job.pk, wait_seconds=SECONDS_BEFORE_NEXT_ATTEMPT * context.job.attempt)
