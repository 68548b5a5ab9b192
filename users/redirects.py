"""Where to go after a small form: the page that it names, as long as it is a page of this site."""

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def is_own_url(request: HttpRequest, url: str) -> bool:
    """Whether url leads to this site: relative, or to the very host that was asked."""
    return url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())


def next_url(request: HttpRequest, default: str) -> str:
    """The posted or queried `next` when it leads to this site, else the address of the URL name `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_own_url(request, wanted) else resolve_url(default)
