"""A corrected file is read and mapped as the import whose error rows it holds, so that no row comes in twice."""

from collections import Counter
from typing import Any, BinaryIO

from core.text.cells import unguard_formula

from .header_synonyms import header_key
from .mapped_files import WAYS, MappedFile
from .models import Import
from .reason_column import is_reason
from .sampling import LONGEST_CELL
from .target_list import target_of

# How a file is read belongs to the file; all other choices hold for the rows, whatever file they stand in.
READING = ("encoding", "delimiter", "header_line", "sheet", "columns", "date_orders")
Place = tuple[str, int]


def options_of_correction(earlier: Import, source: BinaryIO) -> dict[str, Any] | None:
    """The options of an earlier import as they hold for a file of its rows; None when its columns are others.

    Raises a subclass of UnusableFile.
    """
    kept = {name: value for name, value in earlier.options.items() if name not in READING}
    target = target_of(earlier)
    if earlier.is_vcard:
        return kept if target.open(source).is_vcard else None
    for reading in _readings(earlier, source):
        opened = target.open(source, reading)
        moved = None if opened.is_vcard else _moved_columns(earlier, opened)
        if moved is not None:
            columns = earlier.options.get("columns", {})
            chosen = {str(moved[int(at)]): name for at, name in columns.items() if int(at) in moved}
            return kept | reading | {"columns": chosen, "date_orders": _date_orders(earlier)}
    return None


def _readings(earlier: Import, source: BinaryIO) -> list[dict[str, Any]]:
    """The ways to read a corrected file, the likeliest first: a spreadsheet may have written it in its own."""
    chosen = {name: earlier.options[name] for name in ("encoding", "delimiter") if name in earlier.options}
    opened = target_of(earlier).open(source)
    # Unicode is recognised for certain; any other encoding is the one that was chosen.
    is_unicode = (opened.recognised["encoding"] or "utf-8").startswith("utf")
    ways: list[dict[str, Any]] = [{}, chosen] if is_unicode else [chosen, {}]
    # The error file of a file without header has one.
    return [way | first for first in ({}, {"header_line": 1}) for way in (ways if chosen else [{}])]


def _moved_columns(earlier: Import, opened: MappedFile) -> dict[int, int] | None:
    """{position then: position now} of the columns, whose order may be another; None when the columns are others."""
    assert opened.table is not None
    then = _places([column["header"] for column in earlier.recognised["columns_found"]])
    now = _places(opened.table.header)
    return {at: now[place] for place, at in then.items()} if then.keys() == now.keys() else None


def _places(header: list[str]) -> dict[Place, int]:
    """{(header, how many equal ones stand before it): position}, without the column of the reasons."""
    seen: Counter[str] = Counter()
    found = {}
    for position, text in enumerate(header):
        if not is_reason(text):
            key = header_key(unguard_formula(text[:LONGEST_CELL]))
            found[key, seen[key]] = position
            seen[key] += 1
    return found


def _date_orders(earlier: Import) -> dict[str, str]:
    """The order of day and month that the whole earlier file showed: a few of its rows may show none."""
    found = {
        name: column["order"] for name, column in earlier.recognised.get("dates", {}).items() if column["order"] in WAYS
    }
    return found | earlier.options.get("date_orders", {})
