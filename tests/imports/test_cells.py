"""Cleaning cells and taking apart those that hold several things."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.cells import (
    Email,
    Label,
    clean_cell,
    is_plausible_phone,
    read_label,
    read_yes_no,
    split_categories,
    split_emails,
    split_phones,
    split_values,
)

FILLERS = """-None-|0/0/00|00/00/00|0.0.00|00/00/0000|0000-00-00|Unspecified|Keine Angabe|No especificado
|Non specificato|Non spécifié|Não especificado|NULL|null|undefined|#N/A|\u00a0|"""
VALUES = """00045742 150 Palmer Drive|08035|0034600555014|4111111111111111111|Null|None|0|-|l'Horta|'quoted'
|a  b"""


@pytest.mark.parametrize("text", [text.strip("\n") for text in FILLERS.split("|")])
def test_fillers_for_nothing_are_empty(text: str) -> None:
    assert clean_cell(f" {text} ") == ""


@pytest.mark.parametrize("text", ["two\nlines", *(text.strip("\n") for text in VALUES.split("|"))])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert clean_cell(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("'=1+1", "=1+1"),
        ("'+34 600 555 014", "+34 600 555 014"),
        ("'-x", "-x"),
        ("'@home", "@home"),
        ("' =1", "=1"),
        ("'\tx", "x"),
        ("''=1", "''=1"),
        ("  Ana\r\nRuiz\rGil\n", "Ana\nRuiz\nGil"),
        ("\u202a+34 600\u202c", "+34 600"),
        ("\ufeffAna\u200b", "Ana"),
        ("\u200b0/0/00", ""),
    ],
)
def test_takes_off_what_does_not_belong_to_the_value(text: str, clean: str) -> None:
    assert clean_cell(text) == clean


@given(st.text())
def test_a_clean_cell_is_clean(text: str) -> None:
    clean = clean_cell(text)
    assert clean == clean.strip()
    assert "\r" not in clean
    if not clean.startswith("'"):  # two guards, one under the other, are taken off one by one
        assert clean_cell(clean) == clean


@pytest.mark.parametrize(
    ("text", "emails", "beside"),
    [
        ("a@b.example", [Email("a@b.example")], ""),
        ("Ana <a@b.example>", [Email("a@b.example", "Ana")], ""),
        (
            '"Ruiz, Ana" <a@b.example>; c@d.example',
            [Email("a@b.example", "Ruiz, Ana"), Email("c@d.example")],
            "",
        ),
        ("a@b.example, c@d.example", [Email("a@b.example"), Email("c@d.example")], ""),
        (
            "a@b.example c@d.example\ne@f.example",
            [Email("a@b.example"), Email("c@d.example"), Email("e@f.example")],
            "",
        ),
        ("a@b.example ::: c@d.example", [Email("a@b.example"), Email("c@d.example")], ""),
        ("a@b.example/c@d.example", [Email("a@b.example"), Email("c@d.example")], ""),
        ("mailto:a@b.example", [Email("a@b.example")], ""),
        ("<a@b.example>", [Email("a@b.example")], ""),
        ("'a@b.example'", [Email("a@b.example")], ""),
        ("a@b.example (home)", [Email("a@b.example")], "home"),
        ("o'neil@b.example", [Email("o'neil@b.example")], ""),
        ("josé@ñandú.example", [Email("josé@ñandú.example")], ""),
        ("contact1@invalid", [Email("contact1@invalid", "", "email_domain")], ""),
        ("nobody", [Email("nobody", "", "invalid_email")], ""),
        ("a@@b.example", [Email("a@@b.example", "", "invalid_email")], ""),
        ("a..b@c.example", [Email("a..b@c.example", "", "invalid_email")], ""),
        ("a@b..example", [Email("a@b..example", "", "invalid_email")], ""),
        ("/O=FIRM/OU=EXCHANGE/CN=ANA", [Email("/O=FIRM/OU=EXCHANGE/CN=ANA", "", "invalid_email")], ""),
    ],
)
def test_finds_all_addresses_of_a_cell(text: str, emails: list[Email], beside: str) -> None:
    assert split_emails(text) == (emails, beside)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("+34 600 555 014", ["+34 600 555 014"]),
        ("600555014 / 600555015", ["600555014", "600555015"]),
        ("600555014;600555015\n600555016", ["600555014", "600555015", "600555016"]),
        ("+34 600 555 014 ::: 976 555 015", ["+34 600 555 014", "976 555 015"]),
        ("600555014, +34 976555015", ["600555014", "+34 976555015"]),
        ("555/123-4567", ["555/123-4567"]),
        ("600 11;12", ["600 11;12"]),
        ("600555014; ask Ana", ["600555014; ask Ana"]),
        ("tel:+1-418-656-9254;ext=102", ["+1-418-656-9254 ext. 102"]),
        ("tel:+34600555014", ["+34600555014"]),
        ("Front desk; ask", ["Front desk; ask"]),
    ],
)
def test_takes_several_numbers_apart_but_never_one(text: str, numbers: list[str]) -> None:
    assert split_phones(text) == numbers


