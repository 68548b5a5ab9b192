"""Territories are proposed from country and postcode by their rules."""

import pytest

from setup_values.catalogs import catalog_of
from setup_values.models import Territory, TerritoryRule
from setup_values.starter import load_starter
from setup_values.territories import propose_territory, rules_by_country
from setup_values.values import add_value, delete_value, retire

pytestmark = pytest.mark.django_db


def territory(name: str, *rules: tuple[str, str, str]) -> Territory:
    rows = [TerritoryRule(country=country, postcode_from=start, postcode_to=end) for country, start, end in rules]
    return add_value(catalog_of(Territory), actor=None, fields={"name": name}, children={"rules": rows})


@pytest.mark.parametrize(
    ("country", "postcode", "expected"),
    [
        ("ES", "28013", "Madrid"),
        ("es", "28 013", "Madrid"),
        ("España", "28999", "Madrid"),
        ("Spain", "29000", "Rest of Spain"),
        ("ES", "", "Rest of Spain"),
        ("GB", "M1 1AA", "Manchester"),
        ("GB", "m60 1nw", "Manchester"),
        ("GB", "ME4 4UG", "None"),
        ("GB", "SW1A 1AA", "None"),
        ("GB", "", "None"),
        ("FR", "28013", "None"),
        ("", "28013", "None"),
        ("Nowhere", "28013", "None"),
    ],
)
def test_proposes_the_territory_that_fits_best(country, postcode, expected):
    territory("Rest of Spain", ("ES", "", ""))
    territory("Madrid", ("ES", "28000", "28999"))
    territory("Manchester", ("GB", "M0", "M9Z"))

    assert str(propose_territory(country, postcode)) == expected


def test_a_single_postcode_needs_no_end():
    territory("Bilbao", ("ES", "48001", ""))

    assert str(propose_territory("ES", "48001")) == "Bilbao"
    assert propose_territory("ES", "48002") is None


def test_retired_and_deleted_territories_are_not_proposed():
    retired, deleted = territory("Madrid", ("ES", "28", "28")), territory("Sur", ("ES", "41", "41"))
    retire(retired, actor=None)
    delete_value(deleted, actor=None)

    assert propose_territory("ES", "28013") is None
    assert propose_territory("ES", "41001") is None


def test_an_import_reads_the_rules_once(django_assert_num_queries):
    load_starter("en", None)

    with django_assert_num_queries(1):
        rules = rules_by_country()
        found = [str(propose_territory("ES", f"{province:02}001", rules=rules)) for province in range(1, 53)]
        found.append(str(propose_territory("GB", "EH1 1YZ", rules=rules)))

    assert "None" not in found
    assert (found[27], found[-1]) == ("Centro", "UK North")
