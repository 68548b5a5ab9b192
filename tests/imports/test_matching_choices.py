"""What an import does with rows as the user chose it: keys, policy, empty cells, accounts, owner, own numbers."""

import pytest

from accounts.models import Account
from contacts.models import Contact, CrossReference
from core.records.door import save_record
from core.records.means import Means
from setup_values.models import Source
from tests import make
from tests.imports.running import ANA, actions, bring, card, check, go, names, person, reasons, run, table, the

pytestmark = pytest.mark.django_db


class TestKeys:
    def test_without_the_e_mail_as_key_a_person_with_it_is_a_new_contact(self, rep):
        go(rep, table(ANA))

        assert actions(go(rep, table(ANA), match=["phone"])) == ["create"]

    def test_the_company_as_only_key_counts_for_rows_with_an_e_mail_too(self, rep):
        go(rep, table(ANA))

        work = go(rep, table(ANA | {"E-mail Address": "ana.ruiz@montsant.example"}), match=["company"])

        assert actions(work) == ["update"]
        assert the("Ana Ruiz").emails.count() == 2

    def test_two_rows_of_a_file_are_told_apart_by_the_chosen_keys_alone(self, rep):
        rows = table(person("Ana", "Ruiz", phone="976 555 010"), person("Ana", "Ruiz", phone="+34 976 555 010"))

        assert actions(go(rep, rows, match=["email"])) == ["create", "create"]

    def test_a_uid_that_is_no_key_is_not_taken_from_its_contact(self, rep):
        go(rep, card("UID:urn:1", "EMAIL:ana@montsant.example", name="Ana Ruiz"))

        cards = (
            card("UID:urn:1", name="Luis Gil") + card("UID:urn:2", name="Eva Sanz") + card("UID:urn:2", name="Iñaki")
        )
        work = go(rep, cards, match=["email"])

        assert actions(work) == ["create", "create", "create"]
        assert sorted(Contact.objects.values_list("vcard_uid", flat=True)) == ["", "", "urn:1", "urn:2"]


class TestPolicy:
    def test_only_new_contacts(self, rep):
        go(rep, table(ANA))

        work = go(rep, table(ANA | {"Job Title": "Director"}, person("Luis", "Gil")), policy="create")

        assert actions(work) == ["duplicate", "create"]
        assert reasons(work) == ["This contact exists: only new ones are created."]
        assert the("Ana Ruiz").job_title == "Buyer"
        assert work.rows.get(action="duplicate").record_id == the("Ana Ruiz").pk

    def test_only_existing_contacts(self, rep):
        go(rep, table(ANA))

        work = go(rep, table(ANA | {"Job Title": "Director"}, person("Luis", "Gil")), policy="update")

        assert actions(work) == ["update", "duplicate"]
        assert reasons(work) == ["There is no such contact yet: only existing ones are updated."]
        assert names() == ["Ana Ruiz"]


