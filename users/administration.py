"""What administrators do with users, teams and roles; pages and the Django admin call these functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from . import audit, sessions
from .models import AuditEntry, Role, Team, User

# The columns of a user that an administrator edits.
USER_FIELDS = ("name", "email", "role", "team", "language", "time_zone")


class AdministrationRefused(Exception):
    """Something that would leave the installation in a state nobody wants; the text says why."""

    reason: Any = ""

    def __str__(self) -> str:
        return str(self.reason)


class LastAdministrator(AdministrationRefused):
    """The change would leave no active administrator."""

    reason = _("This is the last active administrator. Make somebody else an administrator first.")


class TeamNotEmpty(AdministrationRefused):
    """Users or records belong to the team."""

    reason = _("Users or records still belong to this team (records in the trash count too). Move them first.")


class RoleInUse(AdministrationRefused):
    """Users have the role."""

    reason = _("Users still have this role. Give them another one first.")


class AdministratorRoleStays(AdministrationRefused):
    """The administrator role always may do everything and cannot be deleted."""

    reason = _("The administrator role may always do everything; it can be renamed, but not limited or deleted.")


@dataclass(frozen=True)
class Deactivation:
    """What `deactivate_user` did: the user, and how many sessions it ended."""

    user: User
    sessions_ended: int


# --- users -------------------------------------------------------------------------------------


@transaction.atomic
def create_user(*, actor: User | None, password: str | None = None, ip: str | None = None, **fields: Any) -> User:
    """Create an active user from USER_FIELDS; without password nobody signs in until one is chosen by a link.

    Raises ValidationError per field. actor None is the system itself (here and below).
    """
    _demand_administrator(actor)
    user = User(**_only_known(fields))
    _validate(user, exclude=["password"])
    if password is not None:
        _validate_password(password, user)
    user.set_password(password)
    _save(user)
    detail = _named(user) | {"role": str(user.role), "by_invitation": password is None}
    audit.note(AuditEntry.Kind.USER_CREATED, actor=actor, ip=ip, detail=detail)
    return user


@transaction.atomic
def update_user(*, actor: User | None, user: User, ip: str | None = None, **fields: Any) -> User:
    """Write the given USER_FIELDS; the user as it is afterwards.

    Raises ValidationError per field, LastAdministrator when the role would leave no active administrator.
    """
    _demand_administrator(actor)
    administrators = _locked_administrators()
    present = User.objects.select_related("role", "team").get(pk=user.pk)
    before = {name: getattr(present, name) for name in USER_FIELDS}
    for name, value in _only_known(fields).items():
        setattr(present, name, value)
    _validate(present, exclude=["password"])
    if administrators == [present.pk] and not present.role.is_administrator:
        raise LastAdministrator
    changes = {
        name: [_plain(old), _plain(new)] for name, old in before.items() if (new := getattr(present, name)) != old
    }
    if changes:
        _save(present, update_fields=list(changes))
        audit.note(AuditEntry.Kind.USER_CHANGED, actor=actor, ip=ip, detail=_named(present) | {"changes": changes})
    return present


@transaction.atomic
def set_password(*, actor: User | None, user: User, password: str, ip: str | None = None) -> None:
    """Give user a password and end the sessions opened with the old one; ValidationError when it is weak."""
    _demand_administrator(actor)
    _validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions.end_sessions(user)
    audit.note(AuditEntry.Kind.PASSWORD_CHANGED, actor=actor, ip=ip, detail=_named(user))


@transaction.atomic
def deactivate_user(*, actor: User | None, user: User, ip: str | None = None) -> Deactivation:
    """End all sessions of user and let nobody sign in as this user; records keep their owner.

    Raises LastAdministrator. A user who is not active stays so, and nothing is noted.
    """
    _demand_administrator(actor)
    if _locked_administrators() == [user.pk]:
        raise LastAdministrator
    changed = User.objects.filter(pk=user.pk, is_active=True).update(is_active=False)
    user.is_active = False
    ended = sessions.end_sessions(user)
    if changed:
        detail = _named(user) | {"sessions_ended": ended}
        audit.note(AuditEntry.Kind.USER_DEACTIVATED, actor=actor, ip=ip, detail=detail)
    return Deactivation(user, ended)


@transaction.atomic
def reactivate_user(*, actor: User | None, user: User, ip: str | None = None) -> User:
    """Let a deactivated user sign in again with the same role, team and password."""
    _demand_administrator(actor)
    changed = User.objects.filter(pk=user.pk, is_active=False).update(is_active=True)
    user.is_active = True
    if changed:
        audit.note(AuditEntry.Kind.USER_REACTIVATED, actor=actor, ip=ip, detail=_named(user))
    return user


# --- teams -------------------------------------------------------------------------------------


@transaction.atomic
def create_team(*, actor: User | None, name: str, members: Iterable[User] = (), ip: str | None = None) -> Team:
    """Create a team and move members into it; ValidationError when another team has the name."""
    _demand_administrator(actor)
    team = Team(name=" ".join(name.split()))
    _validate(team)
    _save(team)
    moved = _set_members(team, members)
    audit.note(AuditEntry.Kind.TEAM_CREATED, actor=actor, ip=ip, detail=_named(team) | moved)
    return team


@transaction.atomic
def update_team(
    *, actor: User | None, team: Team, name: str, members: Iterable[User] | None = None, ip: str | None = None
) -> Team:
    """Rename a team and set its members: named ones join (leaving their team), others go; None keeps them."""
    _demand_administrator(actor)
    present = Team.objects.get(pk=team.pk)
    old, present.name = present.name, " ".join(name.split())
    _validate(present)
    _save(present)
    moved = {} if members is None else _set_members(present, members)
    if old != present.name or moved:
        renamed = {"name_before": old} if old != present.name else {}
        audit.note(AuditEntry.Kind.TEAM_CHANGED, actor=actor, ip=ip, detail=_named(present) | renamed | moved)
    return present


@transaction.atomic
def delete_team(*, actor: User | None, team: Team, ip: str | None = None) -> None:
    """Delete a team without users and records; TeamNotEmpty otherwise."""
    _demand_administrator(actor)
    detail = _named(team)
    if User.objects.filter(team=team).exists():
        raise TeamNotEmpty
    try:
        team.delete()
    except models.ProtectedError as error:
        raise TeamNotEmpty from error
    audit.note(AuditEntry.Kind.TEAM_DELETED, actor=actor, ip=ip, detail=detail)


# --- roles -------------------------------------------------------------------------------------


@transaction.atomic
def create_role(*, actor: User | None, name: str, rights: dict, ip: str | None = None) -> Role:
    """Create a role. rights: {record type: {right: scope}}, none where left out. Raises ValidationError."""
    _demand_administrator(actor)
    role = Role(name=" ".join(name.split()), rights=rights)
    _validate(role)
    _save(role)
    audit.note(AuditEntry.Kind.ROLE_CREATED, actor=actor, ip=ip, detail=_named(role) | {"rights": rights})
    return role


@transaction.atomic
def update_role(
    *, actor: User | None, role: Role, name: str, rights: dict | None = None, ip: str | None = None
) -> Role:
    """Rename a role and state its rights anew (None keeps them); they hold from the next page of a user on.

    Raises AdministratorRoleStays when rights are given for the administrator role.
    """
    _demand_administrator(actor)
    present = Role.objects.get(pk=role.pk)
    if present.is_administrator and rights is not None:
        raise AdministratorRoleStays
    before = {"name": present.name, "rights": present.rights}
    present.name = " ".join(name.split())
    present.rights = present.rights if rights is None else rights
    _validate(present)
    changes = {key: [old, getattr(present, key)] for key, old in before.items() if getattr(present, key) != old}
    if changes:
        _save(present)
        audit.note(AuditEntry.Kind.ROLE_CHANGED, actor=actor, ip=ip, detail=_named(present) | {"changes": changes})
    return present


@transaction.atomic
def delete_role(*, actor: User | None, role: Role, ip: str | None = None) -> None:
    """Delete a role that no user has; RoleInUse or AdministratorRoleStays otherwise."""
    _demand_administrator(actor)
    if role.is_administrator:
        raise AdministratorRoleStays
    detail = _named(role) | {"rights": role.rights}
    try:
        role.delete()
    except models.ProtectedError as error:
        raise RoleInUse from error
    audit.note(AuditEntry.Kind.ROLE_DELETED, actor=actor, ip=ip, detail=detail)


# --- shared ------------------------------------------------------------------------------------


def _demand_administrator(actor: User | None) -> None:
    if actor is not None and not actor.is_administrator:
        raise PermissionDenied


def _locked_administrators() -> list[int]:
    """Ids of the active administrators, their rows locked until the end of the transaction.

    So two administrators who demote each other at the same moment cannot both succeed.
    """
    roles = list(Role.objects.filter(is_administrator=True).values_list("pk", flat=True))
    rows = User.objects.select_for_update(of=("self",)).filter(role_id__in=roles, is_active=True).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def _only_known(fields: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(fields) - set(USER_FIELDS):
        raise TypeError(f"not a field of a user that an administrator edits: {', '.join(sorted(unknown))}")
    return fields


def _validate(instance: models.Model, exclude: list[str] | None = None) -> None:
    instance.full_clean(exclude=exclude)


def _validate_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error


def _save(instance: models.Model, update_fields: list[str] | None = None) -> None:
    """Save what was validated; what another request wrote in between is refused like any duplicate."""
    try:
        with transaction.atomic():
            instance.save(update_fields=update_fields)
    except IntegrityError as error:
        instance.full_clean(exclude=["password"])
        raise ValidationError(_("Somebody else has just saved the same. Try again.")) from error


def _set_members(team: Team, members: Iterable[User]) -> dict[str, list[str]]:
    wanted = {user.pk: user for user in members}
    joining = [user for user in wanted.values() if user.team_id != team.pk]
    leaving = list(User.objects.filter(team=team).exclude(pk__in=wanted))
    User.objects.filter(pk__in=[user.pk for user in joining]).update(team=team)
    User.objects.filter(pk__in=[user.pk for user in leaving]).update(team=None)
    moved = {"joined": [user.email for user in joining], "left": [user.email for user in leaving]}
    return moved if joining or leaving else {}


def _named(instance: models.Model) -> dict[str, Any]:
    """Which row an audit entry is about, by id and by the name it had."""
    word = instance._meta.model_name
    return {word: instance.pk, "name": instance.email if isinstance(instance, User) else str(instance)}


def _plain(value: Any) -> str:
    return "" if value is None else str(value)
