"""The first page of an empty installation: its one-time link sets up the administrator and the firm."""

from allauth.account.utils import perform_login
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.pages.forms import form_field
from users.audit import client_ip
from users.first_administrator import LinkDead, create_first_administrator, is_usable
from users.models import User
from users.sign_in_forms import PASSWORD_HINT

from .models import Firm

PERSON = ("name", "email", "password", "password_again", "language", "time_zone")
FIRM = ("firm_name", "country", "currency", "mode")


@transaction.atomic
def set_up_installation(
    *,
    token: str,
    name: str,
    email: str,
    password: str,
    language: str,
    time_zone: str,
    firm_name: str,
    country: str,
    currency: str,
    mode: str,
    ip: str | None = None,
) -> User:
    """Use the link up: the administrator, the default roles, and the firm in the same language and zone.

    Raises LinkDead, or ValidationError by the names of these parameters; then nothing is written.
    """
    user = create_first_administrator(
        token=token, name=name, email=email, password=password, language=language, time_zone=time_zone, ip=ip
    )
    firm = Firm.objects.select_for_update().first() or Firm(id=1)
    firm.name, firm.country, firm.currency, firm.mode = firm_name, country, currency, mode
    firm.language, firm.time_zone = language, time_zone
    try:
        firm.full_clean()
    except ValidationError as error:
        errors = error.message_dict
        raise ValidationError({"firm_name" if key == "name" else key: texts for key, texts in errors.items()}) from None
    firm.save()
    transaction.on_commit(Firm.forget)
    return user


class FirstAdministratorForm(forms.Form):
    """The person and the firm; the columns' own fields, so that limits and choices are theirs."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "email"):
            self.fields[name] = form_field(User._meta.get_field(name))
        for name, label in (("password", _("Password")), ("password_again", _("Password, once more"))):
            widget = forms.PasswordInput({"class": "form-control", "autocomplete": "new-password"})
            self.fields[name] = forms.CharField(label=label, strip=False, widget=widget)
        for name in ("language", "time_zone"):
            self.fields[name] = form_field(User._meta.get_field(name))
        self.fields["firm_name"] = form_field(Firm._meta.get_field("name"))
        for name in ("country", "currency", "mode"):
            self.fields[name] = form_field(Firm._meta.get_field(name))
        self.fields["password"].help_text = PASSWORD_HINT
        self.fields["language"].initial = get_language()
        self.fields["name"].widget.attrs |= {"autocomplete": "name", "autofocus": True}
        self.fields["email"].widget.attrs["autocomplete"] = "username"
        self.fields["firm_name"].widget.attrs["autocomplete"] = "organization"

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("password") != cleaned.get("password_again"):
            self.add_error("password_again", _("The two passwords are not the same."))
        return cleaned

    def person(self) -> list[forms.BoundField]:
        """The fields of the first section."""
        return [self[name] for name in PERSON]

    def firm(self) -> list[forms.BoundField]:
        """The fields of the second section."""
        return [self[name] for name in FIRM]


@login_not_required
@never_cache
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def first_administrator(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link; 410 in words when the link is dead. Whoever finishes it is signed in."""
    if not is_usable(token):
        return render(request, "setup_values/first_administrator_dead.html", status=410)
    form = FirstAdministratorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "password_again"}
        try:
            user = set_up_installation(token=token, ip=client_ip(request), **values)
        except LinkDead:
            return render(request, "setup_values/first_administrator_dead.html", status=410)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return perform_login(request, user)
    return render(request, "setup_values/first_administrator.html", {"form": form})
