"""All that the users of a firm have entered, to be compared before and after: what an undo has to bring back."""

from typing import Any

from core.records.models import ChildRow
from core.records.registry import record_models

TECHNICAL = {"version", "changed_at", "changed_by_id"}


def business_rows() -> dict[str, Any]:
    """All live records of all kinds with their child rows, without what only tells when and by whom they were written."""
    found: dict[str, Any] = {}
    for model in record_models():
        rows = [
            {name: value for name, value in row.items() if name not in TECHNICAL}
            for row in model.objects.order_by("pk").values()
        ]
        if rows:
            found[model.record_type()] = rows
        for name in model.CHILDREN:
            carrier = model._meta.get_field(name).related_model
            assert issubclass(carrier, ChildRow)
            rows = carrier.objects.filter(parent__deleted_at__isnull=True).order_by("parent_id", "position", "id")
            if children := [{k: v for k, v in row.items() if k != "id"} for row in rows.values()]:
                found[f"{model.record_type()}.{name}"] = children
    return found
