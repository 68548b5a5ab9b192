"""Turns the values of a row into contact, e-mails, phones and so on: new, or merged into what is there already."""

from typing import Any

from django.core.files.base import ContentFile

from contacts.models import (
    Contact,
    ContactAddress,
    ContactEmail,
    ContactHandle,
    ContactPhone,
    ContactWebsite,
)
from core.records import child_rows
from core.records.channels import EmailKind, PhoneKind
from core.text.normalise import fold, normalise_email, normalise_phone
from setup_values.countries import country_code

from .contact_files import SourceRow

# Neutral name -> column of Contact, for plain texts.
TEXTS = {
    "prefix": "prefix", "first_name": "first_name", "middle_name": "middle_name", "last_name": "last_name",
    "suffix": "suffix", "nickname": "nickname", "phonetic_first": "phonetic_first_name",
    "phonetic_last": "phonetic_last_name", "organization": "company_name", "department": "department",
    "job_title": "job_title", "birthday": "birthday", "language": "language", "campaign": "campaign",
}  # fmt: skip
FLAGS = ("do_not_email", "do_not_phone")
PHOTO_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}
ADDRESS_KEYS = ("po_box", "extended", "street", "city", "region", "postcode", "country")

_LENGTHS = {column: Contact._meta.get_field(column).max_length for column in TEXTS.values()}


def texts_of(row: SourceRow) -> tuple[dict[str, str], list[str]]:
    """({column: text}, texts that are too long for their column and go into the notes)."""
    values, overflow = row.values, []
    found = {}
    for name, column in TEXTS.items():
        text = values[name]
        if len(text) > _LENGTHS[column]:
            overflow.append(text)
            text = text[: _LENGTHS[column]].rstrip()
        if text:
            found[column] = text
    full = " ".join(f"{values['first_name']} {values['middle_name']} {values['last_name']}".split())
    if values["display_name"] and fold(values["display_name"]) != fold(full):
        found["display_name"] = values["display_name"][:300]
    if values["uid"]:
        found["vcard_uid"] = values["uid"][:255]
    return found, overflow


def notes_of(row: SourceRow, overflow: list[str]) -> str:
    """The notes of a row with what has no field of its own, one line each."""
    extra = [*overflow]
    if row.values["source"]:
        extra.append(row.values["source"])
    if row.values["categories"]:
        extra.append(", ".join(row.values["categories"]))
    return "\n".join(part for part in (row.values["notes"], *extra) if part)[:50_000]


def new_contact(row: SourceRow, *, owner: Any, region: str) -> tuple[Contact, dict[str, list]]:
    """A contact that is not saved yet, with its child rows."""
    found, overflow = texts_of(row)
    contact = Contact(owner=owner, team=owner.team, notes=notes_of(row, overflow), vcard_extra=row.vcard_extra, **found)
    for flag in FLAGS:
        setattr(contact, flag, bool(row.values[flag]))
    if row.photo and row.photo[1] in PHOTO_ENDINGS:
        contact.photo = ContentFile(row.photo[0], name=f"photo.{PHOTO_ENDINGS[row.photo[1]]}")
    return contact, {name: rows for name, rows in children_of(row).items() if rows}


def children_of(row: SourceRow) -> dict[str, list]:
    """The child rows that a row of a file makes, each list in file order."""
    values = row.values
    return {
        "emails": [
            ContactEmail(value=one["value"][:254], kind=_kind(one, EmailKind), label=one.get("label", "")[:60], is_primary=one["primary"])
            for one in values["emails"]
        ],
        "phones": [
            ContactPhone(
                value=one["value"][:80], kind=_kind(one, PhoneKind), label=one.get("label", "")[:60],
                extension=one.get("ext", "")[:20], is_primary=one["primary"],
            )
            for one in values["phones"]
        ],
        "addresses": [_address(one) for one in values["addresses"]],
        "websites": [ContactWebsite(value=one[:1000]) for one in values["websites"]],
        "handles": [ContactHandle(service=one["service"][:60], value=one["value"][:300]) for one in values["handles"]],
    }  # fmt: skip


def _kind(entry: dict[str, Any], kinds: Any) -> str:
    return entry["kind"] if entry["kind"] in kinds.values else "other"


def _address(entry: dict[str, Any]) -> ContactAddress:
    columns = {}
    for name in ADDRESS_KEYS:
        limit = ContactAddress._meta.get_field(name).max_length
        columns[name] = str(entry.get(name, "")).replace("\r\n", "\n")[:limit]
    kind = entry["kind"] if entry["kind"] in ContactAddress.Kind.values else "other"
    return ContactAddress(kind=kind, **columns)


def load_children(contacts: list[Contact]) -> dict[int, dict[str, list]]:
    """{contact id: {name: rows}} of the contacts that a chunk may update; one query per kind of row."""
    ids = [contact.pk for contact in contacts]
    loaded = {name: child_rows.load(Contact, name, ids) for name in Contact.CHILDREN}
    return {pk: {name: loaded[name].get(pk, []) for name in Contact.CHILDREN} for pk in ids}


def merge_into(contact: Contact, children: dict[str, list], row: SourceRow, region: str) -> dict[str, list]:
    """Write the row's filled values onto the contact; returns the child rows that changed, completely.

    Empty cells keep what is there; an opt-out is never taken back; e-mails, phones and the rest are added. Notes are
    added once.
    """
    found, overflow = texts_of(row)
    for column, text in found.items():
        setattr(contact, column, text)
    for flag in FLAGS:
        setattr(contact, flag, getattr(contact, flag) or bool(row.values[flag]))
    notes = notes_of(row, overflow)
    if notes and notes not in contact.notes:
        contact.notes = f"{contact.notes}\n{notes}".strip()[:50_000]
    if row.vcard_extra and not contact.vcard_extra:
        contact.vcard_extra = row.vcard_extra
    changed = {}
    for name, rows in children_of(row).items():
        present = children.get(name, [])
        known = {_identity(one, region) for one in present}
        added = []
        for one in rows:
            key = _identity(one, region)
            if key not in known:
                known.add(key)
                if present or added:
                    _be_second(one)
                added.append(one)
        if added:
            changed[name] = [*present, *added]
    return changed


def _be_second(row: Any) -> None:
    """What an import adds never takes the place of a primary."""
    if hasattr(row, "is_primary"):
        row.is_primary = False


def _identity(row: Any, region: str) -> tuple:
    """What makes two child rows the same: the normalised value, the folded address."""
    if isinstance(row, ContactEmail):
        return (normalise_email(row.value) or fold(row.value),)
    if isinstance(row, ContactPhone):
        return (normalise_phone(row.value, region) or fold(row.value),)
    if isinstance(row, ContactAddress):
        country = country_code(row.country) or row.country
        return tuple(fold(part) for part in (row.street, row.extended, row.po_box, row.city, row.postcode, country))
    return (fold(row.value),)
