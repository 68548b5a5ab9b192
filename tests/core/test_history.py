"""The history of a record names only what its reader may see, in the reader's own form of numbers."""

from decimal import Decimal

import pytest

from tests import make

pytestmark = pytest.mark.django_db


def test_history_does_not_name_what_its_reader_may_not_see(client):
    make.firm()
    rep, manager = make.user("rep"), make.user("manager")
    hidden = make.account(make.user("rep", team=make.team("South")), "Hidden Works")
    sold = make.opportunity(rep, hidden, contact=None)
    told = {}
    for reader in (rep, manager):
        client.force_login(reader)
        page = client.get(f"/opportunities/{sold.pk}/history/")
        told[reader] = [new for row in page.context["rows"] for _label, _old, new in row["fields"]]

    assert "Hidden Works" in told[manager]
    assert "Hidden Works" not in told[rep]
    assert "a record that you may not see" in told[rep]
    assert f"#{hidden.pk}" not in told[rep]


def test_numbers_and_days_are_written_as_the_reader_writes_them(client):
    make.firm()
    rep = make.user("rep", language="es")
    lead = make.lead(rep, amount=Decimal("13400"))
    client.force_login(rep)

    page = client.get(f"/leads/{lead.pk}/history/").content.decode()
    assert "13.400" in page
    assert "13400" not in page
