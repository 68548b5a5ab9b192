"""Mapping headers to neutral fields: by source, by general words, and where one means several things."""

import pytest

from imports.fields import FAMILY, contact_field_choices, field_label
from imports.header_synonyms import generic_table, profiles
from imports.mapping import map_headers
from tests.imports.tables import file_table


def fields_of(*header: str, record: str = "contact") -> list[str | None]:
    """Return the fields that the columns of a header are mapped to."""
    return [column.field for column in map_headers(header, record=record).columns]


@pytest.mark.parametrize("source", profiles())
def test_maps_every_column_of_a_program_as_its_profile_says(source: str) -> None:
    profile = profiles()[source]
    header = [key.replace("#", "3") for key in profile.index.exact_keys()]
    mapping = map_headers(header)
    for key, column in zip(profile.index.exact_keys(), mapping.columns, strict=True):
        expected = profile.index.fields_of(key)[0]
        assert column.field == (expected and expected.replace("#", "3"))
        assert column.how == "source" if expected else column.how in ("ignored", "kept")


def test_the_spanish_outlook_file_is_mapped_whole() -> None:
    mapping = map_headers(file_table("outlook-es-cp1252.csv").header)
    assert mapping.unmapped_headers == []
    assert mapping.language == "es"
    assert mapping.fields["Particular"] == "phone_home"
    assert mapping.fields["Dirección del correo electrónico 3"] == "email3"
    assert mapping.fields["Mobile Phone"] == "phone_mobile"


def test_numbered_columns_keep_their_number() -> None:
    mapping = map_headers(file_table("google-2024.csv").header)
    assert mapping.fields["E-mail 2 - Value"] == "email2"
    assert mapping.fields["E-mail 2 - Label"] == "email2_label"
    assert mapping.fields["Phone 1 - Value"] == "phone1"
    assert mapping.fields["Address 1 - Postal Code"] == "address1_postcode"
    assert mapping.unmapped_headers == ["Phonetic Middle Name", "Photo"]


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (  # French Outlook: the courtesy title, then the job title
            "Titre|Prénom|Nom|Société|Titre|Rue (bureau)|Tél. mobile|Rappel|RNIS",
            {0: "name_prefix", 4: "job_title"},
        ),
        (  # French Thunderbird: home, then work
            "Prénom|Nom de famille|Nom à afficher|Ville|Pays/État|Ville|Pays/État|Tél. personnel|Divers 1",
            {3: "home_city", 4: "home_region", 5: "work_city", 6: "work_region"},
        ),
        (  # Windows Live Mail: the first name, then the full name
            "Nombre|Apellidos|Segundo nombre|Nombre|Alias|Calle|Ciudad de residencia|Página web personal"
            "|País o región de residencia",
            {0: "first_name", 3: "display_name"},
        ),
    ],
)
def test_a_header_that_occurs_twice_is_read_in_its_order(header: str, fields: dict[int, str]) -> None:
    found = fields_of(*header.split("|"))
    assert {index: found[index] for index in fields} == fields


@pytest.mark.parametrize(
    ("header", "position", "field"),
    [
        (("Title", "First Name", "Job Title"), 0, "name_prefix"),
        (("Title", "First Name", "Email"), 0, "job_title"),
        (("Nombre", "Apellidos"), 0, "first_name"),
        (("Nombre", "Teléfono"), 0, "display_name"),
        (("Nom", "Prénom"), 0, "last_name"),
        (("Nom", "Téléphone"), 0, "display_name"),
        (("Nome", "Cognome"), 0, "first_name"),
        (("Apelido", "Nome"), 0, "last_name"),
        (("Apelido", "Sobrenome"), 0, "nickname"),
        (("Estado", "Ciudad"), 0, "work_region"),
        (("Estado", "Empresa"), 0, "status"),
        (("Particular", "Teléfono"), 0, "phone_home"),
        (("Geburtstag", "Vorname"), 0, "birthday"),
        (("City", "City"), 1, "home_city"),
    ],
)
def test_a_header_with_several_meanings_is_settled_by_the_others(
    header: tuple[str, ...], position: int, field: str
) -> None:
    mapping = map_headers(header)
    assert mapping.source is None
    assert mapping.columns[position].field == field


