"""The use cases of users, teams and roles: what they do, refuse and note in the audit log."""

import pytest
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from core.records.rights import Scope
from tests import make
from tests.threads import together
from users import administration
from users.models import RIGHT_TYPES, AuditEntry, Role, Team, User

pytestmark = pytest.mark.django_db

STRONG = "seven brown foxes dig"


@pytest.fixture
def administrator() -> User:
    return make.user("administrator", name="Itziar Mendia")


def values(**changed) -> dict:
    """What a form hands over for a new rep."""
    role = make.user().role
    return {
        "name": "Oriol Puig",
        "email": "oriol.puig@norteko.example",
        "role": role,
        "team": None,
        "language": "es",
        "time_zone": "Europe/Madrid",
        **changed,
    }


def noted(kind) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(kind=kind))


def rights(**changed) -> dict:
    return {record_type: {"view": "all", **changed} for record_type in RIGHT_TYPES}


# --- users -------------------------------------------------------------------------------------


def test_creates_a_user_with_a_hashed_password_and_notes_it(administrator):
    user = administration.create_user(actor=administrator, password=STRONG, ip="192.0.2.7", **values())

    assert user.check_password(STRONG)
    assert STRONG not in user.password
    entry = noted(AuditEntry.Kind.USER_CREATED)[0]
    assert (entry.actor, entry.ip, entry.detail["user"]) == (administrator, "192.0.2.7", user.pk)
    assert STRONG not in str(entry.detail)


def test_a_user_without_password_has_none_that_could_be_guessed(administrator):
    user = administration.create_user(actor=administrator, **values())

    assert not user.has_usable_password()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"email": "no address"}, "email"),
        ({"language": "xx"}, "language"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"password": "short"}, "password"),
        ({"password": "oriol.puig@norteko.example"}, "password"),
    ],
)
def test_refuses_a_wrong_user_at_its_field_and_writes_nothing(administrator, changed, field):
    wanted = values(**changed)

    with pytest.raises(ValidationError) as refusal:
        administration.create_user(actor=administrator, **wanted)

    assert list(refusal.value.message_dict) == [field]
    assert not User.objects.filter(name="Oriol Puig").exists()
    assert noted(AuditEntry.Kind.USER_CREATED) == []


def test_refuses_an_address_that_differs_only_by_case(administrator):
    make.user(email="oriol.puig@norteko.example")

    with pytest.raises(ValidationError):
        administration.create_user(actor=administrator, **values(email="Oriol.PUIG@norteko.example"))


def test_notes_what_was_changed_from_what_to_what(administrator):
    user = make.user("rep", name="Oriol Puig")
    manager = make.user("manager").role

    administration.update_user(actor=administrator, user=user, role=manager, name="Oriol Puig i Font")
    user.refresh_from_db()

    assert (user.role, user.name) == (manager, "Oriol Puig i Font")
    assert noted(AuditEntry.Kind.USER_CHANGED)[0].detail["changes"] == {
        "name": ["Oriol Puig", "Oriol Puig i Font"],
        "role": ["Sales rep", "Manager"],
    }


def test_saving_a_user_unchanged_notes_nothing(administrator):
    user = make.user()

    administration.update_user(actor=administrator, user=user, name=user.name, role=user.role)

    assert noted(AuditEntry.Kind.USER_CHANGED) == []


def test_refuses_fields_that_are_not_an_administrator_s_to_write(administrator):
    with pytest.raises(TypeError, match="is_superuser"):
        administration.update_user(actor=administrator, user=make.user(), is_superuser=True)


def test_deactivating_ends_every_session_of_the_user_and_no_other(administrator):
    user, other = make.user(), make.user()
    browsers = [Client(), Client(), Client()]
    for browser, person in zip(browsers, [user, user, other], strict=True):
        browser.post(reverse("account_login"), {"login": person.email, "password": make.PASSWORD, "next": "/profile/"})

    done = administration.deactivate_user(actor=administrator, user=user)
    administration.reactivate_user(actor=administrator, user=user)

    assert done.sessions_ended == 2
    assert [browser.get("/profile/").status_code for browser in browsers] == [302, 302, 200]
    assert set(UserSession.objects.values_list("user", flat=True)) == {other.pk}
    assert len(noted(AuditEntry.Kind.USER_DEACTIVATED)) == len(noted(AuditEntry.Kind.USER_REACTIVATED)) == 1


