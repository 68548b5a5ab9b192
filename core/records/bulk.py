"""Writes many rows below the ORM, which spends three quarters of a bulk insert on building its statements."""

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any

from django.db import connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

# Fewer rows than this go through the ORM: there is nothing to gain.
FEW = 20
PLAIN = frozenset({type(None), str, int, bool})


def insert(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model and give them their ids, as `bulk_create` does; [] writes nothing.

    Must run inside a transaction. Raises what the database raises (IntegrityError).
    """
    if not rows:
        return
    model = rows[0]._meta.concrete_model
    if len(rows) < FEW:
        model._base_manager.bulk_create(rows)
        return
    key = model._meta.pk.attname
    _give_ids(model, [row for row in rows if row.__dict__[key] is None])
    columns = model._meta.concrete_fields
    names = ", ".join(connection.ops.quote_name(column.column) for column in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    values = _values(columns, rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608
    alias = connection.alias
    for row in rows:
        row._state.adding, row._state.db = False, alias


def update(model: type[models.Model], written: Sequence[dict], found: Sequence[dict]) -> int:
    """Write rows that all change the same columns, each as the condition at its place finds it.

    written, found: {attname: value} per row, with the same keys in every row. Returns how many rows were there.
    """
    columns = {column.attname: column for column in model._meta.concrete_fields}
    quote = connection.ops.quote_name
    setting = ", ".join(f"{quote(columns[name].column)} = %s" for name in written[0])
    finding = " AND ".join(f"{quote(columns[name].column)} = %s" for name in found[0])
    database = connections[connection.alias]
    values = [
        [_prepared(columns[name], value, database) for name, value in chain(row.items(), condition.items())]
        for row, condition in zip(written, found, strict=True)
    ]
    with connection.cursor() as cursor:
        table = quote(model._meta.db_table)
        cursor.executemany(f"UPDATE {table} SET {setting} WHERE {finding}", values)  # noqa: S608
        return cursor.rowcount


def _values(columns: Sequence[models.Field], rows: Sequence[models.Model]) -> list[tuple[Any, ...]]:
    database = connections[connection.alias]
    dictionaries = [row.__dict__ for row in rows]
    return list(zip(*(_column_values(column, dictionaries, database) for column in columns), strict=True))


def _column_values(column: models.Field, rows: Sequence[dict[str, Any]], database: BaseDatabaseWrapper) -> list[Any]:
    """The values of one column; rows that share a value (the moment of writing) have it prepared once."""
    name = column.attname
    values = [row[name] for row in rows]
    if isinstance(column, models.JSONField):
        return _json_values(column, values)
    if PLAIN.issuperset(map(type, values)):
        return values
    last, prepared = None, None
    for at, value in enumerate(values):
        if type(value) not in PLAIN:
            if value is not last:
                last, prepared = value, column.get_db_prep_save(value, database)
            values[at] = prepared
    return values


def _json_values(column: models.JSONField, values: list[Any]) -> list[str | None]:
    """The values of a JSON column as text, which both databases take; one encoder serves them all."""
    encode = (column.encoder or json.JSONEncoder)().encode
    return [value if value is None else "{}" if value == {} else encode(value) for value in values]


def _prepared(column: models.Field, value: Any, database: BaseDatabaseWrapper) -> Any:
    """The value as the database takes it; the plain ones need no preparation."""
    return value if type(value) in PLAIN else column.get_db_prep_save(value, database)


def _give_ids(model: type[models.Model], rows: list[models.Model]) -> None:
    """Take a block of ids from the table's own sequence; on SQLite the writing transaction owns it."""
    if not rows:
        return
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), column, len(rows)],
            )
            ids = [row[0] for row in cursor.fetchall()]
        else:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            last = (cursor.fetchone() or [0])[0]
            ids = range(last + 1, last + 1 + len(rows))
    for row, pk in zip(rows, ids, strict=True):
        row.pk = pk
