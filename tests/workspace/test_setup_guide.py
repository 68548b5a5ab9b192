"""[S2] The order of events with live progress: required steps block, optional ones advise."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.records.means import Means
from core.records.trash import delete_record
from setup_values.models import Firm, LeadStatus, OpportunityStatus
from setup_values.starter import load_starter
from tests import make
from workspace.setup_guide import detailed_progress, menu_fraction, setup_progress, uncrossed_contacts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def firm():
    yield make.firm()
    Firm.forget()


@pytest.fixture
def administrator(client):
    user = make.user("administrator", name="Marta Ibarra")
    client.force_login(user)
    return user


def states() -> dict[str, str]:
    return {step.key: step.state for step in setup_progress().steps}


def texts(user) -> dict[str, str]:
    return {step.key: step.text for step in detailed_progress(user).steps}


def test_s2_an_empty_installation_begins_with_its_values_and_work_is_blocked(administrator):
    assert states() == {
        "values": "current",
        "contacts": "open",
        "prospects": "open",
        "customers": "open",
        "work": "blocked",
        "start": "open",
    }
    progress = detailed_progress(administrator)
    assert (progress.done, progress.total, progress.percent) == (0, 6, 0)
    assert progress.steps[0].text == "2 required catalogs, 12 optional ones · 6 values are missing"
    assert progress.steps[4].text == "Unlocked when step 1 is complete"


def test_s2_the_steps_follow_what_is_entered(administrator):
    load_starter("en", administrator)
    assert states()["values"] == "done"
    assert states()["contacts"] == "current"
    rep = make.user()
    assert states()["start"] == "done"
    contact = make.contact(rep)
    assert states()["prospects"] == "current"
    account = make.account(rep)
    assert states()["prospects"] == "current"
    make.cross_reference(rep, contact, account)
    assert states()["customers"] == "current"
    buyer = make.contact(rep, account=make.customer(rep))
    assert states()["work"] == "current"
    make.lead(rep, status=LeadStatus.objects.filter(meaning="open").first())

    progress = setup_progress()
    assert progress.is_complete
    assert progress.fraction == "6/6"
    assert texts(administrator)["customers"] == "1 customer, 1 cross-reference"
    assert buyer.pk


def test_s2_the_figures_are_those_of_the_moment(administrator):
    rep = make.user()
    make.statuses()
    account = make.account(rep)
    make.contact(rep, account=account)
    make.contact(rep)
    make.opportunity(rep, account)
    make.task(rep, account=account)

    found = texts(administrator)

    assert found["contacts"] == "2 contacts imported or entered"
    assert found["prospects"] == "1 prospect, 1 cross-reference"
    assert found["customers"] == "0 customers, 0 cross-references · 1 contact without cross-reference"
    assert found["work"] == "0 leads, 1 opportunity, 1 task, 0 interactions"
    customers = next(step for step in detailed_progress(administrator).steps if step.key == "customers")
    assert (customers.percent, customers.label) == (50, "Cross-reference 1")


def test_s2_what_is_in_the_trash_does_not_count(administrator):
    contact = make.contact(make.user())
    delete_record(contact, actor=administrator, means=Means("form"))

    assert states()["contacts"] == "open"
    assert not uncrossed_contacts().exists()


def test_s2_in_b2c_contacts_may_stand_alone(administrator):
    rep = make.user()
    make.contact(rep)
    make.contact(rep, account=make.customer(rep))
    assert states()["customers"] != "done"

    make.firm(mode="b2c")

    assert states()["customers"] == "done"
    assert "without cross-reference" not in texts(administrator)["customers"]


def test_s2_figures_count_only_what_a_reader_may_see(administrator):
    make.contact(make.user("rep", team=make.team("South")))
    stranger = make.user("rep", team=make.team("North"))

    assert texts(stranger)["contacts"] == "From Outlook, a phone or another CRM, or typed in"
    assert texts(administrator)["contacts"] == "1 contact imported or entered"


def test_s2_the_state_costs_one_query_and_the_page_a_fixed_number(administrator, client, django_assert_num_queries):
    Firm.current()  # kept for ten seconds
    with django_assert_num_queries(1):
        setup_progress()
    with django_assert_num_queries(1):
        menu_fraction(administrator)
    load_starter("en", administrator)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("setup"))
        return len(found)

    few = queries()
    rep = make.user()
    for _number in range(5):
        make.contact(rep, account=make.account(rep))
        make.lead(rep, status=LeadStatus.objects.filter(meaning="open").first())
    assert queries() == few <= 22


def test_s2_the_menu_counts_for_administrators_until_all_is_done_or_hidden(administrator):
    assert menu_fraction(administrator) == "0/6"
    assert menu_fraction(make.user("manager")) == ""
    make.firm(setup_dismissed=True)
    assert menu_fraction(administrator) == ""


def test_s2_the_page_shows_an_administrator_what_is_missing_and_the_two_ways_out(administrator, client):
    make.statuses()
    OpportunityStatus.objects.filter(meaning="lost").update(is_active=False)  # as if no rule had held it

    page = client.get(reverse("setup")).content.decode()

    assert "1 required value is missing" in page
    assert "<strong>Opportunity statuses</strong> no active value means “lost”" in page
    assert reverse("starter_load") in page
    assert reverse("demo_load") in page
    assert reverse("catalog", args=["opportunity-statuses"]) in page
    assert "Missing: “lost”" in page


def test_s2_others_see_the_page_without_buttons_and_with_the_name_of_whom_to_ask(client):
    make.user("administrator", name="Marta Ibarra")
    client.force_login(make.user("rep"))

    page = client.get(reverse("setup")).content.decode()

    assert "Ask Marta Ibarra to add it." in page
    assert "Setup values are edited by: Marta Ibarra" in page
    for address in ("starter_load", "demo_load", "setup_dismiss", "firm_settings", "catalogs"):
        assert reverse(address) not in page
    assert reverse("catalog", args=["sources"]) not in page


def test_s2_the_starter_set_opens_the_page_and_the_gate(administrator, client):
    answer = client.post(reverse("starter_load"), {"language": "en"}, follow=True)

    assert "cannot be entered yet" not in answer.content.decode()
    assert states()["values"] == "done"


def test_s2_the_steps_are_hidden_and_found_again(administrator, client):
    client.post(reverse("setup_dismiss"))

    assert Firm.objects.get().setup_dismissed
    page = client.get(reverse("setup"))
    assert page.status_code == 200
    assert "Show steps again" in page.content.decode()
    client.post(reverse("setup_dismiss"), {"show": "1"})
    assert not Firm.objects.get().setup_dismissed


def test_s2_only_an_administrator_hides_them(client):
    client.force_login(make.user("manager"))

    assert client.post(reverse("setup_dismiss")).status_code == 404
    assert not Firm.objects.get().setup_dismissed


def test_s2_the_page_says_it_in_spanish(administrator, client):
    administrator.language = "es"
    administrator.save()

    assert client.get(reverse("setup")).status_code == 200
