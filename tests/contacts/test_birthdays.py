"""Birthdays with and without a year: typed in parts, kept in one form, shown in the reader's language."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from contacts.birthdays import BirthdayFormField, BirthdayInput, show_birthday, split_birthday


@pytest.fixture
def field() -> BirthdayFormField:
    return BirthdayFormField(required=False)


def typed(day: str = "", month: str = "", year: str = "", text: str = "") -> dict[str, str]:
    return {"day": day, "month": month, "year": year, "text": text}


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        (typed("19", "5", "1974"), "1974-05-19"),
        (typed("30", "9"), "--09-30"),
        (typed("29", "2"), "--02-29"),
        (typed("29", "2", "1976"), "1976-02-29"),
        (typed(), ""),
        (typed(text="around Easter"), "around Easter"),
        (typed("1", "1", text="around Easter"), "--01-01"),
    ],
)
def test_day_month_and_year_become_one_text(field, parts, kept):
    assert field.clean(parts) == kept


@pytest.mark.parametrize(
    "parts",
    [
        typed("19"),
        typed(month="5"),
        typed(year="1974"),
        typed("31", "4"),
        typed("29", "2", "1975"),
        typed("1", "1", "74"),
        typed("1", "1", str(datetime.date.today().year + 1)),
        typed("x", "1"),
        typed("1", "1", "²024"),
    ],
)
def test_what_is_no_day_is_refused(field, parts):
    with pytest.raises(ValidationError):
        field.clean(parts)


@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        ("en", "1974-05-19", "19 May 1974"),
        ("es", "1974-05-19", "19 de mayo de 1974"),
        ("en", "--09-30", "30 September"),
        ("es", "--09-30", "30 de septiembre"),
        ("en", "around Easter", "around Easter"),
        ("en", "1974-02-30", "1974-02-30"),
    ],
)
def test_is_shown_in_words_of_the_language(language, text, shown):
    with translation.override(language):
        assert show_birthday(text) == shown


def test_a_text_that_is_no_day_has_a_box_of_its_own():
    html = BirthdayInput().render("birthday", "around Easter", {"id": "id_birthday"})

    assert 'name="birthday-text"' in html
    assert "around Easter" in html
    assert 'name="birthday-text"' not in BirthdayInput().render("birthday", "--09-30", {"id": "id_birthday"})


def test_the_parts_of_a_kept_day_are_chosen():
    assert split_birthday("--09-30") == (0, 9, 30)
    html = BirthdayInput().render("birthday", "1974-05-19", {"id": "id_birthday"})

    assert '<option value="19" selected>' in html
    assert '<option value="5" selected>May</option>' in html
    assert 'value="1974"' in html
