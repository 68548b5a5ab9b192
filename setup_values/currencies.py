"""Currencies by ISO 4217 code, named in the user's language by the Unicode CLDR data of Babel."""

from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language

# In the order in which firms of our markets meet them; the rest of the circulating ones follow by code.
_FIRST = ("EUR", "GBP", "USD", "MXN", "COP", "ARS", "CLP", "PEN", "CHF", "BRL")
_OTHERS = (
    "AED AUD BGN BOB CAD CNY CRC CZK DKK DOP EGP GTQ HKD HNL HUF IDR ILS INR ISK JPY KES KRW MAD MYR NGN NIO NOK NZD "
    "PAB PHP PLN PYG QAR RON RSD SAR SEK SGD THB TND TRY TWD UAH UYU VES VND ZAR"
)


@lru_cache(maxsize=8)
def _choices(language: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(language).currencies
    return tuple((code, f"{code} · {names.get(code, code)}") for code in (*_FIRST, *_OTHERS.split()))


def currency_choices() -> list[tuple[str, str]]:
    """(code, "EUR · Euro") in the active language, the most usual first."""
    return list(_choices((get_language() or "en").split("-")[0]))
