"""Pages of contacts: the account of a new one, who may do what, what is refused and what a page costs."""

import pytest
from django.urls import reverse

from accounts.models import Account
from contacts.models import Contact, ContactAddress, ContactHandle, ContactWebsite, CrossReference
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change
from setup_values.models import ContactRole, Firm
from tests import make
from tests.contacts.posts import contact_post

pytestmark = pytest.mark.django_db
NEW = "/contacts/new/"


@pytest.fixture(autouse=True)
def firm() -> Firm:
    return make.firm()


@pytest.fixture
def account(rep) -> Account:
    return make.account(rep, "Bodegas Valdecuriel, S.L.")


def messages_of(response) -> list[str]:
    """The messages that the page after a redirect shows."""
    return [str(message) for message in response.context["messages"]]


class TestCreating:
    """[R1] A contact belongs to an account, or is to be cross-referenced later."""

    def test_a_new_contact_is_cross_referenced_in_its_role(self, client, rep, account):
        client.force_login(rep)
        role = make.value(ContactRole, "Decides")

        response = client.post(
            NEW,
            contact_post(
                first_name="Aitor",
                last_name="Landa",
                emails=["a.landa@valdecuriel.example"],
                account=account.pk,
                role=role.pk,
                owner=rep.pk,
            ),
        )

        contact = Contact.objects.get()
        assert response.url == contact.get_absolute_url()
        assert (contact.owner, contact.team, contact.email) == (rep, rep.team, "a.landa@valdecuriel.example")
        reference = CrossReference.objects.get()
        assert (reference.contact, reference.account, reference.role) == (contact, account, role)
        assert Change.objects.get(record_type="crossreference").actor == rep

    def test_without_account_and_without_the_tick_it_is_refused_and_nothing_is_written(self, client, rep, account):
        client.force_login(rep)

        response = client.post(NEW, contact_post(last_name="Landa"))

        assert response.status_code == 422
        assert "account" in response.context["form"].errors
        assert not Contact.objects.exists()

    def test_the_tick_puts_it_into_the_list_of_those_not_cross_referenced_yet(self, client, rep, account):
        client.force_login(rep)
        client.post(NEW, contact_post(last_name="Landa", later="on"))

        contact = Contact.objects.get()
        page = client.get("/contacts/?view=not-cross-referenced")
        assert [row["pk"] for row in page.context["rows"]] == [contact.pk]
        assert "Not cross-referenced yet" in client.get(contact.get_absolute_url()).content.decode()

    def test_the_tick_is_set_while_the_firm_has_no_account(self, client, rep):
        client.force_login(rep)
        assert client.get(NEW).context["form"]["later"].value() is True

        make.account(rep)
        assert not client.get(NEW).context["form"]["later"].value()

    def test_where_people_buy_a_contact_may_stand_alone(self, client, rep):
        make.firm(mode="b2c")
        client.force_login(rep)

        assert "later" not in client.get(NEW).context["form"].fields
        assert client.post(NEW, contact_post(last_name="Robles")).status_code == 302
        assert Contact.objects.get().full_name == "Robles"

    def test_from_the_card_of_an_account_that_account_is_chosen(self, client, rep, account):
        client.force_login(rep)

        form = client.get(f"{NEW}?account={account.pk}").context["form"]

        assert f'<option value="{account.pk}" selected>Bodegas Valdecuriel, S.L.</option>' in str(form["account"])

    def test_from_the_card_of_a_lead_the_new_contact_is_tied_to_the_lead(self, client, rep, account):
        client.force_login(rep)
        lead = make.lead(rep)
        assert f'value="{lead.pk}"' in str(client.get(f"{NEW}?lead={lead.pk}").context["form"]["lead"])

        client.post(NEW, contact_post(last_name="Landa", lead=lead.pk, later="on"))

        assert CrossReference.objects.get().lead == lead

    def test_an_account_that_may_not_be_seen_is_no_choice(self, client, rep, stranger, account):
        client.force_login(stranger)

        response = client.post(NEW, contact_post(last_name="Landa", account=account.pk))

        assert response.status_code == 422
        assert not Contact.objects.exists()

    def test_letters_of_an_account_that_may_not_be_seen_find_nothing(self, client, rep, stranger, account):
        client.force_login(stranger)

        response = client.post(NEW, contact_post(last_name="Landa", **{"account-search": "valdecuriel"}))

        assert response.status_code == 422
        assert "Nothing is found" in str(response.context["form"].errors["account"])
        assert "Bodegas Valdecuriel" not in response.content.decode()

    def test_an_account_that_may_only_be_seen_is_refused_in_words(self, client, rep, account):
        rep.role.rights["account"]["edit"] = "own"
        rep.role.save()
        other = make.user("rep")
        client.force_login(other)

        response = client.post(NEW, contact_post(last_name="Landa", account=account.pk))

        assert response.status_code == 422
        assert "ask its owner" in str(response.context["form"].errors["account"])
        assert not Contact.objects.exists()

    def test_a_second_post_of_the_same_form_leads_to_the_first_contact(self, client, rep, account):
        client.force_login(rep)
        key = client.get(NEW).context["form"]["form_key"].value()
        sent = contact_post(last_name="Landa", account=account.pk, form_key=key)

        first, second = client.post(NEW, sent), client.post(NEW, sent)

        assert first.url == second.url
        assert Contact.objects.count() == CrossReference.objects.count() == 1

    def test_all_kinds_of_rows_are_kept_and_noted(self, client, rep, account):
        client.force_login(rep)
        client.post(
            NEW,
            contact_post(
                first_name="Maite",
                last_name="Oyarzun",
                account=account.pk,
                emails=["maite@valdecuriel.example", "m@casa.example"],
                phones=["+34 600 555 061"],
                addresses=[{"kind": "work", "street": "Calle Laurel 4", "city": "Logroño", "country": "España"}],
                websites=[{"value": "valdecuriel.example", "label": ""}],
                handles=[{"service": "WhatsApp", "value": "+34600555061"}],
                **{"birthday-day": "30", "birthday-month": "9", "birthday-year": ""},
                language="es",
            ),
        )

        contact = Contact.objects.get()
        assert (contact.birthday, contact.language) == ("--09-30", "es")
        assert contact.addresses.get().country == "ES"
        assert [row.is_primary for row in contact.emails.all()] == [True, False]
        assert contact.handles.get().service == "WhatsApp"
        noted = Change.objects.get(record_type="contact").after
        assert {"emails", "phones", "addresses", "websites", "handles"} <= set(noted)
        page = client.get(contact.get_absolute_url()).content.decode()
        assert "30 September" in page
        assert "Spanish" in page
        assert "Spain" in page


