"""Cleans cells and takes apart those that hold several things: e-mails, phones, labels, lists, yes or no."""

import re
from typing import NamedTuple

from core.text.cells import unguard_formula
from core.text.lines import several_lines

GOOGLE_SEPARATOR = " ::: "
GOOGLE_MARK = "*"  # before a label: primary; before a group: one that Google made

# What programs write for "nothing": empty dates, unspecified gender, empty database values. Compared exactly.
_FILLERS = frozenset(
    (
        *(
            "0/0/00",
            "00/00/00",
            "0.0.00",
            "00.00.00",
            "0-0-00",
            "00-00-00",
            "0/0/0000",
            "00/00/0000",
            "0.0.0000",
        ),
        *(
            "00.00.0000",
            "00-00-0000",
            "0000-00-00",
            "0000/00/00",
            "0000-00-00 00:00:00",
            "1/1/4501",
            "01/01/4501",
        ),
        # Day 0 of a spreadsheet.
        *("1/0/1900", "0/1/1900", "00/01/1900", "1900-01-00", "30/12/1899", "12/30/1899", "1899-12-30"),
        *(
            "1.1.4501",
            "01.01.4501",
            "Unspecified",
            "unspecified",
            "Keine Angabe",
            "Nicht angegeben",
            "Sin especificar",
        ),
        *(
            "No especificado",
            "no especificado",
            "Non spécifié",
            "Non précisé",
            "Non specificato",
            "Não especificado",
        ),
        *("null", "NULL", "(null)", "undefined", "#N/A", "#N/D", "#NV", "#REF!", "#VALUE!", "#NAME?", "[]"),
        *("-None-", "--None--"),
    )
)
_FORMULA_GUARD = re.compile(r"'(?=[\s\u200b]*[=@+\-＝＠＋－])|'(?=[\t\r])")


def clean_cell(text: str) -> str:
    """Return `text` as texts of several lines are kept; fillers for "nothing" become "".

    A guard against formulas (an apostrophe before = @ + - TAB CR) is taken off. Anything else stays as it is: leading
    zeros, long numbers, inner blanks and line breaks.
    """
    text = several_lines(text)
    if text[:1] == "'" and _FORMULA_GUARD.match(text):
        text = several_lines(text[1:])
    return "" if text in _FILLERS else text


def own_cell(text: str) -> str:
    """Return the text of a cell of our own export, which guards formulas and writes nothing for "nothing"."""
    return several_lines(unguard_formula(text))


class Email(NamedTuple):
    """An address as found in a cell and the name written with it; `fault` is a problem code or None."""

    value: str
    name: str = ""
    fault: str | None = None


_ADDRESS = r"[^\s@<>,;:()\[\]\"'|/]+(?:'[^\s@<>,;:()\[\]\"'|/]+)*@[^\s@<>,;:()\[\]\"'|/]+"
_ONE_ADDRESS = re.compile(_ADDRESS)
_NAMED = re.compile(
    rf"(?:\"([^\"<>]*)\"|([^<>,;\"]*))\s*<\s*(?:mailto:)?({_ADDRESS})\s*>|(?:mailto:)?({_ADDRESS})", re.I
)
_LOCAL = re.compile(r"[^\s@<>,;:()\[\]\"\\.]+(?:\.[^\s@<>,;:()\[\]\"\\.]+)*")
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_LONGEST_EMAIL_CELL = 2_000
_BETWEEN_ADDRESSES = " \t\r\n,;|/:*<>()[]\"'"


