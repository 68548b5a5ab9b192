"""A row that is refused takes no later row along: whoever is meant by both comes in with the later one."""

import pytest

from accounts.models import Account
from contacts.models import Contact, CrossReference
from imports.earlier_rows import MOST_ROUNDS
from imports.models import RowChoice
from imports.run import start_run
from leads.models import Lead
from setup_values.models import Source
from tests import make
from tests.imports.killing import MOMENTS, kill_and_resume
from tests.imports.running import actions, bring, check, go, names, outcome, reasons, run

pytestmark = pytest.mark.django_db
CONTACTS = "First name,Last name,E-mail,Lead source\n"
ACCOUNTS = "Company name;Customer number;E-mail\n"


@pytest.fixture(autouse=True)
def firm(rep):
    make.firm()
    make.statuses()
    make.value(Source, "Trade fair")


def test_a_contact_comes_in_with_the_row_after_the_refused_one(rep):
    rows = "Dup,One,dup1@x.example,NoSuchSrc\nDup,One,dup1@x.example,Trade fair\nDup,One,dup1@x.example,\n"
    work = go(rep, CONTACTS + rows)

    assert actions(work) == ["error", "create", "duplicate"]
    assert reasons(work)[-1] == "The same contact stands in line 3 of this file: nothing was written."
    assert Contact.objects.get().source.name == "Trade fair"


def test_a_refused_change_of_a_contact_leaves_its_place_to_the_next_row(rep):
    ana = make.contact(rep, "Ana", "Ruiz")
    rows = f"{ana.pk},{ana.version + 1},Ana,Ruiz,Old\n{ana.pk},{ana.version},Ana,Ruiz,New\n"
    work = go(rep, "id,version,first_name,last_name,job_title\n" + rows)

    assert actions(work) == ["error", "update"]
    assert Contact.objects.get().job_title == "New"


def test_a_row_that_the_user_leaves_out_leaves_its_place(rep):
    work = check(bring(rep, CONTACTS + "Ana,Ruiz,ana@x.example,\nAna,Ruiz,ana@x.example,\n"))
    RowChoice.objects.create(parent=work, number=1, decision=RowChoice.Decision.SKIP)

    assert actions(run(work)) == ["duplicate", "create"]
    assert names() == ["Ana Ruiz"]


def test_an_account_comes_in_with_the_row_after_the_refused_one(rep):
    make.account(rep, "Taken SA", number="TN-1")
    other = make.user("rep", team=make.team("South"))
    Account.objects.update(owner=other, team=other.team)
    work = go(
        rep, ACCOUNTS + "Fresh SL;TN-1;f@fresh.example\nFresh SL;;f2@fresh.example\nFresh SL;;\n", entity="account"
    )

    assert actions(work) == ["error", "create", "duplicate"]
    assert reasons(work)[-1] == "Line 3 of this file means the same: nothing was written."
    assert [one.value for one in Account.objects.get(name="Fresh SL").emails.all()] == ["f2@fresh.example"]


def test_the_number_of_a_row_that_the_door_refuses_is_free_for_a_later_one(rep):
    rows = "Company name;Customer number;Employees\nFresh SL;TN-9;-5\nOther SL;TN-9;5\n"
    work = go(rep, rows, entity="account")

    assert actions(work) == ["error", "create"]
    assert Account.objects.get().name == "Other SL"


def test_the_primary_contact_is_named_by_the_row_that_is_written(rep):
    arga = make.account(rep, "Arga, S.A.")
    make.contact(rep, "Ana", "Ruiz", emails=["ana@arga.example"])
    rows = "Contact,Account,Role,Primary\nana@arga.example,Arga,Odd,yes\nana@arga.example,Arga,,yes\n"
    work = go(rep, rows, entity="cross_reference")

    assert actions(work) == ["error", "create"]
    assert CrossReference.objects.get(account=arga).is_primary


def test_rows_beyond_the_rounds_are_errors_that_name_the_refused_row(rep):
    make.account(rep, "Taken SA", number="TN-1")
    other = make.user("rep", team=make.team("South"))
    Account.objects.update(owner=other, team=other.team)
    many = MOST_ROUNDS + 3
    work = go(rep, ACCOUNTS + "Fresh SL;TN-1;\n" * many, entity="account")

    assert actions(work) == ["error"] * many
    assert reasons(work)[-1] == f"Line {MOST_ROUNDS + 1} of this file means the same and was refused."


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("entity", ["contact", "account", "lead"])
def test_a_killed_run_goes_on_as_if_nothing_had_happened(rep, entity, moment, monkeypatch):
    monkeypatch.setattr("imports.planning.CHUNK", 2)
    rows = ["Dup,One,dup@x.example,No such", "Ana,Gil,ana@x.example,", "Ana,Gil,ana@x.example;ana2@x.example,",
            "Dup,One,dup@x.example,Trade fair", "Ana,Gil,ana2@x.example,", "Dup,One,dup@x.example,"]  # fmt: skip
    header = "First name,Last name,E-mail,Lead source"
    hidden = make.user("rep", team=make.team("South"))
    if entity == "account":
        make.account(hidden, "Taken SA", number="TN-1")
        header = "Company name,Customer number,E-mail"
        rows = ["Fresh SL,TN-1,", "Ana SL,,a@x.example", "Ana SL,,b@x.example", "Fresh SL,,f@x.example",
                "Ana SL,,", "Fresh SL,,"]  # fmt: skip
    model = {"contact": Contact, "account": Account, "lead": Lead}[entity]
    text = "\n".join([header, *rows, ""])
    expected = outcome(go(rep, text, entity=entity))
    assert expected[3][1] == "create"
    model.objects.update(owner=hidden, team=hidden.team)

    work = start_run(work=check(bring(rep, text, entity=entity)), actor=rep)
    kill_and_resume(work.job, moment=moment, chunk=1)

    assert outcome(work) == expected
    assert model.objects.visible_to(rep).count() == [action for _line, action, _said in expected].count("create")
