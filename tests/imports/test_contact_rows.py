"""From rows to neutral contacts: nothing is lost, nothing is guessed in silence."""

import datetime
import time

import pytest

from imports.contact_rows import compile_contact_plan
from imports.contact_values import blank_values, keep_in_notes
from imports.mapping import map_headers
from imports.readers import Row
from tests.imports.tables import contact_of, contacts_of, date_columns, file_table, table_of

NOTHING = {
    "po_box": "",
    "extended": "",
    "street": "",
    "city": "",
    "region": "",
    "postcode": "",
    "country": "",
}


def filled(values: dict) -> dict:
    """Return the values that say something."""
    return {key: value for key, value in values.items() if value}


def codes_of(contact) -> list[str]:  # type: ignore[no-untyped-def]
    """Return the codes of a row's problems."""
    return [problem.code for problem in contact.problems]


def test_an_outlook_row_becomes_a_contact() -> None:
    contact = contacts_of(file_table("outlook-en.csv"))[0]
    assert contact.line == 2
    assert contact.problems == []
    assert filled(contact.values) == {
        "prefix": "Ms.",
        "first_name": "Olivia",
        "last_name": "Hartwell",
        "display_name": "Olivia Hartwell",
        "organization": "Brightwater Pumps Ltd",
        "department": "Purchasing",
        "job_title": "Head of Purchasing",
        "emails": [
            {"value": "olivia.hartwell@brightwater.example", "kind": "other", "primary": True},
            {"value": "olivia@hartwell.example", "kind": "other", "primary": False},
        ],
        "phones": [
            {"value": "+44 113 496 0100", "kind": "assistant", "primary": False},
            {"value": "+44 113 496 0101", "kind": "fax_work", "primary": False},
            {"value": "+44 113 496 0102", "kind": "work", "primary": True},
            {"value": "+44 7700 900123", "kind": "mobile", "primary": False},
        ],
        "addresses": [
            NOTHING
            | {"kind": "work", "street": "12 Mill Lane\nUnit 4", "city": "Leeds", "postcode": "LS1 4AB"}
            | {"country": "United Kingdom"}
        ],
        "websites": ["https://brightwater.example"],
        "categories": ["Suppliers", "VIP"],
        "notes": 'Met at the fair.\nAsk for "blue" catalogue.',
        "unmapped": [["Spouse", "Tom Hartwell"]],
    }


def test_spanish_rows_are_the_same_from_windows_1252_and_from_utf8() -> None:
    windows = contacts_of(file_table("outlook-es-cp1252.csv"))
    unicode = contacts_of(file_table("outlook-es-utf8.csv"))
    assert [contact.values for contact in windows] == [contact.values for contact in unicode]
    assert [contact.line for contact in windows] == [2, 4]
    assert windows[0].values["last_name"] == "Muñoz Íñiguez"
    assert windows[0].values["birthday"] == "1980-05-17"
    assert windows[1].values["birthday"] == "1975-04-03"  # the column is day first, as its other cell shows
    assert windows[0].values["unmapped"] == []


def test_german_outlook_keeps_a_second_mobile_in_the_radio_phone() -> None:
    values = contacts_of(file_table("outlook-de.csv"))[0].values
    assert [(phone["value"], phone["kind"]) for phone in values["phones"]] == [
        ("0221 5550100", "work"),
        ("0171 5550101", "mobile"),
    ]
    assert values["unmapped"] == [["Ort", "Köln"]]  # no gender, no empty date, no "normal" priority


def test_a_google_row_keeps_labels_joined_values_and_what_has_no_place() -> None:
    values = contacts_of(file_table("google-2024.csv"))[0].values
    assert values["emails"] == [
        {"value": "lucia@molinos.example", "kind": "work", "primary": True},
        {"value": "ventas@molinos.example", "kind": "work", "primary": False},
        {"value": "lucia@ferrer.example", "kind": "home", "primary": False},
    ]
    assert values["phones"][2] == {
        "value": "+34 964 555 023",
        "kind": "other",
        "primary": False,
        "label": "Almacén",
    }
    address = {
        "kind": "work",
        "street": "Camino del Molino, 3",
        "city": "Castellón",
        "postcode": "12001",
        "country": "ES",
    }
    assert values["addresses"] == [NOTHING | address]
    assert values["birthday"] == "--05-17"
    assert values["categories"] == ["Clientes"]
    assert values["unmapped"] == [["Spouse", "Pau"], ["Anniversary", "2001-06-09"], ["NIF", "00000000T"]]


