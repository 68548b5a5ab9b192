"""Empty cells empty what the form lets a user empty; what has to stay stays, and its row says so."""

import pytest

from leads.models import Lead
from opportunities.models import Opportunity
from setup_values.models import Competitor
from tests import make
from tests.imports.running import actions, go, reasons, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    make.firm()
    return make.user("administrator")


@pytest.fixture
def deal(boss):
    account = make.account(boss, "Arga")
    return make.opportunity(
        boss, account, "Valves", expected_close_date="2027-01-31", competitor=make.value(Competitor, "Other"),
        description="Long", campaign="Fair",
    )  # fmt: skip


def own(record, **cells: str) -> bytes:
    return table({"id": str(record.pk), "version": str(record.version), **cells})


def test_a_file_of_ours_empties_stage_days_notes_and_owner_as_the_form_does(boss, deal):
    assert deal.stage_id
    cells = {
        "topic": "Valves",
        "stage": "",
        "expected_close_date": "",
        "competitor": "",
        "description": "",
        "owner": "",
    }

    work = go(boss, own(deal, **cells), entity="opportunity", empty="clear")

    assert (actions(work), reasons(work)) == (["update"], [])
    deal = Opportunity.objects.get()
    assert (deal.stage, deal.expected_close_date, deal.competitor, deal.description) == (None, None, None, "")
    assert (deal.owner, deal.campaign) == (None, "Fair")


def test_what_is_required_or_on_no_form_stays_and_the_row_says_so(boss, deal):
    cells = {"topic": "", "account": "", "status": "", "process": "", "campaign": ""}

    work = go(boss, own(deal, **cells), entity="opportunity", empty="clear")

    assert actions(work) == ["update"]
    assert reasons(work) == ["An empty cell cannot empty this, so it stays: Topic, Account, Status, Process."]
    deal.refresh_from_db()
    assert (deal.topic, deal.account.name, deal.campaign) == ("Valves", "Arga", "")
    assert deal.process_id


def test_an_empty_cell_keeps_everything_unless_the_user_wants_otherwise(boss, deal):
    work = go(boss, own(deal, topic="Valves", stage="", campaign="", description=""), entity="opportunity")

    assert (actions(work), reasons(work)) == (["unchanged"], [])


def test_a_stage_moved_since_is_emptied_and_the_one_that_the_file_gave_is_not(boss, deal):
    process = make.process()
    rows = table({"Topic": "Pumps", "Account": "Arga", "Stage": "", "Close date": ""})
    assert actions(go(boss, rows, entity="opportunity", empty="clear")) == ["create"]
    assert actions(go(boss, rows, entity="opportunity", empty="clear")) == ["unchanged"]
    pumps = Opportunity.objects.get(topic="Pumps")
    pumps.stage = process.stages.exclude(pk=pumps.stage_id).first()
    make._save(pumps, boss)

    assert actions(go(boss, rows, entity="opportunity", empty="clear")) == ["update"]
    pumps.refresh_from_db()
    assert pumps.stage is None
    assert actions(go(boss, rows, entity="opportunity", empty="clear")) == ["unchanged"]


def test_a_lead_keeps_the_last_word_on_who_it_is(boss):
    lead = make.lead(boss, "Aitor", "Landa", company="Arga", notes="Old")
    cells = {"first_name": "", "last_name": "", "company": "", "notes": "", "status": ""}

    work = go(boss, own(lead, **cells), entity="lead", empty="clear")

    assert actions(work) == ["update"]
    assert reasons(work) == ["An empty cell cannot empty this, so it stays: Company, Status."]
    lead = Lead.objects.get()
    assert (lead.first_name, lead.last_name, lead.company, lead.notes) == ("", "", "Arga", "")


def test_a_number_once_given_stays(boss):
    account = make.account(boss, "Arga", customer_since="2020-01-02", number="K-7")

    work = go(boss, own(account, name="Arga", number="", customer_since=""), entity="account", empty="clear")

    assert reasons(work) == ["An empty cell cannot empty this, so it stays: Number."]
    account.refresh_from_db()
    assert (account.number, account.customer_since) == ("K-7", None)


def test_many_rows_cost_as_many_queries_as_one(boss, deal, django_assert_max_num_queries):
    for number in range(20):
        make.opportunity(boss, deal.account, f"Deal {number}")
    rows = [{"Topic": one.topic, "Account": "Arga", "Stage": "", "Status": ""} for one in Opportunity.objects.all()]
    with django_assert_max_num_queries(160):
        go(boss, table(*rows), entity="opportunity", empty="clear")
