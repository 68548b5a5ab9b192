"""Each guard sees the fault that it is there for, and lets sound text pass."""

import pytest

from tests.architecture import imports, pages, texts, writes
from tests.architecture.tree import Source

pytestmark = pytest.mark.sqlite


def module(text: str, path: str = "leads/views.py") -> Source:
    return Source(path, text)


def template(text: str) -> Source:
    return Source("templates/leads/page.html", text)


@pytest.mark.parametrize(
    ("path", "text", "seen"),
    [
        ("accounts/models.py", "from leads.models import Lead", True),
        ("accounts/models.py", "def f():\n    from leads import models", True),
        ("accounts/models.py", "import workspace.entities as e", True),
        ("core/pages/views.py", "from crm_project.logs import request_id", True),
        ("accounts/models.py", "from tests import make", True),
        ("leads/models.py", "from accounts.models import Account", False),
        ("leads/models.py", "from . import qualification", False),
        ("leads/views/page.py", "from ..models import Lead", False),
        ("tests/test_x.py", "import workspace", False),
    ],
)
def test_sees_an_import_of_a_later_room(path, text, seen):
    assert bool(imports.against_order(module(text, path))) is seen


@pytest.mark.parametrize(
    ("path", "text", "seen"),
    [
        ("core/records/door.py", "from core.pages.entity import Entity", True),
        ("core/records/door.py", "from core import pages", True),
        ("core/text/normalise.py", "from ..records import models", True),
        ("core/pages/entity.py", "from core.records.models import Record", False),
        ("core/jobs/ticker.py", "from core.records.door import save_record", False),
        ("core/models.py", "from core.pages import entity", False),
    ],
)
def test_sees_an_import_against_the_order_in_core(path, text, seen):
    assert bool(imports.against_core_order(module(text, path))) is seen


def test_sees_a_library_outside_its_folder():
    assert imports.outside_home(module("from django_filters import FilterSet"))
    assert not imports.outside_home(module("from django_filters import FilterSet", "core/pages/forms.py"))


def test_sees_what_is_too_long():
    assert texts.too_long(module("x = 1\n" * 401))
    assert not texts.too_long(module("x = 1\n" * 400))
    assert texts.too_long(module("def f():\n" + "    x = 1\n" * 50))
    assert not texts.too_long(module("def f():\n" + "    x = 1\n" * 49))
    assert texts.too_long(template("<p></p>\n" * 151))
    assert not texts.too_long(template("<p></p>\n" * 150))


@pytest.mark.parametrize("text", ["x = 1", '"""No sentence"""', ""])
def test_sees_a_module_without_purpose(text):
    assert texts.without_purpose(module(text))


def test_takes_a_module_with_a_purpose_and_an_empty_package():
    assert not texts.without_purpose(module('"""Qualifies leads."""'))
    assert not texts.without_purpose(module("", "leads/__init__.py"))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("<p>", True),
        ("{% extends 'app.html' %}{% load i18n %}", True),
        ("{# One lead. #}", False),
        ("{% comment %}\nOne lead.\n{% endcomment %}", False),
        ('{% extends "app.html" %}\n{# One lead. #}', False),
    ],
)
def test_sees_a_template_without_header(text, seen):
    assert bool(texts.without_header(template(text))) is seen


@pytest.mark.parametrize("path", ["leads/utils.py", "leads/helpers/names.py", "core/misc.py"])
def test_sees_a_name_that_says_nothing(path):
    assert texts.with_empty_name(module("", path))
    assert not texts.with_empty_name(module("", "leads/qualification.py"))


@pytest.mark.parametrize("mark", ["# TO" + "DO later", "# FIX" + "ME", "# HA" + "CK"])
def test_sees_marks(mark):
    assert texts.with_marks(module(mark))
    assert not texts.with_marks(module("# To-do: a kind of task"))


@pytest.mark.parametrize("host", ["py" + "pi.org/simple", "registry.npm" + "js.org/x", "//un" + "pkg.com/a"])
def test_sees_registries(host):
    assert texts.with_registry(module(f'x = "{host}"'))


@pytest.mark.parametrize("text", ["mark" + "_safe(x)", "@csrf" + "_exempt", "Lead.objects.ra" + "w('x')"])
def test_sees_a_way_around_a_protection_in_python(text):
    assert texts.with_unsafe_text(module(text))


@pytest.mark.parametrize("text", ["{{ x|sa" + "fe }}", "{% autoescape o" + "ff %}"])
def test_sees_a_way_around_escaping_in_templates(text):
    assert texts.with_unsafe_text(template(text))


