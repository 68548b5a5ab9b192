"""Undo of imports of records other than contacts: what was there before is there again."""

import pytest

from core.jobs.models import Job
from core.jobs.runner import run_job
from imports.models import Import
from imports.undo import start_undo, start_undo_check, undo_of
from setup_values.models import DisqualificationReason, LostReason, WonReason
from tests import make
from tests.business_rows import business_rows
from tests.imports.running import actions, go, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db):
    """An administrator with an account, two open deals and a lead."""
    make.firm()
    boss = make.user("administrator")
    make.statuses()
    arga = make.account(boss, "Arga, S.A.")
    make.opportunity(boss, arga, "Valves")
    make.opportunity(boss, arga, "Pumps")
    make.lead(boss, "Aitor", "Landa", emails=["aitor@landa.example"])
    make.value(WonReason, "Price")
    make.value(LostReason, "Too dear")
    make.value(DisqualificationReason, "No budget")
    return boss


def undo(work: Import) -> Import:
    """Work out what the undo would do, then undo, as a worker does."""
    for start in (start_undo_check, start_undo):
        work = start(work=Import.objects.get(pk=work.pk), actor=work.created_by)
        run_job.func(work.undo_job_id)
    work = Import.objects.select_related("undo_job").get(pk=work.pk)
    assert work.undo_job.state == Job.State.FINISHED, work.undo_job.error
    return work


@pytest.mark.parametrize("empty", ["keep", "clear"])
@pytest.mark.parametrize(
    ("entity", "rows"),
    [
        (
            "opportunity",
            [
                {"Topic": "Valves", "Account": "Arga", "Status": "Won", "Won reason": "Price", "Closed date": ""},
                {"Topic": "Pumps", "Account": "Arga", "Status": "Lost", "Lost reason": "Too dear", "Closed date": ""},
                {"Topic": "Taps", "Account": "Arga", "Status": "Won", "Stage": ""},
                {"Topic": "Pipes", "Account": "Arga", "Status": "Open"},
            ],
        ),
        (
            "lead",
            [
                {
                    "First name": "Aitor", "Last name": "Landa", "E-mail": "aitor@landa.example",
                    "Status": "Disqualified", "Disqualification reason": "No budget",
                },
            ],
        ),
    ],
)  # fmt: skip
def test_what_an_import_closed_is_open_again(boss, entity, rows, empty):
    before = business_rows()
    work = go(boss, table(*rows), entity=entity, empty=empty)
    assert set(actions(work)) <= {"create", "update"}
    assert set(actions(go(boss, table(*rows), entity=entity, empty=empty))) == {"unchanged"}

    done = undo_of(undo(work))

    assert business_rows() == before
    assert done.counts == done.planned
    assert not done.kept.exists()


@pytest.mark.parametrize(
    ("entity", "row"),
    [
        ("task", {"Subject": "Call", "Opportunity": "Valves", "Account": ""}),
        ("interaction", {"Kind": "Call", "Date": "2024-03-06 10:00", "Opportunity": "Valves", "Account": ""}),
    ],
)
def test_an_empty_cell_clears_nothing_that_follows_from_another_one(boss, entity, row):
    assert actions(go(boss, table(row), entity=entity, empty="clear")) == ["create"]
    assert actions(go(boss, table(row), entity=entity, empty="clear")) == ["unchanged"]
