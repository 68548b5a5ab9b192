"""The template file of contacts: the columns that most address books have, with an invented person."""

from django.utils.translation import pgettext_lazy

from setup_values.models import Source

from .fields import Label, field_label
from .template_files import TemplateColumn

# Headers where the label of the field says more than a column of a sheet would.
HEADERS: dict[str, Label] = {
    "name_prefix": pgettext_lazy("column", "Title"),
    "company": pgettext_lazy("column", "Company"),
    "work_street": pgettext_lazy("column", "Street"),
    "work_postcode": pgettext_lazy("column", "Postcode"),
    "work_city": pgettext_lazy("column", "City"),
    "work_region": pgettext_lazy("column", "Region"),
    "work_country": pgettext_lazy("column", "Country"),
    "external_id": pgettext_lazy("column", "External ID"),
}
# field: (example in English, in Spanish). An owner must be a user of the firm, so the example names none.
EXAMPLES: dict[str, tuple[str, str]] = {
    "name_prefix": ("Ms", "Sra."),
    "first_name": ("Harriet", "Begoña"),
    "last_name": ("Ashworth", "Muñoz Íñiguez"),
    "company": ("Ashworth Joinery Ltd", "Carpintería Muñoz, S.L."),
    "job_title": ("Purchasing manager", "Jefa de compras"),
    "department": ("Purchasing", "Compras"),
    "email1": ("harriet@ashworth-joinery.example", "begona@carpinteria-munoz.example"),
    "email2": ("harriet.ashworth@mail.example", "b.munoz@correo.example"),
    "phone_work": ("+44 20 7946 0123", "+34 967 555 010"),
    "phone_mobile": ("+44 7700 900123", "+34 600 555 010"),
    "work_street": ("12 Mill Lane", "Calle del Olmo, 12"),
    "work_postcode": ("BS1 4ND", "02001"),
    "work_city": ("Bristol", "Albacete"),
    "work_region": ("Bristol", "Albacete"),
    "work_country": ("United Kingdom", "España"),
    "website": ("https://ashworth-joinery.example", "https://carpinteria-munoz.example"),
    "birthday": ("1984-05-17", "1984-05-17"),
    "language": ("en", "es"),
    "lead_source": ("", ""),
    "owner": ("", ""),
    "email_opt_out": ("no", "no"),
    "do_not_call": ("no", "no"),
    "notes": ("Met at the spring fair.", "La conocimos en la feria de primavera."),
    "external_id": ("C-00017", "C-00017"),
}


def contact_template(language: str) -> list[TemplateColumn]:
    """The columns in the active language; language chooses the examples. One query."""
    columns = []
    for name, (english, spanish) in EXAMPLES.items():
        example = _known_source() if name == "lead_source" else spanish if language == "es" else english
        columns.append(TemplateColumn(name, str(HEADERS.get(name) or field_label(name)), example))
    return columns


def _known_source() -> str:
    """A source that the firm has, so that the example can be imported as it stands; "" without sources."""
    first = Source.objects.filter(is_active=True).order_by("position", "pk").first()
    return first.name if first else ""
