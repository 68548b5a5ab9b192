"""The administrators' pages of users, teams and roles, and that they exist for nobody else."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from core.records.rights import Right, Scope
from tests import make
from users.models import RIGHT_TYPES, AuditEntry, Role, Team, User

pytestmark = pytest.mark.django_db

STRONG = "seven brown foxes dig"


@pytest.fixture
def administrator(client) -> User:
    user = make.user("administrator", name="Itziar Mendia")
    client.force_login(user)
    return user


def user_values(role: Role, **changed) -> dict:
    return {
        "name": "Oriol Puig",
        "email": "Oriol.Puig@norteko.example",
        "role": role.pk,
        "team": "",
        "language": "es",
        "time_zone": "Europe/Madrid",
        **changed,
    }


def link_on(page) -> str:
    found = re.search(r">http://testserver(/sign-in/password/reset/key/[^<]+)<", page.content.decode())
    return found.group(1) if found else ""


def matrix(**cells: str) -> dict[str, str]:
    """What the form of a role posts: none everywhere but in the given cells ("lead-view": "all")."""
    complete = {f"{record_type}-{right}": "none" for record_type in RIGHT_TYPES for right in Right.values}
    return complete | cells


# --- who may -----------------------------------------------------------------------------------

PAGES = {
    "user_list": "get",
    "user_create": "get",
    "user_edit": "get",
    "user_deactivate": "get",
    "user_reactivate": "post",
    "user_invite": "post",
    "user_invitation": "get",
    "team_list": "get",
    "team_create": "get",
    "team_edit": "get",
    "team_delete": "post",
    "role_list": "get",
    "role_create": "get",
    "role_edit": "get",
    "role_delete": "post",
}


def address(name: str) -> str:
    """The page, of a user, team or role that exists."""
    kind, _line, what = name.partition("_")
    if what in ("list", "create"):
        return reverse(name)
    rows = {"user": User, "team": Team, "role": Role}[kind].objects
    return reverse(name, args=[rows.order_by("pk").first().pk])


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_do_not_exist_for_others_and_ask_strangers_to_sign_in(client, name):
    make.user("administrator")
    path, method = address(name), PAGES[name]

    answers = set()
    for persona in ("manager", "rep", "read-only"):
        client.force_login(make.user(persona))
        answers |= {client.get(path).status_code, client.post(path, {}).status_code}
    signed_out = getattr(Client(headers={"referer": "http://testserver/setup/"}), method)(path)

    assert answers == {404}
    assert signed_out.status_code == 302
    assert signed_out.headers["Location"].startswith("/sign-in/login/")


@pytest.mark.parametrize("name", [name for name, method in PAGES.items() if method == "get"])
def test_administrators_see_every_page(client, administrator, name):
    assert client.get(address(name)).status_code == 200


@pytest.mark.parametrize("name", ["user_edit", "user_deactivate", "user_invitation", "team_edit", "role_edit"])
def test_a_page_of_nothing_is_not_found(client, administrator, name):
    assert client.get(reverse(name, args=[987654])).status_code == 404


# --- users -------------------------------------------------------------------------------------


def test_invites_a_user_with_a_link_that_is_shown_once_and_mailed(client, administrator):
    role = make.user("rep").role

    created = client.post(reverse("user_create"), user_values(role, access="link"))
    user = User.objects.get(email="oriol.puig@norteko.example")
    once = client.get(created.headers["Location"])
    twice = client.get(created.headers["Location"])

    assert created.headers["Location"] == reverse("user_invitation", args=[user.pk])
    assert link_on(once)
    assert link_on(twice) == ""
    assert "no-store" in once.headers["Cache-Control"]
    assert mail.outbox[0].to == ["oriol.puig@norteko.example"]
    assert link_on(once) in mail.outbox[0].body
    assert AuditEntry.objects.get(kind=AuditEntry.Kind.USER_INVITED).detail["mailed"] is True
    assert link_on(once) not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_the_invited_person_chooses_a_password_and_is_signed_in(client, administrator):
    created = client.post(reverse("user_create"), user_values(make.user("rep").role, access="link"))
    link = link_on(client.get(created.headers["Location"]))
    invited = Client()

    form = invited.get(link)
    invited.post(form.headers["Location"], {"password1": STRONG, "password2": STRONG})

    assert invited.get(reverse("profile")).context["person"].email == "oriol.puig@norteko.example"
    assert Client().get(link).status_code == 200
    assert "This link no longer works" in Client().get(link).content.decode()


@pytest.mark.parametrize("backend", ["console", "smtp"])
def test_says_that_the_link_must_be_handed_over_when_no_mail_leaves(client, administrator, settings, backend, capsys):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    created = client.post(reverse("user_create"), user_values(make.user("rep").role, access="link"))
    page = client.get(created.headers["Location"])

    assert "No mail could be sent from here" in page.content.decode()
    assert link_on(page)
    assert "/sign-in/" not in capsys.readouterr().out


def test_creates_a_user_with_an_initial_password(client, administrator):
    role = make.user("rep").role

    client.post(reverse("user_create"), user_values(role, access="password", password=STRONG))

    assert User.objects.get(email="oriol.puig@norteko.example").check_password(STRONG)
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"access": "password", "password": ""}, "password"),
        ({"access": "password", "password": "short"}, "password"),
        ({"access": "nothing"}, "access"),
        ({"email": "taken@norteko.example"}, "email"),
        ({"role": ""}, "role"),
        ({"role": "987654"}, "role"),
    ],
)
def test_shows_what_is_wrong_with_a_new_user_at_its_field_and_keeps_the_rest(client, administrator, changed, field):
    make.user(email="taken@norteko.example")

    response = client.post(reverse("user_create"), user_values(make.user("rep").role, access="link") | changed)

    assert list(response.context["form"].errors) == [field]
    assert 'value="Oriol Puig"' in response.content.decode()
    assert not User.objects.filter(name="Oriol Puig").exists()


def test_edits_a_user(client, administrator):
    user = make.user("rep")
    south = make.team("South")

    client.post(reverse("user_edit", args=[user.pk]), user_values(make.user("manager").role, team=south.pk))
    user.refresh_from_db()

    assert (user.name, user.email, user.team, user.role.key) == (
        "Oriol Puig",
        "oriol.puig@norteko.example",
        south,
        "manager",
    )


def test_the_last_administrator_reads_why_neither_is_possible(client, administrator):
    demoted = client.post(
        reverse("user_edit", args=[administrator.pk]),
        user_values(make.user("rep").role, email=administrator.email),
    )
    deactivated = client.post(reverse("user_deactivate", args=[administrator.pk]))
    administrator.refresh_from_db()

    assert "last active administrator" in str(demoted.context["form"].errors["role"])
    assert "last active administrator" in deactivated.content.decode()
    assert administrator.is_administrator


def test_deactivates_after_asking_and_lets_back_in(client, administrator):
    user = make.user()

    asked = client.get(reverse("user_deactivate", args=[user.pk]))
    untouched = User.objects.get(pk=user.pk).is_active
    client.post(reverse("user_deactivate", args=[user.pk]))
    gone = User.objects.get(pk=user.pk).is_active
    listed = client.get(reverse("user_list") + "?show=deactivated").content.decode()
    client.post(reverse("user_reactivate", args=[user.pk]))

    assert "signed out everywhere" in asked.content.decode()
    assert (untouched, gone, User.objects.get(pk=user.pk).is_active) == (True, False, True)
    assert user.email in listed


def test_makes_no_link_for_a_deactivated_user(client, administrator):
    user = make.user(is_active=False)

    assert client.post(reverse("user_invite", args=[user.pk])).status_code == 404


def test_many_users_are_listed_in_pages_with_a_fixed_number_of_queries(
    client, administrator, django_assert_max_num_queries
):
    role = make.user("rep").role
    User.objects.bulk_create(
        [User(name=f"Person {place:03}", email=f"p{place}@norteko.example", role=role) for place in range(120)]
    )
    client.get(reverse("user_list"))

    with django_assert_max_num_queries(8):
        first = client.get(reverse("user_list"))
    last = client.get(reverse("user_list") + "?page=3")

    assert len(first.context["page"].object_list) == 50
    assert 'href="?page=2"' in first.content.decode()
    assert "101–122" in last.content.decode()


# --- teams -------------------------------------------------------------------------------------


def test_creates_edits_and_deletes_a_team(client, administrator):
    user, other = make.user(team=None), make.user(team=None)

    client.post(reverse("team_create"), {"name": "South", "members": [user.pk]})
    team = Team.objects.get(name="South")
    client.post(reverse("team_edit", args=[team.pk]), {"name": "Southwest", "members": [other.pk]})
    members = set(team.users.all())
    refused = client.post(reverse("team_delete", args=[team.pk]), follow=True)
    client.post(reverse("team_edit", args=[team.pk]), {"name": "Southwest"})
    client.post(reverse("team_delete", args=[team.pk]))

    assert members == {other}
    assert "still belong to this team" in refused.content.decode()
    assert not Team.objects.filter(pk=team.pk).exists()


def test_shows_a_taken_team_name_at_its_field(client, administrator):
    make.team("North")

    response = client.post(reverse("team_create"), {"name": "North"})

    assert list(response.context["form"].errors) == ["name"]


def test_a_member_who_was_deactivated_stays_a_member_of_the_team_that_is_renamed(client, administrator):
    west = make.team("West")
    retired = make.user(team=west, is_active=False)

    page = client.get(reverse("team_edit", args=[west.pk]))

    assert page.context["form"]["members"].value() == [retired.pk]


# --- roles -------------------------------------------------------------------------------------


def test_creates_a_role_from_the_matrix_and_its_rights_hold(client, administrator):
    cells = matrix(**{"lead-view": "team", "lead-create": "all", "lead-edit": "own", "task-edit": "team"})

    client.post(reverse("role_create"), {"name": "Scout", **cells})
    role = Role.objects.get(name="Scout")

    assert role.rights["lead"] == {
        "view": "team",
        "create": "all",
        "edit": "own",
        "delete": "none",
        "export": "none",
    }
    assert role.rights["task"]["edit"] == "team"
    assert role.scope("account", "view") == Scope.NONE


def test_saving_a_role_as_it_is_takes_nothing_from_its_users(client, administrator):
    rep = make.user("rep")
    fields = client.get(reverse("role_edit", args=[rep.role_id])).context["form"]
    same = {name: fields[name].value() for name in fields.fields}
    client.post(reverse("role_edit", args=[rep.role_id]), same)

    client.force_login(rep)
    assert [client.get(path).status_code for path in ("/tasks/", "/interactions/", "/tasks/new/")] == [200, 200, 200]


def test_a_new_role_can_start_like_another_one(client, administrator):
    rep = make.user("rep").role

    form = client.get(reverse("role_create") + f"?like={rep.pk}").context["form"]

    assert form["lead-edit"].value() == Scope.TEAM
    assert form["lead-create"].value() == Scope.ALL


@pytest.mark.parametrize("like", ["", "x", "987654", "9" * 40, "-1"])
def test_a_role_like_nothing_starts_empty(client, administrator, like):
    form = client.get(reverse("role_create") + f"?like={like}").context["form"]

    assert form["lead-view"].value() == Scope.NONE


def test_saving_the_matrix_as_it_is_shown_changes_no_right(client, administrator):
    rep = make.user("rep")
    before = {(kind, right): rep.scope(kind, right) for kind in RIGHT_TYPES for right in Right.values}
    form = client.get(reverse("role_edit", args=[rep.role_id])).context["form"]

    client.post(
        reverse("role_edit", args=[rep.role_id]),
        {"name": "Rep", **{name: form[name].value() for name in form.fields if name != "name"}},
    )
    rep = User.objects.get(pk=rep.pk)

    following = {("task", "view"), ("interaction", "view")}
    after = {(kind, right): rep.scope(kind, right) for kind in RIGHT_TYPES for right in Right.values}
    assert {key: after[key] for key in after if key not in following} == {
        key: before[key] for key in before if key not in following
    }


@pytest.mark.parametrize(
    ("cell", "value"), [("lead-view", "everything"), ("task-edit", "territory"), ("lead-create", "team")]
)
def test_refuses_a_scope_that_the_cell_does_not_offer(client, administrator, cell, value):
    response = client.post(reverse("role_create"), {"name": "Wrong", **matrix(**{cell: value})})

    assert list(response.context["form"].errors) == [cell]
    assert not Role.objects.filter(name="Wrong").exists()


def test_the_administrator_role_has_no_matrix_and_takes_none(client, administrator):
    page = reverse("role_edit", args=[administrator.role_id])

    shown = client.get(page).content.decode()
    client.post(page, {"name": "Chief", **matrix()})
    refused = client.post(reverse("role_delete", args=[administrator.role_id]), follow=True)
    administrator.role.refresh_from_db()

    assert "lead-view" not in shown
    assert (administrator.role.name, administrator.role.is_administrator) == ("Chief", True)
    assert "not limited or deleted" in refused.content.decode()


def test_deletes_an_unused_role_and_says_why_a_used_one_stays(client, administrator):
    used = make.user("rep").role
    client.post(reverse("role_create"), {"name": "Scout", **matrix()})
    free = Role.objects.get(name="Scout")

    client.post(reverse("role_delete", args=[free.pk]))
    refused = client.post(reverse("role_delete", args=[used.pk]), follow=True)

    assert not Role.objects.filter(pk=free.pk).exists()
    assert "Users still have this role" in refused.content.decode()
    assert Role.objects.filter(pk=used.pk).exists()


@pytest.mark.parametrize("member", ["9" * 19, "9" * 400, "-1", "abc", "²"])
def test_a_team_refuses_a_member_who_cannot_be(client, administrator, member):
    answer = client.post(reverse("team_create"), {"name": "Norte", "members": [member]})

    assert answer.context["form"].errors.keys() == {"members"}
    assert not Team.objects.filter(name="Norte").exists()
