"""The column of an error file that says why: its header in every language, so that it is left out on its return."""

from functools import cache

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from core.text.normalise import fold

REASON = _("Reason for the error")
# The line of a vCard that says why; our reader takes nothing from it.
REASON_PROPERTY = "X-IMPORT-ERROR"


def is_reason(header: str) -> bool:
    """Tell whether a header is that of the reasons, in whatever language the file was written."""
    return fold(header) in _headers()


@cache
def _headers() -> frozenset[str]:
    found = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.add(fold(str(REASON)))
    return frozenset(found)
