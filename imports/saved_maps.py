"""Saved mappings: how files are read, kept under a name and applied to further ones with the same headers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.records.columns import is_storable
from users.models import User

from .choosing import READING, keep_choices, keep_columns, present_choice
from .header_synonyms import header_key
from .mapped_files import INTO_NOTES
from .models import Import, SavedMap
from .sampling import columns_found
from .target_list import target_named, target_of
from .targets import Target

LONGEST_NAME = 100
MOST_OFFERED = 100
# What a mapping keeps of Import.options beside its columns.
KEPT = ("fixed", "match", "policy", "empty", "related", "values", "owner", "date_orders")


def maps_of(user: Any) -> QuerySet[SavedMap]:
    """The mappings that user may apply: his own and those for everybody."""
    return SavedMap.objects.filter(Q(created_by=user) | Q(is_shared=True))


def maps_to_change(user: User) -> QuerySet[SavedMap]:
    """The mappings that user may rename and delete: his own; administrators also those for everybody."""
    return maps_of(user) if user.is_administrator else SavedMap.objects.filter(created_by=user)


def header_keys(header: Sequence[str]) -> list[str]:
    """What tells the columns of a file apart: each header as it is compared, with how often it came before."""
    seen: Counter[str] = Counter()
    found = []
    for text in header:
        key = header_key(text)
        found.append(f"{seen[key]}:{key}" if key else "")
        seen[key] += 1
    return found


def fingerprint(header: Sequence[str]) -> str:
    """The same text for files with the same headers in any order, "" for those without."""
    keys = sorted(filter(None, header_keys(header)))
    return sha256("\n".join(keys).encode("utf-8", "replace")).hexdigest() if keys else ""


def save_map(*, work: Import, actor: User, name: str, is_shared: bool = False) -> SavedMap:
    """Keep how work is read under a name; an own mapping of that name is replaced. Raises ValidationError without one.

    Nothing but the name changes about the import: its dry run stands.
    """
    header = _header(work)
    target = target_of(work)
    pairs = zip(header_keys(header), work.recognised["columns_found"], strict=True)
    saved, _made = SavedMap.objects.update_or_create(
        entity=work.entity,
        created_by=actor,
        name=clean_name(name),
        defaults={
            "is_shared": is_shared,
            "fingerprint": _fingerprint_of(work),
            "columns": {key: present_choice(column, target) for key, column in pairs if key},
            "options": {key: work.options[key] for key in KEPT if work.options.get(key)},
            "changed_at": timezone.now(),
        },
    )
    with transaction.atomic():
        current = Import.objects.select_for_update().get(pk=work.pk)
        current.options["map"] = _mark(saved)
        current.save(update_fields=["options"])
    work.options = current.options
    return saved


def clean_name(name: str) -> str:
    """A name on one line; raises ValidationError for none."""
    shown = " ".join(name.split())[:LONGEST_NAME] if is_storable(name) else ""
    if not shown:
        raise ValidationError(_("Give the mapping a name."))
    return shown


def apply_map(*, work: Import, saved: SavedMap) -> Import:
    """Read work as saved says, as far as its headers are known there; raises ImportNotReady once it is under way."""
    target = target_of(work)
    found = work.recognised.get("columns_found", [])
    columns = columns_of(saved.columns, _header(work), target, [column["filled"] for column in found])
    kept = {key: saved.options[key] for key in KEPT if key in saved.options and key != "date_orders"}
    options = _reading(work.options) | kept | {"columns": columns, "map": _mark(saved) | {"columns": columns}}
    work = keep_columns(work, options)
    dates = work.recognised.get("dates", {})
    orders = {
        name: order
        for name, order in saved.options.get("date_orders", {}).items()
        if dates.get(name, {}).get("order") == "ambiguous"
    }
    return keep_choices(work, options=work.options | {"date_orders": orders}) if orders else work


def columns_of(
    saved: Mapping[str, str], header: Sequence[str], target: Target, filled: Sequence[int] | None = None
) -> dict[str, str]:
    """{position: choice} of the columns whose headers a mapping knows and that it reads otherwise than usual."""
    usual = columns_found(target.map_headers(list(header)), list(filled or [0] * len(header)))
    found = {}
    for index, (key, column) in enumerate(zip(header_keys(header), usual, strict=True)):
        choice = saved.get(key)
        if choice is None or choice == present_choice(column, target):
            continue
        if choice in ("", INTO_NOTES) or target.has_place(choice):
            found[str(index)] = choice
    return found


def apply_fitting_map(*, work: Import, actor: User) -> Import:
    """Read a file that was just brought as the mapping last saved for the same headers says, if there is one.

    Only the user's own and those of administrators come by themselves: others could steer what somebody brings in.
    """
    mark = _fingerprint_of(work)
    trusted = Q(created_by=actor) | Q(created_by__role__is_administrator=True)
    fitting = maps_of(actor).filter(trusted, entity=work.entity, fingerprint=mark).order_by("-changed_at", "-pk")
    saved = fitting.first() if mark else None
    return work if saved is None else apply_map(work=work, saved=saved)


def map_automatically(*, work: Import) -> Import:
    """Forget every choice but how the file is read; raises ImportNotReady once it is under way."""
    return keep_columns(work, _reading(work.options) | {"columns": {}})


def rename_map(*, saved: SavedMap, name: str, is_shared: bool) -> SavedMap:
    """Give a mapping another name, and to everybody or not; raises ValidationError for a name that is taken."""
    saved.name, saved.is_shared = clean_name(name), is_shared
    same = SavedMap.objects.filter(entity=saved.entity, created_by=saved.created_by_id, name=saved.name)
    if same.exclude(pk=saved.pk).exists():
        raise ValidationError(_("You have a mapping of that name already."))
    saved.save(update_fields=["name", "is_shared"])
    return saved


def delete_map(*, saved: SavedMap) -> None:
    """Delete a mapping; imports that used it keep their columns."""
    saved.delete()


def map_text(work: Import) -> str:
    """The name of the mapping as which a file is read, "" for none."""
    return str(work.options.get("map", {}).get("name", ""))


def is_from_map(work: Import, index: int) -> bool:
    """Whether a column is mapped as the saved mapping says and not automatically."""
    chosen = work.options.get("columns", {}).get(str(index))
    return chosen is not None and work.options.get("map", {}).get("columns", {}).get(str(index)) == chosen


def map_named(name: str, entity: str, user: Any) -> SavedMap | None:
    """The mapping of that name, an own one before those of others; user None sees those for everybody."""
    rows = maps_of(user) if user is not None else SavedMap.objects.filter(is_shared=True)
    found = list(rows.filter(entity=entity, name=name).order_by("-changed_at")[:MOST_OFFERED])
    own = [saved for saved in found if user is not None and saved.created_by_id == user.pk]
    return next(iter(own or found), None)


def offered_maps(work: Import, user: User) -> list[SavedMap]:
    """What the mapping page offers, the last saved ones first."""
    return list(maps_of(user).filter(entity=work.entity).order_by("-changed_at", "-pk")[:MOST_OFFERED])


def what_of(saved: SavedMap) -> str:
    """What a mapping brings in, in the plural."""
    target = target_named(saved.entity)
    return target.label() if target is not None else ""


def is_map_id(text: str) -> bool:
    """Whether a posted text may be the id of a mapping."""
    return text.isascii() and text.isdigit() and len(text) < 19


def _mark(saved: SavedMap) -> dict[str, Any]:
    return {"id": saved.pk, "name": saved.name}


def _fingerprint_of(work: Import) -> str:
    """That of the headers; "" where the file has none, so that its mapping is applied to no other by itself."""
    return fingerprint(_header(work)) if work.recognised.get("header_line") else ""


def _header(work: Import) -> list[str]:
    return [column["header"] for column in work.recognised.get("columns_found", [])]


def _reading(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: options[key] for key in READING if key in options}
