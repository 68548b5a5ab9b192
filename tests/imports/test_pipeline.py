"""What an import makes of its rows: matching, merging, accounts, rights; the dry run foresees what the run does."""

import pytest

from accounts.models import Account
from contacts.models import Contact, ContactEmail, ContactPhone, CrossReference
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change
from core.records.trash import delete_record
from setup_values.models import Source
from tests import make
from tests.imports.running import actions, bring, card, check, go, names, outcome, person, reasons, run, table
from users.models import User

pytestmark = pytest.mark.django_db

ANA = person("Ana", "Ruiz", email="ana@montsant.example", company="Química Montsant, S.L.", job="Buyer")


@pytest.fixture
def rep() -> User:
    make.firm()
    return make.user("rep")


def the(name: str) -> Contact:
    """The only contact of that name."""
    return Contact.objects.get(full_name=name)


class TestCreating:
    def test_makes_a_contact_with_account_and_cross_reference_owned_by_the_user(self, rep):
        work = go(rep, table(ANA | {"Business Phone": "976 555 010", "Business City": "Zaragoza"}))

        ana = the("Ana Ruiz")
        assert (ana.owner, ana.team, ana.email, ana.phone) == (rep, rep.team, "ana@montsant.example", "976 555 010")
        assert (ana.first_name, ana.last_name, ana.display_name, ana.job_title) == ("Ana", "Ruiz", "", "Buyer")
        assert [row.city for row in ana.addresses.all()] == ["Zaragoza"]
        link = CrossReference.objects.get(contact=ana)
        assert (link.account.name, link.account.owner) == ("Química Montsant, S.L.", rep)
        assert work.also_written == {"account": 1, "crossreference": 1}

    def test_history_names_the_import_and_the_line(self, rep):
        work = go(rep, table(person("Luis", "Gil", email="luis@gil.example"), ANA))

        change = Change.objects.get(record_type="contact", record_id=the("Ana Ruiz").pk)
        assert (change.means, change.means_detail, change.actor) == ("import", f"{work.pk}, 3", rep)
        written = Change.objects.filter(operation=work.operation)
        assert sorted(written.values_list("record_type", flat=True)) == [
            "account",
            "contact",
            "contact",
            "crossreference",
        ]

    def test_nothing_is_written_by_the_dry_run(self, rep):
        work = check(bring(rep, table(ANA)))

        assert work.planned["actions"] == {"create": 1}
        assert not Contact.objects.exists()
        assert not Account.objects.exists()
        assert not Change.objects.filter(means="import").exists()

    def test_a_company_is_made_once_and_found_by_its_key(self, rep, monkeypatch):
        monkeypatch.setattr("imports.planning.CHUNK", 2)
        known = make.account(rep, "Cementos Arga, S.A.")
        rows = [person(f"Person {n}", "Gil", company=company) for n, company in enumerate(
            ["Talleres Ruiz, S.L.", "TALLERES RUIZ SL", "Talleres Ruiz", "cementos arga", "Talleres  Ruiz S.L.U."]
        )]  # fmt: skip

        go(rep, table(*rows))

        assert set(Account.objects.values_list("name", flat=True)) == {"Cementos Arga, S.A.", "Talleres Ruiz, S.L."}
        assert known.cross_references.count() == 1
        assert Account.objects.get(name="Talleres Ruiz, S.L.").cross_references.count() == 4

    def test_a_person_account_is_no_company(self, rep):
        make.account(rep, "Ana Ruiz", kind=Account.Kind.PERSON)

        go(rep, table(person("Luis", "Gil", company="Ana Ruiz")))

        assert CrossReference.objects.get().account.kind == Account.Kind.ORGANIZATION

    def test_one_of_several_accounts_of_a_name_is_not_guessed(self, rep):
        make.account(rep, "Aguas")
        for city in ("Teruel", "Huesca"):
            make.account(rep, "Aguas, S.A.", billing_city=city)

        work = go(rep, table(ANA | {"Company": "Aguas, S.A."}))

        assert actions(work) == ["create"]
        assert "Several accounts are called “Aguas, S.A.”" in reasons(work)[0]
        assert the("Ana Ruiz").company_name == "Aguas, S.A."
        assert not CrossReference.objects.exists()

    def test_the_account_that_a_contact_has_already_is_not_ambiguous(self, rep):
        meant, _other = make.account(rep, "Aguas, S.A."), make.account(rep, "Aguas, S.A.")
        go(rep, table(ANA | {"Company": "Aguas, S.A."}))
        make.cross_reference(rep, the("Ana Ruiz"), meant)

        work = go(rep, table(ANA | {"Company": "Aguas, S.A."}))

        assert outcome(work) == [(2, "unchanged", [])]


