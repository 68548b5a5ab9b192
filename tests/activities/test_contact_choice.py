"""[R2] The contact of an opportunity or task is one of the account's, or another one that is linked on the spot."""

import pytest

from activities.models import Task
from contacts.models import CrossReference
from core.records.models import Change
from opportunities.models import Opportunity
from setup_values.models import OpportunityStatus
from tests import make
from tests.contacts.posts import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(rep):
    make.firm()
    make.statuses()
    return make.account(rep, "Bodegas Valdecuriel, S.L.")


def opportunity_post(account, **fields) -> dict:
    status = OpportunityStatus.objects.get(meaning="open")
    parts = {**rows("stakeholders", []), **rows("sales_team", [])}
    return {"topic": "Gate valves", "account": account.pk, "status": status.pk, **parts, **fields}


def test_the_picker_of_the_contact_asks_with_the_account(client, rep, account):
    client.force_login(rep)
    for address in ("/opportunities/new/", "/tasks/new/"):
        page = client.get(address).content.decode()
        assert 'data-with="account"' in page
        assert "another_contact" in page


def test_another_contact_is_cross_referenced_by_saving_the_opportunity(client, rep, account):
    person = make.contact(rep, "Leire", "Otaño")
    client.force_login(rep)

    response = client.post("/opportunities/new/", opportunity_post(account, another_contact=person.pk))

    assert response.status_code == 302
    assert Opportunity.objects.get().contact == person
    assert CrossReference.objects.get().account == account
    assert Change.objects.get(record_type="crossreference").actor == rep


def test_without_scripts_letters_find_the_other_contact(client, rep, account):
    person = make.contact(rep, "Leire", "Otaño")
    client.force_login(rep)

    client.post("/opportunities/new/", opportunity_post(account, **{"another_contact-search": "otan"}))

    assert Opportunity.objects.get().contact == person


def test_a_contact_that_is_not_cross_referenced_is_refused_where_it_is_not_linked(client, rep, account):
    """[R1]"""
    person = make.contact(rep, "Leire", "Otaño")
    client.force_login(rep)

    response = client.post("/opportunities/new/", opportunity_post(account, contact=person.pk))

    assert response.status_code == 422
    assert "contact" in response.context["form"].errors
    assert not Opportunity.objects.exists()


def test_a_refused_opportunity_leaves_no_cross_reference_behind(client, rep, account):
    person = make.contact(rep, "Leire", "Otaño")
    client.force_login(rep)

    response = client.post(
        "/opportunities/new/", opportunity_post(account, another_contact=person.pk, amount="-5", topic="")
    )

    assert response.status_code == 422
    assert not CrossReference.objects.exists()


def test_an_invisible_contact_is_no_choice(client, rep, stranger, account):
    hidden = make.contact(stranger)
    client.force_login(rep)

    response = client.post("/opportunities/new/", opportunity_post(account, another_contact=hidden.pk))

    assert response.status_code == 422
    assert not Opportunity.objects.exists()
    assert not CrossReference.objects.exists()


def test_an_account_that_may_only_be_seen_gets_no_new_contact(client, rep, account):
    person = make.contact(rep)
    rep.role.rights["account"]["edit"] = "own"
    rep.role.save()
    client.force_login(make.user("rep"))

    response = client.post("/opportunities/new/", opportunity_post(account, another_contact=person.pk))

    assert response.status_code == 422
    assert "ask its owner" in str(response.context["form"].errors)
    assert not CrossReference.objects.exists()


def test_a_task_links_in_the_same_way(client, rep, account):
    person = make.contact(rep)
    client.force_login(rep)

    client.post(
        "/tasks/new/",
        {
            "subject": "Call",
            "kind": "call",
            "priority": "normal",
            "account": account.pk,
            "another_contact": person.pk,
            **rows("participants", []),
        },
    )

    assert Task.objects.get().contact == person
    assert CrossReference.objects.get().account == account


def test_linking_another_contact_needs_the_account(client, rep, account):
    person = make.contact(rep)
    client.force_login(rep)

    response = client.post(
        "/tasks/new/",
        {
            "subject": "Call",
            "kind": "call",
            "priority": "normal",
            "another_contact": person.pk,
            **rows("participants", []),
        },
    )

    assert response.status_code == 422
    assert "account" in response.context["form"].errors
    assert not Task.objects.exists()