class TestFields:
    """Controls that know what is in the record already."""

    def test_a_country_and_a_language_of_an_old_file_stay_the_present_choice(self, client, rep, account):
        contact = make.contact(rep, account=account, language="Klingon")
        row = ContactAddress(city="Fiume", country="Free State of Fiume")
        save_record(contact, actor=rep, means=Means("import"), children={"addresses": [row]})
        client.force_login(rep)

        page = client.get(reverse("contact_edit", args=[contact.pk])).content.decode()

        assert '<option value="Free State of Fiume" selected>' in page
        assert '<option value="Klingon" selected>' in page
        assert '<option value="DE">Germany</option>' in page

    def test_the_names_of_countries_are_in_the_readers_language(self, client, rep, account):
        rep.language = "es"
        rep.save()
        client.force_login(rep)

        assert '<option value="DE">Alemania</option>' in client.get("/prospects/new/").content.decode()


class TestRights:
    """Hidden is 404, seen but not allowed is 403."""

    @pytest.mark.parametrize("page", ["detail", "edit", "delete", "history", "photo"])
    def test_a_stranger_finds_nothing(self, client, rep, stranger, page):
        contact = make.contact(rep)
        client.force_login(stranger)

        assert client.get(reverse(f"contact_{page}", args=[contact.pk])).status_code == 404
        assert client.get(reverse("contact_accounts", args=[contact.pk])).status_code == 404
        assert client.get("/contacts/").context["rows"] == []
        assert client.get("/options/contact/?q=salas").json() == []

    def test_a_reader_sees_but_does_not_change(self, client, rep, read_only):
        contact = make.contact(rep)
        client.force_login(read_only)

        assert client.get(contact.get_absolute_url()).status_code == 200
        assert client.get(reverse("contact_edit", args=[contact.pk])).status_code == 403
        assert client.post(reverse("contact_edit", args=[contact.pk]), contact_post(last_name="X")).status_code == 403
        assert client.get(NEW).status_code == 403
        contact.refresh_from_db()
        assert contact.last_name != "X"

    def test_the_account_column_names_only_accounts_that_may_be_seen(self, client, rep, stranger):
        hidden = make.account(rep, "Hidden Works, S.A.")
        shared = make.contact(stranger, "Ana", "Ruiz")
        make.cross_reference(rep, shared, hidden)
        client.force_login(stranger)

        page = client.get("/contacts/").content.decode()

        assert "Ruiz" in page
        assert "Hidden Works" not in page
        assert "Hidden Works" not in client.get("/options/contact/?q=ruiz").content.decode()
        assert "Hidden Works" not in client.get(shared.get_absolute_url()).content.decode()

    def test_the_picker_offers_the_contacts_of_an_account_only_to_who_sees_it(self, client, rep, stranger, account):
        known = make.contact(rep, "Pilar", "Salas", account=account)
        make.contact(rep, "Joan", "Vidal")
        client.force_login(rep)
        offered = client.get(f"/options/contact/?account={account.pk}").json()
        assert [(one["id"], one["hint"]) for one in offered] == [(known.pk, "Bodegas Valdecuriel, S.L.")]

        own = make.contact(stranger, "Ana", "Ruiz")
        make.cross_reference(rep, own, account)
        client.force_login(stranger)
        assert client.get(f"/options/contact/?account={account.pk}").json() == []


