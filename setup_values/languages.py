"""Languages that people speak, by ISO 639 code, named in the user's language by the Unicode CLDR data of Babel."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language

from core.text.normalise import fold


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=8)
def _choices(language: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(language).languages
    known = [(code, _capital(name)) for code, name in names.items() if len(code) == 2 and code.isalpha()]
    return tuple(sorted(known, key=lambda pair: fold(pair[1])))


def language_choices() -> list[tuple[str, str]]:
    """(code, name) sorted by name in the active language."""
    return list(_choices((get_language() or "en").split("-")[0]))


@lru_cache(maxsize=512)
def _name(code: str, language: str) -> str:
    try:
        return _capital(Locale.parse(code.replace("_", "-"), sep="-").get_display_name(language) or code)
    except (UnknownLocaleError, ValueError):
        return code


def language_name(code: str) -> str:
    """The name of a BCP 47 tag ("es", "pt-BR") in the active language; what is none stays as it is, "" for ""."""
    return _name(code, (get_language() or "en").split("-")[0]) if code else ""
