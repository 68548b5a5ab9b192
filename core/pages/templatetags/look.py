"""Template tags of the look: icons, avatars, money and days as every page writes them."""

import datetime
import zlib
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.numbers import get_currency_precision, get_currency_symbol
from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

register = template.Library()

# The firms served write the day before the month: "27 Mar", not "Mar 27".
ENGLISH = Locale("en", "GB")
TONES = ("blue", "green", "violet", "amber", "teal", "rose", "indigo", "grey")


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """Return the icon `name` of the sprite; it is hidden from screen readers unless it gets a `label`."""
    return _icon(name, str(label), css, settings.STATIC_URL, type(staticfiles_storage))


# A page shows a hundred icons: each is built once per storage and language, not once per use.
@lru_cache(maxsize=2048)
def _icon(name: str, label: str, css: str, prefix: str, storage: type) -> SafeString:
    address = f"{static('icons.svg')}#{name}"
    classes = f"icon {css}".strip()
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', classes, label, address
        )
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', classes, address
    )


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
    """Return the round mark with the initials of `name`, which stands beside it or in its tooltip."""
    return _avatar(str(name or ""), css)


@lru_cache(maxsize=4096)
def _avatar(name: str, css: str) -> SafeString:
    classes = f"avatar tone-{tone(name)} {css}".strip()
    return format_html('<span class="{}" aria-hidden="true" title="{}">{}</span>', classes, name, initials(name))


@register.filter
def undo_url(message: object) -> str:
    """Return the address after "undo:" in a message's extra tags, "" without one.

    Written by `messages.success(request, text, extra_tags=f"undo:{url}")`; only addresses of this site count.
    """
    for word in (getattr(message, "extra_tags", "") or "").split():
        address = word.removeprefix("undo:")
        if address != word and address.startswith("/") and not address.startswith(("//", "/\\")):
            return address
    return ""


def _locale(language: str) -> Locale:
    """Return the Babel locale of a language code, English when Babel does not know it."""
    try:
        return Locale.parse(language or "en", sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@lru_cache(maxsize=512)
def _money_marks(currency: str, language: str) -> tuple[str, str, str, str, int]:
    """Return what stands before and after an amount, its group and decimal signs, and its decimals."""
    locale = _locale(language)
    symbol = get_currency_symbol(currency, locale=locale)
    follows = locale.currency_formats["standard"].pattern.rstrip().endswith("¤")
    # Codes without a sign of their own need a space: "CHF 1,200".
    before = symbol if len(symbol) == 1 or not symbol.isalpha() else f"{symbol}\N{NO-BREAK SPACE}"
    signs = locale.number_symbols["latn"]
    return (
        "" if follows else before,
        f"\N{NO-BREAK SPACE}{symbol}" if follows else "",
        signs["group"],
        signs["decimal"],
        get_currency_precision(currency),
    )


@register.simple_tag
def money(amount: Decimal | None, currency: str, cents: bool = False) -> str:
    """Return an amount with its currency sign in the active language, "" for None.

    Lists and figures show whole units, details pass `cents=True`. Nothing is ever added up over currencies.
    """
    if amount is None:
        return ""
    before, after, group, decimal, digits = _money_marks(str(currency or ""), get_language() or "en")
    # Written by hand: Babel needs 0.2 ms per amount, and leaves 4,320 ungrouped in some languages.
    figure = f"{abs(Decimal(amount)):,.{digits if cents else 0}f}"
    figure = figure.replace(",", "\0").replace(".", decimal).replace("\0", group)
    sign = "-" if amount < 0 and figure.strip(f"0{group}{decimal}") else ""
    return f"{sign}{before}{figure}{after}"


@lru_cache(maxsize=4096)
def _day_texts(date: datetime.date, with_year: bool, language: str) -> tuple[str, str]:
    """Return a day as it stands in a list and as its tooltip says it."""
    locale = _locale(language)
    skeleton = "yMMMd" if with_year else "MMMd"
    short = format_skeleton(skeleton, date, locale=ENGLISH if locale.language == "en" else locale)
    return short, date_format(date, "DATE_FORMAT")


def _local_day(value: datetime.date | datetime.datetime) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


@register.simple_tag
def day(value: datetime.date | datetime.datetime | None, year: bool = False) -> SafeString | str:
    """Return a day as "27 Mar", with the year when it is another one or `year` is set; None gives "".

    The full date is the tooltip. A time is shown as its day in the user's zone.
    """
    if value is None:
        return ""
    date = _local_day(value)
    short, full = _day_texts(date, year or date.year != timezone.localdate().year, get_language() or "en")
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), full, short)


@register.simple_tag
def moment(value: datetime.datetime | None) -> SafeString | str:
    """Return a time as "today 08:12", "yesterday 17:40" or "2 Mar, 17:41" in the user's zone.

    The tooltip is the full date with the zone. None gives "".
    """
    if value is None:
        return ""
    local = timezone.localtime(value)
    today = timezone.localdate()
    short, full = _day_texts(local.date(), local.year != today.year, get_language() or "en")
    clock = f"{local:%H:%M}"
    age = (today - local.date()).days
    if age == 0:
        text = _("today %(clock)s") % {"clock": clock}
    elif age == 1:
        text = _("yesterday %(clock)s") % {"clock": clock}
    else:
        text = f"{short}, {clock}"
    title = f"{full}, {clock} {local.tzname()}"
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), title, text)


@register.simple_tag
def due(value: datetime.date | datetime.datetime | None, word: str = "") -> SafeString:
    """Return the next-activity mark: overdue, today, later or none, each with its icon and words.

    `word` is the kind ("Call"); `value` a day or a time, None when no next step is planned.
    """
    if value is None:
        return _due_mark("none", "alert-triangle", _("No next step"), "")
    date = _local_day(value)
    today = timezone.localdate()
    short, full = _day_texts(date, date.year != today.year, get_language() or "en")
    clock = f" {timezone.localtime(value):%H:%M}" if isinstance(value, datetime.datetime) else ""
    prefix = f"{word}, " if word else ""
    days = (today - date).days
    if days > 1:
        text = ngettext("%(days)d d overdue", "%(days)d d overdue", days) % {"days": days}
        return _due_mark("overdue", "alert-circle", prefix + text, full)
    if days == 1:
        return _due_mark("overdue", "alert-circle", prefix + _("yesterday"), full)
    if days == 0:
        return _due_mark("today", "circle-dot", prefix + _("today") + clock, full)
    return _due_mark("later", "circle", prefix + short, full)


def _due_mark(state: str, name: str, text: str, title: str) -> SafeString:
    return format_html('<span class="due due--{}" title="{}">{}{}</span>', state, title, icon(name), text)
