"""[M6] Cards that we write: what a contact holds comes back from our reader, and nothing breaks out of its line."""

import datetime
import random

import pytest
from django.core.files.base import ContentFile
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contacts.models import Contact, ContactAddress, ContactEmail, ContactHandle, ContactPhone, ContactWebsite
from contacts.vcard import Card, lines_to_keep, read_cards
from contacts.vcard_values import several_lines
from contacts.vcard_writer import V3, V4, fold_line, write_card
from core.records.channels import PhoneKind
from core.text.normalise import is_blank

CHANGED = datetime.datetime(2026, 3, 2, 9, 30, tzinfo=datetime.UTC)
versions = pytest.mark.parametrize("version", [V3, V4])


def contact_of(*, emails=(), phones=(), addresses=(), websites=(), handles=(), **fields) -> Contact:
    """A contact that is not saved, with its rows."""
    contact = Contact(changed_at=CHANGED, **fields)
    contact._children = {
        "emails": emails, "phones": phones, "addresses": addresses, "websites": websites, "handles": handles,
    }  # fmt: skip
    contact.derive({"emails": emails, "phones": phones, "addresses": addresses})
    return contact


def written(contact: Contact, version: str, **more) -> bytes:
    return b"".join(write_card(contact, version, **more))


def lines_of(contact: Contact, version: str, **more) -> list[str]:
    return written(contact, version, **more).decode().replace("\r\n ", "").split("\r\n")


def read_back(contact: Contact, version: str) -> Card:
    [card] = read_cards(written(contact, version))
    return card


def lucia() -> Contact:
    return contact_of(
        prefix="Dra.",
        first_name="Lucía",
        middle_name="Pilar",
        last_name="Serrano; Peña",
        suffix="MBA",
        nickname="Luci, Lu",
        phonetic_first_name="Luzia",
        phonetic_last_name="Serano",
        company_name="Bodegas, S.L.",
        department="Compras; Bodega",
        job_title="Jefa",
        birthday="--05-19",
        notes="Uno\nDos; tres, \\cuatro",
        language="es",
        vcard_uid="urn:uuid:1",
        vcard_extra="X-MS-MANAGER:Íñigo\nitem1.X-FOO:1\nitem1.X-ABLabel:Label",
        emails=[
            ContactEmail(value="casa@x.example", kind="home"),
            ContactEmail(value="l@x.example", kind="work", is_primary=True),
        ],
        phones=[
            ContactPhone(value="+34 976 555 101", kind="work", extension="12", is_primary=True),
            ContactPhone(value="600 111 222", kind="mobile"),
            ContactPhone(value="600 333 444", kind="other", label="Portería"),
        ],
        addresses=[
            ContactAddress(
                kind="work",
                street="Calle Mayor 3\n2º B",
                postcode="01001",
                city="Vitoria",
                country="ES",
                is_primary=True,
            )
        ],
        websites=[ContactWebsite(value="https://x.example/a,b;c", is_primary=True)],
        handles=[
            ContactHandle(service="skype", value="live:lucia", is_primary=True),
            ContactHandle(service="linkedin", value="https://www.linkedin.com/in/lucia"),
        ],
    )


pytestmark = pytest.mark.django_db


def test_a_card_3_is_written_as_outlook_apple_and_google_write_theirs():
    assert lines_of(lucia(), V3) == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "N:Serrano\\; Peña;Lucía;Pilar;Dra.;MBA",
        "FN:Lucía Pilar Serrano\\; Peña",
        "NICKNAME:Luci\\, Lu",
        "X-PHONETIC-FIRST-NAME:Luzia",
        "X-PHONETIC-LAST-NAME:Serano",
        "ORG:Bodegas\\, S.L.;Compras\\; Bodega",
        "TITLE:Jefa",
        "EMAIL;TYPE=INTERNET,WORK,PREF:l@x.example",
        "EMAIL;TYPE=INTERNET,HOME:casa@x.example",
        "TEL;TYPE=WORK,VOICE,PREF;X-EXT=12:+34 976 555 101 ext. 12",
        "TEL;TYPE=CELL:600 111 222",
        "item2.TEL;TYPE=VOICE:600 333 444",
        "item2.X-ABLabel:Portería",
        "ADR;TYPE=WORK,PREF:;;Calle Mayor 3\\n2º B;Vitoria;;01001;Spain",
        "URL;TYPE=PREF:https://x.example/a,b;c",
        "IMPP;TYPE=PREF;X-SERVICE-TYPE=skype:skype:live:lucia",
        "X-SOCIALPROFILE;X-SERVICE-TYPE=linkedin:https://www.linkedin.com/in/lucia",
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-19",
        "NOTE:Uno\\nDos\\; tres\\, \\\\cuatro",
        "LANG;TYPE=PREF:es",
        "UID:urn:uuid:1",
        "REV:20260302T093000Z",
        "X-MS-MANAGER:Íñigo",
        "item1.X-FOO:1",
        "item1.X-ABLabel:Label",
        "END:VCARD",
        "",
    ]


