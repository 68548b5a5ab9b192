"""The form of an account: a new one is an organization, a person has a form of its own."""

from django import forms
from django.utils.translation import gettext_lazy as _


def account_form(base: type) -> type:
    """The generated form; the kind of a new account is chosen above it, by the links to the two forms."""

    class AccountForm(base):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            contact = self.fields["primary_contact"]
            contact.help_text = _("Is cross-referenced to the account when you save.")
            if self.instance.parent_id and not getattr(self.instance, "sees_parent", True):
                del self.fields["parent"]  # it stays, and is not named to whoever may not see it
            if self.instance.pk is None:
                kind = self.fields["kind"]
                kind.widget = forms.HiddenInput()

        def sections(self) -> list[dict]:
            """Without hidden fields, which the template writes apart."""
            found = super().sections()
            return [{**part, "fields": [field for field in part["fields"] if not field.is_hidden]} for part in found]

    return AccountForm
