"""The records that somebody opened last: their ids in a cookie of the browser, so that looking never writes a row."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse

from core.records.models import Record
from core.records.registry import record_model

COOKIE = "recent"
MOST = 12
DAYS = 60
# "7:lead.28:account.5": the user, then the records, latest first.
_FORM = re.compile(r"[0-9]{1,18}(:[a-z_]{1,40}\.[0-9]{1,18})*")


def _keys(request: HttpRequest) -> list[tuple[str, int]]:
    """[(record type, id)], latest first; [] for no cookie, another user's, or one that is not ours."""
    text = request.COOKIES.get(COOKIE, "")
    if not _FORM.fullmatch(text):
        return []
    user, *keys = text.split(":")
    if int(user) != request.user.pk:
        return []
    pairs = (key.split(".") for key in keys)
    return list(dict.fromkeys((kind, int(pk)) for kind, pk in pairs))[:MOST]


def remember_opened(request: HttpRequest, response: HttpResponse, record: Record) -> None:
    """Put record first among the user's recent ones."""
    key = (record.record_type(), record.pk)
    keys = [key, *(one for one in _keys(request) if one != key)][:MOST]
    value = ":".join([str(request.user.pk), *(f"{kind}.{pk}" for kind, pk in keys)])
    response.set_cookie(COOKIE, value, max_age=DAYS * 86_400, httponly=True, samesite="Lax", secure=request.is_secure())


def recent_records(request: HttpRequest) -> list[Any]:
    """The records opened last that the user still sees, latest first; one query per kind."""
    keys = _keys(request)
    found = {}
    for kind in {kind for kind, _pk in keys}:
        try:
            model = record_model(kind)
        except KeyError:
            continue
        rows = model.objects.visible_to(request.user).filter(pk__in=[pk for one, pk in keys if one == kind])
        found |= {(kind, row.pk): row for row in rows}
    return [found[key] for key in keys if key in found]
