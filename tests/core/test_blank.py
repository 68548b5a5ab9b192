"""A row that is made without the ORM's arguments is the row that the ORM makes."""

import pytest
from django.apps import apps

from core.records.blank import blank
from core.records.models import Change, ChildRow, Record

MADE_ANEW = {"created_at", "changed_at", "at", "operation", "happened_at"}
MODELS = [model for model in apps.get_models() if issubclass(model, Record | ChildRow | Change)]


@pytest.mark.sqlite
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_has_the_defaults_of_every_column(model):
    def plain(row) -> dict:
        return {name: value for name, value in vars(row).items() if name not in {"_state", *MADE_ANEW}}

    made, usual = blank(model), model()

    assert plain(made) == plain(usual)
    assert vars(made).keys() == vars(usual).keys()
    assert vars(made._state) == vars(usual._state)


@pytest.mark.sqlite
def test_two_rows_share_no_default():
    first, second = blank(Change), blank(Change, kind="create")

    first.after["name"] = "Ana"

    assert (second.after, second.kind, first.kind) == ({}, "create", "")
    assert first.operation != second.operation
