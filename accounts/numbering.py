"""Gives accounts without a number the next one: A-00001, A-00002 ... never one that the trash has."""

from collections.abc import Iterable
from itertools import count as count_from
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.records.rights import seen_by
from core.records.rules import RecordRule
from core.records.saving import Saving

from .models import Account, NumberCounter

COUNTER = "account"
LOOK_AHEAD = 100
TAKEN = _("Another account has this number.")
# Said where a hidden account has it: that there is one is nobody's business who may not see it.
NOT_USABLE = _("This number cannot be used.")


class AccountNumbers(RecordRule):
    """Keeps numbers once given and fills empty ones; numbers typed by hand are stepped over."""

    record_types = ("account",)

    def check(self, savings: list[Saving]) -> None:
        for saving in savings:
            account = saving.record
            account.number = " ".join(account.number.split()) or saving.old("number") or ""
        self._refuse_taken(savings)

    def _refuse_taken(self, savings: list[Saving]) -> None:
        """Numbers that accounts outside the batch have, in words that tell of no hidden account."""
        typed = {saving.record.number for saving in savings if saving.record.number != saving.old("number")} - {""}
        if not typed:
            return
        own = [saving.record.pk for saving in savings if not saving.is_new]
        holders = dict(Account.objects.filter(number__in=typed).exclude(pk__in=own).values_list("number", "pk"))
        seen = seen_accounts(holders.values(), savings[0].actor)
        for saving in savings:
            if (pk := holders.get(saving.record.number)) and saving.record.number != saving.old("number"):
                saving.refuse("number", TAKEN if pk in seen else NOT_USABLE)

    def before_write(self, savings: list[Saving]) -> None:
        unnumbered = [saving for saving in savings if not saving.record.number]
        if unnumbered:
            typed = {saving.record.number for saving in savings}
            numbers = take_numbers(len(unnumbered), avoid=typed)
            for saving, number in zip(unnumbered, numbers, strict=True):
                saving.assign("number", number)


def seen_accounts(ids: Iterable[int], user: Any) -> set[int]:
    """Those of the accounts, live or in the trash, that user sees; the system (None) sees all. No query without ids."""
    wanted = set(ids)
    if not wanted or user is None:
        return wanted
    return set(seen_by(Account, user).filter(pk__in=wanted).values_list("pk", flat=True))


def take_numbers(count: int, *, avoid: set[str]) -> list[str]:
    """The next free numbers, in order; must run inside the transaction that uses them.

    The counter stays locked until that transaction ends, so callers stand in line and a rolled back one
    leaves no gap. Numbers in avoid, and those that any account has (the trash too), are stepped over.
    """
    NumberCounter.objects.get_or_create(name=COUNTER)
    counter = NumberCounter.objects.select_for_update().get(name=COUNTER)
    free: list[str] = []
    for start in count_from(counter.value + 1, count + LOOK_AHEAD):
        ahead = [as_number(start + step) for step in range(count + LOOK_AHEAD)]
        taken = avoid.union(Account.all_objects.filter(number__in=ahead).values_list("number", flat=True))
        for value, number in enumerate(ahead, start):
            if number not in taken:
                free.append(number)
            if len(free) == count:
                NumberCounter.objects.filter(pk=counter.pk).update(value=value)
                return free
    return free


def as_number(value: int) -> str:
    """1 -> "A-00001"."""
    return f"A-{value:05d}"
