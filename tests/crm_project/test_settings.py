"""The settings refuse to start half-configured in production."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.sqlite

SOUND = {
    "CRM_PRODUCTION": "1",
    "CRM_SECRET_KEY": "k3y-" + "4f9b2c7d1e8a6035" * 4,
    "CRM_ALLOWED_HOSTS": "crm.example",
}


def start(tmp_path, **variables: str) -> subprocess.CompletedProcess:
    """Load the settings in a process of their own with nothing but these variables."""
    environment = {"PATH": os.environ["PATH"], "CRM_DATA_DIR": str(tmp_path), "DATABASE_URL": "sqlite://:memory:"}
    return subprocess.run(
        [sys.executable, "-c", "import crm_project.settings"],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_starts_in_production_when_all_is_set(tmp_path):
    assert start(tmp_path, **SOUND).returncode == 0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"CRM_SECRET_KEY": ""}, "CRM_SECRET_KEY"),
        ({"CRM_SECRET_KEY": "short"}, "CRM_SECRET_KEY"),
        ({"CRM_SECRET_KEY": "k3y-4f9b2c7d1e8a60354f9b2c7d1e8a60354f9b2c7d1e8a6"}, "CRM_SECRET_KEY"),
        ({"CRM_SECRET_KEY": "ab" * 40}, "CRM_SECRET_KEY"),
        ({"CRM_SECRET_KEY": "development-only-key-never-used-in-production"}, "CRM_SECRET_KEY"),
        ({"CRM_ALLOWED_HOSTS": "*"}, "CRM_ALLOWED_HOSTS"),
        ({"CRM_ALLOWED_HOSTS": "crm.example, *"}, "CRM_ALLOWED_HOSTS"),
        ({"CRM_ALLOWED_HOSTS": ""}, "CRM_ALLOWED_HOSTS"),
        ({"CRM_DEBUG": "1"}, "CRM_DEBUG"),
    ],
)
def test_refuses_production_and_names_the_variable(tmp_path, change, named):
    started = start(tmp_path, **(SOUND | change))

    assert started.returncode != 0
    assert "Not started in production" in started.stderr
    assert named in started.stderr


@pytest.mark.parametrize("value", ["ten", "1.5"])
def test_refuses_a_number_that_is_none(tmp_path, value):
    assert start(tmp_path, CRM_SMTP_PORT=value).returncode != 0


def test_makes_its_data_directory(tmp_path):
    start(tmp_path / "new", CRM_DATA_DIR=str(tmp_path / "new"))

    assert (tmp_path / "new").is_dir()


def test_every_variable_is_explained_in_the_example(request):
    names = set()
    settings_text = (request.config.rootpath / "crm_project" / "settings.py").read_text()
    for piece in settings_text.split("env.")[1:]:
        if '("' in piece.split("\n")[0] or piece.startswith(("str(\n", "list(\n")):
            names.add(piece.split('"')[1])
    example = (request.config.rootpath / ".env.example").read_text()

    assert len(names) > 15
    assert [name for name in sorted(names) if f"{name}=" not in example] == []


@pytest.mark.parametrize("name", ["CRM_PRODUCTION", "CRM_DEBUG", "CRM_HTTPS", "CRM_BEHIND_PROXY"])
def test_refuses_a_switch_that_is_neither_on_nor_off(tmp_path, name):
    started = start(tmp_path, **{name: "ture"})

    assert started.returncode != 0
    assert f"{name} must be 1 or 0" in started.stderr


@pytest.mark.parametrize("value", ["0", "off", "No", "false", ""])
def test_takes_every_usual_word_for_off(tmp_path, value):
    assert start(tmp_path, CRM_PRODUCTION=value).returncode == 0
