"""Asserts that a record is refused, alone and in a batch, and that nothing is left behind."""

import pytest
from django.core.exceptions import ValidationError

from core.records.door import save_record, save_records
from core.records.means import Means
from core.records.models import Change
from core.records.refusals import BatchRefused
from core.records.search_text import SearchText

FORM = Means("form")


def refusal(record, children=None) -> dict[str, list[str]]:
    """{field: messages} of a refused save; also checks that nothing was written and a batch says the same."""
    before = (Change.objects.count(), SearchText.objects.count(), type(record).all_objects.count())
    is_new = record._state.adding
    with pytest.raises(ValidationError) as refused:
        save_record(record, actor=None, means=FORM, children=children)
    assert record._state.adding == is_new
    assert (record.pk is None) == is_new
    with pytest.raises(BatchRefused) as batch:
        save_records([record], actor=None, means=FORM, children=[children])
    assert batch.value.errors[0].message_dict == refused.value.message_dict
    assert (Change.objects.count(), SearchText.objects.count(), type(record).all_objects.count()) == before
    return refused.value.message_dict
