"""The application of this room; connects the audit log to the announcements of the sign-in libraries."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    """Users, teams and roles."""

    name = "users"
    verbose_name = _("users and rights")

    def ready(self) -> None:
        # Signals of libraries, not of models: signing in happens inside Django and allauth, which offer no
        # other place that is passed on every way in (page, password link, first administrator).
        from allauth.account import signals as allauth_signals
        from django.contrib.auth import signals as django_signals

        from . import audit

        allauth_signals.user_logged_in.connect(audit.on_signed_in)
        allauth_signals.password_changed.connect(audit.on_password_changed)
        allauth_signals.password_reset.connect(audit.on_password_reset)
        django_signals.user_logged_out.connect(audit.on_signed_out)
        django_signals.user_login_failed.connect(audit.on_sign_in_refused)
