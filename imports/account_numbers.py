"""Whose the account numbers of a chunk's rows are: refused where an account has one, told where the trash has it."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.numbering import NOT_USABLE, seen_accounts
from core.pages.deletion import may_restore

from .record_planning import Action, PlannedRecord


def check_numbers(planned: list[PlannedRecord], earlier: dict[int, int], user: Any) -> None:
    """Refuse numbers that another account has, of this file or hidden from user; at most two queries per chunk.

    earlier: whose the numbers of earlier rows are, by hash; this chunk's are added. Of a hidden account nothing is
    told, be it live or in the trash.
    """
    rows = [plan for plan in planned if plan.record is not None and plan.data.values.get("number")]
    numbers = [plan.data.values["number"] for plan in rows]
    holders, trashed = _holders(numbers)
    own_ones = {plan.record_id for plan in rows}
    others = {*holders.values(), *(account.pk for account in trashed.values())} - own_ones
    seen = seen_accounts(others, user) | own_ones
    for plan, number in zip(rows, numbers, strict=True):
        own = plan.record_id or -plan.line
        holder = holders.get(number)
        if (holder or earlier.setdefault(hash(number), own)) != own:
            is_hidden = holder is not None and holder not in seen
            text = (
                str(NOT_USABLE) if is_hidden else _("Another account has the number %(number)s.") % {"number": number}
            )
            plan.leave(Action.ERROR, text)
        elif number in trashed and number not in holders:
            _tell(plan, trashed[number], user, is_seen=trashed[number].pk in seen)


def free_numbers(refused: list[PlannedRecord], earlier: dict[int, int]) -> None:
    """Let later rows have the numbers of those that were refused after all."""
    for plan in refused:
        number = hash(plan.data.values.get("number"))
        if earlier.get(number) in (plan.matched_id, -plan.line):
            earlier.pop(number, None)


def _holders(numbers: list[str]) -> tuple[dict[str, int], dict[str, Account]]:
    """({number: account that has it}, {number: account of the trash that has it})."""
    holders: dict[str, int] = {}
    trashed: dict[str, Account] = {}
    if not numbers:
        return holders, trashed
    found = Account.all_objects.filter(number__in=numbers).select_related("trash_unit").order_by("pk")
    for account in found.only("number", "trash_unit__title", "trash_unit__deleted_by"):
        if account.trash_unit is None:
            holders[account.number] = account.pk
        else:
            trashed[account.number] = account
    return holders, trashed


def _tell(plan: PlannedRecord, account: Account, user: Any, *, is_seen: bool) -> None:
    """What this row keeps from coming back; the unit is named to those who may restore it."""
    unit = account.trash_unit
    may_name = may_restore(user, unit)
    if not is_seen and not may_name:
        return
    text = _(
        "An account in the trash has the number %(number)s: it cannot be restored any more when this row is imported."
    )
    said = text % {"number": account.number}
    if may_name:
        where = _("In the trash: %(unit)s") % {"unit": unit.title}
        said = f"{said} {where}"
        plan.trash_unit = unit.pk
    plan.reasons.append(said)
