"""What the tests of catalog values share: adding, naming and reading the history of values."""

from core.records.models import Change
from setup_values import values
from setup_values.catalogs import catalog_of


def add(model, name: str, **fields):
    """A value made by nobody, as the system makes it."""
    is_default = fields.pop("is_default", False)
    return values.add_value(catalog_of(model), actor=None, fields={"name": name, **fields}, is_default=is_default)


def names(queryset) -> list[str]:
    """The values in order, as people read them."""
    return [str(value) for value in queryset]


def history(value) -> list[tuple]:
    """[(kind, before, after)] of a value, oldest first."""
    rows = Change.objects.filter(record_type=value.record_type(), record_id=value.pk).order_by("id")
    return [(row.kind, row.before, row.after) for row in rows]
