"""Finds the accounts, contacts, leads and opportunities that rows name: by number, e-mail or name."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from accounts.models import Account, AccountEmail
from contacts.models import Contact, ContactEmail, CrossReference
from core.text.normalise import fold, normalise_email
from leads.models import Lead, LeadEmail
from opportunities.models import Opportunity

from .matching import account_key, account_name
from .statements import MOST_OF_CHUNK, in_parts

MOST_NAMED = 3
MODELS: dict[type[models.Model], str] = {
    Account: "account",
    Contact: "contact",
    Lead: "lead",
    Opportunity: "opportunity",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that a text may mean; number: what tells it from its namesakes."""

    pk: int
    title: str
    key: str = ""
    number: str = ""
    account_id: int | None = None

    def __str__(self) -> str:
        return f"{self.title} ({self.number})" if self.number else self.title


@dataclass(frozen=True)
class Sought:
    """What was found for a text: one record, several, or none."""

    pk: int | None = None
    account_id: int | None = None
    several: tuple[Candidate, ...] = ()

    @property
    def names(self) -> str:
        """The first of several, for a sentence."""
        return ", ".join(str(one) for one in self.several[:MOST_NAMED])


@dataclass
class RelatedRecords:
    """What the texts of one chunk may mean among the records that user sees; a fixed number of queries per kind."""

    user: Any
    # {record type: {folded text: candidates}}
    found: dict[str, dict[str, list[Candidate]]] = field(default_factory=dict)
    # {record type: ids that exist and are seen}
    ids: dict[str, set[int]] = field(default_factory=dict)
    # Accounts to which contacts belong.
    accounts_of: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def load(self, texts: dict[str, set[str]], ids: dict[str, set[int]]) -> None:
        """Look up the texts and numbers of a chunk, per record type."""
        for kind, wanted in texts.items():
            self.found[kind] = {}
            if wanted:
                for text, candidate in _LOADERS[kind](self.user, wanted):
                    known = self.found[kind].setdefault(text, [])
                    if candidate not in known:
                        known.append(candidate)
        for model, kind in MODELS.items():
            if pks := ids.get(kind):
                rows = model._default_manager.visible_to(self.user).filter(pk__in=pks)
                self.ids[kind] = set(rows.values_list("pk", flat=True))
            else:
                self.ids[kind] = set()
        people = [one.pk for found in self.found.get("contact", {}).values() if len(found) > 1 for one in found]
        if people:
            rows = CrossReference.objects.filter(contact__in=people[:MOST_OF_CHUNK], account__isnull=False)
            for contact_id, account_id in rows.values_list("contact_id", "account_id"):
                self.accounts_of[contact_id].add(account_id)

    def find(self, kind: str, text: str, *, account_id: int | None = None) -> Sought:
        """What text means; account_id tells namesakes among contacts and opportunities apart."""
        found = self.found.get(kind, {}).get(text_key(text), [])
        if len(found) > 1 and kind == "account":
            exact = [one for one in found if one.number == text.strip()] or [
                one for one in found if fold(one.title) == fold(account_name(text))
            ]
            found = exact or found
        if len(found) > 1 and account_id is not None:
            own = [one for one in found if account_id in (one.account_id, *self.accounts_of.get(one.pk, ()))]
            found = own or found
        if len(found) == 1:
            return Sought(found[0].pk, found[0].account_id)
        return Sought(several=tuple(found))


def text_key(text: str) -> str:
    """The form in which texts that name records are compared."""
    return normalise_email(text) or fold(text)[:300]


Loaded = Iterable[tuple[str, Candidate]]


def _accounts(user: Any, texts: set[str]) -> Loaded:
    """By number, by company key, by e-mail."""
    keys = _company_keys(texts)
    visible = Account.objects.visible_to(user)
    columns = ("pk", "name", "company_key", "number")
    for part in in_parts(keys):
        for pk, name, key, number in visible.filter(company_key__in=part).values_list(*columns)[:MOST_OF_CHUNK]:
            for text in keys[key]:
                yield text, Candidate(pk, name, key, number)
    for part in in_parts({" ".join(text.split()) for text in texts}):
        for pk, name, key, number in visible.filter(number__in=part).values_list(*columns):
            yield text_key(number), Candidate(pk, name, key, number)
    emails = _by_email(AccountEmail, visible, texts)
    for pk, name, key, number in visible.filter(pk__in=list(emails)).values_list(*columns):
        for text in emails[pk]:
            yield text, Candidate(pk, name, key, number)


