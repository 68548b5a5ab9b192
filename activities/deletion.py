"""Which interactions, tasks and files go with a deleted record, and which stay because others need them."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from core.records.rules import RecordRule

from .models import Attachment, Interaction, Task
from .regarding import REGARDING

ACTIVITIES = (Interaction, Task, Attachment)
# With these an activity goes in any case, unless it also tells the story of a lead that stays.
TAKING_ALONG = ("account", "opportunity")


class ActivityDeletion(RecordRule):
    """What regards an account or opportunity goes with it; with a lead or contact what regards it alone."""

    def goes_with(self, record_type: str, ids: list[int]) -> Iterable[QuerySet]:
        if record_type in TAKING_ALONG:
            for model in ACTIVITIES:
                yield model.objects.filter(gone_or_empty("lead"), **{f"{record_type}__in": ids})
        elif record_type in REGARDING:
            others = [gone_or_empty(name) for name in REGARDING if name != record_type]
            for model in ACTIVITIES:
                yield model.objects.filter(*others, **{f"{record_type}__in": ids})
        elif record_type == "interaction":
            yield Attachment.objects.filter(interaction__in=ids)

    def stays(self, record_type: str, ids: list[int]) -> Iterable[QuerySet]:
        if record_type in REGARDING:
            for model in ACTIVITIES:
                yield model.objects.filter(**{f"{record_type}__in": ids})
        elif record_type == "task":
            yield Interaction.objects.filter(task__in=ids)


def gone_or_empty(name: str) -> Q:
    """The key leads to nothing, or to a record in the trash."""
    return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__deleted_at__isnull": False})
