"""Steps that several journeys share; by names and addresses, not by words, so that they hold in every language."""

import re
from collections.abc import Callable
from pathlib import Path

from django.urls import reverse
from playwright.sync_api import Locator, Page, expect


def go(page: Page, live_server, name: str, *args) -> None:
    """Open the page of that URL name."""
    page.goto(live_server.url + reverse(name, args=args))


def arrive(page: Page, address: str) -> None:
    """Wait for the page whose address matches the pattern, with its scripts."""
    expect(page).to_have_url(re.compile(address))
    page.wait_for_load_state()


def save(page: Page, address: str) -> None:
    """Send the form of the page and arrive at an address that matches the pattern."""
    page.locator("main form [data-key-save]").last.click()
    arrive(page, address)


def fill(page: Page, **fields: str) -> None:
    """Write into the fields of those names; two underscores stand for the hyphens of child rows."""
    for name, value in fields.items():
        page.locator(f"main [name='{name.replace('__', '-')}']").last.fill(value)


def choose(page: Page, picker: Locator, words: str) -> None:
    """Type words into a picker and take what the server finds, by keyboard."""
    picker.click()
    picker.press_sequentially(words)
    option = page.locator(".ts-dropdown:visible [role=option]", has_text=words).first
    expect(option).to_be_visible()
    option.click()


def import_contacts(page: Page, live_server, file: Path, work: Callable[[], None]) -> list[str]:
    """Through the pages of the import; work does what waits in the background. The figures of the report, in order."""
    go(page, live_server, "import_list")
    upload(page, file, work)
    return run_import(page, work)


def upload(page: Page, file: Path, work: Callable[[], None]) -> None:
    """From a page that asks for a file, over the choices as they are proposed, to what the dry run found."""
    page.locator("main [name=file]").set_input_files(file)
    page.locator("main form button.btn-primary").first.click()
    arrive(page, "/recognised/$")
    page.locator("main .dock .btn-primary").click()
    if file.suffix == ".csv":
        arrive(page, "/mapping/$")
        page.locator("main button[name=continue]").click()
    arrive(page, "/matching/$")
    page.locator("main button[name=continue]").click()
    arrive(page, "/check/$")
    done(page, work, ".counts")


def run_import(page: Page, work: Callable[[], None]) -> list[str]:
    """From what the dry run found to the report; its figures, in order."""
    page.locator("main form[action$='/run/'] button").click()
    arrive(page, "/report/$")
    done(page, work, ".sum__value")
    return page.locator("main .sum__value").all_inner_texts()


def done(page: Page, work: Callable[[], None], shown: str) -> None:
    """Let work do what waits in the background, until the page, which asks for it, shows it by itself."""
    work()
    expect(page.locator(f"main {shown}").first).to_be_visible()
    page.wait_for_load_state()


def enter_lead(page: Page, live_server) -> None:
    """A lead with company, topic and e-mail; ends on its page."""
    go(page, live_server, "lead_create")
    fill(page, first_name="Aitor", last_name="Landa", company="Bodegas Valdecuriel", topic="Valves for the new hall")
    fill(page, emails__0__value="aitor@valdecuriel.example")
    save(page, r"/leads/\d+/$")


def plan_task(page: Page, subject: str, due: str) -> None:
    """A task by the composer of the record that is open."""
    page.locator("#composer a[href*='compose=task']").click()
    page.locator("#composer [name=due_date]").fill(due)
    page.locator("#composer [name=subject]").fill(subject)
    page.locator("#composer [data-key-save]").click()
    expect(page.locator(".step", has_text=subject)).to_be_visible()


def qualify(page: Page, amount: str) -> None:
    """From the page of a lead to the page of the opportunity it became."""
    page.locator(".record-head__actions a[href$='/qualify/']").click()
    fill(page, amount=amount)
    save(page, r"/opportunities/\d+/$")


def complete_task(page: Page, subject: str, outcome: str) -> None:
    """Check the task off; what came of it stands in the timeline of the record."""
    page.locator(".step", has_text=subject).locator("a.tick").click()
    fill(page, outcome=outcome)
    save(page, r"/opportunities/\d+/$")
    expect(page.locator("#timeline")).to_contain_text(outcome)


def log_call(page: Page, subject: str) -> None:
    """An interaction by the composer of the record that is open."""
    page.locator("#composer a[href*='compose=call']").click()
    page.locator("#composer [name=duration_minutes]").fill("12")
    page.locator("#composer [name=subject]").fill(subject)
    page.locator("#composer [data-key-save]").click()
    expect(page.locator("#timeline")).to_contain_text(subject)


def win(page: Page, amount: str) -> None:
    """From the page of an opportunity to the same page, closed."""
    page.locator(".record-head__actions a[href$='/win/']").click()
    fill(page, amount=amount)
    save(page, r"/opportunities/\d+/$")
    expect(page.locator(".record-head a[href$='/win/']")).to_have_count(0)


def won_on_home(page: Page, live_server) -> list[str]:
    """The digits of the amounts closed this fiscal year, one text per currency."""
    go(page, live_server, "home")
    return [re.sub(r"\D", "", text) for text in page.locator("main a.figure").all_inner_texts()]
