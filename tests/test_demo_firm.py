"""The demo firm is believable: its people, its pipeline, its work list and its year of history."""

import re
from collections import Counter
from decimal import Decimal

import pytest

from activities.models import Task
from core.text.normalise import fold
from tests.fixture_files import (
    BY_KEY,
    DEMO,
    LANGUAGES,
    LEAD_STATE,
    OPPORTUNITY_STATE,
    STARTER,
    TEAMS,
    USERS,
    accounts_of,
    catalog_keys,
    in_each_language,
    of_state,
    stages_in_order,
    territory_of,
)

WRONG_TERRITORY_ON_PURPOSE = {"quimica-montsant-2"}


def test_the_firm_has_as_much_as_promised():
    promised = {
        "accounts": (38, 45),
        "contacts": (115, 130),
        "leads": (58, 62),
        "opportunities": (48, 55),
        "tasks": (145, 160),
        "interactions": (395, 410),
    }
    for name, (least, most) in promised.items():
        assert least <= len(DEMO[name]) <= most, name
    lifecycles = Counter(row["lifecycle"] for row in DEMO["accounts"])
    assert (lifecycles["prospect"], lifecycles["customer"], lifecycles["former"]) == (18, 20, 2)


def test_every_role_team_and_language_has_users():
    roles = Counter(user["role"] for user in USERS)
    assert roles == {"administrator": 1, "manager": 2, "rep": 4, "read-only": 1}
    assert {user["team"] for user in USERS} == {team["key"] for team in TEAMS}
    assert {user["language"] for user in USERS} == set(LANGUAGES)
    assert len({user["time_zone"] for user in USERS}) >= 2
    assert {key for user in USERS for key in user.get("territories", [])} == catalog_keys("territories")


def test_records_belong_to_those_who_may_change_records():
    readers = {user["key"] for user in USERS if user["role"] == "read-only"}
    assert not readers & {row["owner"] for rows in DEMO.values() for row in rows}


def test_accounts_lie_in_the_territory_of_their_postcode():
    people = [contact for contact in DEMO["contacts"] if "person_account" in contact]
    homes = {contact["person_account"]: contact["addresses"][0] for contact in people}
    for account in DEMO["accounts"]:
        address = account.get("billing_address") or homes[account["key"]]
        if "postcode" in address and account["key"] not in WRONG_TERRITORY_ON_PURPOSE:
            found = territory_of(address["country"], address["postcode"])
            assert found == [account["territory"]], account["key"]


def test_a_group_has_children_and_no_loop():
    parents = {row["key"]: row.get("parent") for row in DEMO["accounts"]}
    assert Counter(filter(None, parents.values())).most_common(1)[0][1] >= 2
    assert all(parents[parent] is None for parent in parents.values() if parent)


def test_a_person_account_and_its_contact_name_each_other_and_nothing_else_is_repeated():
    persons = [row for row in DEMO["accounts"] if row["kind"] == "person"]
    assert len(persons) == 2
    for account in persons:
        assert BY_KEY["contacts"][account["person_contact"]]["person_account"] == account["key"]
        assert not {"name", "emails", "phones", "billing_address", "website"} & set(account)
    assert sum("person_account" in contact for contact in DEMO["contacts"]) == 2


def test_an_account_has_at_most_one_primary_contact_and_it_is_the_one_it_names():
    primary = Counter()
    for contact in DEMO["contacts"]:
        links = contact.get("cross_references", [])
        assert len({(link.get("account"), link.get("lead"), link["role"]) for link in links}) == len(links)
        for link in links:
            assert ("account" in link) != ("lead" in link)
            assert "to_days" not in link or link["from_days"] < link["to_days"] <= 0
            if link.get("primary"):
                primary[link["account"]] += 1
                assert BY_KEY["accounts"][link["account"]].get("primary_contact") == contact["key"]
    assert set(primary.values()) == {1}
    assert set(primary) == {row["key"] for row in DEMO["accounts"] if "primary_contact" in row}


def test_some_contacts_have_two_accounts_and_some_wait_for_one():
    counts = Counter(min(len(accounts_of(contact)), 2) for contact in DEMO["contacts"])
    assert counts[2] >= 5
    assert 5 <= counts[0] <= 12
    linked = {key for contact in DEMO["contacts"] for key in accounts_of(contact)}
    assert set(BY_KEY["accounts"]) - linked == {"harrowgate-process", "salinas-anorbe"}


def test_people_have_names_of_their_own_and_addresses_that_go_with_them():
    names = Counter(fold(f"{row['first_name']} {row['last_name']}") for row in DEMO["contacts"])
    assert names.most_common(1)[0][1] == 1
    strangers = []
    for row in DEMO["contacts"]:
        local = row["emails"][0]["value"].split("@")[0]
        parts = re.split(r"[\s\-']+", fold(f"{row['first_name']} {row['last_name']}"))
        if not any(len(part) > 2 and part in local for part in parts):
            strangers.append(local)
    shared = {"facturas", "almacen", "stores", "intervencion", "purchase.ledger", "jp", "lola.iglesias"}
    assert set(strangers) <= shared


