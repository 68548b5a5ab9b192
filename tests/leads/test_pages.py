"""The pages of a lead: the gate, qualifying, disqualifying, many at once."""

import pytest

from accounts.models import Account
from leads.models import Lead
from opportunities.models import Opportunity
from setup_values.models import DisqualificationReason
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep(client):
    make.firm()
    user = make.user("rep")
    client.force_login(user)
    return user


def lead_form(**values):
    formsets = {}
    for name in ("emails", "phones"):
        formsets |= {f"{name}-TOTAL_FORMS": "1", f"{name}-INITIAL_FORMS": "0", f"{name}-0-value": ""}
    return {**formsets, "emails-0-kind": "work", "phones-0-kind": "work", **values}


def test_without_catalogs_a_lead_is_refused_and_the_missing_ones_are_named(rep, client):
    page = client.post("/leads/new/", lead_form(last_name="Landa"))
    assert page.status_code == 422
    assert "Lead statuses" in page.content.decode() or "lead statuses" in page.content.decode()
    assert Lead.objects.count() == 0


def test_saves_a_lead_with_its_e_mail(rep, client):
    make.statuses()
    status = str(Lead._meta.get_field("status").related_model.objects.get(meaning="open").pk)
    data = lead_form(
        last_name="Landa", company="Bodegas", status=status, owner=str(rep.pk), **{"emails-0-value": "a@b.example"}
    )
    answer = client.post("/leads/new/", data)
    lead = Lead.objects.get()
    assert answer.headers["Location"] == lead.get_absolute_url()
    assert (lead.email, lead.owner, lead.state) == ("a@b.example", rep, "open")


def test_a_lead_needs_a_last_name_or_a_company(rep, client):
    make.statuses()
    status = str(Lead._meta.get_field("status").related_model.objects.get(meaning="open").pk)
    page = client.post("/leads/new/", lead_form(first_name="Aitor", status=status))
    assert page.status_code == 422
    assert "Enter a last name or a company." in page.content.decode()


def qualify_form(**values):
    choices = {f"{part}_choice": "create" for part in ("contact", "account", "opportunity")}
    return {
        **choices,
        "first_name": "Aitor",
        "last_name": "Landa",
        "account_name": "Bodegas",
        "kind": "organization",
        "topic": "Valves",
        "currency": "EUR",
        **values,
    }


def test_the_page_proposes_a_sure_match(rep, client):
    account = make.account(rep, "Bodegas Valdecuriel")
    lead = make.lead(rep, company="BODEGAS VALDECURIEL, S.L.")
    page = client.get(f"/leads/{lead.pk}/qualify/").content.decode()
    assert "same company name" in page
    assert f'name="account" value="{account.pk}" checked' in page


def test_qualifies_and_leads_to_the_opportunity(rep, client):
    lead = make.lead(rep)
    answer = client.post(f"/leads/{lead.pk}/qualify/", qualify_form())
    assert answer.headers["Location"] == Opportunity.objects.get().get_absolute_url()


def test_an_invisible_record_cannot_be_used(rep, client):
    hidden = make.account(make.user("rep", team=make.team("South")))
    lead = make.lead(rep)
    page = client.post(f"/leads/{lead.pk}/qualify/", qualify_form(account_choice="existing", account=str(hidden.pk)))
    assert page.status_code == 422
    assert Lead.objects.get(pk=lead.pk).state == "open"


@pytest.mark.parametrize("junk", ["", "0", "-1", "9" * 30, "x", "١٢"])
def test_a_chosen_record_that_is_no_record_is_refused(rep, client, junk):
    lead = make.lead(rep)
    page = client.post(f"/leads/{lead.pk}/qualify/", qualify_form(account_choice="existing", account=junk))
    assert page.status_code == 422
    assert Account.objects.count() == 0


def test_skipping_everything_says_so_and_keeps_the_lead(rep, client):
    lead = make.lead(rep)
    skip = {f"{part}_choice": "skip" for part in ("contact", "account", "opportunity")}
    page = client.post(f"/leads/{lead.pk}/qualify/", qualify_form(**skip))
    assert page.status_code == 422
    assert "a qualified lead leads to something" in page.content.decode()


def test_disqualifying_asks_for_the_reason_once_there_are_reasons(rep, client):
    lead = make.lead(rep)
    reason = make.value(DisqualificationReason, "No budget")
    assert client.post(f"/leads/{lead.pk}/disqualify/", {}).status_code == 422
    assert client.post(f"/leads/{lead.pk}/disqualify/", {"reason": str(reason.pk)}).status_code == 302
    assert Lead.objects.get(pk=lead.pk).disqualification_reason == reason


def test_a_stranger_finds_no_page(client):
    make.firm()
    lead = make.lead(make.user("rep"))
    client.force_login(make.user("rep", team=make.team("South")))
    for page in ("", "edit/", "qualify/", "disqualify/", "history/", "delete/"):
        assert client.get(f"/leads/{lead.pk}/{page}").status_code == 404
    assert client.post(f"/leads/{lead.pk}/reactivate/").status_code == 404


def test_qualifying_many_reports_each_and_one_failure_undoes_no_other(rep, client):
    good, closed = make.lead(rep), make.lead(rep)
    client.post(f"/leads/{closed.pk}/disqualify/", {})
    ids = [str(good.pk), str(closed.pk)]
    page = client.post("/leads/bulk/?view=recent", {"action": "qualify", "ids": ids, "confirmed": "1"}).content.decode()
    assert Lead.objects.get(pk=good.pk).state == "qualified"
    assert "It is closed already." in page
