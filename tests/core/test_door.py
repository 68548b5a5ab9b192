"""The write door creates, changes and claims records, and the history says exactly what was written."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, AccountEmail, Customer, Prospect
from contacts.models import Contact
from core.records.door import check_records, record_saved, records_in, save_record, save_records
from core.records.means import Means
from core.records.models import Change
from core.records.refusals import BatchRefused, RecordChanged
from core.records.search_text import matching
from core.records.trash import delete_record
from opportunities.models import Opportunity
from tests import make

pytestmark = pytest.mark.django_db

FORM = Means("form")


@pytest.fixture
def owner():
    return make.user("manager")


def changes_of(record) -> list[Change]:
    return list(Change.objects.filter(record_type=record.record_type(), record_id=record.pk).order_by("id"))


class TestCreating:
    def test_writes_the_record_and_its_history(self, owner):
        means = Means("import", "24, row 7")
        account = Account(name="Talleres  Ibaia", revenue=Decimal("1200"), owner=owner, billing_city="Irún")
        save_record(account, actor=owner, means=means)

        stored = Account.objects.get(pk=account.pk)
        assert (stored.name, stored.folded_name, stored.revenue) == ("Talleres Ibaia", "talleres ibaia", 1200)
        assert (stored.version, stored.created_by, stored.changed_by) == (1, owner, owner)
        (change,) = changes_of(account)
        assert (change.kind, change.actor, change.means, change.means_detail) == (
            "create",
            owner,
            "import",
            "24, row 7",
        )
        assert (change.operation, change.record_version, change.before) == (means.operation, 1, {})
        assert change.after["name"] == "Talleres Ibaia"
        assert change.after["revenue"] == "1200.00"
        assert change.after["owner_id"] == owner.pk
        assert "folded_name" not in change.after
        assert "version" not in change.after

    def test_notes_an_amount_of_nothing(self, owner):
        account = make.account(owner, revenue=0)
        assert changes_of(account)[0].after["revenue"] == "0.00"

    def test_the_system_itself_has_no_actor(self, owner):
        account = Account(name="Acerías Lindane", owner=owner)
        save_record(account, actor=None, means=Means("command"))
        assert (account.created_by_id, changes_of(account)[0].actor_id) == (None, None)

    def test_keeps_who_created_it_when_somebody_else_wrote_it_down(self, owner):
        colleague = make.user()
        account = Account(name="Acerías Lindane", created_by=colleague)
        save_record(account, actor=owner, means=FORM)
        assert (account.created_by, account.changed_by) == (colleague, owner)


class TestChanging:
    def test_writes_only_what_differs(self, owner, django_assert_num_queries):
        account = make.account(owner, notes="as it was")
        Account.all_objects.filter(pk=account.pk).update(website="written.example")
        account = Account.objects.defer().get(pk=account.pk)
        Account.all_objects.filter(pk=account.pk).update(notes="written below")
        account.billing_city = "Huesca"
        save_record(account, actor=owner, means=FORM)

        stored = Account.objects.get(pk=account.pk)
        assert (stored.billing_city, stored.notes) == ("Huesca", "written below")
        change = changes_of(account)[-1]
        assert (change.before, change.after) == ({"billing_city": "Zaragoza"}, {"billing_city": "Huesca"})
        assert (change.kind, change.record_version, stored.version) == ("update", 2, 2)

    def test_an_unchanged_record_is_not_written(self, owner):
        account = make.account(owner)
        before = Account.objects.values().get(pk=account.pk)
        account.name = f"  {account.name} "
        account.revenue = None
        save_record(account, actor=make.user(), means=FORM)
        assert Account.objects.values().get(pk=account.pk) == before
        assert len(changes_of(account)) == 1

    def test_the_same_instance_can_be_saved_again_and_again(self, owner):
        account = make.account(owner)
        for city in ("Huesca", "Teruel", "Soria"):
            account.billing_city = city
            save_record(account, actor=owner, means=FORM)
        assert Account.objects.get(pk=account.pk).version == 4
        assert [change.after for change in changes_of(account)[1:]] == [
            {"billing_city": city} for city in ("Huesca", "Teruel", "Soria")
        ]

    def test_history_keeps_what_a_field_was_before(self, owner):
        day = datetime.date(2026, 3, 1)
        account = make.account(owner, customer_since=day, revenue=Decimal("10.50"), employees=7)
        account.customer_since, account.revenue, account.employees = None, Decimal("11"), 0
        save_record(account, actor=owner, means=FORM)
        change = changes_of(account)[-1]
        assert change.before == {"customer_since": "2026-03-01", "revenue": "10.50", "employees": 7}
        assert change.after == {"customer_since": None, "revenue": "11.00", "employees": 0}

    def test_custom_fields_changed_in_place_are_noticed(self, owner):
        account = make.account(owner, custom={"tags": ["valves"], "size": {"unit": "m"}})
        for load in (lambda: account, lambda: Account.objects.get(pk=account.pk)):
            instance = load()
            instance.custom["tags"].append("pumps")
            instance.custom["size"]["unit"] += "m"
            save_record(instance, actor=owner, means=FORM)
            assert Account.objects.get(pk=account.pk).custom == instance.custom
        assert changes_of(account)[1].before == {"custom": {"tags": ["valves"], "size": {"unit": "m"}}}
        assert len(changes_of(account)) == 3

    def test_a_record_in_the_trash_can_still_be_changed(self, owner):
        account = make.account(owner)
        delete_record(account, actor=owner, means=FORM)
        account.notes = "moved"
        save_record(account, actor=owner, means=Means("setup"))
        assert Account.all_objects.get(pk=account.pk).notes == "moved"


class TestLoading:
    def test_a_column_that_was_not_loaded_is_written_all_the_same(self, owner):
        account = make.account(owner, notes="as it was")
        account = Account.objects.only("name", "version").get(pk=account.pk)
        account.notes = "set blindly"
        save_record(account, actor=owner, means=FORM)
        assert Account.objects.get(pk=account.pk).notes == "set blindly"
        assert changes_of(account)[-1].before == {"notes": "as it was"}

    def test_a_column_that_is_loaded_late_counts_as_loaded(self, owner):
        account = make.account(owner, notes="as it was")
        account = Account.objects.defer("notes").get(pk=account.pk)
        assert account.notes == "as it was"
        save_record(account, actor=owner, means=FORM)
        assert len(changes_of(account)) == 1

    def test_refreshing_a_record_brings_its_version_along(self, owner):
        account = make.account(owner)
        other = Account.objects.get(pk=account.pk)
        other.notes = "from elsewhere"
        save_record(other, actor=owner, means=FORM)

        account.refresh_from_db()
        account.billing_city = "Huesca"
        save_record(account, actor=owner, means=FORM)
        assert changes_of(account)[-1].after == {"billing_city": "Huesca"}

    def test_refuses_to_guess_the_version(self, owner):
        account = make.account(owner)
        account = Account.objects.only("name").get(pk=account.pk)
        account.name = "Other"
        with pytest.raises(TypeError, match="version"):
            save_record(account, actor=owner, means=FORM)


class TestClaiming:
    def test_the_second_of_two_editors_is_told_and_nothing_is_lost(self, owner):
        account = make.account(owner)
        first, second = (Account.objects.get(pk=account.pk) for _ in range(2))
        first.notes = "first"
        save_record(first, actor=owner, means=FORM)
        second.billing_city = "Huesca"
        with pytest.raises(RecordChanged):
            save_record(second, actor=owner, means=FORM)

        stored = Account.objects.get(pk=account.pk)
        assert (stored.notes, stored.billing_city, stored.version) == ("first", "Zaragoza", 2)
        assert len(changes_of(account)) == 2

    def test_what_was_refused_can_be_saved_once_it_is_read_again(self, owner):
        account = make.account(owner)
        stale = Account.objects.get(pk=account.pk)
        account.notes = "first"
        save_record(account, actor=owner, means=FORM)
        stale.billing_city = "Huesca"
        with pytest.raises(RecordChanged):
            save_record(stale, actor=owner, means=FORM)
        assert stale.version == 1
        stale.refresh_from_db()
        stale.billing_city = "Huesca"
        save_record(stale, actor=owner, means=FORM)
        assert Account.objects.get(pk=account.pk).version == 3

    def test_expecting_a_state_claims_the_row_even_when_nothing_changes(self, owner):
        opportunity = make.opportunity(owner)
        first, second = (Opportunity.objects.get(pk=opportunity.pk) for _ in range(2))
        save_record(first, actor=owner, means=FORM, expect={"state": "open"})
        with pytest.raises(RecordChanged):
            save_record(second, actor=owner, means=FORM, expect={"state": "open"})
        assert len(changes_of(opportunity)) == 1

    def test_an_expectation_that_does_not_hold_writes_nothing(self, owner):
        opportunity = make.opportunity(owner)
        opportunity.topic = "Other"
        with pytest.raises(RecordChanged):
            save_record(opportunity, actor=owner, means=FORM, expect={"state": "won"})
        with pytest.raises(RecordChanged):
            save_record(opportunity, actor=owner, means=FORM, expect={"version": 7})
        with pytest.raises(RecordChanged):
            save_record(opportunity, actor=owner, means=FORM, expect={"contact": make.contact(owner)})
        save_record(opportunity, actor=owner, means=FORM, expect={"version": 1, "contact": None})
        assert Opportunity.objects.get(pk=opportunity.pk).topic == "Other"

    def test_a_condition_through_a_join_is_a_mistake(self, owner):
        opportunity = make.opportunity(owner)
        with pytest.raises(TypeError, match="status__meaning"):
            save_record(opportunity, actor=owner, means=FORM, expect={"status__meaning": "open"})

    def test_a_record_that_is_gone_for_good_counts_as_changed(self, owner):
        account = make.account(owner)
        Account.all_objects.filter(pk=account.pk).delete()
        account.notes = "late"
        with pytest.raises(RecordChanged):
            save_record(account, actor=owner, means=FORM)
        with pytest.raises(BatchRefused):
            save_records([account], actor=owner, means=FORM)


class TestAnnouncing:
    def test_announces_once_after_commit(self, owner, django_capture_on_commit_callbacks):
        heard = []

        def listen(sender, changes, **kwargs):
            heard.append([(change.kind, change.record_id) for change in changes])

        record_saved.connect(listen)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                account = make.account(owner)
                assert heard == []
            with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
                account.notes = "undone"
                save_record(account, actor=owner, means=FORM)
                transaction.set_rollback(True)
        finally:
            record_saved.disconnect(listen)
        assert heard == [[("create", account.pk)]]
        assert Change.objects.filter(handled_at__isnull=True, record_id=account.pk).count() == 1


class TestProxies:
    @pytest.mark.parametrize(("proxy", "lifecycle"), [(Prospect, "prospect"), (Customer, "customer")])
    def test_a_proxy_is_its_account_everywhere(self, owner, proxy, lifecycle):
        record = proxy(name="Bodegas Nubla", lifecycle=lifecycle, owner=owner, team=owner.team)
        rows = [AccountEmail(value="hola@nubla.example")]
        save_record(record, actor=owner, means=FORM, children={"emails": rows})
        assert changes_of(record)[0].record_type == "account"
        assert (record.email, record.number[:2]) == ("hola@nubla.example", "A-")

        loaded = proxy.objects.visible_to(owner).get(pk=record.pk)
        loaded.billing_city = "Haro"
        save_record(loaded, actor=owner, means=FORM)
        assert list(matching(Account.objects.visible_to(owner), "haro nubla hola@")) == [Account(pk=record.pk)]
        assert list(matching(proxy.objects.visible_to(owner), "haro")) == [loaded]
        assert proxy.objects.visible_to(make.user("rep", team=make.team("South"))).count() == 0

    def test_a_proxy_refuses_what_its_account_refuses(self, owner):
        make.account(owner, number="K-1")
        for save in (
            lambda record: save_record(record, actor=owner, means=FORM),
            lambda record: save_records([record], actor=owner, means=FORM),
        ):
            with pytest.raises((ValidationError, BatchRefused)) as refused:
                save(Prospect(name="Other", number="K-1"))
            error = getattr(refused.value, "errors", {0: refused.value})[0]
            assert "number" in error.message_dict


class TestBatches:
    def test_many_records_are_written_as_one_would_be(self, owner):
        means = [Means("import", f"row {row}") for row in range(45)]
        records = [Contact(first_name="Ane", last_name=f"Ruiz {row}", owner=owner) for row in range(45)]
        save_records(records, actor=owner, means=means)

        alone = Contact(first_name="Ane", last_name="Ruiz 0", owner=owner)
        save_record(alone, actor=owner, means=means[0])
        volatile = {"id", "created_at", "changed_at"}
        stored = {row["id"]: row for row in Contact.objects.values()}
        assert len(stored) == 46
        first, single = stored[records[0].pk], stored[alone.pk]
        assert {n: first[n] for n in first.keys() - volatile} == {n: single[n] for n in first.keys() - volatile}
        of_batch, of_one = changes_of(records[0])[0], changes_of(alone)[0]
        assert (of_batch.after, of_batch.means_detail) == (of_one.after, of_one.means_detail)
        assert [changes_of(record)[0].means_detail for record in records] == [m.detail for m in means]
        assert all(not record._state.adding for record in records)
        assert matching(Contact.objects.all(), "ruiz 44").get() == records[44]

    def test_ids_of_a_batch_go_on_where_the_last_one_ended(self, owner):
        single = make.contact(owner)
        batch = save_records([Contact(last_name=f"R {n}") for n in range(30)], actor=owner, means=FORM)
        after = make.contact(owner)
        ids = [single.pk, *(record.pk for record in batch), after.pk]
        assert ids == sorted(set(ids))

    def test_many_records_are_changed_and_unchanged_ones_left_alone(self, owner):
        records = [make.contact(owner) for _ in range(42)]
        for record in records[:40]:
            record.job_title = "Buyer"
        records[0].notes = "one more column"
        save_records(records, actor=owner, means=Means("bulk"))
        assert Contact.objects.filter(job_title="Buyer", version=2, changed_by=owner).count() == 40
        assert Contact.objects.filter(version=1).count() == 2
        assert Change.objects.filter(kind="update", record_type="contact").count() == 40
        assert changes_of(records[0])[-1].after == {"job_title": "Buyer", "notes": "one more column"}

    @pytest.mark.parametrize("size", [3, 40])
    def test_a_stale_record_is_named_and_the_others_are_not_written(self, owner, size):
        records = [make.contact(owner) for _ in range(size)]
        other = Contact.objects.get(pk=records[1].pk)
        other.notes = "quicker"
        save_record(other, actor=owner, means=FORM)
        for record in records:
            record.job_title = "Buyer"
        with pytest.raises(BatchRefused) as refused:
            save_records(records, actor=owner, means=Means("bulk"))
        assert {index: error.code for index, error in refused.value.errors.items()} == {1: "changed"}
        assert not Contact.objects.filter(job_title="Buyer").exists()

        records[1].refresh_from_db()
        records[1].job_title = "Buyer"
        save_records(records, actor=owner, means=Means("bulk"))
        assert Contact.objects.filter(job_title="Buyer").count() == size

    def test_an_empty_batch_is_answered_with_nothing(self, owner, django_assert_num_queries):
        assert save_records([], actor=owner, means=FORM) == []

    def test_a_dry_run_writes_nothing_and_shows_what_would_change(self, owner):
        contact = make.contact(owner, job_title="Clerk")
        contact.job_title = "Buyer"
        counted = Change.objects.count()
        sound, refused = check_records([contact, Contact(notes="nobody")], actor=owner, means=Means("import"))
        assert sound.history_changes() == {"job_title": ("Clerk", "Buyer")}
        assert "last_name" in refused.error().message_dict
        assert Change.objects.count() == counted
        assert Contact.objects.get(pk=contact.pk).job_title == "Clerk"

    def test_a_dry_run_takes_no_number(self, owner):
        check_records([Account(name="Nubla")], actor=owner, means=Means("import"))
        first = make.account(owner)
        check_records([Account(name="Nubla")], actor=owner, means=Means("import"))
        second = make.account(owner)
        assert int(second.number[2:]) == int(first.number[2:]) + 1

    def test_queries_do_not_grow_with_the_batch(self, owner, django_assert_max_num_queries):
        account = make.account(owner)
        opportunity = make.opportunity(owner, account)

        def batch(size):
            return [
                Opportunity(
                    topic=f"Valves {n}",
                    account_id=account.pk,
                    status_id=opportunity.status_id,
                    stage_id=opportunity.stage_id,
                )
                for n in range(size)
            ]

        with django_assert_max_num_queries(45):
            save_records(batch(100), actor=owner, means=Means("import"))

    def test_goes_through_any_number_of_rows_in_chunks(self, owner):
        for _ in range(5):
            make.contact(owner)
        chunks = list(records_in(Contact.objects.all(), size=2))
        assert [len(chunk) for chunk in chunks] == [2, 2, 1]
        assert len({record.pk for chunk in chunks for record in chunk}) == 5


def test_two_days_and_moments_survive_the_way_through_the_database(owner):
    moment = timezone.now().replace(microsecond=123456)
    task = make.task(owner, account=make.account(owner), start_at=moment, end_at=moment)
    task.refresh_from_db()
    assert (task.start_at, task.end_at) == (moment, moment)
    save_record(task, actor=owner, means=FORM)
    assert task.version == 1
