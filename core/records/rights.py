"""The words of rights: what may be done, how far it reaches, and the querysets that answer both."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Right(models.TextChoices):
    """What a role allows on one record type."""

    VIEW = "view", _("See")
    CREATE = "create", _("Create")
    EDIT = "edit", _("Edit")
    DELETE = "delete", _("Delete")
    EXPORT = "export", _("Export")


class Scope(models.TextChoices):
    """How far a right reaches; for "create" and "export" every scope but none means yes."""

    NONE = "none", _("None")
    OWN = "own", _("Own")
    TEAM = "team", _("Team")
    TERRITORY = "territory", _("Territory")
    ALL = "all", _("All")


class ScopedQuerySet(models.QuerySet):
    """A queryset that knows which of its rows a user may see, edit or delete: the one door for rights.

    A user offers `scope(record_type, right)`, `team_id` and `territory_ids()`; a signed-out one sees nothing.
    """

    def visible_to(self, user):
        """Rows that user may see."""
        return self.allowed_to(user, Right.VIEW)

    def editable_by(self, user):
        """Rows that user may see and change."""
        return self.allowed_to(user, Right.EDIT)

    def deletable_by(self, user):
        """Rows that user may see and put into the trash."""
        return self.allowed_to(user, Right.DELETE)

    def allowed_to(self, user, right):
        """Rows on which user has right; every right but seeing also needs seeing."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        return self.model.filter_allowed(self, user, right)

    def in_scope(self, user, scope):
        """Rows that scope reaches for user."""
        if scope == Scope.ALL:
            return self
        if scope == Scope.NONE:
            return self.none()
        return self.filter(self.model.scope_filter(user, scope))


def seen_by(model: type[models.Model], user: Any) -> models.QuerySet:
    """The records that user may see, those in the trash included: whom a record may name that points at one."""
    return model.all_objects.allowed_to(user, Right.VIEW)
