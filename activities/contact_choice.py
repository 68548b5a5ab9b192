"""Choosing the contact of an opportunity or activity: one of its account's, or another that is linked to it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.pages.widgets import RecordChoiceField
from core.records.search_text import matching


class ContactOfAccount:
    """Mixin of generated forms with the fields `account` and `contact`.

    The contact is looked for among those of the chosen account; beside it stands a second picker over all contacts,
    whose choice is cross-referenced to the account by the same save (contacts/rules.py: LinkOnTheSpot).
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # static/js/pickers.js sends the account along and asks anew when it changes.
        self.fields["contact"].widget.attrs["data-with"] = "account"
        model = self.instance._meta.get_field("contact").related_model
        another = RecordChoiceField(
            model.objects.visible_to(self.user),
            search=matching,
            required=False,
            label=_("Link another contact"),
            help_text=_("Searches all contacts; the one you choose is cross-referenced to the account when you save."),
        )
        another.offer(None)
        self.fields["another_contact"] = another

    def sections(self) -> list[dict]:
        """The second picker right after the first."""
        found = [
            {**part, "fields": [f for f in part["fields"] if f.name != "another_contact"]}
            for part in super().sections()
        ]
        for part in found:
            names = [field.name for field in part["fields"]]
            if "contact" in names:
                part["fields"].insert(names.index("contact") + 1, self["another_contact"])
        return [part for part in found if part["fields"]]

    def clean(self):
        data = super().clean()
        another = data.get("another_contact")
        if another is not None:
            if data.get("account") is None and data.get("opportunity") is None:
                self.add_error(
                    "account", ValidationError(_("Choose the account to which the contact is linked."), code="required")
                )
            data["contact"] = another
            self.instance.link_contact = True
        return data
