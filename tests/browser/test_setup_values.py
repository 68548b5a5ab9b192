"""[S1]-[S5] An administrator sets the firm up in a real browser: by keyboard, by mouse, on a phone, without script."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from leads.models import Lead
from setup_values.catalogs import CATALOGS
from setup_values.models import Firm, LeadStatus, OpportunityStatus, Source
from setup_values.starter import load_starter
from tests import make
from tests.browser.conftest import PHONE
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def administrator(sign_in) -> User:
    make.firm()
    user = make.user("administrator", name="Marta Ibarra")
    sign_in(user)
    yield user
    Firm.forget()


def shown_names(page: Page) -> list[str]:
    return page.locator("tbody th .link-plain").all_inner_texts()


def used_source(administrator: User) -> Source:
    load_starter("en", administrator)
    source = Source.objects.get(name="Trade fair")
    status = LeadStatus.objects.get(name="New")
    make.lead(make.user(), source=source, status=status)
    return source


def test_s1_an_empty_installation_is_led_to_the_missing_catalog_and_opened_by_the_starter_set(
    administrator, page, live_server, axe
):
    page.goto(live_server.url + reverse("setup"))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("6 required values are missing")
    expect(alert).to_contain_text("Lead statuses")
    axe(page)

    alert.get_by_role("link", name="Add the value").click()
    expect(page.get_by_role("heading", name="Lead statuses", exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("No active value means “open”, “qualified”, “disqualified”")
    axe(page)

    page.goto(live_server.url + reverse("setup"))
    page.get_by_role("button", name="Load starter set").first.click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_text("Complete")).to_have_count(2)
    axe(page)


def test_s3_values_are_added_renamed_and_put_in_order_by_keyboard_alone(administrator, page, live_server):
    page.goto(live_server.url + reverse("catalog", args=["sources"]))
    page.get_by_label("New value").focus()
    for name in ("Fair", "Form", "Call"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator("tbody th .link-plain", has_text=name)).to_be_visible()
        expect(page.get_by_label("New value")).to_be_focused()

    page.get_by_role("button", name="Move “Call” up").press("Enter")
    expect(page.locator("tbody th .link-plain").nth(1)).to_have_text("Call")

    page.get_by_role("link", name="Edit “Fair”").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Name").fill("Trade fair")
    dialog.get_by_label("Violet").press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("tbody th .link-plain").first).to_have_text("Trade fair")
    assert Source.objects.get(name="Trade fair").colour == "violet"
    assert list(Source.objects.values_list("name", flat=True)) == ["Trade fair", "Call", "Form"]


def test_s3_escape_closes_the_dialog_and_changes_nothing(administrator, page, live_server):
    load_starter("en", administrator)
    page.goto(live_server.url + reverse("catalog", args=["sources"]))
    link = page.get_by_role("link", name="Edit “Trade fair”")
    link.press("Enter")
    page.get_by_role("dialog").get_by_label("Name").fill("Other")
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(link).to_be_focused()
    assert Source.objects.filter(name="Trade fair").exists()


def test_s3_dragging_puts_values_in_order(administrator, page, live_server):
    load_starter("en", administrator)
    page.goto(live_server.url + reverse("catalog", args=["sources"]))
    rows = page.locator("tbody tr")
    with page.expect_response(re.compile("/order/")) as answer:
        rows.nth(2).locator("[data-grip]").drag_to(rows.nth(0).locator("[data-grip]"))

    assert answer.value.status == 204
    assert Source.objects.first().name == "Referral from customer"
    assert shown_names(page)[0] == "Referral from customer"


def test_s5_a_name_that_is_there_is_refused_beside_the_field(administrator, page, live_server, problems, axe):
    problems.allow("status of 422")
    load_starter("en", administrator)
    page.goto(live_server.url + reverse("catalog", args=["sources"]))
    field = page.get_by_label("New value")
    field.fill("WEB  Form")
    field.press("Enter")

    expect(page.locator(".add-row").get_by_role("alert")).to_contain_text("“Web form” exists already")
    expect(field).to_be_focused()
    expect(field).to_have_value("WEB  Form")
    axe(page)


def test_s4_a_used_value_is_replaced_then_deleted_in_a_dialog(administrator, page, live_server, axe):
    used_source(administrator)
    page.goto(live_server.url + reverse("catalog", args=["sources"]))
    page.get_by_role("link", name="Delete “Trade fair”").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 record uses this value")
    axe(page)
    dialog.get_by_role("combobox").select_option("Web form")
    dialog.get_by_role("button", name="Replace and delete").click()

    expect(page.get_by_text("“Trade fair” is in the trash; 1 record has “Web form” now.")).to_be_visible()
    assert Lead.objects.get().source.name == "Web form"


def test_s4_an_unused_value_comes_back_by_undo(administrator, page, live_server):
    load_starter("en", administrator)
    page.goto(live_server.url + reverse("catalog", args=["won-reasons"]))
    page.get_by_role("link", name="Delete “Price”").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Undo").click()
    page.goto(live_server.url + reverse("catalog", args=["won-reasons"]))

    expect(page.locator("tbody th", has_text="Price")).to_be_visible()


def test_s1_the_last_value_of_a_meaning_stays(administrator, page, live_server):
    load_starter("en", administrator)
    page.goto(live_server.url + reverse("catalog", args=["opportunity-statuses"]))
    page.get_by_role("button", name="Retire “Lost”").click()

    expect(page.get_by_text("last active value that means “lost”")).to_be_visible()
    assert OpportunityStatus.objects.get(name="Lost").is_active


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.slug)
def test_every_catalog_page_is_accessible_in_both_themes(catalog, administrator, page, live_server, axe):
    used_source(administrator)
    page.goto(live_server.url + catalog.get_absolute_url())
    axe(page)


@pytest.mark.parametrize("viewport", [PHONE], ids=["phone"])
def test_a_phone_shows_and_edits_values_without_scrolling_sideways(viewport, administrator, page, live_server, axe):
    source = used_source(administrator)
    for address in (
        reverse("setup"),
        reverse("firm_settings"),
        reverse("catalog", args=["sources"]),
        reverse("catalog", args=["stages"]),
        reverse("catalog_value_delete", args=["sources", source.pk]),
    ):
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        axe(page)
    page.goto(live_server.url + reverse("catalog", args=["sources"]))
    page.get_by_role("link", name="Web form", exact=True).click()
    page.get_by_role("dialog").get_by_label("Name").fill("Website")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Website", exact=True)).to_be_visible()


def test_pages_of_one_value_and_of_the_firm_are_accessible(administrator, page, live_server, axe, problems):
    problems.allow("status of 422")
    source = used_source(administrator)
    for address in (
        reverse("catalog_value_add", args=["lead-statuses"]),
        reverse("catalog_value_edit", args=["sources", source.pk]),
        reverse("catalog_value_delete", args=["sources", source.pk]),
        reverse("catalog_value_add", args=["territories"]),
        reverse("firm_settings"),
    ):
        page.goto(live_server.url + address)
        axe(page)
    page.get_by_label("Name of the firm").fill("")
    page.get_by_role("button", name="Save").click()
    axe(page)


def test_the_administration_pages_obey_the_policy_of_the_browser(administrator, page, live_server):
    source = used_source(administrator)
    for name, args in (("changelist", []), ("change", [source.pk]), ("add", []), ("import", []), ("export", [])):
        page.goto(live_server.url + reverse(f"admin:setup_values_source_{name}", args=args))
    page.goto(live_server.url + reverse("admin:setup_values_source_import"))
    page.locator("input[type=file]").set_input_files(
        {"name": "sources.csv", "mimeType": "text/csv", "buffer": b"name,colour\nTRADE FAIR,red\nNew one,blue\n"}
    )
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("table.import-preview")).to_contain_text("violet → red")
    page.get_by_role("button", name="Confirm import").click()
    expect(page.get_by_text("1 new, 1 updated")).to_be_visible()


def test_s2_without_script_every_step_works_as_plain_pages(browser, administrator, live_server, context):
    used_source(administrator)
    plain = browser.new_context(java_script_enabled=False, storage_state=context.storage_state())
    page = plain.new_page()
    page.goto(live_server.url + reverse("catalog", args=["sources"]))
    page.get_by_label("New value").fill("Radio")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("tbody th", has_text="Radio")).to_be_visible()
    page.get_by_role("button", name="Move “Radio” up").click()
    page.get_by_role("link", name="Delete “Trade fair”").click()
    page.locator("select[name=replacement]").select_option("Radio")
    page.get_by_role("button", name="Replace and delete").click()
    expect(page.get_by_text("1 record has “Radio” now")).to_be_visible()
    plain.close()
    assert Lead.objects.get().source.name == "Radio"
