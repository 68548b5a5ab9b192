"""What every record in a process has: its stage, since when, and the log of its moves."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Staged(models.Model):
    """Abstract: a record in a process stands in one of its stages."""

    process = models.ForeignKey(
        "setup_values.Process",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name=_("process"),
    )
    stage = models.ForeignKey(
        "setup_values.Stage",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name=_("stage"),
    )
    stage_entered_at = models.DateTimeField(_("in this stage since"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def days_in_stage(self) -> int | None:
        """Whole days in the present stage, None without a stage."""
        return (timezone.now() - self.stage_entered_at).days if self.stage_entered_at else None

    @property
    def is_stale(self) -> bool:
        """Whether it has been in its stage longer than the stage allows."""
        limit = self.stage.stale_days if self.stage else None
        return limit is not None and (self.days_in_stage or 0) > limit


class StageChange(models.Model):
    """One move of a record into a stage, with the time it spent in the one before."""

    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, db_index=False, related_name="+")
    from_stage = models.ForeignKey("setup_values.Stage", models.PROTECT, null=True, related_name="+")
    to_stage = models.ForeignKey("setup_values.Stage", models.PROTECT, null=True, related_name="+")
    seconds_before = models.PositiveBigIntegerField(null=True)

    class Meta:
        verbose_name = _("stage change")
        verbose_name_plural = _("stage changes")
        indexes = [models.Index(fields=["record_type", "record_id", "id"], name="stage_change_of_record")]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id}: {self.from_stage} > {self.to_stage}"
