"""Which records point at others, found through the foreign keys of all record models and of their child rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.db import models

from .models import ChildRow, Record
from .registry import record_models

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
    for pointer in pointers_to(target):
        wanted = {f"{pointer.attname}__in": ids}
        if pointer.child:
            rows = pointer.carrier._base_manager.filter(**wanted)
            if not target.NEEDED_BY_TRASH:
                rows = rows.filter(parent__deleted_at__isnull=True)
            pairs = rows.order_by().values_list("parent_id", pointer.attname)
        else:
            manager = pointer.model.all_objects if target.NEEDED_BY_TRASH else pointer.model.objects
            pairs = manager.filter(**wanted).order_by().values_list("pk", pointer.attname)
        for source, pointed in pairs.iterator():
            yield pointer, source, pointed
