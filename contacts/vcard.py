"""Reads vCard files (2.1, 3.0, 4.0, and what phones make of them) into cards that a contact can be made of.

The way of a file: `vcard_lines` cuts it into cards of unfolded lines, `vcard_lexer` reads a line,
`vcard_values` says what its value means, and `vcard_reader` puts the card together.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

from .vcard_card import (
    ADDRESS_PARTS,
    DEFAULT_LIMITS,
    Address,
    Card,
    ContactPoint,
    Handle,
    Limits,
    NotAVCardFile,
    Photo,
    Problem,
    VCardFileError,
    VCardFileTooLarge,
)
from .vcard_lexer import escape
from .vcard_lines import looks_like_vcard, scan_cards
from .vcard_reader import CardReader

__all__ = [
    "DEFAULT_LIMITS",
    "Address",
    "Card",
    "ContactPoint",
    "Handle",
    "Limits",
    "NotAVCardFile",
    "Photo",
    "Problem",
    "VCardFileError",
    "VCardFileTooLarge",
    "card_values",
    "lines_to_keep",
    "looks_like_vcard",
    "raw_cards",
    "read_card",
    "read_cards",
]


def read_cards(source: BinaryIO | bytes, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[Card]:
    """The cards of a file, one by one and in its order, whatever is wrong with their neighbours.

    `source` is a file open for reading bytes, or the bytes. Memory stays within a few times the largest card.
    Raises, when the iteration gets there, NotAVCardFile (no card in the file) or VCardFileTooLarge.
    """
    for lines in scan_cards(source, limits):
        yield CardReader(lines, limits).read()


def raw_cards(source: BinaryIO | bytes, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[list[bytes]]:
    """The unfolded lines of each card as they stand, without BEGIN and END, in the order of `read_cards`."""
    for lines in scan_cards(source, limits):
        yield [line for _number, line in lines.lines]


def read_card(source: BinaryIO | bytes, number: int, *, limits: Limits = DEFAULT_LIMITS) -> Card | None:
    """The card of that number, from 1 in the order of `read_cards`; those before it are only cut out."""
    lines = next(islice(scan_cards(source, limits), number - 1, None), None)
    return None if lines is None else CardReader(lines, limits).read()


def card_values(card: Card) -> dict[str, Any]:
    """The fields of a card as plain values for reports: text, lists of text, lists of dictionaries."""
    values: dict[str, Any] = {name: getattr(card, name) for name in _PLAIN_VALUES}
    for name in ("emails", "phones"):
        values[name] = [
            {"value": point.value, "kind": point.kind, "primary": point.primary} for point in getattr(card, name)
        ]
    values["addresses"] = [
        {name: getattr(address, name) for name in ("kind", *ADDRESS_PARTS)} for address in card.addresses
    ]
    values["websites"] = [website.value for website in card.websites]
    values["categories"] = list(card.categories)
    return values


def lines_to_keep(card: Card) -> list[str]:
    """The unfolded lines of what a contact has no field for, to be stored with it and written back."""
    understood = (
        ("ROLE", card.role),
        ("ANNIVERSARY", card.anniversary),
        ("X-PHONETIC-MIDDLE-NAME", card.phonetic_middle_name),
    )
    return [*(f"{name}:{escape(text)}" for name, text in understood if text), *card.unknown]


_PLAIN_VALUES = (
    "prefix", "first_name", "middle_name", "last_name", "suffix", "display_name", "is_company",
    "organization", "department", "job_title", "birthday", "notes", "uid", "has_photo",
)  # fmt: skip
