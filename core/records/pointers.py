"""Which records point at others, found through the foreign keys of all record models and of their child rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.db import connection, models

from .models import ChildRow, Record
from .registry import record_models

FETCHED = 1000

# (record type, id)
Key = tuple[str, int]


@dataclass(frozen=True)
class Pointer:
    """A foreign key to a record. carrier: the model of the row that holds it; child: the related name of child rows."""

    model: type[Record]
    carrier: type[models.Model]
    attname: str
    child: str = ""

    @property
    def name_in_history(self) -> str:
        """The key under which the history of the record shows it."""
        return self.child or self.attname


@cache
def pointers_to(target: type[Record]) -> tuple[Pointer, ...]:
    """Every foreign key to a record model, from records and from child rows of other records."""
    found = []
    for model in record_models():
        for field in model._meta.concrete_fields:
            if field.related_model is target:
                found.append(Pointer(model, model, field.attname))
        for name in model.CHILDREN:
            carrier = model._meta.get_field(name).related_model
            assert issubclass(carrier, ChildRow)
            for field in carrier._meta.concrete_fields:
                if field.related_model is target and field.name != "parent":
                    found.append(Pointer(model, carrier, field.attname, name))
    return tuple(found)


def pointing_at(target: type[Record], ids: list[int]) -> Iterator[tuple[Pointer, int, int]]:
    """(pointer, id of the record that points, id of what it points at) of live records; a query per foreign key.

    What is needed by the trash too (Record.NEEDED_BY_TRASH) is also pointed at by records in the trash.
    """
    for pointer in pointers_to(target) if ids else ():
        with connection.cursor() as cursor:
            # Written out: the ORM spends ten times the query's own time on so many ids.
            cursor.execute(*_query(pointer, ids, live_only=not target.NEEDED_BY_TRASH))
            while rows := cursor.fetchmany(FETCHED):
                for source, pointed in rows:
                    yield pointer, source, pointed


def _query(pointer: Pointer, ids: list[int], *, live_only: bool) -> tuple[str, list]:
    quote = connection.ops.quote_name
    column = quote(pointer.carrier._meta.get_field(pointer.attname).column)
    source = quote("parent_id" if pointer.child else "id")
    table, record = quote(pointer.carrier._meta.db_table), quote(pointer.model._meta.db_table)
    if connection.vendor == "postgresql":
        wanted, params = "= ANY(%s)", [ids]
    else:
        wanted, params = f"IN ({', '.join(['%s'] * len(ids))})", ids
    sql = f"SELECT carrier.{source}, carrier.{column} FROM {table} carrier"  # noqa: S608
    if live_only and pointer.child:
        sql += f" JOIN {record} parent ON parent.id = carrier.{source} AND parent.deleted_at IS NULL"
    sql += f" WHERE carrier.{column} {wanted}"
    if live_only and not pointer.child:
        sql += " AND carrier.deleted_at IS NULL"
    return sql, params
