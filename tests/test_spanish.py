"""Every text that a reader sees has its Spanish, and the tool that says so sees what is missing."""

import importlib.util
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

pytestmark = pytest.mark.sqlite

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def extract():
    """locale/extract.py as a module; its folder cannot be a package, by its name."""
    specification = importlib.util.spec_from_file_location("locale_extract", ROOT / "locale" / "extract.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def product(extract, tmp_path, monkeypatch):
    """A small product of one module and one template, with its catalog."""
    (tmp_path / "leads").mkdir()
    (tmp_path / "templates").mkdir()
    monkeypatch.setattr(extract, "ROOT", tmp_path)
    monkeypatch.setattr(extract, "PO", tmp_path / "locale" / "es" / "LC_MESSAGES" / "django.po")
    monkeypatch.setattr(extract, "MO", tmp_path / "locale" / "es" / "LC_MESSAGES" / "django.mo")
    (tmp_path / "leads" / "models.py").write_text(
        "from django.utils.translation import gettext_lazy as _, ngettext, pgettext\n"
        "a = _('Lead')\n"
        "b = ngettext('%(n)s lead', '%(n)s leads', 2)\n"
        "c = pgettext('button', 'Open')\n"
        "# Translators: a state\n"
        "d = _('Open')\n"
    )
    (tmp_path / "templates" / "page.html").write_text(
        "{# A page. #}{% load i18n %}\n"
        "   <p title=\"{% translate 'Close date' %}\">{{ _('Won') }}</p>\n"
        " {% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}\n"
        "{% blocktranslate trimmed with name=name %}\n  Hello\n  {{ name }}\n{% endblocktranslate %}\n"
    )
    return tmp_path


def translate(extract, changes: dict | None = None) -> None:
    """Fill every gap of the catalog with something that keeps the placeholders, then write both files."""
    catalog = extract.updated(extract.gathered(), extract.translated())
    for message in extract.entries(catalog):
        message.string = (
            tuple(f"ES {text}" for text in message.id) if isinstance(message.id, tuple) else f"ES {message.id}"
        )
        message.string = (changes or {}).get(message.id, message.string)
    extract.PO.parent.mkdir(parents=True, exist_ok=True)
    extract.PO.write_bytes(extract.written(catalog))
    extract.MO.write_bytes(extract.compiled(extract.translated()))


def test_spanish_is_complete_and_compiled(extract):
    assert extract.check() == []


def test_finds_texts_of_modules_and_templates(extract, product):
    found = {extract.key_of(message) for message in extract.entries(extract.gathered())}

    assert found == {
        (None, "Lead"),
        (None, ("%(n)s lead", "%(n)s leads")),
        ("button", "Open"),
        (None, "Open"),
        (None, "Close date"),
        (None, "Won"),
        (None, ("%(n)s row", "%(n)s rows")),
        (None, "Hello %(name)s"),
    }


def test_takes_a_complete_catalog(extract, product):
    translate(extract)

    assert extract.check() == []


def test_sees_a_new_text(extract, product):
    translate(extract)
    (product / "leads" / "views.py").write_text("from x import _\ny = _('Brand new')\n")

    assert extract.check() == ["not in django.po: 'Brand new'"]


def test_sees_a_text_that_is_gone(extract, product):
    translate(extract)
    (product / "templates" / "page.html").unlink()

    assert any("nowhere in the product: 'Won'" in problem for problem in extract.check())


def test_sees_a_gap_and_a_lost_placeholder(extract, product):
    translate(extract, {"Lead": "", "Hello %(name)s": "Hola"})

    problems = "\n".join(extract.check())

    assert "'Lead' is not translated" in problems
    assert "'Hello %(name)s'" in problems


def test_sees_a_translating_function_under_another_name(extract, product):
    (product / "leads" / "rules.py").write_text(
        "from django.utils.translation import gettext as _g\na = _g('Not gathered')\n"
    )
    translate(extract)

    assert extract.check() == ["leads/rules.py calls gettext _g: its texts are not gathered"]


def test_sees_a_half_translated_plural(extract, product):
    translate(extract, {("%(n)s lead", "%(n)s leads"): ("%(n)s cliente", "")})

    assert any("leads" in problem and "not translated" in problem for problem in extract.check())


def test_sees_a_fuzzy_entry(extract, product):
    translate(extract)
    text = extract.PO.read_text()
    extract.PO.write_text(text.replace('msgid "Lead"', '#, fuzzy\nmsgid "Lead"'))

    assert "'Lead' is fuzzy" in extract.check()


def test_sees_a_stale_and_a_missing_compiled_file(extract, product):
    translate(extract)
    extract.PO.write_text(extract.PO.read_text().replace("ES Lead", "Cliente potencial"))
    assert extract.check() == ["django.mo is not what django.po compiles to"]

    extract.MO.unlink()
    assert extract.check() == ["django.mo is missing"]


def test_update_keeps_translations_drops_the_gone_and_is_stable(extract, product):
    translate(extract)
    (product / "templates" / "page.html").unlink()

    assert extract.update() == []
    first = extract.PO.read_bytes(), extract.MO.read_bytes()
    extract.update()

    assert (extract.PO.read_bytes(), extract.MO.read_bytes()) == first
    assert b"Close date" not in first[0]
    assert b"ES Lead" in first[0]


def test_an_empty_catalog_has_no_entries(extract):
    assert extract.entries(Catalog(locale="es")) == []
