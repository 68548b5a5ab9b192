"""An export of ours that was edited comes in once; a second time it changes nothing, and never without a version."""

import csv
import io

import pytest

from accounts.models import Account
from contacts.models import Contact
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change
from imports.models import RowChoice
from leads.models import Lead
from tests import make
from tests.imports.browsing import signed_in
from tests.imports.running import actions, bring, check, go, reasons, run
from workspace.entities import ENTITIES

pytestmark = pytest.mark.django_db

# What is changed in the file of each kind.
EDITS = {
    "lead": {"topic": "Pumps", "website": "www.pumps.example", "amount": "99.5"},
    "account": {"name": "Arga Nueva", "website": "arga.example/es", "employees": "77", "notes": "Two\nlines"},
    "opportunity": {"topic": "Taps", "amount": "12000", "description": "Soon "},
    "task": {"subject": "Call again", "priority": "high", "notes": "Two\nlines"},
    "interaction": {"subject": "Visit", "duration_minutes": "30", "happened_at": "2026-05-06 10:30"},
    "cross_reference": {"is_primary": "yes", "from_date": "2024-01-02"},
    "contact": {"job_title": "Boss"},
}
VERSION = "The row has an id but no version, so that nobody can tell whether it was changed since"


@pytest.fixture
def boss():
    make.firm()
    make.statuses()
    boss = make.user("administrator", name="Bea Boss")
    account = make.customer(boss, "Arga, S.A.", emails=["info@arga.example"], website="arga.example")
    contact = make.contact(boss, "Ana", "Ruiz", account=account)
    make.lead(boss, "Aitor", "Landa", amount="1234")
    deal = make.opportunity(boss, account, "Valves", contact=contact)
    make.task(boss, account=account, opportunity=deal)
    make.interaction(boss, account=account)
    return boss


def exported(boss, name: str) -> list[dict[str, str]]:
    entity = next(entity for entity in ENTITIES if entity.name == name)
    answer = signed_in(boss).get(entity.url("export"), {"view": "all", "format": "csv", "columns": "all"})
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def as_csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_export_changes_nothing_the_second_time(boss, name):
    rows = exported(boss, name)
    assert rows[0].keys() >= EDITS[name].keys()
    rows[0] |= EDITS[name]
    assert actions(go(boss, as_csv(rows), entity=name))[0] == "update"
    before = Change.objects.count()

    work = go(boss, as_csv(rows), entity=name)

    assert set(actions(work)) == {"unchanged"}, reasons(work)
    assert Change.objects.count() == before


@pytest.mark.parametrize("name", EDITS)
def test_an_old_row_that_would_change_something_is_refused(boss, name):
    rows = exported(boss, name)
    rows[0] |= EDITS[name]
    go(boss, as_csv(rows), entity=name)
    again = {"name": "Third", "topic": "Third", "subject": "Third", "job_title": "Third", "from_date": "2023-01-02"}
    if name == "interaction":
        del again["topic"]  # there it is one of the setup values
    rows[0] |= {key: value for key, value in again.items() if key in rows[0]}
    before = Change.objects.count()

    work = go(boss, as_csv(rows), entity=name)

    assert actions(work)[0] == "error"
    assert "changed" in reasons(work)[0]
    assert Change.objects.count() == before


@pytest.mark.parametrize("name", EDITS)
def test_a_row_with_an_id_and_an_empty_version_is_refused(boss, name):
    rows = exported(boss, name)
    rows[0] |= EDITS[name] | {"version": ""}
    before = Change.objects.count()

    work = go(boss, as_csv(rows), entity=name)

    assert actions(work)[0] == "error"
    assert reasons(work)[0].startswith(VERSION)
    assert Change.objects.count() == before


def test_a_file_without_the_column_of_the_versions_asks_for_none(boss):
    lead = Lead.objects.get()
    work = go(boss, f"id,topic,created_at\n{lead.pk},Pumps,2026-01-01\n", entity="lead")

    assert actions(work) == ["update"]


def test_a_number_that_no_record_can_have_names_nobody(boss):
    account = Account.objects.get()
    rows = exported(boss, "account")
    rows[0] |= {"id": "9999999999999999999", "notes": "New"}
    save_record(account, actor=boss, means=Means("form"))

    work = go(boss, as_csv(rows), entity="account")

    assert actions(work) == ["error"]
    assert reasons(work) == ["There is no record with the number 9999999999999999999 any more."]


def test_a_number_that_is_none_is_an_error_whatever_the_policy(boss):
    rows = exported(boss, "account")
    rows[0] |= {"id": "A-1"}
    for policy in ("both", "create"):
        work = check(bring(boss, as_csv(rows), entity="account", policy=policy))
        assert list(work.rows.values_list("action", flat=True)) == ["error"]


def test_a_decided_account_that_is_gone_at_the_run_is_an_error(boss):
    chosen = make.account(boss, "Beta SL")
    rows = "Company name,Notes\nArga,New\n"
    work = check(bring(boss, rows, entity="account"))
    RowChoice.objects.create(parent=work, number=1, decision=RowChoice.Decision.UPDATE, record_id=chosen.pk)
    Account.objects.filter(pk=chosen.pk).delete()

    work = run(work)

    assert actions(work) == ["error"]
    assert reasons(work) == ["The record that you chose for this row is not there any more."]
    assert Contact.objects.count() == 1
