"""Accounts, prospects and customers from files: whom a row means, amounts, parents, life cycles."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Account
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change
from core.records.trash import delete_record, restore
from core.records.undo import undo_operation
from imports.record_writing import RecordWalk
from tests import make
from tests.imports.running import actions, bring, check, go, reasons, run, table

pytestmark = pytest.mark.django_db

ARGA = {
    "Company name": "Arga, S.A.",
    "Customer number": "K-100",
    "Website": "https://www.arga.example/es",
    "Phone": "976 555 010",
    "Street": "Calle Alta 3",
    "City": "Zaragoza",
    "Country": "España",
    "Annual revenue": "1.250.000,50 €",
    "Employees": "1.200",
    "Remarks": "Pays late",
}


@pytest.fixture(autouse=True)
def firm(rep):
    make.firm()


def names() -> list[str]:
    return sorted(Account.objects.values_list("name", flat=True))


def test_a_row_becomes_a_prospect_with_everything_in_its_place(rep):
    work = go(rep, table(ARGA), entity="account")

    account = Account.objects.get()
    assert actions(work) == ["create"]
    assert (account.name, account.number, account.lifecycle, account.owner) == ("Arga, S.A.", "K-100", "prospect", rep)
    assert (account.billing_street, account.billing_city, account.billing_country) == ("Calle Alta 3", "Zaragoza", "ES")
    assert (str(account.revenue), account.currency, account.employees) == ("1250000.50", "EUR", 1200)
    assert (account.phone, account.web_domain, account.notes) == ("976 555 010", "arga.example", "Pays late")
    assert Change.objects.get(record_type="account").means_detail == f"{work.pk}, 2"


def test_the_same_file_a_second_time_changes_nothing(rep):
    go(rep, table(ARGA), entity="account")
    before = Change.objects.count()

    assert actions(go(rep, table(ARGA), entity="account")) == ["unchanged"]
    assert Change.objects.count() == before


@pytest.mark.parametrize(
    "row",
    [
        {"Customer number": "K-100", "Company name": "Something else"},
        {"Company name": "ARGA SA"},
        {"Company name": "Arga", "Website": "arga.example"},
        {"Website": "http://arga.example", "City": "Huesca"},
        {"Email": "info@arga.example", "City": "Huesca"},
    ],
)
def test_an_account_is_known_by_number_name_domain_or_e_mail(rep, row):
    make.account(rep, "Arga, S.A.", number="K-100", website="www.arga.example", emails=["info@arga.example"])
    work = go(rep, table({**row, "Notes": "found"}), entity="account")

    assert actions(work) == ["update"]
    assert Account.objects.get().notes == "found"


def test_a_shared_domain_alone_makes_no_two_firms_one(rep):
    make.account(rep, "Arga Iberia", website="arga.example")
    work = go(rep, table({"Company name": "Arga France", "Website": "arga.example"}), entity="account")

    assert actions(work) == ["create"]
    assert "Arga Iberia" in reasons(work)[0]


def test_several_accounts_of_the_name_are_named_and_nothing_is_written(rep):
    make.account(rep, "Arga, S.A.")
    make.account(rep, "Arga, S.L.")
    work = go(rep, table({"Company name": "Arga", "City": "Huesca"}), entity="account")

    assert actions(work) == ["duplicate"]
    assert "Arga, S.A., Arga, S.L." in reasons(work)[0]


@pytest.mark.parametrize("is_deleted", [False, True])
def test_what_a_colleague_does_in_this_moment_is_kept_and_costs_no_neighbour(rep, monkeypatch, is_deleted):
    make.account(rep, "Arga", number="K-100")
    rows = [{"Customer number": "K-100", "City": "Huesca"}, {"Company name": "Deva"}]
    work = check(bring(rep, table(*rows), entity="account"))
    write = RecordWalk.write

    def after_a_colleague(*args, **kwargs):
        arga = Account.objects.get(number="K-100")
        if is_deleted:
            delete_record(arga, actor=rep, means=Means("form"))
        else:
            arga.website = "https://arga.example"
            save_record(arga, actor=rep, means=Means("form"))
        return write(*args, **kwargs)

    monkeypatch.setattr(RecordWalk, "write", after_a_colleague)
    work = run(work)

    assert Account.objects.filter(name="Deva").exists()
    if is_deleted:
        assert actions(work) == ["error", "create"]
    else:
        arga = Account.objects.get(number="K-100")
        assert (arga.website, arga.billing_city) == ("https://arga.example", "Huesca")
        assert actions(work) == ["update", "create"]


def test_a_parent_may_come_later_in_the_file(rep, monkeypatch):
    monkeypatch.setattr("imports.planning.CHUNK", 2)
    rows = [
        {"Company name": "Arga Huesca", "Parent company": "Arga Group"},
        {"Company name": "Deva", "Parent company": ""},
        {"Company name": "Arga Teruel", "Parent company": "arga group"},
        {"Company name": "Arga Group", "Parent company": "Holding"},
        {"Company name": "Holding", "Parent company": ""},
        {"Company name": "Montsant", "Parent company": "Nobody"},
    ]
    work = go(rep, table(*rows), entity="account")

    assert actions(work) == ["create"] * 5 + ["error"]
    assert reasons(work) == ["Parent account: there is no “Nobody”."]
    group = Account.objects.get(name="Arga Group")
    assert group.parent.name == "Holding"
    assert sorted(group.children.values_list("name", flat=True)) == ["Arga Huesca", "Arga Teruel"]
    details = Change.objects.filter(record_type="account", record_id=Account.objects.get(name="Arga Huesca").pk)
    assert set(details.values_list("means_detail", "operation")) == {(f"{work.pk}, 2", work.operation)}
    assert actions(go(rep, table(*rows), entity="account")) == ["unchanged"] * 5 + ["error"]


@pytest.mark.parametrize(("answer", "expected"), [("error", "error"), ("skip", "create"), ("create", "create")])
def test_a_parent_that_does_not_exist(rep, answer, expected):
    row = {"Company name": "Arga Huesca", "Parent company": "Arga Group"}
    work = go(rep, table(row), entity="account", related={"parent": answer})

    assert actions(work) == [expected]
    child = Account.objects.filter(name="Arga Huesca").first()
    if answer == "create":
        assert child.parent.name == "Arga Group"
        assert work.also_written == {"account": 1}
    elif answer == "skip":
        assert (child.parent, child.notes) == (None, "Parent company: Arga Group")


def test_customers_come_in_as_customers_and_known_prospects_become_some(rep):
    make.account(rep, "Deva")
    rows = table({"Company name": "Arga", "Client since": "2019-03-01"}, {"Company name": "Deva", "Client since": ""})
    work = go(rep, rows, entity="customer")

    assert actions(work) == ["create", "update"]
    arga, deva = Account.objects.get(name="Arga"), Account.objects.get(name="Deva")
    assert (arga.lifecycle, str(arga.customer_since), arga.converted_at) == ("customer", "2019-03-01", None)
    assert (deva.lifecycle, deva.converted_by) == ("customer", rep)
    assert deva.customer_since is not None
    assert actions(go(rep, rows, entity="customer")) == ["unchanged", "unchanged"]


def test_a_customer_among_imported_prospects_stays_one(rep):
    make.customer(rep, "Deva")
    work = go(rep, table({"Company name": "Deva", "City": "Huesca"}), entity="prospect")

    assert Account.objects.get().lifecycle == "customer"
    assert reasons(work) == ["It is in the CRM as “Customer” and stays so."]


def test_a_life_cycle_may_stand_in_a_column(rep):
    rows = [{"Company": name, "Lifecycle": text} for name, text in (("A1", "Cliente"), ("B1", "former"), ("C1", "x"))]
    work = go(rep, table(*rows), entity="account")

    assert actions(work) == ["create", "create", "error"]
    assert set(Account.objects.values_list("name", "lifecycle")) == {("A1", "customer"), ("B1", "former")}
    assert reasons(work) == ["Lifecycle: “x” is none of: Prospect, Customer, Former customer."]


class TestAmounts:
    def revenue(self, rep, *texts: str, **options) -> list[str]:
        rows = [{"Company": f"Firm {number}", "Revenue": text} for number, text in enumerate(texts)]
        work = run(check(bring(rep, table(*rows), entity="account", **options)))
        self.said = reasons(work)
        found = Account.objects.order_by("name").values_list("revenue", flat=True)
        return [str(one) for one in found]

    def test_the_decimal_mark_is_that_of_the_whole_column(self, rep):
        assert self.revenue(rep, "1.234", "12,50", "2.000.000") == ["1234.00", "12.50", "2000000.00"]

    def test_a_point_in_the_same_way(self, rep):
        assert self.revenue(rep, "1,234", "12.50") == ["1234.00", "12.50"]

    def test_what_can_be_read_in_two_ways_is_asked(self, rep):
        work = bring(rep, table({"Company": "Arga", "Revenue": "1.234"}), entity="account")

        assert work.recognised["dates"]["revenue"]["order"] == "ambiguous"
        assert work.recognised["dates"]["revenue"]["readings"] == {"point": "1.234", "comma": "1234"}

    def test_cells_in_both_styles_that_can_each_be_read_in_one_way_ask_nothing(self, rep):
        work = bring(rep, table({"Company": "Arga", "Revenue": "12,50"}, {"Company": "Deva", "Revenue": "12.50"}),
                     entity="account")  # fmt: skip

        assert work.recognised["dates"]["revenue"]["order"] is None
        assert self.revenue(rep, "1.234,50", "99.00") == ["1234.50", "99.00"]

    def test_the_answer_counts(self, rep):
        assert self.revenue(rep, "1.234", date_orders={"revenue": "comma"}) == ["1234.00"]

    def test_a_column_that_contradicts_itself_is_an_error_where_it_does(self, rep):
        assert self.revenue(rep, "1,50", "1.50", date_orders={"revenue": "comma"}) == ["1.50"]
        assert self.said == ["Annual revenue: “1.50” is not a number."]

    def test_more_decimals_than_an_amount_has_are_told_with_both_readings(self, rep):
        assert self.revenue(rep, "12.50", "1.234") == ["12.50"]
        assert self.said == ["Annual revenue: “1.234” may be 1.234 or 1,234: choose how the column is written."]

    def test_no_number_is_an_error_that_can_be_corrected(self, rep):
        work = check(bring(rep, table({"Company": "Arga", "Revenue": "a lot"}), entity="account"))

        row = work.rows.get()
        assert (row.action, row.details["fields"]) == ("error", {"1": "Annual revenue: “a lot” is not a number."})


def test_a_duplicate_within_the_file_is_found_by_number_and_name(rep):
    firms = [("Arga, S.A.", ""), ("ARGA", ""), ("Deva", "K1"), ("Deva Sur", "K1"), ("Deva", "K2"), ("DEVA", "")]
    rows = [{"Company": name, "Number": number} for name, number in firms]
    work = go(rep, table(*rows), entity="account")

    assert actions(work) == ["create", "duplicate", "create", "duplicate", "create", "duplicate"]
    assert names() == ["Arga, S.A.", "Deva", "Deva"]


def test_a_number_that_another_account_has_is_refused_by_the_dry_run_too(rep, stranger):
    make.account(rep, "Arga, S.A.", number="00017")
    make.account(stranger, "Oria, S.A.", number="00018")
    rows = table(
        {"Name": "Deva", "Number": "00017"},
        {"Name": "Deba", "Number": "00018"},
        {"Name": "Ega", "Number": "00019"},
        {"Name": "Esla", "Number": "00019"},
    )
    work = go(rep, rows, entity="account", match=["name"])

    assert actions(work) == ["error", "error", "create", "error"]
    assert reasons(work) == [
        "Another account has the number 00017.",
        "This number cannot be used.",  # whoever may not see its account learns nothing of it
        "Another account has the number 00019.",
    ]


def test_a_number_of_an_account_in_the_trash_is_free_and_the_row_names_what_cannot_come_back(rep, stranger, client):
    unit = delete_record(make.account(rep, "Oria, S.A.", number="00018"), actor=rep, means=Means("form"))
    delete_record(make.account(stranger, "Esla", number="00020"), actor=stranger, means=Means("form"))
    rows = table({"Name": "Deba", "Number": "00018"}, {"Name": "Ega", "Number": "00020"})
    work = check(bring(rep, rows, entity="account"))

    said = "An account in the trash has the number %s: it cannot be restored any more when this row is imported."
    assert reasons(run(work)) == [f"{said % '00018'} In the trash: Oria, S.A."]
    assert actions(work) == ["create", "create"]
    assert sorted(Account.objects.values_list("name", "number")) == [("Deba", "00018"), ("Ega", "00020")]

    client.force_login(rep)
    shown = client.get(f"/import/{work.pk}/", follow=True).content.decode()
    assert shown.count('href="/trash/">Open the trash<') == 1
    with pytest.raises(ValidationError, match=r"Another account has this number\. \(00018: Deba\)"):
        restore(unit, actor=rep, means=Means("trash"))
    assert not Account.objects.filter(name="Oria, S.A.").exists()


def test_an_undone_import_is_corrected_and_imported_again(rep):
    firms = {"Name": "Deva", "Number": "00018"}, {"Name": "Oria", "Number": "00019"}
    first = go(rep, table(*firms), entity="account")
    unit = undo_operation(first.operation, actor=rep, title="Import 1: firms.csv").unit

    again = go(rep, table(firms[0], firms[1] | {"Name": "Oria, S.A."}), entity="account")

    assert actions(again) == ["create", "create"]
    assert all("In the trash: Import 1: firms.csv" in reason for reason in reasons(again))
    assert sorted(Account.objects.values_list("name", "number")) == [("Deva", "00018"), ("Oria, S.A.", "00019")]
    with pytest.raises(ValidationError, match=r"\(00018: Deva, 00019: Oria, S\.A\.\)"):
        restore(unit, actor=rep, means=Means("trash"))
    assert Account.objects.count() == 2