def test_a_row_with_an_email_or_a_phone_alone_is_a_contact() -> None:
    email_only, phone_only = contacts_of(file_table("google-2024.csv"))[1:]
    assert email_only.values["display_name"] == "solo@correo.example"
    assert phone_only.values["display_name"] == "600555030"
    assert not email_only.values["is_company"]
    assert email_only.problems == phone_only.problems == []


def test_an_old_google_row_uses_the_whole_address_where_there_are_no_parts() -> None:
    values = contacts_of(file_table("google-old.csv"))[0].values
    assert values["addresses"] == [NOTHING | {"kind": "home", "street": "Plaza Mayor, 1\nZaragoza"}]
    assert values["phones"] == [{"value": "976 555 040", "kind": "fax_home", "primary": True}]
    assert values["display_name"] == "Dr. Hugo Marín"
    assert values["categories"] == ["Friends", "Laboratorio"]
    assert values["unmapped"] == [["IM 1 - Service", "Skype"]]


def test_a_whole_address_completes_its_parts_without_repeating_them() -> None:
    text = "Plaza Mayor, 1\n50001 Zaragoza\nEspaña"
    parts = {"home_city": "Zaragoza", "home_postcode": "50001", "home_country": "España"}
    expected = {"kind": "home", "city": "Zaragoza", "postcode": "50001", "country": "España"}
    values = contact_of(first_name="Ana", home_formatted=text, **parts).values
    assert values["addresses"] == [NOTHING | expected | {"street": "Plaza Mayor, 1"}]
    values = contact_of(first_name="Ana", home_formatted=text, home_street="Calle Mayor, 2", **parts).values
    assert values["addresses"] == [NOTHING | expected | {"street": "Calle Mayor, 2"}]


def test_a_thunderbird_birthday_in_three_columns_is_one_day() -> None:
    contact = contacts_of(file_table("thunderbird.csv"))[0]
    assert contact.values["birthday"] == "1985-07-03"
    assert contact.values["unmapped"] == [
        ["Custom 1", "custom, 1"],
        ["Custom 2", "tab\there"],
        ["Custom 4", "two\nlines"],
    ]
    assert codes_of(contact) == ["email_domain"]


@pytest.mark.parametrize(
    ("parts", "birthday", "kept"),
    [
        ({"day": "3", "month": "7"}, "--07-03", []),
        ({"day": "3", "month": "July", "year": "85"}, "1985-07-03", []),
        ({"year": "1985"}, "", [["Birthday", "1985"]]),
        ({"day": "33", "month": "7", "year": "1985"}, "33/7/1985", []),
    ],
)
def test_parts_of_a_birthday_make_a_day_or_stay_text(parts: dict, birthday: str, kept: list) -> None:
    contact = contact_of(first_name="Ana", **{f"birthday_{part}": text for part, text in parts.items()})
    assert contact.values["birthday"] == birthday
    assert contact.values["unmapped"] == kept
    assert ("invalid_date" in codes_of(contact)) is (birthday == "33/7/1985")


def test_an_opt_out_is_kept_and_its_absence_is_no_consent() -> None:
    opted_out, other = contacts_of(file_table("hubspot.csv"))
    assert opted_out.values["do_not_email"] is True
    assert other.values["do_not_email"] is False
    assert blank_values()["do_not_email"] is False
    unclear = contact_of(first_name="Ana", do_not_call="only mornings")
    assert unclear.values["do_not_phone"] is True
    assert codes_of(unclear) == ["unclear_opt_out"]


