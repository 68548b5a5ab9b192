"""The neutral values of one contact while and after its row is read, whatever file it came from."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from imports.cells import Email, Label, read_label
from imports.dates import read_day
from imports.person_names import suggest_parts

_ADDRESS_KEYS = {
    "extended": "ext",
    "po_box": "pobox",
    "city": "city",
    "region": "region",
    "postcode": "postcode",
    "country": "country",
}
_STREET_PARTS = ("street", "street2", "street3")
_PHONE_SIGNS = dict.fromkeys(map(ord, " ().-/\u00a0\u202f\u2011–"))
_NO_LABEL = Label("other", "", primary=False)
_NOT_PRIMARY = ("fax", "fax_work", "fax_home", "pager", "assistant")


_PROBLEMS = {
    "no_identity": _("The row names no person, organization, e-mail or phone."),
    "invalid_email": _("“%(value)s” is not an e-mail address; it is kept as text."),
    "email_domain": _("The domain of “%(value)s” has no dot; is the address complete?"),
    "text_beside_email": _("“%(value)s” stood beside the e-mail address; it is kept as text."),
    "invalid_phone": _("“%(value)s” is not a phone number; it is kept as text."),
    "invalid_date": _("“%(value)s” is not a date; it is kept as text."),
    "ambiguous_date": _("“%(value)s” may be day/month or month/day: choose the order for the column."),
    "two_digit_year": _("The year of “%(value)s” has two digits; the century was completed."),
    "extra_cells": _("The row has more cells than the header: “%(value)s” is kept as text."),
    "unclear_opt_out": _("“%(value)s” is neither yes nor no; it was taken as a refusal, to be safe."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about one row that the user should see; `code` "no_identity" alone makes the row unusable."""

    line: int
    field: str
    code: str
    value: str = ""
    # The position of the column in which it stands, None for what belongs to no single one.
    column: int | None = None

    @property
    def is_error(self) -> bool:
        """Tell whether the row cannot become a contact."""
        return self.code == "no_identity"

    @property
    def message(self) -> str:
        """Return the problem in the active language."""
        return str(_PROBLEMS[self.code]) % {"value": self.value[:100]}


def blank_values() -> dict[str, Any]:
    """Return the values of an empty contact; every key is always present.

    Texts are "" when absent. `emails` and `phones` are [{value, kind, primary}] (`label` beside an unusual
    kind), `addresses` [{kind, po_box, extended, street, city, region, postcode, country}], `websites` and
    `categories` texts, `handles` [{service, value}], `birthday` "1980-05-17", "--05-17" or the text as
    typed, `do_not_...` True for an opt-out and False for "nothing said" (never a consent),
    `name_is_suggested` True when the parts were guessed from the full name, `unmapped` [[header, value]]:
    whatever has no place elsewhere, `record_id` and `record_version` the contact as a file of our own export
    says it.
    """
    return {
        "prefix": "", "first_name": "", "middle_name": "", "last_name": "", "suffix": "", "display_name": "",
        "nickname": "", "phonetic_first": "", "phonetic_last": "", "name_is_suggested": False,
        "is_company": False, "organization": "", "organization_uid": "", "account_name": "",
        "department": "", "job_title": "",
        "emails": [], "phones": [], "addresses": [], "websites": [], "handles": [],
        "birthday": "", "notes": "", "categories": [], "language": "", "source": "", "campaign": "",
        "owner": "", "uid": "", "has_photo": False, "do_not_email": False, "do_not_phone": False,
        "do_not_post": False, "do_not_track": False, "where_met": "", "preferred_channel": "",
        "record_id": "", "record_version": "",
        "unmapped": [],
    }  # fmt: skip


