"""Keeps opportunities findable by the name of their account when that name changes."""

from core.records.rules import RecordRule
from core.records.saving import Saving
from core.records.search_text import refresh_records

from .models import Opportunity


class FollowAccountName(RecordRule):
    """Writes the search text of an account's opportunities anew after the account was renamed."""

    record_types = ("account",)

    def follow(self, savings: list[Saving]) -> None:
        renamed = [saving.record.pk for saving in savings if not saving.is_new and saving.is_changed("name")]
        if renamed:
            rows = Opportunity.all_objects.filter(account__in=renamed)
            refresh_records(Opportunity, list(rows.values_list("pk", flat=True)))