def test_an_ambiguous_date_is_kept_as_text_and_reported() -> None:
    table = table_of("First name,Birthday\nAna,3/4/1980\nLuis,5/6/1981\n")
    first = contacts_of(table)[0]
    assert first.values["birthday"] == "3/4/1980"
    assert [(problem.line, problem.field, problem.code) for problem in first.problems] == [
        (2, "birthday", "ambiguous_date")
    ]
    mapping = map_headers(table.header)
    assert date_columns(table, mapping)["birthday"].order == "ambiguous"
    assert contacts_of(table, date_orders={"birthday": "mdy"})[0].values["birthday"] == "1980-03-04"


def test_a_completed_century_is_reported() -> None:
    table = table_of("First name,Birthday\nAna,17/5/80\n")
    contact = contacts_of(table, today=datetime.date(2025, 1, 1))[0]
    assert contact.values["birthday"] == "1980-05-17"
    assert codes_of(contact) == ["two_digit_year"]


def test_invalid_emails_and_phones_stay_as_text_with_a_problem() -> None:
    contact = contact_of(first_name="Ana", email1="ana at home", email2="ana@ruiz.example", phone_work="ask Luis")
    assert contact.values["emails"] == [
        {"value": "ana at home", "kind": "other", "primary": False},
        {"value": "ana@ruiz.example", "kind": "other", "primary": True},
    ]
    assert contact.values["phones"] == [{"value": "ask Luis", "kind": "work", "primary": True}]
    assert codes_of(contact) == ["invalid_email", "invalid_phone"]
    assert "“ask Luis”" in contact.problems[1].message


def test_text_beside_an_email_is_kept_and_its_name_is_used() -> None:
    contact = contact_of(email1="Ana Ruiz <ana@ruiz.example>, mornings")
    assert contact.values["display_name"] == "Ana Ruiz"
    assert contact.values["last_name"] == "Ruiz"
    assert contact.values["unmapped"] == [["", "mornings"]]
    assert codes_of(contact) == ["text_beside_email"]


def test_equal_emails_and_numbers_are_listed_once() -> None:
    contact = contact_of(
        email1="ana@ruiz.example",
        email2="ANA@ruiz.example",
        phone_work="+34 976-555 014",
        phone_work2="+34976555014",
        phone_home="+34 976 555 014",
        phone_primary="(+34) 976 555 014",
    )
    assert [email["value"] for email in contact.values["emails"]] == ["ana@ruiz.example"]
    assert contact.values["phones"] == [
        {"value": "+34 976-555 014", "kind": "work", "primary": True},
        {"value": "+34 976 555 014", "kind": "home", "primary": False},
    ]


def test_a_primary_phone_of_its_own_is_the_main_and_primary_one() -> None:
    contact = contact_of(phone_mobile="600 555 014", phone_primary="976 555 014")
    assert contact.values["phones"] == [
        {"value": "600 555 014", "kind": "mobile", "primary": False},
        {"value": "976 555 014", "kind": "main", "primary": True},
    ]


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ({"company": "Molinos Ferrer"}, {"display_name": "Molinos Ferrer", "is_company": True}),
        (
            {"account_name": "Molinos"},
            {"display_name": "Molinos", "organization": "Molinos", "is_company": True},
        ),
        ({"display_name": "Molinos", "company": "Molinos"}, {"first_name": "", "is_company": True}),
        ({"company": "Molinos", "first_name": "Ana"}, {"display_name": "Ana", "is_company": False}),
        ({"nickname": "Nesa"}, {"display_name": "Nesa", "is_company": False}),
        (
            {"first_name": "Ana", "middle_name": "B.", "last_name": "Ruiz", "name_suffix": "Jr."},
            {"display_name": "Ana B. Ruiz Jr.", "name_is_suggested": False},
        ),
        (
            {"display_name": "Dr. Juan de la Vega III"},
            {"prefix": "Dr.", "first_name": "Juan", "last_name": "de la Vega", "suffix": "III"},
        ),
        (
            {"display_name": "Ruiz Gil, Ana"},
            {
                "first_name": "Ana",
                "last_name": "Ruiz Gil",
                "display_name": "Ruiz Gil, Ana",
                "name_is_suggested": True,
            },
        ),
        ({"display_name": "Cher"}, {"first_name": "Cher", "last_name": ""}),
        (
            {"display_name": "Shown so", "first_name": "Ana"},
            {"display_name": "Shown so", "name_is_suggested": False},
        ),
    ],
)
def test_names_and_companies_are_told_apart(fields: dict[str, str], values: dict) -> None:
    found = contact_of(**fields).values
    assert {key: found[key] for key in values} == values


