"""A cell that no field can hold makes an error of its own row, in the dry run already, and never stops the file."""

import pytest

from tests import make
from tests.imports.running import actions, go, reasons, table

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def arga(rep):
    return make.account(rep, "Arga, S.A.")


@pytest.mark.parametrize("text", ["9" * 30, "-" + "9" * 38, "9" * 30 + ".99", "9" * 30 + ",99 €"])
def test_a_number_of_more_digits_than_any_amount_is_an_error_of_its_row(rep, text):
    work = go(rep, table({"Name": "Ebro", "Revenue": text}, {"Name": "Duero", "Revenue": "5"}), entity="account")

    assert actions(work) == ["error", "create"]
    assert "revenue" in reasons(work)[0].lower()


@pytest.mark.parametrize("zone", ["+99:99", "+24:00", "-٠١:٠٠"])
def test_a_time_in_a_zone_that_cannot_be_is_an_error_of_its_row(rep, zone):
    rows = [{"Subject": name, "Company": "Arga", "Start": f"31/12/2026 10:00 {zone}"} for name in ("Visit", "Call")]
    work = go(rep, table(rows[0], rows[1] | {"Start": "31/12/2026 10:00 +01:00"}), entity="task")

    assert actions(work) == ["error", "create"]
    assert "is not a time" in reasons(work)[0]


@pytest.mark.parametrize(
    ("entity", "row"),
    [
        ("account", {"Name": "Ebro", "Revenue": "(1.234,56)"}),
        ("interaction", {"Subject": "Offer", "Company": "Arga", "Date": "31/12/2025", "Amount": "-5,50"}),
    ],
    ids=["account", "interaction"],
)
def test_the_dry_run_foresees_that_negative_amounts_are_refused(rep, entity, row):
    work = go(rep, table(row), entity=entity)

    assert actions(work) == ["error"]
    assert "cannot be negative" in reasons(work)[0]
