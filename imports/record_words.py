"""The words in which files write choices, currencies and languages: stored ones, labels, those of other programs."""

from functools import cache
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import override

from core.text.normalise import fold
from setup_values.catalogs import kind_choices
from setup_values.currencies import currency_choices
from setup_values.languages import language_choices


def choices_of(column: models.Field | None) -> list[tuple[Any, Any]]:
    return list(column.flatchoices) if column is not None and column.choices else kind_choices()


@cache
def choice_words(column: models.Field) -> dict[str, Any]:
    """{folded word or label in a language of the pages: stored word}."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for value, label in choices_of(column):
                for word in (str(value), str(label)):
                    found.setdefault(fold(word), value)
    for value, words in _MORE_WORDS.get(column.name, {}).items():
        if any(value == stored for stored, _label in choices_of(column)):
            for word in words:
                found.setdefault(fold(word), value)
    return found


# What other programs call it, beside the words of the pages.
_MORE_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "state": {
        "done": (
            "yes",
            "completed",
            "complete",
            "closed",
            "sí",
            "si",
            "x",
            "1",
            "true",
            "held",
            "finalizada",
            "erledigt",
        ),
        "open": (
            "no",
            "not started",
            "in progress",
            "planned",
            "pending",
            "0",
            "false",
            "deferred",
            "pendiente",
            "offen",
        ),
        "cancelled": ("canceled", "not held"),
    },
    "priority": {
        "high": ("1", "urgent", "urgente", "hoch", "haute"),
        "normal": ("2", "medium", "media"),
        "low": ("3", "niedrig"),
    },
    "kind": {
        "todo": ("task", "tarea", "to do"),
        "call": ("phone", "phone call", "telephone", "logged call", "teléfono", "anruf", "appel"),
        "email": ("mail", "e-mail sent", "correo", "sent email"),
        "meeting": ("visit", "appointment", "event", "visita", "cita", "termin"),
        "note": ("comment", "activity", "comentario", "notiz"),
        "organization": ("company", "business", "empresa", "firma"),
        "person": ("individual", "private", "particular", "privat"),
    },
    "direction": {"out": ("outbound", "outgoing", "sent"), "in": ("inbound", "incoming", "received")},
    "lifecycle": {
        "prospect": ("lead", "potential", "interessent", "cliente potencial", "opportunity"),
        "customer": ("client", "kunde", "cliente activo", "active"),
        "former": ("former", "inactive", "ex-customer", "inactivo", "antiguo cliente"),
    },
    "rating": {"hot": ("caliente",), "warm": ("templado", "tibio"), "cold": ("frío",)},
}


@cache
def currencies() -> dict[str, str]:
    found = {"€": "EUR", "£": "GBP", "us$": "USD"}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for code, label in currency_choices():
                found.setdefault(fold(code), code)
                found.setdefault(fold(label), code)
                found.setdefault(fold(label.partition("·")[2]), code)
    return found


@cache
def languages() -> dict[str, str]:
    found = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for code, label in language_choices():
                found.setdefault(fold(label), code)
                found.setdefault(code, code)
    return found
