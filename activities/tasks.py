"""What becomes of a task: completed with its outcome, cancelled, reopened."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.records.door import save_record
from core.records.means import Means
from core.records.refusals import RecordChanged

from .models import Interaction, Task
from .regarding import REGARDING

# What the outcome of a task of this kind is, unless somebody says otherwise.
OUTCOME_KINDS = {
    Task.Kind.TO_DO: Interaction.Kind.NOTE,
    Task.Kind.CALL: Interaction.Kind.CALL,
    Task.Kind.MEETING: Interaction.Kind.MEETING,
}


class TaskNotOpen(Exception):
    """The task is done or cancelled already."""


class TaskIsOpen(Exception):
    """There is nothing to reopen."""


@dataclass(frozen=True)
class Completed:
    """A completed task with the interaction that holds its outcome."""

    task: Task
    outcome: Interaction


def complete_task(
    *,
    task: Task,
    actor: Any,
    outcome: str = "",
    happened_at=None,
    duration_minutes: int | None = None,
    follow_up_date=None,
    means: Means | None = None,
) -> Completed:
    """Close an open task and write its outcome as an interaction that points back to it; all or nothing.

    Raises TaskNotOpen for the second of two callers, ValidationError when the outcome cannot be kept.
    """
    means = means or Means("form")
    now = timezone.now()
    with transaction.atomic():
        _move(task, Task.State.DONE, actor=actor, means=means, at=now)
        keys = {f"{name}_id": getattr(task, f"{name}_id") for name in REGARDING}
        interaction = Interaction(
            kind=OUTCOME_KINDS[task.kind],
            subject=task.subject,
            body=outcome,
            happened_at=happened_at or now,
            duration_minutes=duration_minutes,
            follow_up_date=follow_up_date,
            direction=Interaction.Direction.OUTGOING if task.kind == Task.Kind.CALL else "",
            task=task,
            owner=actor,
            team=actor.team,
            **keys,
        )
        save_record(interaction, actor=actor, means=means)
    return Completed(task, interaction)


def cancel_task(*, task: Task, actor: Any, means: Means | None = None) -> Task:
    """Close an open task without an outcome; raises TaskNotOpen."""
    return _move(task, Task.State.CANCELLED, actor=actor, means=means or Means("form"), at=timezone.now())


def reopen_task(*, task: Task, actor: Any, means: Means | None = None) -> Task:
    """Open a done or cancelled task again; its outcome stays in the timeline. Raises TaskIsOpen."""
    if task.state == Task.State.OPEN:
        raise TaskIsOpen
    task.state, task.completed_at, task.completed_by = Task.State.OPEN, None, None
    return save_record(task, actor=actor, means=means or Means("form"))


def _move(task: Task, state: str, *, actor: Any, means: Means, at) -> Task:
    if task.state != Task.State.OPEN:
        raise TaskNotOpen
    task.state, task.completed_at, task.completed_by = state, at, actor
    try:
        return save_record(task, actor=actor, means=means, expect={"state": Task.State.OPEN})
    except RecordChanged as error:
        raise TaskNotOpen from error
