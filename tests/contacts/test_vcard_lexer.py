"""How one line of a vCard is read: parameters, character sets, transfer encodings, escapes, splitting."""

import pytest

from contacts.vcard import read_cards
from contacts.vcard_lexer import escape, find_codec, unescape
from tests.contacts.vcards import codes, read


def kinds(*lines: str, version: str = "3.0") -> list[str]:
    return [phone.kind for phone in read("FN:x", *lines, version=version).phones]


def test_types_are_read_in_every_spelling() -> None:
    spellings = (
        "TEL;WORK;FAX:1",
        "TEL;TYPE=WORK;TYPE=FAX:1",
        "TEL;type=work,fax:1",
        'TEL;TYPE="work,fax":1',
        'TEL;TYPE="work","fax":1',
        "TEL;TYPE=WORK,TYPE=FAX:1",
        "tel ; Type = Work ; fax :1",
        "item1.TEL;WORK;FAX:1",
    )
    assert kinds(*spellings) == ["fax_work"] * len(spellings)


def test_quotes_in_a_parameter_hide_colons_and_semicolons() -> None:
    card = read('ADR;LABEL="a:b;c";TYPE=home:;;Calle 1;Vigo;;;', 'TEL;TYPE="COMMA,SEP:IN;QUOTE",PREF:1')
    assert [(address.kind, address.street) for address in card.addresses] == [("home", "Calle 1")]
    assert [(phone.value, phone.primary) for phone in card.phones] == [("1", True)]


def test_a_quote_that_never_closes_is_a_character() -> None:
    card = read('TEL;X-A="open;TYPE=WORK:555', 'NOTE:He said "yes: at 10"')
    assert [(phone.value, phone.kind) for phone in card.phones] == [("555", "work")]
    assert card.notes == 'He said "yes: at 10"'


def test_parameter_escapes_of_version_4_are_resolved() -> None:
    card = read("FN:x", "ADR;LABEL=\"Calle 1^nVigo ^^ ^'Centro^'\":;;;;;;")
    assert card.addresses[0].street == 'Calle 1\nVigo ^ "Centro"'


def test_labels_of_samsung_phones_are_decoded() -> None:
    card = read(
        "FN:x",
        "TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=4D=C3=B3vil):1",
        "TEL;X-CUSTOM(Taller):2",
        version="2.1",
    )
    assert [(phone.value, phone.label, phone.kind) for phone in card.phones] == [
        ("1", "Móvil", "mobile"),
        ("2", "Taller", "other"),
    ]
    assert card.problems == []


def test_a_type_of_the_users_own_is_the_label() -> None:
    assert [phone.label for phone in read("TEL;TYPE=Almacén,voice:1", "TEL;ISDN:2").phones] == ["Almacén", ""]


@pytest.mark.parametrize("charset", ["ISO-8859-1", "windows-1252", "latin1", '"ISO_8859-15"', "CP850"])
def test_a_named_character_set_is_used(charset: str) -> None:
    codec = "cp850" if charset == "CP850" else "cp1252"
    card = read(f"FN;CHARSET={charset}:".encode() + "Begoña Peña".encode(codec))
    assert (card.display_name, card.problems) == ("Begoña Peña", [])


def test_japanese_text_is_decoded_before_it_is_split() -> None:
    # The second byte of 表 and ソ is a backslash, that of 十 too.
    encoded = "N;CHARSET=SHIFT_JIS:表;ソ十;;;".encode("cp932")
    quoted = b"ORG;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:=95=5C;=83=5C"
    card = read(encoded, quoted, version="2.1")
    assert (card.last_name, card.first_name) == ("表", "ソ十")
    assert (card.organization, card.department) == ("表", "ソ")
    # Characters that Windows adds to the set.
    assert read("FN;CHARSET=SHIFT_JIS:髙橋①".encode("cp932")).display_name == "髙橋①"


def test_text_that_is_not_utf8_is_read_as_windows_1252_with_a_warning() -> None:
    card = read("FN:Peña – 5 €".encode("cp1252"))
    assert (card.display_name, codes(card)) == ("Peña – 5 €", ["not_utf8"])


def test_one_wrong_byte_does_not_spoil_the_rest_of_the_text() -> None:
    card = read("FN:Begoña Peña".encode() + b"\xc3")
    assert card.display_name == "Begoña PeñaÃ"


def test_an_unknown_character_set_is_a_warning() -> None:
    for charset in ("X-NOBODY", "hex", "rot13", "idna", "unicode_escape", "../../x", "ñ", "a\0b"):
        card = read(f"FN;CHARSET={charset}:Begoña".encode())
        assert (card.display_name, codes(card)) == ("Begoña", ["unknown_charset"])
        assert card.problems[0].line == 3


