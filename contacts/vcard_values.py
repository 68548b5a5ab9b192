"""Says what the values and types in a vCard mean: kinds of phones, days, telephone addresses, photos."""

from __future__ import annotations

import re
from binascii import a2b_base64
from datetime import date
from math import inf
from urllib.parse import unquote

from .vcard_card import UNKNOWN_PHOTO, Photo
from .vcard_lexer import Head, clean_controls

# What Outlook, Apple and phones write in a label, without blanks and in lower case -> kind.
LABEL_KINDS = {
    "work": "work", "trabajo": "work", "oficina": "work", "business": "work",
    "home": "home", "casa": "home", "particular": "home",
    "mobile": "mobile", "móvil": "mobile", "movil": "mobile", "celular": "mobile", "cell": "mobile",
    "iphone": "mobile", "applewatch": "mobile",
    "workfax": "fax_work", "faxwork": "fax_work", "faxtrabajo": "fax_work",
    "homefax": "fax_home", "faxhome": "fax_home", "faxcasa": "fax_home",
    "otherfax": "fax", "fax": "fax",
    "pager": "pager", "main": "main", "companymain": "main", "principal": "main",
    "car": "car", "carphone": "car",
    "assistant": "assistant", "assistantphone": "assistant",
}  # fmt: skip
# Properties of one messaging or social service; "" where the value or a parameter names it.
SERVICES = {
    "X-AIM": "aim", "X-ICQ": "icq", "X-JABBER": "jabber", "X-MSN": "msn", "X-YAHOO": "yahoo", "X-QQ": "qq",
    "X-SKYPE": "skype", "X-SKYPE-USERNAME": "skype", "X-GTALK": "google talk", "X-GOOGLE-TALK": "google talk",
    "X-GADUGADU": "gadu-gadu", "X-GROUPWISE": "groupwise", "X-SIP": "sip", "X-TWITTER": "twitter",
    "X-MS-IMADDRESS": "", "IMPP": "", "X-SOCIALPROFILE": "", "SOCIALPROFILE": "",
}  # fmt: skip
PLACE_KINDS = ("work", "home")
PHONE_TYPES = (
    ("pager", "pager"), ("beeper", "pager"), ("cell", "mobile"), ("mobile", "mobile"), ("iphone", "mobile"),
    ("car", "car"), ("assistant", "assistant"), ("main", "main"), ("company", "main"),
    ("main-number", "main"),
    ("work", "work"), ("business", "work"), ("home", "home"), ("personal", "home"),
)  # fmt: skip

_WORDS = re.compile(r"\w+")
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_\Z", re.DOTALL)
# Marks for the direction of writing, which phones copy into numbers and addresses.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def one_line(text: str) -> str:
    """Text for a field of one line: no control characters, blanks and line ends become single blanks."""
    return " ".join(clean_controls(text).split())


def several_lines(text: str) -> str:
    """Text for a field of several lines, without blanks at its ends."""
    return clean_controls(text).strip()


def name_of_parts(*, first_name: str, last_name: str, prefix: str, middle_name: str, suffix: str) -> str:
    """The name to show for a card without FN: first and last name, else whatever part there is."""
    names = (first_name, last_name) if first_name or last_name else (prefix, middle_name, suffix)
    return " ".join(filter(None, names))


def address_text(text: str) -> str:
    """An e-mail address, phone number or link: one line without invisible marks."""
    text = one_line(text)
    return text if text.isascii() else _INVISIBLE.sub("", text).strip()


def has_new_words(text: str, known: str) -> bool:
    """Whether a text holds a word that another one does not."""
    return not set(_WORDS.findall(text)) <= set(_WORDS.findall(known))


def plain_label(text: str) -> str:
    """The label of a group, Apple's `_$!<HomePage>!$_` without its frame."""
    match = _APPLE_LABEL.match(text.strip())
    return one_line(match[1] if match else text)


def _label_kind(label: str) -> str:
    return LABEL_KINDS.get(re.sub(r"[\s_-]+", "", label).lower(), "")


def place_kind(types: frozenset[str], label: str) -> str:
    """The kind of an e-mail, address or link: work, home or other."""
    if "work" in types or "business" in types:
        return "work"
    if "home" in types or "personal" in types:
        return "home"
    kind = _label_kind(label) if label else ""
    return kind if kind in PLACE_KINDS else "other"


