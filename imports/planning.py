"""Decides per row what an import does, chunk by chunk; the dry run and the real run share every line of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from contacts.models import Contact, CrossReference
from core.records.rights import Right
from core.text.normalise import company_key
from setup_values.models import Firm

from .contact_files import SourceRow
from .contact_records import load_children, merge_into, new_contact
from .matching import KnownAccounts, KnownContacts, RowKeys, full_name_of, keys_of
from .models import ImportRow

CHUNK = 500
Action = ImportRow.Action


@dataclass
class Planned:
    """One row with what it will do. contact, account and reference are unsaved or changed records, None where nothing is."""

    row: SourceRow
    action: str
    reasons: list[str] = field(default_factory=list)
    contact: Contact | None = None
    children: dict[str, list] | None = None
    account: Account | None = None
    makes_account: bool = False
    reference: CrossReference | None = None

    @property
    def title(self) -> str:
        values = self.row.values
        return (full_name_of(values) or values["organization"] or _first(values["emails"]) or _first(values["phones"]))[:300]

    def refuse(self, reason: str) -> None:
        """Turn the row into an error; nothing of it is written."""
        self.action, self.contact, self.account, self.reference = Action.ERROR, None, None, None
        self.makes_account = False
        self.reasons.append(reason)


def _first(entries: list[dict]) -> str:
    return entries[0]["value"] if entries else ""


@dataclass
class Planner:
    """Plans the rows of one file. It remembers what earlier rows were, so that no row is written twice."""

    user: Any
    # Lines of earlier rows by each of their identities.
    seen: dict[tuple[str, ...], int] = field(default_factory=dict)
    # Lines that took an existing contact, by its id.
    taken: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.region = Firm.current().country
        self.accounts = KnownAccounts(self.user)

    def chunks(self, rows: Iterable[SourceRow]) -> Iterator[list[Planned]]:
        """Yield lists of at most CHUNK planned rows in file order."""
        source = iter(rows)
        while batch := list(islice(source, CHUNK)):
            yield self.plan(batch)

    def plan(self, batch: list[SourceRow]) -> list[Planned]:
        """Plan one chunk: a fixed number of queries, however many rows."""
        keys = [keys_of(row, self.region) for row in batch]
        known = KnownContacts.of(keys, self.user)
        self.accounts.load({key.company for key in keys})
        planned = [self._decide(row, key, known) for row, key in zip(batch, keys, strict=True)]
        self._merge(planned)
        self._link(planned, known)
        return planned

    def _decide(self, row: SourceRow, keys: RowKeys, known: KnownContacts) -> Planned:
        if row.error:
            return Planned(row, Action.ERROR, [row.error, *row.notes])
        earlier = self._earlier(row, keys)
        if earlier is not None:
            return Planned(row, Action.DUPLICATE, [_("The same contact stands in line %(line)s of this file.") % {"line": earlier}])
        person, others = known.find(keys)
        plan = Planned(row, Action.CREATE, list(row.notes))
        if person is not None and person.pk in self.taken:
            line = self.taken[person.pk]
            return Planned(row, Action.DUPLICATE, [_("The same contact stands in line %(line)s of this file.") % {"line": line}])
        if person is not None:
            self.taken[person.pk] = row.line
            plan.contact, plan.action = person, Action.UPDATE
        elif others:
            self._tell_near(plan, keys, others)
        return plan

    def _earlier(self, row: SourceRow, keys: RowKeys) -> int | None:
        """The line of an earlier row of this file that means the same contact."""
        identities = keys.identities()
        earlier = next((self.seen[one] for one in identities if one in self.seen), None)
        for one in identities:
            self.seen.setdefault(one, earlier or row.line)
        return earlier

    def _tell_near(self, plan: Planned, keys: RowKeys, others: list[Contact]) -> None:
        same_name = [one for one in others if keys.name and one.folded_name == keys.name]
        if len(same_name) > 1:
            count = len(same_name)
            text = ngettext("%(n)d contact matches: nothing was written.", "%(n)d contacts match: nothing was written.", count)
            plan.action = Action.DUPLICATE
            plan.reasons.append(text % {"n": count})
        elif not keys.name:
            plan.action = Action.DUPLICATE
            plan.reasons.append(_("Several contacts have this e-mail or phone: nothing was written."))
        else:
            names = ", ".join(one.full_name for one in others[:3])
            plan.reasons.append(_("Shares e-mail or phone with %(names)s, but has another name.") % {"names": names})

    def _merge(self, planned: list[Planned]) -> None:
        """Build the new contacts and write the rows' values onto the existing ones that the user may change."""
        existing = [plan.contact for plan in planned if plan.action == Action.UPDATE]
        editable = set()
        if existing:
            rows = Contact.objects.allowed_to(self.user, Right.EDIT).filter(pk__in=[one.pk for one in existing])
            editable = set(rows.values_list("pk", flat=True))
        children = load_children(existing) if existing else {}
        for plan in planned:
            if plan.action == Action.CREATE:
                plan.contact, plan.children = new_contact(plan.row, owner=self.user, region=self.region)
            elif plan.action == Action.UPDATE:
                if plan.contact.pk not in editable:
                    plan.refuse(_("This contact exists, but you may not change it."))
                    continue
                plan.children = merge_into(plan.contact, children[plan.contact.pk], plan.row, self.region)

    def _link(self, planned: list[Planned], known: KnownContacts) -> None:
        for plan in planned:
            if plan.contact is None:
                continue
            values = plan.row.values
            name = values["account_name"] or values["organization"]
            if not name or not company_key(name):
                continue
            account, ambiguous = self.accounts.find(name)
            if ambiguous:
                plan.reasons.append(_("Several accounts are called “%(name)s”: cross-reference it later.") % {"name": name})
                continue
            if account is None:
                account = Account(name=name[:200], owner=self.user, team=self.user.team)
                plan.makes_account = True
                self.accounts.add(account)
            plan.account = account
            linked = plan.contact.pk is not None and account.pk in known.links.get(plan.contact.pk, set())
            if not linked:
                plan.reference = CrossReference(contact=plan.contact, account=account)
