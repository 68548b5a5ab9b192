"""The one row of firm-wide settings: name, country, currency, language, kind of business."""

import time
import zoneinfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from users.time_zones import time_zone_choices, validate_time_zone

from .countries import country_choices
from .currencies import currency_choices

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
        _("time zone"),
        max_length=64,
        default="Europe/Madrid",
        choices=time_zone_choices,
        validators=[validate_time_zone],
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
        """The firm's row as of at most FIRM_SECONDS ago; before it is set up an unsaved one with defaults.

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
