"""[O1] The one-time link of an empty installation: it works once, and never beside an administrator."""

import io
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from setup_values.first_administrator import set_up_installation
from setup_values.models import Firm
from tests import make
from tests.threads import together
from users.first_administrator import LinkDead, create_link
from users.models import AuditEntry, FirstAdministratorLink, Role, User

pytestmark = pytest.mark.django_db

ANSWERS = {
    "name": "Itziar Mendia",
    "email": "Itziar.Mendia@norteko.example",
    "password": "seven brown foxes dig",
    "password_again": "seven brown foxes dig",
    "language": "es",
    "time_zone": "Europe/Madrid",
    "firm_name": "Norteko Válvulas, S.L.",
    "country": "ES",
    "currency": "EUR",
    "mode": "b2c",
}


@pytest.fixture(autouse=True)
def fresh_installation():
    Firm.forget()
    yield
    Firm.forget()


def path_of(link: str) -> str:
    return urlsplit(link).path


def token_of(link: str) -> str:
    return path_of(link).split("/")[2]


def use_case_values() -> dict:
    return {name: value for name, value in ANSWERS.items() if name != "password_again"}


def test_sets_up_administrator_firm_and_roles_and_signs_in(client):
    path = path_of(create_link())

    page = client.get(path)
    response = client.post(path, ANSWERS)
    user = User.objects.get()
    firm = Firm.objects.get()

    assert page.status_code == 200
    assert response.headers["Location"] == reverse("home")
    assert client.get(reverse("profile")).headers["Content-Language"] == "es"
    assert (user.name, user.email, user.language, user.is_administrator) == (
        "Itziar Mendia",
        "itziar.mendia@norteko.example",
        "es",
        True,
    )
    assert user.check_password(ANSWERS["password"])
    assert (firm.name, firm.country, firm.currency, firm.mode, firm.language, firm.time_zone) == (
        "Norteko Válvulas, S.L.",
        "ES",
        "EUR",
        "b2c",
        "es",
        "Europe/Madrid",
    )
    assert set(Role.objects.values_list("key", flat=True)) == {"administrator", "manager", "rep", "read-only"}
    assert AuditEntry.objects.filter(kind=AuditEntry.Kind.FIRST_ADMINISTRATOR, actor=user).exists()
    assert AuditEntry.objects.filter(kind=AuditEntry.Kind.SIGNED_IN, actor=user).exists()


def test_stores_only_a_digest_of_the_link():
    token = token_of(create_link())

    assert token not in FirstAdministratorLink.objects.get().token_digest
    assert len(token) >= 43


def test_is_dead_after_its_use(client):
    path = path_of(create_link())
    client.post(path, ANSWERS)
    stranger = Client()

    for response in (stranger.get(path), stranger.post(path, ANSWERS | {"email": "other@norteko.example"})):
        assert response.status_code == 410
        assert "This link no longer works" in response.content.decode()
    assert User.objects.count() == 1


def test_a_newer_link_ends_the_older_one(client):
    older, newer = create_link(), create_link()

    assert client.get(path_of(older)).status_code == 410
    assert client.get(path_of(newer)).status_code == 200


def test_is_dead_as_soon_as_an_administrator_exists_by_other_means(client):
    path = path_of(create_link())
    make.user("administrator")

    assert client.get(path).status_code == 410
    assert client.post(path, ANSWERS).status_code == 410


def test_the_use_case_itself_refuses_beside_an_administrator():
    token = token_of(create_link())
    make.user("administrator")

    with pytest.raises(LinkDead):
        set_up_installation(token=token, **use_case_values())

    assert not Firm.objects.exists()


def test_a_used_link_stays_dead_even_when_no_administrator_is_left(client):
    path = path_of(create_link())
    client.post(path, ANSWERS)
    User.objects.update(is_active=False)

    assert Client().get(path).status_code == 410


def test_a_link_that_was_never_made_answers_410(client):
    create_link()

    assert client.get(reverse("first_administrator", args=["guessed"])).status_code == 410


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"email": "no address"}, "email"),
        ({"password": "short", "password_again": "short"}, "password"),
        ({"password_again": "another one"}, "password_again"),
        ({"language": "xx"}, "language"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"firm_name": ""}, "firm_name"),
        ({"country": "XX"}, "country"),
        ({"currency": "QQQ"}, "currency"),
        ({"mode": "b2x"}, "mode"),
    ],
)
def test_shows_what_is_wrong_at_its_field_writes_nothing_and_stays_usable(client, changed, field):
    path = path_of(create_link())

    refused = client.post(path, ANSWERS | changed)
    nothing = (User.objects.count(), Firm.objects.count(), Role.objects.count())
    accepted = client.post(path, ANSWERS)

    assert list(refused.context["form"].errors) == [field]
    assert nothing == (0, 0, 0)
    assert accepted.status_code == 302


def test_a_firm_that_is_refused_by_the_use_case_leaves_the_link_usable(client):
    link = create_link()

    with pytest.raises(Exception, match="firm_name"):
        set_up_installation(token=token_of(link), **(use_case_values() | {"firm_name": ""}))

    assert User.objects.count() == 0
    assert client.get(path_of(link)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_browsers_that_send_the_page_at_once_one_wins():
    token = token_of(create_link())

    results = together(
        4,
        lambda place: set_up_installation(token=token, **(use_case_values() | {"email": f"{place}@norteko.example"})),
    )

    assert sum(isinstance(result, User) for result in results) == 1
    assert sum(isinstance(result, LinkDead) for result in results) == 3
    assert User.objects.count() == Firm.objects.count() == 1


def test_the_page_follows_the_browser_s_language_and_proposes_it(client):
    page = client.get(path_of(create_link()), headers={"accept-language": "es"})

    assert page.headers["Content-Language"] == "es"
    assert page.context["form"]["language"].value() == "es"
    assert "no-store" in page.headers["Cache-Control"]


def test_the_command_prints_a_fresh_link_each_time(client, settings):
    settings.SITE_URL = "https://crm.norteko.example"
    first, second = io.StringIO(), io.StringIO()

    call_command("create_first_admin", stdout=first)
    call_command("create_first_admin", print_link=True, stdout=second)
    links = [text.getvalue().split("https://crm.norteko.example")[1].split()[0] for text in (first, second)]

    assert links[0] != links[1]
    assert [client.get(link).status_code for link in links] == [410, 200]


def test_the_command_refuses_once_an_administrator_exists():
    make.user("administrator")

    with pytest.raises(CommandError, match="administrator already") as refusal:
        call_command("create_first_admin")

    assert refusal.value.returncode == 1


def test_other_users_do_not_count_as_administrators():
    make.user("rep")
    make.user("administrator", is_active=False)

    assert create_link()
