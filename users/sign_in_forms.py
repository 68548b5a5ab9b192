"""allauth's forms in the product's words and look."""

from allauth.account import forms as allauth_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from core.pages.forms import dress

PASSWORD_HINT = _("At least 10 characters, not only digits, and nothing that is easy to guess.")


class _OurLook(forms.Form):
    """Labels instead of placeholders, the classes of the style sheet."""

    labels: dict[str, str] = {}
    hints: dict[str, str] = {}
    first = ""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            dress(field)
        if self.first:
            self.fields[self.first].widget.attrs["autofocus"] = True


class SignInForm(_OurLook, allauth_forms.LoginForm):
    """E-mail, password, and whether the browser stays signed in."""

    labels = {
        "login": _("E-mail"),
        "password": _("Password"),
        "remember": _("Keep me signed in on this device"),
    }
    first = "login"

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class ConfirmPasswordForm(_OurLook, allauth_forms.ReauthenticateForm):
    """The password once more, before something sensitive."""

    labels = {"password": _("Password")}
    first = "password"


class AskForLinkForm(_OurLook, allauth_forms.ResetPasswordForm):
    """The address to which the link to choose a new password goes."""

    labels = {"email": _("E-mail")}
    first = "email"


class ChoosePasswordForm(_OurLook, allauth_forms.ResetPasswordKeyForm):
    """A first or new password, by link."""

    labels = {"password1": _("New password"), "password2": _("New password, once more")}
    hints = {"password1": PASSWORD_HINT}
    first = "password1"


class ChangePasswordForm(_OurLook, allauth_forms.ChangePasswordForm):
    """A new password, by somebody who knows the present one."""

    labels = {
        "oldpassword": _("Present password"),
        "password1": _("New password"),
        "password2": _("New password, once more"),
    }
    hints = {"password1": PASSWORD_HINT}
    first = "oldpassword"
