"""Opens a file of contacts, table or vCard, and yields its rows in one form."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from contacts.vcard import Card, VCardFileError, card_values, lines_to_keep, looks_like_vcard, read_cards

from .contact_rows import compile_contact_plan, date_orders_of
from .contact_values import blank_values
from .file_errors import UnusableFile
from .mapping import ColumnMapping, map_headers
from .readers import Table, open_table

DATE_ORDERS = ("dmy", "mdy", "ymd")
# The keys of a row's values as scripts see them (manage.py import_records --json).
REPORTED = (
    "prefix", "first_name", "middle_name", "last_name", "suffix", "display_name", "is_company", "organization",
    "department", "job_title", "emails", "phones", "addresses", "websites", "birthday", "notes", "categories", "uid",
    "has_photo",
)  # fmt: skip


@dataclass
class SourceRow:
    """One record of a file: values as imports.contact_values.blank_values, what was put right, what is wrong."""

    line: int
    values: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    error: str = ""
    photo: tuple[bytes, str] | None = None
    vcard_extra: str = ""

    def reported(self) -> dict[str, Any]:
        """The values in the shape that scripts see."""
        values = {name: self.values[name] for name in REPORTED}
        for name in ("emails", "phones"):
            values[name] = [{key: entry[key] for key in ("value", "kind", "primary")} for entry in values[name]]
        return values


@dataclass
class ContactFile:
    """An opened file. table and mapping are None for vCards; date_columns says which columns must be asked about."""

    source: BinaryIO
    options: dict[str, Any]
    table: Table | None = None
    mapping: ColumnMapping | None = None
    recognised: dict[str, Any] = field(default_factory=dict)
    date_columns: dict[str, Any] = field(default_factory=dict)

    @property
    def is_vcard(self) -> bool:
        return self.table is None

    def rows(self) -> Iterator[SourceRow]:
        """Every row from the top, in bounded memory; raises UnusableFile when the file breaks a limit on the way."""
        self.source.seek(0)
        return self._cards() if self.is_vcard else self._table_rows()

    def _cards(self) -> Iterator[SourceRow]:
        try:
            for card in read_cards(self.source):
                yield _of_card(card)
        except VCardFileError as error:
            raise UnusableVCard(error) from error

    def _table_rows(self) -> Iterator[SourceRow]:
        assert self.table is not None and self.mapping is not None
        plan = compile_contact_plan(self.mapping, date_orders=self.date_orders(), keep_unmapped=True)
        for row in plan.transform_all(self.table.rows()):
            error = next((problem.message for problem in row.problems if problem.is_error), "")
            notes = [problem.message for problem in row.problems if not problem.is_error]
            yield SourceRow(row.line, row.values, notes, error)

    def date_orders(self) -> dict[str, str | None]:
        """{field: order}: what the user chose, else what the column itself shows; undecided ones stay None."""
        chosen = self.options.get("date_orders", {})
        return {
            name: chosen.get(name) or column.order for name, column in self.date_columns.items()
        }


class UnusableVCard(UnusableFile):
    """A vCard file that cannot be read as a whole."""

    code = "unusable_vcard"

    def __init__(self, error: VCardFileError):
        super().__init__()
        self.error = error

    @property
    def message(self) -> str:
        return str(self.error)


def open_contact_file(source: BinaryIO, options: dict[str, Any] | None = None) -> ContactFile:
    """Recognise a file of contacts by its content. source: binary, seekable, kept open by the caller.

    options: encoding, delimiter, header_line, columns {"index": field or ""}, date_orders {field: "dmy"}.
    Raises a subclass of UnusableFile with a message for the user.
    """
    options = options or {}
    source.seek(0)
    head = source.read(4096)
    source.seek(0)
    if looks_like_vcard(head):
        recognised = {"kind": "vcard", "source": "vcard", "source_name": "vCard", "encoding": _vcard_encoding(head)}
        recognised |= {"delimiter": None, "header_line": None}
        return ContactFile(source, options, recognised=recognised)
    table = open_table(
        source,
        encoding=options.get("encoding") or None,
        delimiter=options.get("delimiter") or None,
        header_line=options.get("header_line"),
    )
    mapping = map_headers(table.header, source=table.recognised.source, record="contact")
    chosen = {int(index): name or None for index, name in options.get("columns", {}).items()}
    mapping = mapping.with_choices(chosen)
    opened = ContactFile(source, options, table, mapping, table.recognised.as_dict())
    opened.date_columns = date_orders_of(table.rows(), mapping)
    return opened


def _vcard_encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8-sig" if head.startswith(b"\xef\xbb\xbf") else "utf-8"


def _of_card(card: Card) -> SourceRow:
    values = blank_values() | card_values(card)
    values |= {
        "nickname": card.nickname,
        "phonetic_first": card.phonetic_first_name,
        "phonetic_last": card.phonetic_last_name,
        "language": card.language,
        "handles": [{"service": handle.service, "value": handle.value} for handle in card.handles],
    }
    for name in ("emails", "phones"):
        points = getattr(card, name)
        values[name] = [
            {"value": point.value, "kind": point.kind, "primary": point.primary, "label": point.label, "ext": point.ext}
            for point in points
        ]
    notes = [_("Line %(line)s: %(text)s") % {"line": problem.line, "text": problem.message} for problem in card.problems]
    error = card.error.message if card.error else ""
    photo = (card.photo.data, card.photo.mime) if card.photo else None
    return SourceRow(card.line, values, notes, error, photo, "\n".join(lines_to_keep(card)))
