"""The words and icons in which the pages speak of encodings, delimiters, actions and columns."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.pages.pager import shown_count

from .header_synonyms import profiles
from .mapped_files import AS_TEXT, DATE_ORDERS
from .models import Import, ImportRow

Label = str | Promise

ENCODING_NAMES: dict[str, Label] = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": _("Windows-1252 (Western Europe)"),
    "cp1250": _("Windows-1250 (Central Europe)"),
    "cp1251": _("Windows-1251 (Cyrillic)"),
    "cp1253": _("Windows-1253 (Greek)"),
    "cp1254": _("Windows-1254 (Turkish)"),
    "cp1255": _("Windows-1255 (Hebrew)"),
    "cp1256": _("Windows-1256 (Arabic)"),
    "cp1257": _("Windows-1257 (Baltic)"),
    "cp1258": _("Windows-1258 (Vietnamese)"),
    "iso8859-1": _("ISO 8859-1 (Western Europe)"),
    "iso8859-2": _("ISO 8859-2 (Central Europe)"),
    "iso8859-15": _("ISO 8859-15 (Western Europe with €)"),
    "mac-roman": _("Macintosh (Western Europe)"),
    "cp437": "DOS 437",
    "cp850": "DOS 850",
    "koi8-r": "KOI8-R",
    "shift_jis": "Shift JIS",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "euc-kr": "EUC-KR",
}
# What the select offers: those with a byte order mark are recognised by it.
ENCODING_CHOICES = [(name, label) for name, label in ENCODING_NAMES.items() if name != "utf-8-sig"]
DELIMITER_NAMES: dict[str, Label] = {
    ",": _("comma"),
    ";": _("semicolon"),
    "\t": pgettext_lazy("delimiter", "tab"),
    "|": _("vertical bar"),
}
# What recognised["source"] says of exports of this CRM.
OWN_EXPORT = "own-export"
# A tab would not survive in a form field.
DELIMITER_CODES = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
DATE_ORDER_NAMES: dict[str, Label] = {
    "dmy": _("day/month/year"),
    "mdy": _("month/day/year"),
    "point": _("decimal point: 1,234.56"),
    "comma": _("decimal comma: 1.234,56"),
    AS_TEXT: _("kept as text"),
}


@dataclass(frozen=True)
class ActionWords:
    """How an action is shown: badge, count and filter."""

    label: Label
    icon: str
    tone: str


ACTIONS: dict[str, ActionWords] = {
    "create": ActionWords(_("Create"), "plus", "info"),
    "update": ActionWords(_("Update"), "pencil", "neutral"),
    "link": ActionWords(_("Link"), "link", "neutral"),
    "duplicate": ActionWords(_("Duplicate"), "copy", "warning"),
    "unchanged": ActionWords(_("Unchanged"), "equal", "neutral"),
    "error": ActionWords(_("Error"), "alert-circle", "danger"),
}
DONE_ACTIONS: dict[str, Label] = {
    "create": pgettext_lazy("row", "Created"),
    "update": pgettext_lazy("row", "Updated"),
    "link": pgettext_lazy("row", "Linked"),
    "duplicate": pgettext_lazy("row", "Skipped"),
    "unchanged": _("Unchanged"),
    "error": _("Error"),
}
assert set(ACTIONS) == set(ImportRow.Action.values)


def encoding_name(code: str) -> str:
    """An encoding in words; "" for none."""
    return str(ENCODING_NAMES.get(code, code or ""))


def delimiter_name(delimiter: str | None) -> str:
    """A delimiter in words; None means one column."""
    return str(DELIMITER_NAMES.get(delimiter, f"“{delimiter}”")) if delimiter else gettext("none, one column")


def rows_text(work: Import) -> str:
    """How many rows the file has, as far as it is known."""
    number = work.planned.get("rows") or work.recognised.get("rows", 0)
    is_exact = work.recognised.get("rows_exact") or "rows" in work.planned
    return shown_count(number) if is_exact else gettext("about %(n)s") % {"n": shown_count(number)}


def source_text(work: Import) -> str:
    """The program that wrote the file, in the language of whoever reads, or that none was recognised."""
    source = work.recognised.get("source") or ""
    if profile := profiles().get(source):
        return profile.name
    if source == OWN_EXPORT:
        return gettext("Export of this CRM")
    return work.recognised.get("source_name") or gettext("not recognised")


def dates_text(work: Import, names: Collection[str] = (*DATE_ORDERS, AS_TEXT)) -> str:
    """How the days of the file are read, "" when it has none that could be read in two ways; names: those to tell."""
    chosen = work.options.get("date_orders", {})
    orders = [chosen.get(name) or column["order"] for name, column in work.recognised.get("dates", {}).items()]
    return ", ".join(dict.fromkeys(str(DATE_ORDER_NAMES[order]) for order in orders if order in names))


def written_text(counts: dict[str, Any]) -> str:
    """Which rows of a dry run will be written and how many will not."""
    writes = counts.get("created", 0) + counts.get("updated", 0)
    rest = counts.get("rows", 0) - writes
    text = ngettext("%(n)s row will be written", "%(n)s rows will be written", writes) % {"n": shown_count(writes)}
    return gettext("%(written)s, %(rest)s will not.") % {"written": text, "rest": shown_count(rest)}


def start_facts(counts: dict[str, Any]) -> dict[str, Any]:
    """What the foot of a dry run says: which rows will be written, and what the button that starts it is called."""
    writes = counts.get("created", 0) + counts.get("updated", 0)
    start = ngettext("Start import of %(n)s row", "Start import of %(n)s rows", writes)
    return {
        "written_text": written_text(counts),
        "writes": writes,
        "start_label": start % {"n": shown_count(writes)},
    }
