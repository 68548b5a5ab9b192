"""What the tests of the pages share: a browser, addresses, texts without tags, and the way from upload to report."""

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.jobs.runner import run_job
from imports.models import Import
from tests.imports.running import ANA, table
from users.models import User


def signed_in(user: User) -> Client:
    """A browser in which user is signed in."""
    client = Client()
    client.force_login(user, backend="users.backends.RoleBackend")
    return client


def upload(browser: Client, content: bytes | str, name: str = "contacts.csv", **more: str):
    """The answer to the upload form."""
    data = content.encode() if isinstance(content, str) else content
    return browser.post(reverse("import_list"), {"file": SimpleUploadedFile(name, data), **more})


def uploaded(browser: Client, content: bytes | str, name: str = "contacts.csv", **more: str) -> Import:
    """The import that an upload makes."""
    answer = upload(browser, content, name, **more)
    work = Import.objects.latest("pk")
    assert answer["Location"] == page(work, "recognised"), answer.content.decode()
    return work


def page(work: Import, name: str) -> str:
    """The address of one of its pages."""
    return reverse(f"import_{name}", args=[work.pk])


def body(browser: Client, address: str, status: int = 200) -> str:
    """The text of a page without its tags."""
    answer = browser.get(address)
    assert answer.status_code == status, answer.get("Location")
    text = answer.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def work_off(work: Import) -> None:
    """Do what waits in the background."""
    work.refresh_from_db()
    run_job.func(work.job_id or work.check_job_id)
    work.refresh_from_db()


def walk(browser: Client, content: bytes, name: str, **mapping: str) -> Import:
    """From the upload to the report as a person goes, page after page."""
    work = uploaded(browser, content, name)
    assert browser.get(page(work, "recognised")).status_code == 200
    if not work.is_vcard:
        assert browser.get(page(work, "mapping")).status_code == 200
        answer = browser.post(page(work, "mapping"), {"continue": "1", **mapping})
        assert answer["Location"] == page(work, "matching"), answer.content.decode()
    assert browser.get(page(work, "matching")).status_code == 200
    begin_check(browser, work)
    assert "Waiting for its turn" in body(browser, page(work, "check"))
    work_off(work)
    assert "nothing has been written yet" in body(browser, page(work, "check"))
    assert browser.post(page(work, "run"))["Location"] == page(work, "report")
    assert "Waiting for its turn" in body(browser, page(work, "report"))
    work_off(work)
    return work


def begin_check(browser: Client, work: Import, **chosen: Any) -> None:
    """Go on from the matching page to the dry run; chosen: what differs from the form as it is shown first."""
    form = {"match": ["uid", "email", "phone", "company"], "continue": "1", **chosen}
    answer = browser.post(page(work, "matching"), form)
    assert answer["Location"] == page(work, "check"), answer.content.decode()


def walk_in_spanish(browser: Client) -> Import:
    """Upload and dry run; every page answers."""
    work = uploaded(browser, table(ANA))
    for name in ("recognised", "mapping", "matching"):
        assert browser.get(page(work, name)).status_code == 200
    begin_check(browser, work)
    work_off(work)
    browser.post(page(work, "run"))
    work_off(work)
    assert browser.get(page(work, "report")).status_code == 200
    return work


def body_with_tags(browser: Client, address: str) -> str:
    """The content of a page below the menu."""
    return browser.get(address).content.decode().partition("<main")[2]
