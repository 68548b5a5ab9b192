"""Decides per row what an import does, chunk by chunk; the dry run and the real run share every line of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from contacts.models import Contact, CrossReference
from core.records.blank import blank
from core.records.rights import Right
from setup_values.models import Firm, Source
from users.models import User

from .choices import CREATE_ONLY, MAKE, REFUSE, SKIP, UPDATE_ONLY, Choices
from .contact_decisions import candidates, chosen_contacts, decided
from .contact_files import SourceRow
from .contact_records import Children, ContactData, load_children, merge_into, new_contact
from .look_ups import LookUps
from .matching import (
    FileIndex,
    Found,
    KnownAccount,
    KnownAccounts,
    KnownContacts,
    RowKeys,
    account_name,
    is_record_id,
    keys_of,
)
from .models import ImportRow
from .names_there import NamesThere, is_owner
from .planned_row import PlannedRow, no_version
from .row_choices import Decisions
from .row_records import change_details
from .value_names import Kind

CHUNK = 500
# Photos of a chunk are held in memory together.
MOST_PHOTO_BYTES = 8_000_000
Action = ImportRow.Action


@dataclass
class Planned(PlannedRow):
    """One row of contacts; reference is unsaved, None where nothing is linked."""

    row: SourceRow
    data: ContactData
    record: Contact | None = None
    account: KnownAccount | None = None
    account_text: str = ""
    makes_account: bool = False
    reference: CrossReference | None = None
    # Names that are in no catalog: (field, text).
    unknown: list[tuple[str, str]] = field(default_factory=list)
    # A value of the catalog of sources that the run makes for this row.
    new_source: Source | None = None

    def details(self) -> dict[str, Any]:
        """The account, and what changes, as ImportRow keeps it."""
        found: dict[str, Any] = {"account": self.account_text} if self.account_text else {}
        if self.makes_account:
            found["new_account"] = True
        if self.reference is not None:
            found["linked"] = True
        if self.near:
            found["near"] = self.near
        if self.row.faults:
            found["fields"] = self.row.faults
        if self.unknown:
            found["unknown"] = [list(one) for one in self.unknown]
        return found | change_details(self.changes if self.action == Action.UPDATE else {})

    @property
    def title(self) -> str:
        """Who the row is, "" when nobody."""
        values = self.row.values
        name = f"{values['first_name']} {values['middle_name']} {values['last_name']}"
        shown = " ".join(name.split()) or values["display_name"] or values["nickname"]
        return (shown or values["organization"] or self.data.primary("emails") or self.data.primary("phones"))[:300]

    def refuse(self, reason: str) -> None:
        """Turn the row into an error; nothing of it is written."""
        self.action, self.record, self.children = Action.ERROR, None, None
        self.unlink(reason)

    def unlink(self, reason: str) -> None:
        """Leave the contact without cross-reference and say why."""
        self.account, self.reference, self.makes_account = None, None, False
        self.reasons.append(reason)

    def leave(self, action: str, reason: str) -> None:
        """Write nothing of the row, for this reason."""
        self.action = action
        self.reasons.append(reason)


def in_chunks(rows: Iterable[SourceRow]) -> Iterator[list[SourceRow]]:
    """Lists of at most CHUNK rows in file order, shorter ones where photos are heavy; always cut alike."""
    batch: list[SourceRow] = []
    weight = 0
    for row in rows:
        batch.append(row)
        weight += len(row.photo or b"")
        if len(batch) == CHUNK or weight > MOST_PHOTO_BYTES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


@dataclass
class Planner:
    """Plans the rows of one file. It remembers what earlier rows were, so that no contact is written twice.

    user: whose rights count; owner: who gets the new records (None: nobody); values: what the user answered for
    names that are in no catalog.
    """

    user: Any
    owner: User | None
    choices: Choices = field(default_factory=Choices)
    values: dict[str, dict[str, str]] | None = None
    # Lines of earlier rows by the existing contact that each of them means.
    taken: dict[int, int] = field(default_factory=dict)
    # Contacts that this import has made: the index of the file knows them, the look-up leaves them out.
    made: set[int] = field(default_factory=set)
    # What the user has decided about single rows, see imports.targets.Walk.
    decisions: Decisions = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.region = Firm.current().country
        self.accounts = KnownAccounts(self.user)
        self.look_ups = LookUps(self.user, self.values)
        self.there = NamesThere()
        self.index = FileIndex(self.choices)
        self.may_make_accounts = self.user.may(Right.CREATE, "account")

    def remember(self, batch: list[SourceRow], results: dict[int, tuple[str, int | None]]) -> None:
        """Take rows that were written before a break for known. results: {number: (action, contact id)}."""
        for row in batch:
            action, contact_id = results.get(row.number, (Action.ERROR, None))
            if action == Action.ERROR:
                continue
            keys = keys_of(ContactData.of(row), self.region)
            if action == Action.DUPLICATE:
                if row.number not in self.decisions and (line := self._earlier(keys)) is not None:
                    self.index.add(keys, line)
                continue
            self.index.add(keys, row.line)
            if contact_id is not None and action == Action.CREATE:
                self.made.add(contact_id)
            elif contact_id is not None:
                self.taken.setdefault(contact_id, row.line)
        self.index.known.settle()

    def forget(self, refused: list[Planned]) -> None:
        """Let refused rows stand for no later one."""
        self.index.known.settle(plan.line for plan in refused)
        for plan in refused:
            if plan.matched_id is not None and self.taken.get(plan.matched_id) == plan.line:
                del self.taken[plan.matched_id]

    def note_written(self, planned: list[Planned]) -> None:
        """Take the contacts that a written chunk has made for known."""
        self.made.update(plan.record_id for plan in planned if plan.action == Action.CREATE and plan.record_id)

    def plan(self, batch: list[SourceRow]) -> list[Planned]:
        """Plan one chunk: a fixed number of queries, however many rows."""
        every_data = [ContactData.of(row) for row in batch]
        keys = [keys_of(data, self.region) for data in every_data]
        known = KnownContacts.of(keys, self.user, without=self.made, choices=self.choices)
        chosen = chosen_contacts(batch, self.decisions, self.user)
        self.accounts.load({key.company for key in keys})
        planned = [self._decide(data, key, known, chosen) for data, key in zip(every_data, keys, strict=True)]
        self._build(planned)
        for plan in planned:
            if plan.record is not None:
                self._link(plan, known)
        return planned

    def _decide(self, data: ContactData, keys: RowKeys, known: KnownContacts, chosen: dict[int, Contact]) -> Planned:
        row = data.row
        plan = Planned(row, data, Action.CREATE, list(row.problems))
        if row.error:
            plan.leave(Action.ERROR, row.error)
            return plan
        earlier = self._earlier(keys)
        found = self._find(keys, known) if earlier is None else Found()
        plan.near = candidates(found, keys, known)
        decision = self.decisions.get(row.number)
        if decision is not None:
            earlier = None
            found, reason, is_error = decided(decision, chosen)
            if reason:
                plan.leave(Action.ERROR if is_error else Action.DUPLICATE, reason)
                return plan
        if found.contact is not None and not found.contact.company_name:
            _leave_to_account(data, keys, known.companies[found.contact.pk])
        if earlier is not None:  # who means the person of this row means the one of the earlier row
            self.index.add(keys, earlier)
        if earlier is None and found.contact is not None:
            earlier = self.taken.get(found.contact.pk)
        if earlier is not None:
            text = (
                _("The same contact stands in row %(line)s of this file: nothing was written.")
                if self.choices.in_sheet
                else _("The same contact stands in line %(line)s of this file: nothing was written.")
            )
            plan.leave(Action.DUPLICATE, text % {"line": earlier})
            plan.earlier = earlier
        elif found.several:
            plan.leave(Action.DUPLICATE, _several(len(found.several)))
        elif keys.record_id and found.contact is None and decision is None:
            text = _(
                "No contact has the number “%(number)s” here. Without the column of the numbers rows are matched by "
                "name."
            )
            plan.leave(Action.ERROR, text % {"number": keys.record_id[:20]})
        elif row.lacks_version:
            plan.leave(Action.ERROR, no_version())
        elif decision is None and (reason := self._left_out(found)):
            plan.matched_id = found.contact.pk if found.contact is not None else None
            plan.leave(Action.DUPLICATE, reason)
        else:
            self._accept(plan, keys, known, found)
        return plan

    def _accept(self, plan: Planned, keys: RowKeys, known: KnownContacts, found: Found) -> None:
        """Take a row for one that is written; from now on it stands for later ones."""
        if keys.uid and not self._may_take_uid(keys, known) and not known.has_uid(found.contact, keys.uid):
            plan.data.without_uid()
        if found.contact is not None:
            plan.action, plan.record, plan.matched_id = Action.UPDATE, found.contact, found.contact.pk
        elif self.decisions.get(plan.number) is None:
            plan.reasons += _near(found, self.index.near(keys), in_sheet=self.choices.in_sheet)
        if not self._set_source(plan):
            return
        self.index.add(keys, plan.line)
        if found.contact is not None:
            self.taken[found.contact.pk] = plan.line

    def _earlier(self, keys: RowKeys) -> int | None:
        """The line of an earlier row that means the same; a number says exactly whom a row means."""
        return None if keys.record_id else self.index.earlier(keys)

    @staticmethod
    def _find(keys: RowKeys, known: KnownContacts) -> Found:
        """Whom a row means: exactly the contact whose number it says, else by the keys."""
        if not keys.record_id:
            return known.find(keys)
        return Found(known.by_id.get(int(keys.record_id)) if is_record_id(keys.record_id) else None)

    def _may_take_uid(self, keys: RowKeys, known: KnownContacts) -> bool:
        """Whether no other contact and no earlier row has the UID of a row."""
        return not (keys.uid in known.taken_uids or keys.uid in known.by_uid or self.index.holds_uid(keys.uid))

    def _left_out(self, found: Found) -> str:
        """Why nothing of a row is written although it could be, "" for most."""
        if found.contact is not None and self.choices.policy == CREATE_ONLY:
            return _("This contact exists: only new ones are created.")
        if found.contact is None and self.choices.policy == UPDATE_ONLY:
            return _("There is no such contact yet: only existing ones are updated.")
        return ""

    def _build(self, planned: list[Planned]) -> None:
        """Make the new contacts, and write the rows' values onto the existing ones that the user may change."""
        existing = [plan.record for plan in planned if plan.record is not None]
        editable: set[int] = set()
        present: dict[int, Children] = {}
        if existing:
            rows = Contact.objects.editable_by(self.user).filter(pk__in=[contact.pk for contact in existing])
            editable = set(rows.values_list("pk", flat=True))
            present = load_children(existing)
        for plan in planned:
            if plan.action not in (Action.CREATE, Action.UPDATE):
                continue
            if plan.record is None:
                owner = self.look_ups.owner(plan.data) or self.owner
                plan.record, plan.children = new_contact(plan.data, owner=owner), plan.data.children
            else:
                if not is_owner(self.there, plan.record, plan.row.values["owner"]):
                    self.look_ups.owner(plan.data)
                self._update(plan, plan.record, present[plan.record.pk], editable)
            plan.reasons += plan.data.problems

    def _set_source(self, plan: Planned) -> bool:
        """Find the source that a row names; False when the user has to say first what the name means."""
        source_id = plan.record.source_id if plan.record is not None and plan.row.values["record_id"] else None
        if self.there.get(Source, source_id, plan.row.values["source"]) is not None:
            return True
        meaning = self.look_ups.source(plan.data)
        if meaning.is_open:
            plan.unknown.append(("lead_source", plan.row.values["source"]))
            plan.refuse(meaning.reason)
        elif meaning.kind == Kind.NEW and (plan.record is None or plan.record.source_id is None):
            assert isinstance(meaning.value, Source)
            plan.new_source = meaning.value
        return not meaning.is_open

    def merge(self, plan: Planned, contact: Contact, present: Children) -> str:
        """Write the row's values onto the contact that it means; why they may not be, "" when they may."""
        plan.children = merge_into(contact, present, plan.data, self.region)
        version = plan.row.values["record_version"]
        if version and version != str(contact._loaded["version"]) and (plan.children or is_changed(contact)):
            return _("This contact was changed since the file was made: export it anew, then change it.")
        return ""

    def _update(self, plan: Planned, contact: Contact, present: Children, editable: set[int]) -> None:
        if reason := self.merge(plan, contact, present):
            plan.refuse(reason)
            return
        if contact.pk in editable:
            return
        if plan.children or is_changed(contact):
            plan.refuse(_("This contact exists, but you may not change it."))
        else:
            plan.action, plan.record = Action.UNCHANGED, None

    def _link(self, plan: Planned, known: KnownContacts) -> None:
        """Cross-reference the contact to the account that its row names, an existing one or a new one."""
        assert plan.record is not None
        values = plan.row.values
        # A row of our own export says itself whether the contact has an account.
        company = "" if values["record_id"] else plan.data.columns.get("company_name", "")
        name = account_name(values["account_name"] or company)
        if not name:
            return
        plan.account_text = name
        linked = known.links.get(plan.record.pk, set()) if plan.record.pk is not None else set()
        account, is_ambiguous = self.accounts.find(name, linked)
        if is_ambiguous:
            text = _("Several accounts are called “%(name)s”: cross-reference the contact later.")
            plan.reasons.append(text % {"name": name})
            return
        if account is None and (reason := self._makes_no_account(name)):
            if self.choices.missing("account", MAKE) == REFUSE:
                plan.refuse(reason)
            else:
                plan.reasons.append(reason)
            return
        if account is None:
            owner_id, team_id = (self.owner.pk, self.owner.team_id) if self.owner is not None else (None, None)
            account = self.accounts.add(name, blank(Account, name=name, owner_id=owner_id, team_id=team_id))
            plan.makes_account = True
        plan.account = account
        if account.pk is None or account.pk not in linked:
            plan.reference = blank(CrossReference, account_id=account.pk)
            plan.reference.contact = plan.record

    def _makes_no_account(self, name: str) -> str:
        """Why an account that does not exist is not made, "" when it is."""
        answer = self.choices.missing("account", MAKE)
        if answer == REFUSE:
            return _("There is no account “%(name)s”.") % {"name": name}
        if answer == SKIP:
            return _("There is no account “%(name)s”: cross-reference the contact later.") % {"name": name}
        if not self.may_make_accounts:
            text = _("There is no account “%(name)s” and you may not make one: cross-reference the contact later.")
            return text % {"name": name}
        return ""


def _leave_to_account(data: ContactData, keys: RowKeys, companies: set[str]) -> None:
    """A company that is an account of the contact already says nothing new: cards of ours write it in its place."""
    if keys.company in companies:
        data.columns.pop("company_name", None)


def is_changed(contact: Contact) -> bool:
    """Whether a column differs from what was loaded."""
    values = contact.__dict__
    return any(values.get(name) != old for name, old in contact._loaded.items() if name != "photo") or (
        str(contact.photo) != str(contact._loaded["photo"] or "")
    )


def _several(count: int) -> str:
    return ngettext(
        "%(n)d contact matches: nothing was written.", "%(n)d contacts match: nothing was written.", count
    ) % {"n": count}


def _near(found: Found, line: int | None, *, in_sheet: bool) -> list[str]:
    """Whom a new contact shares its e-mail or phone with."""
    if found.near:
        names = ", ".join(contact.full_name for contact in found.near[:3])
        return [_("Shares e-mail or phone with %(names)s, but has another name.") % {"names": names}]
    if line is not None:
        text = (
            _("Shares e-mail or phone with row %(line)s, but has another name.")
            if in_sheet
            else _("Shares e-mail or phone with line %(line)s, but has another name.")
        )
        return [text % {"line": line}]
    return []
