"""Cross-references: tying contacts to accounts and leads in a role, the primary contact, beginning and end."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from core.records.door import save_record, save_records
from core.records.means import Means
from core.records.models import Record, TrashUnit
from core.records.refusals import BatchRefused
from core.records.trash import delete_record
from setup_values.models import ContactRole

from .models import Contact, CrossReference


class ReferenceEnded(Exception):
    """The cross-reference has ended; it must be reopened first."""


@dataclass(frozen=True)
class Added:
    """What `add` did. made: new or reopened rows; known: pairs (contact, holder) that were tied so already."""

    made: list[CrossReference]
    known: list[tuple[Contact, Record]]


def not_cross_referenced() -> Q:
    """The condition for contacts without account: no cross-reference, not even an ended one, no person account."""
    links = CrossReference.objects.filter(contact=OuterRef("pk"), account__isnull=False)
    return Q(person_account__isnull=True) & ~Q(Exists(links))


def is_cross_referenced(contact: Contact) -> bool:
    """Whether the contact belongs to an account: by a cross-reference, or as the person behind a person account."""
    if contact.person_account_id is not None:
        return True
    return CrossReference.objects.filter(contact=contact.pk, account__isnull=False).exists()


def column_of(holder: Record) -> str:
    """The foreign key of a cross-reference that leads to an account or a lead ("account", "lead")."""
    return holder.record_type()


def add(
    *,
    contacts: Sequence[Contact],
    holders: Sequence[Record],
    actor: Any,
    role: ContactRole | None = None,
    from_date: datetime.date | None = None,
    means: Means | None = None,
) -> Added:
    """Tie every contact to every holder (accounts, or leads) in one role; all or nothing.

    What is tied in this role already (in any, where none is given) stays as it is, or is reopened when it has ended,
    so that a second call changes nothing. Raises ValidationError when a pair may not be tied.
    """
    pairs = [(contact, holder) for holder in holders for contact in contacts]
    return add_pairs(pairs=pairs, actor=actor, role=role, from_date=from_date, means=means)


def add_pairs(
    *,
    pairs: Sequence[tuple[Contact, Record]],
    actor: Any,
    role: ContactRole | None = None,
    from_date: datetime.date | None = None,
    means: Means | None = None,
) -> Added:
    """Tie each contact to the holder beside it, as `add` does; the number of queries is that of one pair.

    Raises ValidationError when a pair may not be tied.
    """
    means = means or Means("form")
    with transaction.atomic():
        try:
            with transaction.atomic():
                return _add(pairs, actor, role, from_date, means)
        except BatchRefused:
            # Somebody tied one of the pairs in this moment: what is there now counts, the rest is tried once more.
            return _try_again(pairs, actor, role, from_date, means)


def _try_again(pairs, actor, role, from_date, means: Means) -> Added:
    try:
        return _add(pairs, actor, role, from_date, means)
    except BatchRefused as refused:
        raise next(iter(refused.errors.values())) from refused


def _add(pairs, actor, role, from_date, means: Means) -> Added:
    made, new, known = [], [], []
    present = _present(pairs, role)
    for contact, holder in pairs:
        column = column_of(holder)
        row = present.get((column, holder.pk, contact.pk))
        if row is None:
            new.append(CrossReference(contact=contact, role=role, from_date=from_date, **{column: holder}))
        elif row.is_ended:
            row.to_date = None
            made.append(save_record(row, actor=actor, means=means))
        else:
            known.append((contact, holder))
    made += save_records(new, actor=actor, means=means)
    return Added(made, known)


def _present(pairs, role) -> dict[tuple[str, int, int], CrossReference]:
    """{(column, holder id, contact id): the row that says already what is to be added}.

    One that has not ended comes before one that has. One query per kind of holder.
    """
    holders: dict[str, set[int]] = {}
    for _contact, holder in pairs:
        holders.setdefault(column_of(holder), set()).add(holder.pk)
    contacts = {contact.pk for contact, _holder in pairs}
    found: dict[tuple[str, int, int], CrossReference] = {}
    for column, ids in holders.items():
        rows = CrossReference.objects.filter(**{f"{column}__in": ids}, contact__in=contacts)
        if role is not None:
            rows = rows.filter(role=role.pk)
        ordered = rows.select_related("contact", column).order_by(models.F("to_date").desc(nulls_first=True), "id")
        for row in ordered:
            found.setdefault((column, getattr(row, f"{column}_id"), row.contact_id), row)
    return found


def change(*, reference: CrossReference, actor: Any, means: Means | None = None, **values: Any) -> CrossReference:
    """Give a row another role, beginning or end. values: role, from_date, to_date; one left out stays as it is.

    Raises ValidationError (the role is taken, the end lies before the beginning), RecordChanged.
    """
    for name in ("role", "from_date", "to_date"):
        if name in values:
            setattr(reference, name, values[name])
    return save_record(reference, actor=actor, means=means or Means("form"))


def make_primary(*, reference: CrossReference, actor: Any, means: Means | None = None) -> CrossReference:
    """Make this contact the primary one of its account or lead in place of another; a second call changes nothing.

    Raises ReferenceEnded, RecordChanged.
    """
    if reference.is_ended:
        raise ReferenceEnded
    reference.is_primary = True
    return save_record(reference, actor=actor, means=means or Means("form"))


def clear_primary(*, reference: CrossReference, actor: Any, means: Means | None = None) -> CrossReference:
    """Leave the account or lead without primary contact; a row that is not primary stays as it is."""
    reference.is_primary = False
    return save_record(reference, actor=actor, means=means or Means("form"))


def end(*, reference: CrossReference, actor: Any, means: Means | None = None) -> CrossReference:
    """Let a row end today (on its first day, if that lies ahead); one that has ended keeps its day."""
    if reference.is_ended:
        return reference
    today = timezone.localdate()
    reference.to_date = max(today, reference.from_date or today)
    reference.is_primary = False
    return save_record(reference, actor=actor, means=means or Means("form"))


def reopen(*, reference: CrossReference, actor: Any, means: Means | None = None) -> CrossReference:
    """Take the end of a row away; an open one stays as it is."""
    reference.to_date = None
    return save_record(reference, actor=actor, means=means or Means("form"))


def remove(*, reference: CrossReference, actor: Any, means: Means | None = None) -> TrashUnit:
    """Put a row that was a mistake into the trash; what has been true should be ended instead.

    Restored, it is no longer primary. Raises RecordChanged when it is in the trash already, NotAllToDelete.
    """
    means = means or Means("form")
    with transaction.atomic():
        if reference.is_primary:
            clear_primary(reference=reference, actor=actor, means=means)
        return delete_record(reference, actor=actor, means=means)
