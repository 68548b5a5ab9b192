"""What somebody may not see is named neither in an export nor on the page of an account below it, and stays."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from contacts.cross_referencing import add
from tests import make
from tests.core.test_record_forms import edit_url, typed
from tests.imports.running import actions, go, reasons
from tests.scene import client_of
from users.models import Role, User
from workspace.entities import ENTITIES

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    make.firm()
    return make.user("administrator")


@pytest.fixture
def rep(boss):
    return make.user("rep", team=make.team("South"))


@pytest.fixture
def child(boss, rep):
    return make.account(rep, "Arga Sur", parent=make.account(boss, "Secret Group"))


def export(user, name: str, kind: str = "csv") -> bytes:
    entity = next(entity for entity in ENTITIES if entity.name == name)
    query = f"?view=all&format={kind}&columns=all&delimiter=comma"
    return b"".join(client_of(user).get(entity.url("export") + query).streaming_content)


def rows(user, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(export(user, name).decode("utf-8-sig"))))


def test_an_export_names_no_parent_that_one_may_not_see(boss, rep, child):
    [row] = rows(rep, "account")
    assert (row["name"], row["parent"], row["parent_id"]) == ("Arga Sur", "", "")
    seen = {row["name"]: row["parent"] for row in rows(boss, "account")}
    assert seen["Arga Sur"] == "Secret Group"


@pytest.mark.parametrize("empty", ["keep", "clear"])
def test_such_a_file_imported_again_leaves_the_parent_alone(rep, child, empty):
    work = go(rep, export(rep, "account"), entity="account", empty=empty)

    assert (actions(work), reasons(work)) == (["unchanged"], [])
    assert Account.objects.get(pk=child.pk).parent_id == child.parent_id


@pytest.mark.parametrize("name", ["opportunity", "task", "lead", "interaction"])
def test_nor_any_other_record(boss, rep, name):
    hidden = make.account(boss, "Secret Group")
    contact = make.contact(boss, "Secret", "Person", account=hidden)
    deal = make.opportunity(rep, hidden, "Valves", contact=contact)
    make.task(rep, account=hidden, contact=contact, opportunity=deal)
    make.interaction(rep, account=hidden, contact=contact, opportunity=deal)
    make.lead(rep, existing_account=hidden, existing_contact=contact)
    assert "Secret" not in export(rep, name).decode()
    assert "Secret" in export(boss, name).decode()
    work = go(rep, export(rep, name), entity=name, empty="clear")
    assert set(actions(work)) == {"unchanged"}


def test_many_hidden_parents_cost_no_more_queries_than_one(boss, rep, child):
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            export(rep, "account")
        return len(captured)

    cost()
    few = cost()
    for number in range(20):
        make.account(rep, f"Below {number}", parent=make.account(boss, f"Secret {number}"))
    assert cost() == few


def test_the_page_of_an_account_and_its_form_do_not_name_it_and_saving_keeps_it(boss, rep, child):
    for url in (child.get_absolute_url(), edit_url(child)):
        assert "Secret" not in client_of(rep).get(url).content.decode()
        assert "Secret" in client_of(boss).get(url).content.decode()
    browser = client_of(rep)
    page = browser.get(edit_url(child))
    assert browser.post(edit_url(child), typed(page) | {"name": "Arga Este"}).status_code == 302
    child.refresh_from_db()
    assert child.name == "Arga Este"
    assert child.parent.name == "Secret Group"


class TestCrossReferences:
    """Files of cross-references hold what belongs to both ends, so both ends have to be exportable."""

    ADDRESSES = ("/cross-references/", "/prospects/contacts/list/", "/customers/contacts/list/")

    @pytest.fixture
    def linked(self, boss):
        for owner in (make.account(boss, "Arga Sur"), make.customer(boss, "Montsant")):
            make.cross_reference(boss, make.contact(boss, "Ana", "Ruiz"), owner)
        lead = make.lead(boss, "Luis", "Gil")
        add(contacts=[make.contact(boss, "Eva", "Pons")], holders=[lead], role=None, actor=boss)

    @pytest.fixture
    def exporter(self, rep):
        def exporting(*kinds: str):
            rights = {kind: {"view": "all"} for kind in ("account", "contact", "lead")}
            for kind in kinds:
                rights[kind]["export"] = "all"
            rep.role = Role.objects.create(name="-".join(kinds) or "none", rights=rights)
            rep.save()
            return client_of(User.objects.get(pk=rep.pk))

        return exporting

    @pytest.mark.parametrize("kinds", [("account", "lead"), ("contact",), ()])
    def test_are_not_exported_without_the_right_of_both_ends(self, linked, exporter, kinds):
        client = exporter(*kinds)

        for address in self.ADDRESSES:
            assert client.get(f"{address}export/?view=all&format=csv&columns=all").status_code == 403
            assert "/export/" not in client.get(address).content.decode()

    @pytest.mark.parametrize(("kind", "found"), [("account", {"Arga Sur", "Montsant"}), ("lead", {"Luis Gil"})])
    def test_of_a_kind_that_may_not_be_exported_are_left_out(self, linked, exporter, kind, found):
        client = exporter("contact", kind)

        answer = client.get("/cross-references/export/?view=all&format=csv&columns=all&delimiter=comma")

        table = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
        assert {row["account"] or row["lead"] for row in table} == found
        status = 200 if kind == "account" else 403
        assert [client.get(f"{address}export/").status_code for address in self.ADDRESSES[1:]] == [status, status]
