"""What an import makes of its rows: new contacts, accounts, whom a row means; the dry run foresees the run."""

import pytest

from accounts.models import Account
from contacts.models import Contact, CrossReference
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change
from core.records.trash import delete_record
from tests import make
from tests.imports.running import ANA, actions, bring, check, go, names, outcome, person, reasons, table, the

pytestmark = pytest.mark.django_db


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

    def test_a_value_for_every_row_stands_back_where_the_row_has_its_own(self, rep):
        own = person("Luis", "Gil", email="luis@gil.example", job="Welder")

        go(rep, table(own, ANA | {"Job Title": ""}), fixed={"job_title": "Buyer", "campaign": "Fair 2026"})

        assert [(the(name).job_title, the(name).campaign) for name in ("Luis Gil", "Ana Ruiz")] == [
            ("Welder", "Fair 2026"),
            ("Buyer", "Fair 2026"),
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