def test_a_card_4_follows_its_own_rules():
    lines = lines_of(lucia(), V4)
    for line in (
        "VERSION:4.0",
        "EMAIL;TYPE=work;PREF=1:l@x.example",
        "TEL;TYPE=work;PREF=1;X-EXT=12:+34 976 555 101 ext. 12",
        "TEL;TYPE=cell:600 111 222",
        "IMPP;PREF=1;SERVICE-TYPE=skype:skype:live:lucia",
        "SOCIALPROFILE;SERVICE-TYPE=linkedin:https://www.linkedin.com/in/lucia",
        "BDAY:--0519",
    ):
        assert line in lines
    assert "BDAY:19740519" in lines_of(contact_of(last_name="x", birthday="1974-05-19"), V4)
    assert "BDAY;VALUE=text:around 1800" in lines_of(contact_of(last_name="x", birthday="around 1800"), V4)


@versions
def test_what_a_contact_holds_comes_back(version):
    contact, card = lucia(), read_back(lucia(), version)
    assert card.problems == []
    assert (card.prefix, card.first_name, card.middle_name, card.last_name, card.suffix) == (
        contact.prefix, contact.first_name, contact.middle_name, contact.last_name, contact.suffix,
    )  # fmt: skip
    assert (card.display_name, card.nickname) == (contact.full_name, "Luci, Lu")
    assert (card.phonetic_first_name, card.phonetic_last_name) == ("Luzia", "Serano")
    assert (card.organization, card.department, card.job_title) == ("Bodegas, S.L.", "Compras; Bodega", "Jefa")
    assert (card.birthday, card.notes, card.language, card.uid) == (
        "--05-19", "Uno\nDos; tres, \\cuatro", "es", "urn:uuid:1",
    )  # fmt: skip
    assert [(one.value, one.kind, one.primary) for one in card.emails] == [
        ("l@x.example", "work", True), ("casa@x.example", "home", False),
    ]  # fmt: skip
    assert [(one.value, one.kind, one.ext, one.label) for one in card.phones] == [
        ("+34 976 555 101", "work", "12", ""), ("600 111 222", "mobile", "", ""),
        ("600 333 444", "other", "", "Portería"),
    ]  # fmt: skip
    assert [(one.service, one.value) for one in card.handles] == [
        ("skype", "live:lucia"), ("linkedin", "https://www.linkedin.com/in/lucia"),
    ]  # fmt: skip
    assert (card.addresses[0].street, card.addresses[0].postcode) == ("Calle Mayor 3\n2º B", "01001")
    assert card.websites[0].value == "https://x.example/a,b;c"
    assert lines_to_keep(card) == ["X-MS-MANAGER:Íñigo", "item1.X-FOO:1", "item1.X-ABLabel:Label"]


@versions
@pytest.mark.parametrize("kind", PhoneKind.values)
def test_every_kind_of_phone_comes_back(version, kind):
    card = read_back(contact_of(phones=[ContactPhone(value="600 111", kind=kind)]), version)
    assert [point.kind for point in card.phones] == [kind]


def test_the_firm_of_the_account_stands_in_where_none_is_written_down():
    assert "ORG:Hotel Mirador" in lines_of(contact_of(last_name="x"), V3, organization="Hotel Mirador")


texts = st.text(max_size=60)
fields = st.fixed_dictionaries(
    dict.fromkeys(
        ("prefix", "first_name", "middle_name", "last_name", "suffix", "nickname", "company_name", "notes"), texts
    )
)
INJECTIONS = ["a\r\nTEL:1", "a\nEND:VCARD\nBEGIN:VCARD", "a\rX:1", "\u2028TEL:1", "\x85TEL:1", "a\0b", "\ud800"]


def one_line_of(text: str) -> str:
    return " ".join(several_lines(text).split())


