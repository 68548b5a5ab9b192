"""The tables of setup values behind every drop-down; behaviour hangs on columns, never on names."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.records.fields import FoldedField
from core.records.models import ChildRow, Record
from core.records.rights import Right
from core.text.normalise import fold

from .countries import country_choices
from .firm import Firm
from .staged import StageChange

# What lives in modules of its own and is looked for here.
__all__ = ["Firm", "StageChange"]


class Colour(models.TextChoices):
    """The palette of catalog values; each is a class of the style sheet."""

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
    NEEDED_BY_TRASH = True

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


def one_default(prefix: str, *fields: str) -> models.UniqueConstraint:
    """At most one live default per catalog, or per value of these fields (the meaning of a status)."""
    return models.UniqueConstraint(
        fields=[*(fields or ["is_default"])],
        condition=Q(deleted_at__isnull=True, is_default=True),
        name=f"{prefix}_one_default",
        violation_error_message=_("There is a default already."),
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
        constraints = [unique_name("lead_status"), one_default("lead_status", "meaning")]


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
        constraints = [unique_name("opportunity_status"), one_default("opportunity_status", "meaning")]


class Source(CatalogValue):
    """Where a lead or an opportunity came from; one list for both."""

    CONSTRAINT_FIELDS = {"source_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("source")
        verbose_name_plural = _("opportunity sources")
        constraints = [unique_name("source"), one_default("source")]


class Process(CatalogValue):
    """An ordered way of working: its stages follow each other."""

    CONSTRAINT_FIELDS = {"process_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("process")
        verbose_name_plural = _("processes")
        constraints = [unique_name("process"), one_default("process")]


class Stage(CatalogValue):
    """One step of a process, with the probability that an opportunity in it is won."""

    CONSTRAINT_FIELDS = {"stage_name_once": "name", "stage_probability_in_percent": "probability"}

    process = models.ForeignKey(Process, models.PROTECT, related_name="stages", verbose_name=_("process"))
    probability = models.PositiveSmallIntegerField(_("probability (%)"), default=0, validators=[MaxValueValidator(100)])
    stale_days = models.PositiveSmallIntegerField(_("days until stale"), null=True, blank=True)

    class Meta(CatalogValue.Meta):
        verbose_name = _("stage")
        verbose_name_plural = _("opportunity stages")
        ordering = ["process_id", "position", "id"]
        constraints = [
            unique_name("stage", "process"),
            one_default("stage", "process"),
            models.CheckConstraint(condition=Q(probability__lte=100), name="stage_probability_in_percent"),
        ]


class WonReason(CatalogValue):
    """Why an opportunity was won."""

    CONSTRAINT_FIELDS = {"won_reason_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("won reason")
        verbose_name_plural = _("won reasons")
        constraints = [unique_name("won_reason"), one_default("won_reason")]


class LostReason(CatalogValue):
    """Why an opportunity was lost."""

    CONSTRAINT_FIELDS = {"lost_reason_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("lost reason")
        verbose_name_plural = _("lost reasons")
        constraints = [unique_name("lost_reason"), one_default("lost_reason")]


class TaskType(CatalogValue):
    """What the firm calls a kind of task."""

    CONSTRAINT_FIELDS = {"task_type_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("task type")
        verbose_name_plural = _("opportunity task types")
        constraints = [unique_name("task_type"), one_default("task_type")]


class Territory(CatalogValue):
    """A part of the market; its members see its records where their scope is "territory"."""

    CHILDREN = ("memberships", "rules")
    CONSTRAINT_FIELDS = {"territory_name_once": "name"}

    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="TerritoryMember",
        blank=True,
        related_name="territories",
        verbose_name=_("members"),
    )

    class Meta(CatalogValue.Meta):
        verbose_name = _("territory")
        verbose_name_plural = _("territories")
        constraints = [unique_name("territory"), one_default("territory")]


class TerritoryMember(ChildRow):
    """A user who works in a territory; saved and noted in the history with it."""

    VALUE_FIELDS = ("user_id",)

    parent = models.ForeignKey(Territory, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("member"))

    class Meta(ChildRow.Meta):
        verbose_name = _("member of a territory")
        verbose_name_plural = _("members of territories")
        constraints = [models.UniqueConstraint(fields=["parent", "user"], name="territory_member_once")]

    def __str__(self) -> str:
        return str(self.user)


class TerritoryRule(ChildRow):
    """Proposes its territory for a country and, if given, a range of postcodes."""

    VALUE_FIELDS = ("country", "postcode_from", "postcode_to")

    parent = models.ForeignKey(Territory, models.CASCADE, related_name="rules")
    country = models.CharField(_("country"), max_length=2, choices=country_choices)
    postcode_from = models.CharField(_("postcode from"), max_length=12, blank=True)
    postcode_to = models.CharField(_("postcode to"), max_length=12, blank=True)

    class Meta(ChildRow.Meta):
        verbose_name = _("territory rule")
        verbose_name_plural = _("territory rules")

    def __str__(self) -> str:
        return f"{self.country} {self.postcode_from}-{self.postcode_to}".rstrip(" -")

    def derive(self) -> None:
        self.postcode_from = bare_postcode(self.postcode_from)
        self.postcode_to = bare_postcode(self.postcode_to)


def bare_postcode(text: str) -> str:
    """A postcode as it is compared: capital letters and digits only ("sw1a 1aa" -> "SW1A1AA"); "" for ""."""
    return "".join(char for char in text.upper() if char.isalnum())[:12]


class InteractionTopic(CatalogValue):
    """What an interaction was about; a kind limits it to calls, meetings and so on."""

    CONSTRAINT_FIELDS = {"interaction_topic_name_once": "name"}

    kind = models.CharField(_("only for"), max_length=12, blank=True, help_text=_("Empty: for every kind."))

    class Meta(CatalogValue.Meta):
        verbose_name = _("interaction topic")
        verbose_name_plural = _("interaction topics")
        constraints = [unique_name("interaction_topic", "kind"), one_default("interaction_topic")]


class DisqualificationReason(CatalogValue):
    """Why a lead was closed."""

    CONSTRAINT_FIELDS = {"disqualification_reason_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("disqualification reason")
        verbose_name_plural = _("disqualification reasons")
        constraints = [unique_name("disqualification_reason"), one_default("disqualification_reason")]


class ContactRole(CatalogValue):
    """What a contact is for an account."""

    CONSTRAINT_FIELDS = {"contact_role_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("contact role")
        verbose_name_plural = _("contact roles")
        constraints = [unique_name("contact_role"), one_default("contact_role")]


class Industry(CatalogValue):
    """The trade of an account."""

    CONSTRAINT_FIELDS = {"industry_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("industry")
        verbose_name_plural = _("industries")
        constraints = [unique_name("industry"), one_default("industry")]


class Competitor(CatalogValue):
    """Who else offered, or got the order."""

    CONSTRAINT_FIELDS = {"competitor_name_once": "name"}

    class Meta(CatalogValue.Meta):
        verbose_name = _("competitor")
        verbose_name_plural = _("competitors")
        constraints = [unique_name("competitor"), one_default("competitor")]
