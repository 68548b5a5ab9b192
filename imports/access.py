"""Who may import, and which imports a user sees: his own; administrators all."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from core.records.rights import Right
from users.models import User

from .models import Import

MAX_ID = 2**63 - 1


def may_import(user: User) -> bool:
    """Whether user may bring files of contacts."""
    return user.may(Right.CREATE, "contact")


def imports_of(user: User) -> QuerySet[Import]:
    """The imports that user sees."""
    return Import.objects.all() if user.is_administrator else Import.objects.filter(created_by=user)


def importers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse (403) whoever may not create contacts; a page of one import (pk) gets the import, 404 for a hidden one."""

    @wraps(view)
    def guarded(request: HttpRequest, pk: int | None = None) -> HttpResponse:
        if not may_import(request.user):
            text = _("Only who may create contacts may import them. Ask an administrator of your firm.")
            raise PermissionDenied(text)
        if pk is None:
            return view(request)
        if pk > MAX_ID:
            raise Http404
        found = imports_of(request.user).select_related(
            "created_by__role", "created_by__team", "check_job", "job", "undo_job"
        )
        return view(request, get_object_or_404(found, pk=pk))

    return guarded
