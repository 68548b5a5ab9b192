"""The form of the qualification page: three parts, each created, taken from what exists, or skipped."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from contacts.models import Contact
from core.pages.forms import dress
from core.pages.widgets import DateInput, RecordChoiceField
from core.records.rights import Right
from core.records.search_text import matching
from duplicates.matching import Match, find_matches
from opportunities.models import Opportunity
from setup_values.choices import active_values, preselected
from setup_values.currencies import currency_choices
from setup_values.models import DisqualificationReason, Firm, Process, Source, Stage

from .matches import lead_probe
from .models import Lead
from .qualification import SKIP, Part

CREATE, EXISTING, SKIPPED = "create", "existing", "skip"
MODES = [(CREATE, _("Create new")), (EXISTING, _("Use existing")), (SKIPPED, _("Skip"))]
# A match at least this sure is proposed instead of a new record.
SURE = 90
MODELS = {"contact": Contact, "account": Account, "opportunity": Opportunity}
PARTS = tuple(MODELS)


class QualifyForm(forms.Form):
    """What becomes of a lead. `parts()` hands the answer to the use case."""

    contact_choice = forms.ChoiceField(choices=MODES)
    account_choice = forms.ChoiceField(choices=MODES)
    opportunity_choice = forms.ChoiceField(choices=MODES)

    first_name = forms.CharField(label=_("First name"), max_length=100, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=100, required=False)
    job_title = forms.CharField(label=_("Job title"), max_length=200, required=False)
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=80, required=False)

    account_name = forms.CharField(label=_("Name"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Account.Kind.choices, required=False)
    website = forms.CharField(label=_("Website"), max_length=300, required=False)

    topic = forms.CharField(label=_("Topic"), max_length=200, required=False)
    stage = forms.ModelChoiceField(Stage.objects.none(), label=_("Stage"), required=False)
    amount = forms.DecimalField(
        label=_("Estimated amount"), min_value=0, max_digits=15, decimal_places=2, required=False, localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    currency = forms.ChoiceField(label=_("Currency"), choices=currency_choices, required=False)
    expected_close_date = forms.DateField(label=_("Expected close"), required=False, widget=DateInput)
    source = forms.ModelChoiceField(Source.objects.none(), label=_("Source"), required=False)
    campaign = forms.CharField(label=_("Campaign"), max_length=200, required=False)

    CONTACT_FIELDS = ("first_name", "last_name", "job_title", "email", "phone")
    ACCOUNT_FIELDS = ("account_name", "kind", "website")
    OPPORTUNITY_FIELDS = ("topic", "stage", "amount", "currency", "expected_close_date", "source", "campaign")

    def __init__(self, data=None, *, lead: Lead, user: Any, two_steps: bool = False):
        self.lead, self.user = lead, user
        wanted = lead_probe(lead)
        self.matches = {
            "contact": find_matches(Contact, wanted, user=user),
            "account": find_matches(Account, wanted, user=user),
        }
        self._put_known_first("contact", lead.existing_contact)
        self._put_known_first("account", lead.existing_account)
        super().__init__(data, initial=self._initial(two_steps))
        self.fields["stage"].queryset = (
            active_values(Stage).select_related("process").order_by("process__position", "position")
        )
        self.fields["stage"].label_from_instance = lambda stage: f"{stage.process.name}: {stage.name}"
        self.fields["source"].queryset = active_values(Source, keep=lead.source_id)
        for name, model in MODELS.items():
            self.fields[f"{name}_choice"].choices = self.modes(name)
            self.fields[f"{name}_other"] = self._picker(model)
            self.fields[name] = forms.CharField(required=False, max_length=20)
        for name, field in self.fields.items():
            if not name.endswith("_choice"):
                dress(field)

    def modes(self, name: str) -> list[tuple]:
        """What the user may do for a part: making something new needs the right to."""
        may_create = self.user.may(Right.CREATE, MODELS[name].record_type())
        return [mode for mode in MODES if mode[0] != CREATE or may_create]

    def _put_known_first(self, name: str, record: Any) -> None:
        """What the lead itself names as existing comes first, if the user may see it."""
        if record is None or not type(record).objects.visible_to(self.user).filter(pk=record.pk).exists():
            return
        others = [match for match in self.matches[name] if match.record.pk != record.pk]
        self.matches[name] = [Match(record, 100), *others]

    def _picker(self, model) -> RecordChoiceField:
        field = RecordChoiceField(
            model.objects.visible_to(self.user), search=matching, required=False, label=_("Search all")
        )
        field.offer(None)
        return field

    def _initial(self, two_steps: bool) -> dict:
        lead = self.lead
        sure = {name: bool(found and found[0].score >= SURE) for name, found in self.matches.items()}
        has_person = bool(lead.last_name or lead.first_name)
        new = {name: self.modes(name)[0][0] for name in PARTS}
        return {
            "contact_choice": EXISTING if sure["contact"] else new["contact"] if has_person else SKIPPED,
            "account_choice": EXISTING if sure["account"] else new["account"],
            "opportunity_choice": SKIPPED if two_steps else new["opportunity"],
            "contact": str(self.matches["contact"][0].record.pk) if sure["contact"] else "",
            "account": str(self.matches["account"][0].record.pk) if sure["account"] else "",
            "first_name": lead.first_name,
            "last_name": lead.last_name,
            "job_title": lead.job_title,
            "email": lead.email,
            "phone": lead.phone,
            "account_name": lead.company or str(lead),
            "kind": Account.Kind.ORGANIZATION if lead.company else Account.Kind.PERSON,
            "website": lead.website,
            "topic": lead.topic or str(lead),
            "stage": self._first_stage(),
            "amount": lead.amount,
            "currency": lead.currency or Firm.current().currency,
            "source": lead.source_id,
            "campaign": lead.campaign,
        }

    def _first_stage(self):
        process = preselected(Process) or active_values(Process).first()
        return active_values(Stage).filter(process=process).first() if process else None

    def clean(self):
        data = super().clean()
        for name in PARTS:
            if data.get(f"{name}_choice") == EXISTING:
                data[f"{name}_existing"] = self._existing(name, data)
        if data.get("contact_choice") == CREATE and not any(
            data.get(name) for name in ("first_name", "last_name", "email", "phone")
        ):
            self.add_error("last_name", _("Enter a name, or skip the contact."))
        if data.get("account_choice") == CREATE and not data.get("account_name"):
            self.add_error("account_name", _("Enter a name, or skip the account."))
        if (
            data.get("account_choice") == CREATE
            and data.get("kind") == Account.Kind.PERSON
            and data.get("contact_choice") == SKIPPED
        ):
            self.add_error("kind", _("A person needs the contact: create or choose it on the left."))
        if data.get("opportunity_choice") == CREATE:
            if not data.get("topic"):
                self.add_error("topic", _("Enter a topic, or skip the opportunity."))
            if data.get("account_choice") == SKIPPED:
                self.add_error("account_choice", _("An opportunity needs an account."))
        if all(data.get(f"{name}_choice") == SKIPPED for name in PARTS):
            raise forms.ValidationError(_("Create or choose at least one: a qualified lead leads to something."))
        return data

    def _existing(self, name: str, data: dict) -> Any:
        """The chosen match, or what was found by the search box; refused when the user may not see it."""
        other = data.get(f"{name}_other")
        if other is not None:
            return other
        chosen = data.get(name, "")
        model = self.fields[f"{name}_other"].queryset.model
        if chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
            record = model.objects.visible_to(self.user).filter(pk=int(chosen)).first()
            if record is not None:
                return record
        self.add_error(f"{name}_other", _("Choose one, or create a new one."))
        return None

    def parts(self) -> dict[str, Part]:
        """The three parts as `qualify_lead` takes them; only after is_valid()."""
        data = self.cleaned_data
        contact = {name: data[name] for name in self.CONTACT_FIELDS}
        account = {
            "name": data["account_name"],
            "kind": data["kind"] or Account.Kind.ORGANIZATION,
            "website": data["website"],
        }
        opportunity = {name: data[name] for name in self.OPPORTUNITY_FIELDS}
        return {
            "contact": self._part("contact", contact),
            "account": self._part("account", account),
            "opportunity": self._part("opportunity", opportunity),
        }

    def _part(self, name: str, fields: dict) -> Part:
        choice = self.cleaned_data[f"{name}_choice"]
        if choice == SKIPPED:
            return SKIP
        return Part(existing=self.cleaned_data[f"{name}_existing"]) if choice == EXISTING else Part(fields=fields)

    def columns(self) -> list[dict]:
        """The three columns as templates/leads/_part.html shows them."""
        icons = {"contact": "user", "account": "building", "opportunity": "target-arrow"}
        titles = {"contact": _("Contact"), "account": _("Account"), "opportunity": _("Opportunity")}
        names = {"contact": self.CONTACT_FIELDS, "account": self.ACCOUNT_FIELDS, "opportunity": self.OPPORTUNITY_FIELDS}
        return [
            {
                "name": name,
                "icon": icons[name],
                "title": titles[name],
                "modes": self.modes(name),
                "choice": self[f"{name}_choice"].value(),
                "errors": self[f"{name}_choice"].errors,
                "chosen": str(self[name].value() or ""),
                "fields": [self[field] for field in names[name]],
                "matches": self.matches.get(name, []),
                "other": self[f"{name}_other"],
            }
            for name in PARTS
        ]


class DisqualifyForm(forms.Form):
    """Why a lead is closed."""

    reason = forms.ModelChoiceField(DisqualificationReason.objects.none(), label=_("Reason"), required=False)
    note = forms.CharField(label=_("Note"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        reasons = active_values(DisqualificationReason)
        self.fields["reason"].queryset = reasons
        # Whoever disqualifies says why, once the firm has reasons to choose from.
        self.fields["reason"].required = reasons.exists()
        for field in self.fields.values():
            dress(field)
