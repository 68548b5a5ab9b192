"""Whose the account numbers of a chunk's rows are: refused where an account has one, told where the trash has it."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Account
from core.pages.deletion import may_restore
from core.records.models import TrashUnit

from .record_planning import Action, PlannedRecord


def check_numbers(planned: list[PlannedRecord], earlier: dict[int, int], user: Any) -> None:
    """Refuse numbers that another account has, of this file or hidden from user; one query per chunk.

    earlier: whose the numbers of earlier rows are, by hash; this chunk's are added.
    """
    rows = [plan for plan in planned if plan.record is not None and plan.data.values.get("number")]
    numbers = [plan.data.values["number"] for plan in rows]
    holders, trashed = _holders(numbers)
    for plan, number in zip(rows, numbers, strict=True):
        own = plan.record_id or -plan.line
        if (holders.get(number) or earlier.setdefault(hash(number), own)) != own:
            plan.leave(Action.ERROR, _("Another account has the number %(number)s.") % {"number": number})
        elif number in trashed and number not in holders:
            _tell(plan, number, trashed[number], user)


def free_numbers(refused: list[PlannedRecord], earlier: dict[int, int]) -> None:
    """Let later rows have the numbers of those that were refused after all."""
    for plan in refused:
        number = hash(plan.data.values.get("number"))
        if earlier.get(number) in (plan.matched_id, -plan.line):
            earlier.pop(number, None)


def _holders(numbers: list[str]) -> tuple[dict[str, int], dict[str, TrashUnit]]:
    """({number: account that has it}, {number: unit of the trash in which an account has it})."""
    holders: dict[str, int] = {}
    trashed: dict[str, TrashUnit] = {}
    if not numbers:
        return holders, trashed
    found = Account.all_objects.filter(number__in=numbers).select_related("trash_unit").order_by("pk")
    for account in found.only("number", "trash_unit__title", "trash_unit__deleted_by"):
        if account.trash_unit is None:
            holders[account.number] = account.pk
        else:
            trashed[account.number] = account.trash_unit
    return holders, trashed


def _tell(plan: PlannedRecord, number: str, unit: TrashUnit, user: Any) -> None:
    """What this row keeps from coming back; the unit is named to those who may restore it."""
    text = _(
        "An account in the trash has the number %(number)s: it cannot be restored any more when this row is imported."
    )
    said = text % {"number": number}
    if may_restore(user, unit):
        where = _("In the trash: %(unit)s") % {"unit": unit.title}
        said = f"{said} {where}"
        plan.trash_unit = unit.pk
    plan.reasons.append(said)
