"""Finds out what the names in the rows of a chunk mean: setup values, users, and other records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Account
from core.records.rights import Right
from setup_values.models import LeadStatus, OpportunityStatus, Stage

from .choices import MAKE, REFUSE, SKIP, Choices
from .matching import account_key, account_name
from .names_there import NamesThere
from .owners import may_own
from .people import People
from .record_fields import Kind, RecordField, fields_of
from .record_related import MODELS, RelatedRecords, missing_text, several_text
from .record_rules import RowRules
from .record_shapes import RecordShape
from .record_values import MadeAccount, RecordData
from .value_names import Kind as Meaning
from .value_names import ValueNames

_STATUSES = (LeadStatus, OpportunityStatus)
# A stage is looked for in its process, a contact and a deal within their account.
_FIRST = ("process", "account", "account_id")


@dataclass
class NameResolver:
    """The names of one file; it remembers the accounts that rows make."""

    shape: RecordShape
    user: Any
    owner: Any
    choices: Choices
    values: ValueNames
    rules: RowRules
    people: People = field(default_factory=People)
    made: dict[str, MadeAccount] = field(default_factory=dict)
    there: NamesThere = field(default_factory=NamesThere)
    # Of the chunk: what the records of rows of our own export point at, {record id: {column: id}}.
    present: dict[int, dict[str, int | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, shape: RecordShape, user: Any, actor: Any, owner: Any, options: Mapping[str, Any]) -> "NameResolver":
        """The resolver of an import with these options."""
        values = ValueNames(user, dict(options.get("values") or {}))
        choices = Choices.of(options)
        return cls(shape, user, owner, choices, values, RowRules(shape, actor, choices.in_sheet))

    def resolve(self, batch: list[RecordData]) -> None:
        """Settle the names of a chunk; what is wrong stands in the errors of its row."""
        related = RelatedRecords(self.user)
        texts: dict[str, set[str]] = {kind: set() for kind in MODELS.values()}
        ids: dict[str, set[int]] = {kind: set() for kind in MODELS.values()}
        fields = fields_of(self.shape)
        for data in batch:
            self.rules.before_names(data)
            for name, text in data.names.items():
                one = fields[name]
                kind = MODELS.get(one.related)
                if one.kind == Kind.RECORD and kind:
                    texts[kind].add(text)
                elif one.kind == Kind.KEY and kind and _is_id(text):
                    ids[kind].add(int(text))
        related.load(texts, ids)
        self._load_present(batch)
        for data in batch:
            self._resolve(data, related, fields)
        for name in self.shape.changes:
            self._require_edit(name, batch)

    def _load_present(self, batch: list[RecordData]) -> None:
        """Note which values and users the records of rows of our own export have; one query."""
        fields = fields_of(self.shape)
        names = {
            fields[name].column.attname: name
            for data in batch
            if data.record_id is not None
            for name in data.names
            if fields[name].kind in (Kind.VALUE, Kind.PERSON)
        }
        rows = self.shape.model.objects.visible_to(self.user)
        rows = rows.filter(pk__in={data.record_id for data in batch if data.record_id is not None}) if names else ()
        self.present = {row.pop("pk"): row for row in (rows.values("pk", *names) if names else ())}

    def _there(self, data: RecordData, one: RecordField, text: str) -> Any:
        """The value or user that the record of the row has, when it is the one that the row names; else None."""
        present = self.present.get(data.record_id, {}) if data.record_id is not None else {}
        return self.there.get(one.related, present.get(one.column.attname), text) if present else None

    def _require_edit(self, name: str, batch: list[RecordData]) -> None:
        """Refuse rows that would tie something to a record that user may not change; one query."""
        ids = {data.linked[name] for data in batch if name in data.linked}
        model: Any = self.shape.column(name).related_model
        allowed = (
            set(model.objects.editable_by(self.user).filter(pk__in=ids).values_list("pk", flat=True)) if ids else ids
        )
        for data in batch:
            if data.linked.get(name, 0) not in {0, *allowed}:
                data.fail(name, _("You may not change this record."))

    def _resolve(self, data: RecordData, related: RelatedRecords, fields: dict[str, RecordField]) -> None:
        for name in sorted(data.names, key=lambda one: (one not in _FIRST, not one.endswith("_id"))):
            one, text = fields[name], data.names[name]
            if one.kind == Kind.VALUE:
                self._value(data, one, text)
            elif one.kind == Kind.PERSON:
                self._person(data, one, text)
            elif one.kind == Kind.KEY:
                self._number(data, one, text, related)
            elif name not in data.linked:
                self._record(data, one, text, related)

    # -- setup values ---------------------------------------------------------------------------
    def _value(self, data: RecordData, one: RecordField, text: str) -> None:
        scope = {}
        if one.related is Stage and (process := data.picked.get("process")) is not None:
            scope["process_id"] = process.pk
        found = self.values.find(one.name, one.related, text, **scope)
        if found.kind == Meaning.SEVERAL and one.related is Stage and self.rules.process is not None:
            found = self.values.find(one.name, one.related, text, process_id=self.rules.process.pk)
        if found.is_open and (value := self._there(data, one, text)) is not None:
            data.picked[one.name] = value
        elif found.is_open and one.related in _STATUSES and (status := self.rules.status_by_meaning(text)) is not None:
            data.picked[one.name] = status
        elif found.kind == Meaning.FOUND:
            data.picked[one.name] = found.value
        elif found.kind == Meaning.NEW:
            data.new_values[one.name] = found.value
        elif found.kind == Meaning.NOTES:
            data.keep(one.name, text)
        elif found.is_open:
            data.fail(one.name, found.reason)
            data.unknown.append([one.name, text[:100]])

    # -- users ----------------------------------------------------------------------------------
    def _person(self, data: RecordData, one: RecordField, text: str) -> None:
        found = self.people.find(text)
        if len(found) == 1 and may_own(self.user, found[0], self.shape.record_type):
            data.values[one.name] = found[0]
            return
        if (person := self._there(data, one, text)) is not None:
            data.values[one.name] = person
            return
        problem = (
            _("“%(text)s” is the name of no single user: the name is in the notes.")
            if len(found) != 1
            else _("You may not give records to “%(text)s”: the name is in the notes.")
        )
        data.keep(one.name, text)
        data.problems.append(problem % {"text": text[:80]})

    # -- other records --------------------------------------------------------------------------
    def _number(self, data: RecordData, one: RecordField, text: str, related: RelatedRecords) -> None:
        """A number of this CRM; where it is not there the name beside it counts."""
        name, kind = one.name.removesuffix("_id"), MODELS.get(one.related)
        if kind and _is_id(text) and int(text) in related.ids[kind]:
            self._link(data, name, int(text))
        elif name not in data.names and kind:
            data.fail(one.name, missing_text(one.label, text))

    def _record(self, data: RecordData, one: RecordField, text: str, related: RelatedRecords) -> None:
        kind = MODELS.get(one.related)
        if kind is None:
            return
        made = self.made.get(account_key(text)) if kind == "account" else None
        if made is not None:
            self._take(data, one.name, made)
            return
        found = related.find(kind, text, account_id=data.linked.get("account"))
        if found.pk is not None:
            self._link(data, one.name, found.pk)
            if kind == "opportunity" and found.account_id:
                data.tokens["opportunity_account"] = found.account_id
        elif found.several:
            data.fail(one.name, several_text(one.label, text, found))
        elif one.name == "parent" and hash(account_key(text)) in data.row.reading.later:
            data.waits_for = account_key(text)
        else:
            self._missing(data, one, text)

    def _missing(self, data: RecordData, one: RecordField, text: str) -> None:
        wanted = self.choices.missing(one.name, REFUSE)
        is_account = one.related is Account and bool(account_name(text))
        if wanted == SKIP:
            data.keep(one.name, text)
            data.problems.append(missing_text(one.label, text))
        elif wanted == MAKE and is_account and self.user.may(Right.CREATE, "account"):
            self._take(data, one.name, self._make(text))
        else:
            data.fail(one.name, missing_text(one.label, text))

    def _make(self, text: str) -> MadeAccount:
        owner = self.owner
        name = account_name(text)
        account = Account(name=name, owner=owner, team=owner.team if owner is not None else None)
        made = MadeAccount(name, account_key(text), account)
        self.made[made.key] = made
        return made

    def _take(self, data: RecordData, name: str, made: MadeAccount) -> None:
        data.made[name] = made
        data.tokens[name] = ("made", made.key)

    def _link(self, data: RecordData, name: str, pk: int) -> None:
        data.linked[name] = pk
        data.tokens[name] = pk

    def forget(self, made: MadeAccount) -> None:
        """Take back an account that was refused: the next row that names it tries anew."""
        self.made.pop(made.key, None)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
