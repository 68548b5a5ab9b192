"""What a user does with an import before it runs: bring a file, say how it is read, map its columns, discard it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.core.files.base import File
from django.db import transaction

from users.models import User

from .contact_files import AS_TEXT, DATE_ORDERS, INTO_NOTES, chosen_mapping, open_contact_file
from .contact_rows import DATE_FIELDS
from .fields import FAMILY, contact_field_choices, is_left_out
from .file_errors import TooManyBytes
from .mapping import map_headers
from .models import Import
from .readers import DEFAULT_LIMITS
from .run import ImportNotReady
from .sampling import columns_found, date_indices, describe
from .stored_files import stored_file

LONGEST_NAME = 200
# Numbered fields that a contact has as many of as there are; the others are kept as text.
FAMILIES = ("email", "phone", "address", "website")
ANSWERS = (*DATE_ORDERS, AS_TEXT)


def bring_file(*, source: File, name: str, actor: User) -> Import:
    """Keep a file and what was recognised in it as a new import of actor.

    source: an uploaded file, open and seekable. Raises a subclass of UnusableFile; then nothing is kept.
    """
    refuse_large(source.size or 0)
    opened = open_contact_file(source)
    recognised, sample = describe(opened)
    work = Import(
        created_by=actor, file_name=clean_name(name), size=source.size or 0, recognised=recognised, sample=sample
    )
    source.seek(0)
    work.file.save("", source, save=False)
    work.save()
    return work


def refuse_large(size: int) -> None:
    """Raise TooManyBytes for a file that no reader would open."""
    if size > DEFAULT_LIMITS.bytes:
        raise TooManyBytes(size=size // 1024**2, limit=DEFAULT_LIMITS.bytes // 1024**2)


def clean_name(name: str) -> str:
    """The name of a file as pages show it: without folders and characters that cannot be seen."""
    shown = "".join(char for char in name.replace("\\", "/").rpartition("/")[2] if char.isprintable())
    return shown.strip()[:LONGEST_NAME] or "?"


def choose_reading(
    *, work: Import, encoding: str = "", delimiter: str = "", header_line: int | None = None, sheet: str = ""
) -> Import:
    """Read the file in another way; "" and None leave a choice to the recognition. The mapping begins anew.

    Raises a subclass of UnusableFile (nothing is changed then), ImportNotReady once it is under way.
    """
    options = {"encoding": encoding, "delimiter": delimiter, "header_line": header_line, "sheet": sheet}
    return _choose(work, {name: value for name, value in options.items() if value not in ("", None)})


def choose_mapping(*, work: Import, columns: Mapping[int, str], date_orders: Mapping[str, str]) -> Import:
    """Map columns {position: field, "" to leave it out, INTO_NOTES}; those that are not named stay as they are.

    date_orders: {date field: "dmy", "mdy" or AS_TEXT}. Unknown fields and orders are ignored. Raises ImportNotReady
    once it is under way.
    """
    found = work.recognised.get("columns_found", [])
    known = {name for _group, choices in contact_field_choices(_fields(found)) for name, _label in choices}
    known |= {"", INTO_NOTES}
    chosen = dict(work.options.get("columns", {}))
    for index, name in columns.items():
        if 0 <= index < len(found) and name in known and name != present_choice(found[index]):
            chosen[str(index)] = name
    orders = dict(work.options.get("date_orders", {}))
    orders |= {name: text for name, text in date_orders.items() if name in DATE_FIELDS and text in ANSWERS}
    before = work.options.get("columns", {}), work.options.get("date_orders", {})
    if (chosen, orders) == before:
        return work
    options = work.options | {"columns": chosen, "date_orders": orders}
    mapping = chosen_mapping(map_headers([column["header"] for column in found]), chosen)
    columns_now = columns_found(mapping, [column["filled"] for column in found])
    if date_indices(columns_now) != date_indices(found):
        return _choose(work, options)
    return _keep(work, options=options, recognised=work.recognised | {"columns_found": columns_now})


def present_choice(column: dict[str, Any]) -> str:
    """What a column of Import.recognised is mapped to now: a field, INTO_NOTES, or "" when it is left out.

    A field of other programs that a contact has no place for ends in the notes, whatever it is called.
    """
    field = column["field"]
    if not field:
        return INTO_NOTES if column["how"] in ("kept", "none") else ""
    if is_left_out(field):
        return ""
    family = FAMILY.fullmatch(field)
    has_place = family[1] in FAMILIES if family else field in _usual_fields()
    return field if has_place else INTO_NOTES


@cache
def _usual_fields() -> frozenset[str]:
    return frozenset(name for _group, choices in contact_field_choices() for name, _label in choices)


def _fields(columns: list[dict[str, Any]]) -> list[str]:
    return [column["field"] for column in columns if column["field"]]


def _choose(work: Import, options: dict[str, Any]) -> Import:
    """Read the file with these choices."""
    with stored_file(work) as source:
        recognised, sample = describe(open_contact_file(source, options))
    return _keep(work, options=options, recognised=recognised, sample=sample)


def _keep(work: Import, **values: Any) -> Import:
    """Keep choices with what the file then looks like; an earlier dry run does not count any more."""
    open_stages = (Import.Stage.UPLOADED, Import.Stage.CHECKED, Import.Stage.FAILED)
    as_read = Import.objects.filter(pk=work.pk, stage__in=open_stages, started_at=None)
    if not as_read.update(stage=Import.Stage.UPLOADED, error="", planned={}, **values):
        raise ImportNotReady
    work.refresh_from_db()
    return work


def discard(*, work: Import) -> None:
    """Delete an import that has written nothing, with its file; raises ImportNotReady for any other."""
    name, storage = work.file.name, work.file.storage
    with transaction.atomic():
        unwritten = Import.objects.filter(pk=work.pk, started_at=None).exclude(stage=Import.Stage.CHECKING)
        if not unwritten.delete()[0]:
            raise ImportNotReady
        transaction.on_commit(lambda: storage.delete(name))
