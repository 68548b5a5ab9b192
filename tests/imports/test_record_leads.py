"""Leads from files: mapping, what a row means, statuses, the gate, names in no catalog."""

import pytest

from core.records.models import Change
from leads.models import Lead
from tests import make
from tests.imports.running import actions, go, table

pytestmark = pytest.mark.django_db

AITOR = {
    "First Name": "Aitor",
    "Last Name": "Landa",
    "Company": "Bodegas Valdecuriel, S.L.",
    "Title": "Head of plant",
    "Email": "aitor@valdecuriel.example",
    "Phone": "941 555 010",
    "Street": "Calle Mayor 1",
    "City": "Haro",
    "Country": "Spain",
    "Description": "Met at the fair",
}


@pytest.fixture(autouse=True)
def ready(rep):
    make.statuses()


def lead_of(email: str) -> Lead:
    return Lead.objects.get(email=email)


def test_a_row_becomes_an_open_lead_with_everything_in_its_place(rep):
    work = go(rep, table(AITOR), entity="lead")

    lead = lead_of("aitor@valdecuriel.example")
    assert actions(work) == ["create"]
    assert (lead.full_name, lead.company, lead.job_title) == (
        "Aitor Landa",
        "Bodegas Valdecuriel, S.L.",
        "Head of plant",
    )
    assert (lead.street, lead.city, lead.country, lead.phone) == ("Calle Mayor 1", "Haro", "ES", "941 555 010")
    assert (lead.state, lead.owner, lead.team) == ("open", rep, rep.team)
    assert lead.notes == "Met at the fair"
    change = Change.objects.get(record_type="lead", record_id=lead.pk)
    assert (change.means, change.means_detail, change.operation) == ("import", f"{work.pk}, 2", work.operation)


def test_the_same_file_a_second_time_changes_nothing(rep):
    go(rep, table(AITOR, AITOR | {"First Name": "Nerea", "Email": "nerea@valdecuriel.example"}), entity="lead")
    before = Change.objects.count()
    work = go(rep, table(AITOR, AITOR | {"First Name": "Nerea", "Email": "nerea@valdecuriel.example"}), entity="lead")

    assert actions(work) == ["unchanged", "unchanged"]
    assert Change.objects.count() == before
    assert Lead.objects.count() == 2
