"""Turns names, e-mails, phones and web addresses into the form in which they are compared and sorted."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers

# Texts up to this length are names and the like, which come again and again; longer ones are not kept.
KEPT_LENGTH = 100
LONGEST_PHONE = 120

# Letters that NFKD does not take apart but that people type without their stroke or ligature.
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
    | dict.fromkeys("’‘ʼ′", "'")
)
# NFKD would take it for a blank with an accent; people type it for an apostrophe (O´Neill).
_APOSTROPHES = str.maketrans({"´": "'"})
_COMMON_ACCENTS = re.compile("[\u0300-\u036f]+")
_NOT_WORD = re.compile(r"[^\w]+", re.UNICODE)
_NOT_DIGIT = re.compile(r"[^0-9]+")
_PHONE_EXTENSION = re.compile(
    r"(?:;ext=|\b(?:ext(?:ension)?|extensión|anexo|interno|int|x)\b\.?|(?<=\d)x|#)\s*[:.]?\s*\d{1,8}\s*$",
    re.IGNORECASE,
)
_BETWEEN_NUMBERS = re.compile(r"[/;,|\n]|\s(?:o|or|y|and|und|ou|e)\s")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_MAIL_SCHEME = re.compile(r"^\s*mailto:", re.IGNORECASE)
_PHONE_SCHEME = re.compile(r"^\s*(?:tel|callto|sip):", re.IGNORECASE)

# Legal forms as they end a company name once folded and without dots; ISO 20275 names most of them.
LEGAL_FORMS = frozenset(
    """sl slu slp sll sa sau sal sc scp sccl scoop sapi srl sas sarl sasu eurl sci snc spa sapa srls ltda lda me epp
    eireli gmbh mbh ag kg kgaa ohg ug ek ev bv nv vof cv oy oyj ab as asa aps is hf ehf ltd limited llc llp lp plc inc
    incorporated corp corporation co company pty pte cic cio sp zoo doo dd kft zrt sro ood ead""".split()
)
LONG_LEGAL_FORMS = (
    ("sociedad", "limitada"),
    ("sociedad", "anonima"),
    ("sociedad", "cooperativa"),
    ("sociedad", "limitada", "unipersonal"),
    ("sociedad", "anonima", "unipersonal"),
    ("sociedad", "limitada", "profesional"),
    ("sp", "z", "oo"),
)
LEADING_LEGAL_FORMS = frozenset({"sarl", "sasu", "eurl"})
CONNECTING_WORDS = frozenset({"and", "y", "und", "et"})


def fold(text: str) -> str:
    """Return text without case, accents and superfluous blanks, as it is sorted and compared; "" for empty text.

    Folding twice changes nothing. One character can become several (at most 18), never more than that.
    """
    return _fold_kept(text) if len(text) <= KEPT_LENGTH else _fold(text)


def _fold(text: str) -> str:
    if text.isascii():
        return " ".join(text.lower().split())
    # Decomposed before and after: some letters have a case only once they are taken apart (ℂ), or apart once folded.
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    decomposed = unicodedata.normalize("NFKD", folded).translate(_UNDECOMPOSED)
    bare = _COMMON_ACCENTS.sub("", decomposed)
    if not bare.isascii():
        bare = unicodedata.normalize("NFC", "".join(char for char in bare if not _is_mark(char)))
    return " ".join(bare.split())


_fold_kept = lru_cache(maxsize=16384)(_fold)


def _is_mark(char: str) -> bool:
    """Accents, and invisible characters that come along when text is copied; the marks of kana are no accents."""
    if unicodedata.combining(char):
        return char not in "\u3099\u309a"
    return _is_invisible(char)


def words(text: str) -> list[str]:
    """Return the folded words of text, punctuation dropped; [] for empty text."""
    return [word for word in _NOT_WORD.split(fold(text)) if word]


def normalise_email(text: str) -> str:
    """Return the address in lower case without display name and mailto:, "" when it has no text around an @.

    Plus tags and dots stay: only the receiving provider knows whether they matter (RFC 5321, 2.3.11).
    """
    address = _without_invisible(text)
    if _MAIL_SCHEME.match(address):
        address = _MAIL_SCHEME.sub("", address).split("?", 1)[0]
    if "<" in address and ">" in address[address.rindex("<") :]:
        address = address[address.rindex("<") + 1 :].split(">", 1)[0]
        address = _MAIL_SCHEME.sub("", address)
    address = unicodedata.normalize("NFC", unicodedata.normalize("NFC", address).casefold())
    address = address.strip(" \t\r\n\u00a0\"'<>.,;:()[]")
    local, _at, domain = address.rpartition("@")
    return address if local.strip() and domain.strip() else ""


def _is_invisible(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char) == "Cf"


def _without_invisible(text: str) -> str:
    return text if text.isascii() else "".join(char for char in text if not _is_invisible(char))


def is_blank(text: str) -> bool:
    """Whether nothing of text can be seen: "", blanks, and invisible characters that came along when it was copied."""
    return not _without_invisible(text).strip()


def normalise_phone(text: str, region: str = "") -> str:
    """Return E.164 ("+34600555014") where the number parses as possible in region, else its bare digits, else "".

    region: ISO 3166 code used for numbers without country code; "" accepts only international ones.
    An extension is dropped: two desks of one switchboard share the number that is compared.
    """
    return _phone_kept(text[:LONGEST_PHONE], region)


@lru_cache(maxsize=16384)
def _phone_kept(text: str, region: str) -> str:
    number = bare_number(text)
    international = number.lstrip(" (").startswith("00") and len(phone_digits(number)) >= 10
    number = "+" + number.lstrip(" (")[2:] if international else number
    # Two numbers in one cell: the first of them. Some countries write a slash within a number.
    for candidate in (number, *_BETWEEN_NUMBERS.split(number)[:-1]):
        if found := _e164(candidate, region):
            return found
    return phone_digits(number)


def _e164(number: str, region: str) -> str:
    try:
        parsed = phonenumbers.parse(number, region or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    found = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if not _begins_as_dialled_inside(parsed):
        return found
    # Zeros that a country drops when it is dialled ("000000" in Germany) would give another number the next time.
    try:
        stable = phonenumbers.parse(found) == parsed
    except phonenumbers.NumberParseException:
        return ""
    return found if stable else ""


def _begins_as_dialled_inside(parsed: phonenumbers.PhoneNumber) -> bool:
    """Whether a number begins with what its country drops, so that reading it once more may give another one."""
    prefix = _prefix_dropped_in(parsed.country_code)
    digits = phonenumbers.national_significant_number(parsed)
    return digits[:1] == "0" or (prefix is not None and prefix.match(digits) is not None)


@lru_cache(maxsize=300)
def _prefix_dropped_in(country_code: int) -> re.Pattern[str] | None:
    region = phonenumbers.region_code_for_country_code(country_code)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(country_code, region)
    prefix = metadata.national_prefix_for_parsing if metadata is not None else None
    return re.compile(prefix) if prefix else None


def bare_number(text: str) -> str:
    """A phone number as typed without tel:, extension and the (0) that is dialled inside a country only."""
    number = _without_invisible(text[:LONGEST_PHONE])
    number = _PHONE_EXTENSION.sub("", _PHONE_SCHEME.sub("", number).strip()).strip()
    if number.lstrip(" (").startswith(("+", "00")):
        number = _TRUNK_ZERO.sub("", number)
    return number


def phone_digits(text: str) -> str:
    """Return only the decimal digits of text as ASCII, at most 32 of them; "" when it has none."""
    if text.isascii():
        return _NOT_DIGIT.sub("", text)[:32]
    return "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())[:32]


def web_domain(text: str) -> str:
    """Return the host of a web or e-mail address without www, "" when it has none ("https://www.x.es/a" -> "x.es")."""
    address = unicodedata.normalize("NFC", _without_invisible(text).strip())
    address = _MAIL_SCHEME.sub("", address).casefold().split("://", 1)[-1].lstrip("/")
    host = re.split(r"[/?#\\,;]", address, maxsplit=1)[0]
    host = host.rsplit("@", 1)[-1].split(":", 1)[0].strip(" .<>\"'()").removeprefix("www.").strip(".")
    return unicodedata.normalize("NFC", host)[:253] if "." in host and not re.search(r"\s", host) else ""


@lru_cache(maxsize=16384)
def company_key(name: str) -> str:
    """Return the folded company name without legal form and punctuation ("Cementos Arga, S.A." -> "cementos arga").

    A name that is nothing but a legal form keeps it, so that the key of a non-empty name is never empty.
    """
    dotless = fold(name).replace(".", "").replace("&", " ")
    parts = [part for part in _NOT_WORD.split(dotless) if part]
    parts = _without_legal_form(_with_joined_initials(parts))
    inner = [part for part in parts[1:-1] if part not in CONNECTING_WORDS]
    parts = [*parts[:1], *inner, *parts[1:][-1:]]
    return " ".join(parts) or fold(name)


def _with_joined_initials(parts: list[str]) -> list[str]:
    """The last single letters as one part: "s", "l" of "S. L." or "A/S" become "sl"."""
    count = 0
    while count < min(3, len(parts) - 1) and len(parts[-1 - count]) == 1:
        count += 1
    joined = "".join(parts[len(parts) - count :])
    return [*parts[: len(parts) - count], joined] if count > 1 and joined in LEGAL_FORMS else parts


def _without_legal_form(parts: list[str]) -> list[str]:
    shorter = True
    while shorter and len(parts) > 1:
        shorter = False
        for form in LONG_LEGAL_FORMS:
            if len(parts) > len(form) and tuple(parts[-len(form) :]) == form:
                parts, shorter = parts[: -len(form)], True
        if len(parts) > 1 and parts[-1] in LEGAL_FORMS:
            parts, shorter = parts[:-1], True
    if len(parts) > 1 and (parts[0] in LEADING_LEGAL_FORMS or parts[0] == "the"):
        parts = parts[1:]
    return parts
