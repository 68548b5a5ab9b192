"""The audit log: sign-ins as Django and allauth announce them, and changes of users and rights."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from .models import AuditEntry, User


def note(
    kind: str, *, actor: User | None = None, detail: dict[str, Any] | None = None, ip: str | None = None
) -> AuditEntry:
    """Write one entry. kind: of AuditEntry.Kind; detail: what JSON keeps, never a password or a link."""
    return AuditEntry.objects.create(kind=kind, actor=actor, detail=detail or {}, ip=ip)


def client_ip(request: HttpRequest | None) -> str | None:
    """The address of the browser, read behind as many proxies as the settings trust; None when unknown."""
    if request is None:
        return None
    try:
        return get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return None


def on_signed_in(sender: type, request: HttpRequest, user: User, **signal: Any) -> None:
    """Receives allauth's user_logged_in."""
    note(AuditEntry.Kind.SIGNED_IN, actor=user, ip=client_ip(request))


def on_signed_out(sender: type, request: HttpRequest, user: User | None, **signal: Any) -> None:
    """Receives Django's user_logged_out."""
    if user is not None:
        note(AuditEntry.Kind.SIGNED_OUT, actor=user, ip=client_ip(request))


def on_sign_in_refused(sender: str, credentials: dict, request: HttpRequest | None = None, **signal: Any) -> None:
    """Receives Django's user_login_failed; the address as typed is kept, the password never."""
    email = str(credentials.get("email") or credentials.get("username") or "")[:254]
    note(AuditEntry.Kind.SIGN_IN_REFUSED, ip=client_ip(request), detail={"email": email})


def on_password_changed(sender: type, request: HttpRequest, user: User, **signal: Any) -> None:
    """Receives allauth's password_changed."""
    note(AuditEntry.Kind.PASSWORD_CHANGED, actor=user, ip=client_ip(request))


def on_password_reset(sender: type, request: HttpRequest, user: User, **signal: Any) -> None:
    """Receives allauth's password_reset: a password was chosen by a mailed or printed link."""
    note(AuditEntry.Kind.PASSWORD_RESET, actor=user, ip=client_ip(request))
