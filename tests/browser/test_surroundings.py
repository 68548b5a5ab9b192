"""The sign-in page works in a real browser, and the guards of these tests see what they must see."""

import pytest
from django.urls import reverse

from tests.browser.conftest import DESKTOP, PHONE, violations


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_sign_in_page_is_accessible_in_both_themes(live_server, page, axe, viewport):
    page.goto(live_server.url + reverse("account_login"))

    axe(page)


@pytest.mark.parametrize("language", ["en", "es"])
def test_sign_in_page_speaks_the_language_of_the_browser(live_server, page, language):
    page.goto(live_server.url + reverse("account_login"))

    assert page.locator("html").get_attribute("lang") == language


def test_an_error_page_is_accessible(live_server, page, axe, problems):
    problems.allow("status of 404")
    page.goto(live_server.url + "/no-such-page/")

    axe(page)


def test_the_guard_sees_inline_scripts_and_styles_refused(live_server, page, problems):
    page.goto(live_server.url + reverse("account_login"))
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    page.evaluate("const s = document.createElement('script'); s.text = 'window.bad = 1'; document.body.append(s)")
    page.wait_for_timeout(100)

    assert len([text for text in problems.left() if "Content Security Policy" in text]) >= 2
    assert page.evaluate("window.bad") is None
    problems.allow("Content Security Policy")


def test_the_guard_sees_a_script_fail(live_server, page, problems):
    page.goto(live_server.url + reverse("account_login"))
    page.evaluate("setTimeout(() => { throw new Error('planted') }, 0)")
    page.wait_for_timeout(100)

    assert any("planted" in text for text in problems.left())
    problems.allow("planted")


def test_axe_sees_a_picture_without_a_text(live_server, page):
    page.goto(live_server.url + reverse("account_login"))
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"/static/img/favicon.svg\">')")

    assert any(text.startswith("image-alt") for text in violations(page))