class TestEmptyCells:
    FULL = ANA | {"Department": "Purchasing", "Business Phone": "976 555 010", "Mobile Phone": "600555015"}

    def test_take_away_what_their_column_feeds_and_nothing_else(self, rep):
        go(rep, table(self.FULL | {"Web Page": "https://montsant.example", "Notes": "Met at the fair."}))

        blank = dict.fromkeys(("Department", "Mobile Phone", "Web Page", "Notes"), "")
        foreseen = check(bring(rep, table(ANA | blank), empty="clear"))
        work = run(foreseen)

        ana = the("Ana Ruiz")
        assert actions(work) == ["update"]
        assert (ana.department, ana.job_title, ana.notes) == ("", "Buyer", "Met at the fair.")
        assert [row.value for row in ana.phones.all()] == ["976 555 010"]
        assert not ana.websites.exists()
        assert actions(go(rep, table(ANA | blank), empty="clear")) == ["unchanged"]

    def test_the_dry_run_shows_what_will_be_gone(self, rep):
        go(rep, table(self.FULL))

        work = check(bring(rep, table(ANA | {"Department": "", "Mobile Phone": ""}), empty="clear"))

        changes = {name: (old, new) for name, old, new in work.rows.get().details["changes"]}
        assert changes["department"] == ("Purchasing", "")
        assert changes["phones"] == ("600555015", "")

    def test_one_primary_phone_remains(self, rep):
        go(rep, table(ANA | {"Mobile Phone": "600555015", "Business Phone": ""}))
        go(rep, table(ANA | {"Business Phone": "976 555 010"}))

        go(rep, table(ANA | {"Mobile Phone": ""}), empty="clear")

        assert [(row.value, row.is_primary) for row in the("Ana Ruiz").phones.all()] == [("976 555 010", True)]

    def test_a_filled_cell_of_the_same_kind_keeps_the_others(self, rep):
        go(rep, table(ANA | {"E-mail 2 Address": "ana@home.example"}))

        work = go(rep, table(ANA | {"E-mail 2 Address": ""}), empty="clear")

        assert actions(work) == ["unchanged"]

    def test_neither_a_refusal_to_be_contacted_nor_the_name_goes(self, rep):
        go(rep, table(ANA | {"Email Opt Out": "yes"}))

        row = {"First Name": "", "Last Name": "", "Email Opt Out": "", "E-mail Address": "ana@montsant.example"}
        go(rep, table(row), empty="clear")

        ana = the("Ana Ruiz")
        assert ana.do_not_email is True


class TestMissingAccounts:
    def test_is_made_unless_the_user_wants_otherwise(self, rep):
        make.account(rep, "Known, S.A.")
        rows = table(ANA, person("Luis", "Gil", company="Known, S.A."))

        work = go(rep, rows, related={"account": "skip"})

        assert actions(work) == ["create", "create"]
        assert reasons(work) == [
            "There is no account “Química Montsant, S.L.”: cross-reference the contact later.",
        ]
        assert CrossReference.objects.get().contact == the("Luis Gil")
        assert Account.objects.count() == 1

    def test_may_be_an_error(self, rep):
        work = go(rep, table(ANA, person("Luis", "Gil")), related={"account": "error"})

        assert actions(work) == ["error", "create"]
        assert reasons(work) == ["There is no account “Química Montsant, S.L.”."]


class TestOwner:
    def test_whoever_the_user_may_give_to(self, rep):
        colleague = make.user("rep", name="Jon Aguirre")

        go(rep, table(ANA), owner=str(colleague.pk))

        assert the("Ana Ruiz").owner == colleague
        assert Account.objects.get().owner == colleague

    def test_a_stranger_or_nobody_is_not_within_reach_of_a_rep(self, rep):
        stranger = make.user("rep", name="Eva Berg", team=make.team("South"))

        go(rep, table(ANA), owner=str(stranger.pk))
        go(rep, table(person("Luis", "Gil")), owner="nobody")

        assert {the("Ana Ruiz").owner, the("Luis Gil").owner} == {rep}

    def test_an_administrator_may_give_to_nobody(self, db):
        make.firm()

        go(make.user("administrator"), table(ANA), owner="nobody")

        assert the("Ana Ruiz").owner is None


