"""Dates and numbers are written as each language writes them."""

import datetime

import pytest
from django.forms import DateField, DateTimeField
from django.utils import formats, translation

pytestmark = pytest.mark.sqlite

DAY = datetime.date(2026, 3, 27)
MOMENT = datetime.datetime(2026, 9, 5, 14, 5)


@pytest.mark.parametrize(
    ("language", "day", "moment", "month", "number"),
    [
        ("en", "27 Mar 2026", "5 Sep 2026, 14:05", "March 2026", "1,145.5"),
        ("es", "27 mar 2026", "5 sep 2026, 14:05", "marzo de 2026", "1.145,5"),
    ],
)
def test_writes_days_times_and_numbers(language, day, moment, month, number):
    with translation.override(language):
        assert formats.date_format(DAY) == day
        assert formats.date_format(MOMENT, "DATETIME_FORMAT") == moment
        assert formats.date_format(DAY, "YEAR_MONTH_FORMAT") == month
        assert formats.number_format("1145.5", force_grouping=True) == number


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("typed", ["2026-03-27", "27/03/2026"])
def test_reads_what_the_browser_and_the_hand_write(language, typed):
    with translation.override(language):
        assert DateField().clean(typed) == DAY


@pytest.mark.parametrize("language", ["en", "es"])
def test_reads_the_browsers_own_moment(language):
    with translation.override(language):
        assert DateTimeField().clean("2026-09-05T14:05").replace(tzinfo=None) == MOMENT
