"""The words in which files write choices, currencies and languages: stored ones, labels, those of other programs."""

from functools import cache
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.text.normalise import fold
from setup_values.catalogs import kind_choices
from setup_values.choices import active_values
from setup_values.columns import CountryField
from setup_values.countries import country_choices
from setup_values.currencies import currency_choices
from setup_values.languages import language_choices

from .owners import owner_choices
from .record_fields import Kind, fields_of
from .record_shapes import RecordShape


def choices_of(column: models.Field | None) -> list[tuple[Any, Any]]:
    return list(column.flatchoices) if column is not None and column.choices else kind_choices()


@cache
def choice_words(column: models.Field) -> dict[str, Any]:
    """{folded word or label in a language of the pages: stored word}."""
    found = {}
    for language, _label in settings.LANGUAGES:
        with override(language):
            for value, label in choices_of(column):
                for word in (str(value), str(label)):
                    found.setdefault(fold(word), value)
    for value, words in _MORE_WORDS.get(column.name, {}).items():
        if any(value == stored for stored, _text in choices_of(column)):
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
    for language, _label in settings.LANGUAGES:
        with override(language):
            for code, label in currency_choices():
                found.setdefault(fold(code), code)
                found.setdefault(fold(label), code)
                found.setdefault(fold(label.partition("·")[2]), code)
    return found


@cache
def languages() -> dict[str, str]:
    found = {}
    for language, _label in settings.LANGUAGES:
        with override(language):
            for code, label in language_choices():
                found.setdefault(fold(label), code)
                found.setdefault(code, code)
    return found


def value_choices(shape: RecordShape, name: str, user: Any) -> list[tuple[str, Any]] | None:
    """(text of a cell, label) of the values that a field may have, None where any text is possible."""
    one = fields_of(shape)[name]
    if one.kind == Kind.VALUE:
        return [(value.name, value.name) for value in active_values(one.related).order_by(*one.related._meta.ordering)]
    if one.kind == Kind.PERSON:
        own: list[tuple[str, Any]] = [(user.email, _("Me"))] if user.pk else []
        return [*own, *((person.email, person.name) for person in owner_choices(user, shape.record_type))]
    if one.kind == Kind.CHOICE:
        return [(str(value), label) for value, label in choices_of(one.column) if value]
    if one.kind == Kind.FLAG:
        return [("yes", _("yes")), ("no", _("no"))]
    found = {Kind.CURRENCY: currency_choices, Kind.LANGUAGE: language_choices}.get(one.kind)
    if found is None and isinstance(one.column, CountryField):
        found = country_choices
    return list(found()) if found is not None else None
