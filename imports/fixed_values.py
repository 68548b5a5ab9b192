"""Values that every contact of a file gets where its row says nothing: which fields may have one."""

from typing import Any

from django.utils.translation import gettext as _

from setup_values.choices import active_values
from setup_values.countries import country_choices
from setup_values.languages import language_choices
from setup_values.models import Source
from users.models import User

from .fields import OPT_OUT_FIELDS, Label, field_label
from .owners import owner_choices

# What may well be the same for everybody of a file.
_COMMON = ("lead_source", "owner", "campaign", "language", "categories", "notes", *OPT_OUT_FIELDS)
_WORK = ("company", "account_name", "department", "job_title")
_ADDRESS = ("work_city", "work_region", "work_postcode", "work_country")


def fixed_contact_choices(*, for_cards: bool) -> list[tuple[Label, list[tuple[str, Label]]]]:
    """The fields that may get one value for every contact, grouped."""
    groups: list[tuple[Label, tuple[str, ...]]] = [(_("Other"), _COMMON), (_("Work"), _WORK)]
    if not for_cards:
        groups.append((_("Business address"), _ADDRESS))
    return [(group, [(name, field_label(name)) for name in names]) for group, names in groups]


def value_choices(name: str, user: Any) -> list[tuple[str, Label]] | None:
    """(text of a cell, label) of the values that a field of contacts may have, None where any text is possible."""
    if name == "lead_source":
        return [(source.name, source.name) for source in active_values(Source)]
    if name == "owner":
        people: list[User] = owner_choices(user, "contact")
        own: list[tuple[str, Label]] = [(user.email, _("Me"))] if user.pk else []
        return [*own, *((person.email, person.name) for person in people)]
    if name == "language":
        return list(language_choices())
    if name.endswith("_country"):
        return list(country_choices())
    if name in OPT_OUT_FIELDS:
        return [("yes", _("yes"))]
    return None
