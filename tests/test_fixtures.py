"""The files of starter values and of the demo firm are complete and well formed."""

import re
from collections import Counter

import pytest

from accounts.models import Account
from activities.models import Interaction, Task
from contacts.models import Contact
from core.records.channels import EmailKind, PhoneKind
from core.text.normalise import fold, normalise_phone
from leads.models import Lead
from opportunities.models import Opportunity
from setup_values.models import Colour, LeadStatus, OpportunityStatus
from tests.fixture_files import (
    BY_KEY,
    CATALOGS,
    DEMO,
    EXTRA,
    FIXTURES,
    LANGUAGES,
    LEAD_STATE,
    OPPORTUNITY_STATE,
    RECORD_FILES,
    STARTER,
    USER_KEYS,
    USERS,
    catalog_keys,
    in_each_language,
    parts_of,
    stages_in_order,
    territory_of,
)


def without_names(values: list[dict]) -> list[dict]:
    return [
        {name: without_names(value) if name == "stages" else value for name, value in row.items() if name != "name"}
        for row in values
    ]


def test_both_languages_have_the_same_values_and_differ_in_names_only():
    assert list(STARTER["en"]) == list(STARTER["es"]) == CATALOGS
    for catalog in CATALOGS:
        assert without_names(STARTER["en"][catalog]) == without_names(STARTER["es"][catalog]), catalog


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("catalog", CATALOGS)
def test_names_of_a_catalog_differ_by_more_than_case_accents_and_blanks(catalog, language):
    values = STARTER[language][catalog] + EXTRA.get(catalog, [])
    shown = [row["name"][language] if isinstance(row["name"], dict) else row["name"] for row in values]
    names = [fold(name).replace(" ", "") for name in shown]
    assert all(names)
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert len({row["key"] for row in values}) == len(values)
    for process in values if catalog == "processes" else []:
        assert len({fold(stage["name"]) for stage in process["stages"]}) == len(process["stages"])


def test_every_needed_meaning_has_a_value_and_exactly_one_default():
    for catalog, model in (("lead_statuses", LeadStatus), ("opportunity_statuses", OpportunityStatus)):
        defaults = [row["meaning"] for row in STARTER["en"][catalog] if row.get("is_default")]
        assert sorted(defaults) == sorted(model.NEEDED_MEANINGS)


def test_the_catalogs_with_a_usual_choice_have_one_default():
    for catalog in ("sources", "processes", "task_types"):
        assert sum(row.get("is_default", False) for row in STARTER["en"][catalog]) == 1, catalog
    for process in STARTER["en"]["processes"]:
        assert [stage.get("is_default", False) for stage in process["stages"]].index(True) == 0


def test_colours_kinds_and_probabilities_are_of_the_known_ones():
    for catalog in CATALOGS:
        for row in STARTER["en"][catalog] + EXTRA.get(catalog, []):
            for value in row.get("stages", [row]):
                assert value["colour"] in Colour.values
    assert {row["kind"] for row in STARTER["en"]["task_types"]} == set(Task.Kind.values)
    assert {row["kind"] for row in STARTER["en"]["interaction_topics"]} <= set(Interaction.Kind.values)
    for process in STARTER["en"]["processes"]:
        chances = [stage["probability"] for stage in process["stages"]]
        assert chances == sorted(chances)
        assert chances[0] > 0
        assert chances[-1] < 100


def test_every_spanish_province_lies_in_exactly_one_territory():
    for province in range(1, 53):
        assert len(territory_of("ES", f"{province:02d}123")) == 1, province


@pytest.mark.parametrize(
    ("postcode", "territory"),
    [
        ("M1 1AE", "uk-north"),
        ("ME14 2LX", "uk-south"),
        ("B33 8TH", "uk-west"),
        ("W1A 0AX", "uk-south"),
        ("LS11 5PU", "uk-north"),
    ],
)
def test_british_areas_of_one_and_two_letters_are_told_apart(postcode, territory):
    assert territory_of("GB", postcode) == [territory]


DRAMA_NUMBERS = re.compile(
    r"\+44(1632960\d{3}|7700900\d{3}|11[3-8]4960\d{3}|121496\d{4}|131496\d{4}|141496\d{4}|151496\d{4}|161496\d{4}"
    r"|2079460\d{3}|28964960\d{2}|1914980\d{3})"
)

REFERENCES = {
    "parent": "accounts",
    "account": "accounts",
    "existing_account": "accounts",
    "person_account": "accounts",
    "contact": "contacts",
    "existing_contact": "contacts",
    "primary_contact": "contacts",
    "person_contact": "contacts",
    "lead": "leads",
    "originating_lead": "leads",
    "opportunity": "opportunities",
    "task": "tasks",
}
VALUES = {
    "territory": "territories",
    "industry": "industries",
    "source": "sources",
    "process": "processes",
    "won_reason": "won_reasons",
    "lost_reason": "lost_reasons",
    "competitor": "competitors",
    "type": "task_types",
    "role": "contact_roles",
    "reason": "disqualification_reasons",
}
MODELS = {
    "accounts": Account,
    "contacts": Contact,
    "leads": Lead,
    "opportunities": Opportunity,
    "tasks": Task,
    "interactions": Interaction,
}


