"""An import: its file, what was recognised and chosen, its counts, and what becomes of each row."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.jobs.models import Job


def storage_name(_import: "Import", _file_name: str) -> str:
    """Where an uploaded file is kept: its own name is shown, never used."""
    return f"imports/{timezone.now():%Y/%m}/{uuid.uuid4().hex}"


class Import(models.Model):
    """One file on its way into the CRM. It always acts with the rights of the user who brought it."""

    class Stage(models.TextChoices):
        UPLOADED = "uploaded", pgettext_lazy("import", "Uploaded")
        CHECKING = "checking", _("Dry run under way")
        CHECKED = "checked", _("Dry run done")
        RUNNING = "running", _("Importing")
        FINISHED = "finished", pgettext_lazy("import", "Finished")
        FAILED = "failed", pgettext_lazy("import", "Failed")

    entity = models.CharField(max_length=40, default="contact")
    file = models.FileField(_("file"), upload_to=storage_name, max_length=255)
    file_name = models.CharField(_("file name"), max_length=200)
    size = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    # Null for imports from the command line of an installation that has no administrator yet.
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.UPLOADED)
    # Groups the history of everything that it writes, however often its run begins anew.
    operation = models.UUIDField(default=uuid.uuid4, editable=False)
    # What the file is: kind ("csv", "vcard"), source, encoding, delimiter, header_line, ...; see imports/sampling.py.
    recognised = models.JSONField(default=dict)
    # The first rows as pages show them.
    sample = models.JSONField(default=dict)
    # What the user chose: see imports.contact_files.open_contact_file.
    options = models.JSONField(default=dict)
    # Figures of the dry run and of the run: {"actions": {action: number}, "rows", "created", ...}.
    planned = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    also_written = models.JSONField(default=dict)
    check_job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="+")
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="+")
    # Works out what an undo would do, then does it; what is known of it stands in core.Undo under the same operation.
    undo_job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.pk}: {self.file_name}"

    @property
    def is_vcard(self) -> bool:
        return self.recognised.get("kind") == "vcard"

    @property
    def has_started(self) -> bool:
        """Whether it writes or has written: nothing of it can be chosen anew."""
        return self.started_at is not None

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody ended its run on the way: it can go on from there, or be undone."""
        return self.stage == self.Stage.RUNNING and self.job is not None and self.job.state == Job.State.CANCELLED

    @property
    def has_ended(self) -> bool:
        """Whether it writes nothing more by itself: now it can be undone."""
        is_over = self.stage in (self.Stage.FINISHED, self.Stage.FAILED)
        return self.has_started and (is_over or self.is_cancelled)

    @property
    def is_being_undone(self) -> bool:
        """Whether an undo is worked out, waits, is under way or has stopped on the way."""
        job = self.undo_job
        return job is not None and (job.is_active or (job.kind == "import_undo" and job.state == Job.State.STOPPED))


class ImportRow(models.Model):
    """What becomes of one row of the file, in the dry run or in the run."""

    class Action(models.TextChoices):
        CREATE = "create", _("Create")
        UPDATE = "update", _("Update")
        LINK = "link", _("Link")
        UNCHANGED = "unchanged", _("Unchanged")
        DUPLICATE = "duplicate", _("Duplicate")
        ERROR = "error", _("Error")

    parent = models.ForeignKey(Import, models.CASCADE, db_index=False, related_name="rows")
    is_planned = models.BooleanField()
    number = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    action = models.CharField(max_length=10, choices=Action.choices)
    # The order of the page: what needs a look comes first.
    rank = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=300, blank=True)
    # Title and subtitle as they are searched.
    folded = models.CharField(max_length=300, blank=True)
    reasons = models.JSONField(default=list)
    # What will change: {"account": name, "new_account": bool, "linked": bool, "changes": [[field, old, new]]}; what
    # can be decided or corrected: {"near": [[record id, title, why]], "unknown": [[field, text]], "fields": {position
    # of a column: reason}, "cells": {position: text}}.
    details = models.JSONField(default=dict)
    record_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of an import")
        constraints = [
            # No row is applied twice: the second attempt would be refused here.
            models.UniqueConstraint(fields=["parent", "is_planned", "number"], name="import_row_once")
        ]
        indexes = [models.Index(fields=["parent", "is_planned", "rank", "id"], name="import_row_listing")]

    def __str__(self) -> str:
        return f"{self.parent_id}, {self.line}: {self.action}"


class SavedMap(models.Model):
    """How the files of one source are read: columns by header, and what was chosen for all rows."""

    entity = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=100)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    is_shared = models.BooleanField(_("for everybody"), default=False)
    # Files whose headers make the same fingerprint are offered this mapping; see imports.saved_maps.fingerprint.
    fingerprint = models.CharField(max_length=64)
    # {header as it is compared: field, "" or INTO_NOTES}, and those of Import.options that are no columns.
    columns = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["created_by", "entity", "name"], name="saved_map_name_once")]
        indexes = [models.Index(fields=["entity", "fingerprint"], name="saved_map_by_headers")]

    def __str__(self) -> str:
        return self.name


class RowChoice(models.Model):
    """What the user has corrected or decided in one row of a dry run; the run does the same."""

    class Decision(models.TextChoices):
        CREATE = "create", _("Create")
        UPDATE = "update", _("Update it")
        SKIP = "skip", _("Skip")

    parent = models.ForeignKey(Import, models.CASCADE, db_index=False, related_name="row_choices")
    number = models.PositiveIntegerField()
    # {position of a column: text}.
    cells = models.JSONField(default=dict)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    # The record that the row updates.
    record_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("choice for a row of an import")
        verbose_name_plural = _("choices for rows of an import")
        constraints = [models.UniqueConstraint(fields=["parent", "number"], name="import_row_choice_once")]

    def __str__(self) -> str:
        return f"{self.parent_id}, {self.number}"


RANKS = {
    ImportRow.Action.ERROR: 0,
    ImportRow.Action.DUPLICATE: 1,
    ImportRow.Action.UPDATE: 3,
    ImportRow.Action.LINK: 4,
    ImportRow.Action.CREATE: 5,
    ImportRow.Action.UNCHANGED: 6,
}
# Rows that are written but with something to say.
RANK_OF_REMARKS = 2
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
