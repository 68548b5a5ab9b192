"""Which interactions, tasks and files go with a deleted record, and which stay because they tell of another."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from activities.models import Attachment, Interaction, Task
from core.records.door import save_record
from core.records.means import Means
from core.records.trash import delete_record, plan_deletion
from tests import make

pytestmark = pytest.mark.django_db

FORM = Means("form")


@pytest.fixture
def owner():
    return make.user("manager")


@pytest.fixture
def records(owner):
    """One record of each kind that an activity can regard; the account and the opportunity belong together."""
    account = make.account(owner)
    return {
        "account": account,
        "contact": make.contact(owner),
        "lead": make.lead(owner),
        "opportunity": make.opportunity(owner, account),
    }


def attach(owner, tmp_path, settings, **fields) -> Attachment:
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("a.pdf", b"x")
    return save_record(Attachment(file=file, name="a.pdf", owner=owner, **fields), actor=owner, means=FORM)


# (what the activity regards, what is deleted) -> whether it goes along
CASES = [
    ("account", "account", True),
    ("account contact", "account", True),
    ("account lead", "account", False),
    ("account opportunity", "account", True),
    ("account opportunity", "opportunity", True),
    ("account opportunity contact", "opportunity", True),
    ("opportunity lead", "opportunity", False),
    ("opportunity lead", "account", False),
    ("contact", "contact", True),
    ("contact account", "contact", False),
    ("contact opportunity", "contact", False),
    ("contact lead", "contact", False),
    ("lead", "lead", True),
    ("lead contact", "lead", False),
    ("lead account", "lead", False),
    ("lead opportunity", "lead", False),
]


@pytest.mark.parametrize(("regarding", "deleted", "goes"), CASES)
@pytest.mark.parametrize("kind", ["interaction", "task", "attachment"])
def test_goes_along_or_stays(owner, records, tmp_path, settings, kind, regarding, deleted, goes):
    keys = {name: records[name] for name in regarding.split()}
    if kind == "attachment":
        activity = attach(owner, tmp_path, settings, **keys)
    else:
        activity = getattr(make, kind)(owner, **keys)
    plan = plan_deletion(records[deleted])
    assert (plan.counts().get(kind, 0), plan.counts_staying().get(kind, 0)) == (int(goes), int(not goes))
    delete_record(records[deleted], actor=None, means=FORM)
    assert type(activity).objects.filter(pk=activity.pk).exists() is not goes


@pytest.mark.parametrize(
    ("regarding", "first", "last"),
    [("account lead", "lead", "account"), ("contact lead", "lead", "contact"), ("contact lead", "contact", "lead")],
)
def test_goes_with_the_last_record_it_tells_of(owner, records, regarding, first, last):
    task = make.task(owner, **{name: records[name] for name in regarding.split()})
    delete_record(records[first], actor=None, means=FORM)
    assert Task.objects.filter(pk=task.pk).exists()
    unit = delete_record(records[last], actor=None, means=FORM)
    assert Task.all_objects.get(pk=task.pk).trash_unit == unit


def test_what_regards_a_contact_that_goes_with_its_account_goes_too(owner):
    account = make.account(owner)
    contact = make.contact(owner, account=account)
    make.task(owner, contact=contact)
    make.interaction(owner, contact=contact, account=make.account(owner))
    counts = plan_deletion(account).counts()
    assert counts == {"account": 1, "contact": 1, "crossreference": 1, "task": 1}


def test_files_go_with_their_interaction(owner, records, tmp_path, settings):
    interaction = make.interaction(owner, account=records["account"])
    attach(owner, tmp_path, settings, account=records["account"], interaction=interaction)
    unit = delete_record(interaction, actor=None, means=FORM)
    assert unit.counts == {"interaction": 1, "attachment": 1}


def test_the_outcome_of_a_task_stays_when_the_task_goes(owner, records):
    task = make.task(owner, account=records["account"])
    make.interaction(owner, account=records["account"], task=task)
    plan = plan_deletion(task)
    assert (plan.counts(), plan.counts_staying()) == ({"task": 1}, {"interaction": 1})
    delete_record(task, actor=None, means=FORM)
    assert Interaction.objects.count() == 1
