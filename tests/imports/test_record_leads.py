"""Leads from files: mapping, what a row means, statuses, the gate, names in no catalog."""

import pytest
from django.core.exceptions import ValidationError

from core.records.models import Change
from imports.models import ImportRow
from imports.run import start_check
from leads.models import Lead
from setup_values.models import DisqualificationReason, LeadStatus, Source
from tests import make
from tests.imports.running import actions, bring, check, go, reasons, run, table

pytestmark = pytest.mark.django_db

AITOR = {
    "First Name": "Aitor",
    "Last Name": "Landa",
    "Company": "Bodegas Valdecuriel, S.L.",
    "Title": "Head of plant",
    "Email": "aitor@valdecuriel.example",
    "Phone": "941 555 010",
    "Street": "Calle Mayor 1",
    "City": "Haro",
    "Country": "Spain",
    "Description": "Met at the fair",
}


@pytest.fixture(autouse=True)
def ready(rep):
    make.statuses()


def lead_of(email: str) -> Lead:
    return Lead.objects.get(email=email)


def test_a_row_becomes_an_open_lead_with_everything_in_its_place(rep):
    work = go(rep, table(AITOR), entity="lead")

    lead = lead_of("aitor@valdecuriel.example")
    assert actions(work) == ["create"]
    assert (lead.full_name, lead.company, lead.job_title) == (
        "Aitor Landa",
        "Bodegas Valdecuriel, S.L.",
        "Head of plant",
    )
    assert (lead.street, lead.city, lead.country, lead.phone) == ("Calle Mayor 1", "Haro", "ES", "941 555 010")
    assert (lead.state, lead.owner, lead.team) == ("open", rep, rep.team)
    assert lead.notes == "Met at the fair"
    change = Change.objects.get(record_type="lead", record_id=lead.pk)
    assert (change.means, change.means_detail, change.operation) == ("import", f"{work.pk}, 2", work.operation)


def test_the_same_file_a_second_time_changes_nothing(rep):
    go(rep, table(AITOR, AITOR | {"First Name": "Nerea", "Email": "nerea@valdecuriel.example"}), entity="lead")
    before = Change.objects.count()
    work = go(rep, table(AITOR, AITOR | {"First Name": "Nerea", "Email": "nerea@valdecuriel.example"}), entity="lead")

    assert actions(work) == ["unchanged", "unchanged"]
    assert Change.objects.count() == before
    assert Lead.objects.count() == 2


def test_a_lead_is_known_by_its_e_mail_and_gets_the_filled_cells(rep):
    lead = make.lead(
        rep, "Aitor", "Landa", emails=["aitor@valdecuriel.example"], company="Valdecuriel", job_title="Boss"
    )
    row = {"First Name": "Aitor", "Last Name": "Landa", "Email": "AITOR@valdecuriel.example", "Rating": "Caliente",
           "Lead Status": "", "Phone": "941 555 010"}  # fmt: skip
    work = go(rep, table(row), entity="lead")

    lead.refresh_from_db()
    assert actions(work) == ["update"]
    assert (lead.rating, lead.job_title, lead.phone) == ("hot", "Boss", "941 555 010")
    assert list(lead.emails.values_list("value", flat=True)) == ["aitor@valdecuriel.example"]


def test_another_person_behind_the_same_e_mail_is_a_lead_of_its_own_and_says_so(rep):
    make.lead(rep, "Ane", "Otxoa", emails=["info@valdecuriel.example"])
    work = go(
        rep, table({"First Name": "Aitor", "Last Name": "Landa", "Email": "info@valdecuriel.example"}), entity="lead"
    )

    assert actions(work) == ["create"]
    assert "Ane Otxoa" in reasons(work)[0]


def test_a_second_row_of_the_same_lead_is_left_out(rep):
    work = go(rep, table(AITOR, AITOR | {"Phone": ""}), entity="lead")

    assert actions(work) == ["create", "duplicate"]
    assert reasons(work) == ["Line 2 of this file means the same: nothing was written."]


def test_a_name_in_no_catalog_is_an_error_with_a_choice(rep, admin):
    rows = table(AITOR | {"Lead Source": "Feria 23"}, AITOR | {"Email": "b@valdecuriel.example", "Last Name": "Gil"})
    work = check(bring(rep, rows, entity="lead"))
    row = ImportRow.objects.get(parent=work, number=1)

    assert (row.action, row.details["unknown"]) == ("error", [["source", "Feria 23"]])
    assert row.reasons == ["Source: “Feria 23” is not in Opportunity sources."]
    fair = make.value(Source, "Fair")
    for answer in (str(fair.pk), "@notes", "@empty"):
        work = check(bring(rep, rows, entity="lead", values={"source": {"feria 23": answer}}))
        assert work.planned["errors"] == 0
    work = run(check(bring(admin, rows, entity="lead", values={"source": {"feria 23": "@create"}})))
    assert Lead.objects.get(last_name="Landa").source.name == "Feria 23"
    assert (
        Change.objects.get(record_type="source", record_id=Source.objects.latest("pk").pk).operation == work.operation
    )
    assert work.also_written == {"source": 1}


