"""Person accounts: an account that is a person and the one contact behind it are written as one."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, AccountEmail, AccountPhone
from core.records import child_rows
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change, ChildRow
from core.records.refusals import RecordChanged
from core.records.rules import RecordRule
from core.records.saving import Saving

from .models import Contact, ContactAddress, ContactEmail, ContactPhone

# What an account takes over from the contact behind it: child rows, and the primary address as billing address.
CHANNELS = {"emails": AccountEmail, "phones": AccountPhone}
ADDRESS = ("street", "city", "region", "postcode", "country")
# What the contact takes over from the account: who is responsible.
RESPONSIBLE = ("owner_id", "team_id")


def person_account_for(*, contact: Contact, actor: Any, means: Means | None = None, **values: Any) -> Account:
    """The person account behind which contact stands; made when there is none, with further columns from values.

    A second call answers the same account. Raises ValidationError when the account may not be written.
    """
    present = _person_account(contact)
    if present is not None:
        return present
    values.setdefault("owner", contact.owner)
    values.setdefault("team", contact.team)
    account = Account(kind=Account.Kind.PERSON, name=contact.full_name, **values)
    try:
        with transaction.atomic():
            # The rule below finds the contact here and puts it behind the account.
            account.person = contact
            return save_record(account, actor=actor, means=means or Means("form"))
    except RecordChanged:
        contact.refresh_from_db()
        present = _person_account(contact)
        if present is None:
            raise
        return present


def _person_account(contact: Contact) -> Account | None:
    return contact.person_account if contact.person_account_id is not None else None


def split_name(name: str) -> tuple[str, str]:
    """("Ana María", "Ruiz Sanz") of a name written in one: a guess, the first half of its words is the first name."""
    words = name.split()
    half = len(words) // 2 if len(words) > 1 else 0
    return " ".join(words[:half]), " ".join(words[half:])


class PersonAccountRule(RecordRule):
    """Keeps both halves in step: the contact is the master of name and channels, the account of who is responsible."""

    record_types = ("account", "contact")

    def check(self, savings: list[Saving]) -> None:
        if isinstance(savings[0].record, Contact):
            for saving in savings:
                if saving.old("person_account_id") and saving.is_changed("person_account_id"):
                    saving.refuse("", _("A contact stays behind its person account."))
            return
        for saving in savings:
            if not saving.is_new and saving.is_changed("kind"):
                self._check_kind(saving)
        persons = [saving for saving in savings if saving.record.is_person and not saving.errors]
        self._derive([saving for saving in persons if not saving.is_new and saving.old("kind") == Account.Kind.PERSON])
        for saving in persons:
            if saving.is_new and (person := _cached_person(saving.record)):
                _take_over(saving, person, *_rows_of([person.pk]))
            elif saving.is_new or saving.is_changed("kind"):
                _check_name(saving)

    def _check_kind(self, saving: Saving) -> None:
        """A kind may change only while nothing depends on it."""
        account = saving.record
        if not account.is_person:
            saving.refuse("kind", _("A person account stays one: its contact is behind it."))
        elif account.cross_references.exists() or account.opportunities.exists():
            saving.refuse("kind", _("The kind cannot be changed any more: there are contacts or opportunities."))

    def _derive(self, savings: list[Saving]) -> None:
        """Write what the contacts say over what a form or file says; three queries for all."""
        if not savings:
            return
        people = Contact.objects.filter(person_account__in=[saving.record.pk for saving in savings])
        by_account = {person.person_account_id: person for person in people}
        rows = _rows_of([person.pk for person in by_account.values()])
        for saving in savings:
            if person := by_account.get(saving.record.pk):
                _take_over(saving, person, *rows)

    def must_stay(self, record_type: str, ids: list[int]) -> dict[int, str]:
        """Contacts of accounts that were there before them: an operation made persons of these, and cannot undo that.

        An account that came in with its contact goes with it.
        """
        if record_type != Contact.record_type():
            return {}
        people = Contact.objects.filter(pk__in=ids, person_account__isnull=False)
        behind = dict(people.values_list("pk", "person_account_id"))
        made = _operations(Contact, behind), _operations(Account, behind.values())
        text = _("A person account stays one: its contact is behind it.")
        return {pk: text for pk, account_id in behind.items() if made[0].get(pk) != made[1].get(account_id)}

    def follow(self, savings: list[Saving]) -> None:
        if isinstance(savings[0].record, Contact):
            self._tell_accounts(savings)
            return
        for saving in savings:
            account = saving.record
            if account.is_person and (saving.is_new or saving.is_changed("kind")):
                self._put_contact_behind(saving)
            elif account.is_person and saving.is_changed(*RESPONSIBLE):
                self._tell_contact(saving)

    def _put_contact_behind(self, saving: Saving) -> None:
        account = saving.record
        person = _cached_person(account)
        children = None
        if person is None:
            first_name, last_name = split_name(account.name)
            person = Contact(first_name=first_name, last_name=last_name, owner=account.owner, team=account.team)
            children = {**self._channels_of(saving), "addresses": _address_of(account)}
        expect = None if person.pk is None else {"person_account_id": None}
        # The number alone: behind the account itself, the contact of a refused account would be found there again.
        person.person_account_id = account.pk
        save_record(person, actor=saving.actor, means=saving.means, expect=expect, children=children)

    def _channels_of(self, saving: Saving) -> dict[str, list[ChildRow]]:
        """The e-mails and phones with which an account came in, as rows of its contact."""
        account = saving.record
        models = {"emails": ContactEmail, "phones": ContactPhone}
        return {
            name: [
                models[name](**{column: getattr(row, column) for column in row.VALUE_FIELDS})
                for row in (saving.children or {}).get(name) or getattr(account, name).all()
            ]
            for name in CHANNELS
        }

    def _tell_contact(self, saving: Saving) -> None:
        person = Contact.objects.filter(person_account=saving.record.pk).first()
        if person is not None:
            for name in RESPONSIBLE:
                setattr(person, name, getattr(saving.record, name))
            save_record(person, actor=saving.actor, means=saving.means)

    def _tell_accounts(self, savings: list[Saving]) -> None:
        """Saving an account takes over what its contact says (`check`), so it is enough to save it."""
        told = {saving.record.person_account_id: saving for saving in savings if saving.record.person_account_id}
        accounts = Account.objects.in_bulk(list(told)) if told else {}
        for pk, account in accounts.items():
            saving = told[pk]
            if saving.is_changed(*RESPONSIBLE) and not saving.is_new:
                for name in RESPONSIBLE:
                    setattr(account, name, getattr(saving.record, name))
            save_record(account, actor=saving.actor, means=saving.means)


def _operations(model: type[Account | Contact], ids: Iterable[int]) -> dict[int, Any]:
    """{record id: the operation that made it}."""
    rows = Change.objects.filter(
        kind=Change.Kind.CREATE, record_type=model.record_type(), record_id__in=list(ids)
    ).order_by()
    return dict(rows.values_list("record_id", "operation"))


def _address_of(account: Account) -> list[ContactAddress]:
    """The billing address with which an account came in, as the primary address of its contact; [] without one."""
    parts = {part: getattr(account, f"billing_{part}") for part in ADDRESS}
    return [ContactAddress(**parts, is_primary=True)] if any(parts.values()) else []


def _check_name(saving: Saving) -> None:
    """Refuse the name of an account that the contact to be made behind it cannot hold."""
    for column, text in zip(("first_name", "last_name"), split_name(saving.record.name), strict=True):
        longest = Contact._meta.get_field(column).max_length
        if len(text) > longest:
            said = _("The first names and the last names of a person have up to %(most)s characters each.")
            saving.refuse("name", said % {"most": longest})


def _cached_person(account: Account) -> Contact | None:
    """The contact that was put behind an account before it was saved; asks nothing."""
    return account._state.fields_cache.get("person")


def _rows_of(contact_ids: Iterable[int]) -> tuple[dict, dict, dict]:
    """The e-mails, phones and addresses of contacts by contact id."""
    ids = [pk for pk in contact_ids if pk is not None]
    emails, phones, addresses = (child_rows.load(Contact, name, ids) for name in ("emails", "phones", "addresses"))
    return emails, phones, addresses


def _take_over(saving: Saving, person: Contact, emails: dict, phones: dict, addresses: dict) -> None:
    """Give an account that is being saved the name, channels and address of the contact behind it."""
    account = saving.record
    account.name = person.full_name[:200]
    children = dict(saving.children or {})
    for name, rows in (("emails", emails), ("phones", phones)):
        children[name] = [
            CHANNELS[name](**{column: getattr(row, column) for column in row.VALUE_FIELDS})
            for row in rows.get(person.pk, [])
        ]
    saving.children = children
    # Child rows were looked at before the rules: these are new, so they are looked at again.
    child_rows.load_before([saving])
    child_rows.clean(saving)
    home = next((row for row in addresses.get(person.pk, []) if row.is_primary), None)
    for part in ADDRESS:
        setattr(account, f"billing_{part}", getattr(home, part) if home else "")
    account.derive(saving.children)
