"""Proposes accounts for contacts that are not cross-referenced yet, each with a score and the reasons in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from core.text.normalise import fold

from .cross_referencing import not_cross_referenced
from .models import Contact
from .proposal_evidence import DomainEvidence, Evidence, gather

# In per cent. Name and domain together are nearly sure; either alone can be chance.
SAME_NAME, SAME_FULL_NAME, DOMAIN = 90, 96, 75
LEAST_LIKENESS, ALIKE = 0.8, 85
BOTH, FURTHER, MOST = 8, 2, 99
OTHER_NAME, CONTRADICTED = 15, 20
# The best is not clearly the best when another one comes as near as this; nobody takes it unseen then.
CLOSE, UNDECIDED = 5, 55
SHOWN = 5


@dataclass(frozen=True)
class Proposal:
    """An account to which a contact may belong. reasons: what speaks for it; doubts: what speaks against it."""

    account: Account
    score: int
    reasons: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    is_by_domain: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Proposed:
    """A contact with the accounts that may be its own, the likeliest first; [] when nothing speaks for any."""

    contact: Contact
    proposals: list[Proposal]

    @property
    def best(self) -> Proposal | None:
        return self.proposals[0] if self.proposals else None

    @property
    def score(self) -> int:
        return self.proposals[0].score if self.proposals else 0


def waiting_contacts(user: Any) -> QuerySet[Contact]:
    """The contacts that user may cross-reference and that have no account yet."""
    return Contact.objects.editable_by(user).filter(not_cross_referenced())


def propose(contacts: Sequence[Contact], *, user: Any, links: Q | None = None) -> list[Proposed]:
    """What may be the account of each contact, among those that user may change; a fixed number of queries.

    links: which cross-references of colleagues count as evidence, all without it.
    """
    evidence = gather(contacts, user=user, links=links)
    return [Proposed(contact, _ranked(contact, evidence)) for contact in contacts]


def _ranked(contact: Contact, evidence: Evidence) -> list[Proposal]:
    domains = {name: evidence.domains[name] for name in evidence.domains_of.get(contact.pk, ())}
    key = evidence.keys_of.get(contact.pk, "")
    ids = set(evidence.named.get(key, ())).union(*(one.accounts for one in domains.values()))
    found = [_weigh(contact, key, domains, evidence.accounts[pk]) for pk in ids if pk in evidence.accounts]
    sure = [proposal for proposal in found if proposal.score]
    ranked = sorted(_compared(sure), key=lambda proposal: (-proposal.score, proposal.account.pk))
    return _undecided(ranked)[:SHOWN]


def _weigh(contact: Contact, key: str, domains: dict[str, DomainEvidence], account: Account) -> Proposal:
    """One account on its own. Score 0: its name was close enough to be looked at, but is another one."""
    name_score, name_reason = _by_name(contact, key, account)
    domain_reasons = _by_domain(domains, account.pk)
    parts = [score for score in (name_score, DOMAIN if domain_reasons else 0) if score]
    reasons = [*domain_reasons, *([name_reason] if name_reason else [])]
    if not parts:
        return Proposal(account, 0, ())
    score = max(parts) + (BOTH if len(parts) > 1 else 0) + FURTHER * max(0, len(domain_reasons) - 1)
    doubts = []
    if key and not name_score:
        doubts.append(_("the company as written is another one"))
        score -= OTHER_NAME
    return Proposal(account, min(score, MOST), tuple(reasons), tuple(doubts), bool(domain_reasons))


def _by_name(contact: Contact, key: str, account: Account) -> tuple[int, str]:
    """(score, reason) of the company as it is written at the contact; (0, "") when it is not this one."""
    if not key:
        return 0, ""
    name = {"name": account.name}
    if key == account.company_key:
        full = fold(contact.company_name) == account.folded_name
        return (SAME_FULL_NAME if full else SAME_NAME), _("same company name “%(name)s”") % name
    likeness = likeness_of(key, account.company_key)
    if likeness < LEAST_LIKENESS:
        return 0, ""
    return round(ALIKE * likeness), _("similar company name “%(name)s”") % name


def likeness_of(one: str, other: str) -> float:
    """How alike two company keys are, from 0 to 1; the order of their words does not count. 0 for what is far off."""
    matcher = SequenceMatcher(None, " ".join(sorted(one.split())), " ".join(sorted(other.split())), autojunk=False)
    # Two upper bounds that cost little come first.
    if matcher.real_quick_ratio() < LEAST_LIKENESS or matcher.quick_ratio() < LEAST_LIKENESS:
        return 0.0
    return matcher.ratio()


def _by_domain(domains: dict[str, DomainEvidence], account_id: int) -> list[str]:
    """What the e-mail domains of a contact say for an account, in words."""
    reasons = []
    for name, evidence in domains.items():
        domain = {"domain": name}
        if account_id in evidence.sites:
            reasons.append(_("same web domain %(domain)s") % domain)
        elif account_id in evidence.mails:
            reasons.append(_("same e-mail domain %(domain)s") % domain)
        if number := evidence.colleagues.get(account_id):
            text = ngettext(
                "%(n)s contact with %(domain)s is there", "%(n)s contacts with %(domain)s are there", number
            )
            reasons.append(text % {"n": number, **domain})
    return reasons


def _compared(found: list[Proposal]) -> list[Proposal]:
    """A name alone counts less when the e-mail domain leads to another account."""
    if not any(proposal.is_by_domain for proposal in found):
        return found
    doubt = _("the e-mail domain belongs to another account")
    return [
        proposal
        if proposal.is_by_domain
        else replace(proposal, score=proposal.score - CONTRADICTED, doubts=(*proposal.doubts, doubt))
        for proposal in found
    ]


def _undecided(ranked: list[Proposal]) -> list[Proposal]:
    """Several that fit as well: none of them is sure, a person has to choose."""
    if len(ranked) < 2 or ranked[0].score - ranked[1].score >= CLOSE:
        return ranked
    best, doubt = ranked[0], _("several accounts fit as well")
    return [
        replace(
            proposal,
            score=min(proposal.score, UNDECIDED),
            doubts=(*proposal.doubts, doubt) if best.score - proposal.score < CLOSE else proposal.doubts,
        )
        for proposal in ranked
    ]
