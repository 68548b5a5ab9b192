"""What one operation did is taken back: created records go as one unit, old values return, what others need stays."""

import datetime
import html
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.models import Account, AccountEmail
from contacts.models import Contact, ContactEmail, ContactPhone, CrossReference
from core.jobs import restoring
from core.jobs.models import Job
from core.jobs.runner import run_job
from core.records import trash
from core.records import undo as undoing
from core.records.door import save_record, save_records
from core.records.means import Means
from core.records.models import Change, ChildRow, Record, TrashUnit
from core.records.search_text import differences, matching
from core.records.trash import delete_record, restore
from core.records.undo import AlreadyUndone, figure, plan_chunk, plan_undo, start_undo, undo_chunk, undo_operation
from core.records.undo_log import KeptRecord, Undo
from opportunities.models import Opportunity
from setup_values.models import Source
from tests import make
from tests.business_rows import business_rows
from tests.imports.browsing import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make.user("administrator")


def save(record: Record, actor, means: Means, **children: list[ChildRow]) -> Any:
    return save_record(record, actor=actor, means=means, children=children or None)


def people(actor, means: Means, number: int = 3, company: str = "Aguas de Tiermas") -> tuple[Account, list[Contact]]:
    """What an import makes of some rows of one company."""
    contacts: list[Any] = [Contact(first_name="Ana", last_name=f"Ruiz {index}", owner=actor) for index in range(number)]
    emails = [{"emails": [ContactEmail(value=f"ana{index}@tiermas.example")]} for index in range(number)]
    save_records(contacts, actor=actor, means=means, children=emails)
    account = save(Account(name=company, owner=actor), actor, means)
    save_records([CrossReference(contact=one, account=account) for one in contacts], actor=actor, means=means)
    return account, contacts


def undo(means: Means, actor) -> Undo:
    """Undo after a plan, which has to foresee exactly what happens."""
    planned = plan_undo(means.operation, actor=actor, title="Import 24")
    before = business_rows()
    while plan_chunk(planned, actor=actor):
        pass
    assert business_rows() == before
    foreseen = kept()
    done = undo_operation(means.operation, actor=actor, title="Import 24")
    assert done.counts == done.planned
    assert kept() == foreseen
    assert done.finished_at is not None
    assert differences() == []
    return done


def kept() -> dict[tuple[str, int], tuple[str, list[str]]]:
    return {(row.record_type, row.record_id): (row.reason, row.fields) for row in KeptRecord.objects.all()}


def test_what_it_created_goes_into_the_trash_as_one_unit_and_comes_back_as_one(boss):
    make.contact(boss)
    before = business_rows()
    means = Means("import", "24")
    people(boss, means)
    after = business_rows()
    done = undo(means, boss)
    assert business_rows() == before
    assert done.counts["trashed"] == {"contact": 3, "account": 1, "crossreference": 3}
    unit = TrashUnit.objects.get()
    assert (unit, unit.counts, unit.title, unit.deleted_by) == (done.unit, done.counts["trashed"], "Import 24", boss)
    restore(unit, actor=boss, means=Means("trash"))
    assert business_rows() == after
    assert matching(Contact.objects.all(), "tiermas").count() == 3


def test_changed_records_get_their_old_values_and_child_rows_back(boss):
    source = make.value(Source, "Fair")
    contact = make.contact(boss, "Pilar", emails=["pilar@montsant.example", "p@montsant.example"], source=source)
    account = make.account(boss, "Montsant", phones=["600 55 50 14"])
    before = business_rows()
    means = Means("import", "24")
    contact.job_title, contact.source, contact.birthday = "Buyer", None, "1980-02-01"
    rows = [*contact.emails.all(), ContactEmail(value="new@montsant.example")]
    save(contact, boss, means, emails=rows, phones=[ContactPhone(value="976 55 50 14")])
    account.revenue, account.customer_since = 12, datetime.date(2024, 5, 1)
    save(account, boss, means)
    save(CrossReference(contact=contact, account=account, is_primary=True), boss, means)
    done = undo(means, boss)
    assert business_rows() == before
    assert done.counts == {
        "trashed": {"crossreference": 1},
        "restored": {},
        "reverted": {"contact": 1, "account": 1},
        "kept": {},
    }
    change = Change.objects.filter(record_type="contact", record_id=contact.pk).latest("pk")
    assert (change.means, change.operation, change.actor) == ("undo", done.own_operation, boss)
    assert change.after["job_title"] == ""


def test_replaced_and_removed_child_rows_come_back(boss):
    contact = make.contact(boss, emails=["one@montsant.example", "two@montsant.example", "three@montsant.example"])
    before = business_rows()
    means = Means("import")
    first, second, _third = contact.emails.all()
    second.is_primary, first.is_primary, second.label = True, False, "desk"
    save(contact, boss, means, emails=[second, first])
    undo(means, boss)
    assert business_rows() == before


