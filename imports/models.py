"""An import: its file, what was recognised and chosen, its counts, and the rows that need a look."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.jobs.models import Job


class Import(models.Model):
    """One file on its way into the CRM."""

    class Stage(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        CHECKING = "checking", _("Dry run under way")
        CHECKED = "checked", _("Dry run done")
        RUNNING = "running", _("Importing")
        FINISHED = "finished", _("Finished")
        FAILED = "failed", _("Failed")

    entity = models.CharField(max_length=40, default="contact")
    file = models.FileField(_("file"), upload_to="imports/%Y/%m", max_length=255)
    file_name = models.CharField(_("file name"), max_length=200)
    size = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.UPLOADED)
    # What the file is: kind ("text", "vcard"), source, encoding, delimiter, header_line, ...
    recognised = models.JSONField(default=dict)
    # What the user chose: encoding, delimiter, header_line, columns {index: field}, date_orders {field: order}.
    options = models.JSONField(default=dict)
    planned = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    also_written = models.JSONField(default=dict)
    check_job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="+")
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.pk}: {self.file_name}"


class ImportRow(models.Model):
    """A row of an import that needs a look: an error, a duplicate, or something that was put right."""

    class Action(models.TextChoices):
        CREATE = "create", _("Create")
        UPDATE = "update", _("Update")
        LINK = "link", _("Link")
        UNCHANGED = "unchanged", _("Unchanged")
        DUPLICATE = "duplicate", _("Duplicate")
        ERROR = "error", _("Error")

    parent = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    is_planned = models.BooleanField()
    line = models.PositiveIntegerField()
    action = models.CharField(max_length=10, choices=Action.choices)
    title = models.CharField(max_length=300, blank=True)
    reasons = models.JSONField(default=list)
    record_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of an import")
        indexes = [models.Index(fields=["parent", "is_planned", "action", "line"], name="import_row_listing")]

    def __str__(self) -> str:
        return f"{self.parent_id}, {self.line}: {self.action}"


# How the six actions of rows make the five figures of a report, which add up to the rows of the file.
FIGURES = {
    "create": "created",
    "update": "updated",
    "link": "updated",
    "unchanged": "unchanged",
    "duplicate": "skipped",
    "error": "errors",
}


def figures(actions: dict[str, int]) -> dict[str, int]:
    """{rows, created, updated, skipped, unchanged, errors} from {action: number}."""
    counts = dict.fromkeys(("created", "updated", "skipped", "unchanged", "errors"), 0)
    for action, number in actions.items():
        counts[FIGURES[action]] += number
    return {"rows": sum(actions.values()), **counts}
