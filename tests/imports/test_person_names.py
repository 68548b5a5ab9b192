"""Suggesting the parts of full names."""

import pytest
from nameparser import HumanName

from imports.person_names import NameParts, suggest_parts


@pytest.mark.parametrize(
    ("name", "language", "parts"),
    [
        ("Ana Ruiz", "es", NameParts(first="Ana", last="Ruiz")),
        ("Ana López Ruiz", "es", NameParts(first="Ana", last="López Ruiz")),
        ("José Luis Pérez Gil", "pt", NameParts(first="José Luis", last="Pérez Gil")),
        ("John Quincy Public", "en", NameParts(first="John", middle="Quincy", last="Public")),
        ("López Gómez, Ana", "es", NameParts(first="Ana", last="López Gómez")),
        ("Dr. Juan de la Vega III", "en", NameParts("Dr.", "Juan", "", "de la Vega", "III")),
        ("Dr House", "en", NameParts("Dr", "", "", "House")),
        ("Cher", "en", NameParts(first="Cher")),
        ("", "en", NameParts()),
        ("x " * 500, "en", NameParts()),
    ],
)
def test_suggests_parts(name: str, language: str, parts: NameParts) -> None:
    assert suggest_parts(name, language) == parts


@pytest.mark.parametrize("name", ["Ada Lovelace", "Karl Otto Weiss", "Maria Anna Sofia Rossi", "Ñusta Ibáñez"])
def test_the_short_way_says_what_the_library_says(name: str) -> None:
    parsed = HumanName(name)
    assert suggest_parts(name) == NameParts(parsed.title, parsed.first, parsed.middle, parsed.last, parsed.suffix)
