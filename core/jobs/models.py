"""A piece of background work that survives a killed worker: progress, heartbeat, attempts and cursor."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One run of background work, as its page and the reaper see it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        STOPPED = "stopped", _("Stopped, can be resumed")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # Last sign of life: of its runner while it runs, of its place in the queue while it waits.
    heartbeat_at = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    run_token = models.UUIDField(null=True)
    cancel_asked = models.BooleanField(default=False)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    cursor = models.PositiveBigIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(fields=["heartbeat_at"], condition=Q(state__in=["waiting", "running"]), name="job_unfinished")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.state in {self.State.FINISHED, self.State.FAILED, self.State.CANCELLED}

    @property
    def is_active(self) -> bool:
        """Whether its page should look again soon."""
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def percent(self) -> int | None:
        """Whole per cent done, None while the total is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else None


class Tick(models.Model):
    """When a recurring duty was last taken up; processes claim it here, so that one of them does it."""

    name = models.CharField(max_length=40, primary_key=True)
    last_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name