class TestRowsWithoutName:
    def test_an_address_alone_becomes_a_contact_that_shows_it(self, rep):
        go(rep, table({"E-mail Address": "pedidos@arga.example", "First Name": ""}))
        go(rep, table({"Business Phone": "+34 976 555 011", "First Name": ""}))

        assert names() == ["+34 976 555 011", "pedidos@arga.example"]
        assert the("pedidos@arga.example").display_name == ""

    def test_a_name_that_comes_later_is_shown(self, rep):
        go(rep, table({"E-mail Address": "ana@arga.example", "First Name": ""}))
        contact = the("ana@arga.example")
        contact.first_name, contact.last_name = "Ana", "Ruiz"
        save_record(contact, actor=rep, means=Means("form"))

        assert contact.full_name == "Ana Ruiz"

    def test_a_company_alone_becomes_a_contact_and_its_account(self, rep):
        work = go(rep, table({"Company": "Café del Puerto", "First Name": "", "Business Phone": "976 555 012"}))

        assert names() == ["Café del Puerto"]
        assert CrossReference.objects.get().account.name == "Café del Puerto"
        assert actions(go(rep, table({"Company": "Café del Puerto", "First Name": ""}))) != ["error"]
        assert work.counts["created"] == 1

    def test_a_row_that_names_nobody_is_an_error_with_its_line(self, rep):
        work = go(rep, table(ANA, {"Job Title": "Buyer"}, person("Luis", "Gil")))

        assert outcome(work)[1] == (3, "error", ["The row names no person, organization, e-mail or phone."])
        assert names() == ["Ana Ruiz", "Luis Gil"]

    def test_means_the_only_contact_with_its_address(self, rep):
        go(rep, table(ANA))

        work = go(
            rep, table({"First Name": "", "E-mail Address": "ANA@montsant.example", "Mobile Phone": "600 555 013"})
        )

        assert actions(work) == ["update"]
        assert names() == ["Ana Ruiz"]
        assert the("Ana Ruiz").phone == "600 555 013"

    def test_is_a_duplicate_of_a_row_above_with_its_address(self, rep):
        work = go(rep, table(ANA, {"E-mail Address": "ana@montsant.example"}))

        assert actions(work) == ["create", "duplicate"]
        assert "line 2" in reasons(work)[0]


