"""What the page of one catalog shows: the list of catalogs, and its values with what uses them."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet, Value
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .catalogs import CATALOGS, OPTIONAL, REQUIRED, Catalog, kind_choices
from .models import CatalogValue, Colour, Process, Stage, Territory
from .readiness import missing_values
from .usage import TypeCount, Usage, type_counts, usage_of


@dataclass(frozen=True)
class CatalogLink:
    """One entry of the list of catalogs: its active values counted."""

    catalog: Catalog
    count: int


@dataclass
class ValueRow:
    """One value in the table."""

    value: CatalogValue
    cells: list[str]
    usage: Usage
    types: list[TypeCount] = field(default_factory=list)

    @property
    def list_url(self) -> str:
        """Where the number of records leads when all are of one type; else a menu of types has the links."""
        return self.types[0].url if len(self.types) == 1 else ""


def active_counts() -> dict[str, int]:
    """{slug: number of active values} of every catalog; one query."""
    parts = [
        catalog.model.objects.order_by()
        .annotate(catalog=Value(catalog.slug))
        .values("catalog")
        .annotate(active=Count("pk", filter=Q(is_active=True)))
        .values_list("catalog", "active")
        for catalog in CATALOGS
    ]
    # A catalog without any value has no row.
    return {catalog.slug: 0 for catalog in CATALOGS} | dict(parts[0].union(*parts[1:], all=True))


def groups() -> list[dict[str, Any]]:
    """The list of catalogs in two groups: {"label", "links"}; one query."""
    counts = active_counts()
    return [
        {"label": label, "links": [CatalogLink(catalog, counts[catalog.slug]) for catalog in catalogs]}
        for label, catalogs in ((_("Required"), REQUIRED), (_("Optional"), OPTIONAL))
    ]


def chosen_process(catalog: Catalog, request: HttpRequest) -> tuple[Process | None, list[Process]]:
    """The process whose stages are shown (?process=), and all to choose from; (None, []) elsewhere."""
    if catalog.model is not Stage:
        return None, []
    processes = list(Process.objects.all())
    wanted = request.POST.get("process") or request.GET.get("process") or ""
    chosen = next((one for one in processes if str(one.pk) == wanted), None)
    return chosen or next((one for one in processes if one.is_default), None) or _first(processes), processes


def _first(values: list) -> Any:
    return values[0] if values else None


def page_url(catalog: Catalog, process: Process | None = None) -> str:
    """The address of a catalog's page, of one process for stages."""
    return catalog.get_absolute_url() + (f"?process={process.pk}" if process else "")


def values_of(catalog: Catalog, process: Process | None) -> QuerySet:
    """The live values of the page in their order, with what the extra columns count."""
    rows = catalog.model.objects.all()
    if catalog.model is Stage:
        return rows.filter(process=process) if process else rows.none()
    if catalog.model is Territory:
        return rows.annotate(
            members_count=Count("memberships", distinct=True), rules_count=Count("rules", distinct=True)
        )
    if catalog.model is Process:
        live = Q(stages__deleted_at__isnull=True, stages__is_active=True)
        return rows.annotate(stages_count=Count("stages", filter=live))
    return rows


def heads(catalog: Catalog) -> list[dict[str, Any]]:
    """The heads of the extra columns: {"label", "is_number"}."""
    labels = [
        {
            "label": capfirst(str(catalog.model._meta.get_field(name).verbose_name)),
            "is_number": name in NUMBERS,
        }
        for name in catalog.columns
    ]
    counted = {Territory: (_("Members"), _("Postcode rules")), Process: (_("Stages"),)}
    return labels + [{"label": label, "is_number": True} for label in counted.get(catalog.model, ())]


NUMBERS = frozenset({"probability", "stale_days"})


def cells(value: CatalogValue, catalog: Catalog, kinds: dict[str, str]) -> list[dict[str, Any]]:
    """The extra columns of one value: {"text", "is_number"}."""
    texts = []
    for name in catalog.columns:
        raw = getattr(value, name)
        if name == "meaning":
            text = value.get_meaning_display()
        elif name == "kind":
            text = kinds.get(raw, raw)
        elif name == "stale_days":
            text = "" if raw is None else ngettext("%(days)d day", "%(days)d days", raw) % {"days": raw}
        else:
            text = f"{raw} %"
        texts.append({"text": text, "is_number": name in NUMBERS})
    for name in ("members_count", "rules_count", "stages_count"):
        if hasattr(value, name):
            texts.append({"text": getattr(value, name), "is_number": True})
    return texts


def rows(catalog: Catalog, process: Process | None) -> list[ValueRow]:
    """The table; one query for the values and one per foreign key to the catalog, whatever their number."""
    values = list(values_of(catalog, process))
    ids = [value.pk for value in values] if catalog.order_within else None
    usage = usage_of(catalog.model, ids) if values else {}
    kinds = dict(kind_choices()) | {"": _("every kind")}
    found = []
    for value in values:
        used = usage.get(value.pk, Usage())
        found.append(ValueRow(value, cells(value, catalog, kinds), used, type_counts(value, used)))
    return found


def next_colour(values: list[CatalogValue]) -> str:
    """The colour that the fewest values have, in the order of the palette; grey comes last."""
    used = [value.colour for value in values]
    palette = [*Colour.values[1:], Colour.GRAY.value]
    return min(palette, key=used.count)


def add_columns(catalog: Catalog, table: list[ValueRow]) -> list[dict[str, Any]]:
    """What the last row asks for beside the name: {"name", "label", "value", "choices" or "max"}."""
    found = []
    for name in catalog.columns:
        column = catalog.model._meta.get_field(name)
        entry: dict[str, Any] = {"name": name, "label": capfirst(str(column.verbose_name)), "value": ""}
        if name == "meaning":
            present = {row.value.meaning for row in table if row.value.is_active}
            wanted = [one for one in catalog.needed_meanings if one not in present]
            found.append(entry | {"choices": column.choices, "value": _first(wanted)})
        elif name == "kind":
            found.append(entry | {"choices": [("", _("every kind")), *kind_choices()]})
        elif name == "probability":
            found.append(entry | {"max": 100, "value": 50})
    return found


def import_url(catalog: Catalog) -> str:
    """The import page of the catalog, "" when there is none."""
    try:
        return reverse(f"admin:setup_values_{catalog.model._meta.model_name}_import")
    except NoReverseMatch:
        return ""


def page_context(request: HttpRequest, catalog: Catalog) -> dict[str, Any]:
    """The context of templates/setup_values/catalog.html."""
    process, processes = chosen_process(catalog, request)
    table = rows(catalog, process)
    missing = [one for one in missing_values() if one.catalog is catalog] if catalog.is_required else []
    return {
        "page_title": catalog.name,
        "catalog": catalog,
        "groups": groups(),
        "heads": heads(catalog),
        "rows": table,
        "missing": missing[0] if missing else None,
        "process": process,
        "processes": processes,
        "page_url": page_url(catalog, process),
        "import_url": import_url(catalog),
        "add_columns": add_columns(catalog, table),
        "new_colour": next_colour([row.value for row in table]),
        "crumbs": [(_("Setup"), reverse("setup")), (_("Setup values"), reverse("catalogs"))],
    }
