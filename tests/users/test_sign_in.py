"""Signing in and out, forgotten and changed passwords, rate limits, and the languages before sign-in."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from tests import make
from users.models import AuditEntry

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "seven brown foxes dig"
LOGIN = "/sign-in/login/"


def sign_in(client, email, password=make.PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def is_signed_in(client) -> bool:
    return client.get(reverse("profile")).status_code == 200


def entries(kind) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(kind=kind))


def mailed_path() -> str:
    return re.search(r"https?://[^/]+(/\S+)", mail.outbox[-1].body).group(1)


def test_signs_in_with_e_mail_and_password_and_notes_it(client):
    user = make.user()

    response = sign_in(client, user.email)

    assert response.headers["Location"] == reverse("home")
    assert is_signed_in(client)
    assert [entry.actor for entry in entries(AuditEntry.Kind.SIGNED_IN)] == [user]
    assert entries(AuditEntry.Kind.SIGNED_IN)[0].ip == "127.0.0.1"


def test_takes_the_e_mail_in_any_case(client):
    user = make.user(email="pilar.otero@norteko.example")

    sign_in(client, "Pilar.OTERO@Norteko.example")

    assert client.session["_auth_user_id"] == str(user.pk)


def test_leads_back_to_the_page_that_asked_for_the_sign_in(client):
    user = make.user("administrator")

    asked = client.get("/setup/users/")
    page = client.get(asked.headers["Location"]).content.decode()
    response = sign_in(client, user.email, next="/setup/users/")

    assert asked.headers["Location"] == f"{LOGIN}?next=/setup/users/"
    assert '<input type="hidden" name="next" value="/setup/users/">' in page
    assert response.headers["Location"] == "/setup/users/"


@pytest.mark.parametrize(
    "hostile",
    [
        "https://evil.example/",
        "//evil.example/",
        "https:///evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
    ],
)
def test_never_leads_to_another_site_after_the_sign_in(client, settings, hostile):
    settings.CSRF_TRUSTED_ORIGINS = ["https://evil.example"]

    response = sign_in(client, make.user().email, next=hostile)

    assert response.headers["Location"] == reverse("home")


def test_says_the_same_to_an_unknown_e_mail_and_to_a_wrong_password(client):
    user = make.user()

    wrong = sign_in(client, user.email, "not this one").content.decode()
    unknown = sign_in(client, "nobody@norteko.example", "not this one").content.decode()

    text = "The e-mail or the password is not right."
    assert text in wrong
    assert text in unknown
    assert [entry.detail["email"] for entry in entries(AuditEntry.Kind.SIGN_IN_REFUSED)] == [
        "nobody@norteko.example",
        user.email,
    ]
    assert "not this one" not in str([entry.detail for entry in entries(AuditEntry.Kind.SIGN_IN_REFUSED)])


def test_a_deactivated_user_cannot_sign_in_and_learns_why_only_with_the_right_password(client):
    user = make.user(is_active=False)

    wrong = sign_in(client, user.email, "not this one")
    right = sign_in(client, user.email)

    assert "The e-mail or the password is not right." in wrong.content.decode()
    assert right.headers["Location"] == reverse("account_inactive")
    assert "You cannot sign in any more" in client.get(reverse("account_inactive")).content.decode()
    assert not is_signed_in(client)


def test_a_user_who_is_deactivated_while_signed_in_is_signed_out(client):
    user = make.user()
    sign_in(client, user.email)
    user.is_active = False
    user.save(update_fields=["is_active"])

    assert not is_signed_in(client)


def test_somebody_without_password_cannot_sign_in(client):
    user = make.user(password=None)

    sign_in(client, user.email, "")
    sign_in(client, user.email, "!")

    assert not is_signed_in(client)


def test_blocks_the_sixth_attempt_for_an_address_with_a_clear_message_and_even_the_right_password(
    client, database_cache
):
    user = make.user()
    for _attempt in range(5):
        sign_in(client, user.email, "not this one")

    response = sign_in(client, user.email)

    assert "Too many attempts. Wait five minutes" in response.content.decode()
    assert not is_signed_in(client)
    assert [entry.detail for entry in entries(AuditEntry.Kind.SIGN_IN_BLOCKED)] == [{"email": user.email}]


def test_the_block_of_an_unknown_address_reads_the_same(client, database_cache):
    for _attempt in range(5):
        sign_in(client, "nobody@norteko.example", "not this one")

    response = sign_in(client, "nobody@norteko.example", "not this one")

    assert "Too many attempts. Wait five minutes" in response.content.decode()


def test_one_blocked_address_does_not_keep_others_out(client, database_cache):
    blocked, other = make.user(), make.user()
    for _attempt in range(6):
        sign_in(client, blocked.email, "not this one")

    sign_in(client, other.email)

    assert is_signed_in(client)


def test_answers_429_in_words_to_one_browser_that_tries_without_end(client, database_cache):
    for position in range(30):
        sign_in(client, f"nobody{position}@norteko.example", "not this one")

    response = sign_in(client, "nobody@norteko.example", "not this one")

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "60"
    assert "Wait a minute and try again" in response.content.decode()


def test_signs_out_by_post_only(client):
    user = make.user()
    client.force_login(user)

    asked = client.get(reverse("account_logout"))
    still = is_signed_in(client)
    response = client.post(reverse("account_logout"))

    assert "Sign out?" in asked.content.decode()
    assert still
    assert response.headers["Location"] == LOGIN
    assert not is_signed_in(client)
    assert [entry.actor for entry in entries(AuditEntry.Kind.SIGNED_OUT)] == [user]


def test_stays_signed_in_over_a_restart_of_the_browser_only_when_asked(client):
    user = make.user()

    sign_in(client, user.email)
    short = client.session.get_expire_at_browser_close()
    client.logout()
    sign_in(client, user.email, remember="on")

    assert short
    assert not client.session.get_expire_at_browser_close()


def test_mails_a_link_in_the_language_of_its_reader_that_sets_a_new_password_and_signs_in(client):
    user = make.user(language="es")

    asked = client.post(reverse("account_reset_password"), {"email": user.email})
    form = client.get(mailed_path())
    page = client.get(form.headers["Location"])
    done = client.post(form.headers["Location"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    user.refresh_from_db()

    assert asked.headers["Location"] == reverse("account_reset_password_done")
    assert mail.outbox[0].to == [user.email]
    assert user.email in page.content.decode()
    assert done.headers["Location"] == reverse("home")
    assert is_signed_in(client)
    assert user.check_password(NEW_PASSWORD)
    assert [entry.actor for entry in entries(AuditEntry.Kind.PASSWORD_RESET)] == [user]


def test_the_link_works_once(client):
    user = make.user()
    client.post(reverse("account_reset_password"), {"email": user.email})
    form = client.get(mailed_path())
    client.post(form.headers["Location"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    client.post(reverse("account_logout"))

    response = client.get(mailed_path())

    assert response.status_code == 200
    assert "This link no longer works" in response.content.decode()


def test_the_link_is_dead_once_the_user_is_deactivated_or_has_another_address(client):
    user = make.user()
    client.post(reverse("account_reset_password"), {"email": user.email})

    user.is_active = False
    user.save()
    while_deactivated = client.get(mailed_path())
    user.is_active = True
    user.email = "new.address@norteko.example"
    user.save()
    with_other_address = client.get(mailed_path())

    assert "This link no longer works" in while_deactivated.content.decode()
    assert "This link no longer works" in with_other_address.content.decode()


def test_an_address_that_an_administrator_has_replaced_opens_nothing_any_more(client):
    user = make.user(email="old@norteko.example")
    client.post(reverse("account_reset_password"), {"email": "old@norteko.example"})
    sign_in(client, "old@norteko.example")
    client.post(reverse("account_logout"))
    user.email = "new@norteko.example"
    user.save()
    mail.outbox.clear()

    sign_in(client, "old@norteko.example")
    client.post(reverse("account_reset_password"), {"email": "old@norteko.example"})

    assert not is_signed_in(client)
    assert mail.outbox == []
    assert not EmailAddress.objects.exists()


def test_asking_for_a_link_says_the_same_to_unknown_and_deactivated_people_and_mails_nothing(client):
    inactive = make.user(is_active=False)
    known = client.post(reverse("account_reset_password"), {"email": make.user().email}, follow=True)
    mail.outbox.clear()

    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@norteko.example"}, follow=True)
    closed = client.post(reverse("account_reset_password"), {"email": inactive.email}, follow=True)

    def words(page) -> str:
        return re.sub(r'value="\w{64}"', "", page.content.decode())

    assert words(unknown) == words(closed) == words(known)
    assert mail.outbox == []


def test_a_mail_server_that_fails_looks_like_an_unknown_address(client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    response = client.post(reverse("account_reset_password"), {"email": make.user().email})

    assert response.headers["Location"] == reverse("account_reset_password_done")


def test_limits_how_often_a_link_is_mailed_to_one_address(client, database_cache):
    user = make.user()
    for _attempt in range(5):
        client.post(reverse("account_reset_password"), {"email": user.email})

    response = client.post(reverse("account_reset_password"), {"email": user.email})

    assert response.status_code == 429
    assert len(mail.outbox) == 5


def test_changes_the_password_ends_other_sessions_and_notes_it(client):
    user = make.user()
    elsewhere = type(client)()
    sign_in(client, user.email)
    sign_in(elsewhere, user.email)

    response = client.post(
        reverse("account_change_password"),
        {"oldpassword": make.PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )

    assert response.headers["Location"] == reverse("profile")
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert [entry.actor for entry in entries(AuditEntry.Kind.PASSWORD_CHANGED)] == [user]


@pytest.mark.parametrize(
    ("old", "new", "again", "message"),
    [
        ("wrong", NEW_PASSWORD, NEW_PASSWORD, "This is not your present password."),
        (make.PASSWORD, "short", "short", "too short"),
        (make.PASSWORD, "1029384756", "1029384756", "entirely numeric"),
        (make.PASSWORD, NEW_PASSWORD, "something else", "same password"),
    ],
)
def test_refuses_a_password_change_and_keeps_the_present_one(client, old, new, again, message):
    user = make.user()
    client.force_login(user)

    response = client.post(
        reverse("account_change_password"), {"oldpassword": old, "password1": new, "password2": again}
    )
    user.refresh_from_db()

    assert message in response.content.decode()
    assert user.check_password(make.PASSWORD)


def test_signed_out_pages_follow_the_browser(client):
    spanish = client.get(LOGIN, headers={"accept-language": "es-MX,es;q=0.9,en;q=0.5"})
    other = client.get(LOGIN, headers={"accept-language": "ja"})

    assert 'lang="es"' in spanish.content.decode()
    assert spanish.headers["Content-Language"] == "es"
    assert "Accept-Language" in spanish.headers["Vary"]
    assert other.headers["Content-Language"] == "en"


def test_the_language_chosen_on_a_signed_out_page_stays(client):
    response = client.post(reverse("switch_language"), {"language": "es", "next": LOGIN})
    page = client.get(LOGIN, headers={"accept-language": "en"})

    assert response.headers["Location"] == LOGIN
    assert page.headers["Content-Language"] == "es"


def test_after_the_sign_in_pages_have_the_user_s_language(client):
    user = make.user(language="es")

    sign_in(client, user.email)
    page = client.get(reverse("profile"), headers={"accept-language": "en"})

    assert page.headers["Content-Language"] == "es"


@pytest.mark.parametrize(
    "name", ["account_login", "account_reset_password", "account_reset_password_done", "account_inactive"]
)
def test_nobody_needs_to_be_signed_in_for_the_pages_around_sign_in(client, name):
    assert client.get(reverse(name)).status_code == 200


def test_nobody_can_sign_up(client):
    assert client.get("/sign-in/signup/").status_code == 404


def test_django_s_administration_is_entered_by_the_same_page(client):
    signed_out = client.get("/admin/", follow=True)
    posted = client.post("/admin/login/", {"username": "a@b.example", "password": "x"})
    client.force_login(make.user())
    as_rep = client.get("/admin/", follow=True)

    assert signed_out.redirect_chain[-1][0] == f"{LOGIN}?next=/admin/"
    assert posted.status_code == 405
    assert as_rep.status_code == 404


def test_the_password_is_asked_once_more_where_allauth_wants_it(client):
    user = make.user()
    client.force_login(user)

    wrong = client.post(reverse("account_reauthenticate"), {"password": "not this one"})
    right = client.post(reverse("account_reauthenticate"), {"password": make.PASSWORD, "next": "/profile/"})

    assert "This is not your password." in wrong.content.decode()
    assert right.headers["Location"] == "/profile/"
