"""Tasks, interactions, cross-references and setup values from files."""

import datetime

import pytest

from activities.models import Interaction, Task
from contacts.models import CrossReference
from core.records.door import save_record
from core.records.means import Means
from setup_values.models import ContactRole, LeadStatus, Source, Stage
from tests import make
from tests.imports.running import actions, go, reasons, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def arga(rep):
    make.firm()
    account = make.account(rep, "Arga, S.A.")
    make.contact(rep, "Ana", "Ruiz", account=account, emails=["ana@arga.example"])
    return account


class TestTasks:
    def test_open_and_done_ones_with_what_they_regard(self, rep, arga):
        rows = table(
            {"Subject": "Call Ana", "Type of thing": "odd", "Due date": "31/12/2026", "Contact": "ana@arga.example",
             "Company": "Arga", "Status": "Not started", "Priority": "High", "Kind": "Call"},
            {"Subject": "Offer", "Type of thing": "", "Due date": "05/01/2026", "Contact": "", "Company": "Arga",
             "Status": "Completed", "Priority": "", "Kind": ""},
        )  # fmt: skip
        work = go(rep, rows, entity="task")

        call, offer = Task.objects.get(subject="Call Ana"), Task.objects.get(subject="Offer")
        assert actions(work) == ["create", "create"]
        assert (call.state, call.priority, call.kind, call.due_date) == (
            "open", "high", "call", datetime.date(2026, 12, 31),
        )  # fmt: skip
        assert (call.account, call.contact.full_name, call.owner) == (arga, "Ana Ruiz", rep)
        assert call.notes == "Type of thing: odd"
        assert (offer.state, offer.completed_at.date()) == ("done", datetime.date(2026, 1, 5))
        assert actions(go(rep, rows, entity="task")) == ["unchanged", "unchanged"]

    def test_a_task_about_nothing_is_an_error(self, rep, arga):
        work = go(rep, table({"Subject": "Call", "Due date": "2026-12-31"}), entity="task")

        assert actions(work) == ["error"]
        assert "Say what it is about" in reasons(work)[0]

    def test_a_task_of_an_opportunity_carries_its_account(self, rep, arga):
        make.opportunity(rep, arga, "Valves")
        go(rep, table({"Subject": "Call", "Opportunity": "Valves"}), entity="task")

        assert Task.objects.get().account == arga

    def test_appointments_have_times_in_the_zone_of_the_firm(self, rep, arga):
        row = {"Subject": "Visit", "Company": "Arga", "Start": "31/12/2026 9:30", "End": "31/12/2026 11:00 pm"}
        go(rep, table(row), entity="task")

        task = Task.objects.get()
        assert task.start_at.isoformat() == "2026-12-31T08:30:00+00:00"
        assert task.end_at.isoformat() == "2026-12-31T22:00:00+00:00"
        assert task.due_date == datetime.date(2026, 12, 31)


class TestInteractions:
    ROW = {
        "Type": "Phone call",
        "Direction": "Outbound",
        "Date": "2024-03-05 16:40",
        "Subject": "Budget",
        "Notes": "Confirmed\nby phone",
        "Contact": "Ana Ruiz",
        "Company": "Arga",
        "Duration": "15",
    }

    def test_what_happened_stands_where_it_happened(self, rep, arga):
        work = go(rep, table(self.ROW), entity="interaction")

        call = Interaction.objects.get()
        assert actions(work) == ["create"]
        assert (call.kind, call.direction, call.subject, call.body) == ("call", "out", "Budget", "Confirmed\nby phone")
        assert (call.account, call.contact.full_name, call.duration_minutes) == (arga, "Ana Ruiz", 15)
        assert call.happened_at.isoformat() == "2024-03-05T15:40:00+00:00"
        assert actions(go(rep, table(self.ROW), entity="interaction")) == ["unchanged"]

    def test_without_a_date_it_is_an_error(self, rep, arga):
        work = go(rep, table(self.ROW | {"Date": ""}), entity="interaction")

        assert reasons(work) == ["Happened at: The value is missing."]


