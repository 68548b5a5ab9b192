"""The whole story in a real browser: set up, import, cross-reference, enter, qualify, work, win, see the number."""

from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Account
from activities.models import Interaction, Task
from contacts.models import Contact, CrossReference
from leads.models import Lead
from opportunities.models import Opportunity
from setup_values.models import Firm, Source
from setup_values.starter import load_starter
from tests import make
from tests.browser import walking
from tests.browser.conftest import PHONE
from users.first_administrator import create_link
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

FILES = Path(__file__).parent.parent / "files"
PASSWORD = "seven brown foxes dig"


@pytest.fixture(autouse=True)
def _forget_firm():
    Firm.forget()
    yield
    Firm.forget()


def test_an_empty_installation_is_set_up_until_its_first_lead_is_saved(page, live_server, problems):
    problems.allow("status of 422")
    page.goto(live_server.url + "/first-administrator/" + create_link().split("/first-administrator/")[1])
    for name, text in {
        "name": "Itziar Mendia",
        "email": "itziar@norteko.example",
        "password": PASSWORD,
        "password_again": PASSWORD,
        "firm_name": "Norteko Valves",
    }.items():
        page.locator(f"main [name={name}]").fill(text)
    page.locator("main button.btn-primary").click()
    page.wait_for_url(live_server.url + reverse("home"))

    walking.go(page, live_server, "lead_create")
    gate = page.get_by_role("alert")
    expect(gate).to_contain_text("Lead statuses")
    expect(gate).to_contain_text("Opportunity statuses")
    walking.fill(page, last_name="Landa")
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.locator("main form [data-key-save]").last.click()
    assert answer.value.status == 422
    assert not Lead.objects.exists()

    page.get_by_role("alert").get_by_role("button", name="Load starter set").first.click()
    expect(page).to_have_url(live_server.url + reverse("setup"))
    walking.enter_lead(page, live_server)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Aitor Landa")
    walking.go(page, live_server, "lead_list")
    expect(page.locator("table tbody tr")).to_have_count(1)


def test_from_setup_values_to_a_won_sale_on_the_home_page(page, live_server, sign_in, work):
    make.firm()
    boss = make.user("administrator", name="Marta Ibarra")
    sign_in(boss)
    walking.go(page, live_server, "setup")
    page.get_by_role("button", name="Load starter set").first.click()
    expect(page.get_by_role("alert")).to_have_count(0)
    walking.go(page, live_server, "catalog", "sources")
    page.locator("#new-value").fill("Fair in Bilbao")
    page.keyboard.press("Enter")
    expect(page.locator("tbody th", has_text="Fair in Bilbao")).to_be_visible()

    for name, rows in (("csv/outlook-en.csv", "3"), ("csv/outlook-es-utf8.csv", "2"), ("vcards/google-3.0.vcf", "2")):
        figures = walking.import_contacts(page, live_server, FILES / name, work)
        assert figures == [rows, "0", "0", "0", "0", rows], name
    walking.go(page, live_server, "contact_list")
    for name in ("Olivia Hartwell", "Begoña Muñoz", "Harriet Nguyen-Boyle"):
        expect(page.locator("table tbody")).to_contain_text(name)

    walking.go(page, live_server, "prospect_contacts")
    page.locator(".pane-list a", has_text="Brightwater Pumps").click()
    expect(page.locator("#references-title")).to_contain_text("Brightwater Pumps")
    walking.choose(page, page.locator(".ref-add .ts-control input"), "Noah")
    walking.choose(page, page.locator(".ref-add .ts-control input"), "Owen")
    page.locator("[data-ref-add]").click()
    expect(page.locator("#references tbody tr")).to_have_count(3)
    row = page.locator("#references tbody tr", has_text="Noah Okafor")
    row.locator("button[value=primary]").click()
    expect(row.locator("button[value=not_primary]")).to_be_visible()

    walking.enter_lead(page, live_server)
    walking.plan_task(page, "Call about the quotation", timezone.localdate().isoformat())
    walking.qualify(page, "48200")
    walking.complete_task(page, "Call about the quotation", "They want it before the harvest")
    walking.log_call(page, "Budget confirmed")
    walking.win(page, "52300")

    assert walking.won_on_home(page, live_server) == ["52300"]
    page.locator("main a.figure").click()
    expect(page.locator("table tbody tr")).to_have_count(1)
    assert Source.objects.filter(name="Fair in Bilbao").exists()
    assert CrossReference.objects.get(contact__first_name="Noah").is_primary
    assert Lead.objects.get().state == "qualified"
    sale = Opportunity.objects.get()
    assert (sale.state, sale.account.lifecycle) == ("won", Account.Lifecycle.CUSTOMER)
    assert Task.objects.get().state == "done"
    assert Interaction.objects.filter(opportunity=sale).count() == 2


