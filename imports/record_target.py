"""Records other than contacts as targets of imports: one target per entity and per catalog of setup values."""

from collections.abc import Iterable
from typing import Any, BinaryIO

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import Account
from activities.models import Interaction, Task
from contacts.models import CrossReference
from core.pages.entity import Entity
from core.records.models import Record
from core.records.rights import Right
from leads.models import Lead
from opportunities.models import Opportunity
from setup_values.catalogs import CATALOGS, Catalog
from setup_values.models import CatalogValue
from users.models import User
from workspace.entities import ENTITIES

from .choices import MAKE, REFUSE, SKIP
from .mapping import ColumnMapping
from .models import Import, ImportRow
from .preview import RecordCard
from .record_card import card_of
from .record_fields import RECORD_ID, Kind, fields_of, groups_of, map_record_headers
from .record_matching import keys_of
from .record_planning import RecordPlanner
from .record_rows import RecordFile, decided_fields, open_record_file
from .record_shapes import CATALOG_SHAPES, SHAPES, RecordShape
from .record_template import record_template
from .record_words import value_choices
from .record_writing import RecordWalk
from .targets import FieldGroups, Label, Target
from .template_files import TemplateColumn
from .writing import field_label


class RecordTarget(Target):
    """The rows of a table as records of one kind."""

    def __init__(self, name: str, plural: str, shape: RecordShape, model: type[Record], icon: str) -> None:
        self.name, self.plural, self.shape, self.model, self.icon = name, plural, shape, model, icon
        self.record_type = shape.record_type
        self.has_owner = shape.has_owner
        self.has_notes = bool(shape.notes)

    @property
    def date_fields(self) -> tuple[str, ...]:  # type: ignore[override]
        """The fields whose days or decimal marks are decided for the whole column."""
        return decided_fields(self.shape)

    def label(self) -> str:
        return capfirst(str(self.model._meta.verbose_name_plural))

    def title(self) -> str:
        return _("Import %(what)s") % {"what": self.model._meta.verbose_name_plural}

    def open(self, source: BinaryIO, options: dict[str, Any] | None = None) -> RecordFile:
        return open_record_file(self.shape, source, options or {})

    def map_headers(self, header: list[str]) -> ColumnMapping:
        return map_record_headers(self.shape, header)

    def walk(self, user: Any, actor: User | None, options: dict[str, Any]) -> RecordWalk:
        return RecordWalk(RecordPlanner(self.shape, user, actor, options), actor)

    def field_choices(self, mapped: Iterable[str] = ()) -> FieldGroups:
        return groups_of(self.shape)

    def field_label(self, name: str) -> Label:
        found = fields_of(self.shape).get(name)
        return found.label if found is not None else name

    def has_place(self, name: str) -> bool:
        return name in fields_of(self.shape)

    def template(self, language: str) -> list[TemplateColumn]:
        return record_template(self.name, self.shape, language)

    def match_keys(self) -> list[tuple[str, Label]]:
        return [(key.name, key.label) for key in keys_of(self.shape)]

    def related(self) -> list[tuple[str, Label, tuple[str, ...]]]:
        """(field, label, what may be done) of related records that do not exist."""
        fields = fields_of(self.shape)
        return [
            (name, _if_missing(one.label), (REFUSE, SKIP, MAKE) if name in self.shape.makes else (REFUSE, SKIP))
            for name, one in fields.items()
            if one.kind == Kind.RECORD and name not in self.shape.required
        ] + [
            (name, _if_missing(fields[name].label), (REFUSE, MAKE))
            for name in self.shape.makes
            if name in self.shape.required
        ]

    def catalog(self, name: str) -> type[CatalogValue] | None:
        found = fields_of(self.shape).get(name)
        return found.related if found is not None and found.kind == Kind.VALUE else None

    def fixed_choices(self, *, for_cards: bool = False) -> FieldGroups:
        usual = (Kind.KEY, Kind.CHILD, Kind.NAME)
        fields = fields_of(self.shape)
        groups = [
            (group, [(name, text) for name, text in choices if fields[name].kind not in usual])
            for group, choices in groups_of(self.shape)
        ]
        return [(group, choices) for group, choices in groups if choices and not for_cards]

    def value_choices(self, name: str, user: Any) -> list[tuple[str, Label]] | None:
        return value_choices(self.shape, name, user)

    def notes(self) -> list[tuple[str, str]]:
        found = [
            ("pencil", _("Existing records get the filled cells; e-mails and phones are added to those they have.")),
            ("help-circle", _("A name that is in none of the lists of setup values makes its row an error.")),
        ]
        if any(one.kind == Kind.RECORD for one in fields_of(self.shape).values()):
            found.append(("link", _("Related records are found by name, number or e-mail among those that you see.")))
        if not self.shape.notes:
            found.append(("minus", _("These records have no notes: columns without a field are left out.")))
        return found

    def card(self, work: Import, position: int, user: Any) -> RecordCard | None:
        return card_of(self.shape, work, position, user)

    def urls(self, ids: list[int], user: Any) -> dict[int, str]:
        rows = self.shape.model.objects.visible_to(user).filter(pk__in=ids) if ids else ()
        return {record.pk: record_url(record) for record in rows}

    def list_url(self) -> str:
        return f"{reverse(f'{self.name}_list')}?view={'recent' if self._has_recent() else 'all'}"

    def _has_recent(self) -> bool:
        return self.shape.model in (Lead, Account)

    def column_label(self, name: str) -> str:
        return field_label(self.shape.model, name)

    def text_of(self, row: ImportRow) -> str:
        details = row.details
        if row.action == ImportRow.Action.CREATE:
            return _created_text(self.shape.model, details)
        if row.action == ImportRow.Action.UNCHANGED and not row.reasons:
            return _("Nothing to change")
        if row.action == ImportRow.Action.UPDATE and details.get("converts"):
            return _("%(name)s becomes a customer") % {"name": details["converts"]}
        return ""


