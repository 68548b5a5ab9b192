"""Our table of column headers: which program writes which header for which neutral field (`synonyms/*.json`).

A file of profiles holds, per program and language, `headers` (neutral field -> header or headers, a `#`
standing for a number), `ignored` headers (technical, left out), `kept` headers (without a field, kept as
text), the kind of `record` and the usual order of `dates`; `like` names a profile from which all fields not
listed are taken, `needs` lists headers without which a file is not taken for that program's. `generic.json`
holds words of six languages that no single program owns, and under `choices` how a header that means
different things is read: the first field that is still free and whose condition (`if` another field, or
`@record`, is there) holds.
"""

import json
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.text.normalise import fold

SYNONYMS = Path(__file__).parent / "synonyms"
GENERIC = "generic"

PRODUCT_NAMES = {
    "outlook-desktop": _("Outlook for Windows"),
    "outlook-access": _("Outlook through Access"),
    "outlook-com": _("Outlook on the web"),
    "google-contacts-old": _("Google Contacts (until 2024)"),
    "google-contacts-2024": _("Google Contacts (since 2024)"),
    "google-outlook-csv": _("Google Contacts (Outlook format)"),
    "linkedin-connections": _("LinkedIn connections"),
    "linkedin-old-outlook-style": _("LinkedIn connections (before 2017)"),
    "thunderbird": _("Thunderbird"),
    "windows-live-mail": _("Windows Live Mail"),
    "yahoo": _("Yahoo address book"),
    "apple-contacts": _("Apple Contacts"),
    "hubspot-contacts": _("HubSpot contacts"),
    "hubspot-companies": _("HubSpot companies"),
    "hubspot-deals": _("HubSpot deals"),
    "salesforce-contacts": _("Salesforce contacts"),
    "salesforce-accounts": _("Salesforce accounts"),
    "salesforce-leads": _("Salesforce leads"),
    "salesforce-opportunities": _("Salesforce opportunities"),
    "pipedrive-people": _("Pipedrive people"),
    "pipedrive-organizations": _("Pipedrive organizations"),
    "pipedrive-deals": _("Pipedrive deals"),
    "zoho-contacts": _("Zoho contacts"),
    "zoho-leads": _("Zoho leads"),
    "dynamics-contacts": _("Dynamics 365 contacts"),
    "dynamics-leads": _("Dynamics 365 leads"),
    "dynamics-accounts": _("Dynamics 365 accounts"),
    "suitecrm-contacts": _("SuiteCRM contacts"),
    "suitecrm-leads": _("SuiteCRM leads"),
    "suitecrm-accounts": _("SuiteCRM accounts"),
    "suitecrm-opportunities": _("SuiteCRM opportunities"),
    "act": _("ACT! contacts"),
    "own-contacts": _("Export of this CRM"),
}

# Times of another system are shown by no record of ours, and its numbers are none of ours, so an unknown file's column
# is not taken for one.
_NOT_GENERIC = {"modified_at", "record_id", "record_version"}
_LONGEST_HEADER = 200
_NUMBER = re.compile(r"\d+")
_APOSTROPHES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u00b4": "'", "\ufeff": None, "\u00a0": " "})


def header_key(header: str) -> str:
    """Return the form in which headers are compared: NFC, one kind of apostrophe and blank, case folded."""
    return _folded(header[:_LONGEST_HEADER])


@lru_cache(maxsize=20_000)
def _folded(header: str) -> str:
    return " ".join(unicodedata.normalize("NFC", header.translate(_APOSTROPHES)).casefold().split())


@dataclass(frozen=True, slots=True)
class Reading:
    """What a header means: the neutral `field` (None: none of ours), and `how` it was found."""

    field: str | None
    how: str


class HeaderIndex:
    """Looks headers up by exact, then accent-less key; a `#` in a header stands for any number."""

    def __init__(self) -> None:
        self._exact: dict[str, list[str | None]] = {}
        self._accentless: dict[str, list[str | None]] = {}

    def add(self, header: str, field_name: str | None) -> None:
        """Remember that `header` means `field_name`; the order of additions is the order of equal headers."""
        key = header_key(header)
        for index, form in ((self._exact, key), (self._accentless, fold(key))):
            fields = index.setdefault(form, [])
            if field_name not in fields:
                fields.append(field_name)

    def find(self, key: str) -> tuple[list[str | None], bool]:
        """Return the fields that `key` may mean, and whether accents had to be ignored."""
        for index, (form, pattern, number) in zip((self._exact, self._accentless), _forms(key), strict=True):
            fields = index.get(form)
            if fields:
                return fields, index is self._accentless
            numbered = index.get(pattern) if pattern else None
            if numbered:
                return [name and name.replace("#", number) for name in numbered], index is self._accentless
        return [], False

    def exact_keys(self) -> list[str]:
        """Return the keys of all headers, each once."""
        return list(self._exact)

    def fields_of(self, key: str) -> list[str | None]:
        """Return the fields of an exact key."""
        return self._exact.get(key, [])


