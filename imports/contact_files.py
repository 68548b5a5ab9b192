"""A file of contacts as the pipeline sees it: opens it, table or vCard, and yields its rows in one form."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, ClassVar

from contacts.vcard import Card, card_values, lines_to_keep, read_card
from core.records.columns import is_storable

from .cards import CARD_KINDS, place_text, read_card_files, recognise_cards
from .cells import email_fault, is_plausible_phone
from .choices import CLEAR
from .contact_clearing import Emptying
from .contact_rows import DATE_FIELDS, SCALARS, compile_contact_plan
from .contact_values import Problem, blank_values, keep_in_notes
from .content import sniff_kind
from .fields import OPT_OUT_FIELDS
from .mapped_files import MappedFile, open_mapped
from .mapping import ColumnMapping

# The keys of a row's values as scripts see them (manage.py import_records --json).
REPORTED = (
    "prefix", "first_name", "middle_name", "last_name", "suffix", "display_name", "is_company", "organization",
    "department", "job_title", "emails", "phones", "addresses", "websites", "birthday", "notes", "categories", "uid",
    "has_photo",
)  # fmt: skip
ADDRESS_KEYS = ("kind", "po_box", "extended", "street", "city", "region", "postcode", "country")
_REPORTED_KEYS = {
    "emails": ("value", "kind", "primary"),
    "phones": ("value", "kind", "primary"),
    "addresses": ADDRESS_KEYS,
}
# Values that a contact keeps in its notes, with the neutral fields whose column headers label them there.
LABELLED = {
    "uid": "external_id",
    "organization_uid": "company_external_id",
    "source": "lead_source",
    "owner": "owner",
    "categories": "categories",
}
# Fields of which any makes a row somebody, the one to ask for first.
NAMING = ("last_name", "display_name", "first_name", "company", "account_name", "email1", "phone_work", "phone_mobile")


@dataclass
class SourceRow:
    """One record of a file: values as imports.contact_values.blank_values, problems, and why it is unusable (error)."""

    number: int  # from 1, in file order
    line: int
    values: dict[str, Any]
    # What stands in the notes, part by part.
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    error: str = ""
    # Only cards have an identity that holds beyond their file; the number of a row in some other system does not.
    vcard_uid: str = ""
    vcard_extra: str = ""
    photo: bytes | None = None
    website_labels: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    # {key of the values: position of its column} of what setup values and users are found for.
    columns: dict[str, int] = field(default_factory=dict)
    # {position of a column: what is wrong with its cell}.
    faults: dict[int, str] = field(default_factory=dict)
    # What its empty cells take away from an existing contact, None for nothing.
    emptying: Emptying | None = None
    # Whether it has the number of a contact without its version, although the file has a column of the versions.
    lacks_version: bool = False
    # One-line texts of cards come with single blanks.
    is_card: bool = False

    def reported(self) -> dict[str, Any]:
        """The values in the shape that scripts see."""
        values = {name: self.values[name] for name in REPORTED}
        for name, keys in _REPORTED_KEYS.items():
            values[name] = [{key: entry[key] for key in keys} for entry in values[name]]
        return values


@dataclass
class ContactFile(MappedFile):
    """An opened file of contacts: a table or cards."""

    DATE_FIELDS: ClassVar[tuple[str, ...]] = DATE_FIELDS

    def rows(self) -> Iterator[SourceRow]:
        """Every row from the top, in bounded memory; raises UnusableFile when the file breaks a limit on the way."""
        self.source.seek(0)
        return self._cards() if self.is_vcard else self._table_rows()

    def _cards(self) -> Iterator[SourceRow]:
        fixed = self.options.get("fixed", {})
        for number, file, card in self._numbered_cards():
            row = _of_card(card, number, file)
            if fixed:
                fill_card(row, fixed)
            yield row

    def _numbered_cards(self) -> Iterator[tuple[int, str, Card]]:
        """(number, file of a folder, card); the only one that is asked for is not looked for by reading all others."""
        if self.only and "files" not in self.recognised:
            if (card := read_card(self.source, self.only)) is not None:
                yield self.only, "", card
            return
        for number, (file, card) in enumerate(read_card_files(self.source, self.recognised), 1):
            if not self.only or number == self.only:
                yield number, file, card

    def _table_rows(self) -> Iterator[SourceRow]:
        assert self.table is not None
        assert self.mapping is not None
        labels, columns = labels_of(self.mapping), columns_of(self.mapping)
        naming = naming_column(self.mapping)
        emptying = Emptying.of(self.mapping) if self.options.get("empty") == CLEAR else None
        plan = compile_contact_plan(self.mapping, date_orders=self.date_orders())
        has_versions = "record_version" in self.mapping.fields.values()
        seen = 0
        for row in plan.transform_all(self.table_rows()):
            warnings = self.table.warnings
            problems = [one.message for one in warnings[seen:] if one.code == "open_quote" and one.line == row.line]
            seen = len(warnings)
            error = next((problem.message for problem in row.problems if problem.is_error), "")
            problems += [problem.message for problem in row.problems if not problem.is_error]
            faults = {
                column: problem.message
                for problem in row.problems
                if (column := naming if problem.is_error else problem.column) is not None
            }
            notes = row.values["notes"]
            others = [f"{header}: {text}" if header else text for header, text in row.values["unmapped"]]
            keep_in_notes(row.values)
            every = [notes, *others] if notes else others
            yield SourceRow(
                row.number,
                row.line,
                row.values,
                every,
                problems,
                error,
                labels=labels,
                columns=columns,
                faults=faults,
                emptying=emptying,
                lacks_version=has_versions and bool(row.values["record_id"]) and not row.values["record_version"],
            )


def fill_card(row: SourceRow, fixed: dict[str, str]) -> None:
    """Write the values for every row onto a card where it says nothing; notes are added."""
    values = row.values
    for name, text in fixed.items():
        if text and name in SCALARS:
            values[SCALARS[name]] = values[SCALARS[name]] or text
        elif text and name in OPT_OUT_FIELDS:
            values[OPT_OUT_FIELDS[name][0]] = True
        elif text and name == "categories":
            values["categories"] = values["categories"] or [text]
        elif text and name == "notes":
            row.notes.append(text)
    values["organization"] = values["organization"] or values["account_name"]


def open_contact_file(source: BinaryIO, options: dict[str, Any] | None = None) -> ContactFile:
    """Recognise a file of contacts by its content. source: binary, seekable, kept open by the caller.

    options: encoding, delimiter, header_line, sheet, columns {"index": field, "" or INTO_NOTES}, date_orders
    {field: "dmy", "mdy" or AS_TEXT}. Raises a subclass of UnusableFile with a message for the user.
    """
    options = options or {}
    kind = sniff_kind(source)
    if kind in CARD_KINDS:
        return ContactFile(source, options, recognised=recognise_cards(source, kind))
    opened = open_mapped(ContactFile, source, options, "contact")
    assert isinstance(opened, ContactFile)
    return opened


def labels_of(mapping: ColumnMapping) -> dict[str, str]:
    """{key of the values: header of its column} of what a contact keeps in its notes."""
    headers = {column.field: column.header for column in reversed(mapping.columns) if column.field}
    return {key: headers[name] for key, name in LABELLED.items() if name in headers}


def columns_of(mapping: ColumnMapping) -> dict[str, int]:
    """{key of the values: position of its column in the file} of what is looked up."""
    places = {key: mapping.indices_in_file(name) for key, name in LABELLED.items()}
    return {key: indices[0] for key, indices in places.items() if indices}


def naming_column(mapping: ColumnMapping) -> int | None:
    """The position of the column that tells best who a row is, None when no column does."""
    return next((index for name in NAMING for index in mapping.indices_in_file(name)), None)


def _of_card(card: Card, number: int, file: str) -> SourceRow:
    values = blank_values() | card_values(card)
    values |= {
        "nickname": card.nickname,
        "phonetic_first": card.phonetic_first_name,
        "phonetic_last": card.phonetic_last_name,
        "language": card.language,
        "handles": [{"service": handle.service, "value": handle.value} for handle in card.handles],
    }
    for entries, points in ((values["emails"], card.emails), (values["phones"], card.phones)):
        for entry, point in zip(entries, points, strict=True):
            entry |= {"label": point.label, "ext": point.ext}
    for entry, address in zip(values["addresses"], card.addresses, strict=True):
        entry["label"] = address.label
    problems = [place_text(file, problem.line, problem.message) for problem in card.problems]
    error = card.error.message if card.error else ""
    problems += [problem.message for problem in _doubtful_points(card)]
    return SourceRow(
        number,
        card.line,
        _storable(values),
        [_storable(card.notes)] if card.notes else [],
        _storable(problems),
        f"{file}: {error}" if file and error else error,
        _storable(card.uid),
        _storable("\n".join(lines_to_keep(card))),
        card.photo.data if card.photo else None,
        {website.value: website.label for website in card.websites if website.label},
        {"categories": "Categories"},
        is_card=True,
    )


def _doubtful_points(card: Card) -> Iterator[Problem]:
    """What is no e-mail address or phone number, although the card says so; it is kept as text."""
    for point in card.emails:
        if fault := email_fault(point.value):
            yield Problem(card.line, "emails", fault, point.value)
    for point in card.phones:
        if not is_plausible_phone(point.value):
            yield Problem(card.line, "phones", "invalid_phone", point.value)


def _storable(value: Any) -> Any:
    """The value without what no database keeps: NUL, and halves of surrogate pairs of strange character sets."""
    if isinstance(value, str):
        return value if is_storable(value) else value.encode("utf-8", "replace").decode().replace("\0", "")
    if isinstance(value, dict):
        return {key: _storable(part) for key, part in value.items()}
    return [_storable(part) for part in value] if isinstance(value, list) else value
