"""Download of template files, for whoever may import what they hold."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from .access import refusal
from .target_list import TARGETS
from .template_files import FORMATS, LANGUAGES, template_bytes, template_name


@require_safe
def import_template(request: HttpRequest, kind: str) -> HttpResponse:
    """A header row that is mapped by itself, and one example. Query: language, format; unknown ones do not count."""
    target = next((target for target in TARGETS if target.plural == kind), None)
    if target is None:
        raise Http404
    if not target.may_import(request.user):
        raise refusal()
    language = request.GET.get("language", "")
    if language not in LANGUAGES:
        language = "es" if (get_language() or "").startswith("es") else "en"
    ending = request.GET.get("format", "")
    if ending not in FORMATS:
        ending = "csv"
    name = f"{template_name(target, language)}.{ending}"
    answer = HttpResponse(template_bytes(target, language, ending), content_type=FORMATS[ending].content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