def test_an_opportunity_stands_at_an_account_with_a_contact_of_that_account():
    for row in DEMO["opportunities"]:
        people = [row["contact"]] if "contact" in row else []
        people += [stakeholder["contact"] for stakeholder in row.get("stakeholders", [])]
        for person in people:
            assert row["account"] in accounts_of(BY_KEY["contacts"][person]), (row["key"], person)
        assert row["owner"] not in row.get("sales_team", [])


def test_every_status_stage_and_closing_reason_occurs():
    opportunities = DEMO["opportunities"]
    assert {row["status"] for row in opportunities} == set(OPPORTUNITY_STATE)
    assert {row["stage"] for row in of_state("opportunities", "open")} >= {
        stage["key"] for stage in STARTER["en"]["processes"][0]["stages"]
    }
    won, lost = of_state("opportunities", "won"), of_state("opportunities", "lost")
    assert {row.get("won_reason") for row in won} == catalog_keys("won_reasons")
    assert {row.get("lost_reason") for row in lost} == catalog_keys("lost_reasons")
    assert {row["status"] for row in DEMO["leads"]} == set(LEAD_STATE)
    reasons = {row["disqualified"]["reason"] for row in of_state("leads", "disqualified")}
    assert reasons == catalog_keys("disqualification_reasons")
    assert {row["currency"] for row in opportunities} == {"EUR", "GBP"}


def test_closed_opportunities_say_how_and_open_ones_do_not():
    signed: dict[str, list[tuple]] = {}
    for row in DEMO["interactions"]:
        if row["kind"] == "quote_signed":
            signed.setdefault(row["opportunity"], []).append((row["days"], row["amount"]))
    for row in of_state("opportunities", "won"):
        assert {"actual_amount", "won_reason", "closed_days"} <= set(row)
        assert not {"lost_reason", "lost_note", "competitor"} & set(row)
        assert BY_KEY["accounts"][row["account"]]["lifecycle"] != "prospect"
        assert signed[row["key"]] == [(row["closed_days"], row["actual_amount"])]
    for row in of_state("opportunities", "lost"):
        assert {"lost_reason", "lost_note", "competitor", "closed_days"} <= set(row)
        assert not {"won_reason", "actual_amount"} & set(row)
    for row in of_state("opportunities", "open"):
        assert not {"won_reason", "lost_reason", "closed_days", "actual_amount"} & set(row)
        assert row["expected_close_days"] > 0


def test_the_stages_of_an_opportunity_follow_each_other_in_order_and_time():
    order = stages_in_order()
    for row in DEMO["opportunities"]:
        stages = [step["stage"] for step in row["stage_history"]]
        days = [step["days"] for step in row["stage_history"]]
        assert stages == order[row["process"]][: len(stages)]
        assert stages[-1] == row["stage"]
        assert days == sorted(days)
        assert (days[0], days[-1] < 0) == (row["created_days"], True)
        assert row.get("closed_days", 0) >= days[-1]


def test_the_open_pipeline_has_the_sums_that_were_added_up_by_hand():
    sums: dict[tuple[str, str], Decimal] = {}
    for row in of_state("opportunities", "open"):
        if row["process"] == "project-sales":
            place = row["stage"], row["currency"]
            sums[place] = sums.get(place, Decimal()) + Decimal(row["amount"])
    assert sums == {
        ("enquiry", "EUR"): 158_200,
        ("enquiry", "GBP"): 24_000,
        ("qualified", "EUR"): 194_600,
        ("qualified", "GBP"): 58_600,
        ("technical-review", "EUR"): 321_500,
        ("technical-review", "GBP"): 75_050,
        ("quotation", "EUR"): 188_000,
        ("quotation", "GBP"): 100_200,
        ("negotiation", "EUR"): 202_350,
        ("negotiation", "GBP"): 145_000,
    }


def test_leads_point_to_what_became_of_them():
    for row in DEMO["leads"]:
        state = LEAD_STATE[row["status"]]
        assert ("qualified" in row, "disqualified" in row) == (state == "qualified", state == "disqualified")
        if state == "qualified":
            outcome = row["qualified"]
            assert outcome["account"] in accounts_of(BY_KEY["contacts"][outcome["contact"]])
            assert row["created_days"] < outcome["days"]
            if "opportunity" in outcome:
                assert BY_KEY["opportunities"][outcome["opportunity"]]["originating_lead"] == row["key"]
        assert row.get("company") or row["last_name"]
    for row in DEMO["opportunities"]:
        if "originating_lead" in row:
            outcome = BY_KEY["leads"][row["originating_lead"]]["qualified"]
            assert outcome["account"] == row["account"]
            assert outcome["days"] <= row["created_days"]


