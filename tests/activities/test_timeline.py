"""The timeline shows what happened, newest first, page by page, and nobody's private notes."""

import datetime

import pytest
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Account
from activities.models import Interaction, Task
from activities.timeline import TimelineQuery, next_activities, next_steps, read_timeline
from contacts.models import Contact
from leads.models import Lead
from opportunities.models import Opportunity
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep():
    make.firm()
    return make.user("rep")


def titles(record, user, **query):
    return [item["title"] for item in read_timeline(record, user, TimelineQuery(**query))["items"]]


def test_newest_first_with_changes_between(rep):
    account = make.account(rep)
    make.interaction(rep, "Long ago", days=5, account=account)
    make.interaction(rep, "Tomorrow's note", days=-1, account=account)
    assert titles(account, rep) == ["Tomorrow's note", "Created", "Long ago"]


def test_what_is_logged_on_an_opportunity_shows_on_its_account_and_contact(rep):
    account = make.account(rep)
    person = make.contact(rep, account=account)
    opportunity = make.opportunity(rep, account, contact=person)
    make.interaction(rep, "On the deal", **opportunity.regarding_keys())
    for record in (account, person, opportunity):
        assert "On the deal" in titles(record, rep, kind="call")


def test_private_notes_are_seen_by_their_author_only(rep):
    account = make.account(rep)
    make.interaction(rep, "Secret", account=account, is_private=True)
    assert "Secret" in titles(account, rep)
    assert "Secret" not in titles(account, make.user("administrator"))


def test_filters_by_kind_and_author(rep):
    account = make.account(rep)
    colleague = make.user("rep")
    make.interaction(rep, "My call", account=account)
    make.interaction(colleague, "Her note", account=account, kind=Interaction.Kind.NOTE)
    assert titles(account, rep, kind="note") == ["Her note"]
    assert titles(account, rep, kind="call", mine=True) == ["My call"]
    assert titles(account, rep, kind="changes") == ["Created"]


def test_every_entry_is_shown_once_over_the_pages(rep, django_assert_max_num_queries):
    account = make.account(rep)
    now = timezone.now()
    for number in range(60):
        entry = Interaction(
            kind="note",
            subject=f"n{number}",
            owner=rep,
            account=account,
            happened_at=now - datetime.timedelta(minutes=number // 3),
        )
        make._save(entry, rep)
    seen, query = [], TimelineQuery()
    for _page in range(10):
        with django_assert_max_num_queries(4):
            page = read_timeline(account, rep, query)
        seen += [item["title"] for item in page["items"]]
        if not page["earlier"]:
            break
        query = TimelineQuery.of({"earlier": page["earlier"]})
    assert sorted(title for title in seen if title.startswith("n")) == sorted(f"n{number}" for number in range(60))


@pytest.mark.parametrize("junk", ["x", "2026-99-99", "\x00", "2026-01-01T00:00:00", "9" * 500])
def test_junk_in_the_address_is_left_out(junk):
    assert TimelineQuery.of({"earlier": junk, "kind": junk}) == TimelineQuery()


def test_next_steps_are_open_tasks_the_most_urgent_first(rep):
    account = make.account(rep)
    make.task(rep, "Later", days=5, account=account)
    make.task(rep, "Overdue", days=-2, account=account)
    done = make.task(rep, "Done", account=account)
    done.state = "done"
    make._save(done, rep)
    assert [step["title"] for step in next_steps(account, rep)] == ["Overdue", "Later"]


def test_next_activity_of_many_records_costs_one_query(rep, django_assert_num_queries):
    accounts = [make.account(rep) for _number in range(5)]
    for account in accounts[:3]:
        make.task(rep, days=1, account=account)
        make.task(rep, days=-1, account=account)
    with django_assert_num_queries(1):
        found = next_activities("account", [account.pk for account in accounts])
    assert set(found) == {account.pk for account in accounts[:3]}
    assert all(entry["date"] < timezone.localdate() for entry in found.values())


def test_the_columns_that_a_use_case_writes_have_spanish_names():
    columns = [
        (Task, "completed_by"),
        (Account, "converted_by"),
        (Contact, "vcard_extra"),
        (Opportunity, "closed_by"),
        (Lead, "closed_by"),
    ]
    english = [str(model._meta.get_field(name).verbose_name) for model, name in columns]
    with override("es"):
        spanish = [str(model._meta.get_field(name).verbose_name) for model, name in columns]
    assert not set(english) & set(spanish)


def test_subject_and_topic_of_an_interaction_are_two_words_in_spanish():
    with override("es"):
        names = [str(Interaction._meta.get_field(name).verbose_name) for name in ("subject", "topic")]
    assert names == ["asunto", "tema"]
