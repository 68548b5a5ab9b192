"""Template files of leads, accounts, opportunities, tasks, interactions, cross-references and setup values.

The examples belong together: whoever imports them in the order of the setup page finds the account and the contact
that the later ones name.
"""

from typing import Any

from django.utils.translation import pgettext_lazy

from setup_values.choices import active_values
from setup_values.models import CatalogValue, Process

from .record_fields import Kind, RecordField, fields_of
from .record_shapes import RecordShape
from .record_words import choices_of
from .targets import Label
from .template_files import TemplateColumn

# An example: a text for both languages, or (English, Spanish). Of a choice its stored word; setup values are taken
# from the firm, so that the row can be imported as it stands.
Example = str | tuple[str, str]

# Headers where two labels would be the same.
HEADERS: dict[tuple[str, str], Label] = {("task", "type"): pgettext_lazy("column", "Task type")}
_PERSON = ("harriet@ashworth-joinery.example", "begona@carpinteria-munoz.example")
_ACCOUNT = ("Ashworth Joinery Ltd", "Carpintería Muñoz, S.L.")
_CURRENCY = ("GBP", "EUR")
_COUNTRY = ("United Kingdom", "España")


def _account(name: Example, domain: tuple[str, str], **more: Example) -> dict[str, Example]:
    english, spanish = domain
    return {
        "name": name,
        "number": "",
        "kind": "organization",
        **more,
        "parent": "",
        "industry": "",
        "employees": "40",
        "revenue": "2500000",
        "currency": _CURRENCY,
        "website": (f"https://{english}", f"https://{spanish}"),
        "email1": (f"office@{english}", f"oficina@{spanish}"),
        "phone_work": ("+44 20 7946 0155", "+34 967 555 040"),
        "territory": "",
        "owner": "",
        "billing_street": ("12 Mill Lane", "Calle del Olmo, 12"),
        "billing_postcode": ("BS1 4ND", "02001"),
        "billing_city": ("Bristol", "Albacete"),
        "billing_region": ("Bristol", "Albacete"),
        "billing_country": _COUNTRY,
        "notes": ("Orders twice a year.", "Hace pedidos dos veces al año."),
    }


