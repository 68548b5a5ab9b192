"""A file that was opened for import: its table with the columns mapped, days decided; each target makes rows of it."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, BinaryIO, ClassVar

from .dates import AMBIGUOUS, DateColumn, observe_columns
from .mapping import ColumnMapping, ColumnMatch, map_headers
from .numbers import NUMBER_STYLES, NumberColumn
from .readers import Row, Table, open_table

DATE_ORDERS = ("dmy", "mdy")
# What the user answers for a column whose days may be read in two ways and shall be read in none.
AS_TEXT = "text"
# In which ways the cells of a column can be read, where that is decided for the whole of it.
WAYS = (*DATE_ORDERS, *NUMBER_STYLES)
# What the user chooses for a column beside a field: into the notes, or "" for not at all.
INTO_NOTES = "@notes"
# So many rows are held that the cells of a whole chunk are still at hand when it has been planned.
MOST_RECENT = 600
# Longer cells are corrected in the file, not on a page.
LONGEST_CELL = 300


@dataclass
class MappedFile:
    """An opened file. table and mapping are None for vCards. Subclasses yield the rows of their target."""

    # Fields of days, whose order is decided per column.
    DATE_FIELDS: ClassVar[tuple[str, ...]] = ()

    source: BinaryIO
    options: dict[str, Any]
    table: Table | None = None
    mapping: ColumnMapping | None = None
    recognised: dict[str, Any] = field(default_factory=dict)
    # Texts that the user gives to every row, in the order of the last columns of the mapping.
    fixed: tuple[str, ...] = ()
    # {number of a row: {index of a column: text}}: cells that the user has corrected.
    corrections: dict[int, dict[int, str]] = field(default_factory=dict)
    # The number of the only row that is wanted, 0 for all.
    only: int = 0
    # {number of a row: its cells} of the last rows that were read.
    recent: dict[int, list[str]] = field(default_factory=dict)

    @property
    def is_vcard(self) -> bool:
        return self.table is None

    @property
    def walk_options(self) -> dict[str, Any]:
        """The options with what is to be known for texts about rows: whether they stand in a sheet."""
        return self.options | {"in_sheet": bool(self.recognised.get("sheet"))}

    @property
    def date_fields(self) -> tuple[str, ...]:
        """The fields of days that this target knows."""
        return self.DATE_FIELDS

    @cached_property
    def date_columns(self) -> dict[str, DateColumn | NumberColumn]:
        """{date field: what its whole column tells about day and month}; one pass over the file."""
        if self.table is None or self.mapping is None or not self.mapped_dates():
            return {}
        indices = {index: name for name in self.date_fields for index in self.mapping.indices_in_file(name)[:1]}
        columns = observe_columns((row.cells for row in self.table.rows()), self.observers(indices))
        return {indices[index]: column for index, column in columns.items()}

    def observers(self, indices: dict[int, str]) -> dict[int, DateColumn | NumberColumn]:
        """What collects how the cells of each column are written. indices: {position: field}."""
        return {index: DateColumn() for index in indices}

    def mapped_dates(self) -> list[str]:
        """The fields of days that a column feeds."""
        assert self.mapping is not None
        return [name for name in self.date_fields if self.mapping.indices_in_file(name)]

    def date_orders(self) -> dict[str, str | None]:
        """{date field: order}: what the user chose, else what the column itself shows; undecided ones are None."""
        chosen = self.options.get("date_orders", {})
        orders: dict[str, str | None] = {}
        for name in self.mapped_dates():
            found = chosen.get(name) or self.date_columns[name].order
            orders[name] = found if found in WAYS else None
        return orders

    def undecided_dates(self) -> dict[str, DateColumn | NumberColumn]:
        """The date columns whose order the file does not tell and the user has not chosen."""
        chosen = self.options.get("date_orders", {})
        open_ones = [] if self.is_vcard else [name for name in self.mapped_dates() if not chosen.get(name)]
        return {name: self.date_columns[name] for name in open_ones if self.date_columns[name].order == AMBIGUOUS}

    def read_through(self) -> None:
        """Raise UnusableFile when the file breaks a limit anywhere, so that nothing need be written of it."""
        if self.table is not None:  # of cards what is over a limit is left out, each for itself
            deque(self.table.rows(), maxlen=0)

    def corrected_rows(self) -> Iterator[Row]:
        """The rows of the table with the cells that the user has corrected; only one of them where that is wanted."""
        assert self.table is not None
        recent, corrections, only = self.recent, self.corrections, self.only
        for row in self.table.rows():
            if only and row.number != only:
                continue
            cells = row.cells
            if row.number in corrections:
                for index, text in corrections[row.number].items():
                    if index < len(cells):
                        cells[index] = text
            recent[row.number] = [cell[: LONGEST_CELL + 1] for cell in cells]
            if len(recent) > MOST_RECENT:
                del recent[next(iter(recent))]
            yield row
            if only:
                return

    def table_rows(self) -> Iterator[Row]:
        """The rows of the table with the cells that the user has corrected and the values given to every row."""
        assert self.table is not None
        assert self.mapping is not None
        if not self.fixed:
            yield from self.corrected_rows()
            return
        columns = self.mapping.columns[len(self.table.header) :]
        # A value for every row stands back where the row has one of its own.
        own = [self.mapping.indices_in_file(column.field or "") for column in columns]
        for row in self.corrected_rows():
            cells = row.cells
            cells += [
                "" if any(cells[index].strip() for index in indices) else text
                for text, indices in zip(self.fixed, own, strict=True)
            ]
            yield row

    def cells_of(self, number: int, positions: Iterable[int]) -> dict[int, str]:
        """{position: text} of one of the last rows that were read; of long texts and columns of no file nothing."""
        cells = self.recent.get(number, [])[: len(self.table.header) if self.table is not None else 0]
        wanted = [position for position in positions if position < len(cells)]
        return {position: cells[position] for position in wanted if len(cells[position]) <= LONGEST_CELL}

    def rows(self) -> Iterator[Any]:
        """Every row of the target from the top, in bounded memory; raises UnusableFile on the way."""
        raise NotImplementedError


def chosen_table(source: BinaryIO, options: dict[str, Any]) -> Table:
    """The table of a file, read as the user chose."""
    return open_table(
        source,
        encoding=options.get("encoding") or None,
        delimiter=options.get("delimiter") or None,
        header_line=options.get("header_line"),
        sheet=options.get("sheet") or None,
    )


def open_mapped(kind: type[MappedFile], source: BinaryIO, options: dict[str, Any], record: str) -> MappedFile:
    """Open a table and map its columns as the user chose, else automatically. record: what its rows are ("contact").

    options: encoding, delimiter, header_line, columns {"index": field, "" or INTO_NOTES}, date_orders
    {field: "dmy", "mdy" or AS_TEXT}, fixed {field: text for every row}. Raises a subclass of UnusableFile with a
    message for the user.
    """
    table = chosen_table(source, options)
    mapping = map_headers(table.header, source=table.recognised.source, record=record)
    mapping = chosen_mapping(mapping, options.get("columns", {}))
    fixed = options.get("fixed", {})
    mapping = with_fixed(mapping, fixed)
    return kind(source, options, table, mapping, table.recognised.as_dict(), tuple(fixed.values()))


def with_fixed(mapping: ColumnMapping, fixed: dict[str, str]) -> ColumnMapping:
    """The mapping with a further column per field that has one value for every row. fixed: {field: text}."""
    width = len(mapping.columns)
    further = [ColumnMatch(width + place, "", name, "fixed") for place, name in enumerate(fixed)]
    return replace(mapping, columns=(*mapping.columns, *further))


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
