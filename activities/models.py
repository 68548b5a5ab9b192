"""Interactions, tasks and attached files."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.records.fields import MoneyField, user_stamp
from core.records.models import ChildRow, OwnedRecord, Record
from core.records.rights import Right
from setup_values.currencies import currency_choices
from setup_values.models import Firm, InteractionTopic, TaskType

from .regarding import REGARDING, Regarding, regards_something


def timeline_indexes(prefix: str, *columns: str) -> list[models.Index]:
    """One index per regarding key, in the order in which the timeline reads."""
    return [models.Index(fields=[name, *columns], name=f"{prefix}_of_{name}") for name in REGARDING]


class ActivityRecord(Regarding, OwnedRecord):
    """What interactions and tasks share; the owner is the author or the assignee."""

    class Meta(OwnedRecord.Meta):
        abstract = True

    @classmethod
    def filter_allowed(cls, rows, user, right: str):
        """Seeing follows the records it regards; changing also needs the role's own scope."""
        seen = cls.filter_regarding_visible(rows, user)
        if right == Right.VIEW:
            return seen
        return seen.in_scope(user, user.scope(cls.record_type(), right))

    @classmethod
    def participant_filter(cls, user) -> Q:
        rows = cls._meta.get_field("participants").related_model.objects
        return Q(Exists(rows.filter(parent=OuterRef("pk"), user=user.pk)))

    def clean(self) -> None:
        if not any(getattr(self, f"{name}_id") for name in REGARDING):
            raise ValidationError(_("Say what it is about: a lead, an account, a contact or an opportunity."))


