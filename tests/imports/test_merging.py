"""What an import writes onto contacts that are there, what it keeps of all else, and what is refused."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account
from contacts.models import Contact, ContactPhone, CrossReference
from core.records.door import save_record
from core.records.means import Means
from core.records.trash import delete_record
from imports.planning import Planner
from imports.writing import write_chunk
from setup_values.models import Source
from tests import make
from tests.imports.running import ANA, actions, bring, card, check, go, names, outcome, person, reasons, run, table, the
from users.models import User

pytestmark = pytest.mark.django_db


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

        def after_a_colleague(planned, *args, **kwargs):
            ana = the("Ana Ruiz")
            ana.nickname = "Anita"
            save_record(ana, actor=rep, means=Means("form"))
            return write_chunk(planned, *args, **kwargs)

        monkeypatch.setattr("imports.contact_target.write_chunk", after_a_colleague)
        work = run(work)

        ana = the("Ana Ruiz")
        assert (ana.nickname, ana.job_title, work.counts["updated"]) == ("Anita", "Director", 1)

    def test_a_contact_that_is_deleted_in_this_moment_is_an_error_and_loses_no_neighbour(self, rep, monkeypatch):
        go(rep, table(ANA))
        work = check(bring(rep, table(ANA | {"Job Title": "Director"}, person("Luis", "Gil"))))

        def after_a_colleague(planned, *args, **kwargs):
            delete_record(the("Ana Ruiz"), actor=rep, means=Means("form"))
            return write_chunk(planned, *args, **kwargs)

        monkeypatch.setattr("imports.contact_target.write_chunk", after_a_colleague)
        work = run(work)

        assert actions(work) == ["error", "create"]
        assert names() == ["Luis Gil"]


class TestWhatHasNoPlace:
    def test_a_source_of_the_catalog_is_set_and_an_unknown_one_is_an_error_until_the_user_decides(self, rep):
        fair = make.value(Source, "Trade fair")
        work = go(
            rep,
            table(ANA | {"Lead Source": "TRADE  FAIR"}, person("Luis", "Gil") | {"Lead Source": "Feria Zgz 23"}),
        )

        assert the("Ana Ruiz").source == fair
        assert actions(work) == ["create", "error"]
        assert reasons(work) == ["“Feria Zgz 23” is not in Opportunity sources."]
        assert work.rows.get(action="error").details["unknown"] == [["lead_source", "Feria Zgz 23"]]

    def test_a_retired_source_is_offered_to_no_new_contact(self, rep):
        gone = make.value(Source, "Fax")
        gone.is_active = False
        save_record(gone, actor=rep, means=Means("setup"))

        go(rep, table(ANA | {"Lead Source": "Fax"}), values={"lead_source": {"fax": "@notes"}})

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
