"""manage.py import_records for scripts: a refusal is an object too, and nobody becomes the administrator unasked."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from contacts.models import Contact
from imports.models import Import
from tests import make
from tests.imports.running import ANA, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(db: None, tmp_path: Path) -> str:
    make.firm()
    make.user("administrator")
    (tmp_path / "contacts.csv").write_bytes(table(ANA))
    return str(tmp_path / "contacts.csv")


def refused(*arguments: str) -> tuple[int, str, str]:
    """(exit status, the text of the error, what was printed)."""
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("import_records", *arguments, stdout=out)
    return error.value.returncode, str(error.value), out.getvalue()


@pytest.mark.parametrize(
    "arguments",
    [("contacts", "{path}.none"), ("contacts", "{path}", "--match", "shoe"), ("--undo", "77"), ("contacts",)],
    ids=["no file", "no key", "no import", "no argument"],
)
def test_with_json_a_refusal_is_an_object(path, arguments):
    status, text, printed = refused(*(one.format(path=path) for one in arguments), "--json")

    assert status == 2
    assert json.loads(printed) == {"error": text}


def test_without_json_nothing_is_printed(path):
    assert refused("--undo", "77") == (2, "There is no import 77.", "")


def test_an_empty_user_is_nobody(path):
    status, text, _printed = refused("contacts", path, "--user", "")

    assert (status, text) == (2, "There is no active user with the e-mail “”.")
    assert not Contact.objects.exists()


class Full(StringIO):
    """An output that takes nothing, as a full disk or a pipe whose reader went away."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("arguments", [(), ("--json",)], ids=["text", "json"])
def test_a_report_that_cannot_be_printed_does_not_blame_the_file(path, arguments):
    with pytest.raises(CommandError) as error:
        call_command("import_records", "contacts", path, *arguments, stdout=Full())

    assert error.value.returncode == 1
    assert str(error.value) == "The import was done, but its report could not be printed: No space left on device"
    assert Import.objects.get().stage == Import.Stage.FINISHED
