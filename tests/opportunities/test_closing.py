"""[L3], [L4] Winning, losing and reopening, with everything that must always hold."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account
from core.records.models import Change
from opportunities.closing import (
    OpportunityIsOpen,
    OpportunityNotOpen,
    WrongStatus,
    lose_opportunity,
    reopen_opportunity,
    win_opportunity,
)
from opportunities.models import Opportunity
from setup_values.models import LostReason, OpportunityStatus, WonReason
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep():
    make.firm()
    return make.user("rep")


def test_winning_keeps_amount_day_reason_and_makes_the_prospect_a_customer(rep):
    opportunity = make.opportunity(rep)
    reason = make.value(WonReason, "Delivery time")
    day = datetime.date(2026, 3, 27)
    win_opportunity(opportunity=opportunity, actor=rep, amount=Decimal("47000"), closed_date=day, reason=reason)
    opportunity = Opportunity.objects.get(pk=opportunity.pk)
    assert (opportunity.state, opportunity.actual_amount, opportunity.closed_date) == ("won", Decimal("47000"), day)
    assert (opportunity.won_reason, opportunity.probability, opportunity.closed_by) == (reason, 100, rep)
    account = Account.objects.get(pk=opportunity.account_id)
    assert (account.lifecycle, account.customer_since, account.converted_by) == ("customer", day, rep)


def test_winning_without_an_amount_takes_the_estimate(rep):
    opportunity = win_opportunity(opportunity=make.opportunity(rep), actor=rep)
    assert opportunity.actual_amount == Decimal("48200.00")


def test_winning_leaves_a_customer_as_it_is(rep):
    account = make.customer(rep, customer_since=datetime.date(2019, 5, 1))
    win_opportunity(opportunity=make.opportunity(rep, account), actor=rep)
    assert Account.objects.get(pk=account.pk).customer_since == datetime.date(2019, 5, 1)


def test_losing_keeps_reason_competitor_and_note(rep):
    reason = make.value(LostReason, "Price")
    lost = lose_opportunity(opportunity=make.opportunity(rep), actor=rep, reason=reason, note="12 % cheaper")
    lost = Opportunity.objects.get(pk=lost.pk)
    assert (lost.state, lost.lost_reason, lost.lost_note, lost.probability) == ("lost", reason, "12 % cheaper", 0)
    assert Account.objects.get(pk=lost.account_id).lifecycle == "prospect"


@pytest.mark.parametrize("close", [win_opportunity, lose_opportunity])
def test_refuses_a_second_time_and_writes_nothing(rep, close):
    opportunity = make.opportunity(rep)
    stale = Opportunity.objects.get(pk=opportunity.pk)
    close(opportunity=opportunity, actor=rep)
    changes = Change.objects.count()
    for copy in (stale, Opportunity.objects.get(pk=opportunity.pk)):
        with pytest.raises(OpportunityNotOpen):
            close(opportunity=copy, actor=rep)
    assert Change.objects.count() == changes


def test_refuses_a_status_of_another_meaning(rep):
    opportunity = make.opportunity(rep)
    with pytest.raises(WrongStatus):
        win_opportunity(opportunity=opportunity, actor=rep, status=OpportunityStatus.objects.get(meaning="lost"))


def test_a_won_reason_on_a_lost_or_open_opportunity_is_impossible(rep):
    reason = make.value(WonReason, "Price")
    lost = lose_opportunity(opportunity=make.opportunity(rep), actor=rep)
    for pk in (make.opportunity(rep).pk, lost.pk):
        opportunity = Opportunity.objects.get(pk=pk)
        opportunity.won_reason = reason
        with pytest.raises(ValidationError):
            make._save(opportunity, rep)
        assert Opportunity.objects.get(pk=pk).won_reason is None


def test_a_closed_opportunity_is_read_only_but_for_its_owner(rep):
    pk = win_opportunity(opportunity=make.opportunity(rep), actor=rep).pk
    opportunity = Opportunity.objects.get(pk=pk)
    opportunity.amount = Decimal("1")
    with pytest.raises(ValidationError):
        make._save(opportunity, rep)
    opportunity = Opportunity.objects.get(pk=pk)
    opportunity.stage = make.process().stages.last()
    with pytest.raises(ValidationError):
        make._save(opportunity, rep)
    opportunity = Opportunity.objects.get(pk=pk)
    opportunity.owner = make.user("rep")
    make._save(opportunity, rep)


def test_reopening_takes_back_what_closing_set_and_the_history_keeps_it(rep):
    won = win_opportunity(opportunity=make.opportunity(rep), actor=rep)
    reopen_opportunity(opportunity=Opportunity.objects.get(pk=won.pk), actor=rep)
    opportunity = Opportunity.objects.get(pk=won.pk)
    assert (opportunity.state, opportunity.actual_amount, opportunity.closed_date) == ("open", None, None)
    assert opportunity.probability == 10
    change = Change.objects.filter(record_type="opportunity", record_id=won.pk).latest("id")
    assert (change.before["state"], change.before["actual_amount"]) == ("won", "48200.00")


def test_an_open_one_is_not_reopened(rep):
    with pytest.raises(OpportunityIsOpen):
        reopen_opportunity(opportunity=make.opportunity(rep), actor=rep)


def test_the_form_cannot_close_by_its_status(rep):
    opportunity = make.opportunity(rep)
    opportunity.status = OpportunityStatus.objects.get(meaning="won")
    with pytest.raises(ValidationError) as refused:
        make._save(opportunity, rep)
    assert "status" in refused.value.message_dict


class TestPages:
    def test_won_by_page(self, rep, client):
        client.force_login(rep)
        opportunity = make.opportunity(rep)
        assert "becomes a customer" in client.get(f"/opportunities/{opportunity.pk}/win/").content.decode()
        client.post(f"/opportunities/{opportunity.pk}/win/", {"amount": "47000", "closed_date": "2026-03-27"})
        assert Opportunity.objects.get(pk=opportunity.pk).state == "won"

    def test_a_negative_amount_is_refused_at_its_field(self, rep, client):
        client.force_login(rep)
        opportunity = make.opportunity(rep)
        page = client.post(f"/opportunities/{opportunity.pk}/win/", {"amount": "-1", "closed_date": "2026-03-27"})
        assert page.status_code == 422
        assert Opportunity.objects.get(pk=opportunity.pk).state == "open"

    def test_losing_asks_for_a_reason_once_there_are_reasons(self, rep, client):
        client.force_login(rep)
        opportunity = make.opportunity(rep)
        make.value(LostReason, "Price")
        page = client.post(f"/opportunities/{opportunity.pk}/lose/", {"closed_date": "2026-03-27"})
        assert page.status_code == 422

    def test_who_may_not_edit_may_not_close(self, rep, client):
        opportunity = make.opportunity(rep)
        client.force_login(make.user("read-only"))
        assert client.post(f"/opportunities/{opportunity.pk}/win/", {}).status_code == 403
        client.force_login(make.user("rep", team=make.team("South")))
        assert client.post(f"/opportunities/{opportunity.pk}/win/", {}).status_code == 404

    def test_a_note_written_while_another_closed_it_is_shown_back(self, rep, client):
        client.force_login(rep)
        sale = make.opportunity(rep)
        lost = {"closed_date": "2026-03-02", "note": "Too dear by a third"}
        url = f"/opportunities/{sale.pk}/lose/"
        assert client.post(url, lost).status_code == 302
        assert client.post(url, lost).status_code == 302, "the same form once more"

        other = client.post(url, {**lost, "note": "They never meant to buy"})
        assert other.status_code == 409
        assert "They never meant to buy" in other.content.decode()
        assert Opportunity.objects.get(pk=sale.pk).lost_note == "Too dear by a third"
