"""What one representative keeps, a stranger finds nowhere: pages, lists, search, palette, counts and pickers."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from core.records.models import Record
from setup_values.models import Firm
from tests import make
from tests.browser import walking

pytestmark = pytest.mark.django_db(transaction=True)

LISTS = ["lead_list", "account_list", "prospect_list", "contact_list", "opportunity_list", "task_list"]
LISTS += ["interaction_list", "cross_reference_list", "prospect_reference_list", "prospect_contacts"]
OVERVIEWS = ["home", "my_work", "trash"]


@pytest.fixture
def records() -> list[Record]:
    """One record of each kind of Rosa's, all of them called after Arnedo."""
    make.firm()
    owner = make.user("rep", name="Rosa Rep", email="rosa@norteko.example")
    account = make.account(owner, "Bodegas Arnedo")
    contact = make.contact(owner, "Pilar", "Arnedo", account=account)
    sale = make.opportunity(owner, account, "Arnedo gate valves")
    yield [
        account,
        contact,
        sale,
        make.lead(owner, "Aitor", "Arnedo"),
        make.task(owner, "Call Arnedo", account=account),
        make.interaction(owner, "Visit at Arnedo", account=account),
    ]
    Firm.forget()


def test_a_stranger_finds_nothing_of_what_the_owner_keeps(records, page, live_server, sign_in, problems):
    problems.allow("status of 404")
    owner, stranger = records[0].owner, make.user("rep", name="Simon Stranger", team=make.team("South"))
    search, palette = (f"{live_server.url}{reverse(name)}?q=arnedo" for name in ("search", "palette"))

    for user, status in ((owner, 200), (stranger, 404)):
        sign_in(user)
        for record in records:
            assert page.goto(live_server.url + record.get_absolute_url()).status == status, record
            assert ("Arnedo" in page.content()) == (user == owner), record

    # The owner's pages first, so that an empty page of the stranger's is no accident of the test.
    for user in (owner, stranger):
        sign_in(user)
        for name in LISTS:
            walking.go(page, live_server, name)
            assert ("Arnedo" in page.content()) == (user == owner), (name, user)
        for address in (search, palette):
            page.goto(address)
            assert bool(re.search("Bodegas Arnedo|Pilar Arnedo", page.content())) == (user == owner), (address, user)

    for name in OVERVIEWS:
        walking.go(page, live_server, name)
        assert "Arnedo" not in page.content(), name
    walking.go(page, live_server, "home")
    assert set(page.locator(".stats__value").all_inner_texts()) == {"0"}
    assert page.locator(".menu__count").count() == 0


@pytest.mark.parametrize("name", ["task_create", "opportunity_create", "cross_reference_create"])
def test_a_picker_offers_records_to_their_owner_and_not_to_a_stranger(name, records, page, live_server, sign_in):
    owner, stranger = records[0].owner, make.user("rep", name="Simon Stranger", team=make.team("South"))
    offered = {}
    for user in (owner, stranger):
        sign_in(user)
        walking.go(page, live_server, name)
        box = page.locator("main select[name=account] + .ts-wrapper .ts-control")
        box.click()
        with page.expect_response(lambda response: "q=arnedo" in response.url):
            page.keyboard.type("arnedo")
        found = page.locator(".ts-dropdown:visible .ts-dropdown-content:not([aria-busy])")
        expect(found).to_be_visible()
        offered[user.name] = "Bodegas Arnedo" in found.inner_text()

    assert offered == {"Rosa Rep": True, "Simon Stranger": False}
