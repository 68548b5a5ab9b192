"""What every record has: who and when, version, trash, owner and team; and the history of all of them."""

import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .columns import columns_of, copied_columns, names_of
from .fields import user_stamp
from .rights import Right, Scope, ScopedQuerySet


class LiveManager(models.Manager.from_queryset(ScopedQuerySet)):
    """The default manager: everything but the trash."""

    def get_queryset(self):
        return super().get_queryset().filter(deleted_at__isnull=True)


class EverythingManager(models.Manager.from_queryset(ScopedQuerySet)):
    """Live rows and the trash."""


class TrashUnit(models.Model):
    """What one deletion put into the trash; it is restored or purged as a whole."""

    deleted_at = models.DateTimeField(_("deleted at"), default=timezone.now)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("deleted by")
    )
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    title = models.CharField(_("title"), max_length=300)
    counts = models.JSONField(default=dict)
    restored_at = models.DateTimeField(null=True)
    restored_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # What brings a large unit back in the background.
    restore_job = models.OneToOneField("core.Job", models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("trash unit")
        verbose_name_plural = _("trash units")
        ordering = ["-id"]
        indexes = [models.Index(fields=["-deleted_at"], condition=Q(restored_at__isnull=True), name="trash_waiting")]

    def __str__(self) -> str:
        return self.title


class Record(models.Model):
    """The abstract base of everything that the write door writes."""

    # Related names of child rows (e-mails, phones ...): saved, versioned, trashed and restored with their parent.
    CHILDREN: tuple[str, ...] = ()
    # Derived or technical columns: written but never noted in the history.
    NOT_IN_HISTORY = frozenset({"id", "version", "created_at", "created_by_id", "changed_at", "changed_by_id"})
    # Foreign keys that derive(), clean() and search_parts() read: the write door fetches them per batch.
    DERIVES_FROM: tuple[str, ...] = ()
    # Foreign keys to records with which this one belongs together: an undo keeps it when one of them stays.
    KEPT_WITH: tuple[str, ...] = ()
    # Whether records in the trash need it as much as live ones do.
    NEEDED_BY_TRASH = False
    # Name of a database constraint -> the field at which a page shows its refusal.
    CONSTRAINT_FIELDS: dict[str, str] = {}

    created_at = models.DateTimeField(_("created at"), editable=False, default=timezone.now)
    created_by = user_stamp(_("created by"))
    changed_at = models.DateTimeField(_("changed at"), editable=False, default=timezone.now)
    changed_by = user_stamp(_("changed by"))
    version = models.PositiveIntegerField(default=1, editable=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True, editable=False)
    trash_unit = models.ForeignKey(
        "core.TrashUnit", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = LiveManager()
    all_objects = EverythingManager()

    class Meta:
        abstract = True
        base_manager_name = "all_objects"
        default_manager_name = "objects"

    @classmethod
    def from_db(cls, db, field_names, values, **kwargs):
        record = super().from_db(db, field_names, values, **kwargs)
        record._loaded = dict(zip(field_names, values, strict=True))
        for column in copied_columns(cls):
            if column.attname in record._loaded:
                record._loaded[column.attname] = column.copy(record._loaded[column.attname])
        return record

    def refresh_from_db(self, using=None, fields=None, from_queryset=None):
        super().refresh_from_db(using, fields, from_queryset)
        self.note_stored(fields)

    def note_stored(self, names=None) -> None:
        """Take the present values (of these fields, or of all) for what the database holds."""
        loaded = dict(getattr(self, "_loaded", {}))
        values = self.__dict__
        taken = names_of(type(self))
        if names is not None:
            taken = [c.attname for c in columns_of(type(self)) if c.name in names or c.attname in names]
        loaded.update((name, values[name]) for name in taken if name in values)
        for column in copied_columns(type(self)):
            if column.attname in loaded:
                loaded[column.attname] = column.copy(loaded[column.attname])
        self._loaded = loaded

    @classmethod
    def record_type(cls) -> str:
        """The word for this kind of record in history, search, rights and addresses ("account", "lead")."""
        return cls._meta.concrete_model._meta.model_name

    @classmethod
    def filter_allowed(cls, rows, user, right: str):
        """The rows on which user has right; rooms whose rights follow other records override this."""
        seen = rows.in_scope(user, user.scope(cls.record_type(), Right.VIEW))
        return seen if right == Right.VIEW else seen.in_scope(user, user.scope(cls.record_type(), right))

    @classmethod
    def scope_filter(cls, user, scope: str) -> Q:
        """The condition for rows that a partial scope (own, team, territory) reaches for user."""
        raise NotImplementedError(f"{cls.__name__} has no owner; its rights are decided elsewhere")

    def allows(self, user, right: str = Right.EDIT) -> bool:
        """Whether user has right on this row; asked once per row and right, without a query where all is allowed."""
        answers = self.__dict__.setdefault("_allowed", {})
        key = (user.pk, str(right))
        if key not in answers:
            answers[key] = self._allows(user, right)
        return answers[key]

    def note_allowed(self, user, right: str, answer: bool) -> None:
        """Keep an answer of `allows` that came with the row itself."""
        self.__dict__.setdefault("_allowed", {})[user.pk, str(right)] = answer

    def _allows(self, user, right: str) -> bool:
        plain = type(self).filter_allowed.__func__ is Record.filter_allowed.__func__
        scopes = {user.scope(self.record_type(), wanted) for wanted in (Right.VIEW, right)}
        if plain and user.is_active and scopes == {Scope.ALL}:
            return True
        return type(self).all_objects.allowed_to(user, right).filter(pk=self.pk).exists()

    @property
    def is_trashed(self) -> bool:
        return self.deleted_at is not None

    def trash_title(self) -> str:
        """What the list of the trash calls it, which also those read who did not see the record."""
        return str(self)

    def derive(self, children: dict[str, list] | None = None) -> None:
        """Fill normalised columns from what the user typed; the write door calls it before it validates.

        children: the child rows that will be saved with the record, None where they stay as they are.
        """

    def refuses_new_reference(self) -> str:
        """Why no other record may start to point at this one, "" when it may."""
        return _("It is in the trash.") if self.is_trashed else ""

    def search_parts(self, children: dict[str, list]) -> list[str]:
        """Texts by which this record is found; children as loaded or saved. [] keeps it out of the search."""
        return []


class OwnedRecord(Record):
    """A record that belongs to a user and a team and can carry custom fields."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    team = models.ForeignKey(
        "users.Team", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    custom = models.JSONField(_("custom fields"), default=dict, blank=True, editable=False)

    class Meta(Record.Meta):
        abstract = True

    @classmethod
    def scope_filter(cls, user, scope: str) -> Q:
        mine = Q(owner_id=user.pk)
        if scope == Scope.TEAM and user.team_id:
            return mine | Q(team_id=user.team_id)
        if scope == Scope.TERRITORY:
            return mine | cls.territory_filter(user)
        return mine

    @classmethod
    def territory_filter(cls, user) -> Q:
        """The condition for rows in the territories of user; without territories of its own a record has none."""
        return Q(pk__in=[])


class ChildRow(models.Model):
    """The abstract base of rows that live and die with a record: e-mails, phones, addresses.

    Subclasses have a foreign key named `parent` and list in VALUE_FIELDS what their history shows.
    """

    VALUE_FIELDS: tuple[str, ...] = ()

    position = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        abstract = True
        ordering = ["position", "id"]

    def derive(self) -> None:
        """Fill normalised columns from what the user typed."""

    def as_history(self) -> dict:
        """The values that history keeps, empty ones left out."""
        return {name: value for name in self.VALUE_FIELDS if (value := getattr(self, name)) not in ("", None, False)}


class Change(models.Model):
    """One write of one record: who, when, by which means, before and after. Also the outbox of announcements."""

    class Kind(models.TextChoices):
        CREATE = "create", _("Created")
        UPDATE = "update", _("Changed")
        DELETE = "delete", _("Moved to the trash")
        RESTORE = "restore", _("Restored")

    at = models.DateTimeField(_("at"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("by"),
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    means = models.CharField(_("means"), max_length=20)
    means_detail = models.CharField(max_length=200, blank=True)
    operation = models.UUIDField(default=uuid.uuid4)
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    record_version = models.PositiveIntegerField(default=1)
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [
            models.Index(fields=["record_type", "record_id", "-id"], name="change_of_record"),
            models.Index(fields=["operation"], name="change_of_operation"),
            models.Index(fields=["id"], condition=Q(handled_at__isnull=True), name="change_unhandled"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_type} {self.record_id}"
