"""Who is the primary contact after an undo, and after what it put away came back from the trash."""

from typing import Any

import pytest

from contacts.cross_referencing import remove
from contacts.models import Contact, CrossReference
from core.records import undo
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Record
from core.records.trash import restore
from core.records.undo import undo_operation
from tests import make
from tests.business_rows import business_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make.user("administrator")


def save(record: Record, actor, means: Means) -> Any:
    return save_record(record, actor=actor, means=means)


@pytest.mark.parametrize("kind", ["account", "lead"])
@pytest.mark.parametrize("chunk", [1, 1000])
def test_what_it_made_primary_is_primary_again_when_it_comes_back(boss, kind, chunk, monkeypatch):
    monkeypatch.setattr(undo, "CHUNK", chunk)
    make.statuses()
    holders = [make.account(boss), make.account(boss)] if kind == "account" else [make.lead(boss), make.lead(boss)]
    earlier = make.contact(boss, "Eva", "Sanz")
    save(CrossReference(contact=earlier, is_primary=True, **{kind: holders[0]}), boss, Means("form"))
    before = business_rows()
    means = Means("import")
    contact = save(Contact(last_name="Ruiz", owner=boss), boss, means)
    for holder in holders:
        save(CrossReference(contact=contact, is_primary=True, **{kind: holder}), boss, means)
    after = business_rows()

    done = undo_operation(means.operation, actor=boss, title="Import 24")
    assert business_rows() == before
    restore(done.unit, actor=boss, means=Means("trash"))

    assert business_rows() == after


def test_what_comes_back_takes_the_mark_from_nobody_who_got_it_since(boss):
    account = make.account(boss)
    means = Means("import")
    contact = make.contact(boss, "Ana", "Ruiz")
    made = save(CrossReference(contact=contact, account=account, is_primary=True), boss, means)
    done = undo_operation(means.operation, actor=boss, title="Import 24")
    other = make.contact(boss, "Eva", "Sanz")
    save(CrossReference(contact=other, account=account, is_primary=True), boss, Means("form"))

    restore(done.unit, actor=boss, means=Means("trash"))

    account.refresh_from_db()
    made.refresh_from_db()
    assert (account.primary_contact, made.is_primary, made.deleted_at) == (other, False, None)


def test_a_mark_that_somebody_took_away_before_the_deletion_does_not_come_back(boss):
    account, contact = make.account(boss), make.contact(boss)
    row = save(CrossReference(contact=contact, account=account, is_primary=True), boss, Means("form"))
    unit = remove(reference=row, actor=boss)
    restore(unit, actor=boss, means=Means("trash"))
    account.refresh_from_db()
    assert account.primary_contact is None
