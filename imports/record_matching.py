"""Which record a row means: by its number here, else by what identifies records of its kind."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Account, AccountEmail
from activities.models import Interaction, Task
from contacts.models import CrossReference
from core.records.models import Record
from core.text.normalise import company_key, fold, normalise_email, normalise_phone, web_domain
from leads.models import Lead, LeadEmail, LeadPhone
from opportunities.models import Opportunity
from setup_values.catalogs import catalog_of
from setup_values.models import CatalogValue, Firm

from .choices import Choices
from .earlier_rows import EarlierLines
from .fields import Label
from .matching import account_name
from .record_shapes import RecordShape
from .record_values import RecordData
from .statements import MOST_OF_CHUNK, in_parts

GIVEN_NUMBER = re.compile(r"A-\d{5,}")
Values = list[Any]
Hits = Iterator[tuple[Any, int]]


@dataclass(frozen=True)
class MatchKey:
    """One way in which a row may mean a record. values: what a row offers; find: (value, record id) of those there.

    is_weak: shared by records that are not the same, so that the name has to fit too.
    """

    name: str
    label: Label
    values: Callable[[RecordData], Values]
    find: Callable[[Any, set[Any]], Hits]
    is_weak: bool = False
    # What rows of one file have in common that mean the same, where that is more than `values`: (asked, remembered).
    within: Callable[[RecordData], tuple[Values, Values]] | None = None


@dataclass(frozen=True)
class Found:
    """The record that a row means; `several` that cannot be told apart; `near`: (record, why) that only share much."""

    record: Record | None = None
    several: tuple[Record, ...] = ()
    near: tuple[tuple[Record, str], ...] = ()


@dataclass
class KnownRecords:
    """What the rows of one chunk may mean, fetched with a query per key and one for the records."""

    keys: list[MatchKey]
    records: dict[int, Any] = field(default_factory=dict)
    hits: dict[str, dict[Any, list[int]]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, shape: RecordShape, keys: list[MatchKey], batch: list[RecordData], user: Any, without: set[int]
    ) -> "KnownRecords":
        """Look up a chunk among the records that user sees, leaving out some ids."""
        known = cls(keys)
        visible = shape.model.objects.visible_to(user)
        wanted = {data.record_id for data in batch if data.record_id}
        for key in keys:
            found: dict[Any, list[int]] = defaultdict(list)
            for value, pk in key.find(visible, {value for data in batch for value in key.values(data)}):
                if pk not in without and pk not in found[value]:
                    found[value].append(pk)
            known.hits[key.name] = found
            wanted |= {pk for ids in found.values() for pk in ids}
        for part in in_parts(wanted):
            known.records.update(visible.in_bulk(part))
        return known

    def find(self, data: RecordData, fits: Callable[[RecordData, Any], bool]) -> Found:
        """The record that is meant. fits: whether the names of row and record do not contradict each other."""
        if data.record_id is not None:
            return Found(self.records.get(data.record_id))
        near: dict[int, tuple[Record, str]] = {}
        only_weak = all(key.is_weak for key in self.keys)
        for key in self.keys:
            pks = dict.fromkeys(pk for value in key.values(data) for pk in self.hits[key.name].get(value, ()))
            records = [self.records[pk] for pk in pks if pk in self.records]
            if key.name != "number":
                records = [one for one in records if not _has_other_number(data, one)]
            if key.is_weak and not only_weak:
                near |= {one.pk: (one, str(key.label)) for one in records if not fits(data, one)}
                records = [one for one in records if fits(data, one)]
            if len(records) == 1:
                return Found(records[0])
            if records:
                return Found(several=tuple(records))
        return Found(near=tuple(near.values()))


@dataclass
class RowIndex:
    """The lines of a file by what identifies their records, so that none is written twice."""

    keys: list[MatchKey]
    known: EarlierLines = field(default_factory=EarlierLines)

    def earlier(self, data: RecordData) -> int | None:
        """The line of an earlier row that means the same record."""
        return self.known.first(self._same(data, 0))

    def add(self, data: RecordData) -> None:
        """Remember a row."""
        self.known.note(self._same(data, 1), data.row.line)

    def _same(self, data: RecordData, place: int) -> list[int]:
        """What is asked for (0) or remembered (1) of a row."""
        if data.record_id is not None:
            return [hash(("id", data.record_id))]
        only_weak = all(key.is_weak for key in self.keys)
        name = "" if only_weak else name_of(data)
        return [
            hash((key.name, value, name if key.is_weak else ""))
            for key in self.keys
            for value in (key.within(data)[place] if key.within is not None else key.values(data))
        ]


def name_of(data: RecordData) -> str:
    """The name of a row's person or firm as it is compared, "" for none."""
    values = data.values
    person = f"{values.get('first_name', '')} {values.get('last_name', '')}"
    return fold(person) or company_key(account_name(values.get("name", "") or values.get("company", "")))


