"""Closing an opportunity won or lost, and reopening it; one function each, whoever asks."""

import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.conversion import convert_to_customer
from accounts.models import Account
from core.records.door import save_record
from core.records.means import Means
from core.records.refusals import RecordChanged
from setup_values.choices import default_value
from setup_values.models import Competitor, Firm, LostReason, OpportunityStatus, WonReason

from .models import Opportunity


class OpportunityNotOpen(Exception):
    """It is won or lost already."""


class OpportunityIsOpen(Exception):
    """There is nothing to reopen."""


class WrongStatus(Exception):
    """The status asked for means something else."""


def win_opportunity(
    *,
    opportunity: Opportunity,
    actor: Any,
    amount: Decimal | None = None,
    closed_date: datetime.date | None = None,
    reason: WonReason | None = None,
    status: OpportunityStatus | None = None,
    means: Means | None = None,
) -> Opportunity:
    """Close as won; a prospect becomes a customer with it, in the same transaction.

    amount: the actual one, the estimate when not given. Raises OpportunityNotOpen (also for the second of two
    callers), WrongStatus, ValidationError.
    """
    means = means or Means("closing")
    with transaction.atomic():
        _close(opportunity, Opportunity.State.WON, status, closed_date, actor)
        opportunity.actual_amount = opportunity.amount if amount is None else amount
        opportunity.won_reason = reason
        _save(opportunity, actor, means)
        account = Account.objects.get(pk=opportunity.account_id)
        if account.lifecycle == Account.Lifecycle.PROSPECT:
            convert_to_customer(account=account, actor=actor, means=means, since=opportunity.closed_date)
    return opportunity


def lose_opportunity(
    *,
    opportunity: Opportunity,
    actor: Any,
    reason: LostReason | None = None,
    competitor: Competitor | None = None,
    note: str = "",
    closed_date: datetime.date | None = None,
    status: OpportunityStatus | None = None,
    means: Means | None = None,
) -> Opportunity:
    """Close as lost; raises as `win_opportunity` does."""
    _close(opportunity, Opportunity.State.LOST, status, closed_date, actor)
    opportunity.lost_reason, opportunity.lost_note = reason, note
    if competitor is not None:
        opportunity.competitor = competitor
    return _save(opportunity, actor, means or Means("closing"))


def reopen_opportunity(
    *, opportunity: Opportunity, actor: Any, status: OpportunityStatus | None = None, means: Means | None = None
) -> Opportunity:
    """Open a closed opportunity again: reasons, actual amount and closing date go (the history keeps them).

    The account stays what it is: it did buy, or somebody else ends that. Raises OpportunityIsOpen, WrongStatus.
    """
    if opportunity.state == Opportunity.State.OPEN:
        raise OpportunityIsOpen
    was = opportunity.state
    opportunity.status = _status(status, Opportunity.State.OPEN)
    opportunity.actual_amount = opportunity.closed_date = opportunity.closed_by = None
    opportunity.won_reason = opportunity.lost_reason = None
    opportunity.lost_note = ""
    try:
        return save_record(opportunity, actor=actor, means=means or Means("closing"), expect={"state": was})
    except RecordChanged as error:
        raise OpportunityIsOpen from error


def _status(asked: OpportunityStatus | None, meaning: str) -> OpportunityStatus:
    status = asked or default_value(OpportunityStatus, meaning=meaning)
    if status is None or status.meaning != meaning:
        raise WrongStatus
    return status


def _close(opportunity, state: str, status, closed_date, actor) -> None:
    if opportunity.state != Opportunity.State.OPEN:
        raise OpportunityNotOpen
    opportunity.status = _status(status, state)
    opportunity.closed_date = closed_date or timezone.localdate(timezone=Firm.current().zone())
    opportunity.closed_by = actor


def _save(opportunity: Opportunity, actor: Any, means: Means) -> Opportunity:
    try:
        return save_record(opportunity, actor=actor, means=means, expect={"state": Opportunity.State.OPEN})
    except RecordChanged as error:
        raise OpportunityNotOpen from error
