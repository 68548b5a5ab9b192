"""What a card says about a person or firm: names, ways to reach them, days, and what is kept besides."""

import subprocess
import sys

import pytest
from django.utils.translation import override

from contacts.vcard import Address, Handle, card_values, lines_to_keep
from tests.contacts.vcards import codes, read, read_all, vcard


def test_names_come_from_n_and_the_display_name_from_fn() -> None:
    card = read("N:Serrano;Lucía;Pilar,María;Dra.;MBA", "FN:Lucía Serrano", "NICKNAME:Luci,Lu", "NICKNAME:Lu")
    assert (card.prefix, card.first_name, card.middle_name) == ("Dra.", "Lucía", "Pilar,María")
    assert (card.last_name, card.suffix) == ("Serrano", "MBA")
    assert (card.display_name, card.nickname) == ("Lucía Serrano", "Luci, Lu")


def test_a_name_of_more_than_five_parts_is_kept_as_well() -> None:
    card = read("N:Serrano;Lucía;;;;Peña;III")
    assert (card.last_name, card.first_name, card.unknown) == (
        "Serrano",
        "Lucía",
        ["N:Serrano;Lucía;;;;Peña;III"],
    )
    assert codes(card) == ["extra_components"]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["N:Serrano;Lucía;Pilar;Dra.;", "FN:"], "Lucía Serrano"),
        (["N:;;;Dra.;"], "Dra."),
        (["N:;;;;", "ORG:;Compras", "ORG:Talleres", "EMAIL:a@x.example"], "a@x.example"),
        (["ORG:Talleres", "EMAIL:a@x.example"], "Talleres"),
        (["EMAIL:a@x.example", "TEL:1"], "a@x.example"),
        (["TEL:555 0101"], "555 0101"),
    ],
)
def test_without_fn_the_next_best_is_shown(lines: list[str], name: str) -> None:
    card = read(*lines)
    assert (card.display_name, card.error) == (name, None)


def test_a_card_with_nothing_to_call_it_by_is_an_error_and_keeps_its_neighbours() -> None:
    cards = read_all(vcard("FN:Ana") + vcard("NOTE:x", "URL:x.example", "NICKNAME:y") + vcard("FN:Owen"))
    assert [card.error and card.error.code for card in cards] == [None, "empty_card", None]
    assert cards[1].error.line == 5


def test_firms_are_told_from_people() -> None:
    def is_company(*lines: str) -> bool:
        return read(*lines).is_company

    assert is_company("FN:Talleres", "X-ABShowAs:COMPANY")
    assert is_company("FN:Talleres", "KIND:org")
    assert is_company("N:;;;;", "ORG:Talleres")
    assert is_company("FN:TALLERES", "ORG:Talleres")
    assert not is_company("FN:Nice Guy", "ORG:Talleres")
    assert not is_company("N:Guy;Nice", "FN:Talleres", "ORG:Talleres")
    assert not is_company("FN:Nice Guy", "KIND:individual")
    assert not is_company("EMAIL:a@x.example")


@pytest.mark.parametrize("name", ["KIND", "X-ADDRESSBOOKSERVER-KIND"])
def test_a_distribution_list_is_no_contact(name: str) -> None:
    card = read("FN:Fair", f"{name}:group", "MEMBER:urn:uuid:1")
    assert card.error.code == "group_card"
    assert "distribution list" in card.error.message


def test_units_of_an_organization_are_joined() -> None:
    card = read("FN:x", "ORG:Talleres;Compras; ;Piezas", "TITLE:Jefa", "ROLE:Compradora")
    assert (card.organization, card.department) == ("Talleres", "Compras / Piezas")
    assert (card.job_title, card.role) == ("Jefa", "Compradora")


def test_what_occurs_twice_is_kept_and_reported() -> None:
    card = read("FN:x", "ORG:One", "TITLE:A", "ORG:Two", "TITLE:B", "FN:x", "N:a;b", "N:c;d", "BDAY:1980-01-02")
    assert (card.organization, card.job_title, card.last_name) == ("One", "A", "a")
    assert card.unknown == ["ORG:Two", "TITLE:B", "N:c;d"]
    assert codes(card) == ["repeated"] * 3


