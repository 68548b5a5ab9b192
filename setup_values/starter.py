"""Loads sets of values from files: the starter sets, and what the demo firm adds to them."""

import json
from typing import Any

from django.conf import settings
from django.db import transaction

from core.records.door import save_records
from core.records.means import Means
from core.text.normalise import fold

from .catalogs import CATALOGS, Catalog, attname, catalog_of
from .models import CatalogValue, Stage, Territory, TerritoryRule

FOLDER = settings.BASE_DIR / "fixtures" / "starter"
LANGUAGES = ("en", "es")
# Names of the files (fixtures/README.md) that are called differently in the tables.
COLUMNS = {
    "colour": "colour",
    "meaning": "meaning",
    "probability": "probability",
    "days_until_stale": "stale_days",
}

Values = dict[str, dict[str, CatalogValue]]


def load_starter(language: str, actor: Any) -> Values:
    """Add what is missing of the starter set; values of the same folded name stay as they are.

    language: "en" or "es", others get English. Returns {catalog: {key of the file: value}} with kept and new
    ones, catalogs as in the file ("lead_statuses"), stages under "stages". A second call adds nothing.
    """
    file = FOLDER / f"{language if language in LANGUAGES else 'en'}.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    return load_values(content, language=language, actor=actor, means=Means("setup", "starter set"))


def load_values(content: dict[str, list[dict]], *, language: str, actor: Any, means: Means) -> Values:
    """Write the values of a file that are not there yet, in one transaction; result as of `load_starter`.

    A name is a text or {"en": ..., "es": ...}: then a value with either name is taken for the same.
    """
    with transaction.atomic():
        found: Values = {}
        for catalog in CATALOGS:
            if catalog.model is Stage:
                continue
            rows = content.get(catalog.key, [])
            values = _load(catalog, rows, language, actor, means)
            found[catalog.key] = dict(zip((row["key"] for row in rows), values, strict=True))
        found["stages"] = _load_stages(content.get("processes", []), found, language, actor, means)
    return found


def _load_stages(
    processes: list[dict], found: Values, language: str, actor: Any, means: Means
) -> dict[str, CatalogValue]:
    rows = [
        {**stage, "process": found["processes"][process["key"]]}
        for process in processes
        for stage in process.get("stages", [])
    ]
    values = _load(catalog_of(Stage), rows, language, actor, means)
    return {row["key"]: value for row, value in zip(rows, values, strict=True)}


def _load(catalog: Catalog, rows: list[dict], language: str, actor: Any, means: Means) -> list[CatalogValue]:
    """The values of these rows in their order, those that were missing written in one batch."""
    present = {_place(catalog, value): value for value in catalog.model.objects.all()}
    defaults = {_default_scope(catalog, value) for value in present.values() if value.is_default}
    values, new, children = [], [], []
    for row in rows:
        value = next((present[place] for place in _places(catalog, row) if place in present), None)
        if value is None:
            value = _build(catalog, row, language)
            value.is_default &= _default_scope(catalog, value) not in defaults
            if value.is_default:
                defaults.add(_default_scope(catalog, value))
            present[_places(catalog, {**row, "name": value.name})[0]] = value
            new.append(value)
            children.append(_children(catalog, row))
        values.append(value)
    save_records(new, actor=actor, means=means, children=children)
    return values


def _build(catalog: Catalog, row: dict, language: str) -> CatalogValue:
    name = row["name"]
    if isinstance(name, dict):
        name = name.get(language) or name["en"]
    fields = {column: row[key] for key, column in COLUMNS.items() if key in row}
    if "process" in row:
        fields["process"] = row["process"]
    if "kind" in row and "kind" in catalog.columns:
        fields["kind"] = row["kind"]
    is_active = row.get("is_active", True)
    return catalog.model(
        name=name, is_active=is_active, is_default=row.get("is_default", False) and is_active, **fields
    )


def _children(catalog: Catalog, row: dict) -> dict | None:
    if catalog.model is not Territory:
        return None
    return {"rules": [TerritoryRule(**rule) for rule in row.get("rules", [])]}


def _place(catalog: Catalog, value: CatalogValue) -> tuple:
    return (
        value.folded_name,
        *(getattr(value, attname(catalog.model, name)) for name in catalog.names_within),
    )


def _places(catalog: Catalog, row: dict) -> list[tuple]:
    """Where a value of this row would stand, once for each of its names."""
    names = row["name"].values() if isinstance(row["name"], dict) else [row["name"]]
    within = [row["process"].pk if name == "process" else row.get(name, "") for name in catalog.names_within]
    return [(fold(name)[:100], *within) for name in names]


def _default_scope(catalog: Catalog, value: CatalogValue) -> tuple:
    return tuple(getattr(value, attname(catalog.model, name)) for name in catalog.default_within)
