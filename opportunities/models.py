"""Opportunity with its stakeholders and sales team."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from contacts.models import Contact
from core.records.channels import folded
from core.records.fields import FoldedField, MoneyField, user_stamp
from core.records.models import ChildRow, OwnedRecord
from setup_values.currencies import currency_choices
from setup_values.models import Competitor, ContactRole, Firm, LostReason, OpportunityStatus, Source, WonReason
from setup_values.staged import Staged


class Opportunity(Staged, OwnedRecord):
    """A possible sale to a prospect or a customer."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    CHILDREN = ("stakeholders", "sales_team")
    DERIVES_FROM = ("stage", "account")
    CONSTRAINT_FIELDS = {
        "opportunity_amounts_positive": "amount",
        "opportunity_probability_in_percent": "own_probability",
        "opportunity_won_reason_only_when_won": "won_reason",
        "opportunity_lost_reason_only_when_lost": "lost_reason",
        "opportunity_closed_has_date": "closed_date",
    }
    NOT_IN_HISTORY = OwnedRecord.NOT_IN_HISTORY | {"folded_topic"}

    topic = models.CharField(_("topic"), max_length=200)
    folded_topic = FoldedField(max_length=200, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="opportunities", verbose_name=_("account"))
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="opportunities", verbose_name=_("contact")
    )
    status = models.ForeignKey(
        OpportunityStatus, models.PROTECT, related_name="opportunities", verbose_name=_("status")
    )
    state = models.CharField(_("state"), max_length=4, choices=State.choices, default=State.OPEN, editable=False)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="opportunities", verbose_name=_("source")
    )
    amount = MoneyField(_("estimated amount"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, choices=currency_choices, blank=True)
    own_probability = models.PositiveSmallIntegerField(
        _("own probability (%)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("Empty: the probability of the stage."),
    )
    probability = models.PositiveSmallIntegerField(_("probability (%)"), default=0, editable=False)
    expected_close_date = models.DateField(_("expected close"), null=True, blank=True)
    actual_amount = MoneyField(_("actual amount"), null=True, blank=True, editable=False)
    closed_date = models.DateField(_("closed on"), null=True, blank=True, editable=False)
    closed_by = user_stamp(_("closed by"))
    won_reason = models.ForeignKey(
        WonReason,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="opportunities",
        verbose_name=_("won reason"),
    )
    lost_reason = models.ForeignKey(
        LostReason,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="opportunities",
        verbose_name=_("lost reason"),
    )
    competitor = models.ForeignKey(
        Competitor, models.PROTECT, null=True, blank=True, related_name="opportunities", verbose_name=_("competitor")
    )
    lost_note = models.TextField(_("note on the loss"), blank=True, editable=False, max_length=5_000)
    campaign = models.CharField(_("campaign"), max_length=200, blank=True)
    originating_lead = models.ForeignKey(
        "leads.Lead",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="opportunities",
        verbose_name=_("originating lead"),
    )
    description = models.TextField(_("description"), blank=True, max_length=50_000)

    class Meta(OwnedRecord.Meta):
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        constraints = [
            models.CheckConstraint(
                condition=(Q(amount__isnull=True) | Q(amount__gte=0))
                & (Q(actual_amount__isnull=True) | Q(actual_amount__gte=0)),
                name="opportunity_amounts_positive",
                violation_error_message=_("An amount cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(probability__lte=100) & (Q(own_probability__isnull=True) | Q(own_probability__lte=100)),
                name="opportunity_probability_in_percent",
                violation_error_message=_("A probability lies between 0 and 100."),
            ),
            models.CheckConstraint(
                condition=Q(won_reason__isnull=True) | Q(state="won"),
                name="opportunity_won_reason_only_when_won",
                violation_error_message=_("Only a won opportunity has a won reason."),
            ),
            models.CheckConstraint(
                condition=Q(lost_reason__isnull=True) | Q(state="lost"),
                name="opportunity_lost_reason_only_when_lost",
                violation_error_message=_("Only a lost opportunity has a lost reason."),
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_date__isnull=True) | (~Q(state="open") & Q(closed_date__isnull=False)),
                name="opportunity_closed_has_date",
                violation_error_message=_("A closed opportunity has a closing date, an open one has none."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["folded_topic", "id"], condition=Q(deleted_at__isnull=True), name="opportunity_by_topic"
            ),
            models.Index(
                fields=["state", "expected_close_date", "id"],
                condition=Q(deleted_at__isnull=True),
                name="opportunity_by_close",
            ),
            models.Index(
                fields=["owner", "state", "id"], condition=Q(deleted_at__isnull=True), name="opportunity_of_owner"
            ),
            # Everything that the sums of the home page read: they never touch the rows themselves.
            models.Index(
                fields=["state", "currency", "stage", "owner", "team", "amount"],
                condition=Q(deleted_at__isnull=True),
                name="opportunity_pipeline",
            ),
        ]

    def __str__(self) -> str:
        return self.topic

    @classmethod
    def territory_filter(cls, user) -> Q:
        """An opportunity lies in the territory of its account."""
        accounts = Account.objects.filter(territory_id__in=user.territory_ids())
        return Q(Exists(accounts.filter(pk=OuterRef("account_id"))))

    def get_absolute_url(self) -> str:
        return reverse("opportunity_detail", args=[self.pk])

    def regarding_keys(self) -> dict[str, int | None]:
        """The keys that an activity logged on this opportunity carries: its account and contact show it too."""
        return {"opportunity_id": self.pk, "account_id": self.account_id, "contact_id": self.contact_id}

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def derive(self, children=None) -> None:
        self.topic = " ".join(self.topic.split())
        self.folded_topic = folded(self.topic, 200)
        self.currency = self.currency or Firm.current().currency
        if self.own_probability is not None:
            self.probability = self.own_probability
        elif self.state != self.State.OPEN:
            self.probability = 100 if self.state == self.State.WON else 0
        else:
            self.probability = self.stage.probability if self.stage_id and self.stage else 0

    def clean(self) -> None:
        for name in ("amount", "actual_amount"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValidationError({name: _("An amount cannot be negative.")})
        if self.stage_id and self.process_id and self.stage.process_id != self.process_id:
            raise ValidationError({"stage": _("This stage belongs to another process.")})

    def search_parts(self, children) -> list[str]:
        return [self.topic, self.account.name if self.account_id else "", self.campaign]


class Stakeholder(ChildRow):
    """A contact who has a say in an opportunity."""

    VALUE_FIELDS = ("contact_id", "role_id")

    parent = models.ForeignKey(Opportunity, models.CASCADE, related_name="stakeholders")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="stakes", verbose_name=_("contact"))
    role = models.ForeignKey(
        ContactRole, models.PROTECT, null=True, blank=True, related_name="stakeholders", verbose_name=_("role")
    )

    class Meta(ChildRow.Meta):
        verbose_name = _("stakeholder")
        verbose_name_plural = _("stakeholders")

    def __str__(self) -> str:
        return str(self.contact)


class SalesTeamMember(ChildRow):
    """A colleague who works on an opportunity."""

    VALUE_FIELDS = ("user_id", "role")

    parent = models.ForeignKey(Opportunity, models.CASCADE, related_name="sales_team")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("colleague"))
    role = models.CharField(_("role"), max_length=100, blank=True)

    class Meta(ChildRow.Meta):
        verbose_name = _("sales team member")
        verbose_name_plural = _("sales team")

    def __str__(self) -> str:
        return str(self.user)