def _company_keys(texts: set[str]) -> dict[str, set[str]]:
    """{company key: texts that are written in one way or another}."""
    keys: dict[str, set[str]] = defaultdict(set)
    for text in texts:
        if key := account_key(text):
            keys[key].add(text_key(text))
    return keys


def _by_email(model: Any, visible: Any, texts: set[str]) -> dict[int, set[str]]:
    """{record id: e-mails} of the texts that are addresses."""
    found: dict[int, set[str]] = defaultdict(set)
    for part in in_parts({email for text in texts if "@" in text and (email := normalise_email(text))}):
        rows = model.objects.filter(normalized__in=part, parent__in=visible).order_by("parent_id")
        for pk, text in rows.values_list("parent_id", "normalized")[:MOST_OF_CHUNK]:
            found[pk].add(text)
    return found


def _contacts(user: Any, texts: set[str]) -> Loaded:
    """By e-mail, by name."""
    visible = Contact.objects.visible_to(user)
    emails = _by_email(ContactEmail, visible, texts)
    columns = ("pk", "full_name", "folded_name", "email")
    for part in in_parts({text_key(text) for text in texts}):
        for pk, name, key, email in visible.filter(folded_name__in=part).values_list(*columns)[:MOST_OF_CHUNK]:
            yield key, Candidate(pk, name, key, email)
    for pk, name, key, email in visible.filter(pk__in=list(emails)).values_list(*columns):
        for text in emails[pk]:
            yield text, Candidate(pk, name, key, email)


def _leads(user: Any, texts: set[str]) -> Loaded:
    """By e-mail, by name, by company where a lead has no name."""
    visible = Lead.objects.visible_to(user)
    emails = _by_email(LeadEmail, visible, texts)
    columns = ("pk", "full_name", "folded_name", "company")
    for part in in_parts({text_key(text) for text in texts}):
        for pk, name, key, company in visible.filter(folded_name__in=part).values_list(*columns)[:MOST_OF_CHUNK]:
            yield key, Candidate(pk, name, key, company)
    companies = _company_keys(texts)
    for part in in_parts(companies):
        rows = visible.filter(company_key__in=part, folded_name="").values_list("pk", "full_name", "company_key")
        for pk, name, key in rows[:MOST_OF_CHUNK]:
            for text in companies[key]:
                yield text, Candidate(pk, name, key)
    for pk, name, key, company in visible.filter(pk__in=list(emails)).values_list(*columns):
        for text in emails[pk]:
            yield text, Candidate(pk, name, key, company)


def _opportunities(user: Any, texts: set[str]) -> Loaded:
    """By topic."""
    visible = Opportunity.objects.visible_to(user)
    for part in in_parts({fold(text)[:200] for text in texts}):
        rows = visible.filter(folded_topic__in=part)
        for pk, topic, key, account_id, account in rows.values_list(
            "pk", "topic", "folded_topic", "account_id", "account__name"
        )[:MOST_OF_CHUNK]:
            yield key, Candidate(pk, topic, key, account, account_id)


_LOADERS: dict[str, Callable[[Any, set[str]], Loaded]] = {
    "account": _accounts,
    "contact": _contacts,
    "lead": _leads,
    "opportunity": _opportunities,
}


def missing_text(label: object, text: str) -> str:
    """That no record of that name is seen."""
    return _("%(field)s: there is no “%(text)s”.") % {"field": label, "text": text[:80]}


def several_text(label: object, text: str, sought: Sought) -> str:
    """That a text may mean several records."""
    return _("%(field)s: “%(text)s” may mean several: %(names)s.") % {
        "field": label,
        "text": text[:80],
        "names": sought.names,
    }
