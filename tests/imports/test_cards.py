"""vCards on their way into the database: UIDs, primaries, labels, photos, and bad cards among good ones."""

import pytest

from contacts.models import Contact, ContactEmail
from core.records.means import Means
from core.records.trash import delete_record
from tests.imports.running import actions, card, go, names, reasons, the

pytestmark = pytest.mark.django_db


class TestCards:
    def test_finds_a_card_again_by_its_uid_though_the_name_is_another(self, rep):
        go(rep, card("UID:urn:uuid:1", "N:Ruiz;Ana;;;", name="Ana Ruiz"))

        work = go(rep, card("UID:urn:uuid:1", "N:Gil;Ana;;;", name="Ana Gil"))

        assert names() == ["Ana Gil"]
        assert actions(work) == ["update"]

    def test_keeps_the_uid_that_a_contact_has(self, rep):
        go(rep, card("UID:urn:uuid:1", "EMAIL:ana@arga.example", name="Ana Ruiz"))

        go(rep, card("UID:urn:uuid:2", "EMAIL:ana@arga.example", name="Ana Ruiz"))

        assert the("Ana Ruiz").vcard_uid == "urn:uuid:1"

    def test_a_uid_in_the_trash_is_not_taken_again(self, rep):
        cards = card("UID:urn:uuid:1", "EMAIL:ana@arga.example", name="Ana Ruiz")
        go(rep, cards)
        delete_record(the("Ana Ruiz"), actor=rep, means=Means("form"))

        work = go(rep, cards)

        ana = the("Ana Ruiz")
        assert actions(work) == ["create"]
        assert (ana.vcard_uid, ana.vcard_extra) == ("", "X-UID:urn:uuid:1")
        assert actions(go(rep, cards)) == ["unchanged"]

    @pytest.mark.parametrize(
        ("lines", "primary"),
        [
            (["EMAIL:a@arga.example", "EMAIL:b@arga.example"], "a@arga.example"),
            (["EMAIL:a@arga.example", "EMAIL;TYPE=pref:b@arga.example"], "b@arga.example"),
            (["EMAIL;TYPE=pref:a@arga.example", "EMAIL;TYPE=pref:b@arga.example"], "a@arga.example"),
        ],
        ids=["none", "one", "several"],
    )
    def test_one_address_is_the_primary_one_whatever_the_card_marks(self, rep, lines, primary):
        go(rep, card(*lines, name="Ana Ruiz"))

        rows = ContactEmail.objects.filter(parent=the("Ana Ruiz"), is_primary=True)
        assert [row.value for row in rows] == [primary] == [the("Ana Ruiz").email]

    def test_labels_extensions_and_kinds_are_kept(self, rep):
        go(
            rep,
            card(
                "item1.EMAIL:ana@arga.example",
                "item1.X-ABLabel:Workshop",
                "TEL;TYPE=fax,work:tel:+34976555010;ext=12",
                "item2.ADR:;;Calle Mayor 3;Zaragoza;;50001;Spain",
                "item2.X-ABLabel:Depot",
                "item3.URL:https://arga.example",
                "item3.X-ABLabel:Shop",
                name="Ana Ruiz",
            ),
        )

        ana = the("Ana Ruiz")
        assert [(row.kind, row.label) for row in ana.emails.all()] == [("other", "Workshop")]
        assert [(row.kind, row.extension) for row in ana.phones.all()] == [("fax_work", "12")]
        assert [(row.label, row.country) for row in ana.addresses.all()] == [("Depot", "ES")]
        assert [(row.value, row.label) for row in ana.websites.all()] == [("https://arga.example", "Shop")]

    def test_what_no_field_holds_is_kept_for_the_way_back(self, rep):
        go(rep, card("X-SKYPE-ID;TYPE=home:ana", "KEY:abc", "CATEGORIES:Fair,Customer", name="Ana Ruiz"))

        ana = the("Ana Ruiz")
        assert "KEY:abc" in ana.vcard_extra
        assert ana.notes == "Categories: Fair, Customer"

    def test_a_name_that_the_parts_already_say_is_not_kept_twice(self, rep):
        go(rep, card("N:Ruiz;Ana;;Dra.;", name="Dra. Ana Ruiz") + card("N:Gil;Luis;María;;", name="Luisma Gil"))

        assert the("Ana Ruiz").display_name == ""
        assert the("Luisma Gil").display_name == "Luisma Gil"

    def test_one_bad_card_among_many_loses_none(self, rep):
        good = [card(f"EMAIL:p{n}@arga.example", name=f"Person {n:03}") for n in range(600)]
        bad = ["BEGIN:VCARD\r\nVERSION:3.0\r\nPHOTO;ENCODING=b:****\r\n\x00\x01:::\r\n", card("X-NOTHING:1")]
        cards = [*good[:250], *bad, *good[250:]]

        work = go(rep, "".join(cards))

        assert Contact.objects.count() == 600
        assert work.counts["errors"] == 2
        assert actions(work).count("create") == 600

    def test_text_that_no_database_keeps_costs_no_card(self, rep):
        odd = "FN;CHARSET=utf-7:Ana +2AA- Ruiz\r\nNOTE:a\x00b\r\nX-ODD:\x00\r\n"

        work = go(rep, f"BEGIN:VCARD\r\nVERSION:3.0\r\n{odd}END:VCARD\r\n" + card(name="Luis Gil"))

        assert actions(work) == ["create", "create"]


class TestPhotos:
    PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

    def test_a_photo_fills_an_empty_place_and_is_not_written_twice(self, rep):
        go(rep, card("EMAIL:ana@arga.example", name="Ana Ruiz"))
        with_photo = card("EMAIL:ana@arga.example", f"PHOTO;ENCODING=b;TYPE=PNG:{self.PIXEL}", name="Ana Ruiz")

        assert actions(go(rep, with_photo)) == ["update"]
        name = the("Ana Ruiz").photo.name
        assert name.endswith(".png")
        assert actions(go(rep, with_photo)) == ["unchanged"]
        assert the("Ana Ruiz").photo.name == name

    def test_a_photo_that_is_none_is_left_out_with_a_word(self, rep):
        work = go(rep, card("PHOTO;ENCODING=b;TYPE=PNG:AAAAAAAAAAAAAAAA", name="Ana Ruiz"))

        assert actions(work) == ["create"]
        assert not the("Ana Ruiz").photo
        assert any("photo" in reason for reason in reasons(work))

    def test_heavy_photos_are_written_in_smaller_chunks(self, rep, monkeypatch, django_assert_max_num_queries):
        monkeypatch.setattr("imports.planning.MOST_PHOTO_BYTES", 100)
        cards = [card(f"PHOTO;ENCODING=b;TYPE=PNG:{self.PIXEL}", name=f"Person {n}") for n in range(5)]

        work = go(rep, "".join(cards))

        assert work.counts["created"] == 5
        assert Contact.objects.exclude(photo="").count() == 5
