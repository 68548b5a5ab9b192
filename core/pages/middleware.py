"""Between browser and pages: refuses hostile input, keeps typed text when a session has ended."""

from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from core.pages.errors import BodyTooLarge, method_not_allowed, page_before, show_typed_text, typed_fields

MAX_QUERY_LENGTH = 8_000
MAX_PARAMETER_LENGTH = 2_000
# What no form sends: ten files of 25 MB and their text. Without a limit anybody could fill the disk.
MAX_BODY = 300_000_000
NUL = "\x00"


class HostileInputMiddleware:
    """Answers 400 before a page sees what no page can use.

    That is: a NUL character (PostgreSQL refuses it in any text), text that is not UTF-8, a query longer than
    MAX_QUERY_LENGTH or with a parameter longer than MAX_PARAMETER_LENGTH characters. A body longer than MAX_BODY
    bytes answers 413 before it is read; its text is limited by Django's own settings. Files are not looked into:
    their readers are made for anything.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refuse_bad_address(request)
        refuse_large_body(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> None:
        """The body is read here, after the check of the token, which reads it too."""
        if request.method == "POST":
            refuse_bad_body(request)


class RefusedMethodMiddleware:
    """Gives the empty answer 405 its words: an address that only takes forms, opened by hand or from a bookmark."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content:
            return response
        return method_not_allowed(request, response.headers.get("Allow", ""))


def refuse_bad_address(request: HttpRequest) -> None:
    """Raise BadRequest for a path or query that no page can use."""
    query = request.META.get("QUERY_STRING", "")
    if NUL in request.path_info or "%00" in query or NUL in query:
        raise BadRequest(_("The address contains a NUL character."))
    if len(query) > MAX_QUERY_LENGTH:
        raise BadRequest(_("The address is too long."))
    refuse_broken_encoding(query)
    if any(len(value) > MAX_PARAMETER_LENGTH for values in request.GET.lists() for value in values[1]):
        raise BadRequest(_("A part of the address is too long."))


def refuse_large_body(request: HttpRequest) -> None:
    """Raise BodyTooLarge for more than any form sends, files included; nothing of it has been read yet."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and (len(length) > 18 or int(length) > MAX_BODY):
        raise BodyTooLarge(MAX_BODY)


def refuse_bad_body(request: HttpRequest) -> None:
    """Raise BadRequest for posted text that no database can keep."""
    if request.content_type == "application/x-www-form-urlencoded":
        refuse_broken_encoding(request.body.decode("latin-1"))
    if has_nul(request.POST.lists()) or any(NUL in upload.name for upload in uploads(request)):
        raise BadRequest(_("The text contains a NUL character."))


def refuse_broken_encoding(encoded: str) -> None:
    """Raise BadRequest when percent-encoded text is not UTF-8; Django would replace what it cannot read."""
    if "%" not in encoded:
        return
    try:
        parse_qsl(encoded, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise BadRequest(_("The text is not encoded as UTF-8.")) from None


def has_nul(fields: Iterable[tuple[str, list[str]]]) -> bool:
    """Whether a name or value among the posted fields contains a NUL character."""
    return any(NUL in name or any(NUL in value for value in values) for name, values in fields)


def uploads(request: HttpRequest) -> list:
    """All uploaded files of a request; empty when there are none."""
    return [upload for _name, files in request.FILES.lists() for upload in files]


class SignInFirstMiddleware(LoginRequiredMiddleware):
    """Every page asks for a signed-in user unless its view says otherwise; posted text is shown back."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable
    ) -> HttpResponseBase:
        if request.method == "POST" and typed_fields(request):
            return show_typed_text(request, signed_out=True)
        if request.headers.get("HX-Request") == "true":
            # htmx would follow the redirect and put the sign-in form inside the page: reload it instead.
            return HttpResponse(headers={"HX-Refresh": "true"})
        if request.method == "POST":
            return redirect_to_login(page_before(request))
        return super().handle_no_permission(request, view_func)
