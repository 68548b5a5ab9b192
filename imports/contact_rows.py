"""Turns the rows of a mapped table into the neutral values of contacts, with the problems on the way."""

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from imports.cells import (
    Email,
    clean_cell,
    email_fault,
    is_plausible_phone,
    own_cell,
    read_yes_no,
    split_categories,
    split_emails,
    split_phones,
    split_values,
)
from imports.contact_values import Draft, Problem, keep_in_notes, settle
from imports.dates import AMBIGUOUS, EMPTY, read_day
from imports.fields import DEFAULT_VALUES, FAMILY, OPT_OUT_FIELDS, PHONE_KINDS, address_fields, is_left_out
from imports.mapping import ColumnMapping, ColumnMatch
from imports.readers import Row

DATE_FIELDS = ("birthday", "anniversary")
SCALARS = {
    "name_prefix": "prefix",
    "first_name": "first_name",
    "middle_name": "middle_name",
    "last_name": "last_name",
    "name_suffix": "suffix",
    "display_name": "display_name",
    "nickname": "nickname",
    "phonetic_first": "phonetic_first",
    "phonetic_last": "phonetic_last",
    "company": "organization",
    "account_name": "account_name",
    "company_external_id": "organization_uid",
    "department": "department",
    "job_title": "job_title",
    "language": "language",
    "lead_source": "source",
    "campaign": "campaign",
    "owner": "owner",
    "external_id": "uid",
    "where_met": "where_met",
    "record_id": "record_id",
    "record_version": "record_version",
}
_WHOLE_ADDRESS = ("kind", "label", "pobox", "ext", "street", "city", "region", "postcode", "country")
_CHANNELS = frozenset(("email", "phone", "post"))
ADDRESS_FIELDS = {field: (kind, part) for field, kind, part in address_fields()}


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One row as a contact: `values` as `imports.contact_values.blank_values` says, and its problems."""

    line: int
    number: int
    values: dict[str, Any]
    problems: list[Problem]


Setter = Callable[[Draft, str], None]


@dataclass(frozen=True, slots=True)
class ContactPlan:
    """A mapping compiled to steps (column index, setter), so that a row costs only its filled cells."""

    steps: tuple[tuple[int, Setter], ...]
    is_own: bool
    language: str
    keep_unmapped: bool
    this_year: int

    def transform(self, row: Row) -> ContactRow:
        """Return one row as a contact; nothing that stood in it is lost without a word."""
        draft = Draft(row.line, self.this_year, is_own=self.is_own)
        clean = own_cell if self.is_own else clean_cell
        cells = row.cells
        for index, setter in self.steps:
            text = cells[index]
            if text:
                text = clean(text)
                if text:
                    draft.column = index
                    setter(draft, text)
        draft.column = None
        for text in row.extra:
            text = clean(text)
            if text:
                draft.keep("", text)
                draft.warn("", "extra_cells", text)
        settle(draft, self.language)
        if self.keep_unmapped:
            keep_in_notes(draft.values)
        return ContactRow(row.line, row.number, draft.values, draft.problems)

    def transform_all(self, rows: Iterable[Row]) -> Iterator[ContactRow]:
        """Yield every row as a contact."""
        return map(self.transform, rows)


def compile_contact_plan(
    mapping: ColumnMapping,
    *,
    date_orders: Mapping[str, str | None] | None = None,
    keep_unmapped: bool = False,
    today: datetime.date | None = None,
) -> ContactPlan:
    """Return the plan for `mapping`.

    `date_orders` gives "dmy", "mdy" or "ymd" per date field (the user's choice, or what its column tells);
    without one only days with a single reading are read. `keep_unmapped` writes what has no place into the
    notes, a line "Header: value" each; `today` (default: now, UTC) completes two-digit years.
    """
    year = (today or datetime.datetime.now(tz=datetime.UTC).date()).year
    orders = dict(date_orders or {})
    steps = []
    for column in mapping.columns:
        setter = _setter_for(column, orders, mapping.language)
        if setter is not None:
            steps.append((column.index, setter))
    is_own = "record_id" in mapping.fields.values()
    return ContactPlan(tuple(steps), is_own, mapping.language, keep_unmapped, year)


def _setter_for(column: ColumnMatch, orders: Mapping[str, str | None], language: str) -> Setter | None:
    field, header = column.field, column.header
    if field is None:
        return None if column.how in ("ignored", "chosen") else partial(_keep, header)
    if is_left_out(field):
        return None
    if field in SCALARS:
        return partial(_set_scalar, SCALARS[field], header)
    if field in PHONE_KINDS:
        kind = "mobile" if field == "phone_radio" and language == "de" else PHONE_KINDS[field][0]
        return partial(_add_phones, field, kind)
    if field in ADDRESS_FIELDS:
        return partial(_set_address_part, *ADDRESS_FIELDS[field], header)
    if field in DATE_FIELDS:
        return partial(_set_day, field, header, orders.get(field))
    if field in OPT_OUT_FIELDS:
        return partial(_set_opt_out, field, OPT_OUT_FIELDS[field][0])
    if field in DEFAULT_VALUES:
        return partial(_keep_unless_default, header, DEFAULT_VALUES[field])
    family = FAMILY.fullmatch(field)
    if family:
        return _family_setter(family[1], family[2], family[3] or "", header)
    return _PLAIN_SETTERS.get(field) or partial(_keep, header)


def _family_setter(family: str, number: str, part: str, header: str) -> Setter:
    """Return the setter of a numbered field: its label, its value, or a part of an address."""
    slot = family + number
    if part == "label":
        return partial(_set_label, slot)
    if part == "kind":
        return partial(_set_kind, slot)
    if family == "phone" and part == "ext":
        return partial(_set_extension, slot)
    if family == "handle":
        return partial(_set_handle_part, slot, part or "value")
    if part == "display":
        return _suggest_name
    if family == "address":
        return partial(_set_address_part, slot, part or "formatted", header)
    if family == "email":
        return partial(_add_emails, slot)
    if family == "phone":
        return partial(_add_phones, slot, "other")
    if family == "website":
        return _add_websites
    return partial(_keep_labelled, slot, header)


def _keep(header: str, draft: Draft, text: str) -> None:
    draft.keep(header, text)


def _keep_unless_default(header: str, defaults: frozenset[str], draft: Draft, text: str) -> None:
    if text.casefold() not in defaults:
        draft.keep(header, text)


def _keep_labelled(slot: str, header: str, draft: Draft, text: str) -> None:
    label = draft.labels.get(slot, "").lstrip("* ")
    draft.keep(label or header, text)


def _set_scalar(key: str, header: str, draft: Draft, text: str) -> None:
    before = draft.values[key]
    if not before:
        draft.values[key] = text
    elif before != text:
        draft.keep(header, text)


def _set_label(slot: str, draft: Draft, text: str) -> None:
    draft.labels[slot] = text


def _set_kind(slot: str, draft: Draft, text: str) -> None:
    draft.kinds[slot] = text


def _set_extension(slot: str, draft: Draft, text: str) -> None:
    draft.extensions[slot] = text


def _set_handle_part(slot: str, part: str, draft: Draft, text: str) -> None:
    draft.handles.setdefault(slot, {"service": "", "value": ""})[part] = text


def _add_named_handles(draft: Draft, text: str) -> None:
    """As our own export joins them: "skype: ana ::: x.example/ana"."""
    for one in split_values(text):
        service, colon, value = one.partition(": ")
        draft.values["handles"].append({"service": service if colon else "", "value": value if colon else one})


def _add_whole_addresses(draft: Draft, text: str) -> None:
    """As our own export joins them: the parts of each between bars, in the order of their columns."""
    for one in split_values(text):
        parts = [part.strip() for part in one.split("|")]
        if len(parts) == len(_WHOLE_ADDRESS):
            slot = f"address_others{len(draft.addresses)}"
            kind, label, *place = parts
            draft.kinds[slot], draft.labels[slot] = kind, label
            draft.addresses[slot] = {name: part for name, part in zip(_WHOLE_ADDRESS[2:], place, strict=True) if part}
        else:
            draft.keep("", one)


def _set_channel(draft: Draft, text: str) -> None:
    if text.casefold() in _CHANNELS:
        draft.values["preferred_channel"] = text.casefold()
    else:
        draft.keep("", text)


def _suggest_name(draft: Draft, text: str) -> None:
    draft.suggested_name = draft.suggested_name or text


def _values_of(slot: str, draft: Draft, text: str) -> list[str]:
    """The values of a cell; in our own export only the column of the others holds several."""
    return split_values(text) if not draft.is_own or slot.endswith("_others") else [text]


def _add_emails(slot: str, draft: Draft, text: str) -> None:
    for part in _values_of(slot, draft, text):
        found, beside = ([Email(part, "", email_fault(part))], "") if draft.is_own else split_emails(part)
        for email in found:
            draft.emails.append((email, slot))
            if email.name:
                _suggest_name(draft, email.name)
            if email.fault:
                draft.warn("emails", email.fault, email.value)
        if beside:
            draft.keep("", beside)
            draft.warn("emails", "text_beside_email", beside)


def _add_phones(field: str, kind: str, draft: Draft, text: str) -> None:
    parts = _values_of(field, draft, text)
    for number in parts if draft.is_own else (number for part in parts for number in split_phones(part)):
        draft.phones.append((number, kind, field))
        if not is_plausible_phone(number):
            draft.warn("phones", "invalid_phone", number)


def _add_websites(draft: Draft, text: str) -> None:
    for address in split_values(text):
        if address not in draft.values["websites"]:
            draft.values["websites"].append(address)


def _set_address_part(slot: str, part: str, header: str, draft: Draft, text: str) -> None:
    parts = draft.addresses.setdefault(slot, {})
    before = parts.setdefault(part, text)
    if before != text:
        draft.keep(header, text)


def _set_day(field: str, header: str, order: str | None, draft: Draft, text: str) -> None:
    reading = read_day(text, order, this_year=draft.this_year)
    if reading.fault == EMPTY:
        return
    if reading.fault:
        draft.warn(field, "ambiguous_date" if reading.fault == AMBIGUOUS else "invalid_date", text)
    elif reading.century_guessed:
        draft.warn(field, "two_digit_year", text)
    value = reading.text or text
    if field == "birthday":
        _set_scalar("birthday", header, draft, value)
    else:
        draft.keep(header, value)


def _set_birthday_part(part: str, draft: Draft, text: str) -> None:
    draft.birthday[part] = text


def _set_opt_out(field: str, key: str, draft: Draft, text: str) -> None:
    refused = read_yes_no(text)
    if refused is None:
        draft.warn(field, "unclear_opt_out", text)
    if refused is not False:
        draft.values[key] = True


def _add_notes(draft: Draft, text: str) -> None:
    before = draft.values["notes"]
    draft.values["notes"] = f"{before}\n{text}" if before else text


def _add_categories(draft: Draft, text: str) -> None:
    known = draft.values["categories"]
    known += [name for name in split_categories(text) if name not in known]


def _add_handle(service: str, draft: Draft, text: str) -> None:
    for value in split_values(text):
        draft.values["handles"].append({"service": service, "value": value})


_PLAIN_SETTERS: dict[str, Setter] = {
    "email_others": partial(_add_emails, "email_others"),
    "address_others": _add_whole_addresses,
    "phone_others": partial(_add_phones, "phone_others", "other"),
    "handle_others": _add_named_handles,
    "preferred_channel": _set_channel,
    "website": _add_websites,
    "website_personal": _add_websites,
    "linkedin_url": _add_websites,
    "im": partial(_add_handle, ""),
    "twitter": partial(_add_handle, "twitter"),
    "notes": _add_notes,
    "description": _add_notes,
    "categories": _add_categories,
    "birthday_day": partial(_set_birthday_part, "day"),
    "birthday_month": partial(_set_birthday_part, "month"),
    "birthday_year": partial(_set_birthday_part, "year"),
}
