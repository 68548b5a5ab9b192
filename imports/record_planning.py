"""Decides per row of records what an import does, chunk by chunk; the dry run and the real run share every line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from core.records import child_rows
from core.records.columns import tidy_text
from core.records.models import Record
from core.text.normalise import fold, normalise_email, normalise_phone
from setup_values.models import Firm

from .choices import CLEAR, CREATE_ONLY, UPDATE_ONLY
from .cut_texts import is_cut
from .matching import account_key
from .models import ImportRow
from .owners import chosen_owner
from .planned_row import PlannedRow, no_version
from .record_clearing import clear_empty, unseen_relations
from .record_fields import RECORD_ID, RECORD_VERSION, fields_of, said
from .record_matching import Found, KnownRecords, RowIndex, chosen_keys, fits_by_name
from .record_names import NameResolver
from .record_rows import RecordRow
from .record_rules import is_said_by_contact
from .record_shapes import RecordShape
from .record_values import CellReader, MadeAccount, RecordData, no_record
from .row_records import change_details

Action = ImportRow.Action
MOST_NEAR = 3
NAMES = frozenset({"name", "topic", "subject", "first_name", "last_name", "company"})
Children = dict[str, list[Any]]


@dataclass
class PlannedRecord(PlannedRow):
    """One row of records other than contacts."""

    row: RecordRow
    data: RecordData
    title: str = ""
    makes: list[MadeAccount] = field(default_factory=list)
    # The unit in the trash that cannot be restored any more once this row is written.
    trash_unit: int | None = None
    # Whether a deal is won with this row, and the account that becomes a customer with it, by name.
    was_won: bool = False
    wins: bool = False
    # Whether the record was changed after the file was exported: then the row may change nothing.
    is_stale: bool = False
    converts: str = ""

    def details(self) -> dict[str, Any]:
        """What is related, what changes and what is wrong, as ImportRow keeps it."""
        data = self.data
        found: dict[str, Any] = change_details(self.changes if self.action == Action.UPDATE else {})
        if (account := data.names.get("account")) and self.action != Action.ERROR:
            found["account"] = account[:200]
        if self.makes and self.action in (Action.CREATE, Action.UPDATE):
            found |= {"new_account": True, "account": self.makes[0].name}
        if self.converts:
            found["converts"] = self.converts
        found |= {name: value for name, value in (("near", self.near), ("trash_unit", self.trash_unit)) if value}
        if self.action == Action.ERROR:
            positions = data.row.reading.positions
            fields = fields_of(self.row.reading.shape)
            wrong = {
                str(positions[name][0]): said(fields.get(name), reason)
                for name, reason in data.errors.items()
                if positions.get(name)
            }
            found |= {key: value for key, value in (("unknown", data.unknown), ("fields", wrong)) if value}
        return found

    def refuse_stale(self) -> None:
        """Turn the row into an error: it would overwrite what was changed after the file was exported."""
        self.leave(Action.ERROR, _("It was changed after this file was exported: export it again."))

    def fail(self, reasons: list[str]) -> None:
        """Turn the row into an error."""
        self.action, self.record, self.children = Action.ERROR, None, None
        self.reasons += reasons

    def leave(self, action: str, reason: str) -> None:
        """Write nothing of the row, for this reason."""
        self.action, self.record, self.children = action, None, None
        self.reasons.append(reason)


@dataclass
class RecordPlanner:
    """The plan of one file, chunk after chunk; it remembers what earlier rows were."""

    shape: RecordShape
    user: Any
    actor: Any
    options: Mapping[str, Any]
    # {number of a row: (decision, record id)} of what the user has decided.
    decisions: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    # Records that this import has made, and the lines whose rows mean existing ones.
    made: set[int] = field(default_factory=set)
    taken: dict[int, int] = field(default_factory=dict)
    # Of the chunk: what its records point at that the user may not see.
    unseen: dict[str, set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.region = Firm.current().country
        self.owner = chosen_owner(self.options, self.user, self.actor, self.shape.record_type)
        self.names = NameResolver.of(self.shape, self.user, self.actor, self.owner, self.options)
        self.choices = self.names.choices
        self.keys = chosen_keys(self.shape, self.choices)
        self.index = RowIndex(self.keys)
        self.reader = CellReader(self.shape, timezone.now().year)

    def read(self, batch: list[RecordRow]) -> list[RecordData]:
        """What the rows of a chunk say, with their names settled."""
        every = [self.reader.read(row) for row in batch]
        self.names.resolve([data for data in every if not data.row.error])
        return every

    def remember(self, batch: list[RecordRow], results: dict[int, tuple[str, int | None]]) -> list[RecordData]:
        """Take rows that were written before a break for known."""
        every = self.read(batch)
        for data in every:
            action, pk = results.get(data.row.number, ("", None))
            if action in ("", Action.ERROR, Action.DUPLICATE):
                continue
            self.index.add(data)
            self.names.rules.note_primary(data)
            if pk is not None and action == Action.CREATE:
                self.made.add(pk)
            elif pk is not None:
                self.taken[pk] = data.row.line
        self.index.known.settle()
        return every

    def forget(self, refused: list[PlannedRecord]) -> None:
        """Let refused rows stand for no later one."""
        self.index.known.settle(plan.line for plan in refused)
        for plan in refused:
            self.names.rules.forget_primary(plan.data)
            if plan.matched_id is not None and self.taken.get(plan.matched_id) == plan.line:
                del self.taken[plan.matched_id]

    def plan(self, batch: list[RecordRow]) -> list[PlannedRecord]:
        """Plan one chunk: a fixed number of queries, however many rows."""
        every = self.read(batch)
        known = KnownRecords.of(self.shape, self.keys, every, self.user, self.made)
        self._know_decided(known, every)
        self._fetch_statuses(list(known.records.values()))
        planned = [self._decide(data, known) for data in every]
        self._build(planned)
        return planned

    def _know_decided(self, known: KnownRecords, every: list[RecordData]) -> None:
        """Load the records that the user has chosen for rows."""
        chosen = {pk for data in every if (pk := self.decisions.get(data.row.number, ("", None))[1])}
        missing = chosen - known.records.keys()
        if missing:
            known.records.update(self.shape.model.objects.visible_to(self.user).in_bulk(missing))

    def _decide(self, data: RecordData, known: KnownRecords) -> PlannedRecord:
        plan = PlannedRecord(data.row, data, Action.CREATE, data.problems, title=self._title(data))
        if data.row.error:
            plan.leave(Action.ERROR, data.row.error)
            return plan
        decision, chosen = self.decisions.get(plan.number, ("", None))
        if decision == "skip":
            plan.leave(Action.DUPLICATE, _("Left out, as you decided."))
            return plan
        if RECORD_ID in data.errors:  # its name and the like say nothing beside a number that nobody has
            plan.fail([data.errors[RECORD_ID]])
            return plan
        earlier = self.index.earlier(data)
        found = known.find(data, fits_by_name) if earlier is None else Found()
        if decision == "update" and chosen not in known.records:
            others = [(one, "") for one in found.several] + list(found.near)
            plan.near = [[one.pk, str(one)[:200], why] for one, why in others[:MOST_NEAR]]
            plan.leave(Action.ERROR, _("The record that you chose for this row is not there any more."))
            return plan
        if decision == "update":
            found, earlier = Found(known.records[chosen]), None
        elif decision == "create":
            found, earlier = Found(), None
        if earlier is None and found.record is not None:
            earlier = self.taken.get(found.record.pk)
        if earlier is not None:
            text = (
                _("Row %(line)s of this file means the same: nothing was written.")
                if self.choices.in_sheet
                else _("Line %(line)s of this file means the same: nothing was written.")
            )
            plan.leave(Action.DUPLICATE, text % {"line": earlier})
            plan.earlier = earlier
        elif found.several:
            plan.near = [[one.pk, str(one)[:200], ""] for one in found.several[:MOST_NEAR]]
            plan.leave(Action.DUPLICATE, _several(found.several))
        elif (refusal := self._refusal(data, found.record)) is not None:
            plan.matched_id = found.record.pk if found.record is not None else None
            plan.leave(*refusal)
        else:
            self._accept(plan, found)
        return plan

    def _refusal(self, data: RecordData, record: Any) -> tuple[str, str] | None:
        """(action, why) of a row that may not be written as the user chose, None for any other."""
        if data.record_id is not None and record is None:
            return Action.ERROR, no_record(data.record_id)
        if data.record_id is not None and data.said(RECORD_VERSION) and not data.row.values.get(RECORD_VERSION):
            return Action.ERROR, no_version()
        if record is not None and self.choices.policy == CREATE_ONLY:
            return Action.DUPLICATE, _("It exists already: “%(name)s”.") % {"name": str(record)[:100]}
        if record is None and self.choices.policy == UPDATE_ONLY:
            return Action.DUPLICATE, _("There is no record that this row means.")
        return None

    def _accept(self, plan: PlannedRecord, found: Found) -> None:
        plan.was_won = getattr(found.record, "state", "") == "won"
        plan.is_stale = found.record is not None and plan.data.version not in (None, found.record.version)
        is_readable = not plan.data.errors
        self.names.rules.complete(plan.data, found.record)
        if found.record is None:
            self._require(plan.data)
        if plan.data.errors:
            plan.matched_id = found.record.pk if found.record is not None else None
            if plan.is_stale and is_readable:  # only with what the record has become the row makes no sense
                plan.refuse_stale()
                return
            plan.fail([said(fields_of(self.shape).get(name), why) for name, why in plan.data.errors.items()])
            return
        self.index.add(plan.data)
        if found.record is not None:
            plan.action, plan.record, plan.matched_id = Action.UPDATE, found.record, found.record.pk
            self.taken[found.record.pk] = plan.line
        elif found.near:
            plan.near = [[one.pk, str(one)[:200], why] for one, why in found.near[:MOST_NEAR]]
            names = ", ".join(title for _pk, title, _why in plan.near)
            plan.reasons.append(_("Shares %(what)s with %(names)s, but has another name.") % {
                "what": found.near[0][1].lower(), "names": names,
            })  # fmt: skip

    def _build(self, planned: list[PlannedRecord]) -> None:
        """Make the new records, and write the rows' values onto the existing ones that the user may change."""
        existing = [plan.record for plan in planned if plan.record is not None]
        editable: set[int] = set()
        present: dict[str, dict[int, list[Any]]] = {}
        if existing:
            if self.choices.empty == CLEAR:
                self.unseen = unseen_relations(self.shape, self.user, existing)
            ids = [record.pk for record in existing]
            rows = self.shape.model.objects.editable_by(self.user).filter(pk__in=ids)
            editable = set(rows.values_list("pk", flat=True))
            present = {one.name: child_rows.load(self.shape.model, one.name, ids) for one in self.shape.inlines}
        for plan in planned:
            if plan.action in (Action.CREATE, Action.UPDATE):
                self.write_onto(plan, present, editable)

    def _fetch_statuses(self, existing: list[Any]) -> None:
        """The statuses, processes and stages that rules ask for, with a query each."""
        known = {column.name for column in self.shape.model._meta.concrete_fields}
        if names := [name for name in ("status", "process", "stage") if existing and name in known]:
            models.prefetch_related_objects(existing, *names)

    def write_onto(self, plan: PlannedRecord, present: dict[str, dict[int, list[Any]]], editable: set[int]) -> None:
        data, existing = plan.data, plan.record
        record = existing if existing is not None else self._new()
        old = {name: rows.get(record.pk, []) for name, rows in present.items()} if existing is not None else {}
        plan.children = self._children(data, old, is_new=existing is None)
        self._set_values(record, data, is_new=existing is None)
        if existing is not None and existing.pk not in editable:
            if plan.children or is_changed(record):
                plan.leave(Action.ERROR, _("This record exists, but you may not change it."))
            else:
                plan.action, plan.record = Action.UNCHANGED, None
            return
        if isinstance(existing, Account) and is_said_by_contact(existing, plan.children):
            plan.reasons.append(_("Name, e-mails, phones and billing address of a person are those of its contact: "
                                  "import them as a contact."))  # fmt: skip
        plan.record = record
        plan.wins = not plan.was_won and getattr(data.picked.get("status"), "meaning", "") == "won"
        plan.makes = [made for made in data.made.values() if made.pk is None and made.new is not None]

    def _new(self) -> Any:
        record: Any = self.shape.model()
        if self.shape.has_owner:
            record.owner = self.owner
            record.team = self.owner.team if self.owner is not None else None
        return record

    def _require(self, data: RecordData) -> None:
        for name in self.shape.required:
            groups = (data.values, data.picked, data.new_values, data.linked, data.made)
            if not any(name in group for group in groups) and name not in data.errors:
                data.fail(name, _("The value is missing."))

    def _set_values(self, record: Any, data: RecordData, *, is_new: bool) -> None:
        notes = self.shape.notes
        known = {column.name for column in self.shape.model._meta.concrete_fields}
        for name, value in data.values.items():
            if name not in known or (name == notes and data.record_id is None):
                continue
            old = getattr(record, name)
            is_same = is_same_moment(old, value) or is_same_text(self.shape.column(name), old, value)
            if is_new or not (is_same or data.record_id is None and is_same_name(name, old, value)):
                setattr(record, name, value)
        for name, value in data.picked.items():
            setattr(record, name, value)
        for name, pk in data.linked.items():
            if getattr(record, f"{name}_id") != pk:
                setattr(record, f"{name}_id", pk)
        for name in data.made:
            if data.made[name].pk is not None:
                setattr(record, f"{name}_id", data.made[name].pk)
        if self.choices.empty == CLEAR and not is_new:
            clear_empty(self.shape, self.names.rules, record, data, self.unseen)
        if notes:
            self._add_notes(record, notes, data)

    def _add_notes(self, record: Any, name: str, data: RecordData) -> None:
        """Append the parts that the notes do not hold yet."""
        own = str(data.values.get(name, "")) if data.record_id is None else ""
        present = getattr(record, name).replace("\r\n", "\n").strip()
        parts = dict.fromkeys(part.strip() for part in (own, *data.notes) if part.strip())
        missing = [part for part in parts if f"\n{part}\n" not in f"\n{present}\n"]
        if missing:
            longest = self.shape.column(name).max_length
            setattr(record, name, "\n".join(filter(None, (present, *missing)))[:longest])

    def _children(self, data: RecordData, present: dict[str, list[Any]], *, is_new: bool) -> Children | None:
        """The child rows that change, completely: what the row says is added to what is there."""
        found: Children = {}
        mapped = {one.child for name, one in fields_of(self.shape).items() if data.said(name)}
        for inline in self.shape.inlines:
            stated, there = data.children.get(inline.name, []), present.get(inline.name, [])
            known = {self._identity(inline.name, row) for row in there}
            added = [row for row in stated if self._identity(inline.name, row) not in known]
            if is_new or added:
                found[inline.name] = [*there, *added]
            elif self.choices.empty == CLEAR and there and not stated and inline.name in mapped:
                found[inline.name] = []
        return found or None

    def _identity(self, name: str, row: Any) -> str:
        """What makes two rows the same."""
        value = row.value
        found = normalise_email(value) if name == "emails" else normalise_phone(value, self.region)
        return found or value.casefold()

    def _title(self, data: RecordData) -> str:
        values, names = data.values, data.names
        person = f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
        shown = person or values.get("name") or values.get("topic") or values.get("subject") or values.get("company")
        return str(shown or names.get("contact") or names.get("account") or "")[:300]

    def note_written(self, planned: list[PlannedRecord]) -> None:
        """Take the records that a written chunk has made for known."""
        self.made.update(plan.record_id for plan in planned if plan.action == Action.CREATE and plan.record_id)

    def account_of(self, plan: PlannedRecord) -> int:
        """What stands for the account of a row where later rows name it as their parent."""
        return hash(account_key(str(plan.data.values.get("name", ""))))