def email_fault(value: str) -> str | None:
    """Return None for a plausible address, "email_domain" for a domain without dot, else "invalid_email"."""
    local, _at, domain = value.rpartition("@")
    if not (0 < len(local) <= 64 and len(domain) <= 255 and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        return "invalid_email"
    return None if "." in domain.rstrip(".") else "email_domain"


def split_emails(text: str) -> tuple[list[Email], str]:
    """Return all addresses of a cell and the text that stands beside them ("" mostly).

    Understands `a@b`, `Name <a@b>`, several separated by ; , | / blanks, line breaks or Google's ` ::: `. A
    cell without any address comes back whole as one `Email` with the fault "invalid_email".
    """
    if _ONE_ADDRESS.fullmatch(text):
        value = text.strip("'")
        return [Email(value, "", email_fault(value))], ""
    if "@" not in text or len(text) > _LONGEST_EMAIL_CELL:
        return [Email(text, "", "invalid_email")], ""
    found: list[Email] = []
    rest: list[str] = []
    end = 0
    for match in _NAMED.finditer(text):
        rest.append(text[end : match.start()])
        end = match.end()
        value = match[3] or match[4]
        name = (match[1] or match[2] or "").strip(_BETWEEN_ADDRESSES)
        found.append(Email(value, name, email_fault(value)))
    rest.append(text[end:])
    if not found:
        return [Email(text, "", "invalid_email")], ""
    beside = " ".join(part.strip(_BETWEEN_ADDRESSES) for part in rest if part.strip(_BETWEEN_ADDRESSES))
    return found, beside


_EXTENSION_WORDS = "ext extn extensión extension x anexo int interno poste ramal dw durchwahl"
_EXTENSION = rf"(?:\s*(?:[,;]?\s*(?:{'|'.join(_EXTENSION_WORDS.split())})\.?|#)\s*:?\s*\d{{1,7}})?"
_PHONE = re.compile(rf"\+?\(?[\d(][\d\s().\-/·–\u00a0\u202f\u2011]*{_EXTENSION}", re.I)
_PHONE_SEPARATOR = re.compile(r"\s*(?: ::: |[;\n|]|\s/\s|,(?=\s*[+(\d]))\s*")
_DIGITS = re.compile(r"\d")
_LONGEST_PHONE = 80
_LONGEST_PHONE_CELL = 500
_LEAST_DIGITS, _MOST_DIGITS = 3, 24
_LEAST_DIGITS_IN_LIST = 6


def is_plausible_phone(text: str) -> bool:
    """Tell whether a text reads like a phone number: 3 to 24 digits, usual signs, perhaps an extension."""
    if len(text) > _LONGEST_PHONE or not _PHONE.fullmatch(text):
        return False
    return _LEAST_DIGITS <= len(_DIGITS.findall(text)) <= _MOST_DIGITS


def split_phones(text: str) -> list[str]:
    """Return the numbers of a cell as typed; `tel:` addresses lose their scheme (`;ext=` becomes ` ext. `).

    A cell is taken apart only where every part is a whole number of its own, so "555/123-4567" and "600
    11;12" stay.
    """
    if len(text) > _LONGEST_PHONE_CELL:
        return [text]
    if text[:4].lower() == "tel:":
        text = text[4:].split("?", 1)[0].replace(";ext=", " ext. ")
        text = text.split(";", 1)[0]
    if not _PHONE_SEPARATOR.search(text):
        return [text]
    parts = [part for part in _PHONE_SEPARATOR.split(text) if part]
    whole = all(is_plausible_phone(part) and len(_DIGITS.findall(part)) >= _LEAST_DIGITS_IN_LIST for part in parts)
    return parts if whole and parts else [text]


def split_values(text: str) -> list[str]:
    """Return the values that Google joins with ` ::: ` in one cell; any other cell is one value."""
    if ":::" not in text:
        return [text]
    return [part for part in (part.strip() for part in text.split(":::")) if part]


# Groups that Google puts everybody in; they say nothing about a person.
_SYSTEM_GROUPS = frozenset(
    {"mycontacts", "my contacts", "other contacts", "starred", "mis contactos", "otros contactos"}
)


def split_categories(text: str) -> list[str]:
    """Return each category of a cell once: joined by ` ::: `, `;`, `,` or line breaks, or as `^a^,^b^`."""
    parts = re.split(r":::|[;\n]" if ":::" in text or ";" in text or "\n" in text else ",", text)
    found: dict[str, None] = {}
    for part in parts:
        name = part.strip(" \t^")
        if name.startswith(GOOGLE_MARK):
            name = name[1:].strip()
            if name.casefold() in _SYSTEM_GROUPS:
                continue
        if name:
            found[name] = None
    return list(found)


_LABEL_KINDS: dict[str, str] = {
    "home": "home|casa|particular|personal|domicile|domicilio|personnel|privat|private|zuhause|abitazione"
    "|residencial|residência",
    "work": "work|business|office|trabajo|oficina|bureau|travail|professionnel|arbeit|geschäftlich|dienstlich"
    "|büro|lavoro|ufficio|trabalho|comercial",
    "mobile": "mobile|cell|móvil|celular|portable|mobil|handy|cellulare|telemóvel|iphone",
    "main": "main|principal|haupt|hauptnummer|principale",
    "fax_home": "home fax|homefax|fax particular|fax de casa|fax privat|fax domicile|fax abitazione|fax residencial",
    "fax_work": "work fax|workfax|fax del trabajo|fax de trabajo|fax bureau|fax professionnel"
    "|fax geschäftlich|fax lavoro|fax ufficio|fax comercial|fax do trabalho",
    "fax": "fax|other fax|otro fax|telefax",
    "pager": "pager|buscapersonas|localizador|cercapersone|bip",
    "other": "other|otro|otra|otros|autre|andere|sonstige|altro|outro|",
}
_KIND_OF_LABEL = {label: kind for kind, labels in _LABEL_KINDS.items() for label in labels.split("|")}


class Label(NamedTuple):
    """What a label cell says: our `kind`, the `text` of an unusual one, and whether it marks the primary."""

    kind: str
    text: str
    primary: bool


def read_label(text: str) -> Label:
    """Read a label cell such as "Home", "* Work" (primary) or "Móvil"; an unusual one is kept as `text`."""
    name = text.strip()
    primary = name.startswith(GOOGLE_MARK)
    if primary:
        name = name[1:].strip()
    kind = _KIND_OF_LABEL.get(name.casefold())
    return Label(kind or "other", "" if kind else name, primary)


_YES_WORDS = """1|true|yes|y|x|on|sí|si|s|verdadero|oui|vrai|ja|j|wahr|ein|vero|sim|verdadeiro|✓|do not allow
|no permitir|opted out|unsubscribed|baja"""
_NO_WORDS = """0|false|no|n|off|falso|non|faux|nein|falsch|aus|não|nao|allow|permitir|subscribed|-"""
_YES = frozenset(word.strip() for word in _YES_WORDS.split("|"))
_NO = frozenset(word.strip() for word in _NO_WORDS.split("|"))


def read_yes_no(text: str) -> bool | None:
    """Return True or False for the usual words of six languages, None for anything else."""
    word = text.strip().casefold()
    if word in _YES:
        return True
    return False if word in _NO else None
