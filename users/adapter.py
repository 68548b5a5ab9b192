"""How allauth behaves here: nobody signs up by themselves, texts are ours, every refusal is noted."""

import logging
import smtplib

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from . import audit
from .models import AuditEntry, User
from .redirects import is_own_url

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Users are made by an administrator; they have one e-mail address, which is that of their user row."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This user has been deactivated. Ask an administrator of your firm."),
        "email_password_mismatch": _("The e-mail or the password is not right."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_password": _("This is not your password."),
        "invalid_password_reset": _("This link has been used already, or it is too old."),
        "rate_limited": _("That was too often. Wait a minute and try again."),
        "too_many_login_attempts": _(
            "Too many attempts. Wait five minutes and try again, or ask for a link to choose a new password."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        return is_own_url(self.request, url)

    def pre_authenticate(self, request: HttpRequest, **credentials) -> None:
        """Counts the attempt; allauth refuses before Django could send its signal, so it is noted here."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            audit.note(
                AuditEntry.Kind.SIGN_IN_BLOCKED,
                ip=audit.client_ip(request),
                detail={"email": credentials.get("email", "")},
            )
            raise

    def reauthenticate(self, user: User, password: str) -> bool:
        """allauth would ask its own table of addresses, which stays empty here."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")

    def format_email_subject(self, subject: str) -> str:
        return str(subject)

    def send_password_reset_mail(self, user: User, email: str, context: dict) -> None:
        """In the language of the reader; a mail server that fails must not tell who has a user here."""
        try:
            with translation.override(user.language):
                super().send_password_reset_mail(user, email, context)
        except (OSError, smtplib.SMTPException):
            logger.exception("The link to choose a password could not be mailed")
