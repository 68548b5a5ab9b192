"""Profile, own sessions, language, time zone and theme of the signed-in user."""

from datetime import UTC, datetime

import pytest
from allauth.usersessions.models import UserSession
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from tests import make
from users.middleware import LanguageAndZoneMiddleware
from users.models import AuditEntry
from users.sessions import browser_name

pytestmark = pytest.mark.django_db

PROFILE = {
    "name": "Pilar Otero",
    "language": "es",
    "time_zone": "Atlantic/Canary",
    "theme": "dark",
    "keys_enabled": "on",
}
HOSTILE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "javascript:alert(1)",
    "/\\evil.example",
    "",
]


def signed_in(user, agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0") -> Client:
    browser = Client(headers={"user-agent": agent})
    browser.post(reverse("account_login"), {"login": user.email, "password": make.PASSWORD})
    return browser


def test_saves_what_everybody_sets_for_themselves(client):
    user = make.user(language="en")
    client.force_login(user)

    response = client.post(reverse("profile"), PROFILE)
    user.refresh_from_db()

    assert response.headers["Location"] == reverse("profile")
    assert (user.name, user.language, user.time_zone, user.theme, user.keys_enabled) == (
        "Pilar Otero",
        "es",
        "Atlantic/Canary",
        "dark",
        True,
    )


def test_takes_neither_role_nor_address_nor_team_from_the_profile(client):
    user = make.user()
    client.force_login(user)
    administrator = make.user("administrator")

    client.post(
        reverse("profile"),
        PROFILE | {"role": administrator.role_id, "email": "other@norteko.example", "is_active": "", "team": ""},
    )
    before, user = user, type(user).objects.get(pk=user.pk)

    assert (user.role, user.email, user.is_active, user.team) == (
        before.role,
        before.email,
        True,
        before.team,
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("language", "xx"), ("time_zone", "Europe/Atlantis"), ("theme", "pink")],
)
def test_shows_a_refused_value_at_its_field_and_saves_nothing(client, field, value):
    user = make.user(name="Pilar")
    client.force_login(user)

    response = client.post(reverse("profile"), PROFILE | {field: value})
    user.refresh_from_db()

    assert response.context["form"].errors.keys() == {field}
    assert user.name == "Pilar"


def test_pages_have_the_language_and_the_time_zone_of_their_reader(rf, settings):
    """The middleware alone: what a view sees while it answers."""
    settings.TIME_ZONE = "UTC"
    seen = []

    def view(request):
        at = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
        seen.append((translation.get_language(), f"{timezone.localtime(at):%d %H:%M}"))
        return HttpResponse()

    for language, zone in (("es", "Europe/Madrid"), ("en", "America/Bogota"), ("en", "Mars/Olympus")):
        request = rf.get("/")
        request.user = make.user(language=language, time_zone=zone)
        LanguageAndZoneMiddleware(view)(request)

    assert seen == [("es", "02 00:30"), ("en", "01 17:30"), ("en", "01 22:30")]
    assert timezone.get_current_timezone_name() == "UTC"


def test_switches_the_language_at_once_and_for_the_next_sign_in_page(client):
    user = make.user(language="en")
    client.force_login(user)

    response = client.post(reverse("switch_language"), {"language": "es", "next": "/setup/?a=1"})
    user.refresh_from_db()
    client.logout()
    client.cookies["django_language"] = response.cookies["django_language"].value

    assert response.headers["Location"] == "/setup/?a=1"
    assert user.language == "es"
    assert client.get(reverse("account_login")).headers["Content-Language"] == "es"


def test_switches_the_theme(client):
    user = make.user()
    client.force_login(user)

    response = client.post(reverse("switch_theme"), {"theme": "dark", "next": "/profile/"})
    page = client.get(reverse("profile"))
    user.refresh_from_db()

    assert response.headers["Location"] == "/profile/"
    assert user.theme == "dark"
    assert 'data-theme="dark"' in page.content.decode()


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(
    ("name", "choice"), [("switch_language", {"language": "es"}), ("switch_theme", {"theme": "dark"})]
)
def test_a_switch_never_leads_to_another_site(client, name, choice, hostile):
    client.force_login(make.user())

    response = client.post(reverse(name), choice | {"next": hostile})

    assert response.headers["Location"] == reverse("home")


@pytest.mark.parametrize(
    ("name", "choice"),
    [("switch_language", {"language": "xx"}), ("switch_language", {}), ("switch_theme", {"theme": "pink"})],
)
def test_a_switch_refuses_what_is_not_offered(client, name, choice):
    client.force_login(make.user())

    assert client.post(reverse(name), choice).status_code == 400


@pytest.mark.parametrize("name", ["switch_language", "switch_theme", "sign_out_others"])
def test_nothing_is_switched_by_following_a_link(client, name):
    client.force_login(make.user())

    answer = client.get(reverse(name))

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "There is nothing to see here" in answer.content.decode()


def test_a_signed_out_browser_has_no_theme_to_switch(client):
    response = client.post(
        reverse("switch_theme"), {"theme": "dark"}, headers={"referer": "http://testserver/sign-in/login/"}
    )

    assert response.status_code == 403


def test_lists_own_sessions_only_with_the_present_one_first():
    user = make.user()
    signed_in(make.user(), "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0")
    signed_in(user, "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1")
    here = signed_in(user)

    page = here.get(reverse("profile")).content.decode()

    assert page.index("Firefox, Linux") < page.index("Safari, iPhone")
    assert "Edge, Windows" not in page


def test_signs_out_everywhere_else():
    user, other = make.user(), make.user()
    here, there, stranger = signed_in(user), signed_in(user), signed_in(other)

    here.post(reverse("sign_out_others"))

    assert here.get(reverse("profile")).status_code == 200
    assert there.get(reverse("profile")).status_code == 302
    assert stranger.get(reverse("profile")).status_code == 200
    assert UserSession.objects.filter(user=user).count() == 1
    assert AuditEntry.objects.get(kind=AuditEntry.Kind.SESSIONS_ENDED).detail == {"count": 1}


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) (KHTML, like Gecko) Chrome/126.0 Safari/537.36", "Chrome, Windows"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15", "Safari, macOS"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU like Mac OS X) CriOS/126.0 Mobile Safari/604.1", "Chrome, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/126.0 Safari/537.36", "Chrome, Linux"),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_names_browsers_as_people_do(agent, name):
    assert browser_name(agent) == name
