"""Finds the record models of all rooms by walking Django's own list of models."""

from functools import lru_cache

from django.apps import apps

from .models import Record


@lru_cache(maxsize=1)
def record_models() -> tuple[type[Record], ...]:
    """Every concrete record model once, proxies left out, in the order of the rooms."""
    return tuple(model for model in apps.get_models() if issubclass(model, Record) and not model._meta.proxy)


def record_model(record_type: str) -> type[Record]:
    """The model of a record type ("account"); raises KeyError when there is none."""
    for model in record_models():
        if model.record_type() == record_type:
            return model
    raise KeyError(record_type)