def phone_kind(types: frozenset[str], label: str) -> str:
    """work, home, mobile, fax_work, fax_home, fax, pager, main, car, assistant or other."""
    if "fax" in types:
        if "home" in types:
            return "fax_home"
        return "fax_work" if "work" in types else "fax"
    for word, kind in PHONE_TYPES:
        if word in types:
            named = _label_kind(label) if label and kind in PLACE_KINDS else ""
            return named or kind
    return (_label_kind(label) if label else "") or "other"


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,20}):(?=\S)")
_EXTENSION = re.compile(r";ext=([^;]+)", re.IGNORECASE)
NOT_PHONES = frozenset(("sip", "sips", "xmpp", "skype", "http", "https", "mailto", "im", "aim", "msnim"))


def split_scheme(text: str) -> tuple[str, str]:
    """The scheme of a URI in lower case and the rest; without scheme "" and the text."""
    match = _SCHEME.match(text)
    return (match[1].lower(), text[match.end() :]) if match else ("", text)


def read_phone(text: str, named_extension: str = "") -> tuple[str, str, str]:
    """(scheme that is not a phone's, number, extension) of a TEL value; RFC 3966 for `tel:` URIs.

    named_extension: what `vcard_writer` says in a parameter that it has put behind the number.
    """
    behind = f" ext. {address_text(named_extension)}"
    if named_extension and text.endswith(behind):
        return "", text.removesuffix(behind), behind[6:]
    scheme, rest = split_scheme(text)
    if scheme in NOT_PHONES:
        return scheme, rest, ""
    if scheme != "tel":
        return "", text, ""
    extension = _EXTENSION.search(rest)
    number = unquote(rest.partition(";")[0], errors="ignore")
    return "", address_text(number), address_text(unquote(extension[1], errors="ignore")) if extension else ""


_DAY = re.compile(r"(\d{4})(?:-?(\d{2})-?(\d{2})|[/.](\d{1,2})[/.](\d{1,2}))(?:[T ].*)?\Z", re.ASCII | re.DOTALL)
_DAY_OF_ANY_YEAR = re.compile(r"--(\d{2})-?(\d{2})(?:T.*)?\Z", re.ASCII | re.DOTALL)
NO_YEARS = frozenset((0, 1604))  # written by Apple and others for a birthday whose year is not known
LEAP_YEAR = 2000


def read_day(text: str, head: Head) -> tuple[str, bool]:
    """A day as `YYYY-MM-DD` or `--MM-DD` and True, else the text as it stands and whether it may be text."""
    text = one_line(text)
    if head.params.get("VALUE", "").lower() == "text":
        return text, True
    match = _DAY.match(text)
    if match:
        year, month, day = int(match[1]), int(match[2] or match[4]), int(match[3] or match[5])
        if str(year) == head.params.get("X-APPLE-OMIT-YEAR"):
            year = 0
    else:
        match = _DAY_OF_ANY_YEAR.match(text)
        if not match:
            return text, False
        year, month, day = 0, int(match[1]), int(match[2])
    try:
        if year in NO_YEARS:
            return date(LEAP_YEAR, month, day).strftime("--%m-%d"), True
        return date(year, month, day).isoformat(), True
    except ValueError:
        return text, False


_PICTURES = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL), "image/bmp"),
    (re.compile(rb"II\*\0|MM\0\*"), "image/tiff"),
    (re.compile(rb"....ftyp(?:hei[cfmsx]|mif1|avif)", re.DOTALL), "image/heic"),
)


def picture_type(data: bytes) -> str:
    """The media type of a picture by its first bytes."""
    return next((mime for start, mime in _PICTURES if start.match(data)), UNKNOWN_PHOTO)


_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_ALPHABET = bytes(set(range(256)) - set(_ALPHABET))
_BLANKS = b" \t\r\n"
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def repair_base64(value: bytes) -> tuple[bytes, bool]:
    """The bytes behind base64 text and whether it was in order; foreign characters are skipped."""
    text = value.translate(_URL_SAFE, _BLANKS).rstrip(b"=")
    clean = text.translate(None, _NOT_ALPHABET)
    sound = len(clean) == len(text) and len(clean) % 4 != 1
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    return a2b_base64(clean + b"=" * (-len(clean) % 4)), sound


def read_photo(value: bytes, limit: int | None) -> tuple[Photo | None, str]:
    """The photo in base64 text and the code of what is wrong with it ("" = nothing)."""
    most = inf if limit is None else limit
    if len(value) > 2 * most + 4:  # certainly, even if a third of it were blanks
        return None, "photo_too_large"
    data, sound = repair_base64(value)
    if len(data) > most:
        return None, "photo_too_large"
    if not data:
        return None, "bad_base64"
    photo = Photo(data, picture_type(data))
    if not sound:
        return photo, "photo_damaged"
    return photo, "unknown_photo" if photo.mime == UNKNOWN_PHOTO else ""