class TestOwnNumbers:
    """Files of the own export name contact and version."""

    def row(self, contact: Contact, **more: str) -> bytes:
        own = {"Number": str(contact.pk), "Version": str(contact.version)}
        return table(own | {"First Name": "Ana", "Last Name": "Ruiz"} | more)

    COLUMNS = {"columns": {"0": "record_id", "1": "record_version"}}

    def test_exactly_that_contact_is_meant(self, rep):
        go(rep, table(ANA, person("Ana", "Ruiz", email="ana@arga.example")))
        second = Contact.objects.latest("pk")

        work = go(
            rep, self.row(second, **{"Last Name": "Ruiz Gil", "E-mail Address": "ana@montsant.example"}), **self.COLUMNS
        )

        assert actions(work) == ["update"]
        second.refresh_from_db()
        assert second.last_name == "Ruiz Gil"
        assert second.notes == ""

    def test_two_contacts_of_one_name_and_e_mail_are_both_meant(self, rep):
        for _n in range(2):
            make.contact(rep, "Ana", "Ruiz", emails=["ana@montsant.example"])
        rows = [
            {"Number": str(pk), "First Name": "Ana", "Last Name": "Ruiz", "E-mail Address": "ana@montsant.example"}
            for pk in Contact.objects.values_list("pk", flat=True)
        ]

        work = go(rep, table(*rows, rows[0]), columns={"0": "record_id"})

        assert actions(work) == ["unchanged", "unchanged", "duplicate"]

    def test_a_contact_changed_since_the_file_was_made_is_refused_unless_nothing_would_change(self, rep):
        ana = make.contact(rep, "Ana", "Ruiz")
        row, same = self.row(ana, **{"Job Title": "Buyer"}), self.row(ana, Nickname="Anita")
        ana.nickname = "Anita"
        save_record(ana, actor=rep, means=Means("form"))

        work = go(rep, row, **self.COLUMNS)

        assert actions(work) == ["error"]
        assert reasons(work) == [
            "This contact was changed since the file was made: export it anew, then change it.",
        ]
        assert actions(go(rep, same, **self.COLUMNS)) == ["unchanged"]

    @pytest.mark.parametrize("number", ["77777", "x1", "99999999999999999999"])
    def test_an_unknown_number_is_an_error(self, rep, number):
        work = go(rep, table({"Number": number, "First Name": "Ana"}), columns={"0": "record_id"})

        assert actions(work) == ["error"]
        assert number in reasons(work)[0]

    def test_a_hidden_contact_is_unknown(self, rep):
        hidden = make.contact(make.user("rep", team=make.team("South")), "Ana", "Ruiz")

        assert actions(go(rep, self.row(hidden, **{"Job Title": "Spy"}), **self.COLUMNS)) == ["error"]


class TestNewSources:
    def test_are_made_once_by_whoever_may(self, db):
        make.firm()
        boss = make.user("administrator")
        rows = table(
            ANA | {"Lead Source": "Feria 23"},
            person("Luis", "Gil") | {"Lead Source": "FERIA 23"},
            person("Eva", "Sanz"),
        )

        work = go(boss, rows, values={"lead_source": {"feria 23": "@create"}})

        assert actions(work) == ["create"] * 3
        made = Source.objects.get(name="Feria 23")
        assert {the("Ana Ruiz").source, the("Luis Gil").source} == {made}

    def test_on_an_existing_contact_without_source_it_is_an_update(self, db):
        make.firm()
        boss = make.user("administrator")
        go(boss, table(ANA))

        work = go(boss, table(ANA | {"Lead Source": "Feria 23"}), values={"lead_source": {"feria 23": "@create"}})

        assert actions(work) == ["update"]
        assert the("Ana Ruiz").source.name == "Feria 23"

    def test_a_rep_may_make_none(self, rep):
        values = {"lead_source": {"feria 23": "@create"}}

        assert actions(go(rep, table(ANA | {"Lead Source": "Feria 23"}), values=values)) == ["error"]


class TestFixedValues:
    def test_fill_the_rows_that_have_none_of_their_own(self, rep):
        fair, web = make.value(Source, "Trade fair"), make.value(Source, "Web")
        rows = table(ANA | {"Lead Source": "Web"}, person("Luis", "Gil") | {"Lead Source": ""})

        go(rep, rows, fixed={"lead_source": "Trade fair", "department": "Sales"})

        assert (the("Ana Ruiz").source, the("Luis Gil").source) == (web, fair)
        assert the("Luis Gil").department == "Sales"

    def test_for_cards_too(self, rep):
        fair = make.value(Source, "Trade fair")
        fixed = {"lead_source": "Trade fair", "language": "es", "email_opt_out": "yes", "notes": "From the old phone."}

        go(rep, card("NOTE:Met in May", name="Ana Ruiz"), fixed=fixed)

        ana = the("Ana Ruiz")
        assert (ana.source, ana.language, ana.do_not_email) == (fair, "es", True)
        assert ana.notes == "Met in May\nFrom the old phone."
