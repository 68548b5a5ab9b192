"""Finds records that mean the same person or organization: equal normalised e-mail, phone, name, company or domain."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext_lazy as _

from core.records.models import Record
from core.text.normalise import company_key, fold, normalise_email, normalise_phone, web_domain

from .free_mail import is_free_mail

# How sure an equal value makes us that it is the same record, in per cent; further reasons add a little.
SCORES = {"email": 95, "phone": 85, "company": 90, "domain": 75, "name": 60}
EXTRA = 3
MOST = 5

REASONS = {
    "email": _("same e-mail"),
    "phone": _("same phone"),
    "company": _("same company name"),
    "domain": _("same web domain"),
    "name": _("same name"),
}


@dataclass(frozen=True)
class Probe:
    """What is known of somebody, normalised. Build it with `probe`."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    name: str = ""
    company: str = ""
    domains: frozenset[str] = frozenset()


@dataclass
class Match:
    """A record that may be the same, how sure that is (per cent), and why in words."""

    record: Record
    score: int = 0
    reasons: list[str] = field(default_factory=list)

    @property
    def why(self) -> str:
        return ", ".join(str(REASONS[reason]) for reason in self.reasons)


def probe(
    *,
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    name: str = "",
    company: str = "",
    website: str = "",
    region: str = "",
) -> Probe:
    """Normalise what is known; empty and unreadable values are left out. region: country for national phone numbers."""
    addresses = frozenset(filter(None, (normalise_email(email) for email in emails)))
    numbers = frozenset(number for phone in phones if len(number := normalise_phone(phone, region)) >= 6)
    domains = {web_domain(website), *(web_domain(address) for address in addresses)} - {""}
    telling = frozenset(domain for domain in domains if not is_free_mail(domain))
    return Probe(addresses, numbers, fold(name), company_key(company) if company else "", telling)


def find_matches(
    model: type[Record], wanted: Probe, *, user: Any, exclude: int | None = None, most: int = MOST
) -> list[Match]:
    """The most likely matches among the rows of model that user may see, best first; [] when nothing is known.

    At most one query per kind of evidence, each by an index, each bounded.
    """
    rows = model.objects.visible_to(user)
    if exclude is not None:
        rows = rows.exclude(pk=exclude)
    found: dict[int, Match] = {}
    for reason, condition in _conditions(model, wanted).items():
        for record in rows.filter(pk__in=condition).order_by("pk")[: most * 4]:
            found.setdefault(record.pk, Match(record)).reasons.append(reason)
    for match in found.values():
        best = max(SCORES[reason] for reason in match.reasons)
        match.score = min(99, best + EXTRA * (len(match.reasons) - 1))
    return sorted(found.values(), key=lambda match: (-match.score, match.record.pk))[:most]


def _conditions(model: type[Record], wanted: Probe) -> dict[str, Any]:
    """{reason: ids} as unevaluated subqueries, for the evidence that both the probe and the model have."""
    conditions: dict[str, Any] = {}
    if wanted.emails and "emails" in model.CHILDREN:
        rows = model._meta.get_field("emails").related_model.objects
        conditions["email"] = rows.filter(normalized__in=wanted.emails).values("parent_id")
    if wanted.phones and "phones" in model.CHILDREN:
        rows = model._meta.get_field("phones").related_model.objects
        conditions["phone"] = rows.filter(normalized__in=wanted.phones).values("parent_id")
    if wanted.company and _has(model, "company_key"):
        conditions["company"] = model.objects.filter(company_key=wanted.company).values("pk")
    if wanted.domains and _has(model, "web_domain"):
        conditions["domain"] = model.objects.filter(web_domain__in=wanted.domains).values("pk")
    if wanted.name and _has(model, "folded_name") and not _has(model, "number"):
        conditions["name"] = model.objects.filter(folded_name=wanted.name).values("pk")
    return conditions


def _has(model: type[Record], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True
