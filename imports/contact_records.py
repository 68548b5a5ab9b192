"""Turns the values of a row into contact, e-mails, phones and so on: new, or merged into what is there already."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Contact, ContactAddress, ContactEmail, ContactHandle, ContactPhone, ContactWebsite
from contacts.photos import NotAPhoto, photo_file
from core.records import child_rows
from core.records.blank import blank
from core.records.channels import EmailKind, PhoneKind
from core.records.columns import tidy_text
from core.records.models import ChildRow
from core.text.normalise import bare_number, fold, normalise_email, normalise_phone, phone_digits, words
from setup_values.countries import country_code
from setup_values.models import Source

from .contact_clearing import empty_columns, without_emptied
from .contact_files import ADDRESS_KEYS, SourceRow
from .cut_texts import is_cut
from .fields import ADDRESS_KINDS

# Neutral name -> column of Contact, for plain texts.
TEXTS = {
    "prefix": "prefix", "first_name": "first_name", "middle_name": "middle_name", "last_name": "last_name",
    "suffix": "suffix", "nickname": "nickname", "phonetic_first": "phonetic_first_name",
    "phonetic_last": "phonetic_last_name", "organization": "company_name", "department": "department",
    "job_title": "job_title", "birthday": "birthday", "language": "language", "campaign": "campaign",
    "where_met": "where_met", "preferred_channel": "preferred_channel",
}  # fmt: skip
FLAGS = ("do_not_email", "do_not_phone", "do_not_post", "do_not_track")
MOST_NOTES = 50_000

Children = dict[str, list[ChildRow]]


def _longest(model: type, name: str) -> int:
    return model._meta.get_field(name).max_length


_LENGTHS = {column: _longest(Contact, column) for column in (*TEXTS.values(), "display_name", "vcard_uid")}
_CHILD_LENGTHS = {
    (model, column): _longest(model, column)
    for model, columns in (
        (ContactEmail, ("value", "label")),
        (ContactPhone, ("value", "label", "extension")),
        (ContactAddress, (*ADDRESS_KEYS[1:], "label")),
        (ContactWebsite, ("value", "label")),
        (ContactHandle, ("service", "value")),
    )
    for column in columns
}
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_EMAIL_KINDS, _PHONE_KINDS = frozenset(EmailKind.values), frozenset(PhoneKind.values)
_ADDRESS_KINDS = frozenset(ContactAddress.Kind.values)


@dataclass
class ContactData:
    """What one row says of a contact: columns cut to their length, child rows, and what goes into the notes."""

    row: SourceRow
    columns: dict[str, str] = field(default_factory=dict)
    children: Children = field(default_factory=dict)
    # The parts of the notes, each written once however often its row comes.
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    source: Source | None = None

    @classmethod
    def of(cls, row: SourceRow) -> "ContactData":
        """Read a row; raises nothing: what does not fit its column goes into the notes in full."""
        data = cls(row)
        for name, column in TEXTS.items():
            if text := row.values[name]:
                data.columns[column] = data.fit(text, _LENGTHS[column])
        shown = _shown_name(row.values)
        if shown:
            data.columns["display_name"] = data.fit(shown, _LENGTHS["display_name"])
        if row.vcard_uid:
            data.columns["vcard_uid"] = _kept_uid(row.vcard_uid)
        data.children = {name: rows for name, rows in _children_of(data).items() if rows}
        data.notes = [*map(_lines, row.notes), *data.notes, *_labelled(row)]
        return data

    def fit(self, text: str, length: int) -> str:
        """The text cut to its column; the whole of a longer one is kept in the notes."""
        if len(text) <= length:
            return text
        if text not in self.notes:
            self.notes.append(text)
            self.problems.append(
                _("“%(text)s…” is too long for its field; all of it is in the notes.") % {"text": text[:40]}
            )
        return text[:length].rstrip()

    def keep(self, key: str, problem: str = "") -> None:
        """Keep a value that nothing was found for in the notes, and say so where there is something to say."""
        label = self.row.labels.get(key, "")
        text = self.row.values[key]
        self.notes.append(f"{label}: {text}" if label else text)
        if problem:
            self.problems.append(problem)
        if problem and key in self.row.columns:
            self.row.faults[self.row.columns[key]] = problem

    def without_uid(self) -> None:
        """The UID belongs to a contact that is not this one: it is kept among the lines that no field holds."""
        uid = self.columns.pop("vcard_uid")
        self.row.vcard_extra = "\n".join(filter(None, (self.row.vcard_extra, f"X-UID:{uid}")))

    def primary(self, name: str) -> str:
        """The value of the row that will be the primary one, "" without rows."""
        rows: list[Any] = self.children.get(name, [])
        return next((row.value for row in rows if row.is_primary), rows[0].value if rows else "")


def _kept_uid(uid: str) -> str:
    """A UID as its column holds it: of one that is too long the rest becomes a checksum, so that no two are one."""
    longest = _LENGTHS["vcard_uid"]
    if len(uid) <= longest:
        return uid
    rest = hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()[:32]
    return f"{uid[: longest - len(rest)]}{rest}"


def _shown_name(values: dict[str, Any]) -> str:
    """The name under which the person is shown where first and last name do not already say it, else ""."""
    shown = values["display_name"]
    if not shown:
        return ""
    parts = [values[name] for name in ("prefix", "first_name", "middle_name", "last_name", "suffix")]
    if not any(parts[1:4]):
        # Without a name an e-mail, phone or nickname stands in its place: the contact shows that by itself.
        others = {values["nickname"], *(entry["value"] for entry in (*values["emails"], *values["phones"]))}
        return "" if shown in others else shown
    prefix, first, middle, last, suffix = map(words, parts)
    given = [*first, *middle]
    said = [[*given, *last], [*last, *given]]
    written = words(shown)
    known = any(written == [*start, *name, *end] for name in said for start in ([], prefix) for end in ([], suffix))
    return "" if known else shown


def _labelled(row: SourceRow) -> list[str]:
    """What has no column of its own, under the header that it had."""
    values = row.values
    texts = {
        "categories": ", ".join(values["categories"]),
        "uid": "" if row.vcard_uid else values["uid"],
        "organization_uid": values["organization_uid"],
    }
    return [f"{row.labels[key]}: {text}" if key in row.labels else text for key, text in texts.items() if text]


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _children_of(data: ContactData) -> Children:
    """The child rows that a row of a file makes, each list in file order."""
    values = data.row.values

    def cut(model: type, **columns: str) -> dict[str, str]:
        return {name: data.fit(text, _CHILD_LENGTHS[model, name]) for name, text in columns.items() if text}

    labels = data.row.website_labels
    return {
        "emails": [
            blank(
                ContactEmail,
                kind=one["kind"] if one["kind"] in _EMAIL_KINDS else "other",
                is_primary=one["primary"],
                **cut(ContactEmail, value=one["value"], label=one.get("label", "")),
            )
            for one in values["emails"]
        ],
        "phones": [
            blank(
                ContactPhone,
                kind=one["kind"] if one["kind"] in _PHONE_KINDS else "other",
                is_primary=one["primary"],
                **cut(ContactPhone, value=one["value"], label=one.get("label", ""), extension=one.get("ext", "")),
            )
            for one in values["phones"]
        ],
        "addresses": [
            blank(
                ContactAddress,
                kind=one["kind"] if one["kind"] in _ADDRESS_KINDS else "other",
                **cut(ContactAddress, label=_address_label(one), **{key: _lines(one[key]) for key in ADDRESS_KEYS[1:]}),
            )
            for one in values["addresses"]
        ],
        "websites": [
            ContactWebsite(**cut(ContactWebsite, value=text, label=labels.get(text, ""))) for text in values["websites"]
        ],
        "handles": [
            ContactHandle(**cut(ContactHandle, service=one["service"], value=one["value"])) for one in values["handles"]
        ],
    }  # fmt: skip


def _address_label(address: dict[str, Any]) -> str:
    """The label of an address; billing and shipping are kinds of accounts, for a contact they are labels."""
    if address.get("label") or address["kind"] in _ADDRESS_KINDS:
        return address.get("label", "")
    return str(ADDRESS_KINDS.get(address["kind"], ""))


def new_contact(data: ContactData, *, owner: Any) -> Contact:
    """A contact that is not saved yet; its child rows are data.children."""
    contact = blank(
        Contact,
        owner_id=owner.pk if owner is not None else None,
        team_id=owner.team_id if owner is not None else None,
        vcard_extra=data.row.vcard_extra,
        **data.columns,
    )
    if data.source is not None:
        contact.source = data.source
    for flag in FLAGS:
        setattr(contact, flag, bool(data.row.values[flag]))
    _add_notes(contact, data)
    _set_photo(contact, data)
    return contact


def _set_photo(contact: Contact, data: ContactData) -> None:
    """A photo fills an empty place only."""
    if data.row.photo and not contact.photo:
        try:
            contact.photo = photo_file(data.row.photo)
        except NotAPhoto as error:
            data.problems.append(str(error))


def _add_notes(contact: Contact, data: ContactData) -> None:
    """Append the parts that the notes do not hold yet."""
    present = _lines(contact.notes)
    parts = [part for part in dict.fromkeys(data.notes) if not is_cut(part, present)]
    missing = [part for part in parts if f"\n{part}\n" not in f"\n{present}\n"]
    if not missing:
        return
    notes = "\n".join(filter(None, (contact.notes, *missing)))
    if len(notes) > MOST_NOTES:
        data.problems.append(
            _("The notes are longer than %(most)s characters; their end was left out.") % {"most": MOST_NOTES}
        )
    contact.notes = notes[:MOST_NOTES]


def load_children(contacts: Iterable[Contact]) -> dict[int, Children]:
    """{contact id: {name: rows}} of the contacts that a chunk may update; one query per kind of row."""
    ids = [contact.pk for contact in contacts]
    loaded = {name: child_rows.load(Contact, name, ids) for name in Contact.CHILDREN}
    return {pk: {name: loaded[name].get(pk, []) for name in Contact.CHILDREN} for pk in ids}


def _differ_in_blanks_only(old: str, new: str) -> bool:
    return old.split() == new.split()


def merge_into(contact: Contact, present: Children, data: ContactData, region: str) -> Children:
    """Write the row's filled values onto the contact; returns the child rows that changed, completely.

    Empty cells keep what is there, unless the user wants them to take it away (data.row.emptying); an opt-out is
    never taken back; e-mails, phones and the rest are added. Source, photo, UID and the lines of a card that no field
    holds fill an empty place only. Notes are added once.
    """
    for column, text in data.columns.items():
        if column == "vcard_uid" and contact.vcard_uid:
            continue
        old = getattr(contact, column)
        is_same = tidy_text(Contact._meta.get_field(column), old) == text
        if not (is_same or data.row.is_card and _differ_in_blanks_only(old, text)):
            setattr(contact, column, text)
    emptying = data.row.emptying
    if emptying is not None:
        empty_columns(contact, data.row.values, TEXTS, emptying)
    for flag in FLAGS:
        setattr(contact, flag, getattr(contact, flag) or bool(data.row.values[flag]))
    if data.source is not None and contact.source_id is None:
        contact.source = data.source
    contact.vcard_extra = contact.vcard_extra or data.row.vcard_extra
    _add_notes(contact, data)
    _set_photo(contact, data)
    changed = without_emptied(present, data.children, emptying) if emptying is not None else {}
    present = present | changed
    for name, rows in data.children.items():
        known = {identity(one, region) for one in present.get(name, ())}
        added = []
        for one in rows:
            key = identity(one, region)
            if key not in known:
                known.add(key)
                # What an import adds never takes the place of a primary.
                one.is_primary = one.is_primary and not present.get(name)
                added.append(one)
        if added:
            changed[name] = [*present.get(name, ()), *added]
    return changed


def identity(row: Any, region: str) -> tuple:
    """What makes two child rows the same: the normalised value with its extension, the folded address."""
    if isinstance(row, ContactEmail):
        return (normalise_email(row.value) or fold(row.value),)
    if isinstance(row, ContactPhone):
        digits = phone_digits(_TRUNK_ZERO.sub("", row.value))
        extension = row.extension or digits.removeprefix(phone_digits(bare_number(row.value)))
        return (normalise_phone(row.value, region) or fold(row.value), extension)
    if isinstance(row, ContactAddress):
        country = country_code(row.country) or row.country
        parts = (row.street, row.extended, row.po_box, row.city, row.postcode, country)
        return tuple(fold(part) for part in parts)
    if isinstance(row, ContactHandle):
        return (fold(row.service), fold(row.value))
    return (fold(row.value),)