def fits_by_name(data: RecordData, record: Any) -> bool:
    """Whether a record may be the row's: its name is the same, or one of the two has none."""
    own = name_of(data)
    theirs = record.folded_name if isinstance(record, Lead) and record.folded_name else record.company_key
    return not own or not theirs or own == theirs


def _has_other_number(data: RecordData, record: Any) -> bool:
    """Whether row and record have numbers that differ; those that this CRM has given by itself do not count."""
    number = "".join(_number(data))
    if not number or not isinstance(record, Account) or not record.number:
        return False
    return record.number != number and not GIVEN_NUMBER.fullmatch(record.number)


def _by_column(column: str, cut: int = 300) -> Callable[[Any, set[Any]], Hits]:
    def find(visible: Any, values: set[Any]) -> Hits:
        for part in in_parts(value[:cut] for value in values):
            yield from visible.filter(**{f"{column}__in": part}).values_list(column, "pk")[:MOST_OF_CHUNK]

    return find


def _by_child(model: Any) -> Callable[[Any, set[Any]], Hits]:
    def find(visible: Any, values: set[Any]) -> Hits:
        for part in in_parts(values):
            rows = model.objects.filter(normalized__in=part, parent__deleted_at__isnull=True)
            yield from rows.order_by("parent_id").values_list("normalized", "parent_id")[:MOST_OF_CHUNK]

    return find


def _emails(data: RecordData) -> Values:
    return [email for row in data.children.get("emails", ()) if (email := normalise_email(row.value)[:254])]


def _phones(data: RecordData) -> Values:
    region = Firm.current().country
    rows = [row for row in data.children.get("phones", ()) if not row.kind.startswith("fax")]
    return [number for row in rows if len(number := normalise_phone(row.value, region)[:40]) >= 6]


def _number(data: RecordData) -> Values:
    number = " ".join(str(data.values.get("number", "")).split())
    return [number] if number else []


def _company(data: RecordData) -> Values:
    name = account_name(data.values.get("name", ""))
    return [(company_key(name)[:200], fold(name)[:200])] if name else []


def _company_within(data: RecordData) -> tuple[Values, Values]:
    """Branches of one name have numbers of their own; a row without number means any of them."""
    number = "".join(_number(data))
    keys = [key for key, _name in _company(data)]
    return [(key, number) for key in keys], [(key, one) for key in keys for one in {number, ""}]


def _find_companies(visible: Any, values: set[Any]) -> Hits:
    """Accounts of the same company key; where one has the very name, it alone."""
    names: dict[str, set[str]] = defaultdict(set)
    for key, name in values:
        names[key].add(name)
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for part in in_parts(names):
        rows = visible.filter(company_key__in=part).order_by("pk")
        for key, name, pk in rows.values_list("company_key", "folded_name", "pk")[:MOST_OF_CHUNK]:
            found[key].append((name, pk))
    for key, name in values:
        exact = [pk for other, pk in found[key] if other == name]
        for pk in exact or [pk for _name, pk in found[key]]:
            yield (key, name), pk


def _domain(data: RecordData) -> Values:
    domain = web_domain(str(data.values.get("website", "")))
    return [domain] if domain else []


def _person(data: RecordData) -> Values:
    """Name and company of a lead."""
    values = data.values
    name = fold(f"{values.get('first_name', '')} {values.get('last_name', '')}")[:300]
    company = company_key(account_name(values.get("company", "")))[:200] if values.get("company") else ""
    return [(name, company)] if name or company else []


def _find_persons(visible: Any, values: set[Any]) -> Hits:
    for part in in_parts({name for name, _company in values if name}):
        rows = visible.filter(folded_name__in=part).values_list("folded_name", "company_key", "pk")
        for name, company, pk in rows[:MOST_OF_CHUNK]:
            yield (name, company), pk
    for part in in_parts({company for name, company in values if not name}):
        rows = visible.filter(company_key__in=part, folded_name="").values_list("company_key", "pk")
        for company, pk in rows[:MOST_OF_CHUNK]:
            yield ("", company), pk


def _deal(data: RecordData) -> Values:
    topic = fold(" ".join(str(data.values.get("topic", "")).split()))[:200]
    account = data.tokens.get("account")
    return [(topic, account)] if topic and account else []


def _find_deals(visible: Any, values: set[Any]) -> Hits:
    for part in in_parts({topic for topic, account in values if isinstance(account, int)}):
        rows = visible.filter(folded_topic__in=part).values_list("folded_topic", "account_id", "pk")
        for topic, account_id, pk in rows[:MOST_OF_CHUNK]:
            yield (topic, account_id), pk


REGARDING = ("opportunity", "lead", "contact", "account")


