"""One acceptance of all proposed accounts above a score: what was asked for, how far it is, how to take it back."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.jobs.models import Job
from setup_values.models import ContactRole


class AcceptanceRun(models.Model):
    """All that it cross-references carries its operation in the history."""

    operation = models.UUIDField(default=uuid.uuid4, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    least_score = models.PositiveSmallIntegerField()
    role = models.ForeignKey(ContactRole, models.SET_NULL, null=True, related_name="+")
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="+")
    undo_job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="+")
    looked_at = models.PositiveIntegerField(default=0)
    made = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("acceptance of proposed accounts")
        verbose_name_plural = _("acceptances of proposed accounts")

    def __str__(self) -> str:
        return f"{self.least_score} % {self.operation}"

    @property
    def present_job(self) -> Job | None:
        """The job that works on it now, or worked last; None where it was done at once."""
        return self.undo_job or self.job

    @property
    def is_stopped(self) -> bool:
        job = self.present_job
        return job is not None and job.state == Job.State.STOPPED

    @property
    def is_active(self) -> bool:
        job = self.present_job
        return job is not None and job.is_active
