"""[S2] One call loads a starter set of values; what is there stays."""

import pytest

from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change
from setup_values.catalogs import CATALOGS, catalog_of
from setup_values.models import LeadStatus, OpportunityStatus, Process, Source, Stage, Territory
from setup_values.readiness import missing_for
from setup_values.starter import load_starter, load_values
from setup_values.values import add_value, retire
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "open_name"), [("en", "New"), ("es", "Nuevo"), ("fr", "New")])
def test_s2_the_starter_set_opens_the_gate_in_either_language(language, open_name):
    found = load_starter(language, make.user("administrator"))

    assert missing_for("lead") == []
    assert found["lead_statuses"]["new"].name == open_name
    assert {key for key, values in found.items() if values} == {catalog.key for catalog in CATALOGS}


def test_s2_every_value_is_written_with_history_in_the_order_of_the_file():
    administrator = make.user("administrator")

    found = load_starter("en", administrator)

    written = sum(len(values) for values in found.values())
    assert Change.objects.filter(kind="create", actor=administrator, means="setup").count() == written
    assert list(LeadStatus.objects.values_list("name", flat=True)) == [
        "New", "Contacted", "Nurturing", "Qualified", "Disqualified",
    ]  # fmt: skip
    process = found["processes"]["project-sales"]
    assert list(Stage.objects.filter(process=process).values_list("name", "probability", "stale_days"))[:2] == [
        ("Enquiry", 10, 14),
        ("Qualified", 25, 10),
    ]
    assert found["stages"]["enquiry"].process == process
    assert Territory.objects.get(name="Centro").rules.count() == 14
    for model in (LeadStatus, OpportunityStatus):
        defaults = model.objects.filter(is_default=True)
        assert sorted(defaults.values_list("meaning", flat=True)) == sorted(model.NEEDED_MEANINGS)


def test_s2_a_second_call_adds_nothing_and_finds_the_same_values():
    first = load_starter("en", None)
    changes = Change.objects.count()

    second = load_starter("en", None)

    assert Change.objects.count() == changes
    assert second == first


def test_s2_values_that_are_there_stay_as_they_are():
    fair = add_value(catalog_of(Source), actor=None, fields={"name": "TRADE FAIR", "colour": "red"}, is_default=True)
    retire(add_value(catalog_of(Source), actor=None, fields={"name": "Cold call"}), actor=None)

    found = load_starter("en", None)

    assert found["sources"]["trade-fair"] == fair
    assert Source.objects.get(pk=fair.pk).colour == "red"
    assert list(Source.objects.filter(is_default=True)) == [fair]
    assert not found["sources"]["cold-call"].is_active
    assert Source.objects.count() == 8


def test_s2_the_default_of_each_meaning_is_added_only_where_there_is_none():
    mine = add_value(catalog_of(LeadStatus), actor=None, fields={"name": "Mine", "meaning": "open"}, is_default=True)

    load_starter("en", None)

    defaults = LeadStatus.objects.filter(is_default=True).order_by("meaning")
    assert [str(one) for one in defaults] == ["Disqualified", "Mine", "Qualified"]
    assert mine in defaults


def test_a_file_may_name_a_value_in_both_languages_and_retire_it():
    add_value(catalog_of(Source), actor=None, fields={"name": "Feria 2023"})
    content = {
        "sources": [
            {"key": "fair", "name": {"en": "Fair 2023", "es": "Feria 2023"}},
            {"key": "fax", "name": {"en": "Fax", "es": "Campaña por fax"}, "is_active": False},
        ]
    }

    found = load_values(content, language="es", actor=None, means=Means("demo"))

    assert [str(one) for one in Source.objects.all()] == ["Feria 2023", "Campaña por fax"]
    assert not found["sources"]["fax"].is_active
    assert found["stages"] == {}
    assert load_values(content, language="en", actor=None, means=Means("demo")) == found


def test_refusal_of_one_value_leaves_nothing_behind():
    content = {
        "sources": [{"key": "fair", "name": "Fair"}],
        "processes": [{"key": "p", "name": "Sales", "stages": [{"key": "s", "name": "S", "probability": 200}]}],
    }

    with pytest.raises(Exception, match="records refused"):
        load_values(content, language="en", actor=None, means=Means("setup"))

    assert not Source.objects.exists()
    assert not Process.objects.exists()


def test_a_lead_can_be_saved_right_after():
    load_starter("es", None)
    rep = make.user()
    lead = make.Lead(last_name="Landa", status=LeadStatus.objects.get(meaning="qualified"), owner=rep)
    lead.status = LeadStatus.objects.filter(meaning="open").first()

    assert save_record(lead, actor=rep, means=Means("form")).pk
