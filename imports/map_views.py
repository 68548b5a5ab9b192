"""The page of the saved mappings: renamed, given to everybody, deleted."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from .access import importers_only
from .models import SavedMap
from .saved_maps import MOST_OFFERED, delete_map, is_map_id, maps_of, maps_to_change, rename_map, what_of


@importers_only
@require_http_methods(["GET", "HEAD", "POST"])
def saved_maps(request: HttpRequest) -> HttpResponse:
    """GET: the mappings that the user may apply. POST: rename or delete one that he may change."""
    if request.method == "POST":
        _change(request, _map_or_404(request))
        return redirect("import_maps")
    rows = maps_of(request.user).select_related("created_by").order_by("name", "pk")[:MOST_OFFERED]
    user = request.user
    context = {
        "page_title": _("Saved mappings"),
        "crumbs": [(_("Import"), reverse("import_list"))],
        "rows": [
            {
                "saved": saved,
                "what": what_of(saved),
                "number": len(saved.columns),
                "may_change": saved.created_by_id == user.pk or user.is_administrator,
            }
            for saved in rows
        ],
    }
    return render(request, "imports/saved_maps.html", context)


def _change(request: HttpRequest, saved: SavedMap) -> None:
    if request.POST.get("act") == "delete":
        delete_map(saved=saved)
        messages.success(request, _("The mapping “%(name)s” was deleted.") % {"name": saved.name})
        return
    try:
        rename_map(saved=saved, name=request.POST.get("name", ""), is_shared="is_shared" in request.POST)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Saved as “%(name)s”.") % {"name": saved.name})


def _map_or_404(request: HttpRequest) -> SavedMap:
    number = request.POST.get("map", "")
    if not is_map_id(number):
        raise Http404
    return get_object_or_404(maps_to_change(request.user), pk=int(number))
