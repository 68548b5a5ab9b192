"""Sets foreign keys on many rows at once where a record they follow moved: no history, authors and times stay."""

from django.db import models


def restamp(rows: models.QuerySet, **keys: int | None) -> int:
    """Give rows these keys in chunks of 1,000; returns how many. keys: columns of foreign keys ("account_id")."""
    changed = 0
    last = 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:1000]):
        changed += rows.model._base_manager.filter(pk__in=ids).update(**keys)
        last = ids[-1]
    return changed
