"""The gate: leads and opportunities can be entered once every required catalog has what it needs."""

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db.models import Value
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from users.models import User

from .catalogs import REQUIRED, Catalog

# Both required catalogs gate both: a lead becomes an opportunity by being qualified.
GATED = ("lead", "opportunity")
NAMES_SHOWN = 5


@dataclass(frozen=True)
class Missing:
    """A required catalog and its meanings for which no active value exists."""

    catalog: Catalog
    meanings: tuple[str, ...]

    @property
    def words(self) -> str:
        """The meanings in the active language: “qualified”, “disqualified”."""
        return ", ".join(_("“%(word)s”") % {"word": self.catalog.meaning_label(meaning)} for meaning in self.meanings)

    @property
    def text(self) -> str:
        """One half-sentence with the catalog's name and the meanings."""
        return _("in %(catalog)s no active value means %(meanings)s") % {
            "catalog": self.catalog.name,
            "meanings": self.words,
        }


class NotReady(ValidationError):
    """A required catalog lacks a value; `missing` says which."""

    def __init__(self, missing: list[Missing]):
        super().__init__(refusal(missing), code="not_ready")
        self.missing = missing


def active_meanings() -> set[tuple[str, str]]:
    """{(catalog's slug, meaning)} for which an active value exists; one query."""
    parts = [
        catalog.model.objects.filter(is_active=True)
        .order_by()
        .annotate(catalog=Value(catalog.slug))
        .values_list("catalog", "meaning")
        .distinct()
        for catalog in REQUIRED
    ]
    return set(parts[0].union(*parts[1:]))


def missing_in(present: set[tuple[str, str]]) -> list[Missing]:
    """What `active_meanings()` leaves open, in the order of the catalogs."""
    found = []
    for catalog in REQUIRED:
        meanings = tuple(one for one in catalog.needed_meanings if (catalog.slug, one) not in present)
        if meanings:
            found.append(Missing(catalog, meanings))
    return found


def missing_values() -> list[Missing]:
    """The required catalogs that lack something; [] when all is ready. One query."""
    return missing_in(active_meanings())


def missing_for(record_type: str) -> list[Missing]:
    """What must be there before a record of this type can be entered; [] for types that are never blocked."""
    return missing_values() if record_type in GATED else []


def require_ready(record_type: str) -> None:
    """Raise NotReady while records of this type cannot be entered; imports ask first and in their job."""
    if missing := missing_for(record_type):
        raise NotReady(missing)


def refusal(missing: list[Missing]) -> str:
    """The refusal as plain text, naming the catalogs."""
    return _("Leads and opportunities cannot be entered yet: %(reasons)s.") % {
        "reasons": "; ".join(one.text for one in missing)
    }


def administrator_names() -> list[str]:
    """Whom to ask: the names of some active administrators; one query."""
    people = User.objects.filter(is_active=True, role__is_administrator=True)
    return list(people.values_list("name", flat=True)[:NAMES_SHOWN])


@dataclass
class GateNotice:
    """What the notice on pages of leads and opportunities says; `template` draws it from the context `gate`."""

    template = "setup_values/_gate.html"

    missing: list[Missing]
    may_set_up: bool
    administrators: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(one.meanings) for one in self.missing)

    @property
    def title(self) -> str:
        return _("Leads and opportunities cannot be entered yet")

    @property
    def lead_in(self) -> str:
        """ "1 required value is missing:"; the sentences of `missing` follow it."""
        return ngettext(
            "%(count)d required value is missing:", "%(count)d required values are missing:", self.count
        ) % {"count": self.count}

    @cached_property
    def whom_to_ask(self) -> str:
        """For those who may not set it up themselves; "" for administrators."""
        if self.may_set_up:
            return ""
        if not self.administrators:
            return _("Ask an administrator of your firm.")
        return _("Ask %(names)s to add it.") % {"names": ", ".join(self.administrators)}

    @property
    def first(self) -> Missing:
        return self.missing[0]


def gate_notice(user: User, record_type: str) -> GateNotice | None:
    """The notice for a page of this record type, None when it is not blocked.

    One query when all is ready; a second one for the names, for those who are no administrators.
    """
    missing = missing_for(record_type)
    return notice_of(user, missing) if missing else None


def notice_of(user: User, missing: list[Missing]) -> GateNotice:
    """The notice on what is missing, as user should read it."""
    may_set_up = user.is_administrator
    return GateNotice(missing, may_set_up, [] if may_set_up else administrator_names())