@pytest.mark.parametrize(
    ("record", "field"),
    [("contact", "display_name"), ("account", "account_name"), ("opportunity", "opportunity_name")],
)
def test_name_means_what_the_record_is(record: str, field: str) -> None:
    assert fields_of("Name", "Notes", record=record) == [field, "notes"]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("Given name|Surname|Organisation|Cell phone|E-mail|Zip code|Town", "en"),
        ("Nombre de pila|Apellido|Razón social|Celular|Correo electrónico|CP|Población", "es"),
        ("Prénom|Nom de famille|Raison sociale|Portable|Courriel|CP|Ville", "fr"),
        ("Vorname|Familienname|Unternehmen|Handy|E-Mail|PLZ|Stadt", "de"),
        ("Nome|Cognome|Ragione sociale|Cellulare|Posta elettronica|CAP|Comune", "it"),
        ("Primeiro nome|Sobrenome|Razão social|Telemóvel|Endereço de e-mail|CEP|Cidade", "pt"),
    ],
)
def test_general_words_of_six_languages_are_understood(header: str, language: str) -> None:
    mapping = map_headers(header.split("|"))
    assert [column.field for column in mapping.columns] == [
        "first_name",
        "last_name",
        "company",
        "phone_mobile",
        "email1",
        "work_postcode",
        "work_city",
    ]
    assert {column.how for column in mapping.columns} == {"generic"}
    assert mapping.language == language


def test_says_how_each_column_was_found() -> None:
    header = """Nombre|Apellidos|Organizacion|Calle del trabajo|Home Street|Telefono del trabajo
        |Ciudad de trabajo|Puesto|Cargo|Zodiac|"""
    mapping = map_headers([text.strip() for text in header.split("|")])
    assert mapping.source is not None
    assert [column.how for column in mapping.columns] == [
        *("source", "source", "accentless", "source", "source", "accentless", "source", "source"),
        *("generic", "none", "none"),
    ]
    assert mapping.unmapped_headers == ["Zodiac"]


def test_numbered_words_are_understood_without_a_source() -> None:
    assert fields_of("Email", "Email 2", "Teléfono 3", "Correo 4", "Name") == [
        *("email1", "email2", "phone3", "email4", "display_name"),
    ]


def test_the_users_choices_replace_what_was_found() -> None:
    mapping = map_headers(["Name", "Zodiac", "Notes"]).with_choices({1: "nickname", 2: None})
    assert mapping.fields == {"Name": "display_name", "Zodiac": "nickname"}
    assert [column.how for column in mapping.columns] == ["generic", "chosen", "chosen"]
    assert mapping.indices_of("nickname") == [1]


def test_times_of_another_system_are_not_taken_from_unknown_files() -> None:
    assert fields_of("Name", "Last Modified Date") == ["display_name", None]


def test_every_header_that_programs_use_differently_has_a_rule() -> None:
    table = generic_table()
    undecided = [
        key
        for key in table.union.exact_keys()
        if len(set(table.union.fields_of(key))) > 1 and not table.choices.get(key) and not table.words.find(key)[0]
    ]
    assert undecided == []


def test_no_general_word_means_two_things() -> None:
    words = generic_table().words
    assert {key: words.fields_of(key) for key in words.exact_keys() if len(words.fields_of(key)) > 1} == {}


def test_every_field_of_the_tables_is_one_that_programs_know() -> None:
    table = generic_table()
    known = {
        field
        for profile in profiles().values()
        for key in profile.index.exact_keys()
        for field in profile.index.fields_of(key)
    }
    general = {field for key in table.words.exact_keys() for field in table.words.fields_of(key)}
    chosen = {
        part
        for entries in table.choices.values()
        for entry in entries
        for part in entry.replace(" if ", "|").split("|")
    }
    unknown = {field for field in (general | chosen) - known if field and not field.startswith("@")}
    assert {field for field in unknown if not FAMILY.fullmatch(field.replace("#", "1"))} == set()


def test_the_fields_to_choose_from_have_labels_and_include_those_of_the_file() -> None:
    groups = contact_field_choices(["email1", "address2_city", "industry"])
    choices = {field: str(label) for _group, fields in groups for field, label in fields}
    assert choices["work_postcode"] == "Business address: postcode"
    assert choices["address2_city"] == "Address 2: city"
    assert choices["industry"] == "Industry"
    assert choices["email1"] == "E-mail 1"
    assert str(field_label("phone3_label")) == "Phone 3: kind"
    assert all(choices.values())
    assert len(choices) == sum(len(fields) for _group, fields in groups)


@pytest.mark.parametrize("words", ["Do Not Modify", "No modificar", "Nicht ändern", "Ne pas modifier"])
def test_the_hidden_columns_of_dynamics_are_the_identifier_and_nothing_else(words: str) -> None:
    header = [f"({words}) A", f"({words}) B", f"({words}) C", "Nombre", "Correo electrónico"]
    columns = map_headers(header).columns

    assert [(column.field, column.how) for column in columns[:3]] == [
        ("external_id", "generic"),
        (None, "ignored"),
        (None, "ignored"),
    ]
