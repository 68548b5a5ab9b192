"""manage.py import_records: which files it reads, under which name it keeps them, and what it does not ignore."""

import json
import os
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from imports.choosing import bring_file
from imports.models import Import
from imports.tables import Limits
from tests import make
from tests.imports.running import ANA, card, go, names, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(db: None, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "kept")
    make.firm()
    return make.user("administrator")


def called(*arguments: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("import_records", *arguments, stdout=out)
    return out.getvalue()


def refusal(*arguments: str) -> str:
    """Why the command does not run."""
    with pytest.raises(CommandError) as error:
        called(*arguments)
    assert error.value.returncode == 2
    return str(error.value)


def kept(folder: Path) -> int:
    """How many files of imports are stored."""
    return sum(path.is_file() for path in (folder / "kept").rglob("*"))


@pytest.fixture
def refusing(monkeypatch):
    """A database that takes no import."""

    def refuse(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(Import, "save", refuse)


class TestName:
    def test_that_is_no_utf_8_is_shown_readable(self, administrator, tmp_path):
        path = os.fsdecode(os.fsencode(tmp_path) + "/España.csv".encode("latin-1"))
        Path(path).write_bytes(table(ANA))

        called("contacts", path)

        assert Import.objects.get().file_name == "España.csv"
        assert names() == ["Ana Ruiz"]

    @pytest.mark.parametrize("option", ["--map", "--user"])
    def test_arguments_that_are_no_utf_8_are_refused_in_words(self, administrator, tmp_path, option):
        (tmp_path / "a.csv").write_bytes(table(ANA))

        assert "There is n" in refusal("contacts", str(tmp_path / "a.csv"), option, "Espa\udcf1a").replace(
            "there", "There"
        )

    def test_a_file_is_kept_only_with_its_import(self, administrator, tmp_path, refusing):
        (tmp_path / "a.csv").write_bytes(table(ANA))

        with pytest.raises(DatabaseError):
            called("contacts", str(tmp_path / "a.csv"))
        with pytest.raises(DatabaseError):
            bring_file(source=ContentFile(table(ANA)), name="a.csv", actor=administrator)

        assert kept(tmp_path) == 0


class TestPipe:
    def test_is_read_like_a_file(self, administrator):
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(table(ANA))
        try:
            called("contacts", f"/dev/fd/{reading}")
        finally:
            os.close(reading)

        assert names() == ["Ana Ruiz"]

    def test_a_line_means_standard_input(self, administrator, monkeypatch):
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(table(ANA))))

        found = json.loads(called("contacts", "-", "--json"))

        assert found["counts"]["created"] == 1
        assert Import.objects.get().file_name == "stdin"

    def test_has_the_limit_of_files(self, administrator, monkeypatch):
        monkeypatch.setattr("imports.command_files.DEFAULT_LIMITS", Limits(bytes=1024**2))
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"x" * (1024**2 + 1))))

        assert "The file has > 1 MB; at most 1 MB can be imported at once." in refusal("contacts", "-")


class TestArguments:
    def test_an_undo_takes_neither_kind_nor_file_nor_what_is_chosen_about_one(self, administrator, tmp_path):
        work = go(administrator, table(ANA))
        asked = ("--undo", str(work.pk), "--dry-run")

        for more in (("contacts",), ("accounts",), ("contacts", "a.csv")):
            assert "Name an entity and a file, or an import to --undo, not both." in refusal(*more, *asked)
        for option, value in {
            "--map": "x",
            "--match": "email",
            "--policy": "both",
            "--empty": "keep",
            "--dates": "dmy",
        }.items():
            assert f"{option} cannot be used with --undo" in refusal(*asked, option, value)

    @pytest.mark.parametrize("keys", [",", "", " , "])
    def test_keys_that_name_none_are_refused(self, administrator, tmp_path, keys):
        (tmp_path / "a.csv").write_bytes(table(ANA))

        assert "--match names no key. Keys of accounts: " in refusal(
            "accounts", str(tmp_path / "a.csv"), "--match", keys
        )
        assert "neither a file nor a saved mapping" in refusal("contacts", str(tmp_path / "a.csv"), "--map", "")

    @pytest.mark.parametrize(("option", "value"), [("--empty", "clear"), ("--dates", "dmy"), ("--map", "x")])
    def test_cards_have_no_columns(self, administrator, tmp_path, option, value):
        (tmp_path / "a.vcf").write_text(card(name="Ana Ruiz"))

        assert f"{option}: this file holds vCards" in refusal("contacts", str(tmp_path / "a.vcf"), option, value)