class TestMatching:
    def test_the_same_file_again_changes_nothing(self, rep):
        rows = table(ANA, person("Luis", "Gil", phone="976 555 014"), person("Eva", "Sanz", company="Arga"))
        go(rep, rows)
        changes = Change.objects.count()

        work = go(rep, rows)

        assert work.counts["unchanged"] == 3
        assert Change.objects.count() == changes

    @pytest.mark.parametrize(
        "row",
        [
            person("ANA", "ruiz", email="Ana@Montsant.Example"),
            person("Ana", "Ruiz", phone="+34 976 555 010"),
            person("Ana", "Ruiz", email="new@address.example", phone="976555010"),
        ],
        ids=["e-mail", "phone", "phone beside another e-mail"],
    )
    def test_finds_the_contact_by_name_and(self, rep, row):
        go(rep, table(ANA | {"Business Phone": "976 555 010"}))

        work = go(rep, table(row))

        assert Contact.objects.count() == 1
        assert work.counts["created"] == 0

    def test_a_shared_mailbox_with_another_name_is_another_contact(self, rep):
        go(rep, table(person("Ana", "Ruiz", email="info@arga.example")))

        work = go(rep, table(person("Luis", "Gil", email="info@arga.example")))

        assert names() == ["Ana Ruiz", "Luis Gil"]
        assert reasons(work) == ["Shares e-mail or phone with Ana Ruiz, but has another name."]

    def test_a_shared_mailbox_inside_one_file_is_told_by_its_line(self, rep):
        shared = [person(name, "Gil", email="info@arga.example") for name in ("Ana", "Luis", "Eva")]

        work = go(rep, table(*shared))

        assert names() == ["Ana Gil", "Eva Gil", "Luis Gil"]
        assert reasons(work) == ["Shares e-mail or phone with line 2, but has another name."] * 2
        assert actions(go(rep, table(*shared))) == ["unchanged"] * 3

    def test_several_contacts_that_fit_equally_are_left_alone(self, rep):
        for _n in range(2):
            make.contact(rep, "Ana", "Ruiz", emails=["ana@montsant.example"])

        work = go(rep, table(ANA))

        assert outcome(work) == [(2, "duplicate", ["2 contacts match: nothing was written."])]

    def test_without_address_name_and_company_count_together(self, rep):
        rows = [person("Ana", "Ruiz", company="Arga"), person("Ana", "Ruiz", company="Montsant"), person("Ana", "Ruiz")]
        go(rep, table(*rows))

        assert Contact.objects.count() == 3
        assert actions(go(rep, table(*rows))) == ["unchanged"] * 3

    def test_a_second_row_of_one_contact_is_a_duplicate(self, rep, monkeypatch):
        monkeypatch.setattr("imports.planning.CHUNK", 1)

        work = go(rep, table(ANA, ANA | {"Job Title": "Director"}))

        assert actions(work) == ["create", "duplicate"]
        assert the("Ana Ruiz").job_title == "Buyer"

    def test_a_second_row_that_means_the_same_stored_contact_by_other_evidence_is_a_duplicate(self, rep):
        make.contact(rep, "Ana", "Ruiz", emails=["a@arga.example"], phones=["976 555 010"])

        work = go(rep, table(person("Ana", "Ruiz", email="a@arga.example"), person("Ana", "Ruiz", phone="976555010")))

        assert actions(work) == ["unchanged", "duplicate"]

    def test_names_that_do_not_fit_their_column_are_found_again(self, rep):
        long = person("Ana " * 60, "Ruiz", email="ana@long.example")
        go(rep, table(long))

        work = go(rep, table(long))

        assert actions(work) == ["unchanged"]
        assert Contact.objects.count() == 1

    def test_a_contact_in_the_trash_is_not_found(self, rep):
        contact = make.contact(rep, "Ana", "Ruiz", emails=["ana@montsant.example"])
        delete_record(contact, actor=rep, means=Means("form"))

        assert actions(go(rep, table(ANA))) == ["create"]


