"""What was entered by hand comes back from our own export as it is: odd phones, several in one field, long texts."""

import pytest

from tests import make
from tests.imports.running import actions, go
from tests.imports.test_record_exports import exported

pytestmark = pytest.mark.django_db

PHONES = ["976 555 010 / 976 555 011", "tel:+34976555012", "ask Pedro", "976 555 013; 14", "600 555 015", "the same"]
EMAILS = ["a@arga.example, b@arga.example", "Ana <c@arga.example>", "none yet", "d@arga.example", "e@arga.example", "?"]


@pytest.fixture
def boss(db):
    make.firm()
    return make.user("administrator")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", ["contact", "lead", "account"])
def test_channels_stay_as_they_were_entered(boss, name, kind):
    build = getattr(make, name)
    for values in (PHONES, PHONES[::-1]):
        build(boss, phones=values)
    for values in (EMAILS, EMAILS[::-1]):
        build(boss, emails=values)

    work = go(boss, exported(boss, name, kind), entity=name, name=f"export.{kind}")

    assert actions(work) == ["unchanged"] * 4


@pytest.mark.parametrize(
    "text", ["x" * 40_000, "=y" * 20_000, "line\n" * 8_000 + "end"], ids=["long", "formula", "lines"]
)
@pytest.mark.parametrize("name", ["contact", "lead", "account"])
def test_a_text_longer_than_the_cell_of_a_workbook_keeps_its_end(boss, name, text):
    record = getattr(make, name)(boss, notes=text)

    work = go(boss, exported(boss, name, "xlsx"), entity=name, name="export.xlsx")

    record.refresh_from_db()
    assert actions(work) == ["unchanged"]
    assert record.notes == text
