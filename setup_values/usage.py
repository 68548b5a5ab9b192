"""Which records use a catalog value: found through the relations of the models, counted with the trash."""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.text import capfirst

from core.records.models import ChildRow, Record

from .models import CatalogValue


@dataclass(frozen=True)
class Relation:
    """A foreign key to a catalog. child: related name of the rows that carry it, "" for the record itself."""

    model: type[Record]
    field: str
    child: str = ""
    carrier: type = Record

    @property
    def to_record(self) -> str:
        """Look-up prefix from the row with the foreign key to its record."""
        return "parent__" if self.child else ""

    @property
    def is_nullable(self) -> bool:
        return self.carrier._meta.get_field(self.field).null


@cache
def relations(model: type[CatalogValue]) -> tuple[Relation, ...]:
    """The foreign keys of records and of their child rows to a catalog; stages do not count as users."""
    found = []
    # Hidden ones too: a foreign key whose related name is "+" points just as much.
    for related in model._meta.get_fields(include_hidden=True):
        if not related.auto_created or related.concrete or related.many_to_many:
            continue
        carrier, name = related.related_model, related.field.name
        if issubclass(carrier, CatalogValue):
            continue
        if issubclass(carrier, Record):
            found.append(Relation(carrier, name, "", carrier))
        elif issubclass(carrier, ChildRow) and not issubclass(_parent(carrier), CatalogValue):
            rows = carrier._meta.get_field("parent").remote_field.related_name
            found.append(Relation(_parent(carrier), name, rows, carrier))
    return tuple(found)


def _parent(carrier: type[ChildRow]) -> type[Record]:
    return carrier._meta.get_field("parent").related_model


@dataclass
class Usage:
    """How many records use one value: live ones per type, those in the trash, and those entered this year."""

    live: dict[type[Record], int] = field(default_factory=dict)
    in_trash: int = 0
    this_year: int = 0

    @property
    def total(self) -> int:
        """Live records and the trash."""
        return self.live_total + self.in_trash

    @property
    def live_total(self) -> int:
        return sum(self.live.values())


@dataclass(frozen=True)
class TypeCount:
    """Live records of one type that use a value, and their list filtered by it ("" without a list)."""

    label: str
    count: int
    url: str


def usage_of(model: type[CatalogValue], ids: Iterable[int] | None = None) -> dict[int, Usage]:
    """{id of value: Usage} of a catalog or of these values, unused ones left out; a query per foreign key."""
    found: dict[int, Usage] = {}
    for relation in relations(model):
        for row in _counts(relation, ids):
            usage = found.setdefault(row["value"], Usage())
            if row["live"]:
                usage.live[relation.model] = usage.live.get(relation.model, 0) + row["live"]
            usage.in_trash += row["all"] - row["live"]
            usage.this_year += row["year"]
    return found


def _counts(relation: Relation, ids: Iterable[int] | None) -> Iterable[dict]:
    prefix = relation.to_record
    rows = relation.carrier.objects if relation.child else relation.model.all_objects
    wanted = {f"{relation.field}__isnull": False} if ids is None else {f"{relation.field}__in": list(ids)}
    record = "parent_id" if relation.child else "pk"
    live = Q(**{f"{prefix}deleted_at__isnull": True})
    recent = Q(**{f"{prefix}created_at__gte": start_of_year()})
    counted = {"distinct": bool(relation.child)}
    return (
        rows.filter(**wanted)
        .order_by()
        .values(value=F(f"{relation.field}_id"))
        .annotate(
            all=Count(record, **counted),
            live=Count(record, filter=live, **counted),
            year=Count(record, filter=live & recent, **counted),
        )
    )


def usage_of_value(value: CatalogValue) -> Usage:
    """The usage of one value; an empty one when no record uses it."""
    return usage_of(type(value), [value.pk]).get(value.pk, Usage())


def start_of_year() -> datetime.datetime:
    """Midnight of 1 January in the active time zone."""
    now = timezone.localtime()
    return now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)


def type_counts(value: CatalogValue, usage: Usage) -> list[TypeCount]:
    """The live records per type, most first, each with its filtered list."""
    fields = {relation.model: relation for relation in reversed(relations(type(value)))}
    return [
        TypeCount(
            capfirst(str(model._meta.verbose_name_plural)),
            count,
            list_url(fields[model], value) if count else "",
        )
        for model, count in sorted(usage.live.items(), key=lambda pair: -pair[1])
    ]


def list_url(relation: Relation, value: CatalogValue) -> str:
    """The list of a record type filtered by a value; "" without a list, or when only child rows use it."""
    if relation.child:
        return ""
    # Entities are named by their words: cross_reference_list, account_list.
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", relation.model.__name__).lower()
    try:
        return f"{reverse(f'{words}_list')}?view=all&{relation.field}={value.pk}"
    except NoReverseMatch:
        return ""


def with_uses(values: QuerySet) -> QuerySet:
    """The values with `uses`: how many records have each, the trash included; for tables of a few rows."""
    total: Any = Value(0)
    for relation in relations(values.model):
        rows = relation.carrier.objects if relation.child else relation.model.all_objects
        record = "parent_id" if relation.child else "pk"
        counted = (
            rows.filter(**{relation.field: OuterRef("pk")})
            .order_by()
            .values(relation.field)
            .annotate(n=Count(record, distinct=bool(relation.child)))
            .values("n")
        )
        total = total + Coalesce(Subquery(counted), 0)
    return values.annotate(uses=total)
