"""What changes is told with names, labels, and numbers and days as the reader writes them; hidden names stay hidden."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imports.models import ImportRow
from opportunities.models import Opportunity
from setup_values.models import Source
from tests import make
from tests.imports.browsing import body, page, signed_in
from tests.imports.running import bring, check, run, table
from tests.imports.test_undo import undo
from users.models import User

pytestmark = pytest.mark.django_db

SHEET = (
    ("Topic", "Account", "Source", "Estimated amount", "Expected close date", "Owner"),
    ("Valves", "Arga", "Fair", "48200.50", "2027-03-31", "mia@firm.example"),
)


@pytest.fixture
def boss(db) -> User:
    """An administrator of a firm whose deal has a source, an amount, a day and an owner."""
    make.firm()
    make.statuses()
    make.process()
    make.user("rep", name="Mia Colleague", email="mia@firm.example")
    boss = make.user("administrator", name="Ada Min")
    deal = make.opportunity(boss, make.account(boss, "Arga"), "Valves")
    Opportunity.objects.filter(pk=deal.pk).update(
        source=make.value(Source, "Radio"), amount="10.00", expected_close_date="2026-02-01"
    )
    make.value(Source, "Fair")
    return boss


def planned(boss: User, *rows):
    header, *lines = rows or SHEET
    return check(bring(boss, table(*(dict(zip(header, line, strict=True)) for line in lines)), entity="opportunity"))


def speak(user: User, language: str) -> None:
    User.objects.filter(pk=user.pk).update(language=language)


def test_a_dry_run_tells_changes_with_names_and_in_the_format_of_the_reader(boss):
    work = planned(boss)
    text = body(signed_in(boss), page(work, "check"))
    assert "Source Radio Fair" in text
    assert "Owner Ada Min Mia Colleague" in text
    assert "Estimated amount 10.00 48,200.50" in text
    assert "1 Feb 2026" in text
    assert "31 Mar 2027" in text
    speak(boss, "es")
    text = body(signed_in(User.objects.get(pk=boss.pk)), page(work, "check"))
    assert "10,00 48.200,50" in text


def test_choices_are_told_by_their_labels(boss):
    make.lead(boss, "Aitor", "Landa", emails=["a@deva.example"])
    sheet = {"First Name": "Aitor", "Last Name": "Landa", "Email": "a@deva.example", "Rating": "hot"}
    work = check(bring(boss, table(sheet), entity="lead"))
    assert "Rating Hot" in body(signed_in(boss), page(work, "check"))
    speak(boss, "es")
    assert "Caliente" in body(signed_in(User.objects.get(pk=boss.pk)), page(work, "check"))


def test_an_undo_tells_the_old_values_with_names(boss):
    work = run(planned(boss))
    undo(work)
    text = body(signed_in(boss), page(work, "undo") + "?show=reverted")
    assert "Source Radio" in text
    assert "Owner Ada Min" in text
    assert "Estimated amount 10.00" in text


def test_the_names_of_a_page_cost_the_same_queries_for_few_and_for_many_rows(boss):
    arga = make.account(boss, "Arga Sur")
    header, first = SHEET
    others = [(f"Deal {number}", "Arga Sur", "Fair", f"{number}.25", "2027-03-31", first[5]) for number in range(5, 25)]
    for topic, *_rest in others:
        make.opportunity(boss, arga, topic)
    browser = signed_in(boss)

    def queries(*rows) -> int:
        work = planned(boss, header, *rows)
        browser.get(page(work, "check"))
        with CaptureQueriesContext(connection) as seen:
            assert "Fair" in body(browser, page(work, "check"))
        return len(seen)

    assert queries(first, others[0]) == queries(first, *others)


def test_the_name_of_a_record_that_the_reader_may_not_see_is_not_told(boss, rep):
    other = make.user("rep", name="Far Away", team=make.team("South"))
    hidden = make.account(other, "Hidden Holding")
    mine = make.account(rep, "Mine")
    work = check(bring(rep, table({"Company": "Mine", "City": "Haro"}), entity="account"))
    row = ImportRow.objects.get(parent=work)
    row.details["changes"] = [["parent_id", hidden.pk, mine.pk]]
    row.action = "update"
    row.save()
    text = body(signed_in(rep), page(work, "check"))
    assert "Hidden Holding" not in text
    assert "a record that you may not see Mine" in text


def test_a_dry_run_of_a_version_before_is_still_shown(boss):
    work = planned(boss)
    row = ImportRow.objects.get(parent=work)
    row.details["changes"] = [
        ["source_id", str(Source.objects.get(name="Radio").pk), "9" * 30],
        ["expected_close_date", "2026-02-01", "…"],
        ["probability", "✓", "a"],
    ]
    row.save()
    assert "Source Radio empty · Expected close 1 Feb 2026 …" in body(signed_in(boss), page(work, "check"))
