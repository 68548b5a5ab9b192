"""The form of a contact: what the generated one lacks, the account of a new contact, and its photo."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import construct_instance
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.pages.forms import dress
from core.pages.widgets import RecordChoiceField, SelectOne
from core.records.rights import Right
from core.records.search_text import matching
from setup_values.choices import active_values
from setup_values.models import ContactRole, Firm

from .models import CrossReference
from .photos import PhotoField

# Fields of the form that belong to the cross-reference of a new contact.
LINK_FIELDS = ("account", "role", "later")


def account_field(user: Any, **kwargs: Any) -> RecordChoiceField:
    """A picker of accounts that user may see."""
    field = RecordChoiceField(
        Account.objects.visible_to(user).filter(kind=Account.Kind.ORGANIZATION),
        search=matching,
        required=False,
        label=_("Account"),
        **kwargs,
    )
    field.offer(None)
    return field


def lead_field(user: Any) -> forms.ModelChoiceField:
    """The lead from whose card a new contact is entered; hidden, only one that user may change."""
    leads = CrossReference._meta.get_field("lead").related_model.objects
    return forms.ModelChoiceField(leads.editable_by(user), required=False, widget=forms.HiddenInput)


def role_field(**kwargs: Any) -> forms.ModelChoiceField:
    """A drop-down of the active contact roles, empty by default."""
    return forms.ModelChoiceField(
        active_values(ContactRole),
        required=False,
        label=_("Role"),
        widget=SelectOne,
        empty_label=_("No role"),
        **kwargs,
    )


class ContactFields:
    """Mixin of the generated form of a contact: its photo and, for a new one, the account it belongs to."""

    # A person account has no other account: its form leaves these out.
    with_account = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["photo"] = PhotoField(label=_("Photo"), required=False)
        self.fields["photo"].widget.src = self.instance.photo_url
        self.initial.setdefault("photo", self.instance.photo)
        if self.with_account and self.instance.pk is None:
            self._add_account()

    def _add_account(self) -> None:
        b2b = Firm.current().mode == Firm.Mode.B2B
        if self.initial.get("lead") or self.data.get("lead"):
            self.fields["lead"] = lead_field(self.user)
        self.fields["account"] = account_field(self.user)
        self.fields["account"].offer(self.initial.get("account"))
        self.fields["role"] = role_field()
        if b2b:
            later = forms.BooleanField(required=False, label=_("Cross-reference later"))
            later.help_text = _("It then stands in the list “Not cross-referenced yet”.")
            dress(later)
            self.fields["later"] = later
            if "later" not in self.initial:
                self.initial["later"] = "lead" in self.fields or (
                    not self.initial.get("account") and not Account.objects.exists()
                )

    def sections(self) -> list[dict]:
        """The account right after the name and channels, the photo with the person."""
        found = [section for section in super().sections() if section["title"]]
        link = [self[name] for name in LINK_FIELDS if name in self.fields]
        if link:
            found.insert(1, {"title": _("Belongs to"), "fields": link})
        person = next((part for part in found if any(field.name == "birthday" for field in part["fields"])), found[-1])
        person["fields"].append(self["photo"])
        return found

    def clean(self):
        data = super().clean()
        if "later" in self.fields and not (data.get("account") or data.get("later") or "account" in self.errors):
            self.add_error(
                "account",
                ValidationError(_("Choose an account, or tick “Cross-reference later”."), code="required"),
            )
        account = data.get("account")
        if account is not None and not account.allows(self.user, Right.EDIT):
            self.add_error("account", _("You may not cross-reference contacts to this account; ask its owner."))
        return data

    def _post_clean(self) -> None:
        super()._post_clean()
        if "photo" in self.cleaned_data:
            construct_instance(self, self.instance, ["photo"])


def contact_form(base: type) -> type:
    """The generated form of a contact with `ContactFields`."""
    return type("ContactForm", (ContactFields, base), {})


def cross_reference_form(base: type) -> type:
    """The generated form of a cross-reference: the primary one is chosen on the card, its ends stay what they are."""

    class CrossReferenceForm(base):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            del self.fields["is_primary"]
            if self.instance.pk is not None:
                for name in ("contact", "account", "lead"):
                    del self.fields[name]

        def clean(self):
            data = super().clean()
            for name in ("account", "lead"):
                holder = data.get(name)
                if holder is not None and not holder.allows(self.user, Right.EDIT):
                    self.add_error(name, _("You may not cross-reference contacts to it; ask its owner."))
            return data

    return CrossReferenceForm
