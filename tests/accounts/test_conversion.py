"""[L3] A prospect becomes a customer once; nothing moves, nothing is lost."""

import pytest

from accounts.conversion import NotACustomer, NotAProspect, convert_to_customer, end_customer, win_back_customer
from accounts.models import Account, Customer, Prospect
from core.records.models import Change
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep():
    make.firm()
    return make.user("rep")


def test_who_and_when_is_kept_and_the_page_moves(rep):
    account = make.account(rep)
    opportunity = make.opportunity(rep, account)
    convert_to_customer(account=account, actor=rep)
    account = Account.objects.get(pk=account.pk)
    assert (account.lifecycle, account.converted_by) == ("customer", rep)
    assert account.get_absolute_url() == f"/customers/{account.pk}/"
    assert list(account.opportunities.all()) == [opportunity]
    assert not Prospect.objects.exists()
    assert Customer.objects.get().pk == account.pk


def test_a_second_conversion_is_refused(rep):
    account = make.account(rep)
    stale = Account.objects.get(pk=account.pk)
    convert_to_customer(account=account, actor=rep)
    changes = Change.objects.count()
    for copy in (stale, Account.objects.get(pk=account.pk)):
        with pytest.raises(NotAProspect):
            convert_to_customer(account=copy, actor=rep)
    assert Change.objects.count() == changes


def test_a_customer_can_end_and_come_back(rep):
    account = make.customer(rep)
    with pytest.raises(NotACustomer):
        win_back_customer(account=account, actor=rep)
    end_customer(account=account, actor=rep)
    assert Account.objects.get(pk=account.pk).lifecycle == "former"
    win_back_customer(account=Account.objects.get(pk=account.pk), actor=rep)
    assert Account.objects.get(pk=account.pk).lifecycle == "customer"


def test_by_button_and_only_by_post(rep, client):
    client.force_login(rep)
    account = make.account(rep)
    assert client.get(f"/accounts/{account.pk}/convert/").status_code == 405
    answer = client.post(f"/accounts/{account.pk}/convert/")
    assert answer.headers["Location"] == f"/customers/{account.pk}/"
    client.force_login(make.user("rep", team=make.team("South")))
    assert client.post(f"/accounts/{account.pk}/end/").status_code == 404