class TestUpdating:
    def test_filled_cells_win_and_empty_ones_keep(self, rep):
        go(rep, table(ANA | {"Department": "Purchasing"}))

        work = go(rep, table(ANA | {"Job Title": "Head of purchasing", "Department": ""}))

        ana = the("Ana Ruiz")
        assert (ana.job_title, ana.department) == ("Head of purchasing", "Purchasing")
        assert actions(work) == ["update"]

    def test_further_addresses_are_added_behind_the_primary_one(self, rep):
        go(rep, table(ANA | {"Business Phone": "976 555 010"}))

        go(
            rep,
            table(
                ANA
                | {"E-mail Address": "ana@new.example", "Business Phone": "+34976555010", "Mobile Phone": "600555015"}
            ),
        )

        ana = the("Ana Ruiz")
        assert [(row.value, row.is_primary) for row in ana.emails.all()] == [
            ("ana@montsant.example", True),
            ("ana@new.example", False),
        ]
        assert [row.value for row in ana.phones.all()] == ["976 555 010", "600555015"]

    def test_a_new_link_alone_is_a_link(self, rep):
        make.contact(rep, "Ana", "Ruiz", emails=["ana@montsant.example"], company_name="Química Montsant, S.L.")

        work = go(rep, table({name: text for name, text in ANA.items() if name != "Job Title"}))

        assert actions(work) == ["link"]
        assert work.counts["updated"] == 1
        assert CrossReference.objects.get().account.name == "Química Montsant, S.L."

    def test_a_refusal_to_be_contacted_is_never_taken_back(self, rep):
        def with_opt_out(text: str) -> bytes:
            return table(ANA | {"Email Opt Out": text})

        go(rep, with_opt_out("no"))
        assert the("Ana Ruiz").do_not_email is False
        go(rep, with_opt_out("yes"))
        assert the("Ana Ruiz").do_not_email is True

        work = go(rep, with_opt_out("no"))

        assert the("Ana Ruiz").do_not_email is True
        assert actions(work) == ["unchanged"]

    def test_notes_are_added_once_whatever_a_browser_made_of_their_line_ends(self, rep):
        row = ANA | {"Notes": "Met at the fair.\nCall in May.", "Hobby": "Chess"}
        go(rep, table(row))
        ana = the("Ana Ruiz")
        assert ana.notes == "Met at the fair.\nCall in May.\nHobby: Chess"
        ana.notes = "Ours.\r\n" + ana.notes.replace("\n", "\r\n")
        save_record(ana, actor=rep, means=Means("form"))

        assert actions(go(rep, table(row))) == ["unchanged"]
        go(rep, table(row | {"Notes": "Met at the fair.\nCall in May.\nCalled."}))

        assert the("Ana Ruiz").notes.endswith("Hobby: Chess\nMet at the fair.\nCall in May.\nCalled.")

    def test_somebody_elses_change_in_this_moment_is_kept_and_the_row_written(self, rep, monkeypatch):
        go(rep, table(ANA))
        work = check(bring(rep, table(ANA | {"Job Title": "Director"})))
        write = "imports.run.write_chunk"
        from imports.run import write_chunk

        def after_a_colleague(planned, *args, **kwargs):
            ana = the("Ana Ruiz")
            ana.nickname = "Anita"
            save_record(ana, actor=rep, means=Means("form"))
            return write_chunk(planned, *args, **kwargs)

        monkeypatch.setattr(write, after_a_colleague)
        work = run(work)

        ana = the("Ana Ruiz")
        assert (ana.nickname, ana.job_title, work.counts["updated"]) == ("Anita", "Director", 1)

    def test_a_contact_that_is_deleted_in_this_moment_is_an_error_and_loses_no_neighbour(self, rep, monkeypatch):
        go(rep, table(ANA))
        work = check(bring(rep, table(ANA | {"Job Title": "Director"}, person("Luis", "Gil"))))
        from imports.run import write_chunk

        def after_a_colleague(planned, *args, **kwargs):
            delete_record(the("Ana Ruiz"), actor=rep, means=Means("form"))
            return write_chunk(planned, *args, **kwargs)

        monkeypatch.setattr("imports.run.write_chunk", after_a_colleague)
        work = run(work)

        assert actions(work) == ["error", "create"]
        assert names() == ["Luis Gil"]