def is_same_name(field_name: str, old: Any, new: Any) -> bool:
    """Whether a name that tells whom a row means is only written in another way: then it stays as it is."""
    if field_name not in NAMES or not isinstance(old, str) or not isinstance(new, str):
        return False
    return fold(old) == fold(new) or (field_name == "name" and account_key(old) == account_key(new) != "")


def is_same_text(column: models.Field, old: Any, new: Any) -> bool:
    """Whether a text only differs by what is tidied up when it is written, or cut off by a workbook: it stays."""
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    return (kept := tidy_text(column, old)) == new or is_cut(new, kept)


def is_same_moment(old: Any, new: Any) -> bool:
    """Whether a moment is only written to the second, as in workbooks: then the record keeps its own."""
    return isinstance(old, datetime) and isinstance(new, datetime) and old.replace(microsecond=0) == new


def is_changed(record: Record) -> bool:
    """Whether a column differs from what was loaded."""
    values = record.__dict__
    return any(values.get(name) != old for name, old in record._loaded.items())


def _several(records: tuple[Record, ...]) -> str:
    text = ngettext("%(n)d record matches: %(names)s.", "%(n)d records match: %(names)s.", len(records))
    return text % {"n": len(records), "names": ", ".join(str(one) for one in records[:MOST_NEAR])}
