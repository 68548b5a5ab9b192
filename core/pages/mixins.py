"""What all pages of an entity share: the rights door and the names of templates."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from core.records.models import Record
from core.records.rights import Right

from .entity import Entity

MAX_ID = 2**63 - 1


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

    def get_record(self, right: str = Right.VIEW) -> Record:
        """The record of the address: Http404 when hidden or in the trash, PermissionDenied without the right."""
        rows = self.entity.detail_queryset(self.request.user)
        record = get_object_or_404(rows, pk=self.kwargs["pk"])
        if right != Right.VIEW and not record.allows(self.request.user, right):
            raise PermissionDenied
        return record

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(entity=self.entity, active=self.entity.name, **kwargs)
