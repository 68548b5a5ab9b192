"""Lead with its e-mails and phones, and what became of it."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from contacts.models import Contact
from core.records.channels import EmailRow, PhoneRow, derive_channels, folded, one_primary
from core.records.fields import FoldedField, LinesField, MoneyField, user_stamp
from core.records.models import OwnedRecord
from core.text.normalise import company_key, is_blank, web_domain
from opportunities.models import Opportunity
from setup_values.columns import CountryField, LanguageField
from setup_values.countries import country_code
from setup_values.currencies import currency_choices
from setup_values.models import DisqualificationReason, Firm, LeadStatus, Source, Territory


class Lead(OwnedRecord):
    """Someone met, a web form, a profile: a name to be qualified."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        QUALIFIED = "qualified", _("Qualified")
        DISQUALIFIED = "disqualified", _("Disqualified")

    class Rating(models.TextChoices):
        HOT = "hot", _("Hot")
        WARM = "warm", _("Warm")
        COLD = "cold", _("Cold")

    CHILDREN = ("emails", "phones")
    CONSTRAINT_FIELDS = {
        "lead_amount_positive": "amount",
        "lead_disqualified_has_reason_only_then": "disqualification_reason",
    }
    NOT_IN_HISTORY = OwnedRecord.NOT_IN_HISTORY | {
        "full_name",
        "sort_name",
        "folded_name",
        "company_key",
        "web_domain",
        "email",
        "phone",
    }

    topic = models.CharField(_("topic"), max_length=200, blank=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    full_name = models.CharField(_("name"), max_length=300, editable=False)
    sort_name = FoldedField(max_length=300, editable=False)
    folded_name = FoldedField(max_length=300, editable=False)
    company = models.CharField(_("company"), max_length=200, blank=True)
    company_key = FoldedField(max_length=200, blank=True, editable=False)
    job_title = models.CharField(_("job title"), max_length=200, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True, editable=False)
    phone = models.CharField(_("phone"), max_length=80, blank=True, editable=False)
    website = models.CharField(_("website"), max_length=300, blank=True)
    web_domain = FoldedField(max_length=253, blank=True, editable=False)
    street = LinesField(_("street"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    region = models.CharField(_("region"), max_length=100, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    country = CountryField(_("country"), max_length=100, blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("source")
    )
    status = models.ForeignKey(LeadStatus, models.PROTECT, related_name="leads", verbose_name=_("status"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN, editable=False)
    territory = models.ForeignKey(
        Territory, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("territory")
    )
    rating = models.CharField(_("rating"), max_length=4, choices=Rating.choices, blank=True)
    amount = MoneyField(_("estimated amount"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, choices=currency_choices, blank=True)
    where_met = models.CharField(_("where met"), max_length=200, blank=True)
    language = LanguageField(_("preferred language"), max_length=35, blank=True)
    do_not_email = models.BooleanField(_("do not e-mail"), default=False)
    do_not_phone = models.BooleanField(_("do not phone"), default=False)
    do_not_track = models.BooleanField(_("do not track"), default=False)
    campaign = models.CharField(_("campaign"), max_length=200, blank=True)
    existing_account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("existing account")
    )
    existing_contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("existing contact")
    )
    notes = models.TextField(_("notes"), blank=True, max_length=50_000)
    qualified_account = models.ForeignKey(
        Account,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="qualified_leads",
        verbose_name=_("became the account"),
    )
    qualified_contact = models.ForeignKey(
        Contact,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="qualified_leads",
        verbose_name=_("became the contact"),
    )
    qualified_opportunity = models.ForeignKey(
        Opportunity,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="qualified_leads",
        verbose_name=_("became the opportunity"),
    )
    closed_at = models.DateTimeField(_("qualified or disqualified at"), null=True, blank=True, editable=False)
    closed_by = user_stamp(_("qualified or disqualified by"))
    disqualification_reason = models.ForeignKey(
        DisqualificationReason,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="leads",
        verbose_name=_("disqualification reason"),
    )
    disqualification_note = models.TextField(
        _("note on the disqualification"), blank=True, editable=False, max_length=5_000
    )

    class Meta(OwnedRecord.Meta):
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
                name="lead_amount_positive",
                violation_error_message=_("An amount cannot be negative."),
            ),
            models.CheckConstraint(
                condition=~Q(state="qualified")
                | Q(qualified_account__isnull=False)
                | Q(qualified_contact__isnull=False)
                | Q(qualified_opportunity__isnull=False),
                name="lead_qualified_has_outcome",
                violation_error_message=_("A qualified lead leads to what it became."),
            ),
            models.CheckConstraint(
                condition=Q(disqualification_reason__isnull=True) | Q(state="disqualified"),
                name="lead_disqualified_has_reason_only_then",
                violation_error_message=_("Only a disqualified lead has a reason for it."),
            ),
        ]
        indexes = [
            models.Index(fields=["sort_name", "id"], condition=Q(deleted_at__isnull=True), name="lead_by_name"),
            models.Index(
                fields=["state", "sort_name", "id"], condition=Q(deleted_at__isnull=True), name="lead_by_state"
            ),
            models.Index(fields=["company_key"], name="lead_company_key"),
            models.Index(fields=["folded_name"], name="lead_folded_name"),
            models.Index(fields=["created_at", "id"], condition=Q(deleted_at__isnull=True), name="lead_by_age"),
            models.Index(
                fields=["state", "created_at", "id"],
                condition=Q(deleted_at__isnull=True),
                name="lead_of_state_by_age",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @classmethod
    def territory_filter(cls, user) -> Q:
        return Q(territory_id__in=user.territory_ids())

    def get_absolute_url(self) -> str:
        return reverse("lead_detail", args=[self.pk])

    def regarding_keys(self) -> dict[str, int | None]:
        """The keys that an activity logged on this lead carries; a qualified one shares it with what it became."""
        return {
            "lead_id": self.pk,
            "account_id": self.qualified_account_id,
            "contact_id": self.qualified_contact_id,
            "opportunity_id": self.qualified_opportunity_id,
        }

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_qualified(self) -> bool:
        return self.state == self.State.QUALIFIED

    def derive(self, children=None) -> None:
        derive_channels(self, children, Firm.current().country)
        self.country = country_code(self.country) or self.country
        name = " ".join(f"{self.first_name} {self.last_name}".split())
        self.full_name = (name or self.company)[:300]
        self.sort_name = folded(f"{self.last_name} {self.first_name}".strip() or self.company, 300)
        self.folded_name = folded(name, 300)
        self.company_key = company_key(self.company)[:200] if self.company else ""
        self.web_domain = web_domain(self.website)
        if self.amount is not None and not self.currency:
            self.currency = Firm.current().currency

    def clean(self) -> None:
        if is_blank(self.last_name) and is_blank(self.company):
            raise ValidationError({"last_name": _("Enter a last name or a company.")})
        if self.amount is not None and self.amount < 0:
            raise ValidationError({"amount": _("An amount cannot be negative.")})

    def search_parts(self, children) -> list[str]:
        channels = [row.value for name in self.CHILDREN for row in children[name]]
        normalized = [row.normalized for row in children["phones"]]
        return [self.full_name, self.company, self.topic, self.city, *channels, *normalized]


class LeadEmail(EmailRow):
    """An e-mail address of a lead."""

    parent = models.ForeignKey(Lead, models.CASCADE, related_name="emails")

    class Meta(EmailRow.Meta):
        constraints = [one_primary("lead_email")]


class LeadPhone(PhoneRow):
    """A phone number of a lead."""

    parent = models.ForeignKey(Lead, models.CASCADE, related_name="phones")

    class Meta(PhoneRow.Meta):
        constraints = [one_primary("lead_phone")]
