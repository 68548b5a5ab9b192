"""What cross-references add to every write: one primary contact, persons stay alone, links on the spot."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Account
from core.records.door import save_along, save_records
from core.records.means import Means
from core.records.models import Change
from core.records.refusals import BatchRefused
from core.records.rights import Right
from core.records.rules import RecordRule
from core.records.saving import Saving

from .cross_referencing import add
from .models import CrossReference

# (column, id): the account or lead of a cross-reference.
Holder = tuple[str, int]


class CrossReferenceRule(RecordRule):
    """One primary row for an account or lead, and the account's own column says the same."""

    record_types = ("crossreference",)

    def check(self, savings: list[Saving]) -> None:
        for saving in savings:
            row = saving.record
            if row.is_ended:
                row.is_primary = False
            if row.account_id and saving.is_changed("account_id") and row.account.is_person:
                saving.refuse("account", _("This account is a person: nobody else is cross-referenced to it."))

    def before_write(self, savings: list[Saving]) -> None:
        """The old primary row goes first: one primary holds at every statement."""
        marked = [saving for saving in savings if saving.record.is_primary and saving.is_changed("is_primary")]
        present = _primary_rows([saving.record for saving in marked])
        before, means = {}, {}
        for saving in marked:
            for row in present.get(_holder(saving.record), ()):
                if row.pk != saving.record.pk:
                    row.is_primary, row.is_replaced = False, True
                    before[row.pk], means[row.pk] = row, saving.means
        if before:
            save_along(list(before.values()), actor=marked[0].actor, means=list(means.values()))

    def follow(self, savings: list[Saving]) -> None:
        """Give each account the primary contact that its rows now name."""
        told = {s.record.account_id: s for s in savings if s.record.account_id and s.is_changed("is_primary")}
        spoken = {pk: saving for pk, saving in told.items() if not getattr(saving.record, "is_replaced", False)}
        accounts = Account.objects.in_bulk(list(spoken)) if spoken else {}
        for pk, account in accounts.items():
            saving = spoken[pk]
            if saving.record.is_primary:
                account.primary_contact_id = saving.record.contact_id
            elif account.primary_contact_id == saving.record.contact_id:
                account.primary_contact_id = None
        if accounts:
            means = [spoken[pk].means for pk in accounts]
            save_along(list(accounts.values()), actor=savings[0].actor, means=means)

    def restoring(self, record_type: str, ids: list[int], *, actor: Any, means: Means) -> None:
        """Whoever got the mark back from an undo makes room for the row that this undo had put away with it."""
        rows = list(CrossReference.all_objects.filter(pk__in=ids, is_primary=True))
        undone = {pk: operation for pk, (operation, _is_lost) in _undone([row.pk for row in rows]).items()}
        rows = [row for row in rows if row.pk in undone]
        present = _primary_rows(rows)
        made_by = _operations_that_made_primary(present)
        leaving = {}
        for row in rows:
            for other in present.get(_holder(row), ()):
                if undone[row.pk] in made_by[other.pk]:
                    other.is_primary = False
                    leaving[other.pk] = other
        save_along(list(leaving.values()), actor=actor, means=means)

    def restored(self, record_type: str, ids: list[int], *, actor: Any, means: Means) -> None:
        """Rows that lost the mark to the undo that put them away have it again, unless somebody else got it since."""
        undone = {pk: operation for pk, (operation, is_lost) in _undone(ids).items() if is_lost}
        live = Q(account__deleted_at__isnull=True) & Q(lead__deleted_at__isnull=True)
        rows = CrossReference.objects.filter(live, pk__in=undone, is_primary=False, contact__deleted_at__isnull=True)
        waiting = list(rows.order_by("pk"))
        present = _primary_rows(waiting)
        made_by = _operations_that_made_primary(present)
        ready = []
        for row in waiting:
            others = present.get(_holder(row), ())
            if all(undone[row.pk] in made_by[other.pk] for other in others):
                row.is_primary = True
                ready.append(row)
        while ready:
            try:
                save_records(ready, actor=actor, means=means)
                break
            except BatchRefused as refused:  # the row is back; without the mark is better than not at all
                ready = [row for index, row in enumerate(ready) if index not in refused.errors]


