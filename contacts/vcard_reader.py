"""Puts one card together from its lines: which property fills which field, and what is kept as unknown."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any
from urllib.parse import unquote_to_bytes

from .vcard_card import (
    ADDRESS_PARTS,
    Address,
    Card,
    ContactPoint,
    Handle,
    Limits,
    Photo,
    Problem,
    mark_preferred,
    size_text,
)
from .vcard_lexer import Property, escape, lex_line, raw_text, unescape
from .vcard_lines import CardLines
from .vcard_values import (
    SERVICES,
    address_text,
    has_new_words,
    name_of_parts,
    one_line,
    phone_kind,
    place_kind,
    plain_label,
    read_day,
    read_phone,
    read_photo,
    several_lines,
    split_scheme,
)

_ADDRESS_LINES = frozenset(("extended", "street"))  # may hold line ends

# Properties of one text of one line: name in the file -> field.
_SINGLE = {
    "VERSION": "version", "FN": "display_name", "TITLE": "job_title", "ROLE": "role", "UID": "uid",
    "X-PHONETIC-FIRST-NAME": "phonetic_first_name", "X-PHONETIC-MIDDLE-NAME": "phonetic_middle_name",
    "X-PHONETIC-LAST-NAME": "phonetic_last_name",
}  # fmt: skip
_NAME_PARTS = ("last_name", "first_name", "middle_name", "prefix", "suffix")
_DAYS = {
    "BDAY": "birthday", "ANNIVERSARY": "anniversary", "X-ANNIVERSARY": "anniversary",
    "X-MS-ANNIVERSARY": "anniversary", "X-EVOLUTION-ANNIVERSARY": "anniversary",
    "X-KADDRESSBOOK-X-ANNIVERSARY": "anniversary",
}  # fmt: skip


class CardReader:
    """Puts one card together.

    The method of a property says whether it took all of it; if not, the line is kept among the unknown ones.
    """

    def __init__(self, lines: CardLines, limits: Limits) -> None:
        self.lines = lines
        self.limits = limits
        self.problems = lines.problems
        self.values: dict[str, Any] = {}
        self.unknown: list[str] = []
        self.labels: dict[str, str] = {}  # group -> the text of its X-ABLabel
        self.emails: list[tuple[int, ContactPoint]] = []  # with their order of preference, 0 = none
        self.phones: list[tuple[int, ContactPoint]] = []
        self.websites: list[tuple[int, ContactPoint]] = []
        self.addresses: list[Address] = []
        self.formatted_addresses: list[Property] = []
        self.handles: list[Handle] = []
        self.languages: list[tuple[int, str, Property]] = []
        self.nicknames: list[str] = []
        self.notes: list[str] = []
        self.categories: dict[str, None] = {}
        self.photo: Photo | None = None
        self.photo_elsewhere = False
        self.shown_as_company = False
        self.is_group = False

    def read(self) -> Card:
        labels: list[Property] = []
        understood_groups: dict[str, bool] = {}
        for prop in self._properties():
            name, group = prop.head.name, prop.head.group
            if name == "X-ABLABEL":
                labels.append(prop)
                continue
            handler = _HANDLERS.get(name)
            understood = handler is not None and handler(self, prop)
            if not understood:
                self.unknown.append(prop.unfolded_text())
            if group:
                understood_groups[group] = understood or understood_groups.get(group, False)
        if self.formatted_addresses:
            self._use_formatted_addresses()
        self.unknown += [prop.unfolded_text() for prop in labels if not understood_groups.get(prop.head.group)]
        return self._card()

    def _properties(self) -> list[Property]:
        found = []
        for number, content in self.lines.lines:
            prop = lex_line(number, content, self.problems)
            if prop is not None:
                found.append(prop)
                if prop.head.name == "X-ABLABEL":
                    self.labels[prop.head.group] = plain_label(prop.text())
            elif content.strip():
                text = raw_text(content)
                self.problems.append(Problem(number, "not_a_property", one_line(text)[:60]))
                self.unknown.append(text)
        return found

    def _card(self) -> Card:
        values = self.values
        emails, phones = mark_preferred(self.emails), mark_preferred(self.phones)
        written, organization = values.get("display_name", ""), values.get("organization", "")
        parts = {part: values.get(part, "") for part in _NAME_PARTS}
        is_firm = organization != "" and written.casefold() in ("", organization.casefold())
        name = written or name_of_parts(**parts) or organization
        values["display_name"] = name or next((point.value for point in (*emails, *phones)), "")
        error = "group_card" if self.is_group else "" if values["display_name"] else "empty_card"
        return Card(
            line=self.lines.line,
            is_company=self.shown_as_company or (is_firm and not any(parts.values())),
            nickname=", ".join(dict.fromkeys(self.nicknames)),
            emails=emails,
            phones=phones,
            addresses=self.addresses,
            websites=mark_preferred(self.websites),
            handles=self.handles,
            notes="\n\n".join(self.notes),
            categories=list(self.categories),
            photo=self.photo,
            has_photo=self.photo is not None or self.photo_elsewhere,
            language=self._language() if self.languages else "",
            unknown=self.unknown,
            problems=sorted(self.problems, key=lambda problem: problem.line),
            error=Problem(self.lines.line, error) if error else None,
            **values,
        )

    def _language(self) -> str:
        """The preferred language; the others go to the unknown lines."""
        best = min(self.languages, key=lambda entry: entry[0] or inf)
        self.unknown += [entry[2].unfolded_text() for entry in self.languages if entry is not best]
        return best[1]

    def _label(self, prop: Property) -> str:
        head = prop.head
        return (self.labels.get(head.group, "") if head.group else "") or head.label

    def _set(self, prop: Property, name: str, text: str) -> bool:
        """Fill a field that a card has once: the first text counts."""
        if not text or self.values.setdefault(name, text) == text:
            return True
        prop.report("repeated")
        return False

    def single(self, prop: Property) -> bool:
        return self._set(prop, _SINGLE[prop.head.name], one_line(prop.text()))

    def name(self, prop: Property) -> bool:
        parts = [one_line(part) for part in prop.components()]
        if not any(parts):
            return True
        if any(name in self.values for name in _NAME_PARTS):
            prop.report("repeated")
            return False
        self.values.update(zip(_NAME_PARTS, parts, strict=False))
        if any(parts[len(_NAME_PARTS) :]):
            prop.report("extra_components")
            return False
        return True

    def organization(self, prop: Property) -> bool:
        name, *units = [one_line(part) for part in prop.components()]
        department = " / ".join(filter(None, units))
        if not name and not department:
            return True
        if "organization" in self.values:
            known = (self.values["organization"], self.values["department"])
            if known == (name, department):
                return True
            prop.report("repeated")
            return False
        self.values["organization"] = name
        self.values["department"] = department
        return True

    def email(self, prop: Property) -> bool:
        value = address_text(prop.text())
        value = value[7:] if value[:7].lower() == "mailto:" else value
        return self._add_point(self.emails, prop, value, place_kind)

    def phone(self, prop: Property) -> bool:
        scheme, value, ext = read_phone(address_text(prop.text()), prop.head.params.get("X-EXT", ""))
        if scheme and value:
            self._add_handle(prop, scheme, value)
            return True
        return self._add_point(self.phones, prop, value, phone_kind, ext)

    def website(self, prop: Property) -> bool:
        return self._add_point(self.websites, prop, address_text(prop.text()), place_kind)

    def _add_point(
        self,
        points: list[tuple[int, ContactPoint]],
        prop: Property,
        value: str,
        kind_of: Callable[[frozenset[str], str], str],
        ext: str = "",
    ) -> bool:
        if value:
            label = self._label(prop)
            point = ContactPoint(value, kind_of(prop.head.types, label), label=label, ext=ext)
            points.append((prop.head.pref, point))
        return True

    def address(self, prop: Property) -> bool:
        texts = prop.components()
        parts = {
            name: several_lines(text) if name in _ADDRESS_LINES else one_line(text)
            for name, text in zip(ADDRESS_PARTS, texts, strict=False)
        }
        if not any(parts.values()):
            parts["street"] = several_lines(unescape(prop.head.params.get("LABEL", "")))
        if any(parts.values()):
            self._add_address(prop, parts)
        self._keep_further_parts(prop, " ".join(texts[: len(ADDRESS_PARTS)]), texts[len(ADDRESS_PARTS) :])
        return True

    def _keep_further_parts(self, prop: Property, address: str, texts: list[str]) -> None:
        """Google and RFC 9554 repeat the address behind its seven parts; only what is new there is kept."""
        further = one_line(", ".join(filter(None, texts)))
        if has_new_words(further, address):
            prop.report("extra_components")
            self.unknown.append(f"X-ADR-EXTRA:{escape(further)}")

    def _add_address(self, prop: Property, parts: dict[str, str]) -> None:
        label = self._label(prop)
        self.addresses.append(Address(place_kind(prop.head.types, label), label=label, **parts))

    def formatted_address(self, prop: Property) -> bool:
        self.formatted_addresses.append(prop)
        return True

    def _use_formatted_addresses(self) -> None:
        """LABEL repeats what ADR says in parts; it is the address only where there is no ADR."""
        if self.addresses:
            self.unknown += [prop.unfolded_text() for prop in self.formatted_addresses]
            return
        for prop in self.formatted_addresses:
            street = several_lines(prop.text())
            if street:
                self._add_address(prop, {"street": street})

    def handle(self, prop: Property) -> bool:
        value = address_text(prop.text())
        params = prop.head.params
        named = SERVICES[prop.head.name]
        service = named or params.get("X-SERVICE-TYPE", "") or params.get("SERVICE-TYPE", "")
        scheme, rest = split_scheme(value)
        if scheme not in ("", "http", "https") and named in ("", scheme):
            service, value = service or scheme, rest
        if value:
            self._add_handle(prop, service or prop.head.label, value)
        return True

    def _add_handle(self, prop: Property, service: str, value: str) -> None:
        label = self.labels.get(prop.head.group, "")
        kind = place_kind(prop.head.types, label)
        self.handles.append(Handle(one_line(service).lower(), value, kind, label))

    def day(self, prop: Property, name: str = "") -> bool:
        text, understood = read_day(prop.text(), prop.head)
        if not understood and text:
            prop.report("bad_date", text[:40])
        return self._set(prop, name or _DAYS[prop.head.name], text)

    def labelled_day(self, prop: Property) -> bool:
        is_anniversary = self._label(prop).lower() in ("anniversary", "aniversario")
        return is_anniversary and self.day(prop, "anniversary")

    def android_entry(self, prop: Property) -> bool:
        """`X-ANDROID-CUSTOM:vnd.android.cursor.item/<what>;<value>;<type>;...` (ContactsContract)."""
        what, value, kind, *rest = [*prop.components(), "", "", ""]
        if any(rest):
            return False
        match what.rpartition("/")[2], kind:
            case "nickname", _:
                self.nicknames.append(one_line(value))
                return True
            case "contact_event", "1" | "3":
                text, understood = read_day(value, prop.head)
                return understood and self._set(prop, "anniversary" if kind == "1" else "birthday", text)
        return False

    def note(self, prop: Property) -> bool:
        text = several_lines(prop.text())
        if text:
            self.notes.append(text)
        return True

    def nickname(self, prop: Property) -> bool:
        self.nicknames += filter(None, map(one_line, prop.components(",")))
        return True

    def category(self, prop: Property) -> bool:
        self.categories.update(dict.fromkeys(filter(None, map(one_line, prop.components(",")))))
        return True

    def sound(self, prop: Property) -> bool:
        """Japanese phones put how the name is spoken here (`SOUND;X-IRMC-N`, in the order of N)."""
        if "x-irmc-n" not in prop.head.types:
            return False
        last, first, middle, *_rest = [*map(one_line, prop.components()), "", "", ""]
        taken = self._set(prop, "phonetic_last_name", last)
        taken = self._set(prop, "phonetic_first_name", first) and taken
        return self._set(prop, "phonetic_middle_name", middle) and taken

    def photograph(self, prop: Property) -> bool:
        value, encoding = prop.value.strip(), prop.head.encoding
        if value[:5].lower() == b"data:":
            start, _comma, value = value.replace(b"\\", b"").partition(b",")
            if not start.lower().endswith(b";base64"):
                return False
            value, encoding = unquote_to_bytes(value), "base64"
        if not value:
            return True
        if encoding != "base64":
            if not split_scheme(value[:100].decode("latin-1"))[0]:
                return False
            self.photo_elsewhere = True
            return False
        if self.photo is not None:
            prop.report("repeated")
            return False
        self.photo, problem = read_photo(value, self.limits.photo)
        if problem:
            prop.report(problem, size_text(self.limits.photo) if problem == "photo_too_large" else "")
        return True

    def card_kind(self, prop: Property) -> bool:
        kind = prop.text().strip().lower()
        self.is_group = self.is_group or kind == "group"
        self.shown_as_company = self.shown_as_company or kind in ("org", "organization")
        return kind in ("", "individual", "org", "organization", "group")

    def shown_as(self, prop: Property) -> bool:
        is_company = prop.text().strip().upper() == "COMPANY"
        self.shown_as_company = self.shown_as_company or is_company
        return is_company

    def spoken_language(self, prop: Property) -> bool:
        text = one_line(prop.text())
        if text:
            self.languages.append((prop.head.pref, text, prop))
        return True

    def agent(self, prop: Property) -> bool:
        if prop.value.strip() and b"BEGIN:VCARD" not in prop.value.upper():
            return False  # the address of the agent's card
        prop.report("agent_ignored")
        return True

    def not_needed(self, prop: Property) -> bool:
        """What says something about the file alone and is written anew on export."""
        return True


_HANDLERS: dict[str, Callable[[CardReader, Property], bool]] = {
    **dict.fromkeys(_SINGLE, CardReader.single),
    **dict.fromkeys(SERVICES, CardReader.handle),
    **dict.fromkeys(_DAYS, CardReader.day),
    **dict.fromkeys(("TEL", "X-MS-TEL"), CardReader.phone),
    **dict.fromkeys(("KIND", "X-ADDRESSBOOKSERVER-KIND"), CardReader.card_kind),
    **dict.fromkeys(("BEGIN", "END", "PRODID", "PROFILE", "REV", "X-IMPORT-ERROR"), CardReader.not_needed),
    "N": CardReader.name,
    "ORG": CardReader.organization,
    "EMAIL": CardReader.email,
    "ADR": CardReader.address,
    "LABEL": CardReader.formatted_address,
    "URL": CardReader.website,
    "X-ABDATE": CardReader.labelled_day,
    "X-ANDROID-CUSTOM": CardReader.android_entry,
    "NOTE": CardReader.note,
    "NICKNAME": CardReader.nickname,
    "CATEGORIES": CardReader.category,
    "SOUND": CardReader.sound,
    "PHOTO": CardReader.photograph,
    "X-ABSHOWAS": CardReader.shown_as,
    "LANG": CardReader.spoken_language,
    "AGENT": CardReader.agent,
}
