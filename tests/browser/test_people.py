"""Sign-in, profile and the administration of users in a real browser: accessible, and usable by its parts."""

import pytest
from django.urls import reverse

from setup_values.models import Firm
from tests import make
from tests.browser.conftest import DESKTOP, PHONE
from users.first_administrator import create_link

PASSWORD = "seven brown foxes dig"


@pytest.fixture
def administrator(sign_in):
    make.firm()
    user = make.user("administrator", name="Itziar Mendia")
    sign_in(user)
    return user


SIGNED_OUT = ["account_login", "account_reset_password", "account_reset_password_done", "account_inactive"]
SIGNED_IN = ["profile", "account_change_password", "account_logout", "user_list", "user_create", "team_list"]
SIGNED_IN += ["team_create", "role_list", "role_create"]


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_before_sign_in_are_accessible(live_server, page, axe, problems, viewport):
    problems.allow("status of 410")
    link = create_link().split("/first-administrator/")[1]
    paths = [reverse(name) for name in SIGNED_OUT]
    paths += [f"/first-administrator/{link}", "/first-administrator/dead/", "/sign-in/password/reset/key/1-x-y/"]

    for path in paths:
        page.goto(live_server.url + path)
        axe(page)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_of_users_teams_and_roles_are_accessible_and_fit(live_server, page, axe, administrator, viewport):
    retired = make.user(is_active=False, name="Retired Person")
    paths = [reverse(name) for name in SIGNED_IN]
    paths += [reverse("user_edit", args=[pk]) for pk in (administrator.pk, retired.pk)]
    paths += [reverse(name, args=[administrator.pk]) for name in ("user_deactivate", "user_invitation")]
    paths += [reverse("team_edit", args=[administrator.team_id]), reverse("role_edit", args=[retired.role_id])]
    paths += [reverse("role_edit", args=[administrator.role_id]), reverse("user_list") + "?show=deactivated"]

    for path in paths:
        page.goto(live_server.url + path)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize(("viewport", "language"), [(DESKTOP, "en"), (PHONE, "es")], ids=["desktop", "phone es"])
def test_the_first_administrator_sets_up_the_installation(live_server, page, problems, language, viewport):
    Firm.forget()
    page.goto(live_server.url + "/first-administrator/" + create_link().split("/first-administrator/")[1])
    page.locator("[name=name]").fill("Itziar Mendia")
    page.locator("[name=email]").fill("itziar@norteko.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password_again]").fill(PASSWORD)
    page.locator("[name=firm_name]").fill("Norteko Valves")
    page.locator("main button.btn-primary").click()
    page.wait_for_url(live_server.url + reverse("home"))

    assert page.locator("html").get_attribute("lang") == language
    assert "Norteko Valves" in page.title()


def test_a_refused_sign_in_says_why_and_keeps_the_address(live_server, page, axe):
    user = make.user()
    page.goto(live_server.url + reverse("account_login"))
    page.locator("[name=login]").fill(user.email)
    page.locator("[name=password]").fill("not this one")
    page.locator("[name=password]").press("Enter")

    page.get_by_role("alert").wait_for()
    assert page.locator("[name=login]").input_value() == user.email
    axe(page)


def test_the_theme_changes_at_once_and_stays(live_server, page, administrator):
    page.goto(live_server.url + reverse("role_list"))
    page.get_by_label("User menu").click()
    with page.expect_response("**/switch-theme/"):
        page.get_by_role("button", name="Dark theme").first.click()
    at_once = page.locator("html").get_attribute("data-bs-theme")
    page.reload()

    assert at_once == "dark"
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_the_initial_password_is_asked_only_when_it_is_wanted(live_server, page, administrator):
    page.goto(live_server.url + reverse("user_create"))
    hidden = page.locator("[name=password]").is_visible()
    page.get_by_label("With a password that I set now").check()

    assert not hidden
    assert page.locator("[name=password]").is_visible()
