"""Texts are kept in one form, whoever brings them: single blanks in names, lines in streets, nothing that deceives."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contacts.models import Contact
from core.records.columns import tidy_text
from core.records.models import Change
from core.text.lines import one_line, several_lines, short_lines
from setup_values.models import Firm
from tests import make
from tests.core.test_record_forms import edit_url, typed
from tests.scene import client_of


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (" Ana\t Ruiz\u00a0\u202f Gil\r\n", "Ana Ruiz Gil"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066Ana\u2069 \u202aGil\u202c", "Ana Gil"),
        ("می\u200cخواهم 👩\u200d👩 א\u200f! b\u200e c", "می\u200cخواهم 👩\u200d👩 א\u200f! b\u200e c"),
        ("\u200bAna\ufeff", "Ana"),
    ],
)
def test_a_name_has_single_blanks_and_no_character_that_turns_it_around(text: str, kept: str) -> None:
    assert one_line(text) == kept


@given(st.text())
@example("\u202e \u2066")
@example(" \n\x85 a \r\r\n\u200b\n b")
def test_what_is_tidy_stays_as_it_is(text: str) -> None:
    for tidy in (one_line, several_lines, short_lines):
        assert tidy(tidy(text)) == tidy(text)
    assert several_lines(one_line(text)) == one_line(text)
    assert several_lines(short_lines(text)) == short_lines(text)


def test_a_form_keeps_the_lines_of_a_street_and_the_name_alone_without_what_turns_it_around(rep):
    make.firm()
    browser = client_of(rep)
    account = make.account(rep, "Arga", billing_street="Calle Mayor 3\n2º B", notes="Two\nlines")
    page = browser.get(edit_url(account))
    assert "<textarea" in str(page.context["form"]["billing_street"])
    before = Change.objects.count()

    posted = {name: str(text).replace("\n", "\r\n") for name, text in typed(page).items()}
    posted |= {"name": " Arga\u202e  gpj\u2066 \u200fאב "}
    assert browser.post(edit_url(account), posted).status_code == 302

    account.refresh_from_db()
    assert (account.name, account.billing_street) == ("Arga gpj \u200fאב", "Calle Mayor 3\n2º B")
    assert Change.objects.count() == before + 1
    assert list(Change.objects.latest("id").after) == ["name"]


def test_a_text_as_long_as_its_field_may_have_many_lines(rep):
    make.firm()
    browser = client_of(rep)
    account = make.account(rep, "Arga", billing_street=("x\n" * 149) + "xx")
    page = browser.get(edit_url(account))
    posted = {name: str(text).replace("\n", "\r\n") for name, text in typed(page).items()}
    assert browser.post(edit_url(account), posted | {"name": "Arga 2"}).status_code == 302


def test_a_name_of_nothing_but_such_characters_is_none(rep):
    make.firm()
    browser = client_of(rep)
    account = make.account(rep, "Arga")
    page = browser.get(edit_url(account))
    assert browser.post(edit_url(account), typed(page) | {"name": "\u202e\u2066"}).status_code == 422


def test_what_only_a_program_writes_is_kept_as_it_is():
    assert tidy_text(Contact._meta.get_field("vcard_uid"), " a  b ") == " a  b "
    assert tidy_text(Contact._meta.get_field("vcard_extra"), "X-A:b \n") == "X-A:b \n"
    assert tidy_text(Firm._meta.get_field("name"), " a  b ") == "a b"