def test_a_wrong_character_set_is_a_warning_and_utf8_is_tried() -> None:
    card = read("FN;CHARSET=US-ASCII:Begoña".encode(), "NOTE;CHARSET=UTF-8:Peña".encode("cp1252"))
    assert (card.display_name, card.notes) == ("Begoña", "Peña")
    assert codes(card) == ["wrong_charset", "wrong_charset"]


def test_every_known_character_set_survives_random_bytes() -> None:
    every = bytes(range(256)) * 2
    for charset in ("utf-16", "utf-32", "iso2022_jp", "hz", "big5", "gb18030", "euc_kr", "johab", "cp037"):
        assert find_codec(charset)
        [card] = read_cards(
            b"BEGIN:VCARD\nFN:x\nNOTE;CHARSET=" + charset.encode() + b":" + every.replace(b"\n", b"") + b"\n"
        )
        assert "\0" not in card.notes


def test_quoted_printable_is_decoded_with_its_soft_breaks() -> None:
    card = read(
        "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Ma=C3=B1ana a las 10=0D=0A=",
        "y el ma=C3=",
        "=B1ana=",
        " siguiente=3D",
        "FN;quoted-printable:Jos=c3=a9",
        version="2.1",
    )
    assert card.notes == "Mañana a las 10\ny el mañana siguiente="
    assert card.display_name == "José"


def test_quoted_printable_may_be_folded_as_well() -> None:
    assert read("FN:x", "NOTE;ENCODING=QUOTED-PRINTABLE:Ma=C3", " =B1ana", version="2.1").notes == "Mañana"


def test_bad_quoted_printable_is_taken_as_it_stands_with_a_warning() -> None:
    card = read("FN:x", "TITLE;ENCODING=QUOTED-PRINTABLE:50=ZZ =E1", version="2.1")
    assert card.job_title == "50=ZZ á"
    assert codes(card) == ["bad_quoted_printable", "not_utf8"]


def test_a_separator_hidden_by_quoted_printable_is_data() -> None:
    card = read("FN:x", "ADR;ENCODING=QUOTED-PRINTABLE:;;A=3BB\\;C=5C;D;Vigo;;;", version="2.1")
    assert card.addresses[0].street == "A;B;C;D"
    assert card.addresses[0].city == "Vigo"


def test_separators_that_are_all_quoted_separate() -> None:
    card = read("N;ENCODING=QUOTED-PRINTABLE:Pe=C3=B1a=3BBego=C3=B1a=3B=3B=3B", version="2.1")
    assert (card.last_name, card.first_name) == ("Peña", "Begoña")


@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
def test_single_values_are_never_cut_at_commas_or_semicolons(version: str) -> None:
    card = read("FN:Peña, Begoña", "NOTE:Call Tom, then Ann; not Jo", "TITLE:Buyer, tools", version=version)
    assert card.display_name == "Peña, Begoña"
    assert card.notes == "Call Tom, then Ann; not Jo"
    assert card.job_title == "Buyer, tools"


def test_escapes_are_resolved_after_splitting() -> None:
    card = read("ORG:Peña\\; Hijos\\, S.L.;Compras\\\\;\\\\\\;Ventas", 'NOTE:one\\ntwo\\Nthree \\"x\\" C:\\Users')
    assert card.organization == "Peña; Hijos, S.L."
    assert card.department == "Compras\\ / \\;Ventas"
    assert card.notes == 'one\ntwo\nthree "x" C:\\Users'


def test_escaped_colons_of_old_writers_are_resolved() -> None:
    assert read("FN:x", "URL:https\\://x.example").websites[0].value == "https://x.example"


def test_only_lists_are_split_at_commas_that_are_not_escaped() -> None:
    card = read("FN:x", "CATEGORIES:Fair\\, 2024,Buyers, Buyers,,", "CATEGORIES:Spain")
    assert card.categories == ["Fair, 2024", "Buyers", "Spain"]


def test_text_encoded_in_base64_is_decoded() -> None:
    assert read("FN:x", "NOTE;ENCODING=B:TWHDsWFuYQ==").notes == "Mañana"


def test_characters_that_databases_refuse_are_left_out() -> None:
    card = read(b"FN:Ana\0 Pri\x07eto", b"NOTE:a\x00b\x1bc\\nd\te", b"X-A\x3a:\0z")
    assert card.display_name == "Ana Prieto"
    assert card.notes == "abc\nd\te"
    assert "\0" not in "".join(card.unknown)


def test_a_line_without_a_proper_name_is_no_property() -> None:
    card = read("FN:x", "Meeting at 10:30", ":empty", "a.b.c:1")
    assert codes(card) == ["not_a_property"] * 3
    assert card.unknown == ["Meeting at 10:30", ":empty", "a.b.c:1"]


def test_escape_is_the_way_back_of_unescape() -> None:
    text = 'a;b,c\\d\ne: "f"'
    assert escape(text) == 'a\\;b\\,c\\\\d\\ne: "f"'
    assert unescape(escape(text)) == text