def test_a_lead_of_another_crm_may_be_disqualified_but_not_qualified(rep):
    make.value(DisqualificationReason, "No budget")
    rows = table(
        AITOR | {"Lead Status": "Unqualified", "Disqualification reason": "No budget"},
        AITOR | {"Lead Status": "Qualified", "Email": "b@valdecuriel.example", "Last Name": "Gil"},
        AITOR | {"Lead Status": "In Process", "Email": "c@valdecuriel.example", "Last Name": "Vidal"},
        AITOR | {"Lead Status": "Cocooned", "Email": "d@valdecuriel.example", "Last Name": "Cano"},
    )
    work = go(rep, rows, entity="lead")

    assert actions(work) == ["create", "error", "create", "error"]
    lead = Lead.objects.get(last_name="Landa")
    assert (lead.state, lead.disqualification_reason.name) == ("disqualified", "No budget")
    assert "cannot come in as qualified" in reasons(work)[0]
    assert "is not in Lead statuses" in reasons(work)[1]


def test_a_row_that_is_an_error_takes_no_later_one_along(rep):
    work = go(rep, table(AITOR | {"Lead Status": "Qualified"}, AITOR | {"Lead Status": "New"}), entity="lead")

    assert actions(work) == ["error", "create"]


def test_the_gate_holds(rep):
    work = bring(rep, table(AITOR), entity="lead")
    LeadStatus.objects.filter(meaning="disqualified").update(is_active=False)

    with pytest.raises(ValidationError, match="cannot be entered yet"):
        start_check(work=work, actor=rep)


def test_a_qualified_lead_stays_as_it_is(rep):
    lead = make.lead(rep, "Aitor", "Landa", emails=["aitor@valdecuriel.example"])
    account = make.account(rep)
    Lead.objects.filter(pk=lead.pk).update(
        state="qualified", qualified_account=account, status=LeadStatus.objects.get(meaning="qualified")
    )
    row = {"First Name": "Aitor", "Last Name": "Landa", "Email": "aitor@valdecuriel.example"}

    assert actions(go(rep, table(row | {"Lead Status": "Qualified"}), entity="lead")) == ["unchanged"]
    work = go(rep, table(row | {"Job Title": "Boss"}), entity="lead")
    assert actions(work) == ["error"]
    assert "is qualified" in reasons(work)[0]


def test_whoever_may_not_change_a_lead_is_told(rep, colleague):
    make.lead(colleague, "Aitor", "Landa", emails=["aitor@valdecuriel.example"])
    rep.role.rights["lead"]["edit"] = "own"
    rep.role.save()
    row = {"First Name": "Aitor", "Last Name": "Landa", "Email": "aitor@valdecuriel.example", "Job Title": "Boss"}
    work = go(rep, table(row), entity="lead")

    assert actions(work) == ["error"]
    assert reasons(work) == ["This record exists, but you may not change it."]


@pytest.mark.parametrize(
    ("policy", "expected"), [("create", ["duplicate", "create"]), ("update", ["update", "duplicate"])]
)
def test_the_policy_counts(rep, policy, expected):
    make.lead(rep, "Aitor", "Landa", emails=["aitor@valdecuriel.example"], job_title="Boss")
    rows = table(AITOR, AITOR | {"Last Name": "Gil", "Email": "gil@valdecuriel.example"})

    assert actions(go(rep, rows, entity="lead", policy=policy)) == expected


def test_an_empty_cell_clears_where_the_user_wants_that(rep):
    lead = make.lead(
        rep,
        "Aitor",
        "Landa",
        emails=["aitor@valdecuriel.example"],
        phones=["941 555 010"],
        job_title="Boss",
        city="Haro",
    )
    row = {"First Name": "Aitor", "Last Name": "Landa", "Email": "aitor@valdecuriel.example", "Title": "", "Phone": ""}
    go(rep, table(row), entity="lead", empty="clear")

    lead.refresh_from_db()
    assert (lead.job_title, lead.phone, lead.city) == ("", "", "Haro")
