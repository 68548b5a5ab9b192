"""A worker that dies in the middle of a job of an import, and the next one that goes on where it stopped."""

import pytest

from core.jobs.models import Job
from core.jobs.runner import run_job
from imports import run as runs
from tests.imports.running import abandon

# By the function of imports.run that a run calls once per chunk in that moment.
MOMENTS = {"while writing": "keep_rows", "between two chunks": "_remember_written"}


class Killed(BaseException):
    """The worker is gone in this moment: nothing of it runs any more."""


def kill_and_resume(job: Job, *, moment: str, chunk: int) -> None:
    """Do a job; its worker dies in that moment of that chunk (from 0), and another one takes the job up."""
    unharmed, calls = getattr(runs, MOMENTS[moment]), []

    def killing(*args, **kwargs):
        calls.append(1)
        if len(calls) == chunk + 1:
            raise Killed
        return unharmed(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(runs, MOMENTS[moment], killing)
        with pytest.raises(Killed):
            run_job.func(job.pk)
        abandon(job)
        run_job.func(job.pk)