def test_a_field_that_somebody_changed_since_stays_and_the_others_return(boss):
    contact = make.contact(boss, "Pilar", job_title="Assistant")
    means = Means("import")
    contact.job_title, contact.notes = "Buyer", "From the file"
    save(contact, boss, means)
    contact.job_title = "Head of purchasing"
    save(contact, boss, Means("form"))
    done = undo(means, boss)
    contact.refresh_from_db()
    assert (contact.job_title, contact.notes) == ("Head of purchasing", "")
    assert kept() == {("contact", contact.pk): ("changed", ["job_title"])}
    assert (done.counts["kept"], done.counts["reverted"]) == ({"contact": 1}, {})


def test_a_created_record_that_somebody_changed_stays_with_what_ties_it_to_its_account(boss):
    means = Means("import")
    account, (changed, *_others) = people(boss, means)
    changed.refresh_from_db()
    changed.job_title = "Buyer"
    save(changed, boss, Means("form"))
    done = undo(means, boss)
    link = CrossReference.objects.get()
    assert (link.contact, link.account) == (changed, account)
    assert list(Contact.objects.all()) == [changed]
    assert kept() == {
        ("contact", changed.pk): ("changed", []),
        ("crossreference", link.pk): ("together", []),
        ("account", account.pk): ("used", []),
    }
    assert figure(done.counts, "trashed") == 4


def test_an_opportunity_added_since_keeps_the_account_and_nothing_else(boss):
    make.process()
    means = Means("import")
    account, _contacts = people(boss, means)
    opportunity = make.opportunity(boss, account)
    undo(means, boss)
    assert list(Account.objects.all()) == [account]
    assert list(Opportunity.objects.all()) == [opportunity]
    assert not Contact.objects.exists()
    assert not CrossReference.objects.exists()
    row = KeptRecord.objects.get()
    assert (row.record_id, row.reason) == (account.pk, "used")
    assert (row.other_type, row.other_id) == ("opportunity", opportunity.pk)


def test_a_task_of_a_colleague_keeps_the_contact_and_its_way_to_the_account(boss):
    means = Means("import")
    account, (first, *_others) = people(boss, means)
    make.task(boss, contact=first)
    undo(means, boss)
    assert list(Contact.objects.all()) == [first]
    assert list(CrossReference.objects.values_list("contact", "account")) == [(first.pk, account.pk)]
    assert list(Account.objects.all()) == [account]


def test_a_cross_reference_made_by_hand_keeps_both_ends(boss):
    means = Means("import")
    account, _contacts = people(boss, means)
    guest = make.contact(boss, account=account)
    undo(means, boss)
    assert list(Account.objects.all()) == [account]
    assert list(Contact.objects.all()) == [guest]


def test_what_is_in_the_trash_already_is_passed_over(boss):
    means = Means("import")
    account, _contacts = people(boss, means)
    delete_record(Account.objects.get(pk=account.pk), actor=boss, means=Means("form"))
    done = undo(means, boss)
    assert done.counts["trashed"] == {}
    assert done.unit is None


def test_what_others_pointed_at_and_deleted_again_holds_nothing(boss):
    means = Means("import")
    account, _contacts = people(boss, means)
    delete_record(make.task(boss, account=account), actor=boss, means=Means("form"))
    undo(means, boss)
    assert not Account.objects.exists()


def test_a_created_setup_value_goes_with_the_contacts_that_alone_use_it(boss):
    means = Means("import")
    source = save(Source(name="Feria 23"), boss, means)
    save(Contact(last_name="Ruiz", source=source), boss, means)
    undo(means, boss)
    assert not Source.objects.exists()
    assert not Contact.objects.exists()


def test_a_created_setup_value_that_something_in_the_trash_still_needs_stays(boss):
    means = Means("import")
    source = save(Source(name="Feria 23"), boss, means)
    other = make.contact(boss, source=source)
    delete_record(other, actor=boss, means=Means("form"))
    undo(means, boss)
    assert list(Source.objects.all()) == [source]


def test_a_primary_contact_that_it_set_is_taken_back_before_the_contact_goes(boss):
    account = make.account(boss, emails=["info@montsant.example"])
    before = business_rows()
    means = Means("import")
    contact = save(Contact(last_name="Ruiz", owner=boss), boss, means)
    save(CrossReference(contact=contact, account=account, is_primary=True), boss, means)
    undo(means, boss)
    assert business_rows() == before


def test_a_person_account_and_its_contact_go_together(boss):
    before = business_rows()
    means = Means("import")
    account = Account(name="Ana Ruiz", kind=Account.Kind.PERSON, owner=boss)
    save(account, boss, means, emails=[AccountEmail(value="ana@ruiz.example")])
    done = undo(means, boss)
    assert business_rows() == before
    assert done.counts["trashed"] == {"contact": 1, "account": 1}


