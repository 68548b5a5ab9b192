"""The user with whose rights the tests of the pipeline import, and a folder of their own for files."""

from pathlib import Path

import pytest
from django.test import Client

from tests import make
from tests.imports.browsing import signed_in
from users.models import User


@pytest.fixture
def rep(db: None) -> User:
    """A sales rep of a B2B firm."""
    make.firm()
    return make.user("rep")


@pytest.fixture
def browser(rep: User) -> Client:
    """A browser in which the sales rep is signed in."""
    return signed_in(rep)


@pytest.fixture(autouse=True)
def files_folder(settings, tmp_path: Path) -> Path:
    """Where uploads and photos are kept; gone after the test."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT
