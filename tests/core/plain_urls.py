"""The product's addresses and a few bare views, for tests of what stands between browser and page."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path

from crm_project import urls


def echo(request: HttpRequest, text: str = "") -> HttpResponse:
    """Answers with what came in, so that a test sees that the page was reached."""
    return HttpResponse(f"reached {text}{request.GET.get('q', '')}{request.POST.get('note', '')}")


def secured(request: HttpRequest) -> HttpResponse:
    """A page for signed-in users."""
    return echo(request)


def fail(request: HttpRequest) -> HttpResponse:
    """A page with a mistake in it."""
    raise RuntimeError("planted")


def forbid(request: HttpRequest) -> HttpResponse:
    """A page that its reader may not use, with a reason."""
    raise PermissionDenied("Only managers may do this.")


def reject(request: HttpRequest) -> HttpResponse:
    """A page that cannot use what was sent, with a reason."""
    raise BadRequest("The plan has changed.")


urlpatterns = [
    path("echo/", login_not_required(echo)),
    path("echo/<str:text>/", login_not_required(echo)),
    path("fail/", login_not_required(fail)),
    path("forbid/", login_not_required(forbid)),
    path("reject/", login_not_required(reject)),
    path("secured/", secured),
    path("", secured, name="home"),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)
