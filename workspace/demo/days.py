"""Relative days of the demo firm as real ones: weekends avoided, hours in the zone of the record's owner."""

import datetime
import zoneinfo

from django.utils import timezone


def working_day(today: datetime.date, days: int) -> datetime.date:
    """The day `days` from today; past weekends move to the Friday before, coming ones to the Monday after."""
    day = today + datetime.timedelta(days=days)
    if days == 0 or day.weekday() < 5:
        return day
    step = -1 if days < 0 else 1
    while day.weekday() >= 5:
        day += datetime.timedelta(days=step)
    return day


def moment(today: datetime.date, days: int, clock: str, zone: str) -> datetime.datetime:
    """An aware time: "HH:MM" of that working day in the zone; nine o'clock without a time."""
    hour, _colon, minute = (clock or "09:00").partition(":")
    day = working_day(today, days)
    return datetime.datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=zoneinfo.ZoneInfo(zone))


def past(at: datetime.datetime) -> datetime.datetime:
    """A time that is not in the future."""
    return min(at, timezone.now())
