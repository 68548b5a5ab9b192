"""What all pages of an entity share: the rights door and the names of templates."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from core.records.models import Record
from core.records.rights import Right

from .entity import Entity

MAX_ID = 2**63 - 1


def with_rights(rows: QuerySet, user: Any, rights: tuple[str, ...]) -> QuerySet:
    """Rows user may see, each with the answer whether user has these rights on it; `note_rights` takes it up."""
    for right in rights:
        if right != Right.VIEW:
            allowed = rows.model.all_objects.allowed_to(user, right).filter(pk=OuterRef("pk"))
            rows = rows.annotate(**{f"may_{right}": Exists(allowed)})
    return rows


def note_rights(record: Record, user: Any, rights: tuple[str, ...]) -> Record:
    """Let a record that came from `with_rights` answer `allows` for this user without asking again."""
    for right in rights:
        record.note_allowed(user, right, right == Right.VIEW or getattr(record, f"may_{right}"))
    return record


class EntityMixin:
    """A page of one entity. Hidden is 404; seen but not allowed is 403."""

    entity: type[Entity] = Entity
    # The right without which the page answers 403 even where records are seen.
    needs_right: str = Right.VIEW

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        if kwargs.get("pk", 0) > MAX_ID:
            raise Http404
        if request.user.is_authenticated and not self.entity.may(request.user, Right.VIEW):
            raise Http404
        if request.user.is_authenticated and not self.entity.may(request.user, self.needs_right):
            raise PermissionDenied

    def get_record(self, right: str = Right.VIEW, *, also: tuple[str, ...] = ()) -> Record:
        """The record of the address: Http404 when hidden or in the trash, PermissionDenied without the right.

        also: further rights that the page will ask for; they are answered by the same query.
        """
        user = self.request.user
        rows = with_rights(self.entity.detail_queryset(user), user, (right, *also))
        record = note_rights(get_object_or_404(rows, pk=self.kwargs["pk"]), user, (right, *also))
        if not record.allows(user, right):
            raise PermissionDenied
        return record

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(entity=self.entity, active=self.entity.name, **kwargs)
