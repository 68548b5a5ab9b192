"""Whole invented files as phones, Outlook and Google write them, read through a file object."""

from pathlib import Path

import pytest

from contacts.vcard import Card, looks_like_vcard, read_cards
from tests.contacts.vcards import codes, names

FOLDER = Path(__file__).parents[1] / "files" / "vcards"


def cards_of(name: str) -> list[Card]:
    with (FOLDER / name).open("rb") as file:
        return list(read_cards(file))


def phones(card: Card) -> list[tuple[str, str]]:
    return [(phone.value, phone.kind) for phone in card.phones]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.vcf")), ids=lambda path: path.stem)
def test_every_file_is_recognised_and_its_photos_are_pictures(path: Path) -> None:
    assert looks_like_vcard(path.read_bytes()[:4096])
    for card in cards_of(path.name):
        assert card.photo is None or card.photo.mime == "image/png"


def test_an_iphone_file_keeps_labels_and_the_day_of_birth_without_year() -> None:
    lucia, firm = cards_of("iphone.vcf")
    assert (lucia.first_name, lucia.last_name, lucia.prefix) == ("Lucía", "Serrano", "Dra.")
    assert phones(lucia) == [
        ("+34 600 111 222", "mobile"),
        ("+34 956 000 111", "fax_work"),
        ("+34 956 000 112", "assistant"),
    ]
    assert [email.label for email in lucia.emails] == ["", "Pádel"]
    assert (lucia.birthday, lucia.anniversary) == ("--02-29", "2015-09-12")
    assert lucia.notes == "Prefiere llamadas por la mañana, nunca los viernes.\nHabla inglés."
    assert lucia.addresses[0].street == "Avenida del Puerto 4\nPlanta 2"
    assert [handle.service for handle in lucia.handles] == ["skype", "linkedin"]
    assert lucia.photo is not None
    assert (firm.display_name, firm.is_company, phones(firm)) == (
        "Talleres Bahía",
        True,
        [("956 000 900", "main")],
    )


def test_an_android_file_is_decoded_from_quoted_printable() -> None:
    jose, nameless = cards_of("android-2.1.vcf")
    assert (jose.display_name, jose.nickname) == ("José Ángel Ibáñez", "Joselín")
    assert (jose.organization, jose.department) == ("Talleres Ibáñez", "Dirección")
    assert jose.addresses[0].street == "Calle del Álamo 7; nave 3"
    assert jose.phones[2].label == "Móvil del taller"
    assert jose.notes.endswith("número de pedido.\nMañanas de 8 a 14 h.")
    assert (jose.photo is not None, jose.problems, jose.unknown) == (True, [], [])
    assert nameless.display_name == "pedidos@talleres.example"


def test_an_outlook_file_is_read_in_its_character_set() -> None:
    [begona] = cards_of("outlook-2.1.vcf")
    assert (begona.display_name, begona.organization) == ("Begoña Peña", "Cerámicas Peña, S.L.")
    assert begona.notes.endswith("Quiere catálogo en inglés y precios en €.")
    assert [kind for _value, kind in phones(begona)] == [
        "work", "home", "mobile", "fax_work", "assistant", "pager",
    ]  # fmt: skip
    assert begona.addresses[0].city == "Castellón de la Plana"
    assert (begona.birthday, begona.anniversary) == ("1971-12-24", "2000-06-03")
    assert "X-MS-MANAGER:Íñigo Peña" in begona.unknown
    assert [email.primary for email in begona.emails] == [True, False]


def test_a_google_file_keeps_commas_and_both_cards() -> None:
    harriet, owen = cards_of("google-3.0.vcf")
    assert harriet.organization == "Northwind Tools, Ltd."
    assert harriet.notes == "Call Tom, then Ann.\nCustom: delivery only on Tuesdays"
    assert harriet.categories == ["Buyers", "Fair 2024", "myContacts"]
    assert harriet.websites[0].value == "https://northwind-tools.example/team"
    assert harriet.unknown == ["item4.ORG:Rowing Club"]
    assert codes(harriet) == ["repeated"]
    assert (owen.display_name, phones(owen)) == ("Owen Price", [("+44 7700 900456", "mobile")])


def test_a_file_of_version_4_keeps_preferences_extensions_and_kinds_of_cards() -> None:
    marek, firm, group = cards_of("contacts-4.0.vcf")
    assert (marek.display_name, marek.suffix) == ("Dr. Marek Dvořák", "MBA,CSc.")
    assert [(email.kind, email.primary) for email in marek.emails] == [("home", False), ("work", True)]
    assert (marek.phones[0].value, marek.phones[0].ext) == ("+420-555-0100", "314")
    assert (marek.birthday, marek.language) == ("--02-03", "cs")
    assert marek.department == "Nákup / Díly"
    assert marek.notes == "Prosí o nabídky v eurech; platba do 30 dnů."
    assert (firm.is_company, phones(firm)) == (True, [("+420-555-0199", "main")])
    assert group.error.code == "group_card"


def test_a_broken_card_in_the_middle_changes_no_neighbour() -> None:
    ana, ivan, teresa = cards_of("broken-middle.vcf")
    assert names([ana, ivan, teresa]) == ["Ana Prieto", "Iván Robles", "Teresa Vidal"]
    assert ana.problems == teresa.problems == []
    assert teresa.emails[0].value == "teresa@vidal-muebles.example"
    assert [problem.line for problem in ivan.problems] == [8, 10, 11, 13, 14, 15]
    assert phones(ivan) == [("555 0100", "other")]
