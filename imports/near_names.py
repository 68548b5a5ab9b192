"""Tells candidates of one name apart: records that a row of a dry run may mean, by what else they are known by."""

from collections import Counter, defaultdict
from typing import Any

from django.utils.translation import gettext as _

from core.records import child_rows
from core.records.models import Record

from .models import ImportRow

# What tells namesakes apart, the best first; each kind of record has some of it.
KNOWN_BY = ("number", "company_name", "company", "billing_city", "city")
NAMED_BY_CHILD = "emails"


def near_names(rows: list[ImportRow], model: type[Record], user: Any) -> dict[int, str]:
    """{record id: what to add to its title} of candidates that share their title with another one of their row.

    Two queries at most, whatever the number of rows.
    """
    alike = [group for row in rows for group in _namesakes(row)]
    ids = {pk for group in alike for pk in group}
    if not ids:
        return {}
    columns = [column.name for column in model._meta.concrete_fields if column.name in KNOWN_BY]
    columns.sort(key=KNOWN_BY.index)
    visible = model.objects.visible_to(user).filter(pk__in=ids)
    parts = {pk: [text for text in known if text] for pk, *known in visible.values_list("pk", *columns)}
    if NAMED_BY_CHILD in model.CHILDREN:
        for pk, children in child_rows.load(model, NAMED_BY_CHILD, list(parts)).items():
            parts[pk] += [child.value for child in children[:1]]
    found = {pk: ", ".join(map(str, known)) for pk, known in parts.items()}
    for group in alike:
        same = Counter(found.get(pk, "") for pk in group)
        for pk in group:
            if pk in found and (same[found[pk]] > 1 or not found[pk]):
                parts[pk].append(_("no. %(number)s") % {"number": pk})
    return {pk: ", ".join(map(str, dict.fromkeys(known))) for pk, known in parts.items()}


def _namesakes(row: ImportRow) -> list[list[int]]:
    """The candidates of a row that share a title, title by title."""
    by_title: dict[str, list[int]] = defaultdict(list)
    for pk, title, _why in row.details.get("near", ()):
        by_title[title.casefold()].append(pk)
    return [ids for ids in by_title.values() if len(ids) > 1]
