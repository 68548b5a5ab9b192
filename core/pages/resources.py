"""The import-export resource of an entity, generated from its fieldsets: one row per record, in both directions."""

from functools import lru_cache

from django.db import models
from import_export import fields, resources

from core.records.models import Record
from core.text.cells import guard_formula

from .entity import Entity, Inline

MAX_CHILDREN = 3


def _child_cells(inline: Inline, position: int):
    def dehydrate(record) -> str:
        rows = record._children.get(inline.name, [])
        return str(rows[position - 1]) if len(rows) >= position else ""

    return dehydrate


class RecordResource(resources.ModelResource):
    """Exports text that a spreadsheet cannot take for a formula."""

    entity: type[Entity]

    def export_field(self, field, instance, **kwargs) -> str:
        value = getattr(self, f"dehydrate_{field.column_name}", None)
        if value is not None:
            return guard_formula(value(instance))
        column = instance._meta.get_field(field.attribute)
        return guard_formula(export_text(instance, column))


def export_text(record: Record, column: models.Field) -> str:
    """The text of one field in a file: names for keys, ISO for days and times, the stored word for choices."""
    value = getattr(record, column.name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


@lru_cache(maxsize=32)
def resource_class(entity: type[Entity]) -> type[RecordResource]:
    """The resource of an entity: id, its fields, owner and team, then `name1..n` per inline."""
    names = ["id", *entity.field_names()]
    known = {column.name for column in entity.model._meta.concrete_fields}
    names += [name for name in ("owner", "team", "created_at", "changed_at") if name in known - set(names)]
    attributes: dict[str, object] = {name: fields.Field(attribute=name, column_name=name) for name in names}
    for inline in entity.inlines:
        singular = inline.name.removesuffix("s") if not inline.name.endswith("sses") else inline.name[:-2]
        for position in range(1, MAX_CHILDREN + 1):
            column = f"{singular}{position}"
            attributes[column] = fields.Field(column_name=column)
            attributes[f"dehydrate_{column}"] = staticmethod(_child_cells(inline, position))
    columns = [name for name in attributes if not name.startswith("dehydrate_")]
    meta = type("Meta", (), {"model": entity.model, "fields": tuple(columns), "import_id_fields": ("id",)})
    return type(f"{entity.__name__}Resource", (RecordResource,), {**attributes, "entity": entity, "Meta": meta})
