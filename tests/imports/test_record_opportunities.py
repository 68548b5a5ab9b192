"""Opportunities from files: stages, closed ones with their past, accounts and contacts by name, look-ups in doubt."""

from decimal import Decimal

import pytest

from accounts.models import Account
from core.records.models import Change
from imports.models import ImportRow
from opportunities.models import Opportunity
from setup_values.models import LostReason, Process, Stage, StageChange
from tests import make
from tests.imports.running import actions, go, reasons, table

pytestmark = pytest.mark.django_db

DEAL = {
    "Deal - Title": "Valves DN200",
    "Deal - Organization": "Arga, S.A.",
    "Deal - Contact person": "Ana Ruiz",
    "Deal - Value": "48200.50",
    "Deal - Currency of Value": "EUR",
    "Deal - Pipeline": "Project sales",
    "Deal - Stage": "Quotation",
    "Deal - Status": "Open",
    "Deal - Probability": "60",
    "Deal - Expected close date": "2027-03-31",
    "Deal - Owner": "",
    "Deal - ID": "17",
}


@pytest.fixture
def arga(rep) -> Account:
    make.firm()
    make.statuses()
    make.process()
    account = make.account(rep, "Arga, S.A.")
    make.contact(rep, "Ana", "Ruiz", account=account, emails=["ana@arga.example"])
    return account


def test_an_open_deal_of_another_crm(rep, arga):
    work = go(rep, table(DEAL), entity="opportunity")

    deal = Opportunity.objects.get()
    assert actions(work) == ["create"]
    assert (deal.topic, deal.account, deal.contact.full_name) == ("Valves DN200", arga, "Ana Ruiz")
    assert (deal.amount, deal.currency, deal.probability) == (Decimal("48200.50"), "EUR", 60)
    assert (deal.state, deal.process.name, deal.stage.name) == ("open", "Project sales", "Quotation")
    assert str(deal.expected_close_date) == "2027-03-31"
    assert deal.description == "Deal - ID: 17"
    assert StageChange.objects.get(record_id=deal.pk).to_stage == deal.stage
    assert actions(go(rep, table(DEAL), entity="opportunity")) == ["unchanged"]


def test_a_deal_without_stage_begins_in_the_first(rep, arga):
    go(rep, table({"Deal": "Valves", "Company": "arga sa"}), entity="opportunity")

    assert Opportunity.objects.get().stage.name == "Enquiry"


def test_history_of_deals_won_and_lost(rep, arga):
    make.value(LostReason, "Price")
    rows = table(
        {"Opportunity Name": "Won", "Account Name": "Arga", "Stage": "Closed Won", "Amount": "1200.00",
         "Close Date": "2021-05-04", "Lost reason": ""},
        {"Opportunity Name": "Lost", "Account Name": "Arga", "Stage": "Closed Lost", "Amount": "800.00",
         "Close Date": "2022-02-01", "Lost reason": "Price"},
    )  # fmt: skip
    work = go(rep, rows, entity="opportunity")

    won, lost = Opportunity.objects.get(topic="Won"), Opportunity.objects.get(topic="Lost")
    assert actions(work) == ["create", "create"]
    assert (won.state, str(won.closed_date), won.actual_amount, won.probability) == (
        "won", "2021-05-04", Decimal("1200.00"), 100,
    )  # fmt: skip
    assert (lost.state, str(lost.closed_date), lost.lost_reason.name) == ("lost", "2022-02-01", "Price")
    arga.refresh_from_db()
    assert (arga.lifecycle, str(arga.customer_since)) == ("customer", "2021-05-04")
    change = Change.objects.filter(record_type="account", record_id=arga.pk).latest("pk")
    assert (change.means, change.operation) == ("import", work.operation)
    assert ImportRow.objects.get(parent=work, number=1).details["converts"] == "Arga, S.A."
    assert actions(go(rep, rows, entity="opportunity")) == ["unchanged", "unchanged"]


