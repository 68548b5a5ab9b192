"""Begins a dry run for a page and leads to where it goes on; whatever is missing is said where it can be answered."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from setup_values.readiness import NotReady

from .models import Import
from .run import DatesUndecided, ImportNotReady, start_check
from .steps import url_of


def begin_check(request: HttpRequest, work: Import, *, refused: str) -> HttpResponse:
    """Begin the dry run; a second click finds it begun. refused: the page that shows what the firm still lacks."""
    try:
        start_check(work=work, actor=request.user)
    except ImportNotReady:
        return redirect(url_of(work))
    except DatesUndecided:
        messages.error(request, _("Choose first whether the day or the month comes first."))
        return redirect("import_mapping", work.pk)
    except NotReady as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(refused, work.pk)
    return redirect("import_check", work.pk)
