"""What goes with a deleted account, and what a deletion leaves, among the opportunities."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from core.records.rules import RecordRule

from .models import Opportunity, Stakeholder


class OpportunityDeletion(RecordRule):
    """Opportunities go with their account; that of another account stays when its contact goes."""

    def goes_with(self, record_type: str, ids: list[int]) -> Iterable[QuerySet]:
        if record_type == "account":
            yield Opportunity.objects.filter(account__in=ids)

    def stays(self, record_type: str, ids: list[int]) -> Iterable[QuerySet]:
        if record_type == "contact":
            yield Opportunity.objects.filter(contact__in=ids)
            stakes = Stakeholder.objects.filter(contact__in=ids, parent=OuterRef("pk"))
            yield Opportunity.objects.filter(Exists(stakes))
