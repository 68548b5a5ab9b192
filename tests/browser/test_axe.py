"""Accessible in both themes: every URL name once with the demo firm in it, and every empty and error state."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files import File
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Page, expect

from accounts.models import Account
from activities.models import Interaction, Task
from contacts.acceptance_models import AcceptanceRun
from contacts.accepting import accept_above
from contacts.models import Contact, CrossReference
from core.records.door import save_record
from core.records.means import Means
from core.records.trash import delete_record
from imports.choosing import bring_file
from imports.models import Import
from imports.run import start_check, start_run
from imports.undo import start_undo_check
from leads.models import Lead
from opportunities.models import Opportunity
from setup_values.models import DisqualificationReason, Firm, Source, Stage
from tests import make
from tests.browser.conftest import violations_by_theme
from users.first_administrator import create_link
from users.models import Role, Team, User
from workspace.demo.loading import load_demo

pytestmark = pytest.mark.django_db(transaction=True)

FILES = Path(__file__).parent.parent / "files" / "csv"

ENTITIES = {
    "account": Account,
    "prospect": Account,
    "customer": Account,
    "contact": Contact,
    "cross_reference": CrossReference,
    "lead": Lead,
    "opportunity": Opportunity,
    "task": Task,
    "interaction": Interaction,
}
# Answers to a POST, files, parts of pages, answers to programs, and addresses that lead on to another of these names.
NOT_PAGES = {
    "healthz readyz palette record_options attachment contact_photo sign_out_others switch_language switch_theme",
    "starter_load setup_dismiss demo_load catalog_reorder catalog_value_retire catalog_value_reactivate",
    "catalog_value_default user_reactivate user_invite team_delete role_delete trash_restore interaction_followed_up",
    "task_cancel task_reopen opportunity_reopen lead_reactivate account_convert account_end account_win_back",
    "contact_link cross_reference_change cross_reference_detail cross_reference_delete references_add catalogs",
    "account_detail account_edit account_delete account_history",
    "import_detail import_discard import_run import_progress import_cancel import_resume import_kind import_errors",
    "import_template_choice import_template import_row_correct import_row_decide import_values import_undo_start",
    "import_undo_progress import_undo_resume catalog_replacement_undo contact_proposal_accept contact_proposals_cancel",
    "contact_proposals_resume contact_proposals_progress contact_proposals_undo",
}
NOT_PAGES = {name for line in NOT_PAGES for name in line.split()}
# These lead to the address of the account that the person is.
AT_THE_ACCOUNT = {"person_create", "person_detail", "person_edit", "person_history"}
# Only from the page before: opened in a test of their own below.
AFTER_A_STEP = {"account_reset_password_from_key", "account_reset_password_from_key_done", "account_inactive"}
AFTER_A_STEP |= {"first_administrator", "account_login", "account_reset_password", "account_reset_password_done"}


def url_names(resolver: URLResolver | None = None) -> Iterator[str]:
    """Every name of an address outside Django's administration pages."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:
                yield pattern.name
        elif pattern.namespace != "admin":
            yield from url_names(pattern)


def is_page(name: str) -> bool:
    """Whether a browser may be sent to that name; bulk pages follow a choice of rows."""
    return name not in NOT_PAGES | AFTER_A_STEP and not name.endswith("_bulk")


def record_of(name: str) -> Model:
    """The demo record whose page a generic URL name such as customer_history shows."""
    entity = name.rsplit("_", 1)[0]
    rows = ENTITIES[entity].objects.order_by("pk")
    organizations = rows.filter(kind=Account.Kind.ORGANIZATION) if rows.model is Account else rows
    if rows.model is Account:
        return organizations.filter(lifecycle=entity).first()
    return rows.filter(state="open").first() if rows.model in (Lead, Opportunity) else rows.first()


def arguments(checked: Import, finished: Import) -> dict[str, tuple[Any, ...]]:
    """What the addresses need that do not follow the names of the entities."""
    account = Account.objects.filter(lifecycle="prospect", kind="organization").first()
    person = Account.objects.filter(kind="person").first()
    lead = Lead.objects.filter(state="open").first()
    sale = Opportunity.objects.filter(state="open").first()
    source = Source.objects.first()
    return {
        "catalog": ("sources",),
        "catalog_value_add": ("sources",),
        "catalog_value_edit": ("sources", source.pk),
        "catalog_value_delete": ("sources", source.pk),
        "compose": ("account", account.pk),
        "timeline": ("account", account.pk),
        "record_contacts": ("lead", lead.pk),
        "contact_accounts": (Contact.objects.first().pk,),
        "person_create": ("prospect",),
        "person_detail": (person.pk,),
        "person_edit": (person.pk,),
        "person_history": (person.pk,),
        "lead_qualify": (lead.pk,),
        "lead_disqualify": (lead.pk,),
        "opportunity_win": (sale.pk,),
        "opportunity_lose": (sale.pk,),
        "opportunity_move": (sale.pk,),
        "task_complete": (Task.objects.filter(state="open").first().pk,),
        "user_edit": (User.objects.last().pk,),
        "user_deactivate": (User.objects.last().pk,),
        "user_invitation": (User.objects.last().pk,),
        "team_edit": (Team.objects.first().pk,),
        "role_edit": (Role.objects.first().pk,),
        **dict.fromkeys(("import_recognised", "import_mapping", "import_matching", "import_check"), (checked.pk,)),
        **dict.fromkeys(("import_report", "import_written", "import_undo"), (finished.pk,)),
        "contact_proposals_run": (AcceptanceRun.objects.get().pk,),
    }