class TestCrossReferences:
    def test_a_contact_is_tied_to_an_account_in_a_role(self, rep, arga):
        make.value(ContactRole, "Buyer")
        rows = table(
            {"Person": "Ana Ruiz", "Company": "Arga", "Role": "Buyer", "Primary": "yes", "Since": "2020-01-02"}
        )
        work = go(rep, rows, entity="cross_reference")

        link = CrossReference.objects.get(role__name="Buyer")
        assert actions(work) == ["create"]
        assert (link.contact.full_name, link.account, link.is_primary) == ("Ana Ruiz", arga, True)
        assert actions(go(rep, rows, entity="cross_reference")) == ["unchanged"]

    def test_it_leads_to_exactly_one_account_or_lead(self, rep, arga):
        work = go(rep, table({"Person": "Ana Ruiz", "Company": ""}), entity="cross_reference")

        assert reasons(work) == ["Account: A cross-reference leads to exactly one account or lead."]

    def test_whoever_may_not_change_the_account_may_not_tie_anybody_to_it(self, rep, colleague, arga):
        other = make.account(colleague, "Deva")
        rep.role.rights["account"]["edit"] = "own"
        rep.role.save()
        work = go(rep, table({"Person": "Ana Ruiz", "Company": other.name}), entity="cross_reference")

        assert actions(work) == ["error"]
        assert CrossReference.objects.filter(account=other).count() == 0


class TestSetupValues:
    def test_values_come_in_at_the_end_of_their_catalog(self, admin):
        make.firm()
        make.value(Source, "Fair")
        work = go(admin, table({"Name": "Web"}, {"Name": "fair"}, {"Name": "WEB"}), entity="sources")

        assert actions(work) == ["create", "unchanged", "duplicate"]
        assert list(Source.objects.values_list("name", flat=True)) == ["Fair", "Web"]

    def test_a_status_says_what_it_means(self, admin):
        make.firm()
        rows = table({"Name": "New", "Meaning": "Open"}, {"Name": "Won back", "Meaning": ""})
        work = go(admin, rows, entity="lead_statuses")

        assert actions(work) == ["create", "error"]
        assert LeadStatus.objects.get(name="New").meaning == "open"
        assert reasons(work) == ["Meaning: The value is missing."]

    def test_a_stage_stands_in_its_process(self, admin):
        make.firm()
        process = make.process()
        rows = table({"Pipeline": "Project sales", "Name": "Order", "Probability": "95"},
                     {"Pipeline": "Project sales", "Name": "Enquiry", "Probability": "15"})  # fmt: skip
        work = go(admin, rows, entity="stages")

        assert actions(work) == ["create", "update"]
        assert Stage.objects.get(name="Order").process == process
        assert Stage.objects.get(name="Enquiry").probability == 15

    def test_only_administrators_import_them(self, browser):
        answer = browser.post("/import/", {"entity": "sources", "text": "Name\nWeb"})

        assert answer.status_code == 422
        assert Source.objects.count() == 0


class TestPrimaryContacts:
    def test_the_first_row_of_an_account_names_its_primary_contact(self, rep, arga):
        make.contact(rep, "Eva", "Sanz", emails=["eva@arga.example"])
        rows = table(
            {"Contact": "eva@arga.example", "Account": "Arga", "Primary": "yes"},
            {"Contact": "ana@arga.example", "Account": "Arga", "Primary": "yes"},
        )
        work = go(rep, rows, entity="cross_reference")

        arga.refresh_from_db()
        assert actions(work) == ["create", "unchanged"]
        assert reasons(work) == ["Line 2 of this file names the primary contact already."]
        assert arga.primary_contact.full_name == "Eva Sanz"
        assert actions(go(rep, rows, entity="cross_reference")) == ["unchanged", "unchanged"]

    def test_a_role_that_the_import_makes_is_another_link_than_one_without_role(self, admin, arga):
        rows = table(
            {"Contact": "ana@arga.example", "Account": "Arga", "Role": "Boss"},
            {"Contact": "ana@arga.example", "Account": "Arga", "Role": ""},
        )
        options = {"entity": "cross_reference", "values": {"role": {"boss": "@create"}}}

        assert actions(go(admin, rows, **options)) == ["create", "unchanged"]
        assert actions(go(admin, rows, **options)) == ["unchanged", "unchanged"]


def test_a_lead_without_name_is_named_by_its_company_however_it_is_written(rep):
    make.statuses()
    make.firm()
    lead = make.lead(rep, company="Kappa Trading SL")
    lead.first_name = lead.last_name = ""
    save_record(lead, actor=rep, means=Means("form"))
    named = ["Kappa Trading SL", "Kappa Trading", "KAPPA TRADING S.L.", "kappa  trading, s.l."]
    rows = table(*({"Subject": f"Call {n}", "Due date": "2026-12-31", "Lead": text} for n, text in enumerate(named)))
    work = go(rep, rows, entity="task")

    assert actions(work) == ["create"] * 4, reasons(work)
    assert set(Task.objects.values_list("lead", flat=True)) == {lead.pk}