class TestWhatHasNoPlace:
    def test_a_source_of_the_catalog_is_set_and_an_unknown_one_kept_and_reported(self, rep):
        fair = make.value(Source, "Trade fair")
        work = go(
            rep,
            table(ANA | {"Lead Source": "TRADE  FAIR"}, person("Luis", "Gil") | {"Lead Source": "Feria Zgz 23"}),
        )

        assert the("Ana Ruiz").source == fair
        luis = the("Luis Gil")
        assert (luis.source, luis.notes) == (None, "Lead Source: Feria Zgz 23")
        assert reasons(work) == ["“Feria Zgz 23” is not in the list of sources: kept in the notes."]

    def test_a_retired_source_is_offered_to_no_new_contact(self, rep):
        gone = make.value(Source, "Fax")
        gone.is_active = False
        save_record(gone, actor=rep, means=Means("setup"))

        go(rep, table(ANA | {"Lead Source": "Fax"}))

        assert (the("Ana Ruiz").source, the("Ana Ruiz").notes) == (None, "Lead Source: Fax")

    def test_an_owner_is_set_where_the_user_could_still_change_the_contact(self, rep):
        colleague = make.user("rep", name="Jon Aguirre")
        stranger = make.user("rep", name="Eva Berg", team=make.team("South"))
        rows = [
            person("Ana", "Ruiz") | {"Contact Owner": colleague.email.upper()},
            person("Luis", "Gil") | {"Contact Owner": "Eva Berg"},
            person("Eva", "Sanz") | {"Contact Owner": "Nobody Here"},
        ]

        work = go(rep, table(*rows))

        assert the("Ana Ruiz").owner == colleague
        assert [the(name).owner for name in ("Luis Gil", "Eva Sanz")] == [rep, rep]
        assert the("Luis Gil").notes == "Contact Owner: Eva Berg"
        assert the("Eva Sanz").notes == "Contact Owner: Nobody Here"
        assert len(reasons(work)) == 2
        assert stranger.name in reasons(work)[0]

    def test_the_number_in_another_system_is_no_uid_and_stays_readable(self, rep):
        first = table(ANA | {"Record ID": "7001"})
        go(rep, first)
        ana = the("Ana Ruiz")
        assert ana.vcard_uid == ""
        assert ana.notes == "Record ID: 7001"

        work = go(rep, table(person("Luis", "Gil", email="luis@gil.example") | {"Record ID": "7001"}))

        assert actions(work) == ["create"]

    def test_values_longer_than_their_column_are_kept_whole_in_the_notes(self, rep):
        title, address = "Buyer " * 50, "https://maps.example/" + "x" * 1200
        phone, city = "976 555 010 " * 12, "Llanfair" * 20
        row = ANA | {"Job Title": title, "Web Page": address, "Business Phone": phone, "Business City": city}

        work = go(rep, table(row))

        ana = the("Ana Ruiz")
        assert len(ana.job_title) <= 200
        for text in (title.strip(), address, phone.strip(), city):
            assert text in ana.notes
        assert len([reason for reason in reasons(work) if "too long" in reason]) == 4
        assert actions(go(rep, table(row))) == ["unchanged"]

    def test_two_desks_of_one_switchboard_are_two_phones(self, rep):
        go(rep, table(ANA | {"Business Phone": "976 555 010 ext. 12"}))

        go(rep, table(ANA | {"Business Phone": "976 555 010 ext. 13"}))

        assert [row.value for row in the("Ana Ruiz").phones.all()] == ["976 555 010 ext. 12", "976 555 010 ext. 13"]

    def test_what_is_no_address_is_kept_as_text(self, rep):
        work = go(rep, table(ANA | {"E-mail Address": "ana(at)montsant", "Business Phone": "ask reception"}))

        ana = the("Ana Ruiz")
        assert (ana.email, ana.phone) == ("ana(at)montsant", "ask reception")
        assert len(reasons(work)) == 2


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

    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path

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


