"""[M8] Proposed accounts for contacts without one: what speaks for them, how sure it is, at which cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from contacts.cross_referencing import add
from contacts.models import Contact, ContactEmail
from contacts.person_accounts import person_account_for
from contacts.proposing import UNDECIDED, Proposed, propose, waiting_contacts
from core.records.channels import EmailDomain
from duplicates.free_mail import is_free_mail
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def firm():
    return make.firm()


@pytest.fixture
def arga(rep) -> Account:
    return make.account(rep, "Cementos Arga, S.A.", website="https://www.arga.example/contacto")


def proposed(contact: Contact, user) -> Proposed:
    return propose([contact], user=user)[0]


def shown(contact: Contact, user) -> list[tuple[str, int]]:
    return [(proposal.account.name, proposal.score) for proposal in proposed(contact, user).proposals]


class TestByDomain:
    def test_the_domain_of_an_e_mail_is_that_of_the_website(self, rep, arga):
        contact = make.contact(rep, "Jon", "Vidal", emails=["jon@arga.example"])

        best = proposed(contact, rep).best

        assert (best.account, best.score, best.reasons) == (arga, 75, ("same web domain arga.example",))

    def test_the_account_has_an_e_mail_of_the_domain(self, rep):
        account = make.account(rep, "Salinas de Añorbe", emails=["info@anorbe.example"])
        contact = make.contact(rep, "Leire", "Otaño", emails=["LEIRE@Anorbe.example"])

        best = proposed(contact, rep).best

        assert (best.account, best.reasons) == (account, ("same e-mail domain anorbe.example",))

    def test_contacts_with_the_domain_belong_to_it_already(self, rep):
        account = make.account(rep, "Harinas Lodosa")
        for first in ("Aitor", "Maite"):
            make.contact(rep, first, "Landa", account=account, emails=[f"{first}@lodosa.example"])
        contact = make.contact(rep, "Iker", "Zubia", emails=["iker@lodosa.example"])

        best = proposed(contact, rep).best

        assert (best.account, best.reasons) == (account, ("2 contacts with lodosa.example are there",))

    def test_an_ended_cross_reference_of_a_colleague_says_nothing(self, rep):
        account = make.account(rep, "Harinas Lodosa")
        gone = make.contact(rep, "Aitor", "Landa", emails=["aitor@lodosa.example"])
        make.cross_reference(rep, gone, account, to_date="2020-01-31")
        contact = make.contact(rep, "Iker", "Zubia", emails=["iker@lodosa.example"])

        assert shown(contact, rep) == []

    @pytest.mark.parametrize(
        "domain",
        ["gmail.com", "hotmail.es", "outlook.com", "yahoo.co.uk", "yahoo.es", "icloud.com", "gmx.at", "web.de"]
        + ["orange.fr", "orange.es", "wanadoo.fr", "libero.it", "telefonica.net", "live.com.mx", "t-online.de"],
    )
    def test_a_public_mail_provider_never_proposes(self, rep, domain):
        account = make.account(rep, "Talleres Olite", website=f"https://{domain}", emails=[f"olite@{domain}"])
        make.contact(rep, "Aitor", "Landa", account=account, emails=[f"aitor@{domain}"])
        contact = make.contact(rep, "Iker", "Zubia", emails=[f"iker@{domain}"])

        assert is_free_mail(domain)
        assert shown(contact, rep) == []

    @pytest.mark.parametrize("domain", ["arga.example", "gmail.arga.example", "live-events.example", "mygmail.com"])
    def test_a_domain_of_its_own_is_no_public_one(self, domain):
        assert not is_free_mail(domain)

    def test_a_domain_of_many_accounts_is_one_of_a_provider_that_nobody_has_listed(self, rep):
        for number in range(6):
            make.account(rep, f"Taller {number}", website="https://market.example")
        contact = make.contact(rep, "Iker", "Zubia", emails=["iker@market.example"])

        assert shown(contact, rep) == []

    def test_the_second_e_mail_counts_when_the_first_is_a_public_one(self, rep, arga):
        contact = make.contact(rep, "Jon", "Vidal", emails=["jon.vidal@gmail.com", "jon@arga.example"])
        assert shown(contact, rep) == [(arga.name, 75)]

    def test_the_contacts_of_a_domain_are_found_by_an_index(self):
        rows = ContactEmail.objects.annotate(domain=EmailDomain("normalized")).filter(domain="arga.example")
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")

        assert "contact_email_domain" in rows.explain()


class TestByName:
    def test_the_company_as_written_with_another_legal_form(self, rep, arga):
        contact = make.contact(rep, "Jon", "Vidal", company_name="CEMENTOS ARGA SL")

        best = proposed(contact, rep).best

        assert (best.score, best.reasons) == (90, ("same company name “Cementos Arga, S.A.”",))

    def test_the_same_name_in_full_comes_before_the_same_key(self, rep, arga):
        other = make.account(rep, "Cementos Arga, S.L.")
        contact = make.contact(rep, "Jon", "Vidal", company_name="Cementos Arga, S.L.")

        assert shown(contact, rep) == [(other.name, 96), (arga.name, 90)]

    @pytest.mark.parametrize("written", ["Cementos Argas", "Cementos Arga Sur", "Cementos Arag"])
    def test_a_similar_name_is_less_sure(self, rep, arga, written):
        contact = make.contact(rep, "Jon", "Vidal", company_name=written)

        best = proposed(contact, rep).best

        assert best.account == arga
        assert 65 <= best.score <= 85
        assert best.reasons == ("similar company name “Cementos Arga, S.A.”",)

    @pytest.mark.parametrize("written", ["Cementos Zudaire", "Cemento", "Arga", "", "S.L.", "…"])
    def test_another_name_proposes_nothing(self, rep, arga, written):
        contact = make.contact(rep, "Jon", "Vidal", company_name=written)
        assert shown(contact, rep) == []

    def test_name_and_domain_together_are_nearly_sure(self, rep, arga):
        contact = make.contact(rep, "Jon", "Vidal", company_name="Cementos Arga", emails=["jon@arga.example"])

        best = proposed(contact, rep).best

        assert best.score == 98
        assert best.reasons == ("same web domain arga.example", "same company name “Cementos Arga, S.A.”")


class TestDoubts:
    def test_several_that_fit_as_well_are_all_shown_and_none_is_sure(self, rep):
        names = ["Hotel Arga", "Hotel Arga, S.L."]
        for name in names:
            make.account(rep, name, website="https://hotelarga.example")
        contact = make.contact(rep, "Jon", "Vidal", emails=["jon@hotelarga.example"])

        found = proposed(contact, rep)

        assert [proposal.account.name for proposal in found.proposals] == names
        assert found.score == UNDECIDED
        assert found.best.doubts == ("several accounts fit as well",)

    def test_another_company_as_written_makes_the_domain_less_sure(self, rep, arga):
        contact = make.contact(rep, "Jon", "Vidal", company_name="Ingeniería Urbasa", emails=["jon@arga.example"])

        best = proposed(contact, rep).best

        assert (best.account, best.score) == (arga, 60)
        assert best.doubts == ("the company as written is another one",)

    def test_a_name_whose_domain_leads_elsewhere_is_less_sure(self, rep, arga):
        written = make.account(rep, "Ingeniería Urbasa")
        contact = make.contact(rep, "Jon", "Vidal", company_name="Ingeniería Urbasa", emails=["jon@arga.example"])

        assert shown(contact, rep) == [(written.name, 76), (arga.name, 60)]
        assert proposed(contact, rep).best.doubts == ("the e-mail domain belongs to another account",)


class TestWhoIsProposed:
    def test_a_person_account_never_is(self, rep):
        person = make.contact(rep, "Ana", "Ruiz", emails=["ana@ruiz.example"], company_name="Ana Ruiz")
        person_account_for(contact=person, actor=rep)
        make.account(rep, "Ana Ruiz", kind="person", website="https://ruiz.example")
        contact = make.contact(rep, "Jon", "Ruiz", emails=["jon@ruiz.example"], company_name="Ana Ruiz")

        assert shown(contact, rep) == []

    def test_an_account_that_one_may_not_change_is_not(self, rep, stranger, arga):
        contact = make.contact(stranger, "Jon", "Vidal", company_name="Cementos Arga", emails=["jon@arga.example"])
        assert shown(contact, stranger) == []

    def test_where_contacts_whom_one_does_not_see_belong_says_nothing(self, rep, stranger):
        mine = make.account(stranger, "Harinas Lodosa")
        hidden = make.contact(rep, "Aitor", "Landa", emails=["aitor@lodosa.example"])
        make.cross_reference(None, hidden, mine)
        contact = make.contact(stranger, "Iker", "Zubia", emails=["iker@lodosa.example"])

        assert shown(contact, stranger) == []

    def test_waiting_are_those_without_account_whom_one_may_change(self, rep, stranger, arga):
        alone = make.contact(rep, "Jon", "Vidal")
        add(contacts=[make.contact(rep, "Pilar", "Salas")], holders=[arga], actor=rep)

        assert list(waiting_contacts(rep)) == [alone]
        assert list(waiting_contacts(stranger)) == []


def test_the_number_of_queries_is_that_of_a_few_contacts(rep):
    for number in range(60):
        make.account(rep, f"Firma {number}, S.L.", website=f"https://firma{number}.example")
        known = make.account(rep, f"Otra {number}", emails=[f"info@otra{number}.example"])
        make.contact(rep, "Maite", f"Oyarzun {number}", account=known, emails=[f"maite@otra{number}.example"])
        emails = [f"jon@firma{number}.example", f"jon@otra{number}.example"]
        make.contact(rep, "Jon", f"Vidal {number}", company_name=f"Firma {number}", emails=emails)
    contacts = list(waiting_contacts(rep).order_by("pk"))

    def queries(some: list[Contact]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert all(one.score > 60 for one in propose(some, user=rep))
        return len(captured)

    assert queries(contacts[:3]) == queries(contacts) <= 5
