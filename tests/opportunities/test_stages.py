"""[P1] Stages: default, moves, time in each, and what follows from them."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from activities.models import Interaction
from opportunities.closing import OpportunityNotOpen, win_opportunity
from opportunities.models import Opportunity
from opportunities.stages import move_to_stage, stage_bar, stale_condition
from setup_values.models import Process, Stage, StageChange
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep():
    make.firm()
    return make.user("rep")


def stages():
    return list(make.process().stages.order_by("position"))


def test_a_new_opportunity_begins_in_the_first_stage(rep):
    make.process()
    opportunity = make.opportunity(rep, process=None, stage=None)
    assert (opportunity.stage, opportunity.probability) == (stages()[0], 10)


def test_moving_sets_probability_and_time_and_logs_the_move(rep):
    opportunity = make.opportunity(rep)
    move_to_stage(opportunity=opportunity, stage=stages()[1], actor=rep)
    opportunity = Opportunity.objects.get(pk=opportunity.pk)
    assert opportunity.probability == 50
    move = StageChange.objects.filter(record_id=opportunity.pk).latest("id")
    assert (move.from_stage, move.to_stage, move.by) == (stages()[0], stages()[1], rep)
    assert move.seconds_before is not None


def test_an_own_probability_stays_when_the_stage_moves(rep):
    opportunity = make.opportunity(rep, own_probability=75)
    move_to_stage(opportunity=opportunity, stage=stages()[2], actor=rep)
    assert Opportunity.objects.get(pk=opportunity.pk).probability == 75


def test_a_stage_of_another_process_switches_the_process(rep):
    other = make.value(Process, "Service")
    visit = make._save(Stage(name="Visit", process=other, probability=30), None)
    opportunity = move_to_stage(opportunity=make.opportunity(rep), stage=visit, actor=rep)
    assert Opportunity.objects.get(pk=opportunity.pk).process == other


def test_refuses_a_closed_opportunity_and_a_retired_stage(rep):
    won = win_opportunity(opportunity=make.opportunity(rep), actor=rep)
    with pytest.raises(OpportunityNotOpen):
        move_to_stage(opportunity=Opportunity.objects.get(pk=won.pk), stage=stages()[1], actor=rep)
    retired = stages()[1]
    retired.is_active = False
    make._save(retired, None)
    with pytest.raises(ValidationError):
        move_to_stage(opportunity=make.opportunity(rep), stage=Stage.objects.get(pk=retired.pk), actor=rep)


def test_the_bar_shows_days_spent_and_what_comes(rep):
    long_ago = timezone.now() - datetime.timedelta(days=9, minutes=1)
    opportunity = make.opportunity(rep, stage_entered_at=long_ago)
    move_to_stage(opportunity=opportunity, stage=stages()[1], actor=rep)
    bar = stage_bar(Opportunity.objects.get(pk=opportunity.pk), may_move=True)
    assert [(one["state"], one["days"]) for one in bar] == [("done", 9), ("current", 0), ("next", None)]
    assert bar[2]["probability"] == "80 %"


def test_stale_is_longer_in_a_stage_than_it_allows(rep):
    fresh = make.opportunity(rep)
    stale = make.opportunity(rep, stage_entered_at=timezone.now() - datetime.timedelta(days=11))
    assert list(Opportunity.objects.filter(stale_condition())) == [stale]
    assert not fresh.is_stale
    assert stale.is_stale


def test_another_account_takes_the_activities_along(rep):
    opportunity = make.opportunity(rep)
    call = make.interaction(rep, days=2, **opportunity.regarding_keys())
    other = make.account(rep)
    opportunity.account = other
    make._save(opportunity, rep)
    moved = Interaction.objects.get(pk=call.pk)
    assert (moved.account, moved.happened_at, moved.version) == (other, call.happened_at, call.version)


def test_the_contact_must_be_cross_referenced(rep):
    """[R1]"""
    alone = make.contact(rep)
    with pytest.raises(ValidationError) as refused:
        make.opportunity(rep, contact=alone)
    assert "contact" in refused.value.message_dict
    account = make.account(rep)
    make.cross_reference(rep, alone, account)
    make.opportunity(rep, account, contact=alone)


def test_a_phone_shows_the_stage_by_name_and_offers_the_one_after_it(rep, client):
    opportunity = make.opportunity(rep)
    client.force_login(rep)
    now, after = stages()[:2]
    page = client.get(opportunity.get_absolute_url()).content.decode()
    below = page[page.index('class="stage-now"') :].split("</p>")[0]

    assert f"<b>{now.name}</b>" in below
    assert f">Move to {after.name}</a>" in below
    row = client.get("/opportunities/").content.decode().split("<tbody>")[1]
    assert 'on-card--right"><span class="value"' in row


def test_the_last_stage_offers_no_further_one_on_a_phone(rep, client):
    opportunity = make.opportunity(rep, stage=stages()[-1])
    client.force_login(rep)
    page = client.get(opportunity.get_absolute_url()).content.decode()

    assert "Move to" not in page[page.index('class="stage-now"') :].split("</p>")[0]
