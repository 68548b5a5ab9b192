"""The recurring duties of the background: puts abandoned jobs back, tidies up; any process may call it."""

import logging
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from core.records.form_keys import FormKey

from .models import Job, Tick
from .runner import MAX_ATTEMPTS, enqueue_after_commit, run_job

logger = logging.getLogger(__name__)

# A job is abandoned when its runner (or, waiting, its place in the queue) gave no sign of life for this long.
ABANDONED_AFTER = timedelta(seconds=90)
REAP_EVERY = timedelta(seconds=10)
TIDY_EVERY = timedelta(hours=1)
KEEP_FORM_KEYS = timedelta(days=2)
KEEP_TASK_RESULTS = timedelta(days=7)


def tick() -> None:
    """Do the duties that are due; however many processes call it, each duty is done by one of them."""
    if is_due("reap", REAP_EVERY):
        reap()
    if is_due("tidy", TIDY_EVERY):
        tidy()


def last_tick_at() -> datetime | None:
    """When some process last ticked, None when none ever did."""
    return Tick.objects.filter(name="reap").values_list("last_at", flat=True).first()


def is_due(name: str, every: timedelta) -> bool:
    """Claim a recurring duty by one UPDATE; True for exactly one caller per period."""
    now = timezone.now()
    if Tick.objects.filter(name=name, last_at__lte=now - every).update(last_at=now):
        return True
    return Tick.objects.get_or_create(name=name, defaults={"last_at": now})[1]


def reap() -> None:
    """Take up jobs that nobody works on any more: back into the queue, or stopped after MAX_ATTEMPTS."""
    silent = Job.objects.filter(heartbeat_at__lt=timezone.now() - ABANDONED_AFTER)
    for job in silent.filter(state=Job.State.RUNNING).select_related("created_by"):
        _take_from_lost_worker(job)
    for job in silent.filter(state=Job.State.WAITING):
        _put_into_queue_again(job)


def _take_from_lost_worker(job: Job) -> None:
    """The runner that held the token can no longer write; the job goes on from its last committed step."""
    still_lost = Job.objects.filter(
        pk=job.pk, state=Job.State.RUNNING, run_token=job.run_token, heartbeat_at=job.heartbeat_at
    )
    now = timezone.now()
    if job.cancel_asked:
        still_lost.update(state=Job.State.CANCELLED, run_token=None, finished_at=now)
    elif job.attempt >= MAX_ATTEMPTS:
        with translation.override(getattr(job.created_by, "language", settings.LANGUAGE_CODE)):
            text = _(
                "The work was interrupted %(times)s times, last when a server process ended. "
                "What was done until then is kept, and it can be resumed."
            ) % {"times": job.attempt}
        still_lost.update(state=Job.State.STOPPED, run_token=None, finished_at=now, error=text)
        logger.error("Job %s was interrupted %s times and is stopped", job, job.attempt)
    else:
        with transaction.atomic():
            if still_lost.update(state=Job.State.WAITING, run_token=None, heartbeat_at=now):
                logger.warning("Job %s lost its worker in attempt %s and is put back", job, job.attempt)
                enqueue_after_commit(job.pk)


def _put_into_queue_again(job: Job) -> None:
    """A waiting job normally has its task in the queue; the process may have died before it put it there."""
    queued = DBTaskResult.objects.filter(
        status="READY", task_path=run_job.module_path, args_kwargs__args__0=job.pk
    ).exists()
    with transaction.atomic():
        still_silent = Job.objects.filter(pk=job.pk, state=Job.State.WAITING, heartbeat_at=job.heartbeat_at)
        if still_silent.update(heartbeat_at=timezone.now()) and not queued:
            enqueue_after_commit(job.pk)


def tidy() -> None:
    """Remove what has served its time: used form keys, results of finished tasks, sessions that ran out."""
    now = timezone.now()
    FormKey.objects.filter(used_at__lt=now - KEEP_FORM_KEYS).delete()
    DBTaskResult.objects.finished().filter(finished_at__lt=now - KEEP_TASK_RESULTS).delete()
    # A killed worker leaves its task running for ever; the job it belonged to has long been taken up again.
    DBTaskResult.objects.running().filter(
        task_path=run_job.module_path, started_at__lt=now - KEEP_TASK_RESULTS
    ).delete()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
