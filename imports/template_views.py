"""Download of template files, for whoever may import what they hold."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from .access import may_import, refusal
from .target_list import TARGETS
from .targets import Target
from .template_files import FORMATS, LANGUAGES, template_bytes, template_name


@require_safe
def import_template_choice(request: HttpRequest) -> HttpResponse:
    """What was chosen on the upload page leads to its file. Query: kind (a plural), language, format."""
    if not may_import(request.user):
        raise refusal()
    target = _target(request.GET.get("kind", ""))
    query = urlencode({name: _asked(request, name, known) for name, known in _QUERY.items()})
    return HttpResponseRedirect(f"{reverse('import_template', args=[target.plural])}?{query}")


@require_safe
def import_template(request: HttpRequest, kind: str) -> HttpResponse:
    """A header row that is mapped by itself, and one example. Query: language, format; unknown ones do not count."""
    target = _target(kind)
    if not target.may_import(request.user):
        raise refusal()
    language, ending = (_asked(request, name, known) for name, known in _QUERY.items())
    name = f"{template_name(target, language)}.{ending}"
    answer = HttpResponse(template_bytes(target, language, ending), content_type=FORMATS[ending].content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


_QUERY = {"language": tuple(LANGUAGES), "format": tuple(FORMATS)}


def _target(kind: str) -> Target:
    target = next((target for target in TARGETS if target.plural == kind), None)
    if target is None:
        raise Http404
    return target


def _asked(request: HttpRequest, name: str, known: tuple[str, ...]) -> str:
    """What the query says, else the language of the reader or the first format."""
    asked = request.GET.get(name, "")
    usual = (get_language() or "")[:2] if name == "language" else ""
    return next((one for one in (asked, usual) if one in known), known[0])
