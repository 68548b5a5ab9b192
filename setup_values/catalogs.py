"""The catalogs one by one: what each drives, what it needs, and the columns it has beside name and colour."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from . import models
from .models import CatalogValue


@dataclass(frozen=True)
class Catalog:
    """One drop-down list of the firm; pages, administration, starter sets, gate and tests loop over them.

    columns: fields beside name and colour, shown and edited. The three `..._within` say inside which columns
    a name is unique, values have an order of their own, and there is one default ((): in the whole catalog).
    """

    slug: str
    model: type[CatalogValue]
    drives: Any
    is_required: bool = False
    columns: tuple[str, ...] = ()
    names_within: tuple[str, ...] = ()
    order_within: tuple[str, ...] = ()
    default_within: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The word for the catalog in starter files ("lead_statuses")."""
        return self.slug.replace("-", "_")

    @property
    def name(self) -> str:
        """What the catalog is called in the active language ("Lead statuses")."""
        return capfirst(str(self.model._meta.verbose_name_plural))

    @property
    def value_name(self) -> str:
        """What one of its values is called ("lead status")."""
        return str(self.model._meta.verbose_name)

    @property
    def needed_meanings(self) -> tuple[str, ...]:
        """Meanings of which at least one active value must exist; () for optional catalogs."""
        return self.model.NEEDED_MEANINGS

    def get_absolute_url(self) -> str:
        return reverse("catalog", args=[self.slug])

    def meaning_label(self, meaning: str) -> str:
        """A fixed meaning in the active language, in small letters ("qualified")."""
        return str(dict(self.model._meta.get_field("meaning").choices)[meaning]).lower()

    def scope(self, value: CatalogValue, fields: tuple[str, ...]) -> QuerySet:
        """The live values that share these columns with value (all of them for ())."""
        return self.model.objects.filter(**{name: getattr(value, attname(self.model, name)) for name in fields})


def attname(model: type[CatalogValue], name: str) -> str:
    """The column of a field ("process" -> "process_id")."""
    return model._meta.get_field(name).attname


CATALOGS: tuple[Catalog, ...] = (
    Catalog(
        "lead-statuses",
        models.LeadStatus,
        _("what a lead may be"),
        is_required=True,
        columns=("meaning",),
        default_within=("meaning",),
    ),
    Catalog(
        "opportunity-statuses",
        models.OpportunityStatus,
        _("what an opportunity may be"),
        is_required=True,
        columns=("meaning",),
        default_within=("meaning",),
    ),
    Catalog("sources", models.Source, _("shared by leads, opportunities and contacts")),
    Catalog("processes", models.Process, _("ways of working; each has stages of its own")),
    Catalog(
        "stages",
        models.Stage,
        _("steps of a process, with their probability"),
        columns=("probability", "stale_days"),
        names_within=("process",),
        order_within=("process",),
        default_within=("process",),
    ),
    Catalog("won-reasons", models.WonReason, _("asked for when an opportunity is won")),
    Catalog("lost-reasons", models.LostReason, _("asked for when an opportunity is lost")),
    Catalog("task-types", models.TaskType, _("what a task is about")),
    Catalog("territories", models.Territory, _("parts of the market, with members and postcodes")),
    Catalog(
        "interaction-topics",
        models.InteractionTopic,
        _("what a call, meeting or e-mail was about"),
        columns=("kind",),
        names_within=("kind",),
    ),
    Catalog("disqualification-reasons", models.DisqualificationReason, _("asked for when a lead is closed")),
    Catalog("contact-roles", models.ContactRole, _("what a contact is for an account or an opportunity")),
    Catalog("industries", models.Industry, _("the trade of an account")),
    Catalog("competitors", models.Competitor, _("who else offers, or got the order")),
)

REQUIRED = tuple(catalog for catalog in CATALOGS if catalog.is_required)
OPTIONAL = tuple(catalog for catalog in CATALOGS if not catalog.is_required)
_BY_SLUG = {catalog.slug: catalog for catalog in CATALOGS}
_BY_TYPE = {catalog.model.record_type(): catalog for catalog in CATALOGS}


def catalog_by_slug(slug: str) -> Catalog | None:
    """The catalog of an address, None when there is none."""
    return _BY_SLUG.get(slug)


def catalog_of(value: CatalogValue | type[CatalogValue]) -> Catalog:
    """The catalog that a value (or a model) belongs to."""
    return _BY_TYPE[value.record_type()]


def kind_choices() -> list[tuple[str, str]]:
    """The kinds of interaction that a topic can be limited to, as the room of activities defines them."""
    interaction = models.InteractionTopic._meta.get_field("interactions").related_model
    return list(interaction._meta.get_field("kind").choices)


def value_columns(model: type) -> frozenset[str]:
    """The columns of a kind of record that name a setup value ("source_id"): those that a replacement changes."""
    columns = model._meta.concrete_fields
    return frozenset(
        one.attname for one in columns if one.related_model and issubclass(one.related_model, CatalogValue)
    )
