"""Ten bad rows among a thousand in a real browser: downloaded with reasons, corrected, imported, undone."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from contacts.models import Contact
from core.jobs.models import Job
from imports.models import Import
from imports.run import start_run
from setup_values.models import Source
from tests import make
from tests.browser import walking
from tests.browser.conftest import DESKTOP, PHONE
from tests.business_rows import business_rows
from tests.imports.running import bring, check

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = ["First Name", "Last Name", "E-mail Address", "Job Title", "Lead Source"]


def outlook_file(folder: Path, rows: int = 1000, bad: int = 10) -> Path:
    """A file as Outlook writes it: bad rows have nobody's name, or a source that the firm does not have."""
    path = folder / "contacts.csv"
    with path.open("w", newline="", encoding="cp1252") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            row = [f"Íñigo{number}", "Peña", f"p{number}@arga.example", "Buyer", "Trade fair"]
            if number % (rows // bad) == 0:
                row = ["", "", "", "Clerk", ""] if number % 200 else [*row[:4], "Feria Zgz 23"]
            writer.writerow(row)
    return path


def corrected(path: Path, known: str = "Trade fair") -> Path:
    """The downloaded file as a person corrects it."""
    with path.open(newline="", encoding="cp1252") as file:
        header, *rows = csv.reader(file)
    assert header == [*HEADER, "Reason for the error"]
    assert all(row[5] for row in rows)
    for number, row in enumerate(rows):
        row[:2] = row[0] or f"Nuria{number}", row[1] or "Prado"
        row[4] = known
    result = path.with_name("corrected.csv")
    with result.open("w", newline="", encoding="cp1252") as file:
        csv.writer(file).writerows([header, *rows])
    return result


def download(page: Page, folder: Path) -> Path:
    """The error rows of the report."""
    with page.expect_download() as started:
        page.locator("main a[href$='/errors/']").click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


def undo(page: Page, live_server, import_: Import, work) -> None:
    """By the button of the report, over the list of what would happen."""
    page.goto(f"{live_server.url}/import/{import_.pk}/report/")
    page.locator("main form[action$='/undo/'] button").click()
    walking.arrive(page, "/undo/$")
    walking.done(page, work, ".dock form button")
    page.locator("main .dock form button").click()
    walking.arrive(page, "/undo/$")
    work()
    expect(page.locator("main")).to_contain_text("Undone")


def test_bad_rows_come_in_corrected_leave_no_double_and_are_undone(page, live_server, sign_in, work, tmp_path):
    make.firm()
    make.value(Source, "Trade fair")
    sign_in(make.user("rep"))
    before = business_rows()

    figures = walking.import_contacts(page, live_server, outlook_file(tmp_path), work)
    assert figures == ["990", "0", "0", "0", "10", "1,000"]
    again = corrected(download(page, tmp_path))
    page.locator("main a[href*='corrects=']").click()
    walking.upload(page, again, work)

    assert walking.run_import(page, work) == ["10", "0", "0", "0", "0", "10"]
    assert Contact.objects.count() == 1000
    assert not Contact.objects.exclude(notes="").exists()
    assert Contact.objects.filter(source__name="Trade fair").count() == 1000

    for import_ in Import.objects.order_by("-pk"):
        undo(page, live_server, import_, work)
    assert business_rows() == before


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_run_is_stopped_and_goes_on_and_its_pages_are_accessible(page, live_server, sign_in, work, tmp_path, axe):
    make.firm()
    make.value(Source, "Trade fair")
    user = make.user("rep")
    sign_in(user)
    import_ = check(bring(user, outlook_file(tmp_path, rows=20, bad=1).read_bytes()))
    start_run(work=import_, actor=user)
    page.goto(f"{live_server.url}/import/{import_.pk}/report/")
    axe(page)

    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("main")).to_contain_text("Stopped on request · Row 0 of 20")
    axe(page)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    Job.objects.filter(kind="import").update(state="stopped", error="The disk of the database is full.")
    page.goto(f"{live_server.url}/import/{import_.pk}/report/")
    expect(page.get_by_role("button", name="End here")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    work()

    expect(page.locator("main")).to_contain_text("rows in the file")
    assert Contact.objects.count() == 19


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_cell_is_corrected_in_its_row_without_leaving_the_page(page, live_server, sign_in, work, tmp_path, axe):
    make.firm()
    make.value(Source, "Trade fair")
    sign_in(make.user("rep"))
    walking.go(page, live_server, "import_list")
    walking.upload(page, outlook_file(tmp_path, 20, 10), work)
    axe(page)
    row = page.locator("#row-3")

    row.locator("input[name^=cell_]").fill("Prado")
    row.get_by_role("button").click()

    expect(row).to_contain_text("Prado")
    expect(row.locator("input[name^=cell_]")).to_have_count(0)
    expect(page.locator("#written")).to_contain_text("11 rows will be written")
    expect(page.locator("#row-counts")).to_contain_text("11")
    expect(page.locator("main form[action$='/run/'] button")).to_contain_text("11 rows")


def test_the_wizard_is_walked_by_keyboard_and_a_corrected_row_keeps_the_place(
    page, live_server, sign_in, work, problems
):
    problems.allow("status of 422")
    make.firm()
    sign_in(make.user("rep"))
    walking.go(page, live_server, "import_list")
    rows = "First Name,Last Name,E-mail Address,Birthday\nEva,Pons,eva@pons.example,3/4/1980\n,,,5/6/1990"
    to(page, "[name=text]")
    page.keyboard.insert_text(rows)
    for address in ("/recognised/$", "/mapping/$", "/mapping/$"):
        to(page, "form[enctype] .btn-primary, .dock .btn-primary")
        page.keyboard.press("Enter")
        walking.arrive(page, address)
    # Without an answer the page comes back and stands at the question.
    expect(page.locator("[name=date_birthday][value=dmy]")).to_be_focused()
    page.keyboard.press("Space")
    for address in ("/matching/$", "/check/$"):
        to(page, "[name=continue]")
        page.keyboard.press("Enter")
        walking.arrive(page, address)
    walking.done(page, work, ".counts")

    to(page, "#row-2 [name^=cell_]")
    page.keyboard.insert_text("Nuria")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#row-2")).to_contain_text("Nuria")
    expect(page.locator("#row-2")).to_be_focused()


def to(page: Page, selector: str) -> None:
    """Press Tab until what the selector means has the focus."""
    for _press in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")
