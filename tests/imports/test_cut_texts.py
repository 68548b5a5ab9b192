"""A workbook holds 32,767 characters in a cell: texts that it has cut change nothing when it comes back."""

import pytest

from core.pages.xlsx import MOST_TEXT
from tests import make
from tests.imports.running import actions, bring, check, run
from tests.imports.test_words import sheet

pytestmark = pytest.mark.django_db

LONG = "Pays late. " * 4000


@pytest.fixture
def record(rep, request):
    make.firm()
    if request.param == "account":
        return make.account(rep, "Arga, S.A.", notes=LONG)
    return make.contact(rep, "Ana", "Ruiz", notes=LONG)


def row(record, notes: str) -> dict[str, str]:
    name = {"name": record.name} if hasattr(record, "name") else {"first_name": "Ana", "last_name": "Ruiz"}
    return {"id": str(record.pk), "version": str(record.version), **name, "notes": notes}


@pytest.mark.parametrize("record", ["account", "contact"], indirect=True)
def test_a_text_that_the_workbook_has_cut_stays_whole(rep, record):
    work = run(check(bring(rep, sheet(row(record, LONG[:MOST_TEXT])), "out.xlsx", entity=record.record_type())))

    assert actions(work) == ["unchanged"]
    record.refresh_from_db()
    assert record.notes == LONG.strip() or record.notes == LONG


@pytest.mark.parametrize("record", ["account"], indirect=True)
def test_a_text_that_somebody_has_shortened_is_taken(rep, record):
    work = run(check(bring(rep, sheet(row(record, "Pays late.")), "out.xlsx", entity="account")))

    assert actions(work) == ["update"]
    record.refresh_from_db()
    assert record.notes == "Pays late."