class TestCost:
    """The same number of queries at any size."""

    @pytest.fixture
    def full(self, rep, account) -> Contact:
        contact = make.contact(rep, account=account, phones=["600 555 014"])
        children = {
            "addresses": [ContactAddress(city="Logroño")],
            "websites": [ContactWebsite(value="valdecuriel.example")],
            "handles": [ContactHandle(value="@pilar")],
        }
        save_record(contact, actor=rep, means=Means("form"), children=children)
        make.opportunity(rep, account, contact=contact)
        make.task(rep, account=account, contact=contact)
        make.interaction(rep, account=account, contact=contact)
        for _number in range(30):
            make.contact(rep, account=account)
        return contact

    def test_pages_stay_within_their_budgets(self, client, rep, full, django_assert_max_num_queries):
        client.force_login(rep)
        client.get("/contacts/")
        for address, budget in (
            ("/contacts/", 12),
            ("/contacts/?view=not-cross-referenced", 12),
            (NEW, 12),
            (reverse("contact_edit", args=[full.pk]), 12),
            (full.get_absolute_url(), 22),
            ("/options/contact/?q=salas", 8),
        ):
            with django_assert_max_num_queries(budget):
                assert client.get(address).status_code == 200


def test_history_says_which_fields_of_a_contact_changed(client, rep, account):
    contact = make.contact(rep, "Pilar", "Salas", account=account)
    client.force_login(rep)
    sent = contact_post(
        first_name="Pilar",
        last_name="Salas Gené",
        version=contact.version,
        emails=["p.salas@montsant.example"],
        do_not_email="on",
    )

    client.post(reverse("contact_edit", args=[contact.pk]), sent)

    page = client.get(reverse("contact_history", args=[contact.pk])).content.decode()
    assert "Salas Gené" in page
    assert "Do not e-mail" in page
    assert "Do not e-mail" in client.get(contact.get_absolute_url()).content.decode()


def test_the_second_of_two_editors_is_shown_both_versions_and_nothing_is_lost(client, rep, colleague, account):
    contact = make.contact(rep, "Pilar", "Salas", account=account, job_title="Buyer")
    seen = contact.version
    contact.job_title = "Head of purchasing"
    save_record(contact, actor=colleague, means=Means("form"))
    client.force_login(rep)
    sent = contact_post(first_name="Pilar", last_name="Salas", job_title="Purchasing", version=seen)

    response = client.post(reverse("contact_edit", args=[contact.pk]), sent)

    assert response.status_code == 409
    page = response.content.decode()
    assert "Head of purchasing" in page
    assert "Purchasing" in page
    contact.refresh_from_db()
    assert contact.job_title == "Head of purchasing"


def test_a_bulk_edit_gives_contacts_another_owner(client, manager, rep, colleague, account):
    contacts = [make.contact(rep, account=account) for _number in range(3)]
    client.force_login(manager)

    client.post(
        "/contacts/bulk/",
        {
            "action": "edit",
            "confirmed": "1",
            "ids": [one.pk for one in contacts],
            "change_owner": "on",
            "owner": colleague.pk,
        },
    )

    assert set(Contact.objects.values_list("owner", flat=True)) == {colleague.pk}
