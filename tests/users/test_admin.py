"""Users, teams and roles in Django's administration obey the same use cases as the pages."""

import pytest
from django.urls import reverse

from tests import make
from users.models import AuditEntry, Role, Team, User

pytestmark = pytest.mark.django_db

STRONG = "seven brown foxes dig"


@pytest.fixture
def administrator(client) -> User:
    user = make.user("administrator")
    client.force_login(user)
    return user


def values(user: User, **changed) -> dict:
    return {
        "name": user.name,
        "email": user.email,
        "role": user.role_id,
        "team": user.team_id or "",
        "language": user.language,
        "time_zone": user.time_zone,
        "new_password": "",
        **({"is_active": "on"} if user.is_active else {}),
        **changed,
    }


def told(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_creates_a_user_whose_password_is_hashed_and_works(client, administrator):
    pattern = make.user()

    client.post(
        reverse("admin:users_user_add"),
        values(pattern, name="Oriol Puig", email="Oriol@norteko.example", new_password=STRONG),
    )
    user = User.objects.get(email="oriol@norteko.example")

    assert user.check_password(STRONG)
    assert STRONG not in user.password
    assert AuditEntry.objects.get(kind=AuditEntry.Kind.USER_CREATED).actor == administrator


def test_shows_a_weak_password_at_its_field_and_creates_nobody(client, administrator):
    response = client.post(
        reverse("admin:users_user_add"), values(make.user(), email="o@norteko.example", new_password="short")
    )

    assert "new_password" in response.context["adminform"].form.errors
    assert not User.objects.filter(email="o@norteko.example").exists()


def test_changes_deactivates_and_gives_a_new_password_and_notes_all_three(client, administrator):
    user = make.user()
    manager = make.user("manager").role

    wanted = values(user, role=manager.pk, new_password=STRONG)
    wanted.pop("is_active")
    client.post(reverse("admin:users_user_change", args=[user.pk]), wanted)
    user.refresh_from_db()

    assert (user.role, user.is_active, user.check_password(STRONG)) == (manager, False, True)
    assert set(AuditEntry.objects.exclude(kind=AuditEntry.Kind.SIGNED_IN).values_list("kind", flat=True)) == {
        AuditEntry.Kind.USER_CHANGED,
        AuditEntry.Kind.PASSWORD_CHANGED,
        AuditEntry.Kind.USER_DEACTIVATED,
    }


def test_the_last_administrator_can_neither_be_demoted_nor_deactivated_here(client, administrator):
    page = reverse("admin:users_user_change", args=[administrator.pk])
    demoted = values(administrator, role=make.user("rep").role_id, name="Somebody else")
    deactivated = values(administrator)
    deactivated.pop("is_active")

    texts = [told(client.post(page, wanted, follow=True)) for wanted in (demoted, deactivated)]
    administrator.refresh_from_db()

    assert all("last active administrator" in text for text in texts)
    assert administrator.is_administrator
    assert administrator.name != "Somebody else"


def test_no_user_can_be_deleted(client, administrator):
    user = make.user()

    assert client.post(reverse("admin:users_user_delete", args=[user.pk]), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=user.pk).exists()


def test_teams_are_made_renamed_and_deleted_only_when_empty(client, administrator):
    client.post(reverse("admin:users_team_add"), {"name": "South"})
    south = Team.objects.get(name="South")
    client.post(reverse("admin:users_team_change", args=[south.pk]), {"name": "Southwest"})
    used = make.team("Used")
    make.user(team=used)

    refused = client.post(reverse("admin:users_team_delete", args=[used.pk]), {"post": "yes"}, follow=True)
    client.post(reverse("admin:users_team_delete", args=[south.pk]), {"post": "yes"})

    assert "still belong to this team" in told(refused)
    assert Team.objects.filter(name="Used").exists()
    assert not Team.objects.filter(pk=south.pk).exists()
    assert set(AuditEntry.objects.filter(kind__startswith="team").values_list("kind", flat=True)) == {
        AuditEntry.Kind.TEAM_CREATED,
        AuditEntry.Kind.TEAM_CHANGED,
        AuditEntry.Kind.TEAM_DELETED,
    }


def test_roles_are_made_and_changed_but_the_administrator_s_stays_what_it_is(client, administrator):
    client.post(reverse("admin:users_role_add"), {"name": "Back office", "rights": '{"lead": {"view": "all"}}'})
    role = Role.objects.get(name="Back office")
    chief = reverse("admin:users_role_change", args=[administrator.role_id])

    client.post(reverse("admin:users_role_change", args=[role.pk]), {"name": "Back office", "rights": "{}"})
    client.post(chief, {"name": "Chief", "rights": "{}", "is_administrator": ""})
    deleted = client.post(reverse("admin:users_role_delete", args=[administrator.role_id]), {"post": "yes"})
    role.refresh_from_db()
    administrator.role.refresh_from_db()

    assert role.rights == {}
    assert not role.is_administrator
    assert (administrator.role.name, administrator.role.is_administrator) == ("Chief", True)
    assert deleted.status_code == 403


def test_refuses_rights_that_do_not_exist_at_their_field(client, administrator):
    response = client.post(reverse("admin:users_role_add"), {"name": "Wrong", "rights": '{"planet": {"view": "all"}}'})

    assert "rights" in response.context["adminform"].form.errors


def test_the_audit_log_can_only_be_read(client, administrator):
    entry = AuditEntry.objects.create(kind=AuditEntry.Kind.SIGNED_IN, actor=administrator)

    assert client.get(reverse("admin:users_auditentry_changelist")).status_code == 200
    assert client.get(reverse("admin:users_auditentry_add")).status_code == 403
    assert client.post(reverse("admin:users_auditentry_change", args=[entry.pk]), {}).status_code == 403
    assert client.post(reverse("admin:users_auditentry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("persona", ["manager", "rep", "read-only"])
def test_nobody_else_gets_in(client, persona):
    client.force_login(make.user(persona))

    response = client.get(reverse("admin:users_user_changelist"), follow=True)

    assert response.status_code == 404


def test_neither_sessions_nor_groups_nor_addresses_are_shown(client, administrator):
    page = client.get(reverse("admin:index")).content.decode()

    assert "/admin/users/user/" in page
    for hidden in ("/admin/usersessions/", "/admin/auth/group/", "/admin/account/"):
        assert hidden not in page


@pytest.mark.parametrize(
    "rights",
    ["[" * 100_000, "9" * 5_000, '{"\\ud800": {"view": "all"}}', '{"lead": {"view": ["all"]}}', "{"],
    ids=["deep", "long number", "half a character", "list", "torn"],
)
def test_refuses_rights_that_are_no_table(client, administrator, rights):
    answer = client.post(reverse("admin:users_role_add"), {"name": "Odd", "rights": rights})

    assert answer.status_code == 200
    assert "rights" in answer.context["adminform"].form.errors
    assert not Role.objects.filter(name="Odd").exists()


@pytest.mark.parametrize("page", ["auditentry", "user", "team", "role"])
def test_a_list_refuses_a_number_that_no_row_can_have(client, administrator, page):
    answer = client.get(reverse(f"admin:users_{page}_changelist"), {"id__in": "9" * 30})

    assert answer.status_code in (200, 302)


@pytest.mark.parametrize("wanted", ["abc", "setup", "²"])
def test_the_sign_in_address_of_the_administration_takes_any_word_for_the_next_page(client, administrator, wanted):
    assert client.get("/admin/login/", {"next": wanted}).status_code == 302
    assert client.post(reverse("switch_language"), {"language": "en", "next": wanted}).status_code == 302
    assert client.post(reverse("switch_theme"), {"theme": "dark", "next": wanted}).status_code == 302