class Draft:
    """A contact while its row is read: what setters put down, before `settle` brings it into its form."""

    __slots__ = (
        "addresses",
        "birthday",
        "column",
        "emails",
        "extensions",
        "handles",
        "is_own",
        "kinds",
        "labels",
        "line",
        "phones",
        "problems",
        "suggested_name",
        "this_year",
        "values",
    )

    def __init__(self, line: int, this_year: int, *, is_own: bool = False) -> None:
        self.line = line
        # Whether our own export wrote it: then each value stands as it was entered.
        self.is_own = is_own
        # The position of the column whose cell is being read.
        self.column: int | None = None
        self.this_year = this_year
        self.values = blank_values()
        self.problems: list[Problem] = []
        self.emails: list[tuple[Email, str]] = []  # with the slot that its label has
        self.phones: list[tuple[str, str, str]] = []  # number, kind, and field or slot
        self.labels: dict[str, str] = {}
        # Of the numbered columns of our own export, by slot: what it says beside labels.
        self.kinds: dict[str, str] = {}
        self.extensions: dict[str, str] = {}
        self.handles: dict[str, dict[str, str]] = {}
        self.addresses: dict[str, dict[str, str]] = {}
        self.birthday: dict[str, str] = {}
        self.suggested_name = ""

    def keep(self, header: str, text: str) -> None:
        """Keep a text that has no place of its own."""
        self.values["unmapped"].append([header, text])

    def warn(self, field: str, code: str, value: str) -> None:
        """Note a problem of this row."""
        self.problems.append(Problem(self.line, field, code, value, self.column))


def keep_in_notes(values: dict[str, Any]) -> None:
    """Append `unmapped` to the notes, a line "Header: value" each, and empty it."""
    lines = [f"{header}: {text}" if header else text for header, text in values["unmapped"]]
    if lines:
        values["notes"] = "\n".join([values["notes"], *lines] if values["notes"] else lines)
        values["unmapped"] = []


def settle(draft: Draft, language: str) -> None:
    """Bring what the setters put down into its final form: kinds, primaries, addresses, birthday, names.

    `language` is that of the headers; it decides how a full name is divided.
    """
    if draft.emails:
        _settle_emails(draft)
    if draft.phones:
        _settle_phones(draft)
    for slot, parts in draft.addresses.items():
        draft.values["addresses"].append(_settled_address(draft, slot, parts))
    numbered = [handle for handle in draft.handles.values() if handle["value"]]
    draft.values["handles"] = [*numbered, *draft.values["handles"]]
    if draft.birthday:
        _settle_birthday(draft)
    _settle_names(draft, language)


def _label_of(draft: Draft, slot: str) -> Label:
    return read_label(draft.labels[slot]) if slot in draft.labels else _NO_LABEL


def _entry(value: str, kind: str, label: str, primary: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"value": value, "kind": kind, "primary": primary}
    if label:
        entry["label"] = label
    return entry


def _settle_emails(draft: Draft) -> None:
    """List every address once; primary is the marked one, else the first that is valid, else the first."""
    entries: dict[str, dict[str, Any]] = {}
    marked, valid = [], []
    for email, slot in draft.emails:
        if email.value.casefold() in entries:
            continue
        label = _label_of(draft, slot)
        kind = label.kind if label.kind in ("work", "home") else "other"
        text = label.text or ("" if kind == label.kind else draft.labels[slot].lstrip("* "))
        if slot in draft.kinds:
            kind, text = draft.kinds[slot], draft.labels.get(slot, "")
        entry = entries[email.value.casefold()] = _entry(email.value, kind, text, False)
        if label.primary:
            marked.append(entry)
        if email.fault != "invalid_email":
            valid.append(entry)
    found = list(entries.values())
    (marked or valid or found)[0]["primary"] = True
    draft.values["emails"] = found


def _settle_phones(draft: Draft) -> None:
    """List every number once per kind; primary is the marked one, else the first ordinary one (no fax).

    A "primary phone" that repeats another number only marks that one.
    """
    entries: dict[tuple[str, str], dict[str, Any]] = {}
    marked, usual = [], []
    draft.phones.sort(key=lambda phone: phone[2] == "phone_primary")  # last, to find what it repeats
    for value, kind, field in draft.phones:
        digits = _digits(value)
        if field == "phone_primary":
            same = next((entry for (known, _kind), entry in entries.items() if known == digits), None)
            marked.append(same or entries.setdefault((digits, kind), _entry(value, kind, "", False)))
            continue
        label = _label_of(draft, field)
        text = label.text
        if field in draft.kinds:
            kind, text = draft.kinds[field], draft.labels.get(field, "")
        elif field in draft.labels:
            kind = label.kind
        extension = draft.extensions.get(field, "")
        if (digits + extension, kind) in entries:
            continue
        entry = entries[digits + extension, kind] = _entry(value, kind, text, False)
        if extension:
            entry["ext"] = extension
        if label.primary:
            marked.append(entry)
        if kind not in _NOT_PRIMARY:
            usual.append(entry)
    found = list(entries.values())
    (marked or usual or found)[0]["primary"] = True
    draft.values["phones"] = found


