"""A cell that no field can hold makes an error of its own row, in the dry run already, and never stops the file."""

import pytest

from accounts.models import Account
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


@pytest.mark.parametrize("text", ["$1234.56", "1000 pesos", "R$ 5", "¥500"])
def test_an_amount_of_an_unknown_currency_does_not_become_one_of_the_firm(rep, text):
    work = go(rep, table({"Name": "Ebro", "Revenue": text}), entity="account")

    assert actions(work) == ["error"]
    assert "not known which currency" in reasons(work)[0]


def test_the_currency_of_the_row_of_all_rows_or_of_the_firm_says_what_a_sign_means(rep):
    go(rep, table({"Name": "Ebro", "Revenue": "$5", "Currency": "MXN"}), entity="account")
    go(rep, table({"Name": "Duero", "Revenue": "$5"}), entity="account", fixed={"currency": "CAD"})
    make.firm(currency="USD")
    go(rep, table({"Name": "Tajo", "Revenue": "$5"}, {"Name": "Miño", "Revenue": "5 €"}), entity="account")

    found = dict(Account.objects.exclude(revenue=None).values_list("name", "currency"))
    assert found == {"Ebro": "MXN", "Duero": "CAD", "Tajo": "USD", "Miño": "EUR"}


def test_a_share_is_no_amount(rep):
    assert actions(go(rep, table({"Name": "Ebro", "Revenue": "50 %"}), entity="account")) == ["error"]


def test_a_year_of_two_digits_far_from_now_is_told(rep):
    rows = table({"Name": "Ebro", "Customer since": "31/12/70"}, {"Name": "Duero", "Customer since": "31/12/24"})
    work = go(rep, rows, entity="customer")

    assert [one.customer_since.year for one in Account.objects.filter(lifecycle="customer").order_by("pk")] == [
        1970,
        2024,
    ]
    assert reasons(work) == ["The year of “31/12/70” has two digits; the century was completed."]
