"""What a runner holds while it works: its claim on the job, its progress, and steps done exactly once."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from .models import Job


class JobFailed(Exception):
    """The work cannot be done, now or later; the text tells the user why. No further attempt is made."""


class JobCancelled(Exception):
    """Somebody asked the job to end; raised between steps, so nothing is left half done."""


class JobLost(Exception):
    """Another worker has the job; whoever sees this stops without a trace."""


@dataclass
class Step:
    """What a step reports; None leaves the column as it is."""

    done: int | None = None
    cursor: int | None = None
    total: int | None = None

    def columns(self) -> dict[str, int]:
        """{column: value} of what was reported."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass
class JobContext:
    """One attempt at a job. job is the row as it was claimed, kept in step with what this attempt reports."""

    job: Job
    token: uuid.UUID

    @property
    def cursor(self) -> int:
        """Where to go on: whatever the last committed step reported, 0 at the beginning."""
        return self.job.cursor

    def heartbeat(self, *, done: int | None = None, cursor: int | None = None, total: int | None = None) -> None:
        """Say that the work goes on and how far it is; between transactions, at least every half minute.

        Raises JobCancelled when somebody asked for the end, JobLost when another worker has taken over.
        """
        with transaction.atomic(durable=True):
            self._report(Step(done, cursor, total))
        self.refuse_when_cancelled()

    @contextmanager
    def step(self) -> Iterator[Step]:
        """A transaction whose writes and progress hold together or not at all: no row is worked on twice.

        with context.step() as step:
            save_records(rows, ...)
            step.cursor, step.done = rows[-1].line, context.job.done + len(rows)

        Raises, before the body runs, JobLost when another worker has taken over and JobCancelled when
        somebody asked for the end.
        """
        with transaction.atomic(durable=True):
            self._report(Step())
            self.refuse_when_cancelled()
            progress = Step()
            yield progress
            self._report(progress)

    def cancel_asked(self) -> bool:
        """Whether somebody has asked for the end (one query)."""
        return Job.objects.filter(pk=self.job.pk, cancel_asked=True).exists()

    def refuse_when_cancelled(self) -> None:
        """Raise JobCancelled when somebody has asked for the end."""
        if self.cancel_asked():
            raise JobCancelled

    def settle(self, state: str, error: str = "") -> None:
        """Note how this attempt ended and give the job free; raises JobLost when it is another worker's."""
        values: dict[str, Any] = {"state": state, "error": error[:2000], "run_token": None}
        if state != Job.State.WAITING:
            values["finished_at"] = timezone.now()
        self._update(values)

    def _report(self, step: Step) -> None:
        values = step.columns()
        self._update(values)
        for name, value in values.items():
            setattr(self.job, name, value)

    def _update(self, values: dict[str, Any]) -> None:
        """Write to the job as long as it is ours; the row stays locked until the transaction ends."""
        values = {"heartbeat_at": timezone.now(), **values}
        ours = Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, run_token=self.token)
        if not ours.update(**values):
            raise JobLost(self.job.pk)


def claim(job_id: int) -> JobContext | None:
    """Take a waiting job; None when it is not waiting any more. One UPDATE, so exactly one caller gets it."""
    token, now = uuid.uuid4(), timezone.now()
    claimed = Job.objects.filter(pk=job_id, state=Job.State.WAITING).update(
        state=Job.State.RUNNING,
        run_token=token,
        attempt=F("attempt") + 1,
        started_at=Coalesce("started_at", now),
        finished_at=None,
        heartbeat_at=now,
        error="",
    )
    if not claimed:
        return None
    job = Job.objects.select_related("created_by").filter(pk=job_id, run_token=token).first()
    return JobContext(job, token) if job else None
