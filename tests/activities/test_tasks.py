"""A task is completed once, with its outcome in the timeline."""

import pytest
from django.core.exceptions import ValidationError

from activities.models import Interaction, Task
from activities.tasks import TaskIsOpen, TaskNotOpen, cancel_task, complete_task, reopen_task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep():
    make.firm()
    return make.user("rep")


def test_completing_writes_the_outcome_where_the_task_was(rep):
    opportunity = make.opportunity(rep)
    task = make.task(rep, **opportunity.regarding_keys())
    outcome = complete_task(task=task, actor=rep, outcome="She wants it by May").outcome
    task = Task.objects.get(pk=task.pk)
    assert (task.state, task.completed_by) == ("done", rep)
    assert (outcome.task, outcome.kind, outcome.body) == (task, "call", "She wants it by May")
    assert (outcome.opportunity, outcome.account) == (opportunity, opportunity.account)


def test_refuses_a_second_time_and_writes_no_second_outcome(rep):
    task = make.task(rep, account=make.account(rep))
    stale = Task.objects.get(pk=task.pk)
    complete_task(task=task, actor=rep)
    for copy in (stale, Task.objects.get(pk=task.pk)):
        with pytest.raises(TaskNotOpen):
            complete_task(task=copy, actor=rep)
    assert Interaction.objects.count() == 1


def test_an_outcome_that_is_refused_leaves_the_task_open(rep):
    task = make.task(rep, account=make.account(rep))
    with pytest.raises(ValidationError):
        complete_task(task=task, actor=rep, duration_minutes=-5)
    assert Task.objects.get(pk=task.pk).state == "open"


def test_cancelled_and_reopened(rep):
    task = make.task(rep, account=make.account(rep))
    with pytest.raises(TaskIsOpen):
        reopen_task(task=task, actor=rep)
    cancel_task(task=task, actor=rep)
    reopen_task(task=Task.objects.get(pk=task.pk), actor=rep)
    assert Task.objects.get(pk=task.pk).completed_at is None


def test_a_task_is_about_something(rep):
    with pytest.raises(ValidationError):
        make.task(rep)


def test_an_end_before_the_start_is_refused(rep):
    task = make.task(rep, account=make.account(rep))
    start = task.created_at
    task.start_at, task.end_at = start, start.replace(year=2020)
    with pytest.raises(ValidationError) as refused:
        make._save(task, rep)
    assert "end_at" in refused.value.message_dict


class TestPages:
    def test_the_outcome_is_asked_for_and_kept(self, rep, client):
        client.force_login(rep)
        account = make.account(rep)
        task = make.task(rep, account=account)
        assert client.get(f"/tasks/{task.pk}/complete/").status_code == 200
        answer = client.post(f"/tasks/{task.pk}/complete/", {"outcome": "Done", "duration_minutes": "14"})
        assert answer.headers["Location"] == account.get_absolute_url()
        assert Interaction.objects.get().duration_minutes == 14

    def test_a_double_click_completes_once(self, rep, client):
        client.force_login(rep)
        task = make.task(rep, account=make.account(rep))
        for _click in range(2):
            assert client.post(f"/tasks/{task.pk}/complete/", {"outcome": "Done"}).status_code == 302
        assert Interaction.objects.count() == 1

    def test_a_stranger_finds_no_task(self, rep, client):
        task = make.task(rep, account=make.account(rep))
        client.force_login(make.user("rep", team=make.team("South")))
        for page in ("complete", "cancel", "reopen"):
            assert client.post(f"/tasks/{task.pk}/{page}/").status_code == 404
