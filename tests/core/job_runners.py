"""Runners that the tests of background work name in JOB_RUNNERS; what they do is written to FormKey rows."""

import time
import uuid

from core.jobs.context import JobContext, JobFailed
from core.records.form_keys import FormKey
from users.models import User

ROWS = 20
PER_STEP = 5


def _apply(context: JobContext, row: int) -> None:
    """Leave one trace per row and application; `url` says which."""
    FormKey.objects.create(key=uuid.uuid4(), user=User.objects.first(), url=f"{context.job.pk}/{row}")


def count(context: JobContext) -> None:
    """Work on ROWS rows in steps of PER_STEP, from the cursor on."""
    context.heartbeat(total=ROWS)
    while context.cursor < ROWS:
        with context.step() as step:
            for row in range(context.cursor, context.cursor + PER_STEP):
                _apply(context, row)
            step.cursor = step.done = context.cursor + PER_STEP


def stall(context: JobContext) -> None:
    """Do one step, begin the second and never end it."""
    with context.step() as step:
        for row in range(PER_STEP):
            _apply(context, row)
        step.cursor = step.done = PER_STEP
    with context.step() as step:
        _apply(context, PER_STEP)
        time.sleep(120)


def break_in_second_step(context: JobContext) -> None:
    """Do one step; the second fails after it has written."""
    with context.step() as step:
        _apply(context, context.cursor)
        step.cursor = step.done = context.cursor + 1
    with context.step() as step:
        _apply(context, context.cursor)
        step.cursor = 999
        raise RuntimeError("planted")


def refuse(context: JobContext) -> None:
    """Tell the user why it cannot be done."""
    raise JobFailed("The file is empty.")


def traces(job) -> list[int]:
    """The rows that were applied for a job, in order, a row twice when it was applied twice."""
    urls = FormKey.objects.filter(url__startswith=f"{job.pk}/").values_list("url", flat=True)
    return sorted(int(url.split("/")[1]) for url in urls)