def _regards(data: RecordData) -> tuple[str, Any] | None:
    """The most telling record that a task or interaction is about."""
    return next(((name, data.tokens[name]) for name in REGARDING if data.tokens.get(name)), None)


def _to_do(data: RecordData) -> Values:
    about, subject = _regards(data), str(data.values.get("subject", ""))
    due = data.values.get("due_date")
    if (start := data.values.get("start_at")) is not None:
        due = start.astimezone(Firm.current().zone()).date()
    return [(*about, subject, due)] if about and subject else []


def _find_by_regarding(columns: tuple[str, ...]) -> Callable[[Any, set[Any]], Hits]:
    """Activities by what they are about, then by columns; the indexes begin with the former."""

    def find(visible: Any, values: set[Any]) -> Hits:
        for name in REGARDING:
            own = {value for value in values if value[0] == name and isinstance(value[1], int)}
            for part in in_parts({value[1] for value in own}):
                rows = visible.filter(**{f"{name}_id__in": part}, **{f"{columns[0]}__in": {one[2] for one in own}})
                for about, pk, *rest in rows.values_list(f"{name}_id", "pk", *columns)[:MOST_OF_CHUNK]:
                    yield (name, about, *rest), pk

    return find


def _event(data: RecordData) -> Values:
    about, at = _regards(data), data.values.get("happened_at")
    return [(*about, at, str(data.values.get("subject", "")))] if about and at is not None else []


def _picked(data: RecordData, name: str) -> Any:
    """The setup value of a field as it is compared; one that the run makes is none of those there."""
    if (value := data.picked.get(name)) is not None:
        return value.pk
    return ("new", fold(value.name)) if (value := data.new_values.get(name)) is not None else None


def _link(data: RecordData) -> Values:
    contact = data.tokens.get("contact")
    holder = next(((name, data.tokens[name]) for name in ("account", "lead") if data.tokens.get(name)), None)
    return [(contact, *holder, _picked(data, "role"))] if contact and holder else []


def _find_links(visible: Any, values: set[Any]) -> Hits:
    for part in in_parts({value[0] for value in values if isinstance(value[0], int)}):
        rows = visible.filter(contact__in=part).values_list("contact_id", "account_id", "lead_id", "role_id", "pk")
        for contact, account, lead, role, pk in rows[:MOST_OF_CHUNK]:
            holder = ("account", account) if account else ("lead", lead)
            yield (contact, *holder, role), pk


def _value_name(data: RecordData) -> Values:
    name = fold(str(data.values.get("name", "")))[:100]
    return [(name, _picked(data, "process"), str(data.values.get("kind", "")))] if name else []


def _find_values(visible: Any, values: set[Any]) -> Hits:
    within = catalog_of(visible.model).names_within
    for value in visible.filter(folded_name__in={name for name, _process, _kind in values}):
        for name, process, kind in values:
            is_same = value.folded_name == name
            is_same = is_same and ("process" not in within or value.process_id == process)
            if is_same and ("kind" not in within or value.kind == kind):
                yield (name, process, kind), value.pk


_KEYS: dict[type[Record], list[MatchKey]] = {
    Account: [
        MatchKey("number", _("Number"), _number, _by_column("number", 30)),
        MatchKey("name", _("Name"), _company, _find_companies, within=_company_within),
        MatchKey("domain", _("Web domain"), _domain, _by_column("web_domain"), is_weak=True),
        MatchKey("email", _("E-mail"), _emails, _by_child(AccountEmail), is_weak=True),
    ],
    Lead: [
        MatchKey("email", _("E-mail"), _emails, _by_child(LeadEmail), is_weak=True),
        MatchKey("phone", _("Phone"), _phones, _by_child(LeadPhone), is_weak=True),
        MatchKey("name", _("Name with company"), _person, _find_persons),
    ],
    Opportunity: [MatchKey("topic", _("Topic with account"), _deal, _find_deals)],
    Task: [
        MatchKey(
            "subject", _("Subject, due date and what it regards"), _to_do, _find_by_regarding(("subject", "due_date"))
        )
    ],
    Interaction: [
        MatchKey(
            "subject", _("Time, subject and what it regards"), _event, _find_by_regarding(("happened_at", "subject"))
        )
    ],
    CrossReference: [MatchKey("link", _("Contact, account or lead, and role"), _link, _find_links)],
}


def keys_of(shape: RecordShape) -> list[MatchKey]:
    """All keys of a kind of record, the strongest first."""
    if issubclass(shape.model, CatalogValue):
        return [MatchKey("name", _("Name"), _value_name, _find_values)]
    return _KEYS[shape.model]


def chosen_keys(shape: RecordShape, choices: Choices) -> list[MatchKey]:
    """The keys that count, in the order of the user's choice."""
    known = {key.name: key for key in keys_of(shape)}
    found = [known[name] for name in choices.keys or () if name in known]
    return found or list(known.values())
