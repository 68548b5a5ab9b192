"""The one-time link of an installation without administrator, and the first administrator it makes."""

import hashlib
import secrets

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from . import administration, audit
from .default_roles import ensure_default_roles
from .models import AuditEntry, FirstAdministratorLink, User


class AdministratorExists(Exception):
    """There is an active administrator already: no link is made any more."""


class LinkDead(Exception):
    """The link was never made, was replaced by a newer one, was used, or an administrator exists by now."""


@transaction.atomic
def create_link() -> str:
    """A fresh link, whose token is not stored; the one before is dead now. Raises AdministratorExists."""
    if administrator_exists():
        raise AdministratorExists
    token = secrets.token_urlsafe(32)
    FirstAdministratorLink.objects.update_or_create(
        id=1, defaults={"token_digest": _digest(token), "created_at": timezone.now(), "used_at": None}
    )
    return settings.SITE_URL + reverse("first_administrator", args=[token])


def administrator_exists() -> bool:
    """Whether somebody active may already do everything."""
    return User.objects.filter(is_active=True, role__is_administrator=True).exists()


def is_usable(token: str) -> bool:
    """Whether the link with this token would still be taken."""
    return _unused(token).exists() and not administrator_exists()


def create_first_administrator(
    *, token: str, name: str, email: str, password: str, language: str, time_zone: str, ip: str | None = None
) -> User:
    """Use the link up and create the default roles, named in language, and the administrator.

    Call it inside a transaction: of two browsers the second one waits here and then raises LinkDead. Raises
    ValidationError per field; then the caller's rollback makes the link usable again.
    """
    claimed = _unused(token).update(used_at=timezone.now())
    if not claimed or administrator_exists():
        raise LinkDead
    with translation.override(language):
        roles = ensure_default_roles()
    user = administration.create_user(
        actor=None,
        name=name,
        email=email,
        password=password,
        role=roles["administrator"],
        language=language,
        time_zone=time_zone,
        ip=ip,
    )
    audit.note(AuditEntry.Kind.FIRST_ADMINISTRATOR, actor=user, ip=ip)
    return user


def _unused(token: str):
    return FirstAdministratorLink.objects.filter(token_digest=_digest(token), used_at__isnull=True)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
