"""[B1] The home page: hand-computed figures, each opening the list behind it."""

import datetime
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from opportunities.closing import lose_opportunity, win_opportunity
from tests import make
from workspace.home import fiscal_year_start, home_context

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep():
    make.firm()
    return make.user("rep", time_zone="Europe/Madrid")


def test_my_day_counts_my_own_open_tasks(rep):
    account = make.account(rep)
    make.task(rep, days=-6, account=account)
    make.task(rep, days=-1, account=account)
    make.task(rep, days=0, account=account, kind="meeting")
    make.task(rep, days=3, account=account)
    make.task(make.user("rep"), days=-3, account=account)
    day = home_context(rep, {})["day"]
    assert (day["overdue"], day["oldest_days"], day["today"], day["meetings"]) == (2, 6, 1, 1)


def test_pipeline_is_the_sum_of_open_per_currency(rep):
    make.opportunity(rep, amount=Decimal("48200"))
    make.opportunity(rep, amount=Decimal("1800.50"))
    make.opportunity(rep, amount=Decimal("11200"), currency="GBP")
    make.opportunity(make.user("rep"), amount=Decimal("999"))
    win_opportunity(opportunity=make.opportunity(rep, amount=Decimal("500")), actor=rep)
    context = home_context(rep, {})
    assert [one["text"] for one in context["pipeline"]["sums"]] == ["€50,000", "£11,200"]
    assert context["pipeline"]["number"] == 2


def test_closed_is_the_sum_of_won_this_fiscal_year_per_currency(rep):
    win_opportunity(opportunity=make.opportunity(rep), actor=rep, amount=Decimal("47000"))
    win_opportunity(opportunity=make.opportunity(rep, currency="GBP"), actor=rep, amount=Decimal("100"))
    old = make.opportunity(rep)
    win_opportunity(opportunity=old, actor=rep, amount=Decimal("5"), closed_date=datetime.date(2001, 1, 1))
    lose_opportunity(opportunity=make.opportunity(rep), actor=rep)
    closed = home_context(rep, {})["closed"]
    assert [(one["text"], one["number"]) for one in closed["won"]] == [("€47,000", 1), ("£100", 1)]
    assert closed["lost"] == 1


def test_deals_without_next_step(rep):
    planned, bare = make.opportunity(rep), make.opportunity(rep)
    make.task(rep, **planned.regarding_keys())
    context = home_context(rep, {})
    assert (context["bare"]["count"], context["bare"]["rows"], context["pipeline"]["open"]) == ("1", [bare], 2)


def test_every_figure_opens_a_list_with_as_many_rows(rep, client):
    client.force_login(rep)
    account = make.account(rep)
    make.task(rep, days=-6, account=account)
    make.task(rep, days=0, account=account)
    make.interaction(rep, account=account, follow_up_date=timezone.localdate())
    make.interaction(rep, account=account, follow_up_date=timezone.localdate() + datetime.timedelta(days=60))
    make.opportunity(rep, account)
    page = client.get("/").content.decode()
    links = re.findall(r'<a class="stats__stat" href="([^"]+)"', page)
    assert len(links) == 5
    for link in links:
        answer = client.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert answer.context["total"] == 1, link


def test_a_team_sees_its_own_and_a_stranger_nothing(rep):
    make.opportunity(rep, amount=Decimal("48200"))
    colleague, stranger = make.user("rep"), make.user("rep", team=make.team("South"))
    assert home_context(colleague, {"who": "team"})["pipeline"]["number"] == 1
    assert home_context(stranger, {"who": "team"})["pipeline"]["number"] == 0
    assert home_context(stranger, {"who": "all"})["pipeline"]["number"] == 0


def test_costs_at_most_25_queries(rep, client, django_assert_max_num_queries):
    client.force_login(rep)
    for _number in range(3):
        make.task(rep, **make.opportunity(rep).regarding_keys())
    with django_assert_max_num_queries(25):
        client.get("/")


@pytest.mark.parametrize(
    ("today", "month", "start"),
    [
        (datetime.date(2026, 3, 10), 1, datetime.date(2026, 1, 1)),
        (datetime.date(2026, 3, 10), 4, datetime.date(2025, 4, 1)),
        (datetime.date(2026, 4, 1), 4, datetime.date(2026, 4, 1)),
    ],
)
def test_the_fiscal_year_begins_in_its_month(today, month, start):
    assert fiscal_year_start(today, month) == start
