"""Which contact and account a row of a file means: by vCard UID, else by e-mail, phone or company with the name."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Account
from contacts.models import Contact, ContactEmail, ContactPhone, CrossReference
from core.text.normalise import company_key, fold, normalise_email, normalise_phone

from .choices import Choices
from .contact_records import ContactData
from .earlier_rows import EarlierLines
from .statements import in_parts

# Fewer digits than these say nothing about who is meant (extensions, emergency numbers).
SHORTEST_PHONE = 6
# More contacts than these that share an e-mail or phone with a row need not be read to know that they are several.
MOST_NEAR = 20


@dataclass(frozen=True)
class RowKeys:
    """What identifies the person of a row. name is folded as the contact's own will be; emails and phones normalised.

    is_named: False when only an e-mail or phone stands in the place of a name.
    """

    uid: str
    name: str
    is_named: bool
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    company: str
    # The number that the contact has in this CRM, as a file of our own export says it.
    record_id: str = ""


def keys_of(data: ContactData, region: str) -> RowKeys:
    """The identifying values of a row. region: country for national phone numbers."""
    columns = data.columns
    emails: list[Any] = data.children.get("emails", [])
    phones: list[Any] = data.children.get("phones", [])
    addresses = dict.fromkeys(filter(None, (normalise_email(row.value) for row in emails)))
    numbers = dict.fromkeys(normalise_phone(row.value, region) for row in phones if not row.kind.startswith("fax"))
    parts = (columns.get(name, "") for name in ("first_name", "middle_name", "last_name"))
    name = " ".join(" ".join(parts).split())
    given = name or columns.get("display_name") or columns.get("nickname", "")
    reached = data.primary("emails") or data.primary("phones")
    company = columns.get("company_name", "")
    return RowKeys(
        uid=columns.get("vcard_uid", ""),
        name=fold(given or reached or company)[:300],
        is_named=bool(given or not reached),
        emails=tuple(addresses),
        phones=tuple(number for number in numbers if len(number) >= SHORTEST_PHONE),
        company=account_key(data.row.values["account_name"] or company),
        record_id=data.row.values["record_id"],
    )


def account_name(text: str) -> str:
    """The name that an account made of text gets."""
    return " ".join(text[:200].split())


def account_key(text: str) -> str:
    """The key under which an account of that name is found, "" for none."""
    name = account_name(text)
    return company_key(name)[:200] if name else ""


_ALL = Choices()


def chosen_evidence(keys: RowKeys, choices: Choices) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(e-mails, phones) of a row as far as they are to tell whom it means."""
    return keys.emails if choices.uses("email") else (), keys.phones if choices.uses("phone") else ()


class FileIndex:
    """The lines of a file by what identifies their persons, so that no contact is written twice."""

    def __init__(self, choices: Choices = _ALL) -> None:
        self.choices = choices
        self.known = EarlierLines()

    def earlier(self, keys: RowKeys) -> int | None:
        """The line of an earlier row that means the same person; a row without name means whoever shares its e-mail."""
        return self.known.first(self._wanted(keys))

    def near(self, keys: RowKeys) -> int | None:
        """The line of an earlier row with the same e-mail or phone, whoever it means."""
        return self.known.first(self._evidence(keys))

    def add(self, keys: RowKeys, line: int) -> None:
        """Remember a row; of rows that mean the same person the first one counts."""
        held = [hash(("held", keys.uid))] if keys.uid else []
        self.known.note((*self._same(keys), *self._evidence(keys), *held), line)

    def holds_uid(self, uid: str) -> bool:
        """Whether an earlier row has that UID."""
        return self.known.first([hash(("held", uid))]) is not None

    def _wanted(self, keys: RowKeys) -> Iterable[int]:
        if keys.is_named:
            return self._same(keys)
        emails, phones = chosen_evidence(keys, self.choices)
        return (*self._same(keys), *(hash(("any", one)) for one in (*emails, *phones)))

    def _same(self, keys: RowKeys) -> list[int]:
        emails, phones = chosen_evidence(keys, self.choices)
        found = [hash(("uid", keys.uid))] if keys.uid and self.choices.uses("uid") else []
        found += [hash((one, keys.name)) for one in (*emails, *phones)]
        if self.choices.uses("company") and not emails and not phones:
            found.append(hash(("name", keys.name, keys.company)))
        return found

    @staticmethod
    def _evidence(keys: RowKeys) -> list[int]:
        return [hash(("any", one)) for one in (*keys.emails, *keys.phones)]