class TestRights:
    def test_a_contact_that_the_user_does_not_see_is_neither_changed_nor_told(self, rep):
        stranger = make.user("rep", team=make.team("South"))
        hidden = make.contact(stranger, "Ana", "Ruiz", emails=["ana@montsant.example"], vcard_uid="urn:uuid:1")
        cards = card("UID:urn:uuid:1", "EMAIL:ana@montsant.example", "TITLE:Director", name="Ana Ruiz")

        work = go(rep, cards)

        hidden.refresh_from_db()
        assert outcome(work) == [(1, "create", [])]
        assert (hidden.job_title, hidden.version) == ("", 1)
        assert actions(go(rep, cards)) == ["unchanged"]

    def test_a_contact_that_the_user_may_only_see_is_an_error_unless_nothing_would_change(self, rep):
        stranger = make.user("rep", team=make.team("South"))
        rep.role.rights["contact"]["view"] = "all"
        rep.role.save()
        make.contact(stranger, "Ana", "Ruiz", emails=["ana@montsant.example"], job_title="Buyer")

        changed = go(rep, table(person("Ana", "Ruiz", email="ana@montsant.example", job="Director")))
        same = go(rep, table(person("Ana", "Ruiz", email="ana@montsant.example", job="Buyer")))

        assert outcome(changed) == [(2, "error", ["This contact exists, but you may not change it."])]
        assert actions(same) == ["unchanged"]
        assert the("Ana Ruiz").job_title == "Buyer"

    def test_an_account_that_the_user_does_not_see_is_not_linked(self, rep):
        stranger = make.user("rep", team=make.team("South"))
        hidden = make.account(stranger, "Química Montsant, S.L.")

        go(rep, table(ANA))

        assert CrossReference.objects.get().account != hidden

    def test_without_the_right_to_make_accounts_contacts_stay_without(self, rep):
        rep.role.rights["account"]["create"] = "none"
        rep.role.save()
        make.account(rep, "Cementos Arga")

        work = go(rep, table(ANA, person("Luis", "Gil", company="Cementos Arga")))

        assert Account.objects.count() == 1
        assert "you may not make one" in reasons(work)[0]
        assert CrossReference.objects.get().contact == the("Luis Gil")

    def test_who_may_not_import_any_more_does_not(self, rep):
        work = check(bring(rep, table(ANA)))
        User.objects.filter(pk=rep.pk).update(is_active=False)

        work = run(work)

        assert (work.stage, work.error) == ("failed", "The user who brought this file may not import any more.")
        assert not Contact.objects.exists()


class TestRefusals:
    def test_a_refused_account_costs_the_link_and_not_the_contact(self, rep, monkeypatch):
        from django.core.exceptions import ValidationError

        def refuse(account):
            if account.name.startswith("Bad"):
                raise ValidationError({"name": "This name is not possible."})

        monkeypatch.setattr(Account, "clean", refuse)
        rows = [
            person("Ana", "Ruiz", company="Bad"),
            person("Luis", "Gil", company="Bad"),
            person("Eva", "Sanz", company="Arga"),
        ]

        work = go(rep, table(*rows))

        assert names() == ["Ana Ruiz", "Eva Sanz", "Luis Gil"]
        assert reasons(work) == ["No account was made: Name: This name is not possible."] * 2
        assert CrossReference.objects.get().contact == the("Eva Sanz")

    def test_a_refused_contact_leaves_nothing_behind_and_its_company_to_the_next(self, rep, monkeypatch):
        from django.core.exceptions import ValidationError

        clean = Contact.clean

        def refuse(contact):
            clean(contact)
            if contact.first_name == "Bad":
                raise ValidationError({"first_name": "No."})

        monkeypatch.setattr(Contact, "clean", refuse)
        rows = [
            person("Bad", "Ruiz", company="Arga"),
            person("Luis", "Gil", company="Arga"),
            person("Bad", "Sanz", company="Montsant"),
        ]

        work = go(rep, table(*rows))

        assert actions(work) == ["error", "create", "error"]
        assert "First name: No." in reasons(work)
        assert list(Account.objects.values_list("name", flat=True)) == ["Arga"]
        assert work.also_written == {"account": 1, "crossreference": 1}

    def test_a_refused_link_costs_the_link_and_not_the_contact(self, rep, monkeypatch):
        work = check(bring(rep, table(ANA)))
        from imports.planning import Planner

        link = Planner._link

        def to_what_is_gone(planner, plan, known):
            link(planner, plan, known)
            gone = make.account(rep, "Gone")
            delete_record(gone, actor=rep, means=Means("form"))
            plan.account.pk, plan.account.new, plan.makes_account = gone.pk, None, False

        monkeypatch.setattr(Planner, "_link", to_what_is_gone)
        work = run(work)

        assert actions(work) == ["create"]
        assert reasons(work)[0].startswith("Not cross-referenced:")
        assert names() == ["Ana Ruiz"]


class TestPhones:
    def test_a_fax_says_nothing_about_who_it_is(self, rep):
        rows = [
            person("Ana", "Ruiz") | {"Business Fax": "976 555 010"},
            person("Ana", "Ruiz", email="ana@arga.example"),
        ]
        go(rep, table(rows[0]))

        assert actions(go(rep, table(rows[1]))) == ["create"]
        assert ContactPhone.objects.get().kind == "fax_work"
