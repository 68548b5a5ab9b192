"""The firm, and the tables of setup values behind every drop-down; behaviour hangs on columns, never on names."""

import time
import zoneinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.records.fields import FoldedField
from core.records.models import Record
from core.records.rights import Right
from core.text.normalise import fold
from users.time_zones import time_zone_choices, validate_time_zone

from .countries import country_choices
from .currencies import currency_choices
from .staged import StageChange


__all__ = ["StageChange"]

FIRM_SECONDS = 10


class Firm(models.Model):
    """The one row of firm-wide settings."""

    class Mode(models.TextChoices):
        B2B = "b2b", _("Sells to organizations (B2B)")
        B2C = "b2c", _("Sells to people (B2C)")

    name = models.CharField(_("name of the firm"), max_length=150)
    country = models.CharField(_("country"), max_length=2, choices=country_choices, default="ES")
    currency = models.CharField(_("currency"), max_length=3, choices=currency_choices, default="EUR")
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Madrid", choices=time_zone_choices, validators=[validate_time_zone]
    )
    mode = models.CharField(_("kind of business"), max_length=3, choices=Mode.choices, default=Mode.B2B)
    fiscal_year_start = models.PositiveSmallIntegerField(_("first month of the fiscal year"), default=1)
    trash_days = models.PositiveSmallIntegerField(_("days in the trash"), default=30)
    setup_dismissed = models.BooleanField(default=False, editable=False)

    _kept: "tuple[float, Firm] | None" = None

    class Meta:
        verbose_name = _("firm")
        verbose_name_plural = _("firm")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_firm"),
            models.CheckConstraint(condition=Q(fiscal_year_start__range=(1, 12)), name="fiscal_year_starts_in_a_month"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "Firm":
        """The firm's row as it was at most FIRM_SECONDS ago; before it is set up an unsaved one with the defaults.

        Kept per process: every page names the firm, and every phone number asks for its country.
        """
        now = time.monotonic()
        if cls._kept is None or now - cls._kept[0] > FIRM_SECONDS:
            cls._kept = (now, cls.objects.first() or cls(id=1, name="CRM"))
        return cls._kept[1]

    def zone(self) -> zoneinfo.ZoneInfo:
        """The firm's time zone, in which days of appointments are counted."""
        return zoneinfo.ZoneInfo(self.time_zone)

    @classmethod
    def forget(cls) -> None:
        """Read the row again at the next call; whoever writes it calls this."""
        cls._kept = None


class Colour(models.TextChoices):
    """The palette of catalog values; each is a class of the style sheet, so that no style attribute is needed."""

    GRAY = "gray", _("Gray")
    BLUE = "blue", _("Blue")
    SKY = "sky", _("Sky blue")
    TEAL = "teal", _("Teal")
    GREEN = "green", _("Green")
    LIME = "lime", _("Lime")
    YELLOW = "yellow", _("Yellow")
    ORANGE = "orange", _("Orange")
    RED = "red", _("Red")
    PINK = "pink", _("Pink")
    VIOLET = "violet", _("Violet")
    BROWN = "brown", _("Brown")


class CatalogValue(Record):
    """One entry of a drop-down catalog."""

    # Fixed meanings of which an installation needs at least one active value each; () for optional catalogs.
    NEEDED_MEANINGS: tuple[str, ...] = ()

    name = models.CharField(_("name"), max_length=100)
    folded_name = FoldedField(max_length=100, editable=False)
    position = models.PositiveIntegerField(_("position"), default=0, editable=False)
    colour = models.CharField(_("colour"), max_length=10, choices=Colour.choices, default=Colour.GRAY)
    is_active = models.BooleanField(_("active"), default=True, editable=False)
    is_default = models.BooleanField(_("default"), default=False, editable=False)

    NOT_IN_HISTORY = Record.NOT_IN_HISTORY | {"folded_name"}

    class Meta(Record.Meta):
        abstract = True
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    def derive(self, children=None) -> None:
        self.name = " ".join(self.name.split())
        self.folded_name = fold(self.name)[:100]

    def clean(self) -> None:
        if not self.folded_name:
            raise ValidationError({"name": _("Give the value a name with at least one letter or digit.")})

    @classmethod
    def filter_allowed(cls, rows, user, right: str):
        """Everybody who is signed in sees setup values; administrators change them."""
        return rows if right == Right.VIEW or user.is_administrator else rows.none()

    def refuses_new_reference(self) -> str:
        if reason := super().refuses_new_reference():
            return reason
        return "" if self.is_active else _("“%(name)s” is retired: choose another value.") % {"name": self.name}


def unique_name(prefix: str, *more_fields: str) -> models.UniqueConstraint:
    """Two live values of one catalog never differ by case, accents or blanks only."""
    return models.UniqueConstraint(
        fields=[*more_fields, "folded_name"],
        condition=Q(deleted_at__isnull=True),
        name=f"{prefix}_name_once",
        violation_error_message=_("There is a value with this name already (case, accents and blanks do not count)."),
    )


class LeadStatus(CatalogValue):
    """What the firm calls the state of a lead."""

    class Meaning(models.TextChoices):
        OPEN = "open", _("Open")
        QUALIFIED = "qualified", _("Qualified")
        DISQUALIFIED = "disqualified", _("Disqualified")

    NEEDED_MEANINGS = ("open", "qualified", "disqualified")
    CONSTRAINT_FIELDS = {"lead_status_name_once": "name"}

    meaning = models.CharField(_("meaning"), max_length=12, choices=Meaning.choices)

    class Meta(CatalogValue.Meta):
        verbose_name = _("lead status")
        verbose_name_plural = _("lead statuses")
        constraints = [unique_name("lead_status")]


class OpportunityStatus(CatalogValue):
    """What the firm calls the state of an opportunity."""

    class Meaning(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    NEEDED_MEANINGS = ("open", "won", "lost")
    CONSTRAINT_FIELDS = {"opportunity_status_name_once": "name"}

    meaning = models.CharField(_("meaning"), max_length=12, choices=Meaning.choices)

    class Meta(CatalogValue.Meta):
        verbose_name = _("opportunity status")
        verbose_name_plural = _("opportunity statuses")
        constraints = [unique_name("opportunity_status")]


class Source(CatalogValue):
    """Where a lead or an opportunity came from; one list for both."""

    CONSTRAINT_FIELDS = {"source_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("source")
        verbose_name_plural = _("opportunity sources")
        constraints = [unique_name("source")]


class Process(CatalogValue):
    """An ordered way of working: its stages follow each other."""

    CONSTRAINT_FIELDS = {"process_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("process")
        verbose_name_plural = _("processes")
        constraints = [unique_name("process")]


class Stage(CatalogValue):
    """One step of a process, with the probability that an opportunity in it is won."""

    CONSTRAINT_FIELDS = {"stage_name_once": "name", "stage_probability_in_percent": "probability"}

    process = models.ForeignKey(Process, models.PROTECT, related_name="stages", verbose_name=_("process"))
    probability = models.PositiveSmallIntegerField(
        _("probability (%)"), default=0, validators=[MaxValueValidator(100)]
    )
    stale_days = models.PositiveSmallIntegerField(_("days until stale"), null=True, blank=True)

    class Meta(CatalogValue.Meta):
        verbose_name = _("stage")
        verbose_name_plural = _("opportunity stages")
        ordering = ["process_id", "position", "id"]
        constraints = [
            unique_name("stage", "process"),
            models.CheckConstraint(condition=Q(probability__lte=100), name="stage_probability_in_percent"),
        ]


class WonReason(CatalogValue):
    """Why an opportunity was won."""

    CONSTRAINT_FIELDS = {"won_reason_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("won reason")
        verbose_name_plural = _("won reasons")
        constraints = [unique_name("won_reason")]


class LostReason(CatalogValue):
    """Why an opportunity was lost."""

    CONSTRAINT_FIELDS = {"lost_reason_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("lost reason")
        verbose_name_plural = _("lost reasons")
        constraints = [unique_name("lost_reason")]


class TaskType(CatalogValue):
    """What the firm calls a kind of task."""

    CONSTRAINT_FIELDS = {"task_type_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("task type")
        verbose_name_plural = _("opportunity task types")
        constraints = [unique_name("task_type")]


class Territory(CatalogValue):
    """A part of the market; its members see its records where their scope is "territory"."""

    CONSTRAINT_FIELDS = {"territory_name_once": "name"}

    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="territories", verbose_name=_("members")
    )

    class Meta(CatalogValue.Meta):
        verbose_name = _("territory")
        verbose_name_plural = _("territories")
        constraints = [unique_name("territory")]


class TerritoryRule(models.Model):
    """Proposes a territory for a country and, if given, a range of postcodes (compared as text of equal length)."""

    territory = models.ForeignKey(Territory, models.CASCADE, related_name="rules")
    country = models.CharField(_("country"), max_length=2, choices=country_choices)
    postcode_from = models.CharField(_("postcode from"), max_length=12, blank=True)
    postcode_to = models.CharField(_("postcode to"), max_length=12, blank=True)

    class Meta:
        verbose_name = _("territory rule")
        verbose_name_plural = _("territory rules")
        ordering = ["country", "postcode_from", "id"]

    def __str__(self) -> str:
        return f"{self.country} {self.postcode_from}-{self.postcode_to}".rstrip(" -")


class InteractionTopic(CatalogValue):
    """What an interaction was about; a kind limits it to calls, meetings and so on."""

    CONSTRAINT_FIELDS = {"interaction_topic_name_once": "name"}

    kind = models.CharField(_("only for"), max_length=12, blank=True, help_text=_("Empty: for every kind."))

    class Meta(CatalogValue.Meta):
        verbose_name = _("interaction topic")
        verbose_name_plural = _("interaction topics")
        constraints = [unique_name("interaction_topic", "kind")]


class DisqualificationReason(CatalogValue):
    """Why a lead was closed."""

    CONSTRAINT_FIELDS = {"disqualification_reason_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("disqualification reason")
        verbose_name_plural = _("disqualification reasons")
        constraints = [unique_name("disqualification_reason")]


class ContactRole(CatalogValue):
    """What a contact is for an account."""

    CONSTRAINT_FIELDS = {"contact_role_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("contact role")
        verbose_name_plural = _("contact roles")
        constraints = [unique_name("contact_role")]


class Industry(CatalogValue):
    """The trade of an account."""

    CONSTRAINT_FIELDS = {"industry_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("industry")
        verbose_name_plural = _("industries")
        constraints = [unique_name("industry")]


class Competitor(CatalogValue):
    """Who else offered, or got the order."""

    CONSTRAINT_FIELDS = {"competitor_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("competitor")
        verbose_name_plural = _("competitors")
        constraints = [unique_name("competitor")]
