"""Account with its proxies Prospect and Customer; the lifecycle is a column, so a conversion moves nothing."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.records.channels import EmailDomain, EmailRow, PhoneRow, derive_channels, folded, one_primary
from core.records.fields import FoldedField, LinesField, MoneyField, user_stamp
from core.records.models import EverythingManager, LiveManager, OwnedRecord
from core.text.normalise import company_key, web_domain
from setup_values.columns import CountryField
from setup_values.countries import country_code
from setup_values.currencies import currency_choices
from setup_values.models import Firm, Industry, Territory


class NumberCounter(models.Model):
    """The last number given to an account; the counter never gives one twice."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


class Account(OwnedRecord):
    """An organization or a person that the firm sells to or wants to."""

    class Kind(models.TextChoices):
        ORGANIZATION = "organization", _("Organization")
        PERSON = "person", _("Person")

    class Lifecycle(models.TextChoices):
        PROSPECT = "prospect", _("Prospect")
        CUSTOMER = "customer", _("Customer")
        FORMER = "former", _("Former customer")

    CHILDREN = ("emails", "phones")
    CONSTRAINT_FIELDS = {
        "account_number_once": "number",
        "account_not_own_parent": "parent",
        "account_revenue_positive": "revenue",
    }
    NOT_IN_HISTORY = OwnedRecord.NOT_IN_HISTORY | {"folded_name", "company_key", "web_domain"}

    name = models.CharField(_("name"), max_length=200)
    folded_name = FoldedField(max_length=200, editable=False)
    company_key = FoldedField(max_length=200, editable=False)
    number = models.CharField(_("number"), max_length=30, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.ORGANIZATION)
    lifecycle = models.CharField(
        _("lifecycle"), max_length=10, choices=Lifecycle.choices, default=Lifecycle.PROSPECT, editable=False
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent account")
    )
    territory = models.ForeignKey(
        Territory, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name=_("territory")
    )
    industry = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name=_("industry")
    )
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    revenue = MoneyField(_("annual revenue"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, choices=currency_choices)
    website = models.CharField(_("website"), max_length=300, blank=True)
    web_domain = FoldedField(max_length=253, blank=True, editable=False)
    email = models.CharField(_("e-mail"), max_length=254, blank=True, editable=False)
    phone = models.CharField(_("phone"), max_length=80, blank=True, editable=False)
    billing_street = LinesField(_("billing street"), max_length=300, blank=True)
    billing_city = models.CharField(_("billing city"), max_length=100, blank=True)
    billing_region = models.CharField(_("billing region"), max_length=100, blank=True)
    billing_postcode = models.CharField(_("billing postcode"), max_length=20, blank=True)
    billing_country = CountryField(_("billing country"), max_length=100, blank=True)
    shipping_street = LinesField(_("shipping street"), max_length=300, blank=True)
    shipping_city = models.CharField(_("shipping city"), max_length=100, blank=True)
    shipping_region = models.CharField(_("shipping region"), max_length=100, blank=True)
    shipping_postcode = models.CharField(_("shipping postcode"), max_length=20, blank=True)
    shipping_country = CountryField(_("shipping country"), max_length=100, blank=True)
    customer_since = models.DateField(_("customer since"), null=True, blank=True)
    converted_at = models.DateTimeField(_("converted at"), null=True, blank=True, editable=False)
    converted_by = user_stamp(_("converted by"))
    primary_contact = models.ForeignKey(
        "contacts.Contact", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("primary contact")
    )
    notes = models.TextField(_("notes"), blank=True, max_length=50_000)

    class Meta(OwnedRecord.Meta):
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            # What lies in the trash holds no number: an undone import can be corrected and imported again.
            models.UniqueConstraint(
                fields=["number"],
                condition=~Q(number="") & Q(deleted_at__isnull=True),
                name="account_number_once",
                violation_error_message=_("Another account has this number."),
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=models.F("id")),
                name="account_not_own_parent",
                violation_error_message=_("An account cannot be its own parent."),
            ),
            models.CheckConstraint(
                condition=Q(revenue__isnull=True) | Q(revenue__gte=0),
                name="account_revenue_positive",
                violation_error_message=_("The revenue cannot be negative."),
            ),
        ]
        indexes = [
            # Numbers of the trash are looked up too: the counter steps over them, imports say whose one was.
            models.Index(fields=["number"], name="account_number"),
            models.Index(fields=["folded_name", "id"], condition=Q(deleted_at__isnull=True), name="account_by_name"),
            models.Index(
                fields=["lifecycle", "folded_name", "id"],
                condition=Q(deleted_at__isnull=True),
                name="account_by_lifecycle",
            ),
            models.Index(fields=["company_key"], name="account_company_key"),
            models.Index(fields=["web_domain"], name="account_web_domain"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def territory_filter(cls, user) -> Q:
        return Q(territory_id__in=user.territory_ids())

    @property
    def is_person(self) -> bool:
        return self.kind == self.Kind.PERSON

    @property
    def is_prospect(self) -> bool:
        return self.lifecycle == self.Lifecycle.PROSPECT

    def get_absolute_url(self) -> str:
        """The page of the present lifecycle; former customers are shown among the customers."""
        return reverse("prospect_detail" if self.is_prospect else "customer_detail", args=[self.pk])

    def regarding_keys(self) -> dict[str, int | None]:
        """The keys that an activity logged on this account carries."""
        return {"account_id": self.pk}

    def derive(self, children=None) -> None:
        self.name = " ".join(self.name.split())
        self.folded_name = folded(self.name, 200)
        self.company_key = company_key(self.name)[:200]
        self.web_domain = web_domain(self.website)
        for name in ("billing_country", "shipping_country"):
            setattr(self, name, country_code(getattr(self, name)) or getattr(self, name))
        if self.revenue is not None and not self.currency:
            self.currency = Firm.current().currency
        derive_channels(self, children, Firm.current().country)

    def clean(self) -> None:
        if self.parent_id and self.pk and self.parent_id == self.pk:
            raise ValidationError({"parent": _("An account cannot be its own parent.")})
        if self.revenue is not None and self.revenue < 0:
            raise ValidationError({"revenue": _("The revenue cannot be negative.")})

    def search_parts(self, children) -> list[str]:
        channels = [row.value for name in self.CHILDREN for row in children[name]]
        normalized = [row.normalized for row in children["phones"]]
        return [self.name, self.number, self.billing_city, self.web_domain, *channels, *normalized]


class _ProspectManager(LiveManager):
    def get_queryset(self):
        return super().get_queryset().filter(lifecycle=Account.Lifecycle.PROSPECT)


class _CustomerManager(LiveManager):
    def get_queryset(self):
        return super().get_queryset().filter(lifecycle__in=[Account.Lifecycle.CUSTOMER, Account.Lifecycle.FORMER])


class Prospect(Account):
    """An account that has bought nothing yet, with pages of its own."""

    objects = _ProspectManager()
    all_objects = EverythingManager()

    class Meta:
        proxy = True
        default_manager_name = "objects"
        base_manager_name = "all_objects"
        verbose_name = _("prospect")
        verbose_name_plural = _("prospects")


class Customer(Account):
    """An account that buys or has bought, with pages of its own."""

    objects = _CustomerManager()
    all_objects = EverythingManager()

    class Meta:
        proxy = True
        default_manager_name = "objects"
        base_manager_name = "all_objects"
        verbose_name = _("customer")
        verbose_name_plural = _("customers")


class AccountEmail(EmailRow):
    """An e-mail address of an account."""

    parent = models.ForeignKey(Account, models.CASCADE, related_name="emails")

    class Meta(EmailRow.Meta):
        constraints = [one_primary("account_email")]
        indexes = [models.Index(EmailDomain("normalized"), "id", name="account_email_domain")]


class AccountPhone(PhoneRow):
    """A phone number of an account."""

    parent = models.ForeignKey(Account, models.CASCADE, related_name="phones")

    class Meta(PhoneRow.Meta):
        constraints = [one_primary("account_phone")]
