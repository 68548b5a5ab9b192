"""Writing an entry by keyboard: the cursor is where one types, and nothing typed is lost between kinds of entry."""

import pytest
from playwright.sync_api import expect

from tests import make


@pytest.fixture
def record(page, live_server, sign_in):
    """The page of an opportunity, opened by its owner."""
    make.firm()
    rep = make.user("rep")
    opportunity = make.opportunity(rep)
    sign_in(rep)
    page.goto(live_server.url + opportunity.get_absolute_url())
    return opportunity


def test_n_puts_the_cursor_into_the_note_and_the_call_keeps_its_text(record, page):
    page.keyboard.press("n")
    page.keyboard.type("next to the tank")
    expect(page.locator("#composer textarea")).to_have_value("next to the tank")

    page.locator("#composer .tabs__tab").nth(1).click()
    expect(page.locator("#composer [name=subject]")).to_be_focused()
    expect(page.locator("#composer textarea")).to_have_value("next to the tank")
    page.locator("#composer .tabs__tab").nth(3).click()
    expect(page.locator("#composer [name=due_date]")).to_be_visible()
    page.locator("#composer .tabs__tab").nth(0).click()
    expect(page.locator("#composer textarea")).to_have_value("next to the tank")


def test_t_puts_the_cursor_into_the_subject_of_a_task(record, page):
    page.keyboard.press("t")
    page.wait_for_url("**compose=task#composer")
    expect(page.locator("#composer [name=subject]")).to_be_focused()
