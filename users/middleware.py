"""Language and time zone of each request: the user's own, else the browser's and UTC."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers


class LanguageAndZoneMiddleware:
    """Activates what the signed-in user has chosen; signed-out pages follow the cookie, then the browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        signed_in = request.user.is_authenticated
        if signed_in:
            language, zone = request.user.language, request.user.time_zone
        else:
            language, zone = translation.get_language_from_request(request), "UTC"
        try:
            zone_info = zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            zone_info = zoneinfo.ZoneInfo("UTC")
        request.LANGUAGE_CODE = language
        with translation.override(language), timezone.override(zone_info):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            if not signed_in:
                patch_vary_headers(response, ("Accept-Language", "Cookie"))
            return response