EXAMPLES: dict[str, dict[str, Example]] = {
    "lead": {
        "first_name": ("Oliver", "Íñigo"),
        "last_name": ("Trent", "Ruiz de la Peña"),
        "company": ("Trent Cold Storage Ltd", "Frigoríficos Ruiz, S.A."),
        "job_title": ("Head of plant", "Jefe de planta"),
        "topic": ("New loading bay", "Nuevo muelle de carga"),
        "rating": "warm",
        "amount": "12500",
        "currency": _CURRENCY,
        "email1": ("oliver@trent-cold.example", "inigo@frigorificos-ruiz.example"),
        "phone_work": ("+44 20 7946 0177", "+34 941 555 070"),
        "phone_mobile": ("+44 7700 900177", "+34 600 555 070"),
        "website": ("https://trent-cold.example", "https://frigorificos-ruiz.example"),
        "status": "",
        "source": "",
        "where_met": ("Spring fair", "Feria de primavera"),
        "territory": "",
        "owner": "",
        "street": ("4 Dock Road", "Calle del Puerto, 4"),
        "postcode": ("HU1 2AB", "26001"),
        "city": ("Hull", "Logroño"),
        "region": ("East Yorkshire", "La Rioja"),
        "country": _COUNTRY,
        "language": ("en", "es"),
        "do_not_email": "no",
        "do_not_phone": "no",
        "notes": ("Wants an offer by May.", "Quiere una oferta antes de mayo."),
    },
    "account": _account(_ACCOUNT, ("ashworth-joinery.example", "carpinteria-munoz.example"), lifecycle="prospect"),
    "prospect": _account(
        ("Mill Street Brewery Ltd", "Cervezas del Molino, S.L."),
        ("millstreet-brewery.example", "cervezas-molino.example"),
    ),
    "customer": _account(
        ("Penrose Marine Ltd", "Náutica Salgado, S.A."),
        ("penrose-marine.example", "nautica-salgado.example"),
        customer_since="2019-04-01",
    ),
    "cross_reference": {
        "contact": _PERSON,
        "account": _ACCOUNT,
        "role": "",
        "is_primary": "no",
        "from_date": "2024-02-01",
        "to_date": "",
    },
    "opportunity": {
        "topic": ("Doors for the new hall", "Puertas para la nave nueva"),
        "account": _ACCOUNT,
        "contact": _PERSON,
        "amount": "18000",
        "currency": _CURRENCY,
        "process": "",
        "stage": "",
        "status": "",
        "expected_close_date": "2027-03-31",
        "source": "",
        "campaign": "",
        "competitor": "",
        "owner": "",
        "description": ("Two offers so far.", "Dos ofertas hasta ahora."),
    },
    "task": {
        "subject": ("Call about the offer", "Llamar por la oferta"),
        "kind": "todo",
        "type": "",
        "priority": "normal",
        "due_date": "2027-02-15",
        "owner": "",
        "account": _ACCOUNT,
        "contact": _PERSON,
        "opportunity": "",
        "notes": ("Ask for the drawings.", "Pedir los planos."),
    },
    "interaction": {
        "kind": "call",
        "topic": "",
        "direction": "out",
        "happened_at": "2025-01-15 10:30",
        "duration_minutes": "15",
        "subject": ("Budget confirmed", "Presupuesto confirmado"),
        "body": ("The board agrees in March.", "El consejo decide en marzo."),
        "account": _ACCOUNT,
        "contact": _PERSON,
        "opportunity": "",
        "follow_up_date": "",
        "owner": "",
    },
    "lead_statuses": {"name": ("To call back", "Por llamar"), "meaning": "open", "colour": "sky"},
    "opportunity_statuses": {
        "name": ("Waiting for budget", "A la espera de presupuesto"),
        "meaning": "open",
        "colour": "yellow",
    },
    "sources": {"name": ("Open day", "Jornada de puertas abiertas"), "colour": "teal"},
    "processes": {"name": ("Service contracts", "Contratos de mantenimiento"), "colour": "blue"},
    "stages": {
        "process": "",
        "name": ("Site visit", "Visita a la obra"),
        "probability": "40",
        "stale_days": "14",
        "colour": "orange",
    },
    "won_reasons": {"name": ("Training on site", "Formación en obra"), "colour": "green"},
    "lost_reasons": {"name": ("Project put off", "Proyecto aplazado"), "colour": "red"},
    "task_types": {"name": ("Site visit", "Visita a la obra"), "colour": "violet"},
    "territories": {"name": ("North coast", "Costa norte"), "colour": "blue"},
    "interaction_topics": {"name": ("Spare parts", "Recambios"), "kind": "call", "colour": "lime"},
    "disqualification_reasons": {"name": ("Outside our area", "Fuera de nuestra zona"), "colour": "gray"},
    "contact_roles": {"name": ("Site manager", "Jefe de obra"), "colour": "brown"},
    "industries": {"name": ("Boat building", "Cerrajería"), "colour": "sky"},
    "competitors": {"name": ("Calder Fittings", "Herrajes Rivas"), "colour": "pink"},
}


def record_template(name: str, shape: RecordShape, language: str) -> list[TemplateColumn]:
    """The columns of the target `name` in the active language; one query per column of setup values."""
    fields = fields_of(shape)
    columns = []
    for field_name, example in EXAMPLES[name].items():
        one = fields[field_name]
        text = example if isinstance(example, str) else example[language == "es"]
        header = str(HEADERS.get((name, field_name)) or one.label)
        columns.append(TemplateColumn(field_name, header, _shown(one, text, EXAMPLES[name])))
    return columns


def _shown(one: RecordField, text: str, row: dict[str, Example]) -> str:
    if one.kind == Kind.VALUE:
        return _known_name(one.related, row)
    if one.kind == Kind.CHOICE:
        return next((str(label) for value, label in choices_of(one.column) if value == text), text)
    return text


def _known_name(model: type[CatalogValue], row: dict[str, Any]) -> str:
    """The first value of the firm that fits the rest of the row, "" without any."""
    values = active_values(model).order_by(*model._meta.ordering)
    names = {column.name for column in model._meta.concrete_fields}
    if "meaning" in names:
        values = values.filter(meaning="open")
    if "process" in names:
        values = values.filter(process=active_values(Process).order_by(*Process._meta.ordering).first())
    if "kind" in names:
        values = values.filter(kind__in=("", row["kind"]))
    found = values.first()
    return found.name if found is not None else ""
