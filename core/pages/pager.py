"""Keyset paging: each page begins behind a row, whatever the size of the table; no OFFSET, no unbounded COUNT."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.formats import number_format

COUNT_LIMIT = 1000
PAGE_SIZES = (25, 50, 100)


@dataclass
class Page:
    """Rows of one page with the tokens of its neighbours ("" where there is none)."""

    rows: list
    before: str = ""
    after: str = ""


def bounded_count(queryset: models.QuerySet) -> tuple[int, bool]:
    """(number of rows, True) up to 1,000, (1000, False) when there are more."""
    number = queryset.order_by()[: COUNT_LIMIT + 1].count()
    return (number, True) if number <= COUNT_LIMIT else (COUNT_LIMIT, False)


def shown_count(number: int, is_exact: bool = True) -> str:
    """A count as people read it: "38", "1,000+" ("1.000+" in Spanish)."""
    return number_format(number, use_l10n=True, force_grouping=True) + ("" if is_exact else "+")


def get_page(
    queryset: models.QuerySet,
    *,
    sort: str,
    descending: bool = False,
    after: str = "",
    before: str = "",
    size: int = 25,
) -> Page:
    """One page of queryset sorted by a column (empty values last) and id.

    sort: name of a concrete, declared column; after, before: tokens of an earlier page; a token that is not ours
    is ignored and gives the first page.
    """
    backwards = bool(before)
    key = _read_token(before or after, queryset.model, sort)
    rows = queryset
    if key is not None:
        rows = rows.filter(_beyond(queryset.model, sort, descending, backwards, *key))
    found = list(rows.order_by(*_ordering(queryset.model, sort, descending, backwards))[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    has_before = more if backwards else key is not None
    has_after = True if backwards else more
    return Page(
        found,
        before=_token(found[0], sort) if has_before else "",
        after=_token(found[-1], sort) if has_after else "",
    )


def _is_nullable(model: type[models.Model], sort: str) -> bool:
    return bool(model._meta.get_field(sort).null)


def _ordering(model, sort: str, descending: bool, backwards: bool) -> list:
    down = descending != backwards
    by_id = F("pk").desc() if down else F("pk").asc()
    if sort == "pk" or model._meta.get_field(sort).primary_key:
        return [by_id]
    if not _is_nullable(model, sort):
        return [F(sort).desc() if down else F(sort).asc(), by_id]
    if backwards:
        return [F(sort).desc(nulls_first=True) if down else F(sort).asc(nulls_first=True), by_id]
    return [F(sort).desc(nulls_last=True) if down else F(sort).asc(nulls_last=True), by_id]


def _beyond(model, sort: str, descending: bool, backwards: bool, value: Any, pk: int) -> Q:
    """Rows behind (value, pk). `a >= x AND (a > x OR id > y)`: both databases walk the index for this form."""
    word = "lt" if descending != backwards else "gt"
    by_id = Q(**{f"pk__{word}": pk})
    if sort == "pk":
        return by_id
    nullable = _is_nullable(model, sort)
    if value is None:
        empty = Q(**{f"{sort}__isnull": True}) & by_id
        return empty | Q(**{f"{sort}__isnull": False}) if backwards else empty
    further = Q(**{f"{sort}__{word}e": value}) & (Q(**{f"{sort}__{word}": value}) | by_id)
    return further | Q(**{f"{sort}__isnull": True}) if nullable and not backwards else further


def _token(row: models.Model, sort: str) -> str:
    value = None if sort == "pk" else getattr(row, sort)
    text = json.dumps([value, row.pk], default=_exact)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _exact(value: Any) -> str:
    """A day, moment or amount as text, to the last microsecond: a rounded one would show rows twice or skip them."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _read_token(token: str, model, sort: str) -> tuple[Any, int] | None:
    if not token or len(token) > 2000:
        return None
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if type(pk) is not int or not 0 <= pk < 2**63:
            return None
        if sort == "pk":
            return None, pk
        if value is None:
            return (None, pk) if _is_nullable(model, sort) else None
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            return None
        if isinstance(value, str) and "\x00" in value:
            return None
        return model._meta.get_field(sort).to_python(value), pk
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError, ValidationError):
        return None