def test_deactivating_twice_is_noted_once(administrator):
    user = make.user()

    administration.deactivate_user(actor=administrator, user=user)
    administration.deactivate_user(actor=administrator, user=user)

    assert len(noted(AuditEntry.Kind.USER_DEACTIVATED)) == 1


def test_the_last_active_administrator_is_neither_deactivated_nor_demoted(administrator):
    make.user("administrator", is_active=False)
    rep = make.user("rep").role

    with pytest.raises(administration.LastAdministrator, match="Make somebody else an administrator"):
        administration.deactivate_user(actor=administrator, user=administrator)
    with pytest.raises(administration.LastAdministrator):
        administration.update_user(actor=administrator, user=administrator, role=rep)
    administrator.refresh_from_db()

    assert administrator.is_administrator
    assert noted(AuditEntry.Kind.USER_DEACTIVATED) == noted(AuditEntry.Kind.USER_CHANGED) == []


def test_one_of_two_administrators_may_go(administrator):
    other = make.user("administrator")

    administration.deactivate_user(actor=other, user=administrator)

    assert not User.objects.get(pk=administrator.pk).is_active


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_demote_each_other_at_once_leave_one():
    pair = [make.user("administrator"), make.user("administrator")]
    rep = make.user("rep").role

    results = together(2, lambda place: administration.update_user(actor=pair[1 - place], user=pair[place], role=rep))

    assert User.objects.filter(role__is_administrator=True, is_active=True).count() == 1
    assert sum(isinstance(result, administration.LastAdministrator | PermissionDenied) for result in results) == 1


def test_a_new_password_ends_the_sessions_of_the_old_one(administrator):
    user = make.user()
    browser = Client()
    browser.post(reverse("account_login"), {"login": user.email, "password": make.PASSWORD, "next": "/profile/"})

    administration.set_password(actor=administrator, user=user, password=STRONG)
    user.refresh_from_db()

    assert browser.get("/profile/").status_code == 302
    assert user.check_password(STRONG)


# --- teams -------------------------------------------------------------------------------------


def test_creates_a_team_and_moves_its_members_into_it(administrator):
    user = make.user(team=make.team("North"))

    team = administration.create_team(actor=administrator, name="  South   and  islands ", members=[user])
    user.refresh_from_db()

    assert (team.name, user.team) == ("South and islands", team)
    assert noted(AuditEntry.Kind.TEAM_CREATED)[0].detail["joined"] == [user.email]


def test_refuses_a_second_team_of_the_same_name(administrator):
    make.team("North")

    with pytest.raises(ValidationError):
        administration.create_team(actor=administrator, name="North")


def test_sets_name_and_members_of_a_team(administrator):
    west = make.team("West")
    stays, leaves, joins = make.user(team=west), make.user(team=west), make.user(team=None)

    administration.update_team(actor=administrator, team=west, name="Northwest", members=[stays, joins])

    assert set(west.users.all()) == {stays, joins}
    leaves.refresh_from_db()
    assert leaves.team is None
    detail = noted(AuditEntry.Kind.TEAM_CHANGED)[0].detail
    assert (detail["name_before"], detail["joined"], detail["left"]) == (
        "West",
        [joins.email],
        [leaves.email],
    )


def test_deletes_an_empty_team_only(administrator):
    empty, with_user, with_record = make.team("Empty"), make.team("Users"), make.team("Records")
    make.user(team=with_user)
    owner = make.user(team=with_record)
    make.account(owner)
    owner.team = None
    owner.save()

    administration.delete_team(actor=administrator, team=empty)
    for team in (with_user, with_record):
        with pytest.raises(administration.TeamNotEmpty):
            administration.delete_team(actor=administrator, team=team)

    assert set(Team.objects.values_list("name", flat=True)) == {"Users", "Records", "North"}
    assert len(noted(AuditEntry.Kind.TEAM_DELETED)) == 1