def test_a_known_open_deal_is_closed_and_a_closed_one_stays_closed(rep, arga):
    make.opportunity(rep, arga, "Valves")
    row = {
        "Topic": "Valves",
        "Account": "Arga",
        "Status": "Ganada",
        "Closed on": "2026-01-31",
        "Actual amount": "50000",
    }

    assert actions(go(rep, table(row), entity="opportunity")) == ["update"]
    deal = Opportunity.objects.get()
    assert (deal.state, str(deal.closed_date), deal.actual_amount) == ("won", "2026-01-31", Decimal("50000.00"))
    work = go(rep, table({"Topic": "Valves", "Account": "Arga", "Status": "Open"}), entity="opportunity")
    assert reasons(work) == ["Status: This opportunity is closed: reopen it on its page."]


def test_an_account_in_doubt_is_reported_with_its_candidates(rep, arga):
    make.account(rep, "Arga, S.L.", number="K-7")
    work = go(rep, table({"Topic": "Valves", "Account": "Arga"}), entity="opportunity")

    assert actions(work) == ["error"]
    assert f"Account: “Arga” may mean several: Arga, S.A. ({arga.number}), Arga, S.L. (K-7)." in reasons(work)[0]
    assert actions(go(rep, table({"Topic": "Valves", "Account": "K-7"}), entity="opportunity")) == ["create"]
    assert Opportunity.objects.get().account.name == "Arga, S.L."


def test_namesakes_are_told_apart_by_the_account(rep, arga):
    other = make.account(rep, "Deva")
    theirs = make.contact(rep, "Ana", "Ruiz", account=other, emails=["ana@deva.example"])
    rows = table({"Topic": "Pumps", "Account": "Deva", "Contact": "Ana Ruiz"})

    assert actions(go(rep, rows, entity="opportunity")) == ["create"]
    assert Opportunity.objects.get().contact == theirs


def test_an_account_of_another_team_is_not_there(rep, stranger, arga):
    make.account(stranger, "Hidden")
    work = go(rep, table({"Topic": "Valves", "Account": "Hidden"}), entity="opportunity")

    assert reasons(work) == ["Account: there is no “Hidden”."]


def test_missing_accounts_are_made_once_where_the_user_wants_that(rep, arga):
    rows = table(
        {"Topic": "Valves", "Account": "Deva"},
        {"Topic": "Pumps", "Account": "DEVA"},
        {"Topic": "Valves", "Account": "Deva"},
    )
    work = go(rep, rows, entity="opportunity", related={"account": "create"})

    assert actions(work) == ["create", "create", "duplicate"]
    assert work.also_written == {"account": 1}
    deva = Account.objects.get(name="Deva")
    assert set(deva.opportunities.values_list("topic", flat=True)) == {"Valves", "Pumps"}
    assert actions(go(rep, rows, entity="opportunity", related={"account": "create"})) == [
        "unchanged",
        "unchanged",
        "duplicate",
    ]


def test_a_stage_is_that_of_the_process_and_may_be_made(rep, admin, arga):
    service = make.value(Process, "Service")
    make.value(Stage, "Enquiry", process=service)
    row = {"Topic": "Valves", "Account": "Arga", "Pipeline": "Service", "Stage": "Visit"}
    work = go(rep, table(row), entity="opportunity")

    assert ImportRow.objects.get(parent=work).details["unknown"] == [["stage", "Visit"]]
    go(admin, table(row), entity="opportunity", values={"stage": {"visit": "@create"}})
    stage = Opportunity.objects.get().stage
    assert (stage.name, stage.process) == ("Visit", service)


def test_what_belongs_to_closed_deals_goes_to_the_notes_of_open_ones(rep, arga):
    make.value(LostReason, "Price")
    go(rep, table({"Topic": "Valves", "Account": "Arga", "Lost reason": "Price"}), entity="opportunity")

    deal = Opportunity.objects.get()
    assert (deal.lost_reason, deal.description) == (None, "Lost reason: Price")
