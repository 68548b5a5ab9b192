"""What an entity is to its pages: one subclass per entity, with the names Django developers know from ModelAdmin."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.records.models import Record
from core.records.rights import Right
from core.records.search_text import matching

from .columns import Column


@dataclass(frozen=True)
class Inline:
    """Child rows of an entity on its form, its page, its import and its export (columns `name1..n`)."""

    name: str
    label: Any
    fields: tuple[str, ...]
    add_label: Any
    wide: bool = False


@dataclass(frozen=True)
class Tab:
    """A fixed view of a list. condition: rows it shows for a user; None shows all."""

    key: str
    label: Any
    condition: Callable[[Any], Q] | None = None
    sort: str = ""
    warn: bool = False


@dataclass
class Action:
    """A button of a record. tone: "" plain, "primary", "won" (green), "danger"; post: a form of its own."""

    label: Any
    url: str
    icon: str = ""
    tone: str = ""
    post: bool = False


@dataclass
class Fact:
    """A fact in the head of a record: icon, text, link; `record` marks a person by the avatar of that name."""

    text: Any
    icon: str = ""
    url: str = ""
    avatar: str = ""
    strong: bool = False


@dataclass
class Card:
    """A card of related records beside the timeline. rows: dictionaries as look/_related_card.html shows them."""

    title: Any
    rows: list[dict] = field(default_factory=list)
    count: Any = None
    add_url: str = ""
    link_url: str = ""
    more_url: str = ""
    empty: Any = ""


ALL = Tab("all", _("All"))
MINE = Tab("mine", _("Mine"), lambda user: Q(owner_id=user.pk))
MY_TEAM = Tab("team", _("My team"), lambda user: Q(team_id=user.team_id) if user.team_id else Q(owner_id=user.pk))
UNASSIGNED = Tab("unassigned", _("Unassigned"), lambda user: Q(owner__isnull=True))
RECENT = Tab("recent", _("Recent"), None, sort="-created_at")


class Entity:
    """Base of all entities; every attribute may be overridden, every method too. Instances do not exist."""

    model: type[Record]
    # Word in URL names and addresses: `lead` gives lead_list at /leads/ when path is "leads".
    name: str
    path: str
    icon: str = "list"
    # Prospects and customers are views of accounts: search, duplicates and imports do not count a row twice.
    view_of: "type[Entity] | None" = None
    fieldsets: Sequence[tuple[Any, Sequence[str]]] = ()
    inlines: Sequence[Inline] = ()
    list_display: Sequence[Column] = ()
    list_filter: Sequence[str] = ()
    list_select_related: Sequence[str] = ()
    ordering: str = ""
    tabs: Sequence[Tab] = (ALL, MINE, MY_TEAM, UNASSIGNED, RECENT)
    bulk_fields: Sequence[str] = ()
    match_on: Sequence[str] = ()
    # Under which name imports know it, where that is not its own.
    import_name = ""
    # Related names of records whose number the pages show ("opportunities"); links are made by `cards`.
    related: Sequence[str] = ()
    # Columns that an export with all fields has besides the fields; `export_extra` fills them.
    export_extra_names: Sequence[str] = ()
    form_template = "pages/form.html"
    detail_template = "pages/record.html"

    # -- words ----------------------------------------------------------------------------------
    @classmethod
    def verbose_name(cls) -> str:
        return cls.model._meta.verbose_name

    @classmethod
    def verbose_name_plural(cls) -> str:
        return cls.model._meta.verbose_name_plural

    @classmethod
    def url(cls, page: str, *args: Any) -> str:
        """The address of one of the entity's pages ("list", "create", "detail" with an id, ...)."""
        return reverse(f"{cls.name}_{page}", args=args)

    # -- rows -----------------------------------------------------------------------------------
    @classmethod
    def queryset(cls, user) -> models.QuerySet:
        """The rows that user may see."""
        return cls.model.objects.visible_to(user)

    @classmethod
    def exportable(cls, rows: models.QuerySet, user) -> models.QuerySet:
        """Those of the rows that user may take along in a file; the right itself is asked by `may`."""
        return rows

    @classmethod
    def detail_queryset(cls, user) -> models.QuerySet:
        """The rows of the detail page with the relations that it shows."""
        return cls.queryset(user).select_related(*cls.foreign_keys())

    @classmethod
    def hidden_fields(cls, record: Record) -> frozenset[str]:
        """Fields that the detail page leaves out: they name a record that the user of `detail_queryset` may not see."""
        return frozenset()

    @classmethod
    def has_children(cls, record: Record, name: str) -> bool:
        """False only when `detail_queryset` has found that there are no rows of this inline, which saves a query."""
        return getattr(record, f"has_{name}", True)

    @classmethod
    def foreign_keys(cls) -> list[str]:
        """Names of the foreign keys that the detail page shows."""
        names = [*cls.field_names(), "owner", "team", "created_by", "changed_by", *cls.list_select_related]
        keys = {name for name in names if cls._is_key(name)}
        return sorted(keys)

    @classmethod
    def _is_key(cls, name: str) -> bool:
        try:
            return isinstance(cls.model._meta.get_field(name), models.ForeignKey)
        except FieldDoesNotExist:
            return False

    @classmethod
    def field_names(cls) -> list[str]:
        """All fields of the fieldsets, in order: the single list that form, page, filter, import and export follow."""
        return [name for _title, names in cls.fieldsets for name in names]

    @classmethod
    def search(cls, rows: models.QuerySet, text: str) -> models.QuerySet:
        """The rows of a list that are found by every word of text."""
        return matching(rows, text)

    @classmethod
    def decorate(cls, rows: list, user) -> None:
        """Hang what a page of the list needs onto its rows (next activity) in a fixed number of queries."""

    # -- pages ----------------------------------------------------------------------------------
    @classmethod
    def may(cls, user, right: str) -> bool:
        """Whether user has the right on any record of this kind."""
        return user.may(right, cls.model.record_type())

    @classmethod
    def import_url(cls, user) -> str:
        """Where files of this entity are imported, "" where that is not offered to user."""
        name = cls.import_name or cls.name
        return f"{reverse('import_list')}?entity={name}" if cls.may(user, Right.CREATE) else ""

    @classmethod
    def export_formats(cls) -> tuple:
        """Formats (`export_formats.ExportFormat`) to which the records are exported besides CSV and XLSX."""
        return ()

    @classmethod
    def export_extra(cls, ids: list[int], user) -> dict[int, list]:
        """{record id: values under `export_extra_names`} of a batch, as far as user sees them; others stay empty."""
        return {}

    @classmethod
    def bulk_actions(cls, user) -> list[dict]:
        """Further bulk actions: {"name", "label", "icon"}."""
        return []

    @classmethod
    def run_bulk(cls, action: str, record, user, means) -> None:
        """Do one of `bulk_actions` to one record; raises ValidationError with the reason when it is refused."""
        raise NotImplementedError(action)

    @classmethod
    def gate(cls, user) -> Any:
        """Why nothing can be entered yet (a context for the gate notice), None when all is ready."""
        return None

    @classmethod
    def initial(cls, request) -> dict:
        """Values of a new form, from the address it was opened with; only fields of the form are looked at."""
        return {}

    @classmethod
    def form_class(cls, base: type) -> type:
        """The form of this entity; subclasses add fields or checks to the generated one."""
        return base

    @classmethod
    def after_save(cls, request, record, form, *, is_new: bool) -> str:
        """Where to go after saving."""
        return record.get_absolute_url()

    @classmethod
    def title(cls, record) -> str:
        return str(record)

    @classmethod
    def is_read_only(cls, record) -> bool:
        """Whether the record's own fields are closed (a qualified lead, a closed opportunity)."""
        return False

    @classmethod
    def badges(cls, record) -> list[dict]:
        """States beside the title: {"text", "tone", "icon"}."""
        return []

    @classmethod
    def facts(cls, record) -> list[Fact]:
        """The line under the title."""
        return []

    @classmethod
    def actions(cls, record, user) -> list[Action]:
        """Buttons of the record, the main one last."""
        return []

    @classmethod
    def cards(cls, record, user) -> list[Card]:
        """Cards in the right column."""
        return []

    @classmethod
    def extra_context(cls, request, record) -> dict:
        """More context of the detail page (timeline, stage bar)."""
        return {}

    @classmethod
    def empty_state(cls, user) -> dict:
        """What an empty list says at first use: title, text."""
        return {
            "title": _("No %(plural)s yet") % {"plural": cls.verbose_name_plural()},
            "text": _("Enter the first one, or import them."),
        }


def declared_columns(entity: type[Entity]) -> dict[str, Column]:
    """{name: column} of the columns a list may show and sort by."""
    return {column.name: column for column in entity.list_display}
