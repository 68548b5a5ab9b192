"""The setup page: order of events, catalogs with their state, and the ways to fill them."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from setup_values.catalog_page import active_counts
from setup_values.catalogs import OPTIONAL, REQUIRED
from setup_values.firm_settings import save_firm
from setup_values.models import Firm
from setup_values.readiness import administrator_names, notice_of
from users import audit
from users.access import administrators_only

from .demo.loading import is_loaded
from .setup_guide import detailed_progress

SHOWN_AT_FIRST = 8


@require_safe
def setup(request: HttpRequest) -> HttpResponse:
    """Everybody sees how far the firm is; administrators also what to press."""
    progress = detailed_progress(request.user)
    counts = active_counts()
    missing = {one.catalog: one for one in progress.missing}
    optional = [{"catalog": catalog, "count": counts[catalog.slug]} for catalog in OPTIONAL]
    context = {
        "page_title": _("Getting started"),
        "progress": progress,
        "gate": notice_of(request.user, progress.missing) if progress.missing else None,
        "required": [
            {
                "catalog": catalog,
                "count": counts[catalog.slug],
                "missing": missing.get(catalog),
                "meanings": ", ".join(map(catalog.meaning_label, catalog.needed_meanings)),
            }
            for catalog in REQUIRED
        ],
        "complete": len(REQUIRED) - len(missing),
        "optional": optional[:SHOWN_AT_FIRST],
        "more_optional": optional[SHOWN_AT_FIRST:],
        "optional_total": len(optional),
        "filled": sum(bool(one["count"]) for one in optional),
        "may_set_up": request.user.is_administrator,
        "administrators": administrator_names(),
        "is_dismissed": Firm.current().setup_dismissed,
        "demo_is_loaded": request.user.is_administrator and is_loaded(),
        "languages": settings.LANGUAGES,
    }
    return render(request, "workspace/setup.html", context)


@administrators_only
@require_POST
def dismiss(request: HttpRequest) -> HttpResponse:
    """Hide the steps from the home page and the menu, with show=1 bring them back; the page itself stays."""
    hidden = "show" not in request.POST
    save_firm(actor=request.user, ip=audit.client_ip(request), setup_dismissed=hidden)
    messages.success(
        request,
        _("The steps are hidden; they stay here under Setup.") if hidden else _("The steps are shown again."),
    )
    return redirect("setup")
