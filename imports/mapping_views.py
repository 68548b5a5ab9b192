"""The page of the mapping: columns with their fields, values for every row, saved mappings."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from . import mapping_page, matching_page
from .access import importers_only
from .choosing import choose_mapping
from .file_errors import UnusableFile
from .matching_choices import give_every_row
from .models import Import
from .run import DatesUndecided, ImportNotReady, require_dates, rights_of
from .saved_maps import apply_map, is_map_id, map_automatically, map_text, maps_of, offered_maps, save_map
from .steps import MAPPING, steps, url_of
from .target_list import target_of


@importers_only
@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request: HttpRequest, work: Import) -> HttpResponse:
    """GET: the columns with the fields they feed. POST: keep the choices, and go on to the matching when asked."""
    if work.has_started or work.is_vcard:
        return redirect(url_of(work, "import_recognised") if work.is_vcard and not work.has_started else url_of(work))
    asked: list[str] = []
    refusal = ""
    if request.method == "POST":
        try:
            work = _keep(work, request)
            if "continue" in request.POST:
                require_dates(work)
                return redirect("import_matching", work.pk)
            work = _act(work, request)
        except DatesUndecided as undecided:
            asked = undecided.fields
        except ValidationError as error:
            refusal = " ".join(error.messages)
        except UnusableFile as error:
            messages.error(request, error.message)
        except ImportNotReady:
            return redirect(url_of(work))
        if not asked and not refusal:
            return HttpResponseRedirect(mapping_page.address(work, request.POST))
    work.refresh_from_db()
    context = _context(request, work, asked, refusal)
    return render(request, "imports/mapping.html", context, status=422 if asked or refusal else 200)


def _context(request: HttpRequest, work: Import, asked: list[str], refusal: str) -> dict[str, Any]:
    return {
        "page_title": target_of(work).title(),
        "work": work,
        "steps": steps(work, MAPPING),
        "facts": mapping_page.facts(work),
        "map_name": map_text(work),
        "maps": offered_maps(work, request.user),
        "name_typed": request.POST.get("map_name", "") or map_text(work),
        "refusal": refusal,
        **matching_page.fixed_context(work, rights_of(work, request.user)),
        **mapping_page.context(work, request, asked),
    }


def _keep(work: Import, request: HttpRequest) -> Import:
    """Keep what the form says of columns, days and values for every row."""
    columns, orders = mapping_page.posted(request.POST)
    work = choose_mapping(work=work, columns=columns, date_orders=orders)
    return give_every_row(work=work, fixed=matching_page.posted_fixed(work, request.POST))


def _act(work: Import, request: HttpRequest) -> Import:
    """What the buttons of the form do beside keeping it. Raises ValidationError."""
    action = request.POST.get("act", "")
    if action == "automatic":
        return map_automatically(work=work)
    if action == "use-map":
        number = request.POST.get("map", "")
        found = maps_of(request.user).filter(entity=work.entity, pk=int(number)) if is_map_id(number) else None
        saved = found.first() if found is not None else None
        if saved is None:
            raise ValidationError(_("Choose a saved mapping."))
        return apply_map(work=work, saved=saved)
    if action == "save-map":
        saved = save_map(
            work=work,
            actor=request.user,
            name=request.POST.get("map_name", ""),
            is_shared="map_shared" in request.POST,
        )
        messages.success(request, _("Saved as “%(name)s”.") % {"name": saved.name})
    return work
