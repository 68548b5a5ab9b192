"""Turns names, e-mails, phones and web addresses into the form in which they are compared and sorted."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers

# Letters that NFKD does not take apart but that people type without their stroke or ligature.
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i", "’": "'", "‘": "'"}
)
_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w]+", re.UNICODE)
_PHONE_EXTENSION = re.compile(r"(?:;ext=|\s*(?:ext\.?|extension|x|#|anexo|interno)\s*)(\d{1,8})\s*$", re.IGNORECASE)

# Legal forms as they end (or begin) a company name once folded and without dots; ISO 20275 names most of them.
LEGAL_FORMS = frozenset(
    """sl slu slp sll sa sau sal sc scp sccl scoop sapi srl sas sarl sasu eurl sci snc spa sapa srls ltda lda me epp
    eireli gmbh ag kg kgaa ohg ug ek ev mbh bv nv vof cv oy oyj ab as asa aps is hf ehf ltd limited llc llp lp plc inc
    incorporated corp corporation co company pty pte cic cio sp zoo doo dd kft zrt sro ood ead""".split()
)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return text without case, accents and superfluous blanks, as it is sorted and compared; "" for empty text."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_UNDECOMPOSED))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _SPACES.sub(" ", bare).strip()


def words(text: str) -> list[str]:
    """Return the folded words of text, punctuation dropped; [] for empty text."""
    return [word for word in _NOT_WORD.split(fold(text)) if word]


def normalise_email(text: str) -> str:
    """Return the address in lower case without display name and mailto:, "" when there is no @ in it.

    Plus tags and dots stay: only the receiving provider knows whether they matter (RFC 5321, 2.3.11).
    """
    address = text.strip()
    if "<" in address and address.endswith(">"):
        address = address[address.rindex("<") + 1 : -1]
    address = address.strip().removeprefix("mailto:").strip().casefold()
    return unicodedata.normalize("NFC", address) if "@" in address else ""


@lru_cache(maxsize=65536)
def normalise_phone(text: str, region: str = "") -> str:
    """Return E.164 ("+34600555014") where the number parses as possible in region, else its bare digits, else "".

    region: ISO 3166 code used for numbers without country code; "" accepts only international ones.
    An extension is dropped: two desks of one switchboard share the number that is compared.
    """
    number = _PHONE_EXTENSION.sub("", text.removeprefix("tel:").strip())
    try:
        parsed = phonenumbers.parse(number, region or None)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is not None and phonenumbers.is_possible_number(parsed):
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return phone_digits(number)


def phone_digits(text: str) -> str:
    """Return only the decimal digits of text as ASCII, at most 32 of them; "" when it has none."""
    return "".join(str(unicodedata.digit(char)) for char in text if char.isdecimal())[:32]


def web_domain(text: str) -> str:
    """Return the host of a web or e-mail address without www, "" when there is none ("https://www.x.es/a" -> "x.es")."""
    host = text.strip().casefold()
    if "@" in host:
        host = host.rsplit("@", 1)[1]
    host = host.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0].split("#", 1)[0].split(":", 1)[0]
    host = host.strip(" .>").removeprefix("www.")
    return host[:253] if "." in host and " " not in host else ""


@lru_cache(maxsize=65536)
def company_key(name: str) -> str:
    """Return the folded company name without legal form and punctuation ("Cementos Arga, S.A." -> "cementos arga").

    A name that is nothing but a legal form keeps it, so that the key of a non-empty name is never empty.
    """
    dotless = fold(name).replace(".", "").replace("&", " ")
    parts = [part for part in _NOT_WORD.split(dotless) if part]
    while len(parts) > 1 and parts[-1] in LEGAL_FORMS:
        parts.pop()
    return " ".join(parts)
