"""What cross-references add to every write: one primary contact, persons stay alone, links on the spot."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Account
from core.records.door import save_record, save_records
from core.records.means import Means
from core.records.models import Change
from core.records.refusals import BatchRefused
from core.records.rights import Right
from core.records.rules import RecordRule
from core.records.saving import Saving

from .cross_referencing import add
from .models import CrossReference


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
        for saving in savings:
            if saving.record.is_primary and saving.is_changed("is_primary"):
                before = list(_primary_rows(saving.record))
                for row in before:
                    row.is_primary, row.is_replaced = False, True
                save_records(before, actor=saving.actor, means=saving.means)

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
            save_record(account, actor=saving.actor, means=saving.means)

    def restoring(self, record_type: str, ids: list[int], *, actor: Any, means: Means) -> None:
        """Whoever got the mark back from an undo makes room for the row that this undo had put away with it."""
        rows = list(CrossReference.all_objects.filter(pk__in=ids, is_primary=True))
        undone = {pk: operation for pk, (operation, _is_lost) in _undone([row.pk for row in rows]).items()}
        for row in rows:
            for present in _primary_rows(row) if row.pk in undone else ():
                if undone[row.pk] in _operations_that_made_primary(present):
                    present.is_primary = False
                    save_record(present, actor=actor, means=means)

    def restored(self, record_type: str, ids: list[int], *, actor: Any, means: Means) -> None:
        """Rows that lost the mark to the undo that put them away have it again, unless somebody else got it since."""
        undone = {pk: operation for pk, (operation, is_lost) in _undone(ids).items() if is_lost}
        live = Q(account__deleted_at__isnull=True) & Q(lead__deleted_at__isnull=True)
        rows = CrossReference.objects.filter(live, pk__in=undone, is_primary=False, contact__deleted_at__isnull=True)
        ready = []
        for row in rows.order_by("pk"):
            present = _primary_rows(row).first()
            if present is None or undone[row.pk] in _operations_that_made_primary(present):
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


def _operations_that_made_primary(row: CrossReference) -> set[UUID]:
    changes = Change.objects.filter(record_type="crossreference", record_id=row.pk, kind=Change.Kind.UPDATE)
    return {operation for operation, after in changes.values_list("operation", "after") if after.get("is_primary")}


def _primary_rows(row: CrossReference):
    column = "account_id" if row.account_id else "lead_id"
    rows = CrossReference.objects.filter(**{column: getattr(row, column)}, is_primary=True)
    return rows.exclude(pk=row.pk)


class PrimaryContactRule(RecordRule):
    """The primary contact that was chosen on an account's form becomes the primary row of its cross-references."""

    record_types = ("account",)

    def follow(self, savings: list[Saving]) -> None:
        for saving in savings:
            if saving.is_changed("primary_contact_id") and not saving.record.is_person:
                self._tell(saving)

    def _tell(self, saving: Saving) -> None:
        account = saving.record
        rows = list(CrossReference.objects.filter(account=account.pk).order_by("id"))
        wanted = [row for row in rows if row.contact_id == account.primary_contact_id and not row.is_ended]
        if any(row.is_primary for row in wanted):
            return
        if account.primary_contact_id is None:
            changed = [row for row in rows if row.is_primary]
        else:
            changed = wanted[:1] or [CrossReference(contact_id=account.primary_contact_id, account=account)]
        for row in changed:
            row.is_primary = account.primary_contact_id is not None
        save_records(changed, actor=saving.actor, means=saving.means)


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
