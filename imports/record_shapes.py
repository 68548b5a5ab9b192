"""What is particular about importing each kind of record: fields beside its form, neutral names, what it needs."""

from dataclasses import dataclass, field

from django.db import models

from accounts.entity import AccountEntity, CustomerEntity, ProspectEntity
from accounts.models import Account
from activities.entity import InteractionEntity, TaskEntity
from contacts.entity import CrossReferenceEntity
from core.pages.entity import Entity, Inline
from core.records.models import Record
from leads.entity import LeadEntity
from opportunities.entity import OpportunityEntity
from setup_values.catalogs import CATALOGS, Catalog

_ADDRESS = ("street", "city", "region", "postcode", "country")
_WORK = {f"work_{part}": part for part in _ADDRESS}
_BILLING = {f"{kind}_{part}": f"billing_{part}" for kind in ("work", "billing") for part in _ADDRESS}
_SHIPPING = {f"shipping_{part}": f"shipping_{part}" for part in _ADDRESS}
_COMMON = {"owner": "owner", "campaign": "campaign", "currency": "currency", "website": "website"}


@dataclass(frozen=True, eq=False)
class RecordShape:
    """One kind of record as imports see it.

    names: fields that a column may feed, in groups as the form shows them; more: further columns of the model that
    only an import brings along (of closed deals); aliases: {neutral field of other programs: field}; notes: the field
    that takes what has no place, "" for none; words: the key in synonyms/records/words.json; required: fields without
    which a new record cannot be made.
    """

    model: type[Record]
    names: tuple[tuple[object, tuple[str, ...]], ...]
    words: str
    more: tuple[str, ...] = ()
    inlines: tuple[Inline, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)
    notes: str = ""
    required: tuple[str, ...] = ()
    lifecycle: str = ""
    # Where new related records may be made: fields that name an account.
    makes: tuple[str, ...] = ()
    # Fields whose records are changed by what points at them: the user must be allowed to.
    changes: tuple[str, ...] = ()

    @property
    def record_type(self) -> str:
        """The word of rights and history."""
        return self.model.record_type()

    @property
    def has_owner(self) -> bool:
        """Whether its records belong to somebody."""
        return any(column.name == "owner" for column in self.model._meta.concrete_fields)

    def column(self, name: str) -> models.Field:
        """The column of a field of the model."""
        return self.model._meta.get_field(name)


def _of_entity(entity: type[Entity], **more: object) -> RecordShape:
    model = entity.model._meta.concrete_model
    return RecordShape(model, tuple((title, tuple(names)) for title, names in entity.fieldsets), **more)


_ACCOUNT_ALIASES = _COMMON | _BILLING | _SHIPPING | {
    "account_name": "name", "company": "name", "display_name": "name", "account_number": "number",
    "industry": "industry", "employees": "employees", "annual_revenue": "revenue", "parent_account": "parent",
    "domain": "website", "notes": "notes", "description": "notes", "contact": "primary_contact",
    "account_type": "lifecycle", "lifecycle_stage": "lifecycle",
}  # fmt: skip


def _account(entity: type[Entity], lifecycle: str = "") -> RecordShape:
    aliases = {name: to for name, to in _ACCOUNT_ALIASES.items() if not lifecycle or to != "lifecycle"}
    return _of_entity(
        entity,
        words="account",
        more=() if lifecycle else ("lifecycle",),
        inlines=tuple(AccountEntity.inlines),
        aliases=aliases,
        notes="notes",
        required=("name",),
        lifecycle=lifecycle,
        makes=("parent",),
    )


LEAD = _of_entity(
    LeadEntity,
    words="lead",
    more=("full_name", "disqualification_reason", "disqualification_note", "closed_at"),
    inlines=tuple(LeadEntity.inlines),
    aliases=_COMMON | _WORK | {
        "first_name": "first_name", "last_name": "last_name", "display_name": "full_name", "company": "company",
        "account_name": "company", "job_title": "job_title", "lead_status": "status", "status": "status",
        "lead_source": "source", "rating": "rating", "amount": "amount", "opportunity_name": "topic",
        "domain": "website", "language": "language", "email_opt_out": "do_not_email", "do_not_call": "do_not_phone",
        "notes": "notes", "description": "topic",
    },
    notes="notes",
    makes=("existing_account",),
)  # fmt: skip
OPPORTUNITY = _of_entity(
    OpportunityEntity,
    words="opportunity",
    more=("process", "closed_date", "actual_amount", "won_reason", "lost_reason", "lost_note"),
    aliases=_COMMON | {
        "opportunity_name": "topic", "company": "account", "account_name": "account", "contact": "contact",
        "display_name": "contact", "email1": "contact", "stage": "stage", "pipeline": "process", "amount": "amount",
        "close_date": "expected_close_date", "probability": "own_probability", "status": "status",
        "lead_source": "source", "lost_reason": "lost_reason", "description": "description", "notes": "description",
    },
    notes="description",
    required=("topic", "account"),
    makes=("account",),
)  # fmt: skip
_REGARDING = {
    "company": "account", "account_name": "account", "contact": "contact", "display_name": "contact",
    "email1": "contact", "opportunity_name": "opportunity", "owner": "owner",
}  # fmt: skip
TASK = _of_entity(
    TaskEntity,
    words="task",
    more=("state", "completed_at"),
    aliases=_REGARDING | {"notes": "notes", "description": "notes", "status": "state"},
    notes="notes",
    required=("subject",),
    makes=("account",),
)
INTERACTION = _of_entity(
    InteractionEntity,
    words="interaction",
    aliases=_REGARDING | {"notes": "body", "description": "body", "amount": "amount", "currency": "currency"},
    notes="body",
    required=("happened_at",),
    makes=("account",),
)
CROSS_REFERENCE = _of_entity(
    CrossReferenceEntity,
    words="crossreference",
    aliases={
        "company": "account",
        "account_name": "account",
        "display_name": "contact",
        "email1": "contact",
        "contact": "contact",
        "job_title": "role",
    },
    required=("contact",),
    makes=("account",),
    changes=("account", "lead"),
)

SHAPES: dict[str, RecordShape] = {
    "lead": LEAD,
    "account": _account(AccountEntity),
    "prospect": _account(ProspectEntity, Account.Lifecycle.PROSPECT),
    "customer": _account(CustomerEntity, Account.Lifecycle.CUSTOMER),
    "opportunity": OPPORTUNITY,
    "task": TASK,
    "interaction": INTERACTION,
    "cross_reference": CROSS_REFERENCE,
}


def catalog_shape(catalog: Catalog) -> RecordShape:
    """A catalog of setup values: its name, colour and the columns of its own."""
    return RecordShape(
        catalog.model,
        (("", tuple(dict.fromkeys(("name", *catalog.names_within, *catalog.columns, "colour")))),),
        words="catalog",
        aliases={"display_name": "name"},
        required=(
            "name",
            *(name for name in ("process", "meaning") if name in (*catalog.names_within, *catalog.columns)),
        ),
    )


CATALOG_SHAPES = {catalog.model.record_type(): catalog_shape(catalog) for catalog in CATALOGS}
