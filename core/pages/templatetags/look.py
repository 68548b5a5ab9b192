"""Template tags of the look: icons, avatars, money and days as every page writes them."""

import datetime
import zlib
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.numbers import format_currency
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

register = template.Library()

TONES = ("blue", "green", "violet", "amber", "teal", "rose", "indigo", "grey")


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """Return the icon `name` of the sprite; it is hidden from screen readers unless it gets a `label`."""
    if label:
        return format_html(
            '<svg class="icon {}" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            css, label, static("icons.svg"), name,
        )  # fmt: skip
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css, static("icons.svg"), name,
    )  # fmt: skip


@register.filter
def initials(name: object) -> str:
    """Return the first letters of the first and the last word, "?" for an empty name."""
    words = [word for word in str(name or "").split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])
    return letters.upper()


@register.filter
def tone(name: object) -> str:
    """Return the avatar tone of a name: always the same one of `TONES`."""
    return TONES[zlib.crc32(str(name or "").encode()) % len(TONES)]


@register.simple_tag
def avatar(name: object, css: str = "") -> SafeString:
    """Return the round mark with the initials of `name`; the name itself stands beside it or in its tooltip."""
    return format_html(
        '<span class="avatar tone-{} {}" aria-hidden="true" title="{}">{}</span>',
        tone(name), css, name, initials(name),
    )  # fmt: skip


@register.filter
def undo_url(message: object) -> str:
    """Return the address after "undo:" in a message's extra tags, "" without one.

    Written by `messages.success(request, text, extra_tags=f"undo:{url}")`; only addresses of this site count.
    """
    for word in (getattr(message, "extra_tags", "") or "").split():
        address = word.removeprefix("undo:")
        if address != word and address.startswith("/") and not address.startswith("//"):
            return address
    return ""


def _locale() -> Locale:
    """Return the Babel locale of the active language, English when Babel does not know it."""
    try:
        return Locale.parse(get_language() or "en", sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@register.simple_tag
def money(amount: Decimal | None, currency: str, cents: bool = False) -> str:
    """Return an amount with its currency sign in the active language, "" for None.

    Lists and figures show whole units; details pass `cents=True`. The sum of several currencies is never formed here.
    """
    if amount is None:
        return ""
    if cents:
        return format_currency(amount, currency, locale=_locale())
    pattern = "#,##0 ¤" if _locale().currency_formats["standard"].pattern.rstrip().endswith("¤") else "¤#,##0"
    # Spanish leaves four-digit figures ungrouped by default; in columns of amounts they must line up.
    return format_currency(amount, currency, format=pattern, locale=_locale(), currency_digits=False)


def _local_day(value: datetime.date | datetime.datetime) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


@register.simple_tag
def day(value: datetime.date | datetime.datetime | None, year: bool = False) -> SafeString | str:
    """Return a day as "27 Mar", with the year when it is another one or `year` is set; the full date is the tooltip.

    A time is shown as its day in the user's zone. None gives "".
    """
    if value is None:
        return ""
    date = _local_day(value)
    skeleton = "yMMMd" if year or date.year != timezone.localdate().year else "MMMd"
    text = _short_day(date, skeleton)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), date_format(date, "DATE_FORMAT"), text
    )


def _short_day(date: datetime.date, skeleton: str) -> str:
    # British order ("27 Mar", not "Mar 27") for English: the firms served write day before month.
    locale = Locale("en", "GB") if _locale().language == "en" else _locale()
    return format_skeleton(skeleton, date, locale=locale)


@register.simple_tag
def moment(value: datetime.datetime | None) -> SafeString | str:
    """Return a point in time as "today 08:12", "yesterday 17:40" or "2 Mar, 17:41" in the user's zone; None gives ""."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    age = (timezone.localdate() - local.date()).days
    clock = local.strftime("%H:%M")
    if age == 0:
        text = _("today %(clock)s") % {"clock": clock}
    elif age == 1:
        text = _("yesterday %(clock)s") % {"clock": clock}
    else:
        skeleton = "MMMd" if local.year == timezone.localdate().year else "yMMMd"
        text = f"{_short_day(local.date(), skeleton)}, {clock}"
    full = f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), full, text)


@register.simple_tag
def due(value: datetime.date | datetime.datetime | None, word: str = "") -> SafeString:
    """Return the next-activity mark: overdue, today, later or none, each with its icon and words.

    `word` is the kind ("Call"); `value` a day or a time, None when no next step is planned.
    """
    if value is None:
        return _due_mark("none", "alert-triangle", _("No next step"), None)
    days = (timezone.localdate() - _local_day(value)).days
    prefix = f"{word}, " if word else ""
    clock = f" {timezone.localtime(value):%H:%M}" if isinstance(value, datetime.datetime) else ""
    if days > 1:
        text = ngettext("%(days)d d overdue", "%(days)d d overdue", days) % {"days": days}
        return _due_mark("overdue", "alert-circle", prefix + text, value)
    if days == 1:
        return _due_mark("overdue", "alert-circle", prefix + _("yesterday"), value)
    if days == 0:
        return _due_mark("today", "circle-dot", prefix + _("today") + clock, value)
    year = _local_day(value).year != timezone.localdate().year
    text = _short_day(_local_day(value), "yMMMd" if year else "MMMd")
    return _due_mark("later", "circle", prefix + text, value)


def _due_mark(state: str, name: str, text: str, value: datetime.date | None) -> SafeString:
    title = date_format(_local_day(value), "DATE_FORMAT") if value else ""
    return format_html('<span class="due due--{}" title="{}">{}{}</span>', state, title, icon(name), text)