def test_emails_keep_their_order_kind_label_and_preference() -> None:
    card = read(
        "EMAIL;TYPE=INTERNET,HOME:a@x.example",
        "EMAIL;TYPE=WORK,PREF:mailto:b@x.example",
        "item1.EMAIL:c@x.example",
        "ITEM1.X-ABLabel:Pádel",
        "EMAIL;CELL:d@x.example",
        "EMAIL;TYPE=WORK: ",
    )
    assert [(email.value, email.kind, email.primary, email.label) for email in card.emails] == [
        ("a@x.example", "home", False, ""),
        ("b@x.example", "work", True, ""),
        ("c@x.example", "other", False, "Pádel"),
        ("d@x.example", "other", False, ""),
    ]


def test_the_lowest_preference_of_version_4_is_the_primary_one() -> None:
    card = read("EMAIL;PREF=50:a@x.example", "EMAIL;PREF=2:b@x.example", "EMAIL:c@x.example", "TEL;PREF=9:1")
    assert [email.primary for email in card.emails] == [False, True, False]
    assert card.phones[0].primary


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("TEL;TYPE=WORK,VOICE", "work"),
        ("TEL;HOME", "home"),
        ("TEL;WORK;CELL", "mobile"),
        ("TEL;TYPE=iPhone", "mobile"),
        ("TEL;WORK;FAX", "fax_work"),
        ("TEL;HOME;FAX", "fax_home"),
        ("TEL;FAX", "fax"),
        ("TEL;PAGER;VOICE", "pager"),
        ("TEL;MAIN", "main"),
        ("TEL;CAR", "car"),
        ("X-MS-TEL;VOICE;ASSISTANT", "assistant"),
        ("TEL;TYPE=VOICE", "other"),
        ("TEL", "other"),
    ],
)
def test_the_kind_of_a_phone_comes_from_its_types(head: str, kind: str) -> None:
    assert [phone.kind for phone in read(f"{head}:555 0101").phones] == [kind]


def test_a_label_says_more_about_a_phone_than_its_place() -> None:
    card = read("item1.TEL;TYPE=WORK:1", "item1.X-ABLabel:_$!<AssistantPhone>!$_", "TEL;WORK;CELL:2")
    assert [phone.kind for phone in card.phones] == ["assistant", "mobile"]


@pytest.mark.parametrize(
    ("label", "kind", "shown"),
    [
        ("_$!<AssistantPhone>!$_", "assistant", "AssistantPhone"),
        ("_$!<WorkFAX>!$_", "fax_work", "WorkFAX"),
        ("Móvil", "mobile", "Móvil"),
        ("Almacén", "other", "Almacén"),
    ],
)
def test_the_kind_of_a_phone_without_types_comes_from_its_label(label: str, kind: str, shown: str) -> None:
    card = read("item1.TEL:1", f"item1.X-ABLabel:{label}")
    assert [(phone.kind, phone.label) for phone in card.phones] == [(kind, shown)]
    assert card.unknown == []


def test_telephone_addresses_lose_their_scheme_and_keep_their_extension() -> None:
    card = read(
        "TEL;VALUE=uri;TYPE=work:tel:+1-418-656-9254;ext=102",
        "TEL:tel:+34%20600;phone-context=example.com",
        "TEL:Tel: 555 0101",
        "TEL:\u202a+34 600 111\u202c",
    )
    assert [(phone.value, phone.ext) for phone in card.phones] == [
        ("+1-418-656-9254", "102"),
        ("+34 600", ""),
        ("Tel: 555 0101", ""),
        ("+34 600 111", ""),
    ]


def test_names_on_messaging_services_are_no_phones() -> None:
    card = read(
        "FN:x",
        "TEL;TYPE=work:sip:ana@x.example",
        "X-SIP:888",
        "IMPP;X-SERVICE-TYPE=Skype;type=HOME:skype:ana.prieto",
        "X-JABBER:ana@chat.example",
        "X-SOCIALPROFILE;type=linkedin:https://linkedin.example/in/ana",
        "item1.IMPP:xmpp:ana@x.example",
        "item1.X-ABLabel:Club",
    )
    assert card.phones == []
    assert card.handles == [
        Handle("sip", "ana@x.example", "work"),
        Handle("sip", "888", "other"),
        Handle("skype", "ana.prieto", "home"),
        Handle("jabber", "ana@chat.example", "other"),
        Handle("linkedin", "https://linkedin.example/in/ana", "other"),
        Handle("xmpp", "ana@x.example", "other", "Club"),
    ]