@dataclass(frozen=True)
class Found:
    """What the database knows of a row: `contact` that it means; `several` that cannot be told apart; `near` ones."""

    contact: Contact | None = None
    several: tuple[Contact, ...] = ()
    near: tuple[Contact, ...] = ()


@dataclass
class KnownContacts:
    """The contacts that a chunk of rows may mean, fetched with one query per kind of evidence."""

    by_uid: dict[str, Contact] = field(default_factory=dict)
    by_email: dict[str, list[Contact]] = field(default_factory=lambda: defaultdict(list))
    by_phone: dict[str, list[Contact]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, list[Contact]] = field(default_factory=lambda: defaultdict(list))
    # Accounts to which contacts are cross-referenced, and the keys of these: by contact id.
    links: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    companies: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_id: dict[int, Contact] = field(default_factory=dict)
    choices: Choices = _ALL
    # UIDs that no new contact may take: of contacts that the user does not see, or that are in the trash.
    taken_uids: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, keys: list[RowKeys], user: Any, *, without: set[int], choices: Choices = _ALL) -> "KnownContacts":
        """Look up what the rows of a chunk may mean among the contacts that user sees, leaving out some ids."""
        known = cls(choices=choices)
        names = {key.name for key in keys}
        people: dict[int, Contact] = {}
        email_ids = _parents(ContactEmail, {email for key in keys for email in key.emails}, names)
        phone_ids = _parents(ContactPhone, {phone for key in keys for phone in key.phones}, names)
        wanted = {pk for ids in (*email_ids.values(), *phone_ids.values()) for pk in ids} - without
        visible = Contact.objects.visible_to(user)
        for chunk in in_parts(wanted):
            people.update(visible.in_bulk(chunk))
        known._read_uids({key.uid for key in keys if key.uid}, visible, people, without)
        known._read_ids({key.record_id for key in keys if key.record_id}, visible, people)
        only_names = {key.name for key in keys if key.name and known._goes_by_company(key)}
        for chunk in in_parts(only_names):
            for person in visible.filter(folded_name__in=chunk).order_by("pk"):
                if person.pk not in without:
                    known.by_name[person.folded_name].append(people.setdefault(person.pk, person))
        for source, target in ((email_ids, known.by_email), (phone_ids, known.by_phone)):
            for value, ids in source.items():
                target[value] = [people[pk] for pk in ids if pk in people]
        known._read_links(list(people))
        return known

    def _read_uids(self, uids: set[str], visible: Any, people: dict[int, Contact], without: set[int]) -> None:
        for chunk in in_parts(uids):
            for person in visible.filter(vcard_uid__in=chunk):
                if person.pk not in without:
                    self.by_uid[person.vcard_uid] = people.setdefault(person.pk, person)
            taken = Contact.all_objects.filter(vcard_uid__in=chunk).values_list("vcard_uid", flat=True)
            self.taken_uids.update(uid for uid in taken if uid not in self.by_uid)

    def _read_ids(self, numbers: set[str], visible: Any, people: dict[int, Contact]) -> None:
        for chunk in in_parts(int(number) for number in numbers if is_record_id(number)):
            for pk, person in visible.in_bulk(chunk).items():
                self.by_id[pk] = people.setdefault(pk, person)

    def _goes_by_company(self, keys: RowKeys) -> bool:
        """Whether nothing but the company tells whom a row means."""
        return self.choices.uses("company") and chosen_evidence(keys, self.choices) == ((), ())

    def _read_links(self, ids: list[int]) -> None:
        for chunk in in_parts(ids):
            rows = CrossReference.objects.filter(contact__in=chunk, account__isnull=False)
            for contact_id, account_id, key in rows.values_list("contact_id", "account_id", "account__company_key"):
                self.links[contact_id].add(account_id)
                self.companies[contact_id].add(key)

    def find(self, keys: RowKeys) -> Found:
        """The contact that is meant: by UID, else the only one with the same name and e-mail, or name and phone.

        A row with neither means the only one of its name and company. A row without name means the only one with
        its e-mail or phone. Only the keys that the user chose count.
        """
        if self.choices.uses("uid") and keys.uid in self.by_uid:
            return Found(self.by_uid[keys.uid])
        near: dict[int, Contact] = {}
        evidences = (("email", self.by_email, keys.emails), ("phone", self.by_phone, keys.phones))
        for name, evidence, values in evidences:
            sharing = {person.pk: person for value in values for person in evidence.get(value, ())}
            near |= sharing
            if not self.choices.uses(name):
                continue
            same = [person for person in sharing.values() if person.folded_name == keys.name]
            if not same and not keys.is_named:
                same = list(sharing.values())
            if same:
                return Found(same[0]) if len(same) == 1 else Found(several=tuple(same))
        if self._goes_by_company(keys):
            namesakes = self.by_name.get(keys.name, ())
            same = [person for person in namesakes if self._is_same_company(person, keys)]
            if same:
                return Found(same[0]) if len(same) == 1 else Found(several=tuple(same))
        return Found(near=tuple(near.values()))

    def has_uid(self, contact: Contact | None, uid: str) -> bool:
        """Whether that UID is the one of a contact that is there."""
        return contact is not None and self.by_uid.get(uid) == contact

    def _is_same_company(self, person: Contact, keys: RowKeys) -> bool:
        own = {account_key(person.company_name)} if person.company_name else set()
        companies = own | self.companies.get(person.pk, set())
        return keys.company in companies or (not keys.company and not companies)


