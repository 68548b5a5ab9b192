"""What everybody does for themselves: profile, own sessions, language, theme; refusals around sign-in."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.pages.errors import error_page

from . import audit, sessions
from .forms import ProfileForm
from .models import AuditEntry, User
from .redirects import next_url

COOKIE_SECONDS = 365 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, language, time zone, theme and shortcuts of the signed-in user, and where they are signed in."""
    person = User.objects.select_related("role", "team").get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(person.language):
            messages.success(request, _("Your profile is saved."))
        return _remember_language(redirect("profile"), person.language)
    context = {
        "page_title": _("Profile"),
        "form": form,
        "person": person,
        "sessions": sessions.sessions_of(person, current_key=request.session.session_key),
    }
    return render(request, "users/profile.html", context)


@require_POST
def sign_out_others(request: HttpRequest) -> HttpResponse:
    """End every session of the signed-in user but this one."""
    ended = sessions.end_sessions(request.user, except_key=request.session.session_key)
    if ended:
        audit.note(
            AuditEntry.Kind.SESSIONS_ENDED,
            actor=request.user,
            ip=audit.client_ip(request),
            detail={"count": ended},
        )
    text = ngettext("You are signed out in %(n)d other place.", "You are signed out in %(n)d other places.", ended)
    messages.success(request, text % {"n": ended})
    return redirect("profile")


@login_not_required
@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """Show pages in the posted language: kept at the user when signed in, and in a cookie of the browser."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        raise BadRequest(_("This language is not offered."))
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=language)
    default = settings.LOGIN_REDIRECT_URL if request.user.is_authenticated else settings.LOGIN_URL
    return _remember_language(HttpResponseRedirect(next_url(request, default)), language)


@require_POST
def switch_theme(request: HttpRequest) -> HttpResponse:
    """Keep the posted theme (auto, light or dark) at the signed-in user."""
    theme = request.POST.get("theme", "")
    if theme not in User.Theme.values:
        raise BadRequest(_("This theme is not offered."))
    User.objects.filter(pk=request.user.pk).update(theme=theme)
    return HttpResponseRedirect(next_url(request, settings.LOGIN_REDIRECT_URL))


@login_not_required
@require_safe
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """Django's administration is entered by the one sign-in page, with its rate limits; 404 for others."""
    if not request.user.is_authenticated:
        return redirect_to_login(next_url(request, "admin:index"))
    if not request.user.is_administrator:
        raise Http404
    return HttpResponseRedirect(next_url(request, "admin:index"))


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """allauth's handler429: says in words that a rate limit was reached and how long to wait."""
    response = error_page(
        request,
        429,
        _("That was too often"),
        _("To keep strangers out, only so many attempts are taken. Wait a minute and try again."),
    )
    response.headers["Retry-After"] = "60"
    return response


def _remember_language(response: HttpResponse, language: str) -> HttpResponse:
    """So that the pages before the next sign-in have it too."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=COOKIE_SECONDS,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return response
