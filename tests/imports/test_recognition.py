"""Recognising the header row of a table and the program that wrote it."""

from unittest.mock import Mock

import pytest

from imports import header_synonyms
from imports.header_synonyms import PRODUCT_NAMES, header_key, profiles
from imports.recognition import count_known_headers, find_header, recognise_source


def headers_of(source: str) -> list[str]:
    """Return the header row of a profile as its program writes it (numbered columns once)."""
    return [key.replace("#", "1") for key in profiles()[source].index.exact_keys()]


@pytest.mark.parametrize("source", profiles())
def test_recognises_each_program_by_its_own_columns(source: str) -> None:
    match = recognise_source(headers_of(source))
    assert match is not None
    assert match.id == source
    assert match.share == 1
    assert match.name == str(PRODUCT_NAMES[profiles()[source].product])


@pytest.mark.parametrize(
    "source",
    ["outlook-desktop-es", "outlook-desktop-fr", "google-contacts-2024", "thunderbird-de"],
)
def test_recognises_a_program_by_half_of_its_columns_in_any_order(source: str) -> None:
    header = ["Our own column", *reversed(headers_of(source)[::2]), "Another one"]
    match = recognise_source(header)
    assert match is not None
    assert match.id == source


def test_mixed_languages_of_one_program_are_one_source() -> None:
    header = """Title|Nombre|Apellidos|Suffix|Organización|Puesto|Calle del trabajo|Home Street|Particular
        |Mobile Phone|E-mail Address|Birthday|Notes|Página Web|Devolución de llamada"""
    match = recognise_source(header.split("|"))
    assert match is not None
    assert (match.id, match.share, match.language) == ("outlook-desktop-es", 1, "es")


ADDRESS = ["Calle del trabajo", "Ciudad de trabajo", "Código postal del trabajo", "Otra calle", "Otra ciudad"]


@pytest.mark.parametrize(
    ("header", "source"),
    [
        (["Nombre", "Apellidos", "Organización", "Puesto", *ADDRESS, "Particular"], "outlook-desktop-es"),
        (
            ["Nombre", "Apellidos", *ADDRESS, "Teléfono móvil", "Dirección de correo electrónico", "Notas"],
            "outlook-desktop-es-translated",
        ),
        (["Nombre", "Apellidos", *ADDRESS, "Teléfono movil"], "outlook-es-access-link"),
    ],
)
def test_some_columns_of_a_spanish_outlook_are_outlook_without_those_of_access(header: list[str], source: str) -> None:
    match = recognise_source(header)
    assert match is not None
    assert match.id == source


def test_accents_case_blanks_and_apostrophes_do_not_matter() -> None:
    header = [
        "PRENOM",
        "nom de  famille",
        "Nom a afficher",
        "Nom de l’écran",
        "Adresse electronique principale",
    ]
    match = recognise_source(header)
    assert match is not None
    assert match.id == "thunderbird-fr"


@pytest.mark.parametrize(
    "header",
    [
        ["First Name", "Last Name", "Company", "Email", "Phone"],
        ["Nombre", "Apellidos", "Empresa", "Teléfono"],
        ["Name", "Notes"],
        ["column1", "column2"],
        ["", "  "],
        [],
    ],
)
def test_a_sheet_made_by_hand_is_no_programs(header: list[str]) -> None:
    assert recognise_source(header) is None


def test_counts_each_known_header_once() -> None:
    assert count_known_headers(["Email", "email", "E-mail 7 Address", "Zwölf", ""]) == 1


@pytest.mark.parametrize(
    ("records", "position"),
    [
        ([["First name", "Last name"], ["Ana", "Ruiz"]], 0),
        ([["Report"], [], ["First name", "Last name"], ["Ana", "Ruiz"]], 2),
        ([["Group A", "", "Group B", ""], ["Name", "Email", "Phone", "City"], ["Ana", "", "", ""]], 1),
        ([["colour", "size"], ["red", "12"]], 0),
        ([["First name", "Email", f"What may we {'really ' * 20}send you?"], ["Ana", "ana@ruiz.example", "all"]], 0),
        ([["Ana", "ana@ruiz.example"], ["Luis", "luis@gil.example"]], None),
        ([["12", "13"], ["14", "15"]], None),
        ([["2024-05-01", "x"], ["2024-05-02", "y"]], None),
        ([["www.ruiz.example", "x"]], None),
        ([["same", "same"], ["a", "b"]], None),
        ([["x", "y"], ["Name", "Email"], ["Ana", "z"]], 0),  # a row among rows, not a header below data
        ([["Email"], ["a@b.example"]], 0),
        ([["a@b.example"], ["c@d.example"]], None),
        (
            [
                ["Title of the report, by hand"],
                ["kind", "size", "colour"],
                ["a", "1", "red"],
                ["b", "2", "blue"],
            ],
            1,
        ),
        ([list("abcdefghi"), ["Company", "Notes", *"bcdefghij"], list("klmnopqrs")], 0),  # words in a wide row
        ([], None),
    ],
)
def test_finds_the_header_row(records: list[list[str]], position: int | None) -> None:
    assert find_header(records) == position


def test_a_header_key_forgets_what_people_type_differently() -> None:
    assert header_key("\ufeff Téléphone  de l’Assistant\u00a0") == header_key("TÉLÉPHONE de l'assistant")


def test_an_endless_header_costs_no_more_than_its_beginning() -> None:
    assert len(header_key("x" * 100_000)) == 200


def test_a_thousand_headers_are_numbered_once_and_not_for_every_program(monkeypatch) -> None:
    searched = Mock(wraps=header_synonyms._NUMBER)
    monkeypatch.setattr(header_synonyms, "_NUMBER", searched)
    recognise_source([f"Kolumne {number} x" for number in range(1_000)])
    assert searched.search.call_count <= 3_000


def test_a_header_of_equal_names_is_one_where_the_rows_differ_from_it() -> None:
    assert find_header([["Note"] * 900, ["red"] * 900]) == 0
    assert find_header([["Barcelona", "Barcelona"], ["Barcelona", "Barcelona"]]) is None
    assert find_header([["Ana", "Barcelona", "Barcelona"], ["Eva", "Madrid", "Madrid"]]) is None
