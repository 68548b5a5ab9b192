"""Which contact and account a row of a file means: by vCard UID, then e-mail, phone or company together with the name."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Account
from contacts.models import Contact, ContactEmail, ContactPhone, CrossReference
from core.text.normalise import company_key, fold, normalise_email, normalise_phone

from .contact_files import SourceRow

# Fewer digits than these say nothing about who is meant (extensions, emergency numbers).
SHORTEST_PHONE = 6


@dataclass(frozen=True)
class RowKeys:
    """What identifies the person of a row. name is folded; emails and phones are normalised."""

    uid: str
    name: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    company: str

    def identities(self) -> list[tuple[str, ...]]:
        """Keys of which two rows of one file share one when they mean the same person."""
        found: list[tuple[str, ...]] = [("uid", self.uid)] if self.uid else []
        found += [("email", email, self.name) for email in self.emails]
        found += [("phone", phone, self.name) for phone in self.phones]
        if not self.emails and not self.phones:
            found.append(("name", self.name, self.company))
        return found


def full_name_of(values: dict[str, Any]) -> str:
    """The name under which a row's contact is shown, "" when it has none."""
    parts = " ".join(f"{values['first_name']} {values['middle_name']} {values['last_name']}".split())
    return parts or values["display_name"]


def keys_of(row: SourceRow, region: str) -> RowKeys:
    """The identifying values of a row. region: country for national phone numbers."""
    values = row.values
    emails = tuple(dict.fromkeys(filter(None, (normalise_email(one["value"]) for one in values["emails"]))))
    numbers = (normalise_phone(one["value"], region) for one in values["phones"] if not one["kind"].startswith("fax"))
    phones = tuple(dict.fromkeys(number for number in numbers if len(number) >= SHORTEST_PHONE))
    company = values["organization"] or values.get("account_name", "")
    name = fold(full_name_of(values))[:300]
    return RowKeys(_uid(values), name, emails, phones, company_key(company)[:200] if company else "")


def _uid(values: dict[str, Any]) -> str:
    return values["uid"][:255] if values.get("uid") else ""


@dataclass
class KnownContacts:
    """The contacts that a chunk of rows may mean, fetched with one query per kind of evidence."""

    by_uid: dict[str, Contact] = field(default_factory=dict)
    by_email: dict[str, list[Contact]] = field(default_factory=lambda: defaultdict(list))
    by_phone: dict[str, list[Contact]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, list[Contact]] = field(default_factory=lambda: defaultdict(list))
    links: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    companies: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, keys: list[RowKeys], user: Any) -> "KnownContacts":
        """Look up what the rows of a chunk may mean among the contacts that user sees."""
        known = cls()
        visible = Contact.objects.visible_to(user)
        emails = {email for key in keys for email in key.emails}
        phones = {phone for key in keys for phone in key.phones}
        names = {key.name for key in keys if key.name and not key.emails and not key.phones}
        uids = {key.uid for key in keys if key.uid}
        people: dict[int, Contact] = {}
        email_ids = _parents(ContactEmail, emails)
        phone_ids = _parents(ContactPhone, phones)
        wanted = {pk for ids in (*email_ids.values(), *phone_ids.values()) for pk in ids}
        for chunk in _chunks(sorted(wanted)):
            people.update(visible.in_bulk(chunk))
        for chunk in _chunks(sorted(uids)):
            for person in visible.filter(vcard_uid__in=chunk):
                known.by_uid[person.vcard_uid] = people.setdefault(person.pk, person)
        for chunk in _chunks(sorted(names)):
            for person in visible.filter(folded_name__in=chunk):
                known.by_name[person.folded_name].append(people.setdefault(person.pk, person))
        for source, target in ((email_ids, known.by_email), (phone_ids, known.by_phone)):
            for value, ids in source.items():
                target[value] = [people[pk] for pk in ids if pk in people]
        known._read_links(list(people))
        return known

    def _read_links(self, ids: list[int]) -> None:
        for chunk in _chunks(ids):
            rows = CrossReference.objects.filter(contact__in=chunk, account__isnull=False)
            for contact_id, account_id, key in rows.values_list("contact_id", "account_id", "account__company_key"):
                self.links[contact_id].add(account_id)
                self.companies[contact_id].add(key)

    def find(self, keys: RowKeys) -> tuple[Contact | None, list[Contact]]:
        """(the contact that is meant, others that share evidence but are somebody else or cannot be told apart)."""
        if keys.uid and keys.uid in self.by_uid:
            return self.by_uid[keys.uid], []
        near: dict[int, Contact] = {}
        for evidence, values in ((self.by_email, keys.emails), (self.by_phone, keys.phones)):
            same = {}
            for value in values:
                for person in evidence.get(value, ()):
                    near[person.pk] = person
                    if not keys.name or person.folded_name == keys.name:
                        same[person.pk] = person
            if len(same) == 1:
                return next(iter(same.values())), []
            if same:
                return None, list(same.values())
        if not keys.emails and not keys.phones:
            same_name = [person for person in self.by_name.get(keys.name, ()) if self._same_company(person, keys)]
            if len(same_name) == 1:
                return same_name[0], []
            if same_name:
                return None, same_name
        return None, list(near.values())

    def _same_company(self, person: Contact, keys: RowKeys) -> bool:
        own = {company_key(person.company_name)} if person.company_name else set()
        companies = own | self.companies.get(person.pk, set())
        return keys.company in companies or (not keys.company and not companies)


def _parents(model: Any, values: set[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for chunk in _chunks(sorted(values)):
        for value, parent in model.objects.filter(normalized__in=chunk).order_by("parent_id").values_list("normalized", "parent_id"):
            if parent not in found[value]:
                found[value].append(parent)
    return found


def _chunks(values: list) -> list[list]:
    """Lists short enough for one statement of either database."""
    return [values[start : start + 500] for start in range(0, len(values), 500)]


@dataclass
class KnownAccounts:
    """Accounts by company key, grown by those that the import makes; one query per chunk for what is new."""

    user: Any
    by_key: dict[str, list[Account]] = field(default_factory=dict)

    def load(self, keys: set[str]) -> None:
        """Look up keys that have not been asked for yet."""
        missing = sorted(key for key in keys if key and key not in self.by_key)
        for chunk in _chunks(missing):
            self.by_key.update({key: [] for key in chunk})
            for account in Account.objects.visible_to(self.user).filter(company_key__in=chunk).order_by("pk"):
                self.by_key[account.company_key].append(account)

    def find(self, name: str) -> tuple[Account | None, bool]:
        """(the account that is meant or None, whether several could be)."""
        found = self.by_key.get(company_key(name)[:200], [])
        exact = [account for account in found if account.folded_name == fold(name)[:200]]
        if len(exact) == 1 or len(found) == 1:
            return (exact or found)[0], False
        return None, len(found) > 1

    def add(self, account: Account) -> None:
        """Remember an account that this import makes."""
        self.by_key.setdefault(company_key(account.name)[:200], []).append(account)