def _digits(value: str) -> str:
    """Return what makes two spellings of a number equal: all but the signs between its groups."""
    return value.translate(_PHONE_SIGNS)


def _settled_address(draft: Draft, slot: str, parts: dict[str, str]) -> dict[str, str]:
    """Return the address of one slot; of a whole address in one text only what the parts do not say is used."""
    label = _label_of(draft, slot) if slot in draft.labels else None
    kind = draft.kinds.get(slot) or (label.kind if label else slot)
    usual = kind in ("work", "home", "billing", "shipping")
    address = {"kind": kind if usual else "other"}
    street = "\n".join(parts[part] for part in _STREET_PARTS if part in parts)
    rest = {key: parts.get(part, "") for key, part in _ADDRESS_KEYS.items()}
    if not street and "formatted" in parts:
        said = set(" ".join(rest.values()).replace(",", " ").split())
        lines = parts["formatted"].split("\n")
        street = "\n".join(line for line in lines if not said.issuperset(line.replace(",", " ").split()))
    address |= {"po_box": rest["po_box"], "extended": rest["extended"], "street": street}
    address |= {key: rest[key] for key in ("city", "region", "postcode", "country")}
    if slot in draft.kinds:
        address["label"] = draft.labels.get(slot, "")
    elif label and not usual and label.kind + label.text != "other":
        address["label"] = label.text or draft.labels[slot].lstrip("* ")
    return address


def _settle_birthday(draft: Draft) -> None:
    """Join a birthday of three columns; what makes no day is kept as text."""
    year, month, day = (draft.birthday.get(part, "") for part in ("year", "month", "day"))
    if draft.values["birthday"] or not (month and day):
        draft.keep(str(_("Birthday")), " ".join(part for part in (day, month, year) if part))
        return
    parts = [part for part in (day, month, year) if part]
    text = ("/" if month.isdecimal() and day.isdecimal() else " ").join(parts)
    reading = read_day(text, "dmy", this_year=draft.this_year)
    if reading.fault:
        draft.warn("birthday", "invalid_date", text)
    draft.values["birthday"] = reading.text or text


def _settle_names(draft: Draft, language: str) -> None:
    """Fill in the display name, suggest the parts of a full name, and tell companies from persons."""
    values = draft.values
    if values["record_id"]:
        return  # the names of a record of ours are those it has
    values["organization"] = values["organization"] or values["account_name"]
    named = values["first_name"] or values["last_name"] or values["middle_name"]
    nameless = not (named or values["display_name"] or values["organization"])
    if nameless and "@" not in draft.suggested_name:
        values["display_name"] = draft.suggested_name
    if named:
        parts = (values["first_name"], values["middle_name"], values["last_name"], values["suffix"])
        values["display_name"] = values["display_name"] or " ".join(part for part in parts if part)
        return
    full = values["display_name"]
    if full and full != values["organization"]:
        _suggest_parts(values, full, language)
        return
    values["is_company"] = bool(values["organization"])
    reachable = [entry["value"] for entry in (*values["emails"], *values["phones"])]
    values["display_name"] = full or values["organization"] or values["nickname"] or next(iter(reachable), "")
    if not values["display_name"] and not values["record_id"]:
        draft.problems.append(Problem(draft.line, "display_name", "no_identity"))


def _suggest_parts(values: dict[str, Any], full: str, language: str) -> None:
    parts = suggest_parts(full, language)
    values["prefix"] = values["prefix"] or parts.prefix
    values["first_name"], values["middle_name"], values["last_name"] = parts.first, parts.middle, parts.last
    values["suffix"] = values["suffix"] or parts.suffix
    values["name_is_suggested"] = True
