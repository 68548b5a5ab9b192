"""What reading a vCard file gives: cards, the problems in them, and the limits up to which a file is read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext_lazy as _

MEGABYTE = 1024 * 1024
UNKNOWN_PHOTO = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read, in bytes (`properties`: lines per card); None switches a limit off.

    A file over its limit is refused. Everything else only leaves out what is over the limit, with a problem.
    """

    file: int | None = 256 * MEGABYTE
    card: int | None = 16 * MEGABYTE
    line: int | None = 8 * MEGABYTE
    properties: int | None = 2_000
    photo: int | None = 5 * MEGABYTE


DEFAULT_LIMITS = Limits()

MESSAGES = {
    "agent_ignored": _("The card of an assistant inside this card was left out."),
    "bad_base64": _("The encoded data of %(detail)s could not be read and was left out."),
    "bad_date": _("“%(detail)s” is not a date that can be understood; it is kept as text."),
    "bad_quoted_printable": _("A part of %(detail)s is encoded wrongly and was taken as it stands."),
    "card_too_large": _("The card is larger than %(detail)s; what comes after that was left out."),
    "damaged_file": _("The file is damaged and was not read to its end."),
    "empty_card": _("The card has no name, no e-mail, no phone and no organization."),
    "extra_components": _("%(detail)s has more parts than the format knows; they were not imported."),
    "group_card": _("The card is a distribution list, not a person or an organization."),
    "line_too_long": _("The line is longer than %(detail)s and was left out."),
    "missing_end": _("The end of the card (END:VCARD) is missing."),
    "no_card": _("There is no card in the file (BEGIN:VCARD)."),
    "not_a_property": _("The line is not a property (NAME:value) and was not imported: %(detail)s"),
    "not_utf8": _("%(detail)s is not in UTF-8; it was read as Windows-1252."),
    "photo_damaged": _("The photo is damaged; what could be read of it was kept."),
    "photo_too_large": _("The photo is larger than %(detail)s and was left out."),
    "repeated": _("%(detail)s occurs more than once; the first one was imported."),
    "too_many_properties": _("The card has more than %(detail)s lines; the others were left out."),
    "unknown_charset": _("The character set “%(detail)s” is not known; the text was read as UTF-8."),
    "unknown_photo": _("The photo is in no known picture format."),
    "wrong_charset": _("The text is not in the character set “%(detail)s” that the line names."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a card that is not as it should be, on the line (1-based) where it stands."""

    line: int
    code: str
    detail: str = ""

    @property
    def message(self) -> str:
        """The problem in words, in the language that is active when it is asked for."""
        return str(MESSAGES[self.code]) % {"detail": self.detail}


class VCardFileError(ValueError):
    """The file as a whole cannot be read; `str()` says why in words for the user."""

    def __str__(self) -> str:
        message, *detail = self.args
        return str(message) % {"detail": "".join(detail)}


class NotAVCardFile(VCardFileError):
    """The file holds no BEGIN:VCARD."""


class VCardFileTooLarge(VCardFileError):
    """The file is larger than `Limits.file`."""


def size_text(size: float | None) -> str:
    """A limit for a message: `5 MB`, `400 B`."""
    return f"{size / MEGABYTE:g} MB" if size and size >= MEGABYTE else f"{size} B"


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture out of a card; `mime` is told from the data alone, UNKNOWN_PHOTO for what is no picture."""

    data: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """An e-mail, phone or link; `primary` says that the card prefers it (several may be, or none)."""

    value: str
    kind: str
    primary: bool = False
    label: str = ""
    ext: str = ""  # of a phone


def mark_preferred(points: list[tuple[int, ContactPoint]]) -> list[ContactPoint]:
    """The points, primary where the preference beside them (1 = most, 0 = none) is the best one."""
    best = min((pref for pref, _point in points if pref), default=None)
    if best is None:
        return [point for _pref, point in points]
    return [replace(point, primary=True) if pref == best else point for pref, point in points]


ADDRESS_PARTS = ("po_box", "extended", "street", "city", "region", "postcode", "country")  # as in ADR


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `extended` and `street` may hold line ends."""

    kind: str
    po_box: str = ""
    extended: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Handle:
    """A name on a messaging or social service (lower case), such as skype or linkedin."""

    service: str
    value: str
    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One card of a file; absent text is "", an absent list [].

    `birthday` and `anniversary` are `YYYY-MM-DD`, `--MM-DD` (year not known) or the text as it stood.
    `unknown` holds the unfolded lines that are not in the other fields, to be written back on export: lines
    that `vcard_lexer.lex_line` refuses are among them and are only to be shown. `problems` are warnings;
    `error` is set when no contact can be made of the card.
    """

    line: int  # of BEGIN, 1-based
    version: str = ""
    prefix: str = ""
    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    suffix: str = ""
    display_name: str = ""
    nickname: str = ""
    phonetic_first_name: str = ""
    phonetic_middle_name: str = ""
    phonetic_last_name: str = ""
    is_company: bool = False
    organization: str = ""
    department: str = ""
    job_title: str = ""
    role: str = ""
    emails: list[ContactPoint] = field(default_factory=list)
    phones: list[ContactPoint] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    websites: list[ContactPoint] = field(default_factory=list)
    handles: list[Handle] = field(default_factory=list)
    birthday: str = ""
    anniversary: str = ""
    notes: str = ""
    categories: list[str] = field(default_factory=list)
    uid: str = ""
    photo: Photo | None = None
    has_photo: bool = False  # also when the card only names the address of a photo
    language: str = ""
    unknown: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    error: Problem | None = None