def test_some_open_leads_resemble_what_is_known_already():
    known = {mail["value"] for row in DEMO["contacts"] for mail in row["emails"]}
    leads = of_state("leads", "open")
    assert sum(any(mail["value"] in known for mail in row.get("emails", [])) for row in leads) >= 2
    assert sum("existing_account" in row for row in leads) >= 5
    assert sum(bool(row.get("do_not_phone") or row.get("do_not_email")) for row in leads) >= 2


def test_tasks_fill_every_corner_of_the_work_list():
    opened = [row for row in DEMO["tasks"] if row["state"] == "open"]
    assert sum(row["days"] < 0 for row in opened) >= 12
    assert sum(row["days"] == 0 for row in opened) >= 10
    assert sum(row["days"] > 0 for row in opened) >= 50
    assert sum(row["state"] == "done" for row in DEMO["tasks"]) >= 45
    assert {row["kind"] for row in opened if row["days"] == 0} == set(Task.Kind.values)
    assert all({"lead", "account", "contact", "opportunity"} & set(row) for row in DEMO["tasks"])
    for row in DEMO["tasks"]:
        if row["kind"] == "meeting":
            assert row["time"] < row["end_time"]
        assert row["created_days"] <= row["days"]
        assert row["created_days"] < 0


def test_a_done_task_has_one_outcome_by_the_same_person_on_the_same_day():
    outcomes: dict[str, list[dict]] = {}
    for row in DEMO["interactions"]:
        if "task" in row:
            outcomes.setdefault(row["task"], []).append(row)
    assert set(outcomes) == {row["key"] for row in DEMO["tasks"] if row["state"] == "done"}
    for key, rows in outcomes.items():
        assert [(row["days"], row["owner"]) for row in rows] == [
            (BY_KEY["tasks"][key]["completed_days"], BY_KEY["tasks"][key]["owner"])
        ]


def test_a_few_open_opportunities_have_no_next_step():
    planned = {row.get("opportunity") for row in DEMO["tasks"] if row["state"] == "open"}
    idle = [row["key"] for row in of_state("opportunities", "open") if row["key"] not in planned]
    assert 4 <= len(idle) <= 8


def test_interactions_cover_the_last_year_and_never_the_future():
    days = [row["days"] for row in DEMO["interactions"]]
    assert (min(days) >= -365, max(days) <= -1) == (True, True)
    assert {-day // 31 for day in days} >= set(range(12))
    assert any(row.get("follow_up_days", 0) > 0 for row in DEMO["interactions"])
    for row in DEMO["interactions"]:
        assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", row["time"])
        assert ("amount" in row) == (row["kind"] in ("quote_sent", "quote_signed"))
        assert ("duration_minutes" in row) == (row["kind"] in ("call", "meeting")), row["key"]


@pytest.mark.parametrize("name", ["tasks", "interactions"])
def test_what_regards_an_opportunity_also_carries_its_account_and_a_contact_of_it(name):
    for row in DEMO[name]:
        if "opportunity" in row:
            assert row["account"] == BY_KEY["opportunities"][row["opportunity"]]["account"]
        if "contact" in row and "account" in row:
            assert row["account"] in accounts_of(BY_KEY["contacts"][row["contact"]]), row["key"]


@pytest.mark.parametrize("name", ["tasks", "interactions"])
def test_nothing_happens_to_a_record_before_it_is_there(name):
    parents = {"opportunity": "opportunities", "account": "accounts", "contact": "contacts"}
    for row in DEMO[name]:
        first = row.get("created_days", row["days"])
        for field, target in {"lead": "leads"}.items() if "lead" in row else parents.items():
            assert field not in row or first >= BY_KEY[target][row[field]]["created_days"], (
                row["key"],
                field,
            )


def test_nobody_is_written_to_or_called_against_their_wish():
    wishes = {"email": "do_not_email", "call": "do_not_phone"}
    planned = [row | {"direction": "out"} for row in DEMO["tasks"] if row["state"] == "open"]
    for row in DEMO["interactions"] + planned:
        person = BY_KEY["contacts"].get(row.get("contact")) or BY_KEY["leads"].get(row.get("lead")) or {}
        flag = wishes.get(row["kind"])
        assert not (flag and row.get("direction") == "out" and person.get(flag)), row["key"]


def test_nobody_reads_the_same_sentence_twice():
    bodies = Counter(fold(row["body"]) for row in DEMO["interactions"])
    assert bodies.most_common(1)[0][1] == 1
    subjects = Counter(fold(row["subject"]) for row in DEMO["interactions"])
    assert subjects.most_common(1)[0][1] <= 3
    tasks = Counter(fold(in_each_language(row["subject"])[0]) for row in DEMO["tasks"])
    assert tasks.most_common(1)[0][1] <= 3
    assert sum(len(row["body"]) > 180 for row in DEMO["interactions"]) >= 10
