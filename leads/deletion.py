"""What goes with a deleted lead, and that leads stay whatever they became is deleted."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts.models import Account
from contacts.models import Contact, CrossReference
from core.records.rules import RecordRule
from opportunities.models import Opportunity

from .models import Lead


class LeadDeletion(RecordRule):
    """A lead takes its cross-references; what it became stays, and it stays when that goes."""

    def goes_with(self, record_type: str, ids: list[int]) -> Iterable[QuerySet]:
        if record_type == "lead":
            yield CrossReference.objects.filter(lead__in=ids)

    def stays(self, record_type: str, ids: list[int]) -> Iterable[QuerySet]:
        if record_type == "lead":
            yield Account.objects.filter(qualified_leads__in=ids)
            linked = CrossReference.objects.filter(lead__in=ids).values("contact_id")
            yield Contact.objects.filter(Q(qualified_leads__in=ids) | Q(pk__in=linked))
            yield Opportunity.objects.filter(Q(qualified_leads__in=ids) | Q(originating_lead__in=ids))
        elif record_type == "account":
            yield Lead.objects.filter(Q(existing_account__in=ids) | Q(qualified_account__in=ids))
        elif record_type == "contact":
            linked = CrossReference.objects.filter(contact__in=ids).values("lead_id")
            yield Lead.objects.filter(Q(existing_contact__in=ids) | Q(qualified_contact__in=ids) | Q(pk__in=linked))
        elif record_type == "opportunity":
            yield Lead.objects.filter(qualified_opportunity__in=ids)
