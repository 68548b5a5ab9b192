"""Prospect to customer: a change of lifecycle that moves nothing and loses nothing; who and when is kept."""

from typing import Any

from django.utils import timezone

from core.records.door import save_record
from core.records.means import Means
from core.records.refusals import RecordChanged
from setup_values.models import Firm

from .models import Account


class NotAProspect(Exception):
    """The account is a customer already, or was one."""


class NotACustomer(Exception):
    """Only a customer becomes a former one, only a former one comes back."""


def convert_to_customer(*, account: Account, actor: Any, means: Means | None = None, since=None) -> Account:
    """Make a prospect a customer. since: day of the first sale, today when it is not given.

    Raises NotAProspect, also for the second of two callers.
    """
    if account.lifecycle != Account.Lifecycle.PROSPECT:
        raise NotAProspect
    now = timezone.now()
    account.lifecycle = Account.Lifecycle.CUSTOMER
    account.customer_since = account.customer_since or since or timezone.localtime(now, Firm.current().zone()).date()
    account.converted_at, account.converted_by = now, actor
    try:
        return save_record(
            account, actor=actor, means=means or Means("conversion"), expect={"lifecycle": Account.Lifecycle.PROSPECT}
        )
    except RecordChanged as error:
        raise NotAProspect from error


def end_customer(*, account: Account, actor: Any, means: Means | None = None) -> Account:
    """Mark a customer as a former one; raises NotACustomer."""
    return _move(account, Account.Lifecycle.CUSTOMER, Account.Lifecycle.FORMER, actor, means)


def win_back_customer(*, account: Account, actor: Any, means: Means | None = None) -> Account:
    """Make a former customer a customer again; raises NotACustomer."""
    return _move(account, Account.Lifecycle.FORMER, Account.Lifecycle.CUSTOMER, actor, means)


def _move(account: Account, old: str, new: str, actor: Any, means: Means | None) -> Account:
    if account.lifecycle != old:
        raise NotACustomer
    account.lifecycle = new
    try:
        return save_record(account, actor=actor, means=means or Means("conversion"), expect={"lifecycle": old})
    except RecordChanged as error:
        raise NotACustomer from error