@pytest.mark.parametrize(
    "text",
    [
        "import threading\nx = threading.lo" + "cal()",
        "from django.db.models.signals import post_save",
        "from django.dispatch import receiver",
    ],
)
def test_sees_hidden_state(text):
    assert texts.with_hidden_state(module(text))
    assert not texts.with_hidden_state(module("from django.db.models.signals import post_migrate"))


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">',
        "<style>p {}</style>",
        "<script>alert(1)</script>",
        '<a onclick="x()">',
        '<a href="javascript:x()">',
        '<a hx-on:click="x()">',
        '<p style="{{ colour }}">',
        "<p\n  class='a'\n  style='b'>",
    ],
)
def test_sees_inline_code(text):
    assert texts.with_inline_code(template(text))


@pytest.mark.parametrize(
    "text",
    [
        '<script src="a.js" defer></script>',
        "{# <style> #}",
        '<p data-style="x">',
        "<a{% if one == two %} href='#'{% endif %}>",
        '<option value="on">',
    ],
)
def test_takes_pages_without_inline_code(text):
    assert not texts.with_inline_code(template(text))


class TestWriteDoor:
    """Writes of records outside core/records."""

    def around(self, text: str, path: str = "leads/views.py") -> list[str]:
        return writes.around_the_door(module(text, path), {"Lead", "Account"}, {"Job", "User"})

    @pytest.mark.parametrize(
        "text",
        [
            "Lead.objects.create(topic='x')",
            "Lead.objects.filter(pk=1).update(topic='x')",
            "Lead.all_objects.bulk_create(rows)",
            "Account.objects.filter(pk=1).delete()",
            "lead.save()",
            "lead.delete()",
            "self.get_queryset().update(owner=None)",
            "queryset.update(**values)",
            "def f(lead: Lead):\n    lead.save()",
            "def f():\n    rows = Lead.objects.filter(pk=1)\n    rows.update(topic='x')",
            "def f():\n    for row in Lead.objects.all():\n        row.delete()",
            "class Lead:\n    def f(self):\n        self.save()",
            "async def f():\n    await lead.asave()",
        ],
    )
    def test_sees_them(self, text):
        assert self.around(text)

    @pytest.mark.parametrize(
        "text",
        [
            "Job.objects.create(kind='x')",
            "User.objects.filter(pk=1).update(name='x')",
            "values.update(other)",
            "def f(user: User):\n    user.save()",
            "def f():\n    job = Job.objects.first() or Job()\n    job.save()",
            "form.save(record=record, actor=actor)",
            "def f():\n    jobs = Job.objects.filter(pk=1)\n    jobs.update(state='x')",
            "def f():\n    for job in Job.objects.all():\n        job.delete()",
            "class LeadView:\n    def post(self):\n        return self.save()",
            "super().save(*args)",
            "cache.delete('x')",
            "request.session.save()",
            "save_record(lead, actor=actor)",
        ],
    )
    def test_takes_others(self, text):
        assert not self.around(text)

    def test_leaves_core_records_and_tests_alone(self):
        assert not self.around("lead.save()", "core/records/door.py")
        assert not self.around("lead.save()", "tests/make.py")


@pytest.mark.parametrize(
    ("link", "seen"),
    [
        ("other.md", False),
        ("other.md#a-heading-and-more", False),
        ("#own", False),
        ("https://crm.example/x", False),
        ("../gone.md", True),
        ("other.md#elsewhere", True),
        ("#elsewhere", True),
    ],
)
def test_sees_a_link_that_leads_nowhere(tmp_path, link, seen):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "other.md").write_text("# A heading, and more\n")
    (tmp_path / "docs" / "page.md").write_text(f"# Own\n[x]({link})\n")

    assert bool(pages.broken_links(Source("docs/page.md", f"# Own\n[x]({link})\n"), tmp_path)) is seen


def test_sees_a_page_for_users_without_a_twin():
    english = Source("docs/user/a.md", "# A\n\n[En español](es/b.md)\n")
    spanish = Source("docs/user/es/b.md", "# B\n\n[In English](../a.md)\n")

    assert not pages.without_twin([english, spanish, Source("docs/imports.md", "# Imports\n")])
    assert pages.without_twin([english])
    assert pages.without_twin([english, Source("docs/user/es/b.md", "# B\n")])
    assert pages.without_twin([english, Source("docs/user/es/b.md", "# B\n\n[In English](../c.md)\n")])
    assert pages.without_twin([Source("docs/user/a.md", "# A\n\n[En español](b.md)\n"), spanish])
