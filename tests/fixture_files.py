"""Reads the files of starter values and of the demo firm for the tests that check them."""

import json
from collections.abc import Iterator
from pathlib import Path

FIXTURES = Path(__file__).parent.parent / "fixtures"
LANGUAGES = ("en", "es")
CATALOGS = [
    "lead_statuses",
    "opportunity_statuses",
    "sources",
    "processes",
    "won_reasons",
    "lost_reasons",
    "task_types",
    "territories",
    "interaction_topics",
    "disqualification_reasons",
    "contact_roles",
    "industries",
    "competitors",
]
RECORD_FILES = ("accounts", "contacts", "leads", "opportunities", "tasks", "interactions")


def read(name: str):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


STARTER = {language: read(f"starter/{language}") for language in LANGUAGES}
EXTRA = read("demo/catalogs")
TEAMS, USERS = read("demo/users")["teams"], read("demo/users")["users"]
DEMO = {name: read(f"demo/{name}") for name in RECORD_FILES}
BY_KEY = {name: {row["key"]: row for row in rows} for name, rows in DEMO.items()}
USER_KEYS = {user["key"] for user in USERS}


def catalog_keys(catalog: str) -> set[str]:
    return {value["key"] for value in STARTER["en"][catalog] + EXTRA.get(catalog, [])}


def meanings(catalog: str) -> dict[str, str]:
    return {value["key"]: value["meaning"] for value in STARTER["en"][catalog]}


LEAD_STATE, OPPORTUNITY_STATE = meanings("lead_statuses"), meanings("opportunity_statuses")


def of_state(name: str, state: str) -> list[dict]:
    states = LEAD_STATE if name == "leads" else OPPORTUNITY_STATE
    return [row for row in DEMO[name] if states[row["status"]] == state]


def in_each_language(value: str | dict) -> list[str]:
    return list(value.values()) if isinstance(value, dict) else [value]


def accounts_of(contact: dict) -> set[str]:
    linked = {link["account"] for link in contact.get("cross_references", []) if "account" in link}
    return linked | {contact["person_account"]} if "person_account" in contact else linked


def territory_of(country: str, postcode: str) -> list[str]:
    """Keys of all territories one of whose rules covers the postcode."""
    typed = postcode.upper()
    return [
        territory["key"]
        for territory in STARTER["en"]["territories"]
        for rule in territory["rules"]
        if rule["country"] == country
        and typed[: len(rule["postcode_from"])] >= rule["postcode_from"]
        and typed[: len(rule["postcode_to"])] <= rule["postcode_to"]
    ]


def stages_in_order() -> dict[str, list[str]]:
    """Keys of the stages of each process."""
    processes = STARTER["en"]["processes"]
    return {process["key"]: [stage["key"] for stage in process["stages"]] for process in processes}


def parts_of(row: dict) -> Iterator[dict]:
    """The record and every object inside it."""
    yield row
    for value in row.values():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield from parts_of(inner)
