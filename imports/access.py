"""Who may import, and which imports a user sees: his own; administrators all."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from users.models import User

from .models import Import
from .target_list import target_of, targets_for

MAX_ID = 2**63 - 1
READING = ("GET", "HEAD", "OPTIONS")


def may_import(user: User) -> bool:
    """Whether user may bring files of anything."""
    return bool(targets_for(user))


def imports_of(user: User) -> QuerySet[Import]:
    """The imports that user sees."""
    return Import.objects.all() if user.is_administrator else Import.objects.filter(created_by=user)


def corrected_import(request: HttpRequest) -> Import | None:
    """The import whose error rows the user wants to bring corrected, None without one that he sees."""
    number = request.POST.get("corrects") or request.GET.get("corrects") or ""
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return imports_of(request.user).filter(pk=number).first()


def importers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of one import (pk) gets it, 404 for a hidden one; whoever brought it reads it, whatever he may do now.

    To post there, as to see the other pages, one must be allowed to create what is imported (403).
    """

    @wraps(view)
    def guarded(request: HttpRequest, pk: int | None = None, **more: int) -> HttpResponse:
        if pk is None:
            if not may_import(request.user):
                raise refusal()
            return view(request)
        work = own_import(request, pk)
        if request.method not in READING and not target_of(work).may_import(request.user):
            raise refusal()
        return view(request, work, **more)

    return guarded


def owners_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that takes an import (pk) back or ends it: of whoever brought it and of administrators, 404 for others."""

    @wraps(view)
    def guarded(request: HttpRequest, pk: int) -> HttpResponse:
        return view(request, own_import(request, pk))

    return guarded


def own_import(request: HttpRequest, pk: int) -> Import:
    """The import of that number, 404 for one that the user does not see."""
    if pk > MAX_ID:
        raise Http404
    found = imports_of(request.user).select_related(
        "created_by__role", "created_by__team", "check_job", "job", "undo_job"
    )
    return get_object_or_404(found, pk=pk)


def refusal() -> PermissionDenied:
    """What whoever may not import is told."""
    return PermissionDenied(_("Only who may create records may import them. Ask an administrator of your firm."))