def test_addresses_keep_their_seven_parts_kind_and_label() -> None:
    card = read(
        "FN:x",
        "ADR;TYPE=dom,work,postal:12;Planta 2;Calle Mayor 1\\nNave 3;Vigo;Pontevedra;36201;España",
        "item1.ADR:;;Calle 2",
        "item1.X-ABLabel:Almacén",
        "item1.X-ABADR:es",
        "ADR;HOME:;;;;;;",
    )
    assert card.addresses == [
        Address("work", "12", "Planta 2", "Calle Mayor 1\nNave 3", "Vigo", "Pontevedra", "36201", "España"),
        Address("other", street="Calle 2", label="Almacén"),
    ]
    assert card.unknown == ["item1.X-ABADR:es"]


def test_a_formatted_address_counts_only_when_there_is_no_other() -> None:
    label = "LABEL;TYPE=HOME:Calle 1\\nVigo"
    assert read("FN:x", label).addresses == [Address("home", street="Calle 1\nVigo")]
    both = read("FN:x", label, "ADR;TYPE=HOME:;;Calle 1;Vigo")
    assert [address.city for address in both.addresses] == ["Vigo"]
    assert both.unknown == [label]


def test_an_address_repeated_behind_its_parts_is_no_news() -> None:
    repeated = read("FN:x", "ADR:;;Calle 1;Vigo;;;España;Calle 1\\nVigo\\, España")
    assert (repeated.unknown, repeated.problems) == ([], [])
    further = read("FN:x", "ADR:;;Calle 1;Vigo;;;;Puerta 3, izquierda")
    assert further.unknown == ["X-ADR-EXTRA:Puerta 3\\, izquierda"]
    assert codes(further) == ["extra_components"]


def test_links_keep_their_kind_and_label() -> None:
    card = read("FN:x", "URL;WORK:www.x.example", "item1.URL;type=pref:https\\://x.example", "item1.X-ABLabel:Blog")
    assert [(site.value, site.kind, site.primary, site.label) for site in card.websites] == [
        ("www.x.example", "work", False, ""),
        ("https://x.example", "other", True, "Blog"),
    ]


