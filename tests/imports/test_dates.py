"""Reading days; the order of day and month belongs to a whole column."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.dates import AMBIGUOUS, EMPTY, INVALID, DateColumn, observe_columns, read_day


def read(text: str, order: str | None = None) -> str | None:
    """Return the day as text, or the fault that prevents it."""
    reading = read_day(text, order, this_year=2025)
    return reading.fault or reading.text


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1980-05-17", "1980-05-17"),
        ("1980/5/7", "1980-05-07"),
        ("19800517", "1980-05-17"),
        ("2006-04-15T03:23:15.000Z", "2006-04-15"),
        ("1980-05-17 00:00:00", "1980-05-17"),
        ("5/17/1980 12:00:00 AM", "1980-05-17"),
        ("17/5/1980", "1980-05-17"),
        ("17.05.1980", "1980-05-17"),
        ("05/05/1980", "1980-05-05"),
        ("--05-17", "--05-17"),
        ("--0517", "--05-17"),
        ("17/5", "--05-17"),
        ("1604-03-02", "--03-02"),
        ("12 Mar 2024", "2024-03-12"),
        ("7-Feb-22", "2022-02-07"),
        ("17 de mayo de 1980", "1980-05-17"),
        ("May 17, 1980", "1980-05-17"),
        ("17. März 1980", "1980-03-17"),
        ("29 févr. 2000", "2000-02-29"),
        ("15 set 1999", "1999-09-15"),
        ("3 luglio 1999", "1999-07-03"),
        ("1 Apr", "--04-01"),
        ("--02-29", "--02-29"),
    ],
)
def test_reads_a_day_that_can_only_be_meant_one_way(text: str, day: str) -> None:
    assert read(text) == day


@pytest.mark.parametrize("text", ["", "0/0/00", "00/00/00", "0.0.00", "00/00/0000", "0000-00-00 00:00:00", "1/1/4501"])
def test_fillers_are_no_day(text: str) -> None:
    assert read(text) == EMPTY


FAULTY = "31/02/1980|2023-02-29|45/45/1980|x|12|mayo|marzo 2020|17 brumaire 1980|1 2 3 may|²/³/1980|--13-01"


@pytest.mark.parametrize("text", ["9" * 5_000, "1 may " + "9" * 5_000, *FAULTY.split("|")])
def test_what_is_no_day_is_said_to_be_none(text: str) -> None:
    assert read(text) == INVALID


def test_a_day_with_two_readings_is_never_guessed() -> None:
    assert read("03/04/1980") == AMBIGUOUS
    assert read("3/4") == AMBIGUOUS


def test_the_order_of_the_column_decides() -> None:
    assert read("03/04/1980", "dmy") == "1980-04-03"
    assert read("03/04/1980", "mdy") == "1980-03-04"
    assert read("80/04/03", "ymd") == "1980-04-03"


def test_a_day_that_does_not_fit_the_order_of_its_column_is_a_fault() -> None:
    assert read("5/17/1980", "dmy") == INVALID


def test_a_year_of_two_digits_is_the_latest_that_is_past() -> None:
    assert read("25/12/80") == "1980-12-25"
    assert read("25/12/24") == "2024-12-25"
    assert read_day("25/12/26", None, this_year=2025).text == "1926-12-25"
    assert read_day("25/12/80", None, this_year=2025).century_guessed
    assert not read_day("25/12/1980", None, this_year=2025).century_guessed


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["1/2/1980", "17/5/1980"], "dmy"),
        (["1/2/1980", "5/17/1980"], "mdy"),
        (["1/2/1980", "3/4/1981", "0/0/00", ""], AMBIGUOUS),
        (["17/5/1980", "5/17/1980", "1/2/1980"], AMBIGUOUS),
        (["1980-05-17", "2024-03-12", "12 Mar 2024"], None),
        (["5/5/1980"], None),
        ([], None),
    ],
)
def test_a_column_tells_its_order_or_must_be_asked(cells: list[str], order: str | None) -> None:
    column = DateColumn()
    for cell in cells:
        column.observe(cell)
    assert column.order == order


def test_an_ambiguous_column_shows_both_readings() -> None:
    columns = observe_columns([["x", "3/4/1980"], ["y", ""]], {1: DateColumn()})
    assert columns[1].order == AMBIGUOUS
    assert columns[1].readings(this_year=2025) == {"dmy": "1980-04-03", "mdy": "1980-03-04"}
    assert DateColumn().readings(this_year=2025) == {}


@given(st.dates(datetime.date(1605, 1, 1), datetime.date(2100, 1, 1)), st.sampled_from("/.-"))
def test_a_day_written_in_the_order_of_its_column_is_read_back(day: datetime.date, sign: str) -> None:
    assert read(f"{day.day}{sign}{day.month}{sign}{day.year}", "dmy") == day.isoformat()
    assert read(f"{day.month}{sign}{day.day}{sign}{day.year}", "mdy") == day.isoformat()
    assert read(day.isoformat()) == day.isoformat()


@given(st.text(max_size=30), st.sampled_from(["dmy", "mdy", "ymd", None]))
def test_no_text_breaks_the_reading(text: str, order: str | None) -> None:
    read(text, order)
    DateColumn().observe(text)