class Task(ActivityRecord):
    """Something to do, by a date, by somebody; with start and end an appointment."""

    class Kind(models.TextChoices):
        TO_DO = "todo", _("To-do")
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    class Priority(models.TextChoices):
        LOW = "low", _("Low")
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")

    CHILDREN = ("participants",)
    CONSTRAINT_FIELDS = {"task_ends_after_start": "end_at"}

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.TO_DO)
    subject = models.CharField(_("subject"), max_length=200)
    type = models.ForeignKey(
        TaskType, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("type")
    )
    due_date = models.DateField(_("due date"), null=True, blank=True)
    start_at = models.DateTimeField(_("starts"), null=True, blank=True)
    end_at = models.DateTimeField(_("ends"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    reminder_at = models.DateTimeField(_("reminder"), null=True, blank=True)
    priority = models.CharField(_("priority"), max_length=6, choices=Priority.choices, default=Priority.NORMAL)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN, editable=False)
    notes = models.TextField(_("notes"), blank=True, max_length=20_000)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True, editable=False)
    completed_by = user_stamp(_("completed by"))

    class Meta(ActivityRecord.Meta):
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            regards_something("task"),
            models.CheckConstraint(
                condition=Q(end_at__isnull=True) | Q(start_at__isnull=True) | Q(end_at__gte=models.F("start_at")),
                name="task_ends_after_start",
                violation_error_message=_("The end lies before the start."),
            ),
        ]
        indexes = [
            *timeline_indexes("task", "state", "due_date", "id"),
            models.Index(
                fields=["owner", "due_date", "id"],
                condition=Q(state="open", deleted_at__isnull=True),
                name="task_open_of_owner",
            ),
            models.Index(fields=["due_date", "id"], condition=Q(deleted_at__isnull=True), name="task_by_due_date"),
        ]

    def __str__(self) -> str:
        return self.subject

    def derive(self, children=None) -> None:
        if self.start_at:
            self.due_date = timezone.localtime(self.start_at, Firm.current().zone()).date()

    def clean(self) -> None:
        super().clean()
        if self.end_at and not self.start_at:
            raise ValidationError({"start_at": _("An end needs a start.")})
        if self.start_at and self.end_at and self.end_at < self.start_at:
            raise ValidationError({"end_at": _("The end lies before the start.")})

    def get_absolute_url(self) -> str:
        return reverse("task_detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def due(self):
        """When it is due: the start of an appointment, else the day; None without either."""
        return self.start_at or self.due_date

    def search_parts(self, children) -> list[str]:
        return [self.subject, self.place]


class Participant(ChildRow):
    """Somebody who takes part: a contact or a user."""

    VALUE_FIELDS = ("contact_id", "user_id")

    contact = models.ForeignKey(
        "contacts.Contact", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contact")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("colleague")
    )

    class Meta(ChildRow.Meta):
        abstract = True
        verbose_name = _("participant")
        verbose_name_plural = _("participants")

    def __str__(self) -> str:
        return str(self.contact or self.user)


class TaskParticipant(Participant):
    """Who takes part in an appointment."""

    parent = models.ForeignKey(Task, models.CASCADE, related_name="participants")


class Interaction(ActivityRecord):
    """Something that happened: a call, an e-mail, a meeting, a note, a quote."""

    class Kind(models.TextChoices):
        NOTE = "note", _("Note")
        CALL = "call", _("Call")
        EMAIL = "email", _("E-mail")
        MEETING = "meeting", _("Meeting")
        QUOTE_SENT = "quote_sent", _("Quote sent")
        QUOTE_SIGNED = "quote_signed", _("Quote signed")

    class Direction(models.TextChoices):
        OUTGOING = "out", _("Outgoing")
        INCOMING = "in", _("Incoming")

    CHILDREN = ("participants",)
    CONSTRAINT_FIELDS = {"interaction_amount_positive": "amount"}

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.NOTE)
    topic = models.ForeignKey(
        InteractionTopic,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="interactions",
        verbose_name=pgettext_lazy("interaction", "topic"),
    )
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices, blank=True)
    happened_at = models.DateTimeField(_("happened at"), default=timezone.now)
    duration_minutes = models.PositiveIntegerField(_("duration (minutes)"), null=True, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"), blank=True, max_length=50_000)
    follow_up_date = models.DateField(_("follow-up"), null=True, blank=True)
    followed_up_at = models.DateTimeField(_("followed up at"), null=True, blank=True, editable=False)
    is_internal = models.BooleanField(_("internal"), default=False)
    is_private = models.BooleanField(_("private"), default=False)
    amount = MoneyField(_("amount"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, choices=currency_choices)
    task = models.ForeignKey(
        Task, models.PROTECT, null=True, blank=True, editable=False, related_name="outcomes", verbose_name=_("task")
    )

    class Meta(ActivityRecord.Meta):
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        constraints = [
            regards_something("interaction"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
                name="interaction_amount_positive",
                violation_error_message=_("An amount cannot be negative."),
            ),
        ]
        indexes = [
            *timeline_indexes("interaction", "-happened_at", "id"),
            models.Index(
                fields=["owner", "follow_up_date", "id"],
                condition=Q(follow_up_date__isnull=False, followed_up_at__isnull=True, deleted_at__isnull=True),
                name="interaction_follow_up",
            ),
            models.Index(
                fields=["happened_at", "id"], condition=Q(deleted_at__isnull=True), name="interaction_by_time"
            ),
            models.Index(
                fields=["follow_up_date", "id"],
                condition=Q(deleted_at__isnull=True),
                name="interaction_by_follow_up",
            ),
        ]

    def clean(self) -> None:
        super().clean()
        if self.amount is not None and self.amount < 0:
            raise ValidationError({"amount": _("An amount cannot be negative.")})

    def __str__(self) -> str:
        return self.subject or self.get_kind_display()

    def trash_title(self) -> str:
        """A private note keeps its words to itself."""
        return gettext("Private note") if self.is_private else str(self)

    @classmethod
    def filter_allowed(cls, rows, user, right: str):
        """Private ones are seen by their author only."""
        return super().filter_allowed(rows, user, right).filter(Q(is_private=False) | Q(owner_id=user.pk))

    def get_absolute_url(self) -> str:
        return reverse("interaction_detail", args=[self.pk])

    def derive(self, children=None) -> None:
        if self.amount is not None and not self.currency:
            self.currency = Firm.current().currency

    def search_parts(self, children) -> list[str]:
        return [] if self.is_private else [self.subject, self.body[:1000]]


class InteractionParticipant(Participant):
    """Who took part in an interaction."""

    parent = models.ForeignKey(Interaction, models.CASCADE, related_name="participants")


class Attachment(Regarding, Record):
    """A file of an interaction or of a record."""

    interaction = models.ForeignKey(
        Interaction, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name=_("interaction")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    file = models.FileField(_("file"), upload_to="attachments/%Y/%m", max_length=255)
    name = models.CharField(_("name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    content_type = models.CharField(max_length=100, blank=True)

    class Meta(Record.Meta):
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [regards_something("attachment")]
        indexes = timeline_indexes("attachment", "-created_at", "id")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def filter_allowed(cls, rows, user, right: str):
        """Seen like the records it regards, and not when its interaction is somebody's private one."""
        seen = cls.filter_regarding_visible(rows, user).filter(
            Q(interaction__isnull=True) | Q(interaction__is_private=False) | Q(interaction__owner_id=user.pk)
        )
        if right == Right.VIEW or user.is_administrator:
            return seen
        return seen.filter(Q(owner_id=user.pk) | Q(created_by_id=user.pk))

    @classmethod
    def participant_filter(cls, user) -> Q:
        rows = InteractionParticipant.objects.filter(parent=OuterRef("interaction_id"), user=user.pk)
        return Q(Exists(rows))