class CatalogTarget(RecordTarget):
    """The rows of a table as values of one catalog; administrators only."""

    is_setup = True

    def __init__(self, catalog: Catalog) -> None:
        shape = CATALOG_SHAPES[catalog.model.record_type()]
        super().__init__(catalog.key, catalog.slug, shape, catalog.model, "settings")
        self._own_catalog = catalog

    def label(self) -> str:
        return self._own_catalog.name

    def may_import(self, user: Any) -> bool:
        return bool(user.is_administrator)

    def list_url(self) -> str:
        return self._own_catalog.get_absolute_url()


class EntityTarget(RecordTarget):
    """The rows of a table as records of an entity."""

    def __init__(self, entity: type[Entity]) -> None:
        super().__init__(entity.name, entity.path, SHAPES[entity.name], entity.model, entity.icon)
        self.entity = entity

    def may_import(self, user: Any) -> bool:
        return self.entity.may(user, Right.CREATE)


def _if_missing(label: Label) -> str:
    """The heading of what to do with a related record that does not exist."""
    return _("When “%(what)s” is not found") % {"what": label}


def record_url(record: Any) -> str:
    """The address of a record, "" for one without a page of its own."""
    if isinstance(record, CatalogValue):
        return ""
    return record.get_absolute_url()


def _created_text(model: type[Record], details: dict[str, Any]) -> str:
    """What a row makes, in words."""
    account = {"name": details.get("account", "")}
    if model is Opportunity and details.get("converts"):
        return _("New opportunity; %(name)s becomes a customer") % {"name": details["converts"]}
    if model is Opportunity and details.get("new_account"):
        return _("New opportunity, and new account %(name)s") % account
    if model is Opportunity:
        return _("New opportunity for %(name)s") % account if account["name"] else _("New opportunity")
    if details.get("new_account"):
        return _("With the new account %(name)s") % account
    return {
        Lead: _("New lead"),
        Account: _("New account"),
        Task: _("New task"),
        Interaction: _("New interaction"),
        CrossReference: _("New cross-reference"),
    }.get(model, _("New value"))


ENTITY_TARGETS = tuple(EntityTarget(entity) for entity in ENTITIES if entity.name in SHAPES)
CATALOG_TARGETS = tuple(CatalogTarget(catalog) for catalog in CATALOGS)
__all__ = ["CATALOG_TARGETS", "ENTITY_TARGETS", "RECORD_ID", "RecordTarget"]
