"""Search over all that a user sees: every word, any order, e-mail parts, phone digits in any format."""

from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst

from core.records.rights import Right
from core.records.search_text import matching, query_words

from .entities import ENTITIES

ROWS = 10


@dataclass
class Group:
    """The hits of one kind. has_more: the list behind `url` shows all of them."""

    label: str
    url: str
    icon: str
    rows: list
    has_more: bool


def find(query: str, user: Any, rows: int = ROWS) -> list[Group]:
    """Hits per kind of record, in the order of the menu; [] when nothing is asked or found. One query per kind."""
    if not query_words(query):
        return []
    groups = []
    for entity in _searched():
        if not entity.may(user, Right.VIEW):
            continue
        found = list(matching(entity.queryset(user), query).order_by("-changed_at", "-pk")[: rows + 1])
        if found:
            address = f"{entity.url('list')}?view=all"
            groups.append(
                Group(capfirst(entity.verbose_name_plural()), address, entity.icon, found[:rows], len(found) > rows)
            )
    return groups


def _searched():
    return [entity for entity in ENTITIES if entity.view_of is None]


def hint_of(record: Any) -> str:
    """A second line that tells two hits of one name apart: company, account, phone or e-mail, state."""
    parts = [getattr(record, name, "") for name in ("job_title", "company", "company_name", "email", "phone")]
    if record.record_type() == "account":
        parts = [record.get_lifecycle_display(), record.billing_city, record.phone, record.number]
    if record.record_type() == "opportunity":
        parts = [record.get_state_display()]
    if record.record_type() in ("task", "interaction"):
        parts = [record.get_kind_display()]
    return " · ".join(str(part) for part in parts if part)