# --- roles -------------------------------------------------------------------------------------


def test_creates_a_role_whose_rights_hold_at_once(administrator):
    role = administration.create_role(actor=administrator, name="Back office", rights=rights(edit=Scope.OWN))
    user = administration.create_user(actor=administrator, **values(role=role))

    assert (user.scope("lead", "view"), user.scope("lead", "edit"), user.scope("lead", "delete")) == (
        Scope.ALL,
        Scope.OWN,
        Scope.NONE,
    )


@pytest.mark.parametrize(
    "wrong",
    [{"planet": {"view": "all"}}, {"lead": {"fly": "all"}}, {"lead": {"view": "everything"}}, ["lead"]],
)
def test_refuses_rights_that_do_not_exist(administrator, wrong):
    with pytest.raises(ValidationError):
        administration.create_role(actor=administrator, name="Wrong", rights=wrong)

    assert not Role.objects.filter(name="Wrong").exists()


def test_notes_the_rights_before_and_after(administrator):
    role = administration.create_role(actor=administrator, name="Back office", rights=rights())

    administration.update_role(actor=administrator, role=role, name="Back office", rights=rights(edit="all"))
    administration.update_role(actor=administrator, role=role, name="Back office", rights=rights(edit="all"))

    entries = noted(AuditEntry.Kind.ROLE_CHANGED)
    assert len(entries) == 1
    assert entries[0].detail["changes"] == {"rights": [rights(), rights(edit="all")]}


def test_the_administrator_role_can_be_renamed_but_neither_limited_nor_deleted(administrator):
    role = administrator.role

    administration.update_role(actor=administrator, role=role, name="Chief")
    with pytest.raises(administration.AdministratorRoleStays):
        administration.update_role(actor=administrator, role=role, name="Chief", rights=rights())
    with pytest.raises(administration.AdministratorRoleStays):
        administration.delete_role(actor=administrator, role=role)

    role.refresh_from_db()
    assert (role.name, role.is_administrator, role.rights) == ("Chief", True, {})


def test_deletes_a_role_that_nobody_has(administrator):
    role = administration.create_role(actor=administrator, name="Back office", rights=rights())
    used = make.user().role

    administration.delete_role(actor=administrator, role=role)
    with pytest.raises(administration.RoleInUse):
        administration.delete_role(actor=administrator, role=used)

    assert not Role.objects.filter(name="Back office").exists()
    assert Role.objects.filter(pk=used.pk).exists()


def test_a_renamed_default_role_is_not_made_a_second_time(administrator):
    role = make.user("manager").role
    administration.update_role(actor=administrator, role=role, name="Head of sales")

    assert make.user("manager").role == role
    assert Role.objects.count() == 4


# --- who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize("persona", ["manager", "rep", "read-only"])
def test_nobody_but_an_administrator_administers(administrator, persona):
    actor = make.user(persona)
    team, role = make.team("Empty"), administration.create_role(actor=administrator, name="Free", rights={})
    attempts = [
        lambda: administration.create_user(actor=actor, **values()),
        lambda: administration.update_user(actor=actor, user=actor, role=administrator.role),
        lambda: administration.set_password(actor=actor, user=administrator, password=STRONG),
        lambda: administration.deactivate_user(actor=actor, user=make.user()),
        lambda: administration.reactivate_user(actor=actor, user=make.user(is_active=False)),
        lambda: administration.create_team(actor=actor, name="South"),
        lambda: administration.update_team(actor=actor, team=team, name="South"),
        lambda: administration.delete_team(actor=actor, team=team),
        lambda: administration.create_role(actor=actor, name="Mine", rights=rights()),
        lambda: administration.update_role(actor=actor, role=role, name="Mine", rights=rights()),
        lambda: administration.delete_role(actor=actor, role=role),
    ]
    before = AuditEntry.objects.count()

    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            attempt()

    assert AuditEntry.objects.count() == before
    actor.refresh_from_db()
    assert not actor.is_administrator
