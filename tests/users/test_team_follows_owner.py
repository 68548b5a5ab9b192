"""A record's team is its owner's, so that scope "team" means the same for whoever gets a record."""

import pytest

from accounts.models import Account
from tests import make

pytestmark = pytest.mark.django_db


def test_a_new_owner_brings_the_own_team():
    make.firm()
    north, south = make.user("rep"), make.user("rep", team=make.team("South"))
    account = make.account(north)
    account.owner = south
    make._save(account, north)
    assert Account.objects.get(pk=account.pk).team == south.team


def test_a_team_that_is_set_with_the_owner_counts():
    make.firm()
    north, south = make.user("rep"), make.user("rep", team=make.team("South"))
    account = make.account(north)
    account.owner, account.team = south, make.team("East")
    make._save(account, north)
    assert Account.objects.get(pk=account.pk).team == make.team("East")


def test_without_owner_the_team_stays():
    make.firm()
    north = make.user("rep")
    account = make.account(north)
    account.owner = None
    make._save(account, north)
    assert Account.objects.get(pk=account.pk).team == north.team
