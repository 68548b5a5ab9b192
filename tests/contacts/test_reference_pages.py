"""[M8] Prospect contacts and customer contacts: choose, add several, edit in rows; rights, refusals, cost."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account
from contacts.models import CrossReference
from core.records.models import Change
from setup_values.models import ContactRole
from setup_values.values import retire
from tests import make

pytestmark = pytest.mark.django_db
PROSPECTS, CUSTOMERS = "/prospects/contacts/", "/customers/contacts/"


@pytest.fixture(autouse=True)
def firm():
    return make.firm()


@pytest.fixture
def account(rep) -> Account:
    return make.account(rep, "Bodegas Valdecuriel, S.L.")


@pytest.fixture
def reference(rep, account) -> CrossReference:
    return make.cross_reference(rep, make.contact(rep, "Aitor", "Landa Goñi"), account)


def change_url(reference: CrossReference) -> str:
    return reverse("cross_reference_change", args=[reference.pk])


def add_url(record) -> str:
    return reverse("references_add", args=[record.record_type(), record.pk])


class TestChoosing:
    def test_prospects_and_customers_have_pages_of_their_own(self, client, rep, account):
        buyer = make.customer(rep, "Química Montsant")
        client.force_login(rep)

        assert [row["label"] for row in client.get(PROSPECTS).context["shown"]] == [account.name]
        assert [row["label"] for row in client.get(CUSTOMERS).context["shown"]] == [buyer.name]

    def test_who_was_converted_meanwhile_is_found_on_the_other_page(self, client, rep):
        buyer = make.customer(rep)
        client.force_login(rep)

        response = client.get(f"{PROSPECTS}?account={buyer.pk}")

        assert response.url == f"{CUSTOMERS}?account={buyer.pk}"

    @pytest.mark.parametrize("asked", ["x", "-1", "9" * 30, "²"])
    def test_what_is_no_id_is_not_found(self, client, rep, asked):
        client.force_login(rep)
        assert client.get(f"{PROSPECTS}?account={asked}").status_code == 404

    def test_a_person_account_is_not_for_cross_referencing(self, client, rep):
        person = make.account(rep, "Ana Ruiz", kind="person")
        client.force_login(rep)

        assert client.get(PROSPECTS).context["shown"] == []
        for address in (f"{PROSPECTS}?account={person.pk}", reverse("record_contacts", args=["account", person.pk])):
            assert client.get(address).url == person.get_absolute_url()

    def test_search_owner_and_contacts_narrow_the_list(self, client, rep, colleague, account, reference):
        bare = make.account(colleague, "Salinas de Añorbe")
        client.force_login(rep)

        def shown(query: str) -> list[str]:
            return [row["label"] for row in client.get(f"{PROSPECTS}?{query}").context["shown"]]

        assert shown("q=anorbe") == [bare.name]
        assert shown("owner=me") == [account.name]
        assert shown("contacts=none") == [bare.name]
        assert shown("contacts=some") == [account.name]
        assert shown("owner=team") == [account.name, bare.name]
        assert shown("owner=none") == []

    def test_one_without_contacts_stands_out(self, client, rep, account):
        client.force_login(rep)
        assert "due--none" in client.get(PROSPECTS).content.decode()

    def test_the_list_goes_on_page_by_page_and_the_chosen_one_is_always_in_it(self, client, rep):
        for number in range(30):
            make.account(rep, f"Cementos {number:02}")
        client.force_login(rep)
        first = client.get(PROSPECTS)
        last = Account.objects.get(name="Cementos 29")

        second = client.get(f"{PROSPECTS}{first.context['after_url']}")
        chosen = client.get(f"{PROSPECTS}?account={last.pk}")

        assert [row["label"] for row in second.context["shown"]] == [f"Cementos {n}" for n in range(25, 30)]
        assert chosen.context["shown"][0]["label"] == last.name
        assert chosen.context["card"]["title"] == last.name

    def test_by_contact_shows_the_accounts_of_a_contact(self, client, rep, reference):
        client.force_login(rep)

        page = client.get(f"{PROSPECTS}?by=contact&contact={reference.contact_id}")

        assert [row["label"] for row in page.context["card"]["rows"]] == [reference.account.name]

    def test_the_tab_of_those_not_cross_referenced_yet_counts_and_lists_them(self, client, rep, reference):
        alone = make.contact(rep, "Leire", "Otaño")
        client.force_login(rep)

        page = client.get(f"{PROSPECTS}?by=contact&linked=none")

        assert [row["label"] for row in page.context["shown"]] == [alone.full_name]
        tab = page.context["tabs"][3]
        assert (tab["count"], tab["active"], tab["warn"]) == ("1", True, True)

    def test_as_a_list_they_are_searched_filtered_and_exported(self, client, rep, account, reference):
        other = make.cross_reference(rep, make.contact(rep, "Maite", "Oyarzun"), make.customer(rep, "Química Montsant"))
        client.force_login(rep)
        address = "/prospects/contacts/list/"

        assert [row["pk"] for row in client.get(address).context["rows"]] == [reference.pk]
        assert [row["pk"] for row in client.get(f"{address}?q=landa valdecuriel").context["rows"]] == [reference.pk]
        assert client.get(f"{address}?q=oyarzun").context["rows"] == []
        everywhere = client.get(f"/cross-references/?account={other.account_id}")
        assert [row["pk"] for row in everywhere.context["rows"]] == [other.pk]
        exported = (
            b"".join(client.get(f"{address}export/?format=csv").streaming_content).decode("utf-8-sig").splitlines()
        )
        head = "id,version,contact,contact_id,account,account_id,lead,lead_id,role,is_primary,from_date,to_date"
        assert exported[0].startswith(head)
        assert f'Aitor Landa Goñi,{reference.contact_id},"Bodegas Valdecuriel, S.L."' in exported[1]
        assert len(exported) == 2


class TestAdding:
    def test_several_are_added_at_once_in_a_role(self, client, rep, account):
        people = [make.contact(rep) for _number in range(3)]
        role = make.value(ContactRole, "User")
        client.force_login(rep)

        client.post(add_url(account), {"contact": [one.pk for one in people], "role": role.pk})

        assert CrossReference.objects.filter(account=account, role=role).count() == 3

    def test_a_second_post_adds_nothing_and_says_so(self, client, rep, account):
        person = make.contact(rep)
        client.force_login(rep)
        client.post(add_url(account), {"contact": [person.pk]})

        response = client.post(add_url(account), {"contact": [person.pk]}, follow=True)

        assert CrossReference.objects.count() == 1
        assert "1 was there already." in response.content.decode()

    def test_accounts_are_added_to_a_contact(self, client, rep, account):
        person, other = make.contact(rep), make.customer(rep)
        client.force_login(rep)

        client.post(add_url(person), {"account": [account.pk, other.pk]})

        assert {row.account for row in person.cross_references.all()} == {account, other}

    def test_contacts_are_added_to_a_lead(self, client, rep):
        lead, person = make.lead(rep), make.contact(rep)
        client.force_login(rep)

        response = client.post(add_url(lead), {"contact": [person.pk]})

        assert CrossReference.objects.get().lead == lead
        assert response.url == f"/cross-references/of/lead/{lead.pk}/#references"
        assert person.full_name in client.get(response.url).content.decode()

    def test_an_invisible_contact_is_refused_and_nothing_is_written(self, client, rep, stranger, account):
        seen, hidden = make.contact(rep), make.contact(stranger)
        client.force_login(rep)

        response = client.post(add_url(account), {"contact": [seen.pk, hidden.pk]})

        assert response.status_code == 404
        assert not CrossReference.objects.exists()

    def test_an_account_that_may_not_be_changed_is_refused_and_nothing_is_written(
        self, client, rep, read_only, account
    ):
        person = make.contact(rep)
        client.force_login(read_only)

        assert client.post(add_url(account), {"contact": [person.pk]}).status_code == 403
        assert client.post(add_url(person), {"account": [account.pk]}).status_code == 403
        assert not CrossReference.objects.exists()

    def test_a_stranger_finds_neither_page_nor_card(self, client, rep, stranger, account, reference):
        client.force_login(stranger)

        assert client.get(PROSPECTS).context["shown"] == []
        assert client.get(f"{PROSPECTS}?account={account.pk}").status_code == 404
        assert client.get(reverse("record_contacts", args=["account", account.pk])).status_code == 404
        assert client.post(add_url(account), {"contact": []}).status_code == 404
        assert client.post(change_url(reference), {"do": "end"}).status_code == 404
        reference.refresh_from_db()
        assert reference.to_date is None

    def test_a_row_is_seen_only_when_both_ends_are(self, client, rep, stranger, account, reference):
        hidden = make.contact(stranger, "Iker", "Sur")
        make.cross_reference(rep, hidden, account)
        client.force_login(rep)

        page = client.get(f"{PROSPECTS}?account={account.pk}")

        assert [row["label"] for row in page.context["card"]["rows"]] == ["Aitor Landa Goñi"]
        assert page.context["shown"][0]["count"] == 1
        assert "Iker" not in client.get(account.get_absolute_url()).content.decode()
        assert "Iker" not in client.get("/cross-references/").content.decode()

    def test_without_scripts_letters_lead_to_check_boxes(self, client, rep, account, reference):
        person = make.contact(rep, "Leire", "Otaño")
        client.force_login(rep)
        here = f"{PROSPECTS}?account={account.pk}"

        asked = client.post(add_url(account), {"find": "otan", "next": here})
        page = client.get(asked.url)

        assert f'<input class="form-check-input" type="checkbox" name="contact" value="{person.pk}">' in (
            page.content.decode()
        )
        client.post(add_url(account), {"contact": [person.pk], "next": here})
        assert person.cross_references.get().account == account

    def test_the_way_back_leads_only_to_pages_of_this_site(self, client, rep, account):
        person = make.contact(rep)
        client.force_login(rep)

        response = client.post(add_url(account), {"contact": [person.pk], "next": "https://elsewhere.example/"})

        assert response.url.startswith("/cross-references/of/account/")


class TestRows:
    def test_role_and_dates_are_written_and_noted(self, client, rep, reference):
        role = make.value(ContactRole, "Decides")
        client.force_login(rep)

        client.post(
            change_url(reference),
            {"do": "save", "role": role.pk, "from_date": "2026-02-24", "to_date": "", "version": reference.version},
        )

        reference.refresh_from_db()
        assert (reference.role, reference.from_date, reference.to_date) == (role, datetime.date(2026, 2, 24), None)
        noted = Change.objects.get(record_type="crossreference", kind="update")
        assert (noted.actor, noted.after["role_id"]) == (rep, role.pk)
        page = client.get(reverse("cross_reference_history", args=[reference.pk])).content.decode()
        assert "Decides" in page

    def test_a_button_keeps_what_was_changed_in_its_row(self, client, rep, reference):
        role = make.value(ContactRole, "Decides")
        client.force_login(rep)

        client.post(change_url(reference), {"do": "primary", "role": role.pk, "version": reference.version})

        reference.refresh_from_db()
        assert (reference.role, reference.is_primary) == (role, True)
        reference.account.refresh_from_db()
        assert reference.account.primary_contact == reference.contact

    def test_every_button_may_be_pressed_twice(self, client, rep, reference):
        client.force_login(rep)
        for button in ("primary", "not_primary", "end", "reopen"):
            for _time in range(2):
                assert client.post(change_url(reference), {"do": button}).status_code == 302
        reference.refresh_from_db()
        assert (reference.is_primary, reference.to_date) == (False, None)

    def test_ending_and_removing_and_the_way_back(self, client, rep, reference):
        client.force_login(rep)
        client.post(change_url(reference), {"do": "end"})
        reference.refresh_from_db()
        assert reference.to_date == timezone.localdate()

        page = client.post(change_url(reference), {"do": "remove"}, follow=True)
        assert not CrossReference.objects.exists()
        assert "Undo" in page.content.decode()
        twice = client.post(change_url(reference), {"do": "remove"}, follow=True)
        assert "removed already" in twice.content.decode()

    def test_what_somebody_changed_meanwhile_is_not_overwritten(self, client, rep, colleague, reference):
        decides, buys = make.value(ContactRole, "Decides"), make.value(ContactRole, "Buys")
        seen = reference.version
        client.force_login(colleague)
        client.post(change_url(reference), {"do": "save", "role": decides.pk, "version": seen})
        client.force_login(rep)

        page = client.post(change_url(reference), {"do": "save", "role": buys.pk, "version": seen}, follow=True)

        reference.refresh_from_db()
        assert reference.role == decides
        assert "changed it meanwhile" in page.content.decode()

    def test_an_end_before_the_beginning_is_refused_in_words(self, client, rep, reference):
        client.force_login(rep)

        page = client.post(
            change_url(reference), {"do": "save", "from_date": "2026-02-24", "to_date": "2026-02-01"}, follow=True
        )

        assert "end lies before the beginning" in page.content.decode()
        reference.refresh_from_db()
        assert reference.from_date is None

    def test_a_retired_role_stays_on_its_row_and_is_offered_to_no_other(self, client, rep, account, reference):
        role = make.value(ContactRole, "Decides")
        client.force_login(rep)
        client.post(change_url(reference), {"do": "save", "role": role.pk})
        make.cross_reference(rep, make.contact(rep), account)
        retire(ContactRole.objects.get(pk=role.pk), actor=make.user("administrator"))

        rows = client.get(f"{PROSPECTS}?account={account.pk}").context["card"]["rows"]

        offered = {row["reference"].pk: [pk for pk, _name in row["roles"]] for row in rows}
        assert role.pk in offered.pop(reference.pk)
        assert list(offered.values()) == [[]]

    def test_somebody_who_only_reads_gets_no_controls(self, client, read_only, account, reference):
        client.force_login(read_only)

        page = client.get(f"{PROSPECTS}?account={account.pk}")

        assert change_url(reference) not in page.content.decode()
        by_contact = client.get(f"{PROSPECTS}?by=contact&contact={reference.contact_id}")
        assert page.context["card"]["add"] is by_contact.context["card"]["add"] is None
        assert client.post(change_url(reference), {"do": "end"}).status_code == 403

    def test_a_bulk_action_ends_many_of_a_list(self, client, rep, account, reference):
        other = make.cross_reference(rep, make.contact(rep), account)
        client.force_login(rep)

        client.post(
            "/prospects/contacts/list/bulk/", {"action": "end", "confirmed": "1", "ids": [reference.pk, other.pk]}
        )

        assert CrossReference.objects.filter(to_date=timezone.localdate()).count() == 2
