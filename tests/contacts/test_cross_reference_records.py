"""The address of one cross-reference, its generic form, the cards that name it, and linking on the spot."""

import datetime

import pytest
from django.urls import reverse

from accounts.models import Account
from contacts.models import Contact, CrossReference
from tests import make

pytestmark = pytest.mark.django_db
PROSPECTS = "/prospects/contacts/"


@pytest.fixture(autouse=True)
def firm():
    return make.firm()


@pytest.fixture
def account(rep) -> Account:
    return make.account(rep, "Bodegas Valdecuriel, S.L.")


@pytest.fixture
def reference(rep, account) -> CrossReference:
    return make.cross_reference(rep, make.contact(rep, "Aitor", "Landa Goñi"), account)


class TestOwnPages:
    def test_a_cross_reference_leads_to_its_row_on_the_card(self, client, rep, reference):
        client.force_login(rep)

        first = client.get(reverse("cross_reference_detail", args=[reference.pk]))
        second = client.get(first.url)

        assert first.url == f"/cross-references/of/account/{reference.account_id}/#ref-{reference.pk}"
        assert second.url == f"{PROSPECTS}?account={reference.account_id}"

    def test_one_is_entered_by_the_generic_form_too(self, client, rep, account):
        person = make.contact(rep)
        client.force_login(rep)

        client.post("/cross-references/new/", {"contact": person.pk, "account": account.pk, "from_date": "2026-02-24"})

        assert CrossReference.objects.get().from_date == datetime.date(2026, 2, 24)

    def test_it_leads_to_exactly_one_account_or_lead(self, client, rep, account):
        person, lead = make.contact(rep), make.lead(rep)
        client.force_login(rep)

        for ends in ({}, {"account": account.pk, "lead": lead.pk}):
            response = client.post("/cross-references/new/", {"contact": person.pk, **ends})
            assert response.status_code == 422
        assert not CrossReference.objects.exists()

    def test_the_cards_of_account_and_lead_name_their_contacts(self, client, rep, account, reference):
        lead = make.lead(rep)
        make.cross_reference(rep, reference.contact, None, lead=lead)
        client.force_login(rep)

        for record in (account, lead):
            page = client.get(record.get_absolute_url()).content.decode()
            assert "Aitor Landa Goñi" in page
            assert reverse("record_contacts", args=[record.record_type(), record.pk]) in page


class TestCost:
    def test_pages_cost_the_same_at_any_size(self, client, rep, account, reference, django_assert_max_num_queries):
        for _number in range(40):
            make.contact(rep, account=account)
            make.account(rep)
        client.force_login(rep)
        client.get(PROSPECTS)
        for address in (
            f"{PROSPECTS}?account={account.pk}",
            f"{PROSPECTS}?by=contact&contact={reference.contact_id}",
            f"{PROSPECTS}?by=contact&linked=none",
            f"{PROSPECTS}?account={account.pk}&find=salas",
            f"/contacts/{reference.contact_id}/accounts/",
        ):
            with django_assert_max_num_queries(20):
                assert client.get(address).status_code == 200
        with django_assert_max_num_queries(12):
            assert client.get("/prospects/contacts/list/?q=landa").status_code == 200


def test_contact_link_ties_on_the_spot_and_answers_scripts(client, rep, stranger, account):
    person, hidden = make.contact(rep), make.contact(stranger)
    client.force_login(rep)

    answer = client.post(
        "/contacts/link/", {"contact": person.pk, "account": account.pk}, HTTP_ACCEPT="application/json"
    )
    refused = client.post("/contacts/link/", {"contact": hidden.pk, "account": account.pk})
    plain = client.post("/contacts/link/", {"contact": person.pk, "account": account.pk, "next": "/contacts/"})

    assert answer.json() == {"id": person.pk, "text": person.full_name}
    assert refused.status_code == 404
    assert plain.url == "/contacts/"
    assert [row.contact for row in CrossReference.objects.all()] == [person]
    assert Contact.objects.count() == 2