def _parents(model: Any, values: set[str], names: set[str]) -> dict[str, list[int]]:
    """{value: contact ids}: all that have one of the names, and of the others so many that several are several."""
    found: dict[str, list[int]] = defaultdict(list)
    for chunk in in_parts(values):
        rows = model.objects.filter(normalized__in=chunk, parent__deleted_at__isnull=True).order_by("parent_id")
        for value, parent, name in rows.values_list("normalized", "parent_id", "parent__folded_name"):
            ids = found[value]
            if (name in names or len(ids) < MOST_NEAR) and parent not in ids[-1:]:
                ids.append(parent)
    return found


def is_record_id(text: str) -> bool:
    """Whether a text may be the number of a record."""
    return text.isascii() and text.isdigit() and len(text) < 19


@dataclass(slots=True)
class KnownAccount:
    """An account as far as an import needs it; `new` until it is saved."""

    folded_name: str
    pk: int | None = None
    new: Account | None = None


@dataclass
class KnownAccounts:
    """Accounts by company key, grown by those that the import makes; one query per chunk for what is new."""

    user: Any
    by_key: dict[str, list[KnownAccount]] = field(default_factory=dict)

    def load(self, keys: set[str]) -> None:
        """Look up keys that have not been asked for yet; persons are no companies."""
        for chunk in in_parts(key for key in keys if key and key not in self.by_key):
            self.by_key.update({key: [] for key in chunk})
            visible = Account.objects.visible_to(self.user).filter(kind=Account.Kind.ORGANIZATION)
            rows = visible.filter(company_key__in=chunk).order_by("pk")
            for pk, key, folded_name in rows.values_list("pk", "company_key", "folded_name"):
                self.by_key[key].append(KnownAccount(folded_name, pk))

    def find(self, name: str, linked: Iterable[int] = ()) -> tuple[KnownAccount | None, bool]:
        """(the account that is meant or None, whether several could be). linked: ids that the contact belongs to."""
        found = self.by_key.get(account_key(name), [])
        present = [account for account in found if account.pk is not None and account.pk in linked]
        exact = [account for account in found if account.folded_name == fold(account_name(name))[:200]]
        for choice in (present[:1], exact, found):
            if len(choice) == 1:
                return choice[0], False
        return None, bool(found)

    def add(self, name: str, account: Account) -> KnownAccount:
        """Remember an account that this import makes."""
        known = KnownAccount(fold(account_name(name))[:200], new=account)
        self.by_key.setdefault(account_key(name), []).append(known)
        return known

    def forget(self, known: KnownAccount, name: str) -> None:
        """Take back an account that was refused: the next row of that company tries anew."""
        self.by_key[account_key(name)].remove(known)
