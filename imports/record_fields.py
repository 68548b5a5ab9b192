"""The fields of a record that columns may feed: what each takes, what it is called, which headers mean it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from core.records.fields import MoneyField
from core.records.models import ChildRow
from setup_values.columns import LanguageField
from setup_values.models import CatalogValue

from .fields import PHONE_KINDS
from .header_synonyms import SYNONYMS, header_key
from .mapping import ColumnMapping, ColumnMatch, map_headers
from .record_shapes import RecordShape

Label = str | Promise
RECORD_ID, RECORD_VERSION = "record_id", "record_version"
# What an export of ours holds beside fields: nothing of it is taken over.
STAMPS = frozenset({"created_at", "changed_at", "team"})
MOST_CHILDREN = 4
# Of a header row so many of a hundred must be columns of our own export.
_OWN_SHARE = 0.9


class Kind(StrEnum):
    """What a field takes."""

    TEXT = "text"
    CHOICE = "choice"
    CURRENCY = "currency"
    LANGUAGE = "language"
    AMOUNT = "amount"
    INTEGER = "integer"
    DAY = "day"
    MOMENT = "moment"
    FLAG = "flag"
    VALUE = "value"
    PERSON = "person"
    RECORD = "record"
    KEY = "key"
    CHILD = "child"
    NAME = "name"


@dataclass(frozen=True)
class RecordField:
    """One field: of a column of the model, of a child row (child: its related name), or of the record's own number."""

    name: str
    kind: Kind
    label: Label
    column: models.Field | None = None
    child: str = ""

    @property
    def related(self) -> Any:
        """The model that it leads to."""
        return self.column.related_model if self.column is not None else None


_PLAIN: tuple[tuple[type[models.Field], Kind], ...] = (
    (MoneyField, Kind.AMOUNT),
    (models.BooleanField, Kind.FLAG),
    (models.IntegerField, Kind.INTEGER),
    (models.DateTimeField, Kind.MOMENT),
    (models.DateField, Kind.DAY),
    (LanguageField, Kind.LANGUAGE),
)


def _kind(column: models.Field) -> Kind:
    if isinstance(column, models.ForeignKey):
        if column.related_model is get_user_model():
            return Kind.PERSON
        return Kind.VALUE if issubclass(column.related_model, CatalogValue) else Kind.RECORD
    for field, kind in _PLAIN:
        if isinstance(column, field):
            return kind
    if column.name == "full_name":
        return Kind.NAME
    if column.name == "currency":
        return Kind.CURRENCY
    return Kind.CHOICE if column.choices or column.name == "kind" else Kind.TEXT


@cache
def fields_of(shape: RecordShape) -> dict[str, RecordField]:
    """{name: field} of a kind of record, in the order of its form."""
    found: dict[str, RecordField] = {}
    for name in [name for _group, names in shape.names for name in names] + list(shape.more):
        column = shape.column(name)
        found[name] = RecordField(name, _kind(column), capfirst(column.verbose_name), column)
    for inline in shape.inlines:
        found |= {one.name: one for one in _child_fields(shape, inline.name)}
    for one in [one for one in found.values() if one.kind == Kind.RECORD]:
        key = f"{one.name}_id"
        found[key] = RecordField(key, Kind.KEY, format_lazy("{}: {}", one.label, _("number in this CRM")), one.column)
    found[RECORD_ID] = RecordField(RECORD_ID, Kind.KEY, _("Number of the record in this CRM"))
    found[RECORD_VERSION] = RecordField(RECORD_VERSION, Kind.KEY, _("Version of the record in this CRM"))
    return found


def _child_fields(shape: RecordShape, name: str) -> list[RecordField]:
    """E-mails and phones: a column per row, its kind beside it; phones also by their kind alone."""
    model = shape.model._meta.get_field(name).related_model
    assert issubclass(model, ChildRow)
    singular = name.removesuffix("s")
    label = capfirst(model._meta.verbose_name)
    found = []
    for number in range(1, MOST_CHILDREN + 1):
        own = format_lazy("{} {}", label, number)
        found.append(RecordField(f"{singular}{number}", Kind.CHILD, own, child=name))
        parts = [part for part in ("kind", "label", "extension") if part in model.VALUE_FIELDS]
        for part in parts:
            text = format_lazy("{}: {}", own, model._meta.get_field(part).verbose_name)
            found.append(RecordField(f"{singular}{number}_{part}", Kind.CHILD, text, child=name))
    if name == "phones":
        found += [RecordField(one, Kind.CHILD, text, child=name) for one, (_kind, text) in PHONE_KINDS.items()]
    others = _("Other e-mails") if name == "emails" else _("Other phones")
    return [*found, RecordField(f"other_{name}", Kind.CHILD, others, child=name)]


