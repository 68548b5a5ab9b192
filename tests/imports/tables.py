"""What the tests of the import room share: the invented files, and tables made of a text or of bytes."""

import io
from pathlib import Path
from typing import Any

from imports.contact_rows import DATE_FIELDS, ContactRow, compile_contact_plan
from imports.dates import DateColumn, observe_columns
from imports.mapping import ColumnMapping, map_headers
from imports.readers import Table, open_table

FILES = Path(__file__).parent.parent / "files" / "csv"


def table_of(content: str | bytes, **options: Any) -> Table:
    """Open a text (as UTF-8) or bytes as a table."""
    return open_table(io.BytesIO(content.encode() if isinstance(content, str) else content), **options)


def cells_of(content: str | bytes, **options: Any) -> list[list[str]]:
    """Return the cells of all data rows."""
    return [row.cells for row in table_of(content, **options).rows()]


def file_table(name: str) -> Table:
    """Open one of the invented files."""
    return open_table(io.BytesIO((FILES / name).read_bytes()))


def date_columns(table: Table, mapping: ColumnMapping) -> dict[str, DateColumn]:
    """Return per date field what its whole column tells about day and month."""
    indices = {index: name for name in DATE_FIELDS for index in mapping.indices_in_file(name)[:1]}
    columns = observe_columns((row.cells for row in table.rows()), {index: DateColumn() for index in indices})
    return {indices[index]: column for index, column in columns.items()}


def contacts_of(table: Table, **options: Any) -> list[ContactRow]:
    """Return all rows as contacts, mapped automatically, dates in the order that each column tells."""
    mapping = map_headers(table.header, source=table.recognised.source)
    orders = {field: column.order for field, column in date_columns(table, mapping).items()}
    plan = compile_contact_plan(mapping, **({"date_orders": orders} | options))
    return list(plan.transform_all(table.rows()))


def contact_of(**fields: str) -> ContactRow:
    """Return the contact of one row whose columns are mapped by hand: `contact_of(email1="a@b.example")`."""
    mapping = map_headers(list(fields)).with_choices(dict(enumerate(fields)))
    header = "\t".join(fields)
    row = "\t".join('"' + text.replace('"', '""') + '"' for text in fields.values())
    table = table_of(f"{header}\n{row}\n", delimiter="\t", header_line=1)
    (contact,) = compile_contact_plan(mapping).transform_all(table.rows())
    return contact
