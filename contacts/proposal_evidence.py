"""What speaks for an account to which a contact could belong: e-mail domains and company names, by index, bounded."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Func, JSONField, OuterRef, Q, QuerySet, Subquery, Value

from accounts.models import Account, AccountEmail
from core.records.channels import EmailDomain
from core.records.fields import FoldedField
from core.text.normalise import company_key, web_domain
from duplicates.free_mail import is_free_mail

from .models import Contact, ContactEmail, CrossReference

# A domain of more accounts than these is one of a provider or a market place: it says nothing.
MOST_ACCOUNTS_OF_DOMAIN = 5
# So many colleagues with the same e-mail domain are asked where they belong, the oldest first.
MOST_COLLEAGUES = 40
MOST_OF_NAME = 4
MOST_ALIKE = 8
LEAST_STEM = 4
LAST_LETTER = "\U0010ffff"


class _List(Subquery):
    """The column `found` of a subquery as a list, null on PostgreSQL when it is empty."""

    output_field = JSONField()

    def as_sqlite(self, compiler, connection, **extra):
        return self.as_sql(
            compiler, connection, "(SELECT json_group_array(ids.found) FROM (%(subquery)s) ids)", **extra
        )

    def as_postgresql(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, "(SELECT jsonb_agg(ids.found) FROM (%(subquery)s) ids)", **extra)


class _Given(Func):
    """A column that has for each row, by id, the text that is given here."""

    output_field = FoldedField()

    def __init__(self, texts: dict[int, str]):
        super().__init__(Value(json.dumps(texts)), F("pk"))

    def as_sqlite(self, compiler, connection, **extra):
        template, joiner = """json_extract(%(expressions)s || '"')""", """, '$."' || """
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **extra)

    def as_postgresql(self, compiler, connection, **extra):
        template, joiner = "(%(expressions)s::text)", "::jsonb ->> "
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **extra)


def _first(rows: QuerySet, most: int, column: str = "pk") -> _List:
    """The ids in a column of the first rows, for each row of the query that asks."""
    return _List(rows.values(found=F(column))[:most])


@dataclass
class DomainEvidence:
    """Where a domain leads. sites, mails: ids of accounts; colleagues: {account id: number of its contacts}."""

    sites: set[int] = field(default_factory=set)
    mails: set[int] = field(default_factory=set)
    colleagues: Counter[int] = field(default_factory=Counter)

    @property
    def accounts(self) -> set[int]:
        return self.sites | self.mails | set(self.colleagues)


@dataclass
class Evidence:
    """What is known of a page of contacts: their domains and company keys, and the accounts these lead to."""

    domains_of: dict[int, list[str]] = field(default_factory=dict)
    keys_of: dict[int, str] = field(default_factory=dict)
    domains: dict[str, DomainEvidence] = field(default_factory=dict)
    named: dict[str, set[int]] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)


def organizations(user: Any) -> QuerySet[Account]:
    """The accounts that user may cross-reference contacts to."""
    return Account.objects.editable_by(user).filter(kind=Account.Kind.ORGANIZATION)


def gather(contacts: Sequence[Contact], *, user: Any, links: Q | None = None) -> Evidence:
    """Everything that speaks for accounts of user, in at most five queries whatever the number of contacts.

    links: which cross-references of colleagues count, all without it.
    """
    found = Evidence()
    found.keys_of = {one.pk: key for one in contacts if (key := company_key(one.company_name)[:200])}
    representatives = _read_domains(found, contacts)
    _follow_domains(found, representatives, user, links or Q())
    _follow_names(found, user)
    wanted = set().union(*(one.accounts for one in found.domains.values()), *found.named.values())
    if wanted:
        found.accounts = organizations(user).in_bulk(sorted(wanted))
    return found


def _read_domains(found: Evidence, contacts: Sequence[Contact]) -> dict[str, int]:
    """Note the domains of each contact, the primary one first; {domain: an e-mail row that has it}."""
    representatives: dict[str, int] = {}
    rows = ContactEmail.objects.filter(parent__in=[one.pk for one in contacts]).order_by(
        "-is_primary", "position", "id"
    )
    for pk, parent, address in rows.values_list("pk", "parent_id", "normalized"):
        domain = address.rpartition("@")[2]
        if web_domain(domain) and not is_free_mail(domain):
            found.domains_of.setdefault(parent, []).append(domain)
            representatives.setdefault(domain, pk)
    return representatives


def _follow_domains(found: Evidence, representatives: dict[str, int], user: Any, links: Q) -> None:
    """The accounts whose website, e-mails or contacts have the domains; two queries."""
    if not representatives:
        return
    mine = organizations(user)
    same = {"domain": OuterRef("domain")}
    most = MOST_ACCOUNTS_OF_DOMAIN + 1
    sites = mine.filter(web_domain=OuterRef("domain")).order_by("pk")
    mails = AccountEmail.objects.annotate(domain=EmailDomain("normalized")).filter(**same, parent__in=mine.values("pk"))
    people = ContactEmail.objects.annotate(domain=EmailDomain("normalized")).filter(**same).order_by("id")
    rows = ContactEmail.objects.filter(pk__in=representatives.values()).annotate(
        domain=EmailDomain("normalized"),
        sites=_first(sites, most),
        mails=_first(mails.order_by("id"), most, "parent_id"),
        people=_first(people, MOST_COLLEAGUES, "parent_id"),
    )
    colleagues: dict[str, set[int]] = {}
    for domain, site_ids, mail_ids, people_ids in rows.values_list("domain", "sites", "mails", "people"):
        found.domains[domain] = DomainEvidence(set(site_ids or ()), set(mail_ids or ()))
        colleagues[domain] = set(people_ids or ())
    _ask_colleagues(found, colleagues, user, links)
    for domain, evidence in found.domains.items():
        if len(evidence.accounts) > MOST_ACCOUNTS_OF_DOMAIN:
            found.domains[domain] = DomainEvidence()


def _ask_colleagues(found: Evidence, colleagues: dict[str, set[int]], user: Any, links: Q) -> None:
    """Where the contacts that share a domain belong today; one query."""
    everybody = set().union(*colleagues.values())
    seen = CrossReference.objects.visible_to(user).filter(links, contact__in=everybody, account__isnull=False)
    seen = seen.filter(account__in=organizations(user).values("pk"), to_date__isnull=True)
    accounts_of: dict[int, set[int]] = {}
    for contact_id, account_id in seen.values_list("contact_id", "account_id"):
        accounts_of.setdefault(contact_id, set()).add(account_id)
    for domain, people in colleagues.items():
        for contact_id in people:
            found.domains[domain].colleagues.update(accounts_of.get(contact_id, ()))


def _follow_names(found: Evidence, user: Any) -> None:
    """The accounts with the same company key, and those whose key begins alike; one query."""
    representatives: dict[str, int] = {}
    for pk, key in found.keys_of.items():
        representatives.setdefault(key, pk)
    if not representatives:
        return
    mine = organizations(user)
    same = mine.filter(company_key=OuterRef("wanted")).order_by("pk")
    alike = mine.filter(company_key__gte=OuterRef("stem"), company_key__lt=OuterRef("stem_end"))
    shorter = mine.filter(company_key=OuterRef("shorter")).order_by("pk")
    rows = Contact.objects.filter(pk__in=representatives.values()).annotate(
        wanted=_Given({pk: key for key, pk in representatives.items()}),
        stem=_Given({pk: stem_of(key) for key, pk in representatives.items()}),
        stem_end=_Given({pk: stem_of(key) + LAST_LETTER for key, pk in representatives.items()}),
        shorter=_Given({pk: without_last_word(key) for key, pk in representatives.items()}),
        same=_first(same, MOST_OF_NAME),
        alike=_first(alike.order_by("company_key", "pk"), MOST_ALIKE),
        shorter_ids=_first(shorter, MOST_OF_NAME),
    )
    for key, *lists in rows.values_list("wanted", "same", "alike", "shorter_ids"):
        found.named[key] = {pk for ids in lists for pk in ids or ()}


def stem_of(key: str) -> str:
    """The beginning that similar company keys share: three fifths of it, at least LEAST_STEM letters."""
    return key[: max(LEAST_STEM, len(key) * 3 // 5)]


def without_last_word(key: str) -> str:
    """ "cementos arga norte" -> "cementos arga"; a single word stays whole."""
    return key.rpartition(" ")[0] or key