@pytest.mark.parametrize(
    ("line", "birthday"),
    [
        ("BDAY:1980-05-17", "1980-05-17"),
        ("BDAY;VALUE=date:19800517", "1980-05-17"),
        ("BDAY:1980-05-17T23:10:00-06:00", "1980-05-17"),
        ("BDAY:1980/5/17", "1980-05-17"),
        ("BDAY:--0517", "--05-17"),
        ("BDAY:--05-17", "--05-17"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29", "--02-29"),
        ("BDAY;X-APPLE-OMIT-YEAR=1900:1900-05-17", "--05-17"),
        ("BDAY;VALUE=text:circa 1980", "circa 1980"),
    ],
)
def test_birthdays_are_read_with_and_without_year(line: str, birthday: str) -> None:
    card = read("FN:x", line)
    assert (card.birthday, card.problems) == (birthday, [])


@pytest.mark.parametrize("text", ["1980-02-30", "17.05.1980", "1980-05", "05/17/80", "--13-01", "soon"])
def test_what_is_no_full_date_stays_text_with_a_warning(text: str) -> None:
    card = read("FN:x", f"BDAY:{text}")
    assert card.birthday == text
    assert codes(card) == ["bad_date"]


@pytest.mark.parametrize(
    "lines",
    [
        ["ANNIVERSARY:20150912"],
        ["X-ANNIVERSARY:2015-09-12"],
        ["X-MS-ANNIVERSARY;VALUE=DATE:20150912"],
        ["item1.X-ABDATE:2015-09-12", "item1.X-ABLabel:_$!<Anniversary>!$_"],
        ["X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;2015-09-12;1;;;;"],
    ],
)
def test_anniversaries_are_read_in_every_spelling(lines: list[str]) -> None:
    card = read("FN:x", *lines)
    assert (card.anniversary, card.unknown) == ("2015-09-12", [])


def test_other_labelled_days_are_kept() -> None:
    lines = ["item1.X-ABDATE:2015-09-12", "item1.X-ABLabel:_$!<Other>!$_"]
    android = "X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;soon;1;;;;"
    card = read("FN:x", *lines, android)
    assert (card.anniversary, card.unknown) == ("", [lines[0], android, lines[1]])


def test_entries_of_android_are_read_where_there_is_a_field() -> None:
    nickname, relation = (
        f"X-ANDROID-CUSTOM:vnd.android.cursor.item/{what};Ana;1;;;" for what in ("nickname", "relation")
    )
    card = read("FN:x", nickname, relation)
    assert (card.nickname, card.unknown) == ("Ana", [relation])


def test_how_a_name_is_spoken_is_read_in_two_spellings() -> None:
    apple = read("FN:x", "X-PHONETIC-FIRST-NAME:Lu-thi-a", "X-PHONETIC-LAST-NAME:Serrano")
    assert (apple.phonetic_first_name, apple.phonetic_last_name) == ("Lu-thi-a", "Serrano")
    phone = read("FN:x", "SOUND;X-IRMC-N:ｱﾝﾄﾞｳ;ﾛｲﾄﾞ;;;", version="2.1")
    assert (phone.phonetic_first_name, phone.phonetic_last_name) == ("ﾛｲﾄﾞ", "ｱﾝﾄﾞｳ")


def test_notes_are_joined_and_identifiers_and_language_are_read() -> None:
    card = read("FN:x", "NOTE:one\\n", "NOTE:", "NOTE:two", "UID:urn:uuid:1", "LANG:de", "LANG;PREF=1:cs")
    assert (card.notes, card.uid, card.language, card.version) == ("one\n\ntwo", "urn:uuid:1", "cs", "3.0")
    assert card.unknown == ["LANG:de"]


def test_what_is_not_understood_is_kept_as_it_stands() -> None:
    lines = [
        "GENDER:F",
        "X-MS-MANAGER;CHARSET=UTF-8:Íñigo; Peña\\, hijo",
        "X-A;ENCODING=QUOTED-PRINTABLE:a=",
        "b=C3=B1",
        "KEY;ENCODING=b: QUJD",
        " REVG",
        "item1.X-ABRELATEDNAMES:Andrés",
        "item1.X-ABLabel:_$!<Spouse>!$_",
        "REV:20240101T000000Z",
        "PRODID:x",
    ]
    card = read("FN:x", *lines)
    assert card.unknown == [
        "GENDER:F",
        "X-MS-MANAGER:Íñigo; Peña\\, hijo",
        "X-A;ENCODING=QUOTED-PRINTABLE:ab=C3=B1",
        "KEY;ENCODING=b:QUJDREVG",
        "item1.X-ABRELATEDNAMES:Andrés",
        "item1.X-ABLabel:_$!<Spouse>!$_",
    ]
    assert read("FN:x", *card.unknown).unknown == card.unknown


def test_lines_to_keep_hold_also_what_a_contact_has_no_field_for() -> None:
    lines = ["ROLE:Compras\\, piezas", "ANNIVERSARY:2015-09-12", "X-PHONETIC-MIDDLE-NAME:Pi", "GENDER:F"]
    assert lines_to_keep(read("FN:x", *lines)) == lines


def test_values_for_reports_have_exactly_the_agreed_shape() -> None:
    empty = {
        "prefix": "", "first_name": "", "middle_name": "", "last_name": "", "suffix": "", "display_name": "x",
        "is_company": False, "organization": "", "department": "", "job_title": "", "emails": [],
        "phones": [], "addresses": [], "websites": [], "birthday": "", "notes": "", "categories": [],
        "uid": "", "has_photo": False,
    }  # fmt: skip
    assert card_values(read("FN:x")) == empty
    card = read("FN:x", "TEL;CELL;PREF:1", "EMAIL:a@x.example", "URL:x.example", "ADR;HOME:;;Calle 1;Vigo")
    assert card_values(card) == {
        **empty,
        "phones": [{"value": "1", "kind": "mobile", "primary": True}],
        "emails": [{"value": "a@x.example", "kind": "other", "primary": False}],
        "websites": ["x.example"],
        "addresses": [
            {"kind": "home", "po_box": "", "extended": "", "street": "Calle 1", "city": "Vigo", "region": "",
             "postcode": "", "country": ""},
        ],
    }  # fmt: skip


def test_problems_are_in_words_in_the_language_of_the_reader() -> None:
    [problem] = read("FN:x", "BDAY:soon").problems
    with override("en"):
        assert problem.message == "“soon” is not a date that can be understood; it is kept as text."


def test_the_reader_needs_neither_settings_nor_vobject() -> None:
    program = (
        "import sys; from contacts.vcard import read_cards; "
        "[card] = read_cards(b'BEGIN:VCARD\\nFN:Ana\\nBDAY:soon\\n'); "
        "print(card.display_name, 'vobject' in sys.modules, [problem.code for problem in card.problems])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={})
    assert done.stdout.strip() == "Ana False ['missing_end', 'bad_date']", done.stderr