def test_several_changes_of_one_record_are_taken_back_one_after_the_other(boss, monkeypatch):
    monkeypatch.setattr(undoing, "CHUNK", 2)
    contact = make.contact(boss, job_title="First")
    before = business_rows()
    means = Means("import")
    for title in ("Second", "Third", "Fourth", "Fifth", "Sixth"):
        contact.job_title = title
        save(contact, boss, means)
    done = undo(means, boss)
    assert business_rows() == before
    assert done.counts["reverted"] == {"contact": 1}


def test_an_operation_between_that_was_undone_itself_counts_as_nothing(boss):
    contact = make.contact(boss, job_title="First")
    before = business_rows()
    first, second = Means("import"), Means("import")
    for means, title in ((first, "Second"), (second, "Third")):
        contact.refresh_from_db()
        contact.job_title = title
        save(contact, boss, means)
    undo(second, boss)
    undo(first, boss)
    assert business_rows() == before


def test_an_operation_is_undone_once(boss):
    means = Means("import")
    people(boss, means)
    undo(means, boss)
    for again in (undo_operation, plan_undo, start_undo):
        with pytest.raises(AlreadyUndone):
            again(means.operation, actor=boss, title="Again")
    assert TrashUnit.objects.count() == 1


def test_it_goes_on_where_it_was_broken_off(boss, monkeypatch):
    monkeypatch.setattr(undoing, "CHUNK", 3)
    before = business_rows()
    means = Means("import")
    people(boss, means, number=6)
    done = start_undo(means.operation, actor=boss, title="Import 24")
    for number in range(20):
        try:
            with transaction.atomic():
                more = undo_chunk(done, actor=boss)
                if number % 2:
                    raise RuntimeError
        except RuntimeError:
            done = Undo.objects.get()
            continue
        if not more:
            break
    assert business_rows() == before
    done = Undo.objects.get()
    assert done.unit.counts == done.counts["trashed"] == {"contact": 6, "account": 1, "crossreference": 6}
    assert Change.objects.filter(means="undo").count() == 13


def test_what_the_user_may_not_delete_or_change_stays(boss):
    means = Means("import")
    reader = make.user("read-only")
    people(boss, means, number=1)
    old = make.contact(boss, job_title="First")
    old.job_title = "Second"
    save(old, boss, means)
    before = business_rows()
    done = undo(means, reader)
    assert business_rows() == before
    assert {reason for reason, _fields in kept().values()} == {"rights"}
    assert (figure(done.counts, "kept"), figure(done.counts, "trashed")) == (4, 0)


def test_an_old_value_that_is_gone_is_not_forced_back(boss):
    source = make.value(Source, "Fair")
    contact = make.contact(boss, source=source, job_title="First")
    means = Means("import")
    contact.source, contact.job_title = None, "Second"
    save(contact, boss, means)
    delete_record(source, actor=boss, means=Means("setup"))
    planned = plan_undo(means.operation, actor=boss, title="Import 24")
    while plan_chunk(planned, actor=boss):
        pass
    done = undo_operation(means.operation, actor=boss, title="Import 24")
    contact.refresh_from_db()
    assert (contact.source, contact.job_title) == (None, "Second")
    assert KeptRecord.objects.get().reason == "refused"
    assert done.counts["kept"] == {"contact": 1}


class TestLargeUnit:
    def test_it_comes_back_in_the_background_and_the_trash_says_so(self, boss, monkeypatch):
        monkeypatch.setattr(restoring, "MOST_AT_ONCE", 5)
        monkeypatch.setattr(trash, "RESTORED", 2)
        means = Means("import")
        people(boss, means)
        before = business_rows()
        unit = undo(means, boss).unit
        browser = signed_in(boss)
        for _click in range(2):
            answer = browser.post(reverse("trash_restore", args=[unit.pk]), follow=True)
        assert "is being restored" in answer.content.decode()
        assert "Being restored" in answer.content.decode()
        job = Job.objects.get(kind="trash_restore")
        run_job.func(job.pk)
        job.refresh_from_db()
        unit.refresh_from_db()
        assert business_rows() == before
        assert (job.state, job.done, unit.restored_by) == (Job.State.FINISHED, 7, boss)

    def test_a_record_whose_place_is_taken_stops_it_and_the_rest_waits(self, boss, monkeypatch):
        monkeypatch.setattr(restoring, "MOST_AT_ONCE", 0)
        means = Means("import")
        save(Source(name="Feria 23"), boss, means)
        unit = undo(means, boss).unit
        other = make.value(Source, "Feria 23")
        browser = signed_in(boss)
        browser.post(reverse("trash_restore", args=[unit.pk]))
        run_job.func(Job.objects.get(kind="trash_restore").pk)
        assert Job.objects.get().state == Job.State.FAILED
        assert Job.objects.get().error in html.unescape(browser.get(reverse("trash")).content.decode())
        delete_record(other, actor=boss, means=Means("form"))
        browser.post(reverse("trash_restore", args=[unit.pk]))
        run_job.func(Job.objects.latest("pk").pk)
        assert Source.objects.get().pk != other.pk
