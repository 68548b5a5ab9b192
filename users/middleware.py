"""Language and time zone of each request: the user's own, else the browser's and UTC."""

import zoneinfo

from django.utils import timezone, translation


class LanguageAndZoneMiddleware:
    """Activates what the signed-in user has chosen; signed-out pages follow the cookie, then the browser."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
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
            if hasattr(response, "render") and not response.is_rendered:
                response = response.render()
            response.headers.setdefault("Content-Language", language)
            return response
