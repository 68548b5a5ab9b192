"""Whoever lost the right to create records still reads his imports, takes them back and discards them; no more."""

import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import Contact
from core.jobs.runner import run_job
from imports.models import Import
from tests import make
from tests.imports.browsing import body, page, signed_in
from tests.imports.running import ANA, bring, check, person, run, table
from users.models import Role, User

pytestmark = pytest.mark.django_db

FAULTY = person("Eva", "Sanz", email="eva@montsant.example") | {"Source": "NoSuch"}


def loses_rights(user: User, *record_types: str) -> Client:
    """The browser of user after his role lost the right to create these kinds of record; all writing without any."""
    role = Role.objects.get(pk=user.role_id)
    lost = {"create": "none"} if record_types else {"create": "none", "edit": "none", "delete": "none"}
    role.rights = role.rights | {kind: role.rights[kind] | lost for kind in record_types or tuple(role.rights)}
    role.save()
    return signed_in(User.objects.get(pk=user.pk))


def finished(work: Import) -> Import:
    run_job.func(Import.objects.get(pk=work.pk).undo_job_id)
    return Import.objects.get(pk=work.pk)


@pytest.mark.parametrize("kinds", [("contact",), ()], ids=["of contacts", "of everything"])
class TestWithoutTheRight:
    def test_a_written_import_is_read_and_taken_back(self, rep, kinds):
        work = run(check(bring(rep, table(ANA, FAULTY))))
        browser = loses_rights(rep, *kinds)
        for name in ("report", "written", "progress", "undo_progress"):
            assert browser.get(page(work, name)).status_code == 200, name
        assert browser.get(page(work, "errors")).status_code == 200
        assert page(work, "report") in browser.get(reverse("import_list")).content.decode()
        assert "Upload corrected file" not in body(browser, page(work, "report"))
        for name in ("undo", "undo_start"):
            assert browser.post(page(work, name))["Location"] == page(work, "undo")
            work = finished(work)
            assert browser.get(page(work, "undo")).status_code == 200
        assert work.undone_at is not None
        assert not Contact.objects.exists()

    def test_a_dry_run_is_read_and_discarded_but_neither_started_nor_corrected(self, rep, kinds):
        work = check(bring(rep, table(FAULTY)))
        browser = loses_rights(rep, *kinds)
        for name in ("recognised", "mapping", "matching", "check", "errors"):
            assert browser.get(page(work, name)).status_code == 200, name
        text = body(browser, page(work, "check"))
        assert "You may not create these records any more" in text
        assert "Start import" not in text
        assert "Choose first" not in text
        for name in ("recognised", "mapping", "matching", "check", "values", "run", "resume"):
            assert browser.post(page(work, name)).status_code == 403, name
        assert browser.post(reverse("import_row_decide", args=[work.pk, 1])).status_code == 403
        assert browser.post(page(work, "discard")).status_code == 302
        assert not Import.objects.exists()

    def test_a_list_of_nothing_to_read_stays_closed(self, rep, kinds):
        browser = loses_rights(rep, *kinds)
        assert browser.get(reverse("import_list")).status_code == (200 if kinds else 403)


def test_a_discarded_last_import_leads_to_a_page_that_opens(rep):
    work = bring(rep, table(ANA))
    browser = loses_rights(rep)
    assert "Choose a file" not in body(browser, reverse("import_list"))
    assert browser.post(reverse("import_list")).status_code == 403
    answer = browser.post(page(work, "discard"), follow=True)
    assert answer.status_code == 200
    assert "was discarded" in answer.content.decode()


def test_imports_of_others_stay_hidden(rep):
    work = run(check(bring(rep, table(ANA))))
    reader = signed_in(make.user("read-only"))
    assert reader.get(page(work, "report")).status_code == 404
    assert reader.post(page(work, "undo")).status_code == 404
