"""Qualifying many leads at once: sure matches are used, everything else is made new, no opportunity."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Account
from contacts.models import Contact
from core.records.means import Means
from duplicates.matching import find_matches

from .matches import lead_probe
from .models import Lead
from .qualification import LeadNotOpen, MayNotCreate, Part, Qualified, qualify_lead

# Only a match at least this sure is used without asking.
SURE = 90


def qualify_automatically(*, lead: Lead, actor: Any, means: Means) -> Qualified:
    """Qualify one lead of many into a prospect and a contact; raises ValidationError with the reason."""
    means = Means("qualification", str(lead)[:200], means.operation)
    wanted = lead_probe(lead)
    person = find_matches(Contact, wanted, user=actor, most=1)
    organization = find_matches(Account, wanted, user=actor, most=1)
    names = {"first_name": lead.first_name, "last_name": lead.last_name, "job_title": lead.job_title}
    contact = Part(fields=names) if lead.first_name or lead.last_name else Part()
    if person and person[0].score >= SURE:
        contact = Part(existing=person[0].record)
    kind = Account.Kind.ORGANIZATION if lead.company else Account.Kind.PERSON
    account = Part(fields={"name": lead.company or str(lead), "kind": kind})
    if organization and organization[0].score >= SURE:
        account = Part(existing=organization[0].record)
    try:
        return qualify_lead(lead=lead, actor=actor, account=account, contact=contact, means=means)
    except LeadNotOpen:
        raise ValidationError(_("It is closed already.")) from None
    except MayNotCreate as refused:
        raise ValidationError(_("You may not create this: %(kind)s."), params={"kind": refused.args[0]}) from None
