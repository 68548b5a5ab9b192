"""What an empty cell takes away from an existing contact, for users who want that: columns and child rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .contact_rows import ADDRESS_FIELDS, SCALARS
from .fields import FAMILY, PHONE_KINDS

if TYPE_CHECKING:
    from contacts.models import Contact

    from .contact_records import Children
    from .mapping import ColumnMapping

_NAMES = frozenset({"first_name", "middle_name", "last_name"})
_FAMILIES = {"email": "emails", "phone": "phones", "address": "addresses", "website": "websites"}
_CHILDREN = {
    "email_others": "emails", "website": "websites", "website_personal": "websites", "linkedin_url": "websites",
    "im": "handles", "twitter": "handles",
}  # fmt: skip
_KEPT = frozenset({"owner", "uid", "organization_uid", "account_name", "display_name", "record_id", "record_version"})


@dataclass(frozen=True)
class Emptying:
    """What the columns of a file feed: keys of the values, and child rows as (name, kind, "" for every kind)."""

    keys: frozenset[str]
    children: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, mapping: "ColumnMapping") -> "Emptying":
        """Read it from a mapping; values given to every row count for nothing, and notes are only ever added to."""
        fields = [column.field for column in mapping.columns if column.field and column.how != "fixed"]
        keys = {SCALARS[name] for name in fields if name in SCALARS} - _KEPT
        keys |= {"birthday" for name in fields if name.startswith("birthday")}
        return cls(frozenset(keys), frozenset(child for name in fields for child in _children_of(name)))


def _children_of(field: str) -> Iterator[tuple[str, str]]:
    family = FAMILY.fullmatch(field)
    if family and family[1] in _FAMILIES and (not family[3] or family[1] == "address"):
        yield _FAMILIES[family[1]], ""
    elif field in _CHILDREN:
        yield _CHILDREN[field], ""
    elif field in PHONE_KINDS:
        yield "phones", PHONE_KINDS[field][0]
    elif field in ADDRESS_FIELDS:
        yield "addresses", ADDRESS_FIELDS[field][0]


def empty_columns(contact: "Contact", values: dict[str, Any], columns: dict[str, str], emptying: Emptying) -> None:
    """Empty the columns whose cells are. columns: {key of the values: column}. A name never goes altogether."""
    empty = {columns[key] for key in emptying.keys if key in columns and not values[key]}
    if "source" in emptying.keys and not values["source"]:
        contact.source = None
    if not any(getattr(contact, name) for name in ("first_name", "last_name") if name not in empty):
        empty -= _NAMES
    for column in empty:
        setattr(contact, column, "")


def without_emptied(rows: "Children", said: "Children", emptying: Emptying) -> "Children":
    """{name: rows} of those kinds from which an empty cell takes rows away. said: what the row of the file holds."""
    found: Children = {}
    for name, kind in sorted(emptying.children):
        present: list[Any] = found.get(name, rows.get(name, []))
        given: list[Any] = said.get(name, [])
        if any(not kind or row.kind == kind for row in given):
            continue
        left = [row for row in present if kind and row.kind != kind]
        if len(left) < len(present):
            if name in ("emails", "phones") and left and not any(row.is_primary for row in left):
                left[0].is_primary = True
            found[name] = left
    return found
