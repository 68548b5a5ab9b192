"""Template files: what is downloaded is mapped by itself, and its example comes in as it stands."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook

from contacts.models import Contact
from imports.target_list import TARGETS, target_named
from imports.template_files import FORMATS, LANGUAGES, template_bytes, template_columns
from setup_values.catalogs import CATALOGS
from setup_values.starter import load_starter
from tests import make
from tests.imports.browsing import body_with_tags, signed_in, walk
from tests.imports.running import go, outcome
from users.models import User

pytestmark = pytest.mark.django_db

EVERY = [(target.name, language) for target in TARGETS for language in LANGUAGES]


def download(browser: Client, kind: str, **query: str):
    return browser.get(reverse("import_template", args=[kind]), query)


def rows_of(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    delimiter = ";" if ";" in text.splitlines()[0] else ","
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_column_is_mapped_by_itself_to_the_field_it_is_meant_for(db, name, language):
    target = next(target for target in TARGETS if target.name == name)
    columns = template_columns(target, language)

    mapping = target.map_headers([column.header for column in columns])

    assert [column.field for column in mapping.columns] == [column.field for column in columns]
    assert mapping.source is None, "a template is taken for the file of another program"
    assert all(target.has_place(column.field) for column in columns)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_contact_of_the_example_comes_in_without_remark(browser, rep, language):
    load_starter(language=language, actor=make.user("administrator"))

    work = walk(browser, download(browser, "contacts", language=language).content, "template.csv")

    assert [(row.action, row.reasons) for row in work.rows.filter(is_planned=False)] == [("create", [])]
    contact = Contact.objects.get()
    assert contact.owner == rep
    assert contact.source is not None
    assert (contact.birthday, contact.emails.count(), contact.phones.count()) == ("1984-05-17", 2, 2)
    assert (contact.do_not_email, contact.do_not_phone) == (False, False)
    assert {address.country for address in contact.addresses.all()} == {"ES" if language == "es" else "GB"}


# In the order in which a firm brings them: the later ones name what the earlier ones make.
IN_ORDER = [
    *(catalog.key for catalog in CATALOGS if catalog.key != "stages"),
    "stages",
    "account",
    "prospect",
    "customer",
    "contact",
    "cross_reference",
    "lead",
    "opportunity",
    "task",
    "interaction",
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_examples_come_in_one_after_the_other_without_remark(language):
    make.firm()
    administrator = make.user("administrator")
    load_starter(language=language, actor=administrator)
    assert sorted(IN_ORDER) == sorted(target.name for target in TARGETS)

    for name in IN_ORDER:
        with override(language):
            work = go(administrator, template_bytes(target_named(name), language, "csv"), entity=name)

        assert [(name, action, said) for _line, action, said in outcome(work)] == [(name, "create", [])]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_holds_what_the_table_holds(browser, language):
    book = load_workbook(io.BytesIO(download(browser, "contacts", language=language, format="xlsx").content))
    table = rows_of(download(browser, "contacts", language=language).content)

    assert [[cell or "" for cell in row] for row in book.active.iter_rows(values_only=True)] == table


def test_the_example_comes_in_where_no_source_is_kept(browser):
    work = walk(browser, download(browser, "contacts").content, "template.csv")

    assert work.counts["created"] == 1
    assert [row.reasons for row in work.rows.all()] == [[]]


def test_csv_opens_in_a_spreadsheet_of_its_language(browser):
    english, spanish = (download(browser, "contacts", language=code).content for code in ("en", "es"))

    assert english.startswith(b"\xef\xbb\xbfTitle,First name,Last name,")
    assert spanish.startswith("\ufeffTratamiento;Nombre;Apellidos;".encode())
    assert [len(row) for row in rows_of(english)] == [len(rows_of(english)[0])] * 2
    assert [len(row) for row in rows_of(spanish)] == [len(rows_of(spanish)[0])] * 2


def test_files_are_named_for_what_they_hold(browser):
    names = [
        download(browser, "contacts", language=code, format=ending)["Content-Disposition"]
        for code, ending in (("en", "csv"), ("es", "xlsx"))
    ]

    assert names == [
        'attachment; filename="template-contacts.csv"',
        'attachment; filename="plantilla-contactos.xlsx"',
    ]


def test_speaks_the_language_of_the_reader_when_none_is_asked_for(rep):
    User.objects.filter(pk=rep.pk).update(language="es")
    browser = signed_in(User.objects.get(pk=rep.pk))

    assert "Apellidos" in rows_of(download(browser, "contacts").content)[0]


@pytest.mark.parametrize("query", [{"language": "xx"}, {"format": "exe"}, {"language": "\x00", "format": "../etc"}])
def test_a_query_that_means_nothing_gets_the_usual_file(browser, query):
    answer = download(browser, "contacts", **query)

    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("kind", ["nothing", "users", "contact"])
def test_an_unknown_kind_is_not_found(browser, kind):
    assert download(browser, kind).status_code == 404


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_is_for_those_who_may_import_that_kind(target):
    make.firm()
    browser = signed_in(make.user("read-only"))

    assert download(browser, target.plural).status_code == 403


def test_the_upload_page_offers_what_the_user_may_import_in_both_languages(browser):
    shown = body_with_tags(browser, reverse("import_list"))

    assert f'action="{reverse("import_template_choice")}"' in shown
    assert 'value="contacts" selected' in shown
    assert all(f'name="language" value="{code}"' in shown for code in LANGUAGES)
    assert all(f'<option value="{ending}"' in shown for ending in FORMATS)


@pytest.mark.parametrize("kind", ["contacts", "nothing"])
def test_the_choice_leads_to_its_file(browser, kind):
    answer = browser.get(reverse("import_template_choice"), {"kind": kind, "language": "es", "format": "xlsx"})

    if kind == "nothing":
        assert answer.status_code == 404
    else:
        assert answer["Location"] == "/import/template/contacts/?language=es&format=xlsx"
        assert browser.get(answer["Location"])["Content-Disposition"].endswith('.xlsx"')
