"""The link by which somebody chooses a password: for an invited user, and for one who forgot it."""

import logging
import smtplib

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.http import int_to_base36

from .models import User

logger = logging.getLogger(__name__)

# Backends that show a mail instead of sending it.
_NOT_SENDING = {
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
}


class SetPasswordTokens(PasswordResetTokenGenerator):
    """Tokens that end with a sign-in, a new password, another address, deactivation, or after three days.

    allauth's own generator would copy the address into its table of addresses, where an old one would go on
    working after an administrator has changed it.
    """

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.is_active}"


def set_password_path(user: User) -> str:
    """The path, without host, of a link by which user chooses a password."""
    return reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": int_to_base36(user.pk), "key": SetPasswordTokens().make_token(user)},
    )


def mail_invitation(user: User, *, link: str, inviter: User) -> bool:
    """Mail the link in the user's language; False when no mail server is set up or it refused."""
    if settings.EMAIL_BACKEND in _NOT_SENDING:
        return False
    with translation.override(user.language):
        context = {"user": user, "link": link, "inviter": inviter}
        subject = render_to_string("users/email/invitation_subject.txt", context)
        body = render_to_string("users/email/invitation_message.txt", context)
    try:
        EmailMessage(" ".join(subject.split()), body, to=[user.email]).send()
    except (OSError, smtplib.SMTPException):
        logger.exception("The invitation could not be mailed")
        return False
    return True
