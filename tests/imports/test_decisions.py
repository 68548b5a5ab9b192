"""Whom a row means, decided on the page of a dry run; what names of no catalog mean, said once for all rows."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import Contact
from core.records.models import Change
from imports.models import Import, ImportRow, RowChoice
from setup_values.models import Source
from tests import make
from tests.imports.browsing import body, page, signed_in, uploaded, work_off
from tests.imports.running import bring, card, check, person, run, table, the
from users.models import User

pytestmark = pytest.mark.django_db


def checked(browser: Client, *rows: dict[str, str]) -> Import:
    """An import whose dry run is done."""
    work = uploaded(browser, table(*rows))
    browser.post(page(work, "mapping"), {"continue": "1"})
    browser.post(page(work, "check"))
    work_off(work)
    assert work.stage == Import.Stage.CHECKED, work.error
    return work


def decide(browser: Client, work: Import, number: int, decision: str, **headers: str):
    """Post the decision about a row."""
    address = page(work, "check").replace("check", f"rows/{number}/decide")
    return browser.post(address, {"decision": decision}, headers=headers)


def row(work: Import, number: int) -> ImportRow:
    """A row of the dry run."""
    return ImportRow.objects.get(parent=work, is_planned=True, number=number)


@pytest.fixture
def joan(rep: User) -> Contact:
    """A contact whose phone rows of others share."""
    return make.contact(rep, "Joan", "Vidal", phones=["600 555 013"])


JVIDAL = person("J.", "Vidal", phone="600555013", company="Química Montsant")


class TestNearRows:
    def test_are_shown_with_whom_they_are_like_and_why(self, browser, joan):
        work = checked(browser, JVIDAL)

        assert row(work, 1).details["near"] == [[joan.pk, "Joan Vidal", "same phone"]]
        shown = body(browser, page(work, "check"))
        assert "Like Joan Vidal" in shown
        assert "same phone" in shown
        assert "Update it" in shown

    def test_update_the_contact_that_was_chosen(self, browser, joan):
        work = checked(browser, JVIDAL)

        decide(browser, work, 1, f"update:{joan.pk}")

        assert (row(work, 1).action, row(work, 1).record_id) == ("update", joan.pk)
        work.refresh_from_db()
        assert (work.planned["created"], work.planned["updated"]) == (0, 1)
        assert "You decided: update it" in body(browser, page(work, "check"))
        run(work)
        assert Contact.objects.count() == 1
        joan.refresh_from_db()
        assert joan.company_name == "Química Montsant"

    def test_are_left_out_and_taken_back(self, browser, joan):
        work = checked(browser, JVIDAL)

        decide(browser, work, 1, "skip")
        assert row(work, 1).action == "duplicate"
        decide(browser, work, 1, "")
        assert row(work, 1).action == "create"
        decide(browser, work, 1, "skip")

        assert run(work).counts["skipped"] == 1
        assert Contact.objects.count() == 1

    def test_mean_only_those_that_are_offered(self, browser, joan, rep):
        other = make.contact(rep, "Eva", "Sanz")
        work = checked(browser, JVIDAL)

        for decision in (f"update:{other.pk}", "update:", "update:x", "delete"):
            assert decide(browser, work, 1, decision).status_code == 302

        assert not RowChoice.objects.exists()

    def test_update_no_contact_that_the_user_does_not_see_any_more(self, browser, joan):
        work = checked(browser, JVIDAL)
        decide(browser, work, 1, f"update:{joan.pk}")
        Contact.objects.filter(pk=joan.pk).update(deleted_at=timezone.now())

        work = run(work)

        assert work.counts["errors"] == 1
        assert "not there any more" in ImportRow.objects.get(parent=work, number=1).reasons[-1]

    def test_of_others_are_hidden(self, browser, joan):
        work = checked(browser, JVIDAL)

        assert decide(signed_in(make.user("rep")), work, 1, "skip").status_code == 404

    def test_answer_a_script_with_the_row(self, browser, joan):
        work = checked(browser, JVIDAL)

        shown = decide(browser, work, 1, "skip", **{"HX-Request": "true"}).content.decode()

        assert '<tr id="row-1" tabindex="-1">' in shown
        assert "You decided: left out" in shown


class TestDuplicates:
    def test_of_several_contacts_update_the_one_that_was_chosen(self, browser, rep):
        first, second = (make.contact(rep, "Ana", "Ruiz", emails=["ana@arga.example"]) for _ in range(2))
        work = checked(browser, person("Ana", "Ruiz", email="ana@arga.example", job="Buyer"))
        assert row(work, 1).action == "duplicate"
        assert "same name, same e-mail" in body(browser, page(work, "check"))

        decide(browser, work, 1, f"update:{second.pk}")
        run(work)

        assert set(Contact.objects.values_list("pk", "job_title")) == {(first.pk, ""), (second.pk, "Buyer")}

    def test_in_the_same_file_can_be_created_all_the_same(self, browser):
        ana = person("Ana", "Ruiz", email="ana@arga.example")
        work = checked(browser, ana, ana)
        assert row(work, 2).action == "duplicate"

        decide(browser, work, 2, "create")
        run(work)

        assert Contact.objects.filter(full_name="Ana Ruiz").count() == 2

    def test_among_cards_are_decided_too(self, browser, rep):
        make.contact(rep, "Joan", "Vidal", phones=["600 555 013"])
        cards = card("UID:a", name="Eva Sanz") + card("UID:b", "TEL:600555013", "TITLE:Buyer", name="J. Vidal")
        work = check(bring(rep, cards))
        joan = the("Joan Vidal")

        decide(browser, work, 2, f"update:{joan.pk}")
        run(work)

        joan.refresh_from_db()
        assert joan.job_title == "Buyer"


class TestUnknownNames:
    def asked(self, browser: Client, **fields: str) -> Import:
        make.value(Source, "Trade fair")
        rows = [person(f"P{n}", "Gil", **{"Lead Source": "Feria Zgz 23"}) for n in range(3)]
        return checked(browser, *rows, person("Ana", "Ruiz", **{"Lead Source": "trade FAIR"}))

    def answer(self, browser: Client, work: Import, answer: str):
        data = {"field": ["lead_source"], "text": ["Feria Zgz 23"], "answer": [answer]}
        found = browser.post(page(work, "values"), data)
        work_off(work)
        return found

    def test_are_errors_that_are_counted(self, browser):
        work = self.asked(browser)

        shown = body(browser, page(work, "check"))

        assert work.planned["errors"] == 3
        assert "Source Feria Zgz 23 3 rows" in shown
        assert "Leave as error" in shown
        assert "Create “Feria" not in shown

    def test_are_mapped_to_a_value(self, browser):
        work = self.asked(browser)

        self.answer(browser, work, str(Source.objects.get(name="Trade fair").pk))

        assert (work.planned["errors"], work.planned["unknown"]) == (0, {})
        run(work)
        assert Contact.objects.filter(source__name="Trade fair").count() == 4

    @pytest.mark.parametrize(("answer", "notes"), [("@notes", "Lead Source: Feria Zgz 23"), ("@empty", "")])
    def test_go_into_the_notes_or_nowhere(self, browser, answer, notes):
        work = self.asked(browser)

        self.answer(browser, work, answer)
        run(work)

        assert the("P1 Gil").notes == notes

    def test_are_created_once_by_an_administrator(self, db):
        make.firm()
        browser = signed_in(make.user("administrator"))
        work = self.asked(browser)
        assert "Create “Feria Zgz 23”" in body(browser, page(work, "check"))

        self.answer(browser, work, "@create")
        run(work)

        assert Contact.objects.filter(source__name="Feria Zgz 23").count() == 3
        assert Change.objects.filter(record_type="source", operation=work.operation).exists()

    @pytest.mark.parametrize("answer", ["", "999999", "x", "@delete"])
    def test_stay_errors_without_an_answer_that_is_one(self, browser, answer):
        work = self.asked(browser)

        self.answer(browser, work, answer)

        assert work.planned["errors"] == 3
        assert work.options.get("values", {}) == {}

    def test_of_one_row_are_corrected_in_its_cell(self, browser):
        work = self.asked(browser)
        position = next(iter(row(work, 1).details["fields"]))

        address = page(work, "check").replace("check", "rows/1/correct")
        browser.post(address, {f"cell_{position}": "Trade fair"})

        assert row(work, 1).action == "create"
        work.refresh_from_db()
        assert work.planned["unknown"]["lead_source"]["feria zgz 23"] == ["Feria Zgz 23", 2]


def test_decisions_are_forgotten_when_the_rows_become_another_kind_of_record(rep, browser, joan):
    make.statuses()
    make.lead(rep, "Zoe", "Other", id=joan.pk)  # the id of the chosen contact is that of a lead as well
    work = checked(browser, JVIDAL)
    decide(browser, work, 1, f"update:{joan.pk}")

    browser.post(page(work, "kind"), {"entity": "lead"})
    browser.post(page(work, "check"))
    work_off(work)

    assert not RowChoice.objects.filter(parent=work).exists()
    assert row(work, 1).action == ImportRow.Action.CREATE


class TestNamesakes:
    """Candidates of one name are told apart; the others are shown by their name alone."""

    def two(self, rep: User, first: dict, second: dict) -> tuple[Contact, Contact]:
        return tuple(make.contact(rep, "Joan", "Vidal", **one) for one in (first, second))

    ROW = person("Joan", "Vidal", email="j@vidal.example")
    MAIL = {"emails": ["j@vidal.example"]}

    def test_by_company(self, browser, rep):
        self.two(rep, self.MAIL | {"company_name": "Deva"}, self.MAIL | {"company_name": "Arga"})
        text = body(browser, page(checked(browser, self.ROW), "check"))
        assert "Like Joan Vidal (Deva, j@vidal.example)" in text
        assert "Like Joan Vidal (Arga, j@vidal.example)" in text

    def test_by_number_where_all_else_is_the_same(self, browser, rep):
        first, second = self.two(rep, self.MAIL, self.MAIL)
        text = body(browser, page(checked(browser, self.ROW), "check"))
        assert f"Like Joan Vidal (j@vidal.example, no. {first.pk})" in text
        assert f"Like Joan Vidal (j@vidal.example, no. {second.pk})" in text

    def test_of_records_by_what_they_have(self, browser, rep):
        make.account(rep, "Arga", number="K-7", billing_city="Haro")
        make.account(rep, "Arga", number="K-8")
        work = check(bring(rep, table({"Company": "Arga", "City": "Deva"}), entity="account"))
        text = body(browser, page(work, "check"))
        assert "Like Arga (K-7, Haro)" in text
        assert "Like Arga (K-8" in text

    def test_for_a_fixed_number_of_queries(self, browser, rep):
        counts = []
        for number in (1, 12):
            rows = [person("Joan", f"V{number} {i}", email=f"j{number}-{i}@vidal.example") for i in range(number)]
            for one in rows:
                for _twin in range(2):
                    make.contact(rep, "Joan", one["Last Name"], emails=[one["E-mail Address"]])
            work = checked(browser, *rows)
            browser.get(page(work, "check"))
            with CaptureQueriesContext(connection) as seen:
                assert "no. " in body(browser, page(work, "check"))
            counts.append(len(seen))
        assert counts[0] == counts[1]
