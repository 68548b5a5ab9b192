"""Contact with its e-mails, phones, addresses, and the cross-references that tie it to accounts and leads."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.records.channels import EmailDomain, EmailRow, PhoneRow, derive_channels, folded, one_primary
from core.records.fields import FoldedField, LinesField
from core.records.models import ChildRow, OwnedRecord, Record
from core.records.rights import Right, Scope
from core.text.normalise import is_blank
from setup_values.columns import CountryField, LanguageField
from setup_values.countries import country_code, country_name
from setup_values.models import ContactRole, Firm, Source

from .acceptance_models import AcceptanceRun as AcceptanceRun
from .birthdays import BirthdayField


class Contact(OwnedRecord):
    """A person. Behind a person account the contact is the master of name, e-mails, phones and addresses."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")
        POST = "post", _("Post")

    CHILDREN = ("emails", "phones", "addresses", "websites", "handles")
    CONSTRAINT_FIELDS = {"contact_vcard_uid_once": "vcard_uid"}
    NOT_IN_HISTORY = OwnedRecord.NOT_IN_HISTORY | {"full_name", "sort_name", "folded_name", "email", "phone"}

    prefix = models.CharField(_("prefix"), max_length=60, blank=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    middle_name = models.CharField(_("middle name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    suffix = models.CharField(_("suffix"), max_length=60, blank=True)
    nickname = models.CharField(_("nickname"), max_length=100, blank=True)
    phonetic_first_name = models.CharField(_("phonetic first name"), max_length=100, blank=True)
    phonetic_last_name = models.CharField(_("phonetic last name"), max_length=100, blank=True)
    display_name = models.CharField(
        _("shown as"), max_length=300, blank=True, help_text=_("Only where it differs from first and last name.")
    )
    full_name = models.CharField(_("name"), max_length=300, editable=False)
    sort_name = FoldedField(max_length=300, editable=False)
    folded_name = FoldedField(max_length=300, editable=False)
    company_name = models.CharField(
        _("company as written"),
        max_length=200,
        blank=True,
        help_text=_("As a card or a file has it; the account is the link that counts."),
    )
    job_title = models.CharField(_("job title"), max_length=200, blank=True)
    department = models.CharField(_("department"), max_length=200, blank=True)
    birthday = BirthdayField(_("birthday"), max_length=40, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True, editable=False)
    phone = models.CharField(_("phone"), max_length=80, blank=True, editable=False)
    photo = models.FileField(_("photo"), upload_to="photos/%Y/%m", blank=True, max_length=255)
    person_account = models.OneToOneField(
        Account,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="person",
        verbose_name=_("person account"),
    )
    language = LanguageField(_("preferred language"), max_length=35, blank=True)
    preferred_channel = models.CharField(_("preferred channel"), max_length=5, choices=Channel.choices, blank=True)
    do_not_email = models.BooleanField(_("do not e-mail"), default=False)
    do_not_phone = models.BooleanField(_("do not phone"), default=False)
    do_not_post = models.BooleanField(_("do not write by post"), default=False)
    do_not_track = models.BooleanField(_("do not track"), default=False)
    where_met = models.CharField(_("where met"), max_length=200, blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="contacts", verbose_name=_("source")
    )
    campaign = models.CharField(_("campaign"), max_length=200, blank=True)
    notes = models.TextField(_("notes"), blank=True, max_length=50_000)
    vcard_uid = models.CharField(_("vCard UID"), max_length=255, blank=True, editable=False)
    vcard_extra = models.TextField(_("kept from the vCard"), blank=True, editable=False)

    class Meta(OwnedRecord.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(
                fields=["vcard_uid"],
                condition=~Q(vcard_uid=""),
                name="contact_vcard_uid_once",
                violation_error_message=_("Another contact has this vCard UID."),
            )
        ]
        indexes = [
            models.Index(fields=["sort_name", "id"], condition=Q(deleted_at__isnull=True), name="contact_by_name"),
            models.Index(fields=["folded_name"], name="contact_folded_name"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @classmethod
    def territory_filter(cls, user) -> Q:
        """A contact lies in the territories of the accounts that it is cross-referenced to."""
        accounts = Account.objects.filter(territory_id__in=user.territory_ids())
        links = CrossReference.objects.filter(
            contact=OuterRef("pk"),
            account__territory_id__in=user.territory_ids(),
            account__deleted_at__isnull=True,
        )
        return Q(Exists(links)) | Q(Exists(accounts.filter(pk=OuterRef("person_account_id"))))

    def get_absolute_url(self) -> str:
        return reverse("contact_detail", args=[self.pk])

    def regarding_keys(self) -> dict[str, int | None]:
        """The keys that an activity logged on this contact carries; a person account shares its history."""
        return {"contact_id": self.pk, "account_id": self.person_account_id}

    @classmethod
    def of_account(cls, rows, account_id: int, user):
        """Of these contacts those of an account, as far as user sees it: cross-referenced now, or the person it is."""
        accounts = Account.objects.visible_to(user).filter(pk=account_id)
        today = timezone.localdate()
        links = CrossReference.objects.filter(account__in=accounts).exclude(to_date__lt=today)
        return rows.filter(Q(pk__in=links.values("contact_id")) | Q(person_account__in=accounts))

    @classmethod
    def option_hints(cls, rows: list["Contact"], user) -> dict[int, str]:
        """{id: what tells namesakes apart in a picker}: job title and the first account, or that there is none yet."""
        accounts = CrossReference.first_accounts(rows, user)
        hints = {}
        for row in rows:
            place = accounts[row.pk].name if row.pk in accounts else row.company_name
            if not place and row.person_account_id is None:
                place = _("no account yet")
            hints[row.pk] = ", ".join(str(part) for part in (row.job_title, place) if part)
        return hints

    @property
    def photo_url(self) -> str:
        """The address of the photo, "" without one; a new photo has a new address."""
        return f"{reverse('contact_photo', args=[self.pk])}?v={self.version}" if self.photo else ""

    def derive(self, children=None) -> None:
        derive_channels(self, children, Firm.current().country)
        for row in (children or {}).get("addresses", ()):
            row.country = country_code(row.country) or row.country
        parts = [self.first_name, self.middle_name, self.last_name]
        name = " ".join(" ".join(parts).split())
        shown = self.display_name or name or self.nickname or self.email or self.phone or self.company_name
        self.full_name = shown[:300]
        self.sort_name = folded(f"{self.last_name} {self.first_name} {self.middle_name}".strip() or shown, 300)
        self.folded_name = folded(name or shown, 300)

    def clean(self) -> None:
        if is_blank(self.full_name):
            raise ValidationError({"last_name": _("A contact needs a name, an e-mail, a phone or a company.")})

    def search_parts(self, children) -> list[str]:
        values = [row.value for name in ("emails", "phones", "handles") for row in children[name]]
        normalized = [row.normalized for row in children["phones"]]
        cities = [row.city for row in children["addresses"]]
        names = [self.full_name, self.last_name, self.nickname, self.company_name, self.job_title]
        return [*names, *values, *normalized, *cities]


class ContactEmail(EmailRow):
    """An e-mail address of a contact."""

    parent = models.ForeignKey(Contact, models.CASCADE, related_name="emails")

    class Meta(EmailRow.Meta):
        constraints = [one_primary("contact_email")]
        indexes = [models.Index(EmailDomain("normalized"), "id", name="contact_email_domain")]


class ContactPhone(PhoneRow):
    """A phone number of a contact."""

    parent = models.ForeignKey(Contact, models.CASCADE, related_name="phones")

    class Meta(PhoneRow.Meta):
        constraints = [one_primary("contact_phone")]


class ContactAddress(ChildRow):
    """A postal address of a contact."""

    class Kind(models.TextChoices):
        WORK = "work", _("Work")
        HOME = "home", _("Home")
        OTHER = "other", _("Other")

    VALUE_FIELDS = (
        "kind",
        "label",
        "po_box",
        "extended",
        "street",
        "city",
        "region",
        "postcode",
        "country",
        "is_primary",
    )

    parent = models.ForeignKey(Contact, models.CASCADE, related_name="addresses")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.WORK)
    label = models.CharField(_("label"), max_length=60, blank=True)
    po_box = models.CharField(_("PO box"), max_length=60, blank=True)
    extended = LinesField(_("extra line"), max_length=1000, blank=True)
    street = LinesField(_("street"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    region = models.CharField(_("region"), max_length=100, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    country = CountryField(_("country"), max_length=100, blank=True)
    is_primary = models.BooleanField(_("primary"), default=False)

    class Meta(ChildRow.Meta):
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [one_primary("contact_address")]

    def __str__(self) -> str:
        place = f"{self.postcode} {self.city}".strip()
        parts = (self.extended, self.street, self.po_box, place, self.region, country_name(self.country))
        return ", ".join(part for part in parts if part)


class ContactWebsite(ChildRow):
    """A web address of a contact."""

    VALUE_FIELDS = ("value", "label", "is_primary")

    parent = models.ForeignKey(Contact, models.CASCADE, related_name="websites")
    value = models.CharField(_("website"), max_length=1000)
    label = models.CharField(_("label"), max_length=60, blank=True)
    is_primary = models.BooleanField(_("primary"), default=False)

    class Meta(ChildRow.Meta):
        verbose_name = _("website")
        verbose_name_plural = _("websites")
        constraints = [one_primary("contact_website")]

    def __str__(self) -> str:
        return self.value


class ContactHandle(ChildRow):
    """A messaging address of a contact: WhatsApp, Skype, LinkedIn."""

    VALUE_FIELDS = ("service", "value", "is_primary")

    parent = models.ForeignKey(Contact, models.CASCADE, related_name="handles")
    service = models.CharField(_("service"), max_length=60, blank=True)
    value = models.CharField(_("handle"), max_length=300)
    is_primary = models.BooleanField(_("primary"), default=False)

    class Meta(ChildRow.Meta):
        verbose_name = _("messaging handle")
        verbose_name_plural = _("messaging handles")
        constraints = [one_primary("contact_handle")]

    def __str__(self) -> str:
        return f"{self.service}: {self.value}" if self.service else self.value


class CrossReference(Record):
    """The link of a contact with an account or a lead, with a role; many to many."""

    KEPT_WITH = ("contact",)
    CONSTRAINT_FIELDS = {
        "cross_reference_once_with_role": "role",
        "cross_reference_once_without_role": "contact",
        "cross_reference_lead_once_with_role": "role",
        "cross_reference_lead_once_without_role": "contact",
        "cross_reference_ends_after_start": "to_date",
    }

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="cross_references", verbose_name=_("contact"))
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="cross_references", verbose_name=_("account")
    )
    lead = models.ForeignKey(
        "leads.Lead", models.PROTECT, null=True, blank=True, related_name="cross_references", verbose_name=_("lead")
    )
    role = models.ForeignKey(
        ContactRole, models.PROTECT, null=True, blank=True, related_name="cross_references", verbose_name=_("role")
    )
    is_primary = models.BooleanField(_("primary"), default=False)
    from_date = models.DateField(_("from"), null=True, blank=True)
    to_date = models.DateField(_("to"), null=True, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("cross-reference")
        verbose_name_plural = _("cross-references")
        constraints = [
            models.CheckConstraint(
                condition=Q(account__isnull=False, lead__isnull=True) | Q(account__isnull=True, lead__isnull=False),
                name="cross_reference_of_account_or_lead",
                violation_error_message=_("A cross-reference leads to exactly one account or lead."),
            ),
            models.CheckConstraint(
                condition=Q(from_date__isnull=True) | Q(to_date__isnull=True) | Q(to_date__gte=models.F("from_date")),
                name="cross_reference_ends_after_start",
                violation_error_message=_("The end lies before the beginning."),
            ),
            *(
                models.UniqueConstraint(
                    fields=["contact", end, *with_role],
                    condition=Q(deleted_at__isnull=True, role__isnull=not with_role, **{f"{end}__isnull": False}),
                    name=f"cross_reference_{prefix}once_{'with' if with_role else 'without'}_role",
                    violation_error_message=_("This contact is cross-referenced there in this role already."),
                )
                for end, prefix in (("account", ""), ("lead", "lead_"))
                for with_role in (["role"], [])
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(deleted_at__isnull=True, is_primary=True, account__isnull=False),
                name="cross_reference_one_primary",
                violation_error_message=_("There is a primary contact already."),
            ),
            models.UniqueConstraint(
                fields=["lead"],
                condition=Q(deleted_at__isnull=True, is_primary=True, lead__isnull=False),
                name="cross_reference_one_primary_of_lead",
                violation_error_message=_("There is a primary contact already."),
            ),
        ]
        # Whether a contact has an account at all is asked for every contact of a firm: the tab of those that have none.
        indexes = [
            models.Index(
                fields=["contact"],
                condition=Q(deleted_at__isnull=True, account__isnull=False),
                name="cross_reference_of_accounts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact} – {self.holder}"

    def get_absolute_url(self) -> str:
        """The card of the account or lead with this row."""
        kind, pk = ("account", self.account_id) if self.account_id else ("lead", self.lead_id)
        return f"{reverse('record_contacts', args=[kind, pk])}#ref-{self.pk}"

    @property
    def holder(self) -> models.Model:
        """The account or lead at the other end."""
        return self.account if self.account_id else self.lead

    @property
    def is_ended(self) -> bool:
        return self.to_date is not None and self.to_date <= timezone.localdate()

    @classmethod
    def account_links(cls, contacts: list[Contact] | list[int], user) -> models.QuerySet:
        """The links of contacts (or of their ids) with accounts that user sees, of each contact the first one first.

        Current before ended, primary before others.
        """
        links = cls.objects.filter(contact__in=contacts, account__isnull=False)
        seen = links.filter(Exists(Account.objects.visible_to(user).filter(pk=OuterRef("account_id"))))
        return seen.order_by("contact_id", F("to_date").desc(nulls_first=True), "-is_primary", "id")

    @classmethod
    def first_accounts(cls, contacts: list[Contact], user) -> dict[int, Account]:
        """{contact id: its first account}, with one query for all; contacts without any are left out."""
        found: dict[int, Account] = {}
        for link in cls.account_links(contacts, user).select_related("account"):
            found.setdefault(link.contact_id, link.account)
        return found

    @classmethod
    def filter_allowed(cls, rows, user, right: str):
        """Seen when both ends are seen; changed by whoever may change the account or the lead."""
        condition = Q(pk__in=[])
        for end, record_type in (("account", "account"), ("lead", "lead")):
            related = cls._meta.get_field(end).related_model
            if user.scope(record_type, Right.VIEW) == Scope.ALL and right == Right.VIEW:
                condition |= Q(**{f"{end}__isnull": False})
            else:
                wanted = Right.VIEW if right == Right.VIEW else Right.EDIT
                allowed = related.objects.allowed_to(user, wanted).filter(pk=OuterRef(f"{end}_id"))
                condition |= Q(Exists(allowed))
        if user.scope("contact", Right.VIEW) == Scope.ALL:
            return rows.filter(condition)
        return rows.filter(condition, Exists(Contact.objects.visible_to(user).filter(pk=OuterRef("contact_id"))))

    def clean(self) -> None:
        if bool(self.account_id) == bool(self.lead_id):
            raise ValidationError(_("A cross-reference leads to exactly one account or lead."))
        if self.from_date and self.to_date and self.to_date < self.from_date:
            raise ValidationError({"to_date": _("The end lies before the beginning.")})
