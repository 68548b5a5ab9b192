"""Pages of accounts: each lifecycle at its own address, cards, forms; who may do what and what a page costs."""

import pytest
from django.urls import reverse

from accounts.models import Account
from contacts.models import CrossReference
from core.records.models import Change
from tests import make
from tests.contacts.posts import account_post

pytestmark = pytest.mark.django_db
PAGES = ("detail", "edit", "delete", "history")


@pytest.fixture(autouse=True)
def firm():
    return make.firm()


@pytest.fixture
def prospect(rep) -> Account:
    return make.account(rep, "Bodegas Valdecuriel, S.L.")


@pytest.fixture
def customer(rep) -> Account:
    return make.customer(rep, "Química Montsant")


class TestAddresses:
    @pytest.mark.parametrize("page", PAGES)
    def test_every_page_leads_to_that_of_the_present_lifecycle(self, client, rep, prospect, customer, page):
        client.force_login(rep)
        for account, right, others in (
            (prospect, "prospect", ("customer", "account")),
            (customer, "customer", ("prospect", "account")),
        ):
            address = reverse(f"{right}_{page}", args=[account.pk])
            assert client.get(address).status_code == 200
            for other in others:
                response = client.get(reverse(f"{other}_{page}", args=[account.pk]) + "?compose=task")
                assert response.url == f"{address}?compose=task"

    def test_former_customers_stay_with_the_customers(self, client, rep):
        account = make.account(rep, lifecycle="former")
        client.force_login(rep)

        assert account.get_absolute_url() == f"/customers/{account.pk}/"
        assert client.get(f"/customers/{account.pk}/").status_code == 200

    def test_a_form_sent_to_the_old_address_is_not_lost(self, client, rep, prospect):
        client.force_login(rep)
        sent = account_post(name="Valdecuriel", version=prospect.version, owner=rep.pk)
        Account.objects.filter(pk=prospect.pk).update(lifecycle="customer")

        response = client.post(reverse("prospect_edit", args=[prospect.pk]), sent)

        assert response.url == f"/customers/{prospect.pk}/"
        prospect.refresh_from_db()
        assert prospect.name == "Valdecuriel"

    @pytest.mark.parametrize("page", PAGES)
    def test_a_stranger_finds_none_of_them(self, client, stranger, prospect, page):
        client.force_login(stranger)
        for kind in ("prospect", "customer", "account"):
            assert client.get(reverse(f"{kind}_{page}", args=[prospect.pk])).status_code == 404

    def test_an_id_that_no_database_knows_is_not_found(self, client, rep):
        client.force_login(rep)
        assert client.get("/prospects/99999999999999999999/").status_code == 404


class TestForms:
    def test_a_new_prospect_and_a_new_customer_begin_as_what_they_are(self, client, rep):
        client.force_login(rep)
        for kind, lifecycle in (("prospects", "prospect"), ("customers", "customer"), ("accounts", "prospect")):
            client.post(f"/{kind}/new/", account_post(name=f"New {kind}", owner=rep.pk))
            account = Account.objects.get(name=f"New {kind}")
            assert (account.lifecycle, account.kind, account.owner) == (lifecycle, "organization", rep)

    def test_the_form_of_an_organization_offers_that_of_a_person(self, client, rep):
        client.force_login(rep)
        page = client.get("/prospects/new/").content.decode()
        assert 'href="/prospects/new/?kind=person"' in page

    def test_the_primary_contact_of_the_form_is_cross_referenced(self, client, rep, prospect):
        person = make.contact(rep)
        client.force_login(rep)

        client.post(
            reverse("prospect_edit", args=[prospect.pk]),
            account_post(name=prospect.name, version=prospect.version, owner=rep.pk, primary_contact=person.pk),
        )

        reference = CrossReference.objects.get()
        assert (reference.contact, reference.account, reference.is_primary) == (person, prospect, True)
        assert Change.objects.get(record_type="crossreference").actor == rep

    def test_an_invisible_primary_contact_is_refused_and_nothing_is_written(self, client, rep, stranger, prospect):
        hidden = make.contact(stranger)
        client.force_login(rep)

        response = client.post(
            reverse("prospect_edit", args=[prospect.pk]),
            account_post(name="Changed", version=prospect.version, primary_contact=hidden.pk),
        )

        assert response.status_code == 422
        prospect.refresh_from_db()
        assert prospect.name != "Changed"
        assert not CrossReference.objects.exists()

    def test_somebody_who_only_reads_enters_and_changes_nothing(self, client, read_only, prospect):
        client.force_login(read_only)
        assert client.get(prospect.get_absolute_url()).status_code == 200
        assert client.get("/prospects/new/").status_code == 403
        assert client.post(reverse("prospect_edit", args=[prospect.pk]), account_post(name="X")).status_code == 403


class TestPage:
    def test_the_page_has_cards_of_contacts_and_opportunities(self, client, rep, prospect):
        person = make.contact(rep, "Aitor", "Landa Goñi", account=prospect)
        make.opportunity(rep, prospect, topic="Tank valves", contact=person)
        client.force_login(rep)

        page = client.get(prospect.get_absolute_url()).content.decode()

        assert "Aitor Landa Goñi" in page
        assert "Tank valves" in page
        assert f"/contacts/new/?account={prospect.pk}" in page
        assert f"/opportunities/new/?account={prospect.pk}" in page

    def test_lists_show_the_next_activity(self, client, rep, prospect):
        make.task(rep, account=prospect, days=-3)
        client.force_login(rep)

        assert "3 d overdue" in client.get("/prospects/").content.decode()

    def test_pages_stay_within_their_budgets_at_any_size(self, client, rep, prospect, django_assert_max_num_queries):
        for _number in range(30):
            make.contact(rep, account=prospect)
            make.account(rep)
        make.opportunity(rep, prospect)
        make.task(rep, account=prospect)
        make.interaction(rep, account=prospect)
        client.force_login(rep)
        client.get("/prospects/")
        for address, budget in (
            ("/prospects/", 12),
            ("/customers/", 12),
            ("/accounts/", 12),
            ("/prospects/new/", 12),
            (reverse("prospect_edit", args=[prospect.pk]), 12),
            (prospect.get_absolute_url(), 22),
        ):
            with django_assert_max_num_queries(budget):
                assert client.get(address).status_code == 200
