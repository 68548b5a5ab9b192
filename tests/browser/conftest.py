"""A real Chromium for the journeys: each page fails its test on a console error or a policy violation.

A test asks for `page` (pytest-playwright's, guarded), `live_server` and, to be signed in, `sign_in(user)`.
`viewport` and `language` may be parametrized: @pytest.mark.parametrize("viewport", [PHONE]).
"""

import os
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response, expect

from tests.plugins import chromium

# Playwright runs an event loop in this thread; Django would refuse the database beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Nothing waits that long unless it fails; a busy machine may need it.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Everything in this folder is a browser test."""
    item.add_marker("browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """The system's Chromium; as root it runs only without its sandbox."""
    program = chromium.find()
    if program is None:
        pytest.skip(f"No Chromium: {chromium.HINT}")
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": program, "args": arguments}


@pytest.fixture
def viewport() -> dict[str, int]:
    """The size of the window; parametrize it with PHONE."""
    return DESKTOP


@pytest.fixture
def language() -> str:
    """The language of the browser; parametrize it with "es"."""
    return "en"


@pytest.fixture
def browser_context_args(browser_context_args: dict, viewport: dict[str, int], language: str) -> dict:
    """Window, language and zone of the visitor; no animations, so that a measured colour is the final one."""
    return {
        **browser_context_args,
        "viewport": viewport,
        "locale": {"en": "en-GB", "es": "es-ES"}[language],
        "timezone_id": "Europe/Madrid",
        "reduced_motion": "reduce",
        "has_touch": viewport == PHONE,
    }


class Problems:
    """What went wrong in the browser during a test; `allow` names what the test itself brings about."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.allowed: list[str] = []

    def allow(self, text: str) -> None:
        """Do not count messages that contain `text`, such as "status of 404" where a 404 is the point."""
        self.allowed.append(text)

    def watch(self, page: Page) -> None:
        """Collect errors of the console (policy violations stand there too), of scripts, and answers 500."""
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.found.append(f"script: {error}"))
        page.on("response", self.look_at)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.found.append(f"console: {message.text} ({message.location.get('url', '')})")

    def look_at(self, response: Response) -> None:
        if response.status >= 500:
            self.found.append(f"answer {response.status}: {response.url}")

    def left(self) -> list[str]:
        """What was found and not allowed, in order."""
        return [text for text in self.found if not any(allowed in text for allowed in self.allowed)]


@pytest.fixture
def problems() -> Problems:
    """The record of what went wrong in this test's pages."""
    return Problems()


@pytest.fixture
def context(context: BrowserContext, problems: Problems) -> BrowserContext:
    """pytest-playwright's context, with every page of it watched, also those that the product opens."""
    context.on("page", problems.watch)
    # Generous: a slow machine is no fault of the product, and a passing test never waits for it.
    context.set_default_timeout(30_000)
    return context


@pytest.fixture
def page(live_server, page: Page, problems: Problems) -> Iterator[Page]:
    """The visitor's page; the test fails when the browser reported anything that it did not allow."""
    yield page
    # Requests of a page that polls would hold the database while the next test empties it.
    page.goto("about:blank")
    assert problems.left() == []


@pytest.fixture
def sign_in(context: BrowserContext, live_server) -> Callable:
    """`sign_in(user)` gives the browser that user's session, without the form."""

    def give_session(user) -> None:
        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])

    return give_session


# The rules whose answer depends on the theme; all others are asked once.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds on the page as it is now, one line per rule with the elements concerned; rules: only these.

    Without its preload: axe would copy the style sheets into the page, which the policy refuses.
    """
    options: dict = {"resultTypes": ["violations"], "preload": False}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    response = Axe().run(page, options=options).response
    return [
        f"{found['id']}: {found['help']}: " + "; ".join(node["html"][:160] for node in found["nodes"][:5])
        for found in response["violations"]
    ]


def violations_by_theme(page: Page) -> dict[str, list[str]]:
    """{"light": what axe finds, "dark": what it finds about colours}; the theme stays as it was."""
    shown = page.evaluate("document.documentElement.dataset.bsTheme || ''")
    found = {}
    for theme, rules in (("light", None), ("dark", COLOUR_RULES)):
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
        found[theme] = violations(page, rules)
    page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", shown)
    return found


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """`axe(page)` fails unless the page is accessible in both themes."""

    def check(page: Page) -> None:
        found = violations_by_theme(page)
        assert found == {"light": [], "dark": []}, f"{page.url}: {found}"

    return check
