"""What is known of an undo: the operation it takes back, how far it is, its figures, and what it leaves as it is."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Undo(models.Model):
    """The undo of one operation of the history: its figures beforehand, then what it did. An operation has one."""

    operation = models.UUIDField(unique=True)
    # The operation under which the history notes the undo itself.
    own_operation = models.UUIDField(default=uuid.uuid4, unique=True)
    title = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # {"trashed": {record type: number}, "restored": ..., "reverted": ..., "kept": ...}, and when something stays
    # "reasons": {KeptRecord.Reason: number}.
    planned = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    planned_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # The walk goes backwards through the history: the last change that it has looked at, null at the beginning.
    cursor = models.BigIntegerField(null=True)
    unit = models.ForeignKey("core.TrashUnit", models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("undo")
        verbose_name_plural = _("undos")

    def __str__(self) -> str:
        return self.title


class KeptRecord(models.Model):
    """A record that an undo leaves as it is, wholly or in some fields, and why."""

    class Reason(models.TextChoices):
        CHANGED = "changed", _("Changed since")
        USED = "used", _("In use since")
        TOGETHER = "together", _("Belongs to a record that stays")
        RIGHTS = "rights", _("You may not change it")
        REFUSED = "refused", _("Cannot be taken back")

    undo = models.ForeignKey(Undo, models.CASCADE, db_index=False, related_name="kept")
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    reason = models.CharField(max_length=10, choices=Reason.choices)
    # The fields that stay; [] when the record was created by the operation and stays as a whole.
    fields = models.JSONField(default=list)
    text = models.CharField(max_length=300, blank=True)
    # What it stays for: the record that uses it, or that it belongs to.
    other_type = models.CharField(max_length=40, blank=True)
    other_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("kept record")
        verbose_name_plural = _("kept records")
        constraints = [
            models.UniqueConstraint(fields=["undo", "record_type", "record_id"], name="undo_keeps_a_record_once")
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id}: {self.reason}"
