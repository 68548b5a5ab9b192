"""The panel of filters is made once per entity and read in many languages."""

import re

import pytest

from core.pages.filters import filterset_class
from tests import make
from tests.scene import client_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("languages", [("en", "es"), ("es", "en")])
def test_the_panel_speaks_the_language_of_each_reader(languages):
    filterset_class.cache_clear()
    make.firm()
    rep, labels = make.user("rep"), {}
    for language in languages:
        rep.language = language
        rep.save()
        page = client_of(rep).get("/opportunities/?filters=1").content.decode()
        labels[language] = set(re.findall(r'<label class="form-label"[^>]*>([^<]+)', page))

    assert {"Estimated amount from", "Expected close to", "Stage"} <= labels["en"]
    assert {"Etapa", "Estado", "Situación"} <= labels["es"]
    assert not {label for label in labels["es"] if label.endswith((" from", " to"))}
