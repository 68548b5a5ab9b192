"""The page between mapping and dry run: whom rows mean, what they may do, who owns what is new."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from . import mapping_page, matching_page
from .access import importers_only
from .check_start import begin_check
from .matching_choices import choose_matching, give_every_row
from .models import Import
from .run import ImportNotReady, rights_of
from .steps import MATCHING, steps, url_of
from .target_list import target_of


@importers_only
@require_http_methods(["GET", "HEAD", "POST"])
def matching(request: HttpRequest, work: Import) -> HttpResponse:
    """GET: what is chosen. POST: keep the choices, and begin the dry run when asked."""
    if work.has_started:
        return redirect(url_of(work))
    refused: ValidationError | None = None
    if request.method == "POST":
        try:
            work = choose_matching(work=work, actor=rights_of(work, request.user), **matching_page.posted(request.POST))
            if work.is_vcard:
                work = give_every_row(work=work, fixed=matching_page.posted_fixed(work, request.POST))
            if "continue" not in request.POST:
                return redirect("import_matching", work.pk)
            return begin_check(request, work, refused="import_matching")
        except ImportNotReady:
            return redirect(url_of(work))
        except ValidationError as error:
            refused = error
    context = {
        "page_title": target_of(work).title(),
        "work": work,
        "steps": steps(work, MATCHING),
        "facts": mapping_page.facts(work),
        "errors": refused.message_dict if refused is not None else {},
        **matching_page.context(work, request.user, matching_page.posted(request.POST) if refused else None),
    }
    return render(request, "imports/matching.html", context, status=422 if refused is not None else 200)
