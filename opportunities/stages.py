"""Moving an opportunity to another stage, and the bar that shows where it stands."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from activities.models import Task
from core.records.door import save_record
from core.records.means import Means
from core.records.refusals import RecordChanged
from setup_values.choices import active_values
from setup_values.models import Stage, StageChange

from .closing import OpportunityNotOpen
from .models import Opportunity


def move_to_stage(*, opportunity: Opportunity, stage: Stage, actor: Any, means: Means | None = None) -> Opportunity:
    """Put an open opportunity into a stage; one of another process switches the process with it.

    Raises OpportunityNotOpen, ValidationError (a retired stage). The stage it is in already changes nothing.
    """
    if opportunity.state != Opportunity.State.OPEN:
        raise OpportunityNotOpen
    opportunity.stage, opportunity.process = stage, stage.process
    try:
        return save_record(
            opportunity, actor=actor, means=means or Means("form"), expect={"state": Opportunity.State.OPEN}
        )
    except RecordChanged as error:
        raise OpportunityNotOpen from error


def stage_bar(opportunity: Opportunity, *, may_move: bool) -> list[dict]:
    """The stages of its process as look/_stage_bar.html shows them; [] without a process. Two queries."""
    if opportunity.process_id is None:
        return []
    stages = list(active_values(Stage, keep=opportunity.stage_id).filter(process=opportunity.process_id))
    spent = _days_spent(opportunity)
    current = next((index for index, stage in enumerate(stages) if stage.pk == opportunity.stage_id), -1)
    bar = []
    for index, stage in enumerate(stages):
        state = "current" if index == current else "done" if index < current else "next"
        movable = may_move and opportunity.is_open and index != current
        days = opportunity.days_in_stage if index == current else spent.get(stage.pk)
        bar.append(
            {
                "label": stage.name,
                "state": state,
                "days": days if state != "next" else None,
                "probability": f"{stage.probability} %" if state == "next" else "",
                "follows": current >= 0 and index == current + 1,
                "url": reverse("opportunity_move", args=[opportunity.pk]) + f"?stage={stage.pk}" if movable else "",
            }
        )
    return bar


def _days_spent(opportunity: Opportunity) -> dict[int, int]:
    """{stage id: whole days spent in it} from the log of moves."""
    seconds: dict[int, int] = {}
    moves = StageChange.objects.filter(record_type=opportunity.record_type(), record_id=opportunity.pk).order_by("id")
    for move in moves[:500]:
        if move.from_stage_id and move.seconds_before:
            seconds[move.from_stage_id] = seconds.get(move.from_stage_id, 0) + move.seconds_before
    return {stage: number // 86_400 for stage, number in seconds.items()}


def without_next_step() -> Q:
    """Open opportunities for which nothing is planned."""
    planned = Task.objects.filter(state=Task.State.OPEN, opportunity=OuterRef("pk"))
    return Q(state=Opportunity.State.OPEN) & ~Exists(planned)


def stale_condition(now=None):
    """Q of open opportunities that have been in their stage longer than it allows; one query over the stages."""
    now = now or timezone.now()
    condition = Q(pk__in=[])
    for pk, days in Stage.objects.filter(stale_days__isnull=False).values_list("pk", "stale_days"):
        condition |= Q(stage_id=pk, stage_entered_at__lt=now - timedelta(days=days))
    return Q(state=Opportunity.State.OPEN) & condition