def test_spanish_full_names_have_two_surnames() -> None:
    table = table_of("Nombre completo;Correo electrónico;Móvil\nJosé Luis Pérez Gil;j@perez.example;600555014\n")
    values = contacts_of(table)[0].values
    assert (values["first_name"], values["last_name"]) == ("José Luis", "Pérez Gil")
    assert values["name_is_suggested"]


def test_a_row_that_names_nobody_is_an_error() -> None:
    contact = contact_of(notes="call", department="Sales")
    assert codes_of(contact) == ["no_identity"]
    assert contact.problems[0].is_error
    assert contact.problems[0].message


def test_second_values_of_a_single_field_are_kept() -> None:
    table = table_of("First name,Company,Organisation,Zodiac\nAna,Molinos,Ferrer,Aries\nLuis,Molinos,Molinos,\n")
    assert [contact.values["unmapped"] for contact in contacts_of(table)] == [
        [["Organisation", "Ferrer"], ["Zodiac", "Aries"]],
        [],
    ]


def test_extra_cells_are_kept_and_reported() -> None:
    (contact,) = contacts_of(table_of("First name,Last name\nAna,Ruiz,something more, \n"))
    assert contact.values["unmapped"] == [["", "something more"]]
    assert codes_of(contact) == ["extra_cells"]


def test_what_has_no_place_can_be_written_into_the_notes() -> None:
    table = table_of("First name,Notes,Zodiac,Spouse\nAna,old,Aries,Luis\n")
    (contact,) = contacts_of(table, keep_unmapped=True)
    assert contact.values["notes"] == "old\nZodiac: Aries\nSpouse: Luis"
    assert contact.values["unmapped"] == []
    values = {"notes": "", "unmapped": [["", "text"]]}
    keep_in_notes(values)
    assert values == {"notes": "text", "unmapped": []}


def test_technical_columns_and_what_the_user_leaves_out_are_left_out() -> None:
    table = file_table("google-2024.csv")
    mapping = map_headers(table.header).with_choices({table.header.index("Relation 1 - Value"): None})
    contact = next(compile_contact_plan(mapping).transform_all(table.rows()))
    headers = [header for header, _text in contact.values["unmapped"]]
    assert headers == ["Anniversary", "NIF"]


def test_no_filled_cell_of_an_outlook_file_vanishes() -> None:
    """Give each of the 92 columns a text of its own and look for it in the contact."""
    table = file_table("outlook-es-cp1252.csv")
    mapping = map_headers(table.header)
    texts = [f"text{index}" for index in range(92)]
    plan = compile_contact_plan(mapping)
    contact = plan.transform(Row(2, 1, list(texts)))
    found = repr(contact.values)
    missing = {column.field for column in mapping.columns if f"'text{column.index}'" not in found}
    assert missing == {
        *("outlook_account", "directory_server", "internet_free_busy"),
        *(f"email{number}_{part}" for number in (1, 2, 3) for part in ("type", "display")),
        *(f"{kind}_street{line}" for kind in ("work", "home", "other") for line in ("", "2", "3")),
    }
    assert "text8\\ntext9\\ntext10" in found  # the lines of a street are one text


def test_values_are_plain_data_with_every_key() -> None:
    contact = contact_of(first_name="Ana")
    assert contact.values.keys() == blank_values().keys()


def test_rows_are_transformed_fast_enough() -> None:
    table = file_table("outlook-es-cp1252.csv")
    rows = list(table.rows()) * 1_000
    plan = compile_contact_plan(map_headers(table.header))
    times = []
    for _attempt in range(3):
        start = time.process_time()
        count = sum(1 for _contact in plan.transform_all(rows))
        times.append(time.process_time() - start)
    assert count / min(times) > 5_000  # 20,000 and more on an idle machine
