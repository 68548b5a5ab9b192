"""What goes with an account or contact: cross-references, contacts known there only, person accounts."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Account
from core.records.rules import RecordRule

from .models import Contact, CrossReference


class ContactDeletion(RecordRule):
    """A person account and its contact are one; a contact that others know too stays."""

    def goes_with(self, record_type: str, ids: list[int]) -> Iterable[QuerySet]:
        if record_type == "account":
            yield CrossReference.objects.filter(account__in=ids)
            yield Contact.objects.filter(person_account__in=ids)
            yield contacts_of_only(ids)
        elif record_type == "contact":
            yield CrossReference.objects.filter(contact__in=ids)
            yield Account.objects.filter(person__in=ids)

    def stays(self, record_type: str, ids: list[int]) -> Iterable[QuerySet]:
        if record_type == "account":
            links = CrossReference.objects.filter(account__in=ids, contact=OuterRef("pk"))
            yield Contact.objects.filter(Exists(links))
        elif record_type == "contact":
            yield Account.objects.filter(primary_contact__in=ids)


def contacts_of_only(account_ids: list[int]) -> QuerySet:
    """Live contacts that are cross-referenced to these accounts and to no other live account or lead.

    A contact that is a person account itself belongs to more than its employer.
    """
    links = CrossReference.objects.filter(contact=OuterRef("pk"))
    elsewhere = links.filter(
        Q(account__isnull=False, account__deleted_at__isnull=True) & ~Q(account__in=account_ids)
        | Q(lead__isnull=False, lead__deleted_at__isnull=True)
    )
    person = Q(person_account__isnull=True) | Q(person_account__in=account_ids)
    return Contact.objects.filter(person, Exists(links.filter(account__in=account_ids)), ~Exists(elsewhere))
