"""Person accounts: an account that is a person and its one contact are entered, shown, changed and told as one."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import Account
from contacts.models import Contact, ContactAddress, ContactEmail, CrossReference
from contacts.person_accounts import person_account_for, split_name
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change
from core.records.trash import delete_record, restore
from tests import make
from tests.contacts.posts import account_post, contact_post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def firm():
    return make.firm()


@pytest.fixture
def contact(rep) -> Contact:
    return make.contact(rep, "Inmaculada", "Robles Cifuentes", emails=["inma@olivar.example"], phones=["655 555 017"])


@pytest.fixture
def person(rep, contact) -> Account:
    return person_account_for(contact=contact, actor=rep)


def save(record, actor, **children):
    return save_record(record, actor=actor, means=Means("form"), children=children or None)


def page_of(account: Account, page: str) -> str:
    return reverse(f"prospect_{page}", args=[account.pk])


class TestStep:
    """The two halves are kept in step by every write, whatever it comes from."""

    def test_the_account_takes_name_and_channels_from_its_contact(self, rep, contact, person):
        assert (person.name, person.kind, person.owner) == ("Inmaculada Robles Cifuentes", "person", rep)
        assert (person.email, person.phone) == ("inma@olivar.example", "655 555 017")
        assert person.number
        contact.refresh_from_db()
        assert contact.person_account == person

    def test_a_second_call_answers_the_same_account(self, rep, contact, person):
        stale = Contact.objects.get(pk=contact.pk)
        assert person_account_for(contact=stale, actor=rep) == person
        assert Account.objects.count() == 1

    def test_of_two_calls_at_once_one_makes_the_account_and_both_answer_it(self, rep, contact):
        first, second = (Contact.objects.get(pk=contact.pk) for _copy in range(2))

        made = person_account_for(contact=first, actor=rep)
        found = person_account_for(contact=second, actor=rep)

        assert made == found
        assert Account.objects.count() == 1

    def test_changing_the_contact_changes_the_account(self, rep, person):
        contact = Contact.objects.get(person_account=person)
        contact.last_name = "Robles"
        save(
            contact,
            rep,
            emails=[ContactEmail(value="robles@olivar.example")],
            addresses=[ContactAddress(street="Cortijo La Zarcilla", city="Baeza", postcode="23440", country="ES")],
        )

        person.refresh_from_db()
        assert (person.name, person.email) == ("Inmaculada Robles", "robles@olivar.example")
        assert (person.billing_street, person.billing_city) == ("Cortijo La Zarcilla", "Baeza")
        assert [row.value for row in person.emails.all()] == ["robles@olivar.example"]

    def test_a_name_written_to_the_account_gives_way_to_the_contacts(self, rep, person):
        person.name = "Somebody Else"
        save(person, rep)

        person.refresh_from_db()
        assert person.name == "Inmaculada Robles Cifuentes"

    def test_whoever_is_responsible_is_so_for_both(self, rep, colleague, person):
        person.owner = colleague
        save(person, rep)
        contact = Contact.objects.get(person_account=person)
        assert contact.owner == colleague

        contact.owner = rep
        save(contact, rep)
        person.refresh_from_db()
        assert person.owner == rep

    def test_saving_without_a_change_writes_nothing_on_either_side(self, rep, person):
        before = Change.objects.count()
        save(Account.objects.get(pk=person.pk), rep)
        save(Contact.objects.get(person_account=person), rep)
        assert Change.objects.count() == before

    def test_an_account_that_comes_in_as_a_person_gets_its_contact(self, rep):
        account = make.account(rep, "Ana María Ruiz Sanz", kind="person", emails=["ana@casa.example"])

        contact = Contact.objects.get(person_account=account)
        assert (contact.first_name, contact.last_name) == ("Ana María", "Ruiz Sanz")
        assert (contact.email, contact.owner) == ("ana@casa.example", rep)

    @pytest.mark.parametrize(
        ("name", "parts"),
        [("Ana", ("", "Ana")), ("Ana Ruiz", ("Ana", "Ruiz")), ("Ana Ruiz Sanz", ("Ana", "Ruiz Sanz"))],
    )
    def test_a_name_in_one_is_split_in_halves(self, name, parts):
        assert split_name(name) == parts

    def test_both_go_into_the_trash_and_come_back_as_one(self, rep, person):
        contact = Contact.objects.get(person_account=person)

        unit = delete_record(contact, actor=rep, means=Means("form"))
        assert not Account.objects.exists()
        assert not Contact.objects.exists()

        restore(unit, actor=rep, means=Means("trash"))
        assert Account.objects.get() == person
        assert Contact.objects.get() == contact


class TestKind:
    def test_an_organization_nobody_knows_yet_may_become_a_person(self, rep):
        account = make.account(rep, "Ana Ruiz", emails=["ana@casa.example"])
        account.kind = Account.Kind.PERSON
        save(account, rep)

        assert Contact.objects.get(person_account=account).email == "ana@casa.example"

    def test_one_with_contacts_or_opportunities_stays_an_organization(self, rep):
        known, sold = make.account(rep), make.account(rep)
        make.contact(rep, account=known)
        make.opportunity(rep, sold)

        for account in (known, sold):
            account.kind = Account.Kind.PERSON
            with pytest.raises(ValidationError) as refused:
                save(account, rep)
            assert "kind" in refused.value.error_dict
        assert Contact.objects.filter(person_account__isnull=False).count() == 0

    def test_a_person_stays_a_person(self, rep, person):
        person.kind = Account.Kind.ORGANIZATION
        with pytest.raises(ValidationError) as refused:
            save(person, rep)
        assert "kind" in refused.value.error_dict


class TestPages:
    """One page, one form, one history, at the account's address."""

    def test_the_page_shows_the_person_and_what_the_account_keeps(self, client, rep, contact, person):
        client.force_login(rep)

        page = client.get(person.get_absolute_url()).content.decode()

        for text in ("Inmaculada", "inma@olivar.example", person.number, "Person", "Prospect"):
            assert text in page

    @pytest.mark.parametrize("page", ["detail", "edit", "history", "delete"])
    def test_the_addresses_of_the_contact_lead_to_the_account(self, client, rep, contact, person, page):
        client.force_login(rep)

        response = client.get(reverse(f"contact_{page}", args=[contact.pk]))

        assert response.url == page_of(person, page)
        assert client.get(response.url).status_code == 200

    @pytest.mark.parametrize("page", ["detail", "edit", "history"])
    def test_its_own_address_leads_to_the_account(self, client, rep, person, page):
        client.force_login(rep)
        assert client.get(reverse(f"person_{page}", args=[person.pk])).url == page_of(person, page)

    def test_a_new_person_is_entered_in_one_form(self, client, rep):
        client.force_login(rep)
        assert client.get("/customers/new/?kind=person").status_code == 200

        response = client.post(
            "/customers/new/?kind=person",
            contact_post(
                first_name="Rhys",
                last_name="Penhaligon",
                emails=["rhys@farm.example"],
                owner=rep.pk,
                **{"account-number": "K-7", "account-currency": "GBP"},
            ),
        )

        account = Account.objects.get()
        assert response.url == account.get_absolute_url() == f"/customers/{account.pk}/"
        assert (account.kind, account.lifecycle, account.number) == ("person", "customer", "K-7")
        assert (account.name, account.email) == ("Rhys Penhaligon", "rhys@farm.example")
        assert Contact.objects.get().person_account == account

    def test_a_taken_number_is_refused_at_its_field_and_nothing_is_written(self, client, rep):
        make.account(rep, number="K-7")
        client.force_login(rep)

        response = client.post(
            "/prospects/new/?kind=person", contact_post(last_name="Penhaligon", **{"account-number": "K-7"})
        )

        assert response.status_code == 422
        assert "number" in response.context["form"].account_form.errors
        assert not Contact.objects.exists()

    def test_a_second_post_of_the_same_form_makes_no_second_person(self, client, rep):
        client.force_login(rep)
        key = client.get("/prospects/new/?kind=person").context["form"]["form_key"].value()
        sent = contact_post(last_name="Penhaligon", form_key=key)

        first, second = (client.post("/prospects/new/?kind=person", sent) for _time in range(2))

        assert first.status_code == second.status_code == 302
        assert Account.objects.count() == Contact.objects.count() == 1

    def test_a_person_posted_to_the_form_of_organizations_is_one_too(self, client, rep):
        client.force_login(rep)

        client.post("/prospects/new/", account_post(name="Ana Ruiz", kind="person"))

        assert Contact.objects.get().person_account == Account.objects.get()

    def test_editing_writes_both_halves(self, client, rep, contact, person):
        contact.refresh_from_db()
        client.force_login(rep)
        sent = contact_post(
            first_name="Inma",
            last_name="Robles",
            version=contact.version,
            owner=rep.pk,
            emails=["i@olivar.example"],
            **{"account-version": person.version, "account-number": "K-8"},
        )

        response = client.post(page_of(person, "edit"), sent)

        assert response.url == person.get_absolute_url()
        person.refresh_from_db()
        assert (person.name, person.number, person.email) == ("Inma Robles", "K-8", "i@olivar.example")
        history = client.get(page_of(person, "history")).content.decode()
        assert "K-8" in history
        assert "Inma" in history

    def test_the_second_of_two_editors_chooses_also_in_the_accounts_half(self, client, rep, colleague, contact, person):
        contact.refresh_from_db()
        seen = person.version
        person.number = "K-1"
        save(person, colleague)
        client.force_login(rep)
        sent = contact_post(
            first_name="Inmaculada",
            last_name="Robles Cifuentes",
            version=contact.version,
            owner=rep.pk,
            **{"account-version": seen, "account-number": "K-2"},
        )

        conflict = client.post(page_of(person, "edit"), sent)
        assert conflict.status_code == 409
        assert "K-1" in conflict.content.decode()
        person.refresh_from_db()
        assert person.number == "K-1"

        chosen = sent | {"take": "choice", "choice_number": "mine", "account-version": person.version}
        assert client.post(page_of(person, "edit"), chosen).status_code == 302
        person.refresh_from_db()
        assert person.number == "K-2"

    def test_a_stranger_finds_neither_half(self, client, stranger, contact, person):
        client.force_login(stranger)
        for page in ("detail", "edit", "history", "delete"):
            assert client.get(page_of(person, page)).status_code == 404
            assert client.get(reverse(f"contact_{page}", args=[contact.pk])).status_code == 404
        assert client.get(reverse("person_detail", args=[person.pk])).status_code == 404

    def test_whoever_sees_no_contacts_sees_the_account_alone(self, client, rep, contact, person):
        contact.refresh_from_db()
        contact.birthday = "--09-30"
        save(contact, rep)
        rep.role.rights["contact"] = {"view": "none"}
        rep.role.save()
        client.force_login(make.user("rep"))

        page = client.get(person.get_absolute_url())

        assert page.status_code == 200
        assert "30 September" not in page.content.decode()
        assert page_of(person, "edit") not in page.content.decode()
        assert client.get(page_of(person, "edit")).status_code == 404

    def test_somebody_who_only_reads_changes_nothing(self, client, read_only, person):
        client.force_login(read_only)
        assert client.get(person.get_absolute_url()).status_code == 200
        assert client.get(page_of(person, "edit")).status_code == 403
        assert client.get("/prospects/new/?kind=person").status_code == 403

    def test_pages_stay_within_their_budgets(self, client, rep, person, django_assert_max_num_queries):
        make.opportunity(rep, person)
        make.task(rep, account=person)
        client.force_login(rep)
        client.get(person.get_absolute_url())
        for page, budget in (("detail", 22), ("edit", 12), ("history", 12)):
            with django_assert_max_num_queries(budget):
                assert client.get(page_of(person, page)).status_code == 200

    def test_a_person_who_works_somewhere_shows_that_account_too(self, client, rep, contact, person):
        firm = make.account(rep, "Olivar de Baeza, S.C.A.")
        make.cross_reference(rep, contact, firm)
        client.force_login(rep)

        assert "Olivar de Baeza" in client.get(person.get_absolute_url()).content.decode()
        assert CrossReference.objects.count() == 1
