"""manage.py import_records with a mapping, keys, policy, empty cells and the order of days; what it refuses."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from imports.choosing import choose_mapping
from imports.matching_choices import choose_matching
from imports.models import Import
from imports.saved_maps import save_map
from tests import make
from tests.imports.running import ANA, bring, go, person, table, the

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(db: None):
    make.firm()
    return make.user("administrator")


def file_of(folder: Path, content: bytes | str, name: str = "contacts.csv") -> str:
    """A file with that content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def actions_of(*arguments: str) -> list[str]:
    """The actions that the command prints."""
    out = StringIO()
    call_command("import_records", "contacts", *arguments, "--json", stdout=out)
    return [row["action"] for row in json.loads(out.getvalue())["rows"]]


def refusal(*arguments: str) -> str:
    """Why the command does not run."""
    with pytest.raises(CommandError) as error:
        call_command("import_records", "contacts", *arguments, stdout=StringIO())
    assert error.value.returncode == 2
    return str(error.value)


class TestMap:
    def test_a_file_maps_by_header_or_number(self, administrator, tmp_path):
        path = file_of(tmp_path, table(ANA | {"Rang": "A", "Job Title": "Buyer"}))
        mapping = {"RANG": "nickname", "4": "department", "5": "", "E-mail Address": "@notes"}

        actions_of(path, "--map", file_of(tmp_path, json.dumps(mapping), "map.json"))

        ana = the("Ana Ruiz")
        assert ana.nickname == "A"
        assert ana.notes == "E-mail Address: ana@montsant.example"
        assert (ana.department, ana.job_title, ana.company_name) == ("Química Montsant, S.L.", "", "")

    def test_a_saved_mapping_by_name_with_all_that_it_holds(self, administrator, tmp_path):
        work = bring(administrator, table(ANA))
        work = choose_mapping(work=work, columns={4: "department"}, date_orders={})
        work = choose_matching(work=work, actor=administrator, match=["email"], policy="create")
        save_map(work=work, actor=administrator, name="Sales office")
        go(administrator, table(ANA))

        path = file_of(tmp_path, table(ANA, person("Luis", "Gil") | {"Job Title": "Sales"}))

        assert actions_of(path, "--map", "Sales office") == ["duplicate", "create"]
        assert the("Luis Gil").department == "Sales"
        assert Import.objects.latest("pk").options["map"]["name"] == "Sales office"

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("{", "is no JSON file"),
            ("[1]", "must hold one object"),
            ('{"First Name": 1}', "must hold one object"),
            ('{"Shoe": "first_name"}', "has no column “Shoe”"),
            ('{"99": "first_name"}', "has no column “99”"),
            ('{"First Name": "shoe"}', "no field “shoe”"),
        ],
    )
    def test_what_cannot_be_followed_is_told(self, administrator, tmp_path, content, said):
        path, mapping = file_of(tmp_path, table(ANA)), file_of(tmp_path, content, "map.json")

        assert said in refusal(path, "--map", mapping)
        assert not Import.objects.exists()

    def test_an_unknown_name_and_cards(self, administrator, tmp_path):
        assert "neither a file nor a saved mapping “X”" in refusal(file_of(tmp_path, table(ANA)), "--map", "X")
        cards = file_of(tmp_path, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana\r\nEND:VCARD\r\n", "a.vcf")
        assert "no columns" in refusal(cards, "--map", "X")


class TestChoices:
    def test_keys_policy_and_empty_cells(self, administrator, tmp_path):
        go(administrator, table(ANA))
        path = file_of(tmp_path, table(ANA | {"Job Title": ""}, person("Luis", "Gil")))

        assert actions_of(path, "--policy", "create", "--dry-run") == ["duplicate", "create"]
        assert actions_of(path, "--match", "phone, uid", "--dry-run") == ["create", "create"]
        assert actions_of(path, "--policy", "update", "--empty", "clear") == ["update", "duplicate"]
        assert the("Ana Ruiz").job_title == ""

    def test_an_unknown_key_names_those_that_there_are(self, administrator, tmp_path):
        said = refusal(file_of(tmp_path, table(ANA)), "--match", "email,shoe")

        assert "no key “shoe”. Keys of contacts: uid, email, phone, company." in said

    def test_days_are_read_as_told_and_kept_as_text_without(self, administrator, tmp_path):
        path = file_of(tmp_path, table(ANA | {"Birthday": "03/04/1975"}))

        actions_of(path)
        assert the("Ana Ruiz").birthday == "03/04/1975"
        actions_of(path, "--dates", "mdy")
        assert the("Ana Ruiz").birthday == "1975-03-04"
