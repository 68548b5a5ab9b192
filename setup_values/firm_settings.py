"""The page of firm-wide settings, and the one function that writes them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core.pages.forms import form_field
from core.pages.widgets import SelectOne
from users import audit
from users.access import administrators_only
from users.models import AuditEntry, User

from .firm import Firm

FIELDS = ("name", "country", "currency", "language", "time_zone", "mode", "fiscal_year_start")
MAX_TRASH_DAYS = 3650


def save_firm(*, actor: User | None, ip: str | None = None, **fields: Any) -> Firm:
    """Change the firm's settings (FIELDS and setup_dismissed) and note what changed in the audit log.

    Raises ValidationError per field; then nothing is written. Without a change nothing is noted.
    """
    with transaction.atomic():
        firm = Firm.objects.select_for_update().filter(id=1).first() or Firm(id=1)
        before = {name: getattr(firm, name) for name in fields}
        for name, value in fields.items():
            setattr(firm, name, value)
        firm.full_clean(exclude=["id"])
        changed = {name: [before[name], getattr(firm, name)] for name in fields if before[name] != getattr(firm, name)}
        if changed or firm._state.adding:
            written = {name: getattr(firm, name) for name in (*FIELDS, "setup_dismissed")}
            firm, _made = Firm.objects.update_or_create(id=1, defaults=written)
            audit.note(AuditEntry.Kind.FIRM_CHANGED, actor=actor, detail=changed, ip=ip)
    Firm.forget()
    return firm


class FirmForm(forms.Form):
    """The columns' own fields, so that limits and choices are theirs; `save_firm` validates and writes."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in FIELDS:
            self.fields[name] = form_field(Firm._meta.get_field(name))
        months = [(number, str(MONTHS[number]).capitalize()) for number in range(1, 13)]
        self.fields["fiscal_year_start"] = forms.TypedChoiceField(
            label=gettext_lazy("First month of the fiscal year"), choices=months, coerce=int, widget=SelectOne
        )
        self.fields["currency"].help_text = gettext_lazy("Proposed for new amounts; amounts that are there stay.")
        self.fields["country"].help_text = gettext_lazy("Phone numbers without a country code are read as its own.")
        self.fields["language"].help_text = gettext_lazy("For what the firm sends, and for new users.")
        self.fields["mode"].help_text = gettext_lazy("Whether a contact should have an account.")

    def sections(self) -> list[dict[str, Any]]:
        """The fields in groups: {"title", "fields"}."""
        groups = (
            (_("Firm"), ("name", "mode", "country", "currency")),
            (_("Language and time"), ("language", "time_zone", "fiscal_year_start")),
        )
        return [{"title": title, "fields": [self[name] for name in names]} for title, names in groups]


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def firm_settings(request: HttpRequest) -> HttpResponse:
    """The firm's settings; saved ones hold for every page within ten seconds in all processes."""
    present = Firm.objects.filter(id=1).first() or Firm(id=1)
    form = FirmForm(request.POST or None, initial={name: getattr(present, name) for name in FIELDS})
    if request.method == "POST" and form.is_valid():
        try:
            save_firm(actor=request.user, ip=audit.client_ip(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The settings of the firm were saved."))
            return redirect("firm_settings")
    context = {
        "page_title": _("Firm settings"),
        "form": form,
        "crumbs": [(_("Setup"), reverse("setup"))],
    }
    return render(request, "setup_values/firm_settings.html", context, status=422 if form.is_bound else 200)