def imports(actor: User, work: Callable[[], None]) -> tuple[Import, Import]:
    """An import whose dry run is done, and one that is finished."""
    found = []
    for name in ("outlook-en.csv", "outlook-es-utf8.csv"):
        with (FILES / name).open("rb") as source:
            made = bring_file(source=File(source, name), name=name, actor=actor)
        start_check(work=made, actor=actor)
        work()
        found.append(Import.objects.get(pk=made.pk))
    start_run(work=found[1], actor=actor)
    work()
    start_undo_check(work=Import.objects.get(pk=found[1].pk), actor=actor)
    work()
    return found[0], Import.objects.get(pk=found[1].pk)


def address_of(name: str, special: dict[str, tuple[Any, ...]]) -> str:
    if name in special:
        return reverse(name, args=special[name]) + (
            f"?stage={Stage.objects.last().pk}" if name == "opportunity_move" else ""
        )
    if name.endswith(("_detail", "_edit", "_delete", "_history")):
        return reverse(name, args=[record_of(name).pk])
    return reverse(name)


def look_over(page: Page, found: dict[str, Any], what: str) -> None:
    """Add to found what axe sees on the page as it is now, in both themes, and whether the page has its heading."""
    for theme, seen in violations_by_theme(page).items():
        if seen:
            found[f"{what} ({theme})"] = seen
    if page.locator("h1").count() != 1:
        found[f"{what} (heading)"] = page.locator("h1").count()


@pytest.fixture
def demo(sign_in) -> Iterator[User]:
    """The demo firm, something in its trash, and its administrator signed in."""
    user = load_demo(language="en").users["lucia"]
    delete_record(Task.objects.filter(state="open").last(), actor=user, means=Means("form"))
    sign_in(user)
    yield user
    Firm.forget()


@pytest.fixture
def administrator(sign_in) -> Iterator[User]:
    """A firm with its setup values and no records."""
    make.firm()
    user = make.user("administrator", name="Marta Ibarra")
    make.statuses()
    make.process()
    make.value(DisqualificationReason, "No budget")
    sign_in(user)
    yield user
    Firm.forget()


def test_every_name_is_looked_at_or_is_no_page():
    names = set(url_names())

    assert names >= NOT_PAGES | AFTER_A_STEP


def test_every_page_of_the_demo_firm_is_accessible(demo, page, live_server, work):
    accept_above(least_score=90, actor=demo)
    special = arguments(*imports(demo, work))
    found: dict[str, Any] = {}
    for name in sorted({name for name in url_names() if is_page(name)} - {"account_logout"}):
        address = live_server.url + address_of(name, special)
        status = page.goto(address).status
        if status != 200 or page.url != address and name not in AT_THE_ACCOUNT:
            found[f"{name} (not the page)"] = (status, page.url)
        look_over(page, found, name)

    assert found == {}


def test_menus_dialogs_and_the_palette_are_accessible_when_open(demo, page, live_server):
    found: dict[str, Any] = {}
    page.goto(live_server.url + reverse("home"))
    for menu in page.locator(".topbar details").all():
        menu.locator("summary").click()
        look_over(page, found, "menu")
        menu.locator("summary").click()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    look_over(page, found, "shortcuts")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    # A request that the next one or the next page cuts off would be reported as an error.
    expect(page.locator("#palette [role=option]").first).to_be_visible()
    page.locator("#palette input").fill("mont")
    expect(page.locator("#palette [role=option]").first).to_contain_text(re.compile("mont", re.IGNORECASE))
    look_over(page, found, "palette")

    assert found == {}


def test_bulk_pages_filters_and_lists_without_a_match_are_accessible(demo, page, live_server):
    found: dict[str, Any] = {}
    leads = live_server.url + reverse("lead_list")
    page.goto(leads + "?q=no+such+name")
    look_over(page, found, "no match")
    page.goto(leads)
    page.locator(".filters a.btn").first.click()
    look_over(page, found, "filters")
    for action in ("edit", "delete", "qualify"):
        page.goto(leads)
        page.locator("[data-bulk-item]").first.check()
        page.locator("[data-bulk-item]").nth(1).check()
        expect(page.locator("[data-bulk-bar]")).to_be_visible()
        look_over(page, found, "rows chosen")
        page.locator(f"[data-bulk-bar] button[value={action}]").click()
        expect(page).to_have_url(re.compile("/bulk/"))
        look_over(page, found, f"bulk {action}")
    page.locator("main .form-actions button").click()
    expect(page.locator("main [role=status]")).to_be_visible()
    look_over(page, found, "bulk results")

    assert found == {}


