"""Who may open the pages of the administration."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse


def administrators_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The page does not exist (404) for anybody but administrators; signed-out readers sign in first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_administrator:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
