"""What the command line chooses about a file: its mapping, keys, policy, empty cells, days; refused in clear words."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.records.columns import is_storable

from .choices import EMPTY_CELLS, POLICIES
from .header_synonyms import header_key
from .mapped_files import DATE_ORDERS, INTO_NOTES, MappedFile
from .models import SavedMap
from .saved_maps import KEPT, columns_of, map_named
from .targets import Target

# More than a mapping of a thousand columns needs.
MOST_BYTES = 1_000_000
# What `add_options` adds.
FILE_OPTIONS = ("map", "match", "policy", "empty", "dates")
_OF_TABLES = ("map", "empty", "dates")


class WrongOption(Exception):
    """An option of the command that cannot be followed; its text says why."""


def add_options(parser: Any) -> None:
    """The options that choose how a file is read and what its rows may do."""
    parser.add_argument(
        "--map",
        default=None,
        metavar="FILE|NAME",
        help='A JSON file {"header or number of a column": "field"}, or the name of a saved mapping. '
        'Field "" leaves a column out, "@notes" keeps it in the notes.',
    )
    parser.add_argument("--match", default=None, metavar="KEYS", help="Keys that tell whom a row means: email,phone")
    parser.add_argument("--policy", choices=POLICIES, default=None, help="What rows may do; both by default.")
    parser.add_argument("--empty", choices=EMPTY_CELLS, default=None, help="What an empty cell does; keep by default.")
    parser.add_argument("--dates", choices=DATE_ORDERS, default=None, help="Order of days that can be read both ways.")


def options_of(asked: dict[str, Any], target: Target, opened: MappedFile, user: Any) -> dict[str, Any]:
    """Import.options as the arguments say; user None: there is no administrator yet. Raises WrongOption."""
    if opened.is_vcard and (further := [f"--{name}" for name in _OF_TABLES if asked[name] is not None]):
        raise WrongOption(f"{', '.join(further)}: this file holds vCards, which have no columns.")
    options = _map_options(asked["map"], target, opened, user) if asked["map"] is not None else {}
    if asked["match"] is not None:
        options["match"] = _keys(asked["match"], target)
    return options | {name: asked[name] for name in ("policy", "empty") if asked[name]}


def with_dates(options: dict[str, Any], opened: MappedFile, order: str | None) -> dict[str, Any]:
    """The options with an order for the days of opened that can be read both ways."""
    undecided = opened.undecided_dates() if order else {}
    orders = options.get("date_orders", {}) | dict.fromkeys(undecided, order)
    return options | ({"date_orders": orders} if orders else {})


def _keys(text: str, target: Target) -> list[str]:
    known = [name for name, _label in target.match_keys()]
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise WrongOption(f"--match: there is no key “{name[:40]}”. Keys of {target.plural}: {', '.join(known)}.")
    if not wanted:
        raise WrongOption(f"--match names no key. Keys of {target.plural}: {', '.join(known) or 'none'}.")
    return [name for name in known if name in wanted]


def _map_options(text: str, target: Target, opened: MappedFile, user: Any) -> dict[str, Any]:
    assert opened.table is not None
    header = opened.table.header
    path = Path(text)
    if path.is_file():
        return {"columns": _columns_of_file(path, header, target)}
    saved = map_named(text, target.name, user) if is_storable(text) else None
    if saved is None:
        raise WrongOption(f"--map: there is neither a file nor a saved mapping “{text[:100]}” for {target.plural}.")
    return _options_of_map(saved, header, target)


def _options_of_map(saved: SavedMap, header: Sequence[str], target: Target) -> dict[str, Any]:
    kept = {key: saved.options[key] for key in KEPT if key in saved.options}
    columns = columns_of(saved.columns, header, target)
    return kept | {"columns": columns, "map": {"id": saved.pk, "name": saved.name, "columns": columns}}


def _columns_of_file(path: Path, header: Sequence[str], target: Target) -> dict[str, str]:
    """{position: choice} of a file {header or number of a column: field}."""
    try:
        with path.open("rb") as source:
            found = json.loads(source.read(MOST_BYTES + 1))
    except (OSError, ValueError, RecursionError) as error:
        raise WrongOption(f"--map: {path} is no JSON file ({type(error).__name__}).") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise WrongOption(f'--map: {path} must hold one object {{"header or number of a column": "field"}}.')
    known = {name for _group, choices in target.field_choices() for name, _label in choices}
    columns = {}
    for column, name in found.items():
        if name not in known and name not in ("", INTO_NOTES) and not target.has_place(name):
            raise WrongOption(f"--map: there is no field “{name[:60]}”.")
        for index in _positions(column, header):
            columns[str(index)] = name
    return columns


def _positions(column: str, header: Sequence[str]) -> list[int]:
    """Where the columns of that header stand, else the one of that number, counted from 1."""
    exact = [index for index, text in enumerate(header) if text == column]
    folded = [index for index, text in enumerate(header) if text and header_key(text) == header_key(column)]
    if exact or folded:
        return exact or folded
    if column.isascii() and column.isdigit() and 1 <= int(column[:6]) <= len(header):
        return [int(column[:6]) - 1]
    raise WrongOption(f"--map: the file has no column “{column[:60]}”.")