def _undone(ids: list[int]) -> dict[int, tuple[UUID, bool]]:
    """{id: (operation, whether it took the mark away)} of rows that an undo put into the trash, not a person."""
    changes = Change.objects.filter(record_type="crossreference", record_id__in=ids).order_by("pk") if ids else ()
    lost: dict[int, UUID | None] = {}
    deleted: dict[int, UUID | None] = {}
    for change in changes:
        if change.kind == Change.Kind.DELETE:
            deleted[change.record_id] = change.operation if change.means == "undo" else None
        elif "is_primary" in change.after:
            lost[change.record_id] = change.operation if change.before.get("is_primary") else None
    return {pk: (operation, lost.get(pk) == operation) for pk, operation in deleted.items() if operation is not None}


def _operations_that_made_primary(present: dict[Holder, list[CrossReference]]) -> dict[int, set[UUID]]:
    """{id: operations that gave the row its mark} of the rows that have it now."""
    made_by: dict[int, set[UUID]] = {row.pk: set() for rows in present.values() for row in rows}
    changes = Change.objects.filter(record_type="crossreference", record_id__in=made_by, kind=Change.Kind.UPDATE)
    for pk, operation, after in changes.values_list("record_id", "operation", "after") if made_by else ():
        if after.get("is_primary"):
            made_by[pk].add(operation)
    return made_by


def _holder(row: CrossReference) -> Holder:
    return ("account_id", row.account_id) if row.account_id else ("lead_id", row.lead_id)


def _primary_rows(rows: Iterable[CrossReference]) -> dict[Holder, list[CrossReference]]:
    """The rows with the mark by the account or lead of these; one query for the accounts, one for the leads."""
    holders: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        column, pk = _holder(row)
        holders[column].add(pk)
    found: dict[Holder, list[CrossReference]] = defaultdict(list)
    for column, ids in holders.items():
        for row in CrossReference.objects.filter(**{f"{column}__in": ids}, is_primary=True):
            found[_holder(row)].append(row)
    return found


class PrimaryContactRule(RecordRule):
    """The primary contact that was chosen on an account's form becomes the primary row of its cross-references."""

    record_types = ("account",)

    def follow(self, savings: list[Saving]) -> None:
        chosen = [s for s in savings if s.is_changed("primary_contact_id") and not s.record.is_person]
        rows: dict[int, list[CrossReference]] = defaultdict(list)
        if chosen:
            for row in CrossReference.objects.filter(account__in=[s.record.pk for s in chosen]).order_by("id"):
                rows[row.account_id].append(row)
        changed = [(row, s.means) for s in chosen for row in _rows_to_tell(s.record, rows[s.record.pk])]
        if changed:
            save_along(
                [row for row, _means in changed], actor=chosen[0].actor, means=[means for _row, means in changed]
            )


def _rows_to_tell(account: Account, rows: list[CrossReference]) -> list[CrossReference]:
    """The rows that change, or the new one, so that they name the primary contact of their account."""
    wanted = [row for row in rows if row.contact_id == account.primary_contact_id and not row.is_ended]
    if any(row.is_primary for row in wanted):
        return []
    if account.primary_contact_id is None:
        changed = [row for row in rows if row.is_primary]
    else:
        changed = wanted[:1] or [CrossReference(contact_id=account.primary_contact_id, account=account)]
    for row in changed:
        row.is_primary = account.primary_contact_id is not None
    return changed


class LinkOnTheSpot(RecordRule):
    """Cross-references the contact of an opportunity, task or interaction to its account when its form asks for it.

    A form that offers "another contact" sets `link_contact = True` on the record; nothing else does.
    """

    record_types = ("opportunity", "task", "interaction")

    def check(self, savings: list[Saving]) -> None:
        for saving in self._asked(savings):
            if saving.actor is not None and not saving.record.account.allows(saving.actor, Right.EDIT):
                text = _("You may not cross-reference contacts to this account; ask its owner.")
                saving.refuse("contact", text)

    def before_write(self, savings: list[Saving]) -> None:
        for saving in self._asked(savings):
            record = saving.record
            add(contacts=[record.contact], holders=[record.account], actor=saving.actor, means=saving.means)

    def _asked(self, savings: list[Saving]) -> Iterator[Saving]:
        for saving in savings:
            record = saving.record
            asked = getattr(record, "link_contact", False) and record.account_id and record.contact_id
            if asked and not record.account.is_person:
                yield saving
