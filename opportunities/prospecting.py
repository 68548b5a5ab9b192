"""What joins an account and its opportunities: a prospect gets one, winning one makes it a customer."""

from typing import Any

from django.db import transaction

from accounts.models import Account
from core.records.door import save_record
from core.records.means import Means
from setup_values.choices import default_value
from setup_values.models import OpportunityStatus

from .models import Opportunity


def open_opportunity(
    *, account: Account, topic: str, actor: Any, means: Means | None = None, **fields: Any
) -> Opportunity:
    """Qualify a prospect (or serve a customer): a new open opportunity with its owner and currency.

    fields: further columns of Opportunity. Raises ValidationError, setup_values.readiness.NotReady included.
    """
    fields.setdefault("owner", account.owner or actor)
    fields.setdefault("team", fields["owner"].team)
    fields.setdefault("currency", account.currency)
    fields.setdefault("status", default_value(OpportunityStatus, meaning=Opportunity.State.OPEN))
    with transaction.atomic():
        opportunity = Opportunity(account=account, topic=topic, **fields)
        return save_record(opportunity, actor=actor, means=means or Means("qualification"))
