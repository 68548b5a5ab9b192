"""What a user does with an import before it runs: bring a file, say how it is read, map its columns, discard it."""

from collections.abc import Mapping
from typing import Any

from django.core.files.base import File
from django.db import transaction

from users.models import User

from .corrected_files import options_of_correction
from .file_errors import TooManyBytes
from .mapped_files import AS_TEXT, INTO_NOTES, WAYS, chosen_mapping
from .models import Import
from .readers import DEFAULT_LIMITS
from .row_choices import forget_choices
from .run import ImportNotReady
from .sampling import columns_found, date_indices, describe
from .stored_files import keep_file, stored_file
from .target_list import target_of
from .targets import Target
from .unknown_names import is_answer
from .value_names import folded_name

LONGEST_NAME = 200
# The choices that say how a file is read, whatever it holds.
READING = ("encoding", "delimiter", "header_line", "sheet")
ANSWERS = (*WAYS, AS_TEXT)
# Choices that hold whatever the columns are.
_OF_ALL_ROWS = ("fixed", "match", "policy", "empty", "related", "owner", "values")


def bring_file(
    *, source: File, name: str, actor: User, entity: str = "contact", corrects: Import | None = None
) -> Import:
    """Keep a file and what was recognised in it as a new import of actor into entity (the name of a target).

    source: an uploaded file, open and seekable. corrects: the import whose error rows it holds, corrected; it is read
    and mapped in the same way when it has the same columns. Raises a subclass of UnusableFile; then nothing is kept.
    """
    refuse_large(source.size or 0)
    work = Import(entity=entity, created_by=actor, file_name=clean_name(name))
    if corrects is not None and corrects.entity == entity:
        work.options = options_of_correction(corrects, source) or {}
    work.recognised, work.sample = describe(target_of(work).open(source, work.options))
    source.seek(0)
    keep_file(work, source)
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
    kept = {name: work.options[name] for name in _OF_ALL_ROWS if name in work.options}
    work = read_again(work, kept | {name: value for name, value in options.items() if value not in ("", None)})
    forget_choices(work)
    return work


def choose_target(*, work: Import, target: Target) -> Import:
    """Take the rows of a file for another kind of record; how it is read stays, the mapping begins anew.

    What was decided about single rows is forgotten: it names records of the kind before by their ids. Raises a subclass
    of UnusableFile (nothing is changed then), ImportNotReady once it is under way.
    """
    options = {name: value for name, value in work.options.items() if name in READING}
    with stored_file(work) as source:
        recognised, sample = describe(target.open(source, options))
    with transaction.atomic():
        work = keep_choices(work, entity=target.name, options=options, recognised=recognised, sample=sample)
        forget_choices(work)
    return work


def choose_mapping(*, work: Import, columns: Mapping[int, str], date_orders: Mapping[str, str]) -> Import:
    """Map columns {position: field, "" to leave it out, INTO_NOTES}; those that are not named stay as they are.

    date_orders: {date field: "dmy", "mdy" or AS_TEXT}. Unknown fields and orders are ignored. Raises ImportNotReady
    once it is under way.
    """
    target = target_of(work)
    found = work.recognised.get("columns_found", [])
    known = {name for _group, choices in target.field_choices(_fields(found)) for name, _label in choices}
    known |= {"", INTO_NOTES}
    chosen = dict(work.options.get("columns", {}))
    for index, name in columns.items():
        if 0 <= index < len(found) and name in known and name != present_choice(found[index], target):
            chosen[str(index)] = name
    orders = dict(work.options.get("date_orders", {}))
    orders |= {name: text for name, text in date_orders.items() if name in target.date_fields and text in ANSWERS}
    before = work.options.get("columns", {}), work.options.get("date_orders", {})
    if (chosen, orders) == before:
        return work
    return keep_columns(work, work.options | {"columns": chosen, "date_orders": orders})


def keep_columns(work: Import, options: dict[str, Any]) -> Import:
    """Keep choices with the columns they map; the file is read again only where that tells of other days."""
    target, found = target_of(work), work.recognised.get("columns_found", [])
    mapping = chosen_mapping(target.map_headers([column["header"] for column in found]), options.get("columns", {}))
    columns_now = columns_found(mapping, [column["filled"] for column in found])
    if date_indices(columns_now, target.date_fields) != date_indices(found, target.date_fields):
        return read_again(work, options)
    return keep_choices(work, options=options, recognised=work.recognised | {"columns_found": columns_now})


def present_choice(column: dict[str, Any], target: Target) -> str:
    """What a column of Import.recognised is mapped to now: a field, INTO_NOTES, or "" when it is left out.

    A field of other programs that the record has no place for ends in the notes, whatever it is called.
    """
    field = column["field"]
    if not field:
        return INTO_NOTES if column["how"] in ("kept", "none") else ""
    if target.is_left_out(field):
        return ""
    return field if target.has_place(field) else INTO_NOTES


def _fields(columns: list[dict[str, Any]]) -> list[str]:
    return [column["field"] for column in columns if column["field"]]


def read_again(work: Import, options: dict[str, Any]) -> Import:
    """Read the file with these choices."""
    with stored_file(work) as source:
        recognised, sample = describe(target_of(work).open(source, options))
    return keep_choices(work, options=options, recognised=recognised, sample=sample)


def keep_choices(work: Import, **values: Any) -> Import:
    """Keep choices with what the file then looks like; an earlier dry run does not count any more."""
    open_stages = (Import.Stage.UPLOADED, Import.Stage.CHECKED, Import.Stage.FAILED)
    as_read = Import.objects.filter(pk=work.pk, stage__in=open_stages, started_at=None)
    if not as_read.update(stage=Import.Stage.UPLOADED, error="", planned={}, **values):
        raise ImportNotReady
    work.refresh_from_db()
    return work


def answer_names(*, work: Import, answers: Mapping[tuple[str, str], str]) -> Import:
    """Say what names that are in no catalog mean: {(field, name): id of a value or one of value_names.ANSWERS}.

    Answers that are none, and fields without catalog, are ignored. The dry run has to be done anew. Raises
    ImportNotReady once the import is under way.
    """
    target = target_of(work)
    values = {field: dict(known) for field, known in work.options.get("values", {}).items()}
    for (field, text), answer in answers.items():
        model = target.catalog(field)
        if model is not None and is_answer(model, answer):
            values.setdefault(field, {})[folded_name(text)] = answer
    return keep_choices(work, options=work.options | {"values": values})


def discard(*, work: Import) -> None:
    """Delete an import that has written nothing, with its file; raises ImportNotReady for any other."""
    name, storage = work.file.name, work.file.storage
    with transaction.atomic():
        unwritten = Import.objects.filter(pk=work.pk, started_at=None).exclude(stage=Import.Stage.CHECKING)
        if not unwritten.delete()[0]:
            raise ImportNotReady
        transaction.on_commit(lambda: storage.delete(name))