@lru_cache(maxsize=20_000)
def _forms(key: str) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """The key and the key without accents, each with its first number as `#`, and the number."""
    return _numbered(key), _numbered(fold(key))


def _numbered(key: str) -> tuple[str, str, str]:
    number = _NUMBER.search(key)
    if number is None:
        return key, "", ""
    return key, f"{key[: number.start()]}#{key[number.end() :]}", str(int(number[0]))


@dataclass(frozen=True)
class Profile:
    """The columns that one program writes in one language."""

    id: str
    product: str
    language: str
    record: str
    dates: str | None
    index: HeaderIndex = field(repr=False)
    ignored: frozenset[str] = frozenset()
    size: int = 0
    needs: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Return the program's name in the active language."""
        return str(PRODUCT_NAMES[self.product])

    def read(self, key: str, occurrence: int) -> Reading | None:
        """Return what `key` means where it occurs for the `occurrence`-th time (from 0); None: unknown."""
        fields, without_accents = self.index.find(key)
        if not fields:
            return None
        name = fields[min(occurrence, len(fields) - 1)]
        if name is None:
            return Reading(None, "ignored" if self._is_ignored(key) else "kept")
        return Reading(name, "accentless" if without_accents else "source")

    def _is_ignored(self, key: str) -> bool:
        return key in self.ignored or _NUMBER.sub("#", key, count=1) in self.ignored


@cache
def profiles() -> dict[str, Profile]:
    """Return all profiles by id, read once from `synonyms/`."""
    raw: dict[str, Any] = {}
    for path in sorted(SYNONYMS.glob("*.json")):
        if path.stem != GENERIC:
            raw |= json.loads(path.read_text(encoding="utf-8"))
    return {name: _profile(name, raw) for name in raw}


def _profile(name: str, raw: dict[str, Any]) -> Profile:
    entry = raw[name]
    headers = raw[entry["like"]]["headers"] | entry["headers"] if "like" in entry else entry["headers"]
    index = HeaderIndex()
    for field_name, labels in headers.items():
        for label in [labels] if isinstance(labels, str) else labels:
            index.add(label, field_name)
    ignored, kept = entry.get("ignored", []), entry.get("kept", [])
    for label in (*ignored, *kept):
        index.add(label, None)
    return Profile(
        id=name,
        product=entry["product"],
        language=entry["language"],
        record=entry["record"],
        dates=entry.get("dates"),
        index=index,
        ignored=frozenset(map(header_key, ignored)),
        needs=frozenset(map(header_key, entry.get("needs", ()))),
        size=len(index.exact_keys()) - len(ignored) - len(kept),
    )


@dataclass(frozen=True)
class GenericTable:
    """Headers of any origin: words of six languages first, then what all profiles agree on."""

    words: HeaderIndex
    union: HeaderIndex
    choices: dict[str, list[str]]
    languages: dict[str, set[str]]

    def is_common(self, key: str) -> bool:
        """Tell whether people who make a sheet by hand write this header too."""
        return key in self.choices or bool(self.words.find(key)[0])

    def candidates(self, key: str) -> list[str]:
        """Return what `key` may mean, best first, as "field" or "field if condition"."""
        choice = self.choices.get(key) or self.choices.get(fold(key))
        if choice:
            return choice
        for index in (self.words, self.union):
            fields, _accents = index.find(key)
            if fields:
                return [name for name in fields if name]
        return []


@cache
def generic_table() -> GenericTable:
    """Return the table for headers that no recognised source explains, read once."""
    raw = json.loads((SYNONYMS / f"{GENERIC}.json").read_text(encoding="utf-8"))
    words, union = HeaderIndex(), HeaderIndex()
    languages: dict[str, set[str]] = {}
    for language, fields in raw["languages"].items():
        for field_name, labels in fields.items():
            for label in labels:
                words.add(label, field_name)
                languages.setdefault(header_key(label), set()).add(language)
    for profile in profiles().values():
        for key in profile.index.exact_keys():
            languages.setdefault(key, set()).add(profile.language[:2])
            for name in profile.index.fields_of(key):
                if name and name not in _NOT_GENERIC:
                    union.add(key, name)
    choices = {header_key(key): fields for key, fields in raw["choices"].items()}
    choices |= {fold(key): fields for key, fields in choices.items()}
    return GenericTable(words, union, choices, languages)
