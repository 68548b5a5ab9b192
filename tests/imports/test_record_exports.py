"""What an export of ours holds can be imported again: it changes nothing, or what was changed in the file."""

import csv
import io

import pytest

from core.records.models import Change
from leads.models import Lead
from setup_values.models import ContactRole, Source
from tests import make
from tests.imports.browsing import signed_in
from tests.imports.running import actions, go, reasons
from workspace.entities import ENTITIES

pytestmark = pytest.mark.django_db

NAMES = [entity.name for entity in ENTITIES if entity.name != "contact"]


@pytest.fixture
def boss():
    """Somebody who sees and exports everything, with a record of each kind."""
    make.firm()
    boss = make.user("administrator", name="Bea Boss")
    parent = make.account(boss, "Arga Group")
    account = make.customer(
        boss, "=Arga, S.A.", parent=parent, emails=["info@arga.example", "b@arga.example"], phones=["+34 976 555 010"],
        revenue="1234.50", employees=12, website="arga.example", notes="Two\nlines", customer_since="2020-01-02",
    )  # fmt: skip
    contact = make.contact(boss, "Ana", "Ruiz", account=account)
    make.lead(boss, "Aitor", "Landa", amount="1234", source=make.value(Source, "Fair"), do_not_email=True, country="ES")
    deal = make.opportunity(boss, account, "Valves", contact=contact, expected_close_date="2027-01-31")
    make.task(boss, account=account, contact=contact, opportunity=deal, notes="Ask")
    make.interaction(boss, account=account, body="Long\ntext", duration_minutes=5)
    make.cross_reference(boss, contact, parent, role=make.value(ContactRole, "Buyer"))
    return boss


def exported(boss, name: str, kind: str = "csv") -> bytes:
    entity = next(entity for entity in ENTITIES if entity.name == name)
    answer = signed_in(boss).get(entity.url("export"), {"view": "all", "format": kind, "columns": "all"})
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", NAMES)
def test_what_was_exported_changes_nothing_when_it_comes_back(boss, name, kind):
    content = exported(boss, name, kind)
    before = Change.objects.count()
    work = go(boss, content, entity=name, name=f"export.{kind}")

    assert work.counts["rows"] > 0
    assert set(actions(work)) == {"unchanged"}, reasons(work)
    assert Change.objects.count() == before
    assert all(column["field"] or column["how"] == "ignored" for column in work.recognised["columns_found"])


def test_what_was_changed_in_the_file_is_changed(boss):
    rows = list(csv.DictReader(io.StringIO(exported(boss, "lead").decode("utf-8-sig"))))
    rows[0] |= {"topic": "Pumps", "last_name": "LANDA", "notes": "New"}
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    work = go(boss, text.getvalue(), entity="lead")

    lead = Lead.objects.get()
    assert actions(work) == ["update"]
    assert (lead.topic, lead.last_name, lead.notes) == ("Pumps", "LANDA", "New")


def test_a_row_whose_record_was_changed_since_is_refused(boss):
    lead = Lead.objects.get()
    row = f"id,version,topic,created_at\n{lead.pk},{lead.version + 1},Pumps,2026-01-01\n"
    work = go(boss, row, entity="lead")

    assert actions(work) == ["error"]
    assert reasons(work) == ["It was changed after this file was exported: export it again."]
    assert actions(go(boss, row.replace(f",{lead.version + 1},", f",{lead.version},"), entity="lead")) == ["update"]


def test_a_record_that_is_not_there_any_more_is_an_error(boss):
    work = go(boss, "id,version,topic,created_at\n999999,1,Pumps,2026-01-01\n", entity="lead")

    assert reasons(work) == ["There is no record with the number 999999 any more."]


def test_the_number_of_another_program_is_none_of_ours(boss):
    lead = Lead.objects.get()
    work = go(boss, f"ID,First Name,Last Name,Email\n{lead.pk},Nerea,Gil,n@valdecuriel.example\n", entity="lead")

    assert actions(work) == ["create"]
