"""The rules of the house hold in every file; tests/architecture says what each of them sees."""

from collections.abc import Callable, Iterable

import pytest
from django.apps import apps
from django.conf import settings

from core.records.models import Record
from tests.architecture import imports, pages, texts, tree, writes

pytestmark = pytest.mark.sqlite

# path: why this file may be longer; keep the list short.
LONGER_FOR_A_REASON: dict[str, str] = {
    "tests/core/test_record_forms.py": "one form from creating to conflicts, all on the same few helpers",
    "tests/imports/test_readers.py": "every trap of reading a table, from the first byte to the last",
}


def hold(guard: Callable[[tree.Source], list[str]], sources: Iterable[tree.Source]) -> None:
    """Fail with everything that one guard finds in these files."""
    found = [fault for source in sources for fault in guard(source)]
    assert not found, "\n" + "\n".join(found)


def test_rooms_stand_in_the_order_of_installed_apps():
    assert tuple(app for app in settings.INSTALLED_APPS if app in imports.ROOMS) == imports.ROOMS
    assert tuple(settings.ROOMS) == imports.ROOMS


@pytest.mark.parametrize("guard", [imports.against_order, imports.against_core_order, imports.outside_home])
def test_a_room_imports_only_rooms_before_it(guard):
    hold(guard, tree.modules())


def test_modules_functions_and_templates_keep_their_size():
    sources = [*tree.modules(), *tree.templates()]
    hold(texts.too_long, [source for source in sources if source.path not in LONGER_FOR_A_REASON])


def test_every_module_says_what_it_is_for():
    hold(texts.without_purpose, tree.modules())


def test_every_template_says_what_it_is_and_takes():
    hold(texts.without_header, tree.templates())


def test_no_module_has_a_name_that_says_nothing():
    hold(texts.with_empty_name, tree.modules())


def test_no_unfinished_work_is_left():
    hold(texts.with_marks, tree.files(*tree.PROGRAM_ENDINGS))


def test_no_way_around_a_protection():
    hold(texts.with_unsafe_text, [*tree.modules(), *tree.templates()])


def test_no_hidden_state():
    hold(texts.with_hidden_state, tree.modules())


def test_no_script_or_style_inside_a_page():
    hold(texts.with_inline_code, tree.templates())


def test_links_between_pages_of_documentation_lead_somewhere():
    hold(lambda source: pages.broken_links(source, tree.ROOT), tree.files(".md"))


def test_every_page_for_users_has_its_spanish_twin():
    assert pages.without_twin(tree.files(".md")) == []


def test_no_address_of_a_registry():
    hold(texts.with_registry, tree.files(*tree.TEXT_ENDINGS))


def test_no_lock_file_that_holds_addresses():
    assert [name for name in ("uv.lock", "poetry.lock", "package-lock.json") if (tree.ROOT / name).exists()] == []


def test_records_are_written_through_the_write_door():
    models = {model.__name__: issubclass(model, Record) for model in apps.get_models(include_auto_created=True)}
    records = {name for name, is_record in models.items() if is_record}
    others = set(models) - records

    hold(lambda source: writes.around_the_door(source, records, others), tree.modules())


def test_no_entry_of_an_allow_list_is_left_over():
    paths = {source.path for source in tree.modules()}
    functions = {(source.path, write.function) for source in tree.modules() for write in writes.writes(source.tree)}

    assert [entry for entry in writes.ALLOWED if entry not in functions] == []
    assert [path for path in LONGER_FOR_A_REASON if path not in paths] == []