@pytest.mark.parametrize(("viewport", "language"), [(PHONE, "es")], ids=["phone es"])
def test_the_story_in_spanish_on_a_phone(page, live_server, sign_in, work, viewport, language):
    make.firm()
    boss = make.user("administrator", name="Marta Ibarra", language="es")
    sign_in(boss)
    load_starter("es", boss)
    walking.import_contacts(page, live_server, FILES / "csv/outlook-es-utf8.csv", work)
    walking.go(page, live_server, "contact_list")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("main")).to_contain_text("Begoña Muñoz")

    walking.enter_lead(page, live_server)
    walking.plan_task(page, "Llamar por la oferta", timezone.localdate().isoformat())
    walking.qualify(page, "48200")
    walking.complete_task(page, "Llamar por la oferta", "Lo quieren antes de la vendimia")
    walking.log_call(page, "Presupuesto confirmado")
    fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    walking.win(page, "52300")

    assert fits
    assert walking.won_on_home(page, live_server) == ["52300"]
    assert Contact.objects.filter(last_name="Muñoz Íñiguez").exists()


def tab_to(page, selector: str) -> None:
    """Press the Tab key until the element has the focus, which must be visible."""
    for _press in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            seen = "getComputedStyle(document.activeElement)"
            assert page.evaluate(f"{seen}.outlineStyle !== 'none' || {seen}.boxShadow !== 'none'"), selector
            return
    raise AssertionError(f"The Tab key does not reach {selector}.")


def test_a_lead_is_entered_qualified_and_won_by_keyboard_alone(page, live_server, sign_in):
    make.firm()
    rep: User = make.user("rep", name="Rosa Rep")
    load_starter("en", rep)
    sign_in(rep)
    walking.go(page, live_server, "home")
    press = page.keyboard.press

    press("c")
    press("l")
    walking.arrive(page, "/leads/new/$")
    tab_to(page, "[name=last_name]")
    page.keyboard.type("Landa")
    tab_to(page, "[name=company]")
    page.keyboard.type("Bodegas Valdecuriel")
    press("Control+Enter")
    walking.arrive(page, r"/leads/\d+/$")
    tab_to(page, "a[href$='/qualify/']")
    press("Enter")
    walking.arrive(page, "/qualify/$")
    tab_to(page, "[name=amount]")
    page.keyboard.type("48200")
    press("Control+Enter")
    walking.arrive(page, r"/opportunities/\d+/$")
    tab_to(page, "a[href$='/win/']")
    press("Enter")
    walking.arrive(page, "/win/$")
    expect(page.locator("[name=amount]")).to_be_focused()
    press("Control+a")
    page.keyboard.type("52300")
    press("Control+Enter")
    walking.arrive(page, r"/opportunities/\d+/$")
    press("g")
    press("h")
    page.wait_for_url(live_server.url + reverse("home"))

    expect(page.locator("main a.figure")).to_have_text("€52,300")
    assert Opportunity.objects.get().state == "won"