def said(one: RecordField | None, reason: str) -> str:
    """A reason with the field it is about."""
    return reason if one is None or reason.startswith(str(one.label)) else f"{one.label}: {reason}"


def groups_of(shape: RecordShape) -> list[tuple[Label, list[tuple[str, Label]]]]:
    """The fields as a select offers them."""
    fields = fields_of(shape)
    groups: list[tuple[Label, list[str]]] = [(str(title), list(names)) for title, names in shape.names]
    if shape.more:
        groups.append((_("Of closed and older records"), list(shape.more)))
    for inline in shape.inlines:
        groups.append((inline.label, [one.name for one in fields.values() if one.child == inline.name]))
    groups.append((_("This CRM"), [one.name for one in fields.values() if one.kind == Kind.KEY]))
    return [(group, [(name, fields[name].label) for name in names]) for group, names in groups]


def map_record_headers(shape: RecordShape, header: Sequence[str]) -> ColumnMapping:
    """The automatic mapping of a header: of our own export by name, else by what the words of it mean."""
    mapping = map_headers(header, record=shape.words)
    keys = [header_key(text) for text in header]
    is_own = is_own_export(shape, [key for key, one in zip(keys, mapping.columns, strict=True) if one.how != "ignored"])
    taken: set[str] = set()
    columns = []
    for column, key in zip(mapping.columns, keys, strict=True):
        columns.append(_own_column(shape, column, key, taken) if is_own else _foreign_column(shape, column, key, taken))
    return ColumnMapping(tuple(columns), None if is_own else mapping.source, mapping.language)


def is_own_export(shape: RecordShape, keys: Sequence[str]) -> bool:
    """Whether a header row is that of an export of ours: the number of the record, then its fields by name."""
    own = [key for key in keys if key in ("id", "version") or key in STAMPS or _field_named(shape, key)]
    return "id" in keys and len(keys) > 2 and len(own) >= _OWN_SHARE * len([key for key in keys if key])


def _field_named(shape: RecordShape, key: str) -> bool:
    """Whether a header is the name of a field or of a child column, those that imports pass over included."""
    names = {name.removesuffix("s") for name in shape.model.CHILDREN} | {
        f"other_{name}" for name in shape.model.CHILDREN
    }
    stem = key.split("_")[0] if key.split("_")[0] not in ("sales", "other") else key
    is_child = stem.rstrip("0123456789") in names or key in names or key.startswith("sales_team")
    known = {column.name for column in shape.model._meta.concrete_fields}
    known |= {column.attname for column in shape.model._meta.concrete_fields}
    return key in fields_of(shape) or key in known or is_child


def _own_column(shape: RecordShape, column: ColumnMatch, key: str, taken: set[str]) -> ColumnMatch:
    name = {"id": RECORD_ID, "version": RECORD_VERSION}.get(key, key)
    if name in fields_of(shape) and name not in taken:
        taken.add(name)
        return ColumnMatch(column.index, column.header, name, "source")
    is_ours = _field_named(shape, key) or key in STAMPS or not shape.notes or column.how == "ignored"
    return ColumnMatch(column.index, column.header, None, "ignored" if is_ours else "none")


def _foreign_column(shape: RecordShape, column: ColumnMatch, key: str, taken: set[str]) -> ColumnMatch:
    """A column of another program, or of a sheet made by hand."""
    fields = fields_of(shape)
    aliased = shape.aliases.get(column.field or "") or (column.field if column.field in fields else None)
    if (column.field or "").startswith("email_others"):
        aliased = "other_emails" if "other_emails" in fields else None
    said = header_words(shape).get(key)
    candidates = [aliased, said] if column.how in ("source", "accentless") else [said, aliased]
    for name in candidates:
        if name and name in fields and name not in taken:
            taken.add(name)
            return ColumnMatch(column.index, column.header, name, column.how if name == aliased else "generic")
    how = "ignored" if column.how == "ignored" or not shape.notes or column.field in STAMPS else "kept"
    return ColumnMatch(column.index, column.header, None, how)


@cache
def header_words(shape: RecordShape) -> dict[str, str]:
    """{header: field}: the labels of the fields in the languages of the pages, and words of six languages."""
    fields = {name: one for name, one in fields_of(shape).items() if one.kind != Kind.KEY}
    found: dict[str, str] = {}
    for name in fields:
        found.setdefault(header_key(name), name)
    for language, _name in settings.LANGUAGES:
        with override(language):
            for name, one in fields.items():
                found.setdefault(header_key(str(one.label)), name)
    for name, words in _words().get(shape.words, {}).items():
        if name in fields:
            for word in words:
                found.setdefault(header_key(word), name)
    return found


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    return json.loads((SYNONYMS / "records" / "words.json").read_text(encoding="utf-8"))
