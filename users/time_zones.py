"""The time zones that a user or the firm can choose."""

from functools import lru_cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@lru_cache(maxsize=1)
def time_zones() -> tuple[str, ...]:
    """Names of the IANA zones that stand for a place, and UTC."""
    return (
        "UTC",
        *sorted(name for name in available_timezones() if name.split("/")[0] in _AREAS and "/" in name),
    )


def time_zone_choices() -> list[tuple[str, str]]:
    """Choices for a form."""
    return [(name, name.replace("_", " ")) for name in time_zones()]


def validate_time_zone(name: str) -> None:
    """Raise ValidationError for a name that is not a known zone."""
    if name not in time_zones():
        raise ValidationError(_("“%(name)s” is not a time zone."), params={"name": name})
