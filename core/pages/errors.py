"""The pages that say what went wrong, in words and with the way out; none of them loses what was typed."""

import logging
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)

TOKEN_FIELD = "csrfmiddlewaretoken"
SECRET_WORDS = ("password", "secret", "passcode")
# What the forms send along by themselves; nobody typed it.
_UNTYPED = re.compile(r"version|form_key|.*-(?:TOTAL_FORMS|INITIAL_FORMS|MIN_NUM_FORMS|MAX_NUM_FORMS|id|parent)")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, or 413 for too large a body; the text of a BadRequest is shown, other reasons are not."""
    if isinstance(exception, RequestDataTooBig):
        return error_page(request, 413, _("That is too much at once"), _too_large(exception))
    if isinstance(exception, TooManyFieldsSent | TooManyFilesSent):
        return error_page(request, 400, _("Those are too many fields at once"), _("Send the form in smaller parts."))
    reason = str(exception) if isinstance(exception, BadRequest) else ""
    return error_page(
        request, 400, _("This request could not be read"), reason or _("The address or the form is damaged.")
    )


class BodyTooLarge(RequestDataTooBig):
    """The request as a whole is longer than any form sends, files included."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is longer than {limit} bytes.")
        self.limit = limit


def _too_large(refusal: RequestDataTooBig) -> str:
    """What is too large, and what to do."""
    if isinstance(refusal, BodyTooLarge):
        text = _("The files of this form are larger than %(n)s MB together. Send them one by one, or in smaller parts.")
        return text % {"n": refusal.limit // 1_000_000}
    text = _(
        "The text in this form is larger than %(n)s MB. Go back, save the text as a file, and upload the file; a file "
        "may be much larger."
    )
    return text % {"n": (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) // 1_000_000}


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 and name whom to ask; the text of a PermissionDenied raised with one is shown."""
    reason = str(exception) or _("Ask an administrator of your firm for the right to do this.")
    return error_page(request, 403, _("You may not do this"), reason)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 for what does not exist and for what its reader may not see, in the same words."""
    text = _("Or it belongs to somebody else, or it was deleted. An administrator finds deleted records in the trash.")
    return error_page(request, 404, _("This page does not exist"), text)


def method_not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """Answer 405 with the methods that are allowed ("POST"), as the protocol asks."""
    text = _("This address only answers to its own buttons and forms. Open the record and try from there.")
    response = error_page(request, 405, _("There is nothing to see here"), text)
    response.headers["Allow"] = allowed
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without touching the database; in plain text when not even the template can be rendered."""
    title = _("Something went wrong on our side")
    text = _("Nothing was saved. Go back, copy what you typed, and try again in a minute.")
    number = getattr(request, "request_id", "")
    if number:
        text = f"{text} {_('The report carries the number {number}.').format(number=number)}"
    try:
        return error_page(request, 500, title, text)
    except Exception:
        logger.exception("The error page could not be rendered")
        return HttpResponse(f"{title}. {text}", status=500, content_type="text/plain; charset=utf-8")


def error_page(request: HttpRequest, status: int, title: str, text: str, url: str = "") -> HttpResponse:
    """One page for every refusal; a signed-in reader keeps the menu, except after a failure of our own.

    What was posted to a record that is gone, closed or no longer one's own is shown back. url: the record, if any.
    """
    with_menu = status != 500 and is_signed_in(request)
    fields = kept_fields(request) if request.method == "POST" and status in (403, 404, 409) else []
    context = {"layout": layout(with_menu), "status": status, "title": title, "text": text, "url": url}
    context["fields"] = fields
    page = render_to_string("errors/page.html", context, request=request if with_menu else None)
    return HttpResponse(page, status=status)


def closed_meanwhile(request: HttpRequest, url: str, text: str, stored_note: str) -> HttpResponse:
    """Send whoever closes a closed record to it; 409 with what was typed when the posted note is not the stored one.

    The same form sent twice is no loss; the note of somebody who was second would be.
    """
    note = request.POST.get("note", "").strip()
    if note and note != stored_note.strip():
        return error_page(request, 409, _("Closed meanwhile"), text, url)
    messages.info(request, text)
    return HttpResponseRedirect(url)


def layout(with_menu: bool) -> str:
    """The template that error pages extend: the frame with the menu, or the plain card of sign-in."""
    return "app.html" if with_menu else "plain.html"


def is_signed_in(request: HttpRequest) -> bool:
    """False also when the request was refused before its user was known, or the user cannot be read."""
    try:
        return request.user.is_authenticated
    except Exception:
        return False


@dataclass(frozen=True)
class TypedField:
    """One posted value: `name` as in the form, `label` for people, the text itself."""

    name: str
    label: str
    value: str


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: refuse with 403, show back what was typed, offer to send it again.

    The offer is made only when the browser says that the form came from this site: for another site's form it
    would be a way around the protection.
    """
    logger.warning("A form was refused: %s", reason, extra={"path": request.path})
    return show_typed_text(request, signed_out=False)


def show_typed_text(request: HttpRequest, *, signed_out: bool) -> HttpResponse:
    """Answer 403 with everything that was posted, except passwords."""
    with_menu = not signed_out and is_signed_in(request)
    context = {
        "layout": layout(with_menu),
        "signed_out": signed_out,
        "fields": typed_fields(request),
        "uploads": [upload.name for _name, files in request.FILES.lists() for upload in files],
        "can_send_again": came_from_here(request) and not has_secret(request) and not request.FILES,
        "address": request.get_full_path(),
        "page_before": page_before(request),
        "sign_in": f"{reverse('account_login')}?next={reverse('home')}",
        "csrf_token": get_token(request),
    }
    page = render_to_string("errors/typed_text.html", context, request=request if with_menu else None)
    response = HttpResponse(page, status=403)
    if request.headers.get("HX-Request") == "true":
        # htmx shows nothing of a 403: send the page as a success that takes the place of the whole body.
        response.status_code = 200
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML"
    add_never_cache_headers(response)
    return response


def typed_fields(request: HttpRequest) -> list[TypedField]:
    """What was posted, in the order of the form, without the token and without anything secret."""
    return [
        TypedField(name=name, label=name.replace("_", " ").replace("-", " ").strip().capitalize(), value=value)
        for name, values in request.POST.lists()
        for value in values
        if name != TOKEN_FIELD and not is_secret(name)
    ]


def kept_fields(request: HttpRequest) -> list[TypedField]:
    """What was typed, to be copied: without what the form sends along, empty fields and ticks."""
    return [
        field
        for field in typed_fields(request)
        if field.value.strip() and field.value != "on" and not _UNTYPED.fullmatch(field.name)
    ]


def is_secret(name: str) -> bool:
    """Whether a field's name says that its value must not be shown back."""
    return any(word in name.lower() for word in SECRET_WORDS)


def has_secret(request: HttpRequest) -> bool:
    """Whether the form had a field that is not shown back, so that it must be filled in anew."""
    return any(is_secret(name) for name in request.POST)


def came_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that a page of this site sent the form (Fetch Metadata, or Origin)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    return request.headers.get("Origin", "") == f"{request.scheme}://{request.get_host()}"


def page_before(request: HttpRequest) -> str:
    """The path of the page that the form stood on when it is one of this site, otherwise the home page."""
    try:
        before = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return reverse("home")
    if before.netloc == request.get_host() and before.path.startswith("/") and not before.path.startswith("//"):
        return before.path + (f"?{before.query}" if before.query else "")
    return reverse("home")
