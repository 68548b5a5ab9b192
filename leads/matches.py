"""What is known of a lead, as matching wants it."""

from duplicates.matching import Probe, probe
from setup_values.models import Firm

from .models import Lead


def lead_probe(lead: Lead) -> Probe:
    """The normalised e-mails, phones, name, company and web domain of a lead; two queries."""
    return probe(
        emails=[row.value for row in lead.emails.all()],
        phones=[row.value for row in lead.phones.all()],
        name=f"{lead.first_name} {lead.last_name}".strip() if lead.last_name else "",
        company=lead.company,
        website=lead.website,
        region=Firm.current().country,
    )
