"""Whatever text a record holds, it comes back from an export of ours as it was, and the file changes nothing."""

import io
import re

import pytest
from django.db import models
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import Account
from contacts.models import Contact
from core.pages.export_formats import write_csv
from core.pages.xlsx import write_workbook
from core.records.door import save_record
from core.records.means import Means
from core.records.models import Change
from core.text.cells import guard_formula, unguard_formula
from imports.cells import own_cell
from imports.readers import open_table
from leads.models import Lead
from tests import make
from tests.imports.browsing import signed_in
from tests.imports.running import actions, go, reasons
from workspace.entities import ENTITIES

STARTS = ("=", "@", "+", "-", "\t", "\r", "\n", "＝", "＠", "＋", "－")
PLAIN = re.compile(r"[ \u00a0]*[+-]?[\d .,()/]+%?")
START = st.sampled_from(("", "'", "''", " '", "' ", " ", "\u00a0", "\ufeff", "+34 600 1", *STARTS))
# No database keeps halves of surrogate pairs or NUL; XML has no place for further characters that nobody can see.
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
TEXTS = st.builds("".join, st.tuples(START, START, st.text(CHARACTERS | st.sampled_from("'=\n\t 1"), max_size=12)))


@settings(deadline=None)
@given(st.text() | TEXTS)
def test_the_guard_against_formulas_is_taken_off_again_and_lets_none_through(text):
    guarded = guard_formula(text)

    assert unguard_formula(guarded) == text
    assert guarded == text or guarded.startswith("'")
    assert not guarded.lstrip(" \u00a0").startswith(STARTS) or PLAIN.fullmatch(guarded)


@settings(deadline=None)
@given(st.lists(TEXTS.map(own_cell).filter(bool), min_size=1, max_size=5), st.sampled_from(",;\t"))
@example(["'=1", "_x0041_x0042_"], ",")
@example(["'\t1", "'@x", "''+a"], ";")
def test_every_cell_of_a_file_of_ours_is_read_as_it_was(cells, delimiter):
    header = [f"h{number}" for number in range(len(cells) + 1)]
    rows = [["x", *cells]]
    for content in (
        b"".join(write_csv(header, rows, delimiter=delimiter)),
        b"".join(write_workbook("Texts", header, rows)),
    ):
        [row] = open_table(io.BytesIO(content), header_line=1).rows()
        assert list(map(own_cell, row.cells)) == ["x", *cells]


@pytest.fixture
def boss(db: None):
    """Somebody who sees and exports everything."""
    make.firm()
    return make.user("administrator", name="Bea Boss")


def exported(boss, name: str, kind: str = "csv") -> bytes:
    entity = next(entity for entity in ENTITIES if entity.name == name)
    answer = signed_in(boss).get(entity.url("export"), {"view": "all", "format": kind, "columns": "all"})
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("text", ["'=1+1", "=1+1", "'@home", "''-x", "null", "#N/A"])
def test_a_record_keeps_its_apostrophe_and_words_that_other_programs_write_for_nothing(boss, kind, text):
    account = make.account(boss, text, notes=text, billing_city=text)
    lead = make.lead(boss, text, text, notes=text)
    contact = make.contact(boss, text, text, notes=text, department=text)
    before = Change.objects.count()
    for record, name in ((account, "account"), (lead, "lead"), (contact, "contact")):
        work = go(boss, exported(boss, name, kind), entity=name, name=f"x.{kind}", empty="clear")
        assert actions(work) == ["unchanged"], reasons(work)
        stored = type(record).objects.get(pk=record.pk)
        assert stored.notes == text
    assert Change.objects.count() == before


# Line ends, blanks of every kind around and within, marks without width, quotes, characters that turn text around.
PIECES = (
    "a", "Ñu", "ﬀ", "\n", "\r\n", "\r", "\t", " ", "  ", "\u00a0", "\u202f", "\u3000", "\u200b", "\u200c", "\u200d",
    "\u200e", "\u200f", "\u202e", "\u2066", "\ufeff", "\x0b", "\x0c", "\x85", "\u2028", "\x07", '"', "'", ";", ",", "=",
    "+", "-",
)  # fmt: skip
ANY = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


def texts_of(name: str) -> list[str]:
    """The fields of a kind of record that take any text."""
    entity = next(entity for entity in ENTITIES if entity.name == name)
    fields = [entity.model._meta.get_field(name) for name in entity.field_names()]
    plain = [one for one in fields if isinstance(one, models.CharField | models.TextField) and not one.choices]
    odd = {"number", "website", "country", "billing_country", "shipping_country", "language", "birthday"}
    return [one.name for one in plain if one.name not in odd]


@pytest.mark.parametrize("name", ["account", "contact", "lead", "opportunity", "task"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_export_and_import_is_the_identity_for_whatever_a_record_holds(boss, name, data):
    holder = Account.objects.first() or make.account(boss)
    made = {
        "account": lambda: make.account(boss), "contact": lambda: make.contact(boss, "Ana", "Gil"),
        "lead": lambda: make.lead(boss), "opportunity": lambda: make.opportunity(boss, holder),
        "task": lambda: make.task(boss, account=holder),
    }[name]()  # fmt: skip
    needed = {"account": "name", "contact": "last_name", "lead": "last_name", "opportunity": "topic", "task": "subject"}
    for field in texts_of(name):
        setattr(made, field, data.draw(ANY, label=field) + ("x" if field == needed[name] else ""))
    save_record(made, actor=boss, means=Means("form"))
    before = Change.objects.count()

    kind = data.draw(st.sampled_from(["csv", "xlsx"]))
    work = go(boss, exported(boss, name, kind), entity=name, name=f"x.{kind}", empty="clear")

    assert set(actions(work)) == {"unchanged"}, reasons(work)
    assert Change.objects.count() == before


@pytest.mark.parametrize("entity", ["account", "lead", "contact"])
def test_characters_that_turn_a_name_around_are_left_out_and_the_file_changes_nothing_the_second_time(boss, entity):
    make.statuses()
    make.process()
    columns = {"account": "Name", "lead": "Last name", "contact": "Last name"}
    rows = f"{columns[entity]},E-mail,City\nGar\u202ecia\u2066  \u200dSoto,x@arga.example,Ha\u202bro\n"
    assert actions(go(boss, rows, entity=entity)) == ["create"]
    model = {"account": Account, "lead": Lead, "contact": Contact}[entity]
    record = model.objects.get()
    assert (record.name if entity == "account" else record.last_name) == "Garcia \u200dSoto"
    assert actions(go(boss, rows, entity=entity)) == ["unchanged"]
    assert actions(go(boss, exported(boss, entity), entity=entity)) == ["unchanged"]
