"""Closing a lead with a reason, and bringing it back as it was."""

from typing import Any

from django.utils import timezone

from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change
from core.records.refusals import RecordChanged
from setup_values.choices import default_value
from setup_values.models import DisqualificationReason, LeadStatus

from .models import Lead
from .qualification import LeadNotOpen


class OpportunityLinked(Exception):
    """An opportunity came from this lead: it cannot be disqualified while that lives."""


class LeadNotDisqualified(Exception):
    """Only a disqualified lead can be reactivated."""


def disqualify_lead(
    *,
    lead: Lead,
    actor: Any,
    reason: DisqualificationReason | None = None,
    note: str = "",
    status: LeadStatus | None = None,
    means: Means | None = None,
) -> Lead:
    """Close an open lead; raises LeadNotOpen (also for the second of two callers) and OpportunityLinked."""
    if lead.state != Lead.State.OPEN:
        raise LeadNotOpen
    if lead.opportunities.exists():
        raise OpportunityLinked
    lead.status = status or default_value(LeadStatus, meaning=Lead.State.DISQUALIFIED)
    lead.disqualification_reason, lead.disqualification_note = reason, note
    lead.closed_at, lead.closed_by = timezone.now(), actor
    try:
        return save_record(lead, actor=actor, means=means or Means("qualification"), expect={"state": Lead.State.OPEN})
    except RecordChanged as error:
        raise LeadNotOpen from error


def reactivate_lead(*, lead: Lead, actor: Any, means: Means | None = None) -> Lead:
    """Open a disqualified lead again with the status it had; raises LeadNotDisqualified."""
    if lead.state != Lead.State.DISQUALIFIED:
        raise LeadNotDisqualified
    lead.status = _status_before(lead) or default_value(LeadStatus, meaning=Lead.State.OPEN)
    lead.disqualification_reason, lead.disqualification_note = None, ""
    lead.closed_at = lead.closed_by = None
    try:
        return save_record(
            lead, actor=actor, means=means or Means("qualification"), expect={"state": Lead.State.DISQUALIFIED}
        )
    except RecordChanged as error:
        raise LeadNotDisqualified from error


def _status_before(lead: Lead) -> LeadStatus | None:
    """The status that the disqualification replaced, if it is still in use."""
    change = (
        Change.objects.filter(record_type="lead", record_id=lead.pk, after__state=Lead.State.DISQUALIFIED)
        .order_by("-id")
        .first()
    )
    if change is None or not change.before.get("status_id"):
        return None
    return LeadStatus.objects.filter(pk=change.before["status_id"], is_active=True, meaning=Lead.State.OPEN).first()