@versions
@settings(max_examples=120, deadline=None)
@given(values=fields, value=texts.filter(lambda text: not is_blank(text)))
@example(values=dict.fromkeys(("first_name", "last_name", "notes"), "a\r\nEND:VCARD\r\n"), value="x\r\nTEL:1")
@example(values=dict.fromkeys(("first_name", "last_name"), "\\"), value='"\n^;:,')
@example(values=dict.fromkeys(("first_name", "last_name"), "\xad"), value="\xada")
def test_any_text_comes_back_on_its_own_line(version, values, value):
    contact = contact_of(
        **values,
        job_title="Always here",
        emails=[ContactEmail(value=value, label=value)],
        phones=[ContactPhone(value="1", extension=value[:20], label=value)],
        handles=[ContactHandle(service=value, value="somebody")],
    )
    card = read_back(contact, version)
    names = ("prefix", "first_name", "middle_name", "last_name", "suffix")
    for name in names:
        assert getattr(card, name) == one_line_of(values.get(name, ""))
    assert card.organization == one_line_of(values.get("company_name", ""))
    assert card.notes == several_lines(values.get("notes", "").replace("\r\n", "\n").replace("\r", "\n"))
    assert len(card.emails) == (1 if one_line_of(value) else 0)
    assert len(card.phones) == 1
    assert len(card.handles) == 1
    assert card.job_title == "Always here"
    assert card.unknown == []


@versions
@pytest.mark.parametrize("text", INJECTIONS)
def test_nothing_breaks_out_of_its_line(version, text):
    rows = [ContactAddress(kind="work", street=text, city=text, country=text, label=text)]
    contact = contact_of(
        last_name=text, nickname=text, birthday=text, vcard_uid=text, language=text, addresses=rows,
        websites=[ContactWebsite(value=text, label=text)], handles=[ContactHandle(service=text, value=text)],
        vcard_extra=f"X-A;B={text}:{text}",
    )  # fmt: skip
    data = written(contact, version).replace(b"\r\n ", b"")
    lines = data.split(b"\r\n")
    assert lines.count(b"END:VCARD") == 1
    assert data.count(b"\r") == data.count(b"\n") == len(lines) - 1
    assert not [line for line in lines if line.startswith((b"TEL", b"X:"))]


def test_kept_lines_are_written_only_as_whole_properties():
    extra = "nothing\nBEGIN:VCARD\nVERSION:2.1\nX-OLD;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Ma=C3=B1ana\nTITLE:Two"
    lines = lines_of(contact_of(last_name="x", job_title="One", vcard_extra=extra, birthday="1974-05-19"), V3)
    assert lines[-4:] == ["X-OLD:Mañana", "TITLE:Two", "END:VCARD", ""]
    assert lines.count("BEGIN:VCARD") == 1
    kept = lines_of(contact_of(last_name="x", vcard_extra="BDAY:1975", birthday="1974-05-19"), V3)
    assert "X-BDAY:1975" in kept
    assert "BDAY:1974-05-19" in kept


@given(text=st.text(max_size=400))
@example(text="a" * 73 + "ñ" + "b" * 72 + "😀" * 40)
def test_lines_are_folded_at_75_octets_and_never_inside_a_character(text):
    text = text.replace("\r", "").replace("\n", "").encode("utf-8", "replace").decode()
    data = fold_line(text)
    pieces = data.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(piece) <= 75 for piece in pieces)
    assert "".join([pieces[0].decode(), *(piece[1:].decode() for piece in pieces[1:])]) == text


@versions
@pytest.mark.parametrize("size", [40, 48 * 1024 - 1, 48 * 1024, 48 * 1024 + 1, 200_000])
def test_a_photo_comes_back_byte_for_byte(version, size, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    data = b"\xff\xd8\xff\xe0" + random.Random(size).randbytes(size - 4)
    contact = contact_of(last_name="x")
    contact.photo.save("a.jpg", ContentFile(data), save=False)
    card = read_back(contact, version)
    assert (card.photo.data, card.photo.mime, card.problems) == (data, "image/jpeg", [])
    assert max(map(len, written(contact, version).split(b"\r\n"))) <= 75
    assert max(map(len, write_card(contact, version))) < 100_000


@versions
def test_a_photo_whose_file_is_gone_or_is_no_picture_is_left_out(version, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    contact = contact_of(last_name="x", photo="photos/none.jpg")
    assert b"PHOTO" not in written(contact, version)
    contact.photo.save("a.jpg", ContentFile(b"<svg/>"), save=False)
    assert b"PHOTO" not in written(contact, version)
