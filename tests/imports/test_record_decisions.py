"""A row that shall update a chosen record means that one alone: without it the row is an error, of contacts too."""

import pytest

from contacts.models import Contact
from core.records.means import Means
from core.records.trash import delete_record
from imports.models import Import, ImportRow, RowChoice
from imports.replanning import decide_row
from leads.models import Lead
from tests import make
from tests.imports.running import bring, check, reasons, run, table

pytestmark = pytest.mark.django_db
ROW = {"First name": "Aitor", "Last name": "Landa", "E-mail": "aitor@landa.example", "Job title": "Boss"}


def decided(user, entity: str, record) -> Import:
    """An import after its dry run, whose only row shall update a record."""
    work = check(bring(user, table(ROW), entity=entity))
    RowChoice.objects.create(parent=work, number=1, decision=RowChoice.Decision.UPDATE, record_id=record.pk)
    return work


def made(owner, entity: str):
    builder = make.lead if entity == "lead" else make.contact
    return builder(owner, "Aitor", "Landa Gil", phones=["941 555 010"])


@pytest.mark.parametrize("entity", ["lead", "contact"])
@pytest.mark.parametrize("is_known_by_mail", [False, True])
@pytest.mark.parametrize("why", ["trash", "hidden"])
def test_a_chosen_record_that_is_gone_makes_its_row_an_error(rep, entity, is_known_by_mail, why):
    chosen = made(rep, entity)
    if is_known_by_mail:
        (make.lead if entity == "lead" else make.contact)(rep, "Aitor", "Landa", emails=["aitor@landa.example"])
    work = decided(rep, entity, chosen)
    model = Lead if entity == "lead" else Contact
    if why == "trash":
        delete_record(chosen, actor=rep, means=Means("form"))
    else:
        other = make.user("rep", team=make.team("South"))
        model.objects.filter(pk=chosen.pk).update(owner=other, team=other.team)
    before = list(model.all_objects.order_by("pk").values_list("pk", "version", "job_title"))

    work = run(work)

    assert work.counts["errors"] == work.counts["rows"] == 1
    assert "that you chose for this row is not there any more." in reasons(work)[-1]
    assert list(model.all_objects.order_by("pk").values_list("pk", "version", "job_title")) == before
    assert ImportRow.objects.filter(parent=work, is_planned=False).get().record_id is None


def test_a_lead_deleted_between_the_decision_and_the_run_is_an_error(rep):
    make.lead(rep, "Eva", "Sanz", emails=["aitor@landa.example"])
    work = check(bring(rep, table(ROW), entity="lead"))
    lead = Lead.objects.get()
    row = decide_row(work=work, number=1, decision=RowChoice.Decision.UPDATE, record_id=lead.pk)
    assert row.action == ImportRow.Action.UPDATE
    delete_record(lead, actor=rep, means=Means("form"))

    work = run(Import.objects.get(pk=work.pk))

    assert (work.counts["errors"], work.counts["rows"], Lead.objects.count()) == (1, 1, 0)
    assert reasons(work) == ["The record that you chose for this row is not there any more."]


def test_a_chosen_record_that_is_there_is_updated(rep):
    lead = made(rep, "lead")

    work = run(decided(rep, "lead", lead))

    assert work.counts["updated"] == 1
    assert Lead.objects.get().job_title == "Boss"