@pytest.mark.parametrize("name", RECORD_FILES)
def test_keys_are_unique_and_every_reference_leads_to_a_record(name):
    assert len(BY_KEY[name]) == len(DEMO[name])
    for row in DEMO[name]:
        for part in parts_of(row):
            for field, target in REFERENCES.items():
                assert field not in part or part[field] in BY_KEY[target], (row["key"], field)
            for field, catalog in VALUES.items():
                assert field not in part or part[field] in catalog_keys(catalog), (row["key"], field)
            for field in ("owner", "created_by"):
                assert part.get(field, "marta") in USER_KEYS
            assert set(part.get("users", [])) | set(part.get("sales_team", [])) <= USER_KEYS
            assert set(part.get("contacts", [])) <= set(BY_KEY["contacts"])
        assert "owner" in row
        assert name == "interactions" or "created_days" in row


@pytest.mark.parametrize("name", RECORD_FILES)
def test_every_name_in_a_record_is_explained_in_the_readme(name):
    explained = set(re.findall(r"\w+", (FIXTURES / "README.md").read_text(encoding="utf-8")))
    used = {field for row in DEMO[name] for part in parts_of(row) for field in part}
    assert used - explained == set()


@pytest.mark.parametrize("name", RECORD_FILES)
def test_empty_values_are_left_out(name):
    for row in DEMO[name]:
        for part in parts_of(row):
            for field, value in part.items():
                assert value is not False, (row["key"], field)
                assert value not in (None, "", [], {}), (row["key"], field)


def test_statuses_stages_and_topics_are_known():
    stages = stages_in_order()
    assert all(lead["status"] in LEAD_STATE for lead in DEMO["leads"])
    for opportunity in DEMO["opportunities"]:
        assert opportunity["status"] in OPPORTUNITY_STATE
        assert opportunity["stage"] in stages[opportunity["process"]]
    kinds = {topic["key"]: topic["kind"] for topic in STARTER["en"]["interaction_topics"]}
    for row in DEMO["interactions"]:
        assert "topic" not in row or kinds[row["topic"]] == row["kind"], row["key"]
    types = {value["key"]: value["kind"] for value in STARTER["en"]["task_types"]}
    assert all(types[task["type"]] == task["kind"] for task in DEMO["tasks"])


def test_choices_are_those_of_the_models():
    assert {row["lifecycle"] for row in DEMO["accounts"]} == set(Account.Lifecycle.values)
    assert {row["kind"] for row in DEMO["accounts"]} == set(Account.Kind.values)
    assert {row["rating"] for row in DEMO["leads"]} == set(Lead.Rating.values)
    assert {row["state"] for row in DEMO["tasks"]} == set(Task.State.values)
    assert {row["priority"] for row in DEMO["tasks"]} == set(Task.Priority.values)
    assert {row["kind"] for row in DEMO["interactions"]} == set(Interaction.Kind.values)
    assert {row.get("direction", "") for row in DEMO["interactions"]} == {"", *Interaction.Direction.values}
    assert {row.get("preferred_channel", "email") for row in DEMO["contacts"]} == set(Contact.Channel.values)


@pytest.mark.parametrize("name", RECORD_FILES)
def test_texts_fit_into_their_columns(name):
    lengths = {field.name: getattr(field, "max_length", None) for field in MODELS[name]._meta.fields}
    for row in DEMO[name]:
        for field, value in row.items():
            if lengths.get(field) and isinstance(value, str | dict):
                longest = max(len(text) for text in in_each_language(value))
                assert longest <= lengths[field], (row["key"], field)
            assert not isinstance(value, dict) or "en" not in value or set(value) == {"en", "es"}


def test_all_e_mail_and_web_addresses_are_reserved_ones():
    for name in RECORD_FILES[:3]:
        for row in DEMO[name]:
            for mail in row.get("emails", []):
                assert re.fullmatch(r"[a-z0-9.\-]+@[a-z0-9\-]+\.example", mail["value"]), mail
                assert mail["kind"] in EmailKind.values
            sites = [row["website"]] if "website" in row else []
            for site in sites + [website["value"] for website in row.get("websites", [])]:
                assert re.fullmatch(r"https://www\.[a-z0-9\-]+\.example", site), row["key"]
    assert all(user["email"].endswith("@norteko.example") for user in USERS)


def test_every_phone_number_parses_and_british_ones_are_kept_for_drama():
    for name in RECORD_FILES[:3]:
        for row in DEMO[name]:
            for phone in row.get("phones", []):
                number = normalise_phone(phone["value"], "ES")
                assert number.startswith("+"), phone
                assert not number.startswith("+44") or DRAMA_NUMBERS.fullmatch(number), phone
                assert phone["kind"] in PhoneKind.values


def test_lists_of_channels_have_one_primary():
    for name in RECORD_FILES[:3]:
        for row in DEMO[name]:
            for field in ("emails", "phones", "addresses", "websites", "handles"):
                if row.get(field):
                    assert sum(item.get("primary", False) for item in row[field]) == 1, (row["key"], field)
