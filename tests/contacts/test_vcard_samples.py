"""Reads the vCard files of others (CRM_SAMPLE_FILES) and compares each card with its expectation file."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contacts.vcard import (
    Card,
    ContactPoint,
    NotAVCardFile,
    card_values,
    lines_to_keep,
    looks_like_vcard,
    read_cards,
)

FOLDER = os.environ.get("CRM_SAMPLE_FILES", "")
FILES = sorted(Path(FOLDER).rglob("*.vcf")) if FOLDER else []
NAME_FIELDS = ("last_name", "first_name", "middle_name", "prefix", "suffix")
ADDRESS_NAMES = {
    "kind": "kind",
    "pobox": "po_box",
    "ext": "extended",
    "street": "street",
    "city": "city",
    "region": "region",
    "postcode": "postcode",
    "country": "country",
}
NEVER_IN_A_VALUE = re.compile(r"\ufffd|=C3=|\\n|\bundefined\b|\bnull\b|_\$!<")
# What is read otherwise than the expectations say, and why.
DEVIATIONS = {
    # A repeated ORG in UTF-8, but for one stray byte at its end: only that byte is read as Windows-1252.
    "Ã‘" * 44 + "€": "Ñ" * 44 + "€",
}

pytestmark = pytest.mark.samples


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_reads_the_file_as_its_expectation_says(path: Path) -> None:
    expectation = json.loads(path.with_suffix(".expect.json").read_text(encoding="utf-8"))
    accepted = expectation["accept_card_counts"]
    if not looks_like_vcard(path.read_bytes()):
        assert 0 in accepted
        with pytest.raises(NotAVCardFile, match="vCard"):
            list(read_cards(path.read_bytes()))
        return
    cards = list(read_cards(path.read_bytes()))
    usable = [card for card in cards if card.error is None]
    assert len(usable) in accepted
    for card in cards:
        assert card.error is None or card.error.message
    if len(cards) != len(expectation["cards"]):
        assert usable == expectation["cards"] == []
        return
    if expectation.get("order") == "any":
        cards.sort(key=lambda card: card.display_name)
        expectation["cards"].sort(key=lambda expected: expected["display_name"])
    for card, expected in zip(cards, expectation["cards"], strict=True):
        compare_card(card, expected, set(expectation.get("relaxed", ())) | set(expected.get("relaxed", ())))


def compare_card(card: Card, expected: dict, relaxed: set[str]) -> None:
    """Hold everything the expectation says against the card; what it leaves out must be empty in the card."""
    found = {
        "display_name": card.display_name,
        **{name: getattr(card, name) for name in NAME_FIELDS},
        "is_company": card.is_company,
        "nickname": card.nickname,
        "job_title": card.job_title,
        "role": card.role,
        "uid": card.uid,
        "has_photo": card.has_photo,
        "categories": card.categories,
        "urls": [website.value for website in card.websites],
        "organization": {"name": card.organization, "units": card.department},
        "birthday": card.birthday,
        "emails": [point(email) for email in card.emails],
        "phones": [point(phone) for phone in card.phones],
        "addresses": [
            {theirs: getattr(address, ours) for theirs, ours in ADDRESS_NAMES.items()} for address in card.addresses
        ],
    }
    empty = {"has_photo": False, "urls": [], "categories": [], "organization": {}, "nickname": None}
    for name, value in found.items():
        wanted = expected.get(name, empty.get(name, ""))
        if name not in relaxed and wanted is not None:
            assert matches(name, wanted, value), f"{name}: {value!r} is not {wanted!r}"
    if "anniversary" in expected:
        assert matches("birthday", expected["anniversary"], card.anniversary)
    compare_labels(card, expected)
    for note in expected.get("notes", ()):
        assert text(note) in text(card.notes)
    assert ("notes" in expected) == bool(card.notes)
    compare_others(card, expected)
    for value in texts_in(card_values(card)):
        assert NEVER_IN_A_VALUE.search(value) is None


def compare_labels(card: Card, expected: dict) -> None:
    for name in ("emails", "phones", "addresses"):
        if isinstance(expected[name], list):
            for wanted, found in zip(expected[name], getattr(card, name), strict=True):
                assert wanted.get("label", found.label) == found.label
                assert wanted.get("ext", "") == getattr(found, "ext", "") or name == "addresses"


def compare_others(card: Card, expected: dict) -> None:
    """Further organizations and titles are kept among the lines that are written back."""
    kept = [
        other
        for line in lines_to_keep(card)
        for other in read_cards(f"BEGIN:VCARD\nFN:x\n{line}\nEND:VCARD\n".encode())
    ]
    organizations = [entry["name"] for entry in expected.get("other_organizations", ())]
    for organization in (DEVIATIONS.get(name, name) for name in organizations):
        assert organization in (card.organization, *(other.organization for other in kept))
    assert expected.get("other_titles", []) == [other.job_title for other in kept if other.job_title]


def texts_in(values: object) -> Iterator[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, dict):
        yield from texts_in(list(values.values()))
    elif isinstance(values, list):
        for value in values:
            yield from texts_in(value)


def point(entry: ContactPoint) -> dict:
    return {"value": entry.value, "kind": entry.kind, "preferred": entry.primary}


def text(value: str) -> str:
    return re.sub(r"[ \t]+", " ", value.replace("\r\n", "\n")).strip()


def phone_digits(value: str) -> str:
    return re.sub(r"[\W_]", "", value) if re.search(r"\d", value) else text(value)


def matches(name: str, wanted: object, found: object) -> bool:
    """Whether a value is what the expectation names, by the rules of the sample files."""
    if isinstance(wanted, dict) and "any_of" in wanted:
        return any(matches(name, choice, found) for choice in wanted["any_of"])
    if name == "organization":
        units = " / ".join(map(text, wanted.get("units", ())))
        return (text(wanted.get("name", "")), units) == (found["name"], found["units"])
    if name == "birthday":
        return found == written_day(wanted)
    if name == "nickname":
        return found == ", ".join(wanted)
    if isinstance(wanted, list):
        return len(wanted) == len(found) and all(map(matches, [name] * len(wanted), wanted, found))
    if isinstance(wanted, dict):
        return all(matches(name, wanted.get(key, ""), value) for key, value in found.items())
    if isinstance(wanted, str):
        compare = phone_digits if name == "phones" else text
        return compare(wanted) == compare(found)
    return wanted == found


def written_day(wanted: object) -> str:
    if isinstance(wanted, dict) and "month" in wanted:
        return f"--{wanted['month']:02}-{wanted['day']:02}"
    return wanted if isinstance(wanted, str) else wanted.get("date") or wanted["text"]
