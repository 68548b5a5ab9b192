"""Keeps derived rows (search text, matching keys) in step with the records, in batches."""

from functools import lru_cache
from types import ModuleType

from django.conf import settings
from django.utils.module_loading import import_module

from .saving import Saving


@lru_cache(maxsize=4)
def _load(paths: tuple[str, ...]) -> tuple[ModuleType, ...]:
    return tuple(import_module(path) for path in paths)


def index_modules() -> tuple[ModuleType, ...]:
    """The modules named in settings.RECORD_INDEXES; each offers refresh(savings) and forget(record_type, ids)."""
    return _load(tuple(settings.RECORD_INDEXES))


def refresh(savings: list[Saving]) -> None:
    """Bring the derived rows of written records up to date."""
    for module in index_modules():
        module.refresh(savings)


def forget(record_type: str, ids: list[int]) -> None:
    """Remove the derived rows of purged records."""
    for module in index_modules():
        module.forget(record_type, ids)