EMPTY = ["home", "my_work", "trash", "setup", "prospect_contacts", "customer_contacts"]
EMPTY += ["import_list", "prospect_reference_list", "cross_reference_list", *(f"{name}_list" for name in ENTITIES)]


def test_pages_of_an_empty_firm_are_accessible(administrator, page, live_server):
    found: dict[str, Any] = {}
    for name in dict.fromkeys(EMPTY):
        page.goto(live_server.url + reverse(name))
        look_over(page, found, name)
    page.goto(live_server.url + reverse("search") + "?q=nobody")
    look_over(page, found, "search without a hit")
    bare = make.account(administrator)
    page.goto(live_server.url + bare.get_absolute_url())
    look_over(page, found, "account without anything")

    assert found == {}


def test_the_gate_is_accessible_on_list_and_form(sign_in, page, live_server):
    make.firm()
    found: dict[str, Any] = {}
    for role in ("administrator", "rep"):
        sign_in(make.user(role))
        for name in ("lead_list", "lead_create", "opportunity_create"):
            page.goto(live_server.url + reverse(name))
            look_over(page, found, f"{name} of {role}")

    assert found == {}


def submit(page: Page) -> None:
    page.locator("main form button[data-key-save]").first.click()


def refuse(page: Page, found: dict[str, Any], what: str) -> None:
    """Send the form as it is, which the server refuses in words, and look it over."""
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        submit(page)
    assert answer.value.status == 422, what
    page.wait_for_load_state()
    expect(page.locator(".invalid-feedback, .error-text, [role=alert]").first).to_be_visible()
    look_over(page, found, what)


def test_refused_forms_are_accessible(administrator, page, live_server, problems):
    problems.allow("status of 422")
    found: dict[str, Any] = {}
    for name in ("account", "contact", "lead", "opportunity", "task", "interaction", "cross_reference"):
        page.goto(live_server.url + reverse(f"{name}_create"))
        refuse(page, found, f"{name}_create")
    lead = make.lead(administrator)
    page.goto(live_server.url + reverse("lead_qualify", args=[lead.pk]))
    page.locator("[name=topic]").fill("")
    page.locator("[name=account_name]").fill("")
    refuse(page, found, "lead_qualify")
    page.goto(live_server.url + reverse("lead_disqualify", args=[lead.pk]))
    refuse(page, found, "lead_disqualify")
    sale = make.opportunity(administrator)
    page.goto(live_server.url + reverse("opportunity_win", args=[sale.pk]))
    page.locator("[name=amount]").fill("much")
    refuse(page, found, "opportunity_win")
    page.goto(live_server.url + sale.account.get_absolute_url())
    page.locator("#composer [data-key-save]").click()
    expect(page.locator("#composer .invalid-feedback, #composer .error-text").first).to_be_visible()
    look_over(page, found, "composer")

    assert found == {}


def test_a_conflict_is_accessible(administrator, page, live_server, problems):
    problems.allow("status of 409")
    found: dict[str, Any] = {}
    account = make.account(administrator)
    page.goto(live_server.url + reverse("prospect_edit", args=[account.pk]))
    page.locator("[name=name]").fill("What I wrote")
    theirs = Account.objects.get(pk=account.pk)
    theirs.name = "What somebody else wrote"
    save_record(theirs, actor=administrator, means=Means("form"))
    submit(page)
    expect(page.locator("main")).to_contain_text("What somebody else wrote")
    look_over(page, found, "conflict")

    assert found == {}


def test_pages_that_say_no_are_accessible(administrator, sign_in, page, live_server, problems):
    problems.allow("status of 404")
    problems.allow("status of 403")
    found: dict[str, Any] = {}
    lead = make.lead(administrator)
    sign_in(make.user("read-only"))
    for path, status in (
        ("/no-such-page/", 404),
        (reverse("lead_detail", args=[lead.pk + 999]), 404),
        (reverse("lead_edit", args=[lead.pk]), 403),
        (reverse("lead_create"), 403),
        (reverse("user_list"), 404),
    ):
        assert page.goto(live_server.url + path).status == status, path
        look_over(page, found, path)

    assert found == {}


def test_pages_before_and_after_sign_in_are_accessible(page, live_server, sign_in, problems):
    problems.allow("status of 410")
    found: dict[str, Any] = {}
    look: Callable[[str], None] = lambda path: (page.goto(live_server.url + path), look_over(page, found, path))
    look("/first-administrator/" + create_link().split("/first-administrator/")[1])
    look(reverse("first_administrator", args=["used"]))
    for name in ("account_login", "account_inactive", "account_reset_password", "account_reset_password_done"):
        look(reverse(name))
    look(reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "dead-link"}))
    look(reverse("account_reset_password_from_key_done"))
    make.firm()
    sign_in(make.user())
    look(reverse("account_logout"))
    Firm.forget()

    assert found == {}
