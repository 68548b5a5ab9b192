"""The composer writes notes, calls, e-mails, tasks and meetings on any record."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from activities.models import Attachment, Interaction, Task
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.firm()
    rep = make.user("rep")
    client.force_login(rep)
    return make.account(rep)


def write(client, account, tab, **data):
    return client.post(f"/compose/account/{account.pk}/?compose={tab}", data)


def test_a_note_is_kept_with_its_author(client, account):
    assert write(client, account, "note", body="Met at the fair").status_code == 302
    entry = Interaction.objects.get()
    assert (entry.kind, entry.body, entry.account, entry.owner) == ("note", "Met at the fair", account, account.owner)


def test_an_empty_note_is_refused_in_words(client, account):
    page = write(client, account, "note", body="   ")
    assert page.status_code == 422
    assert "Write something first." in page.content.decode()


@pytest.mark.parametrize("tab", ["call", "email"])
def test_calls_and_e_mails(client, account, tab):
    write(client, account, tab, subject="Budget", direction="out", body="Fine")
    assert Interaction.objects.get().kind == tab


def test_a_task_and_a_meeting(client, account):
    write(client, account, "task", subject="Send drawings", kind="todo", priority="high", due_date="2026-12-01")
    write(
        client, account, "meeting", subject="Visit", start_at="2026-12-01T10:00", place="Tarragona", priority="normal"
    )
    assert set(Task.objects.values_list("subject", "kind")) == {("Send drawings", "todo"), ("Visit", "meeting")}


def test_the_second_post_of_one_form_writes_nothing(client, account):
    key = "5a8d1f9e-0f6e-4f0a-9a51-0c6a2f6d9a10"
    for _click in range(2):
        assert write(client, account, "note", body="Once", form_key=key).status_code == 302
    assert Interaction.objects.count() == 1


def test_a_file_is_kept_and_only_downloaded(client, account):
    file = SimpleUploadedFile("../../offer <b>.html", b"<script>alert(1)</script>", content_type="text/html")
    write(client, account, "note", body="With a file", files=file)
    kept = Attachment.objects.get()
    answer = client.get(f"/files/{kept.pk}/")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "/" not in kept.name


def test_a_stranger_cannot_write_or_download(client, account):
    write(client, account, "note", body="x", files=SimpleUploadedFile("a.txt", b"a"))
    client.force_login(make.user("rep", team=make.team("South")))
    assert write(client, account, "note", body="Hello").status_code == 404
    assert client.get(f"/files/{Attachment.objects.get().pk}/").status_code == 404
    assert Interaction.objects.count() == 1


def test_a_reader_may_not_write(client, account):
    client.force_login(make.user("read-only"))
    assert write(client, account, "note", body="Hello").status_code == 403


def test_who_may_only_read_is_offered_no_entry_and_no_task(client, account):
    client.force_login(make.user("read-only"))
    page = client.get(account.get_absolute_url()).content.decode()

    assert "Next steps" in page
    assert 'id="composer"' not in page
    assert "compose=task" not in page