@pytest.mark.parametrize(
    ("text", "plausible"),
    [
        ("(555) 123-4567 x12", True),
        ("91 555 01 01 ext. 12", True),
        ("+49 (0)221 555-0100", True),
        ("112", True),
        ("12", False),
        ("3.46E+10", False),
        ("BusinessPhone", False),
        ("0" * 25, False),
        ("", False),
    ],
)
def test_tells_numbers_from_texts(text: str, plausible: bool) -> None:
    assert is_plausible_phone(text) is plausible


def test_values_that_google_joins_are_taken_apart() -> None:
    assert split_values("a ::: b:::c") == ["a", "b", "c"]
    assert split_values("https://a.example:8000") == ["https://a.example:8000"]


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("Suppliers;VIP", ["Suppliers", "VIP"]),
        ("Suppliers, VIP, VIP", ["Suppliers", "VIP"]),
        ("a, b; c", ["a, b", "c"]),
        ("* myContacts ::: Clientes ::: * Friends", ["Clientes", "Friends"]),
        ("^one^,^two^", ["one", "two"]),
        ("* My Contacts", []),
    ],
)
def test_categories_of_every_program_are_a_list(text: str, categories: list[str]) -> None:
    assert split_categories(text) == categories


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Home", Label("home", "", False)),
        ("* Work", Label("work", "", True)),
        ("* ", Label("other", "", True)),
        ("Móvil", Label("mobile", "", False)),
        ("Home Fax", Label("fax_home", "", False)),
        ("Almacén", Label("other", "Almacén", False)),
        ("", Label("other", "", False)),
    ],
)
def test_reads_the_labels_beside_values(text: str, label: Label) -> None:
    assert read_label(text) == label


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("TRUE", True),
        ("Sí", True),
        ("x", True),
        ("Do Not Allow", True),
        ("0", False),
        ("Nein", False),
        ("perhaps", None),
    ],
)
def test_reads_yes_and_no(text: str, meaning: bool | None) -> None:
    assert read_yes_no(text) is meaning


@pytest.mark.parametrize(
    "junk", [" " * 90_000 + "@", "@" * 90_000, "1 " * 45_000, "1;" * 45_000, "a<" * 45_000, "," * 90_000]
)
def test_a_cell_full_of_junk_takes_no_time(junk: str) -> None:
    start = time.perf_counter()
    clean_cell(junk)
    split_emails(junk)
    split_phones(junk)
    is_plausible_phone(junk)
    split_categories(junk)
    assert time.perf_counter() - start < 0.5


def test_control_characters_are_left_out_and_a_vertical_tab_is_a_line_break() -> None:
    assert clean_cell("A\x01\x07na\x7f") == "Ana"
    assert clean_cell("Calle 1\x0bPiso 2") == "Calle 1\nPiso 2"
    assert clean_cell("\x1b\x02") == ""
    assert clean_cell("Ana\tRuiz\nGil") == "Ana\tRuiz\nGil"


@pytest.mark.parametrize("filler", ["1/0/1900", "00/01/1900", "30/12/1899", "1899-12-30"])
def test_day_zero_of_a_spreadsheet_is_an_empty_date(filler: str) -> None:
    assert clean_cell(filler) == ""
