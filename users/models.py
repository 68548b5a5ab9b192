"""Users, teams and roles; a role says per record type and right how far a user reaches."""

from functools import cached_property

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.records.rights import Right, Scope

from .time_zones import time_zone_choices, validate_time_zone

# The record types whose rights a role states; prospects and customers are accounts for rights.
RIGHT_TYPES = ("lead", "account", "contact", "opportunity", "task", "interaction")
# Seen by whoever sees a record that they regard, so their own "see" is not for a role to state.
FOLLOWING_TYPES = ("task", "interaction")


class Team(models.Model):
    """A group of users whose records scope "team" reaches."""

    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def validate_rights(rights: object) -> None:
    """Raise ValidationError unless rights is {record type: {right: scope}} with known words."""
    if not isinstance(rights, dict):
        raise ValidationError(_("The rights of a role are a table."))
    for record_type, by_right in rights.items():
        if record_type not in RIGHT_TYPES or not isinstance(by_right, dict):
            raise ValidationError(_("“%(type)s” is not a record type."), params={"type": record_type})
        for right, scope in by_right.items():
            if right not in Right.values or scope not in Scope.values:
                raise ValidationError(
                    _("“%(right)s: %(scope)s” is not a right."), params={"right": right, "scope": scope}
                )


class Role(models.Model):
    """What its users may do. An administrator may do everything; others what `rights` says."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    # Which of the default roles this is, whatever it is called now; "" for the firm's own ones.
    key = models.CharField(max_length=20, blank=True, editable=False)
    is_administrator = models.BooleanField(_("administrator"), default=False)
    rights = models.JSONField(_("rights"), default=dict, blank=True, validators=[validate_rights])

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["key"], condition=~models.Q(key=""), name="default_role_once")]

    def __str__(self) -> str:
        return self.name

    def scope(self, record_type: str, right: str) -> str:
        """The scope of a right; unknown record types and rights are none."""
        if self.is_administrator or (right == Right.VIEW and record_type in FOLLOWING_TYPES):
            return Scope.ALL
        return self.rights.get(record_type, {}).get(right, Scope.NONE)


class UserManager(BaseUserManager):
    """Finds users by e-mail, whatever its case, with their role in the same query."""

    def get_by_natural_key(self, username):
        return self.select_related("role").get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """Create an active user; without password nobody can sign in as this user until one is set."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=150)
    role = models.ForeignKey(Role, models.PROTECT, related_name="users", verbose_name=_("role"))
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="users", verbose_name=_("team"))
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="Europe/Madrid",
        choices=time_zone_choices,
        validators=[validate_time_zone],
    )
    theme = models.CharField(_("theme"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    keys_enabled = models.BooleanField(_("keyboard shortcuts"), default=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(default=False, editable=False)
    joined_at = models.DateTimeField(_("joined at"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_message=_("There is a user with this e-mail already."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def get_full_name(self) -> str:
        return self.name

    @property
    def is_administrator(self) -> bool:
        return self.is_active and self.role.is_administrator

    @property
    def is_staff(self) -> bool:
        """The administration pages are open to administrators only."""
        return self.is_administrator

    def has_perm(self, perm, obj=None) -> bool:
        return self.is_administrator

    def has_module_perms(self, app_label) -> bool:
        return self.is_administrator

    def scope(self, record_type: str, right: str) -> str:
        """How far a right of this user reaches for a record type."""
        return self.role.scope(record_type, right) if self.is_active else Scope.NONE

    def may(self, right: str, record_type: str) -> bool:
        """Whether the user has the right on any record of the type at all (buttons, menus, create)."""
        return self.scope(record_type, right) != Scope.NONE

    @cached_property
    def _territory_ids(self) -> list[int]:
        return list(self.territories.values_list("pk", flat=True))

    def territory_ids(self) -> list[int]:
        """Ids of the territories the user works in; one query, the first time."""
        return self._territory_ids

    @property
    def initials(self) -> str:
        """One or two letters for the avatar."""
        parts = self.name.split()
        return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()


class FirstAdministratorLink(models.Model):
    """The one-time link of an empty installation: one row, so that a new link ends the one before.

    Only a digest of its token is kept.
    """

    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_first_administrator_link")]

    def __str__(self) -> str:
        return str(self.created_at)


class AuditEntry(models.Model):
    """One sign-in, refused sign-in or change of users, teams and roles: who, when, from where, what."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("Signed in")
        SIGNED_OUT = "signed_out", _("Signed out")
        SIGN_IN_REFUSED = "sign_in_refused", _("Sign-in refused")
        SIGN_IN_BLOCKED = "sign_in_blocked", _("Sign-in blocked after too many attempts")
        SESSIONS_ENDED = "sessions_ended", _("Sessions ended")
        PASSWORD_CHANGED = "password_changed", _("Password changed")
        PASSWORD_RESET = "password_reset", _("Password set by link")
        FIRST_ADMINISTRATOR = "first_administrator", _("First administrator set up")
        USER_CREATED = "user_created", _("User created")
        USER_CHANGED = "user_changed", _("User changed")
        USER_INVITED = "user_invited", _("Invitation link made")
        USER_DEACTIVATED = "user_deactivated", _("User deactivated")
        USER_REACTIVATED = "user_reactivated", _("User reactivated")
        TEAM_CREATED = "team_created", _("Team created")
        TEAM_CHANGED = "team_changed", _("Team changed")
        TEAM_DELETED = "team_deleted", _("Team deleted")
        ROLE_CREATED = "role_created", _("Role created")
        ROLE_CHANGED = "role_changed", _("Role changed")
        ROLE_DELETED = "role_deleted", _("Role deleted")
        FIRM_CHANGED = "firm_changed", _("Firm settings changed")

    at = models.DateTimeField(_("at"), default=timezone.now)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    kind = models.CharField(_("kind"), max_length=40, choices=Kind.choices)
    detail = models.JSONField(_("detail"), default=dict)
    ip = models.GenericIPAddressField(_("address"), null=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_kind_display()}"
