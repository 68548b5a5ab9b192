"""What an administrator does with catalog values: add, edit, order, make default, retire, delete."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.records.door import save_record, save_records
from core.records.means import Means
from core.records.models import ChildRow, TrashUnit
from core.records.refusals import RecordChanged
from core.records.trash import delete_record

from .catalogs import Catalog, catalog_of
from .models import CatalogValue

# Fields that only the use cases below may change.
GOVERNED = frozenset({"is_active", "is_default", "position"})


def add_value(
    catalog: Catalog,
    *,
    actor: Any,
    fields: dict[str, Any],
    is_default: bool = False,
    children: dict[str, list[ChildRow]] | None = None,
    means: Means | None = None,
) -> CatalogValue:
    """Create a value at the end of its catalog; raises ValidationError per field when refused."""
    value = catalog.model(**{name: fields[name] for name in fields if name not in GOVERNED})
    means = means or Means("setup")
    with transaction.atomic():
        save_record(value, actor=actor, means=means, children=children)
        if is_default:
            value = set_default(value, actor=actor, means=means)
    return value


def edit_value(
    value: CatalogValue,
    *,
    actor: Any,
    fields: dict[str, Any],
    is_default: bool | None = None,
    children: dict[str, list[ChildRow]] | None = None,
    means: Means | None = None,
) -> CatalogValue:
    """Change name, colour, meaning and the like; a new name shows at once on every record that has the value.

    is_default: None leaves it as it is. Raises ValidationError per field, RecordChanged when somebody was
    quicker.
    """
    means = means or Means("setup")
    with transaction.atomic():
        for name in fields.keys() - GOVERNED:
            setattr(value, name, fields[name])
        save_record(value, actor=actor, means=means, children=children)
        if is_default is not None and is_default != value.is_default:
            change = set_default if is_default else clear_default
            value = change(value, actor=actor, means=means)
    return value


def set_default(value: CatalogValue, *, actor: Any, means: Means | None = None) -> CatalogValue:
    """Make a value the default of its catalog (of its meaning, of its process); the old default goes first.

    Raises ValidationError for a retired value, RecordChanged when the value is gone.
    """
    means = means or Means("setup")
    with transaction.atomic():
        rows = _locked(value, catalog_of(value).default_within)
        present = rows[value.pk]
        if not present.is_active:
            raise ValidationError(_("“%(name)s” is retired: reactivate it first.") % {"name": present.name})
        for other in rows.values():
            if other.is_default and other.pk != present.pk:
                other.is_default = False
                save_record(other, actor=actor, means=means)
        present.is_default = True
        return save_record(present, actor=actor, means=means)


def clear_default(value: CatalogValue, *, actor: Any, means: Means | None = None) -> CatalogValue:
    """Let the value be the default no longer; new records then start without one."""
    with transaction.atomic():
        present = _locked(value, ())[value.pk]
        present.is_default = False
        return save_record(present, actor=actor, means=means or Means("setup"))


def retire(value: CatalogValue, *, actor: Any, means: Means | None = None) -> CatalogValue:
    """Keep the value on old records and offer it to no new one; it is no default any more.

    Raises ValidationError for the last active value of a needed meaning.
    """
    return _set_active(value, False, actor, means)


def reactivate(value: CatalogValue, *, actor: Any, means: Means | None = None) -> CatalogValue:
    """Offer a retired value again."""
    return _set_active(value, True, actor, means)


def _set_active(value: CatalogValue, is_active: bool, actor: Any, means: Means | None) -> CatalogValue:
    with transaction.atomic():
        present = _locked(value, ())[value.pk]
        present.is_active = is_active
        return save_record(present, actor=actor, means=means or Means("setup"))


def delete_value(value: CatalogValue, *, actor: Any, means: Means | None = None) -> TrashUnit:
    """Put a value that no record uses into the trash; a process takes its stages along.

    Raises ValidationError when records use it (`replacing.replace_and_delete` moves them) or when it is the
    last active one of a needed meaning, RecordChanged when it is gone already.
    """
    means = means or Means("setup")
    with transaction.atomic():
        present = _locked(value, ())[value.pk]
        if present.is_default:
            # In the trash it is no default: what is restored must not meet the default of that day.
            present.is_default = False
            save_record(present, actor=actor, means=means)
        return delete_record(present, actor=actor, means=means)


def reorder(catalog: Catalog, ids: Sequence[int], *, actor: Any, means: Means | None = None) -> None:
    """Put these values into this order; values not named keep their places, unknown ids are passed over.

    So two people who order at once, or one who has not seen a new value, lose nothing. Ids of several scopes
    (stages of two processes) raise ValidationError.
    """
    with transaction.atomic():
        first = catalog.model.objects.filter(pk__in=ids).first()
        if first is None:
            return
        rows = _locked(first, catalog.order_within)
        if catalog.model.objects.filter(pk__in=ids).exclude(pk__in=rows).exists():
            raise ValidationError(_("Only values of one list can be put in order."))
        wanted = iter([rows[pk] for pk in dict.fromkeys(ids) if pk in rows])
        named = set(ids)
        current = sorted(rows.values(), key=lambda row: (row.position, row.pk))
        ordered = [next(wanted) if row.pk in named else row for row in current]
        _number(ordered, actor, means)


def move(value: CatalogValue, steps: int, *, actor: Any, means: Means | None = None) -> None:
    """Move a value up (-1) or down (1) among its neighbours; at the end of the list nothing happens."""
    with transaction.atomic():
        rows = _locked(value, catalog_of(value).order_within)
        ordered = sorted(rows.values(), key=lambda row: (row.position, row.pk))
        at = next(index for index, row in enumerate(ordered) if row.pk == value.pk)
        ordered.insert(max(0, at + steps), ordered.pop(at))
        _number(ordered, actor, means)


def _number(ordered: list[CatalogValue], actor: Any, means: Means | None) -> None:
    changed = []
    for position, row in enumerate(ordered):
        if row.position != position:
            row.position = position
            changed.append(row)
    if changed:
        save_records(changed, actor=actor, means=means or Means("setup"))


def _locked(value: CatalogValue, within: tuple[str, ...]) -> dict[int, CatalogValue]:
    """The live values of the value's scope by id, locked in this order; RecordChanged when it is gone."""
    rows = catalog_of(value).scope(value, within).order_by("pk").select_for_update()
    found = {row.pk: row for row in rows}
    if value.pk not in found:
        raise RecordChanged(value)
    return found
