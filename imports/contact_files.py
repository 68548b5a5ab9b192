"""A file of contacts as the pipeline sees it: opens it, table or vCard, and yields its rows in one form."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, BinaryIO

from contacts.vcard import Card, card_values, lines_to_keep
from core.records.columns import is_storable

from .cards import CARD_KINDS, place_text, read_card_files, recognise_cards
from .cells import email_fault, is_plausible_phone
from .contact_rows import DATE_FIELDS, compile_contact_plan, date_orders_of
from .contact_values import Problem, blank_values, keep_in_notes
from .content import sniff_kind
from .dates import AMBIGUOUS, DateColumn
from .mapping import ColumnMapping, map_headers
from .readers import Table, open_table

DATE_ORDERS = ("dmy", "mdy")
# What the user answers for a column whose days may be read in two ways and shall be read in none.
AS_TEXT = "text"
# What the user chooses for a column beside a field: into the notes, or "" for not at all.
INTO_NOTES = "@notes"
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

    def reported(self) -> dict[str, Any]:
        """The values in the shape that scripts see."""
        values = {name: self.values[name] for name in REPORTED}
        for name, keys in _REPORTED_KEYS.items():
            values[name] = [{key: entry[key] for key in keys} for entry in values[name]]
        return values


@dataclass
class ContactFile:
    """An opened file. table and mapping are None for vCards."""

    source: BinaryIO
    options: dict[str, Any]
    table: Table | None = None
    mapping: ColumnMapping | None = None
    recognised: dict[str, Any] = field(default_factory=dict)

    @property
    def is_vcard(self) -> bool:
        return self.table is None

    @cached_property
    def date_columns(self) -> dict[str, DateColumn]:
        """{date field: what its whole column tells about day and month}; one pass over the file."""
        if self.table is None or self.mapping is None or not self._date_fields():
            return {}
        return date_orders_of(self.table.rows(), self.mapping)

    def _date_fields(self) -> list[str]:
        assert self.mapping is not None
        return [name for name in DATE_FIELDS if self.mapping.indices_of(name)]

    def date_orders(self) -> dict[str, str | None]:
        """{date field: order}: what the user chose, else what the column itself shows; undecided ones are None."""
        chosen = self.options.get("date_orders", {})
        orders: dict[str, str | None] = {}
        for name in self._date_fields():
            found = chosen.get(name) or self.date_columns[name].order
            orders[name] = found if found in DATE_ORDERS else None
        return orders

    def undecided_dates(self) -> dict[str, DateColumn]:
        """The date columns whose order the file does not tell and the user has not chosen."""
        chosen = self.options.get("date_orders", {})
        open_ones = [] if self.is_vcard else [name for name in self._date_fields() if not chosen.get(name)]
        return {name: self.date_columns[name] for name in open_ones if self.date_columns[name].order == AMBIGUOUS}

    def read_through(self) -> None:
        """Raise UnusableFile when the file breaks a limit anywhere, so that nothing need be written of it."""
        if self.table is not None:  # of cards what is over a limit is left out, each for itself
            deque(self.table.rows(), maxlen=0)

    def rows(self) -> Iterator[SourceRow]:
        """Every row from the top, in bounded memory; raises UnusableFile when the file breaks a limit on the way."""
        self.source.seek(0)
        return self._cards() if self.is_vcard else self._table_rows()

    def _cards(self) -> Iterator[SourceRow]:
        for number, (file, card) in enumerate(read_card_files(self.source, self.recognised), 1):
            yield _of_card(card, number, file)

    def _table_rows(self) -> Iterator[SourceRow]:
        assert self.table is not None
        assert self.mapping is not None
        labels = labels_of(self.mapping)
        plan = compile_contact_plan(self.mapping, date_orders=self.date_orders())
        seen = 0
        for row in plan.transform_all(self.table.rows()):
            warnings = self.table.warnings
            problems = [one.message for one in warnings[seen:] if one.code == "open_quote" and one.line == row.line]
            seen = len(warnings)
            error = next((problem.message for problem in row.problems if problem.is_error), "")
            problems += [problem.message for problem in row.problems if not problem.is_error]
            notes = row.values["notes"]
            others = [f"{header}: {text}" if header else text for header, text in row.values["unmapped"]]
            keep_in_notes(row.values)
            yield SourceRow(
                row.number, row.line, row.values, [notes, *others] if notes else others, problems, error, labels=labels
            )


def open_contact_file(source: BinaryIO, options: dict[str, Any] | None = None) -> ContactFile:
    """Recognise a file of contacts by its content. source: binary, seekable, kept open by the caller.

    options: encoding, delimiter, header_line, sheet, columns {"index": field, "" or INTO_NOTES}, date_orders
    {field: "dmy", "mdy" or AS_TEXT}. Raises a subclass of UnusableFile with a message for the user.
    """
    options = options or {}
    kind = sniff_kind(source)
    if kind in CARD_KINDS:
        return ContactFile(source, options, recognised=recognise_cards(source, kind))
    table = open_table(
        source,
        encoding=options.get("encoding") or None,
        delimiter=options.get("delimiter") or None,
        header_line=options.get("header_line"),
        sheet=options.get("sheet"),
    )
    mapping = map_headers(table.header, source=table.recognised.source, record="contact")
    mapping = chosen_mapping(mapping, options.get("columns", {}))
    return ContactFile(source, options, table, mapping, table.recognised.as_dict())


def chosen_mapping(mapping: ColumnMapping, columns: dict[str, str]) -> ColumnMapping:
    """The mapping with the user's choices {"index": field, "" or INTO_NOTES}."""
    chosen = {int(index): name or None for index, name in columns.items() if name != INTO_NOTES}
    kept = {int(index) for index, name in columns.items() if name == INTO_NOTES}
    mapping = mapping.with_choices(chosen)
    return replace(
        mapping,
        columns=tuple(
            replace(column, field=None, how="kept") if column.index in kept else column for column in mapping.columns
        ),
    )


def labels_of(mapping: ColumnMapping) -> dict[str, str]:
    """{key of the values: header of its column} of what a contact keeps in its notes."""
    headers = {column.field: column.header for column in reversed(mapping.columns) if column.field}
    return {key: headers[name] for key, name in LABELLED.items() if name in headers}


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
