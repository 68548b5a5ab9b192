"""Countries by ISO 3166 code, named in the user's language by the Unicode CLDR data of Babel."""

from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language

from core.text.normalise import fold


@lru_cache(maxsize=8)
def _choices(language: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(language).territories
    countries = [
        (code, name) for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES
    ]
    return tuple(sorted(countries, key=lambda pair: fold(pair[1])))


_NOT_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"}


def country_choices() -> list[tuple[str, str]]:
    """(code, name) sorted by name in the active language."""
    return list(_choices((get_language() or "en").split("-")[0]))


def country_name(code: str) -> str:
    """The name in the active language; the code itself when it is unknown, "" for ""."""
    return Locale.parse((get_language() or "en").split("-")[0]).territories.get(code, code)


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """The ISO code behind a code or a name in English, Spanish, French, German, Italian or Portuguese, else ""."""
    wanted = fold(text)
    return _codes_by_name().get(wanted, "")


@lru_cache(maxsize=1)
def _codes_by_name() -> dict[str, str]:
    found = {
        "uk": "GB",
        "great britain": "GB",
        "england": "GB",
        "usa": "US",
        "u.s.a.": "US",
        "eeuu": "US",
        "ee.uu.": "US",
    }
    for language in ("pt", "it", "de", "fr", "es", "en"):
        for code, name in _choices(language):
            found[fold(name)] = code
            found[code.lower()] = code
    return found
