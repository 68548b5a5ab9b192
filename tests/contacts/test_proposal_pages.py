"""[M8] The pages of contacts without account: what they show, accepting by a button, rights, cost."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from contacts import accepting, proposal_page
from contacts.acceptance_models import AcceptanceRun
from contacts.cross_referencing import change
from contacts.models import Contact, CrossReference
from core.jobs.models import Job
from core.jobs.runner import run_job
from setup_values.models import ContactRole
from tests import make
from tests.contacts.test_accepting import alone

pytestmark = pytest.mark.django_db
PAGE, ACCEPT, ALL = "/contacts/proposals/", "/contacts/proposals/accept/", "/contacts/proposals/all/"


@pytest.fixture(autouse=True)
def firm():
    return make.firm()


@pytest.fixture
def arga(rep) -> Account:
    return make.account(rep, "Cementos Arga, S.A.", website="https://arga.example", billing_city="Tafalla")


@pytest.fixture
def browser(client, rep):
    client.force_login(rep)
    return client


def shown(response: Any) -> list[tuple[str, int]]:
    return [(str(row["contact"]), row["best"].score if row["best"] else 0) for row in response.context["rows"]]


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


class TestThePage:
    def test_every_contact_without_account_stands_with_its_proposal_and_why(self, browser, rep, arga):
        alone(rep, 1)
        make.contact(rep, "Leire", "Otaño", emails=["leire@gmail.com"])
        make.contact(rep, "Pilar", "Salas", account=arga, emails=["pilar@gmail.com"])

        response = browser.get(PAGE)

        assert shown(response) == [("Leire Otaño", 0), ("Jon Vidal 001", 98)]
        page = response.content.decode()
        assert "same web domain arga.example" in page
        assert "98 %" in page
        assert "Nothing speaks for an account" in page
        assert reverse("contact_accounts", args=[Contact.objects.get(last_name="Otaño").pk]) in page

    def test_where_several_fit_as_well_all_are_offered_and_none_is_chosen(self, browser, rep):
        for name in ("Hotel Arga", "Hotel Arga, S.L."):
            make.account(rep, name, website="https://hotelarga.example")
        make.contact(rep, "Jon", "Vidal", emails=["jon@hotelarga.example"])

        response = browser.get(PAGE)

        row = response.context["rows"][0]
        assert [text.split(" · ")[::3] for _pk, text in row["options"]] == [
            ["Hotel Arga", "55 %"],
            ["Hotel Arga, S.L.", "55 %"],
        ]
        assert row["must_choose"]
        assert "several accounts fit as well" in response.content.decode()

    def test_a_least_score_leaves_out_what_is_less_sure(self, browser, rep, arga):
        alone(rep, 1)
        alone(rep, 2, company="")
        make.contact(rep, "Leire", "Otaño", emails=["leire@gmail.com"])

        assert shown(browser.get(f"{PAGE}?least=90")) == [("Jon Vidal 001", 98)]
        assert len(shown(browser.get(f"{PAGE}?least=75"))) == 2
        assert len(shown(browser.get(f"{PAGE}?least=x"))) == 3

    def test_it_goes_on_page_by_page(self, browser, rep, arga, monkeypatch):
        monkeypatch.setattr("contacts.proposal_views.PAGE_SIZE", 2)
        for number in range(5):
            alone(rep, number)

        first = browser.get(PAGE)
        second = browser.get(f"{PAGE}?after={first.context['page'].after}")

        assert [name for name, _score in shown(second)] == ["Jon Vidal 002", "Jon Vidal 001"]

    def test_when_nobody_is_left_it_says_so(self, browser):
        assert "Every contact has an account" in browser.get(PAGE).content.decode()

    def test_the_ways_that_lead_there(self, browser, rep, arga, admin, client):
        alone(rep, 1)
        assert f'href="{PAGE}"' in browser.get("/contacts/?view=not-cross-referenced").content.decode()
        assert f'href="{PAGE}"' in browser.get("/").content.decode()
        client.force_login(admin)
        make.contact(admin, "Pilar", "Salas", account=make.customer(admin, "Aceites Jaén"))
        assert f'href="{PAGE}"' in client.get("/setup/").content.decode()

    def test_a_firm_that_sells_to_people_has_no_such_entry_in_the_menu(self, browser):
        make.firm(mode="b2c")
        assert f'href="{PAGE}"' not in browser.get("/").content.decode()


class TestAccepting:
    def test_a_click_cross_references_and_the_message_undoes(self, browser, rep, arga):
        contact, role = alone(rep, 1), make.value(ContactRole, "User")

        response = browser.post(
            ACCEPT,
            {"contact": contact.pk, "account": arga.pk, "role": role.pk, "next": f"{PAGE}?least=75"},
            follow=True,
        )

        assert response.redirect_chain[-1][0] == f"{PAGE}?least=75"
        assert said(response) == ["Cross-referenced to Cementos Arga, S.A.: Jon Vidal 001"]
        assert CrossReference.objects.get(contact=contact).role == role
        message = next(iter(response.context["messages"]))
        undone = browser.post(message.extra_tags.removeprefix("undo:"), follow=True)
        assert said(undone) == ["1 cross-reference was taken back."]
        assert not CrossReference.objects.exists()

    def test_another_of_the_accounts_can_be_chosen(self, browser, rep, arga):
        other = make.account(rep, "Harinas Lodosa")
        contact = alone(rep, 1)

        browser.post(ACCEPT, {"contact": contact.pk, "account": other.pk})

        assert CrossReference.objects.get().account == other

    def test_a_second_click_adds_nothing_and_says_so(self, browser, rep, arga):
        sent = {"contact": alone(rep, 1).pk, "account": arga.pk}
        browser.post(ACCEPT, sent)

        response = browser.post(ACCEPT, sent, follow=True)

        assert "Jon Vidal 001 has an account meanwhile." in said(response)
        assert CrossReference.objects.count() == 1

    def test_without_a_choice_it_asks_for_one(self, browser, rep, arga):
        response = browser.post(ACCEPT, {"contact": alone(rep, 1).pk, "account": ""}, follow=True)
        assert said(response) == ["Choose the account of Jon Vidal 001 first."]

    def test_a_person_account_is_refused_in_words(self, browser, rep):
        person = make.account(rep, "Ana Ruiz", kind="person")
        response = browser.post(ACCEPT, {"contact": alone(rep, 1).pk, "account": person.pk}, follow=True)
        assert "This account is a person" in said(response)[0]

    @pytest.mark.parametrize("sent", [{}, {"contact": "x"}, {"contact": "9" * 30}, {"contact": "-1"}])
    def test_what_is_no_contact_is_not_found(self, browser, arga, sent):
        assert browser.post(ACCEPT, {**sent, "account": arga.pk}).status_code == 404

    def test_another_teams_contact_or_account_is_not_found(self, client, rep, stranger, arga):
        client.force_login(stranger)
        mine, own = alone(stranger, 1), make.account(stranger, "Harinas Lodosa")

        assert client.post(ACCEPT, {"contact": alone(rep, 2).pk, "account": own.pk}).status_code == 404
        assert client.post(ACCEPT, {"contact": mine.pk, "account": arga.pk}).status_code == 404
        assert not CrossReference.objects.exists()

    def test_whoever_changes_nothing_is_refused(self, client, rep, read_only, arga):
        contact = alone(rep, 1)
        client.force_login(read_only)

        assert client.get(PAGE).status_code == 403
        assert client.post(ACCEPT, {"contact": contact.pk, "account": arga.pk}).status_code == 403
        assert not CrossReference.objects.exists()


class TestAcceptingAll:
    def test_the_preview_counts_and_writes_nothing(self, browser, rep, arga):
        alone(rep, 1)
        alone(rep, 2, company="")

        response = browser.get(f"{ALL}?least=75")

        assert [(score["score"], score["value"]) for score in response.context["scores"]] == [
            (60, "2"),
            (75, "2"),
            (90, "1"),
        ]
        assert "Accept 2 proposals" in response.content.decode()
        assert not CrossReference.objects.exists()

    def test_of_more_than_it_looks_at_it_says_at_least(self, browser, rep, arga, monkeypatch):
        monkeypatch.setattr(proposal_page, "PREVIEWED", 2)
        for number in range(3):
            alone(rep, number)

        response = browser.get(f"{ALL}?least=90")

        assert response.context["reached"] == "2+"
        assert "Accept all of 90 % and more" in response.content.decode()

    def test_where_none_of_the_first_reaches_the_score_it_says_nothing_of_the_others(
        self, browser, rep, arga, monkeypatch
    ):
        monkeypatch.setattr(proposal_page, "PREVIEWED", 2)
        for number in range(3):
            alone(rep, number, company="")
        shown = browser.get(f"{ALL}?least=90").content.decode()

        assert "None of the newest contacts reaches this score" in shown
        assert "No proposal reaches this score" not in shown

    def test_few_are_accepted_at_once_and_undone_by_the_message(self, browser, rep, arga):
        for number in range(3):
            alone(rep, number)

        response = browser.post(ALL, {"least": "90"}, follow=True)

        assert said(response) == ["3 contacts were cross-referenced."]
        changed = CrossReference.objects.first()
        change(reference=changed, actor=rep, role=make.value(ContactRole, "User"))
        undo = next(iter(response.context["messages"])).extra_tags.removeprefix("undo:")
        assert said(browser.post(undo, follow=True)) == [
            "2 cross-references were taken back.",
            "1 stays: it was changed since.",
        ]
        assert said(browser.post(undo, follow=True)) == ["It has been taken back already."]
        assert list(CrossReference.objects.all()) == [changed]

    def test_a_second_click_finds_nothing_more(self, browser, rep, arga):
        alone(rep, 1)
        browser.post(ALL, {"least": "90"})
        assert said(browser.post(ALL, {"least": "90"}, follow=True))[-1] == "No proposal reaches 90 %."

    def test_many_have_a_page_with_progress_report_and_undo(self, browser, rep, arga, monkeypatch):
        monkeypatch.setattr(accepting, "MOST_AT_ONCE", 2)
        for number in range(3):
            alone(rep, number)
        address = browser.post(ALL, {"least": "90"}).url
        run = AcceptanceRun.objects.get()

        assert "Waiting for its turn" in browser.get(address).content.decode()
        assert "in the background" in browser.get(PAGE).content.decode()
        assert "HX-Refresh" not in browser.get(f"{address}progress/").headers
        run_job.func(run.job_id)
        assert browser.get(f"{address}progress/").headers["HX-Refresh"] == "true"
        assert [part["value"] for part in browser.get(address).context["sum"]] == ["3", "3"]
        assert browser.post(reverse("contact_proposals_undo", args=[run.operation])).url == address
        run.refresh_from_db()
        run_job.func(run.undo_job_id)
        assert [part["value"] for part in browser.get(address).context["sum"]] == ["3", "3", "3", "0"]
        assert not CrossReference.objects.exists()

    def test_one_under_way_is_cancelled_and_a_stopped_one_resumed(self, browser, rep, arga, monkeypatch):
        monkeypatch.setattr(accepting, "MOST_AT_ONCE", 2)
        for number in range(3):
            alone(rep, number)
        address = browser.post(ALL, {"least": "90"}).url
        run = AcceptanceRun.objects.get()
        Job.objects.filter(pk=run.job_id).update(state=Job.State.STOPPED, error="The disk is full.")
        stopped = browser.get(address).content.decode()
        assert "The disk is full." in stopped
        assert all(f'action="{address}{way}/"' in stopped for way in ("resume", "cancel"))

        browser.post(f"{address}resume/")
        assert Job.objects.get().state == Job.State.WAITING
        browser.post(f"{address}cancel/")
        assert Job.objects.get().state == Job.State.CANCELLED

    def test_what_a_colleague_has_started_is_hidden(self, client, rep, colleague, arga):
        alone(rep, 1)
        run = accepting.accept_above(least_score=90, actor=rep)
        client.force_login(colleague)

        assert client.get(reverse("contact_proposals_run", args=[run.pk])).status_code == 404
        assert client.post(reverse("contact_proposals_undo", args=[run.operation])).status_code == 404
        assert client.post(reverse("contact_proposals_undo", args=[uuid.uuid4()])).status_code == 404
        assert CrossReference.objects.count() == 1


def test_the_queries_of_the_page_are_those_of_three_contacts(browser, rep):
    def fill(numbers: range) -> None:
        for number in numbers:
            account = make.account(rep, f"Firma {number}, S.L.", emails=[f"info@firma{number}.example"])
            make.contact(rep, "Maite", "Oyarzun", account=account, emails=[f"maite@firma{number}.example"])
            alone(rep, number, company=f"Firma {number}", domain=f"firma{number}.example")

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        # The firm is remembered for some seconds and then read again, whatever the page.
        return sum('"setup_values_firm"' not in query["sql"] for query in captured)

    addresses = (PAGE, f"{PAGE}?least=60", ALL)
    fill(range(3))
    few = [queries(address) for address in addresses]
    fill(range(3, 60))

    assert [queries(address) for address in addresses] == few
    assert max(few) <= 18
