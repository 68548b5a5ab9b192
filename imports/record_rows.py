"""A file of records other than contacts: opens it, decides days and amounts per column, yields its rows as texts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from core.records.columns import is_storable

from .cells import clean_cell, own_cell
from .dates import DateColumn
from .mapped_files import AS_TEXT, MappedFile, chosen_mapping, chosen_table, with_fixed
from .mapping import ColumnMapping
from .matching import account_key
from .numbers import NumberColumn
from .readers import Row
from .record_fields import RECORD_ID, Kind, fields_of, map_record_headers
from .record_shapes import RecordShape

DAYS, AMOUNTS = (Kind.DAY, Kind.MOMENT), (Kind.AMOUNT,)


@dataclass(frozen=True)
class Reading:
    """What holds for every row of a file. styles: {field: order of days or style of amounts}; positions: {field:
    columns}; headers: {field: header}; later: hashes of the account names of the whole file, when rows name parents."""

    shape: RecordShape
    styles: dict[str, str | None]
    positions: dict[str, tuple[int, ...]]
    headers: dict[str, str]
    later: frozenset[int] = frozenset()
    # Fields whose cells can be read in two ways and shall be read in none.
    as_text: frozenset[str] = frozenset()


@dataclass
class RecordRow:
    """One row: values {field: text} of the filled cells, notes for what has no field; error: why it is unusable."""

    number: int
    line: int
    values: dict[str, str]
    reading: Reading
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    error: str = ""
    photo: None = None

    def reported(self) -> dict[str, Any]:
        """The values as scripts see them."""
        return dict(self.values)


@dataclass
class RecordFile(MappedFile):
    """An opened table of records."""

    shape: RecordShape | None = None

    @property
    def date_fields(self) -> tuple[str, ...]:
        """The fields whose reading is decided per column: days and amounts."""
        assert self.shape is not None
        return decided_fields(self.shape)

    def observers(self, indices: dict[int, str]) -> dict[int, DateColumn | NumberColumn]:
        """What collects how the cells of each column are written."""
        assert self.shape is not None
        fields = fields_of(self.shape)
        return {
            index: NumberColumn() if fields[name].kind in AMOUNTS else DateColumn() for index, name in indices.items()
        }

    def rows(self) -> Iterator[RecordRow]:
        """Every row from the top, in bounded memory; raises UnusableFile when the file breaks a limit on the way."""
        assert self.table is not None
        assert self.mapping is not None
        self.source.seek(0)
        reading = self.reading
        for row in self.table_rows():
            yield row_of(row, self.mapping, reading)

    @cached_property
    def reading(self) -> Reading:
        """What the whole file tells about its cells; up to two passes."""
        assert self.mapping is not None
        names = {column.field for column in self.mapping.columns if column.field}
        positions = {name: tuple(self.mapping.indices_of(name)) for name in names}
        headers = {column.field: column.header for column in reversed(self.mapping.columns) if column.field}
        chosen = self.options.get("date_orders", {})
        as_text = frozenset(name for name, way in chosen.items() if way == AS_TEXT)
        assert self.shape is not None
        return Reading(self.shape, dict(self.date_orders()), positions, headers, self._account_names(), as_text)

    def _account_names(self) -> frozenset[int]:
        """Hashes of the account keys of all rows, where rows name a parent that may come later in the file."""
        assert self.table is not None
        assert self.mapping is not None
        places = self.mapping.indices_in_file("name")
        if not places or not self.mapping.indices_in_file("parent"):
            return frozenset()
        return frozenset(hash(account_key(clean_cell(row.cells[places[0]]))) for row in self.table.rows())


def row_of(row: Row, mapping: ColumnMapping, reading: Reading) -> RecordRow:
    """A row of a table by the fields of its columns."""
    found = RecordRow(row.number, row.line, {}, reading)
    clean = own_cell if RECORD_ID in reading.positions else clean_cell
    for column in mapping.columns:
        name = column.field
        if (name is None and column.how not in ("none", "kept")) or not row.cells[column.index]:
            continue
        if text := storable(clean(row.cells[column.index])):
            if name and name not in found.values:
                found.values[name] = text
            else:
                found.notes.append(f"{column.header}: {text}" if column.header else text)
    for text in filter(None, (storable(clean(cell)) for cell in row.extra)):
        found.notes.append(text)
        problem = _("The row has more cells than the header: “%(value)s” is kept as text.")
        found.problems.append(problem % {"value": text[:80]})
    if not found.values:
        found.error = _("No cell of this row feeds a field.")
    return found


def decided_fields(shape: RecordShape) -> tuple[str, ...]:
    """The fields of a kind of record whose days or decimal marks are decided for the whole column."""
    return tuple(name for name, one in fields_of(shape).items() if one.kind in (*DAYS, *AMOUNTS))


def open_record_file(shape: RecordShape, source: BinaryIO, options: dict[str, Any]) -> RecordFile:
    """Open a table of records; options as imports.mapped_files.open_mapped takes them. Raises UnusableFile."""
    table = chosen_table(source, options)
    mapping = chosen_mapping(map_record_headers(shape, table.header), options.get("columns", {}))
    fixed = options.get("fixed", {})
    mapping = with_fixed(mapping, fixed)
    recognised = table.recognised.as_dict()
    if RECORD_ID in mapping.fields.values():
        recognised |= {"source": "own-export", "source_name": str(_("Export of this CRM"))}
    return RecordFile(source, options, table, mapping, recognised, tuple(fixed.values()), shape=shape)


def storable(text: str) -> str:
    """The text without what no database keeps."""
    return text if is_storable(text) else text.encode("utf-8", "replace").decode().replace("\0", "")
